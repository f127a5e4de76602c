"""From day 0 (or the end of a posterior's record) to the day of the nowcast: step, compare, weigh, move.

Which report may move what: reports of the hub, a border post, a corridor or the whole country weigh whole futures, the
unknowns with them. Reports of one town move the stock of that town alone, because what a small town's count says about
the country is less than what the model has wrong about that town. The stock count of the hub does both: what the
weights left of it (1 - b) moves its stock; a count that no future comes near moves the stock and weighs nothing.

A stock count y of a stock g has a normal error of variance (r g)^2 + (FLOOR_DAYS days of need)^2, r by reliability;
with a small chance it is three times as wide. Other reports have the errors of the calibration. Where stations are
reported, the stock takes the likelihood of the share of stations that the futures show at such a stock.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from citerne.calibrate.likelihood import one_row
from citerne.calibrate.observe import OFF, REPORTING, WRONG
from citerne.ensemble.draws import uniforms
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.local import weigh_towns
from citerne.nowcast.reports import Report
from citerne.nowcast.transport import BROAD, GRID, move, systematic, tempered

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
EFFECTIVE = 0.25  # share of futures that stay effective at one weighing
KERNEL = 0.15  # part of the spread of the unknowns drawn anew after one
FLOOR_DAYS = 0.15  # days of need: what a dip-stick does not see


@dataclass
class Analysis:
    """Where the futures stand, and what was done with each report so far; `first_day` is where the analysis began."""

    cloud: Cloud
    first_day: int
    used: list[dict[str, Any]] = field(default_factory=list)
    compared: list[dict[str, Any]] = field(default_factory=list)

    def stock_on(self, day: int) -> Array | None:
        """Stocks (place, product, future), float, on the evening of a day not before the first, if that is kept."""
        kept = self.cloud.evenings.get(max(day, self.first_day), {}).get("stock_l")
        return None if kept is None else kept.astype(float)


def uniform_of(seed: int, key: str, size: int) -> Array:
    """Uniforms (future,) of a name: the same whatever other rows stand in the sheet."""
    return uniforms(seed, f"nowcast/{key}", np.arange(size, dtype=np.uint32))


def window_of(report: Report, start: dt.date) -> tuple[int, int]:
    """First and last day that a report speaks of, counted from day 0."""
    return (report.row["date_start"] - start).days, (report.row["date_end"] - start).days


def assimilate(cloud: Cloud, reports: Sequence[Report], as_of_day: int, pool: ThreadPoolExecutor) -> Analysis:
    """Step `cloud` to the end of `as_of_day`, using each report at the end of its last day."""
    return go_on(Analysis(cloud, cloud.day), reports, as_of_day, pool)


def go_on(analysis: Analysis, reports: Sequence[Report], as_of_day: int, pool: ThreadPoolExecutor) -> Analysis:
    """The same from where an earlier analysis stopped: reports of the days before have been used."""
    cloud, first_day = analysis.cloud, analysis.first_day
    stopped = cloud.day
    windows = {id(r): window_of(r, cloud.ensemble.case.header.start) for r in reports}
    analysis.compared = []
    for r in reports:
        if not first_day <= windows[id(r)][1] <= as_of_day:
            early = windows[id(r)][1] < first_day
            why = "before the first day of the analysis" if early else "after the day of the nowcast"
            analysis.compared.append(_told(r, "compared only", why=why))
    live = [r for r in reports if stopped <= windows[id(r)][1] <= as_of_day]
    seen: dict[int, list[Array]] = {id(r): [] for r in live}
    for r in live:
        if r.series is not None:
            seen[id(r)] += [cloud.read(r.series, day) for day in range(max(windows[id(r)][0], first_day), stopped)]
    for day in range(stopped, as_of_day + 1):
        cloud.step_day(pool)
        for r in live:
            low, high = windows[id(r)]
            if max(low, first_day) <= day <= high and r.series is not None:
                seen[id(r)].append(cloud.read(r.series))
        today = sorted((r for r in live if windows[id(r)][1] == day), key=lambda r: (r.key, r.mark()))
        if today:
            index = _weigh_and_move(analysis, today, seen, day)
            seen = {k: [values[index] for values in parts] for k, parts in seen.items()}
    return analysis


def _told(report: Report, how: str, **other: Any) -> dict[str, Any]:
    row = report.row
    keys = ("variable", "place", "product", "best", "unit", "reliability")
    return {**{k: row[k] for k in keys}, "date": row["date_end"].isoformat(), "how": how, **other}


def _summed(parts: list[Array], how: str) -> Array:
    from citerne.metrics.windows import aggregate

    return aggregate(np.stack(parts), how)


def _weigh_and_move(analysis: Analysis, today: list[Report], seen: dict[int, list[Array]], day: int) -> Array:
    """Use the reports of one day; returns which future each one now descends from."""
    cloud = analysis.cloud
    seed, size = cloud.ensemble.plan.seed, cloud.size
    values = {id(r): _summed(seen[id(r)], r.row["aggregation"]) for r in today}
    astray = {id(r) for r in today if r.wide and _astray(cloud, r)}
    wide = [r for r in today if r.wide and id(r) not in astray]
    index, left = np.arange(size), 1.0
    if wide:
        loglik = np.sum([_loglik(cloud, r, values[id(r)]) for r in wide], axis=0)
        weights, power = tempered(loglik, EFFECTIVE)
        left = 1 - power
        index = systematic(weights, float(uniform_of(seed, f"draw/{day}", 1)[0]))
        cloud.draw(index)
        from scipy.special import ndtri

        cloud.rejuvenate(lambda name: np.asarray(ndtri(uniform_of(seed, f"{name}/{day}", size))), KERNEL)
    before = {id(r): values[id(r)][index] for r in today}
    for r in today:
        if r.town is not None and not _astray(cloud, r):
            cloud.remember(r.town, one_row(before[id(r)], r.row))
    local = weigh_towns(cloud, [r for r in today if r.touches], before, EFFECTIVE)
    for r in today:
        weighed = r.wide and id(r) not in astray
        own = left if weighed else 1.0
        how, used = "compared only", local.get(id(r), 1.0)
        if weighed:
            how, used = "futures weighed", 1 - left
        elif id(r) in local:
            how = "its town weighed"
        if own > 0 and _move(cloud, r, own, before[id(r)]):
            how = "futures weighed and moved" if weighed else "moved there alone"
        why = {"why": r.why} if how == "compared only" else {}
        analysis.used.append(_told(r, how, expected=float(np.median(before[id(r)])), power=used, **why))
    return index


def stock_error(cloud: Cloud, cell: tuple[int, int], stock_m3: Array, reliability: str) -> Array:
    """Standard deviation of a stock count, m3."""
    litre = cloud.ensemble.case.header.quantum_l / 1000
    need = float(cloud.ensemble.engine.world.constants["demand_l"][cell]) * litre
    return np.hypot(REPORTING["log"][reliability] * stock_m3, FLOOR_DAYS * need + 1e-3)


def _stock_loglik(cloud: Cloud, r: Report, stock_m3: Array) -> Array:
    from scipy.special import log_ndtr

    assert r.cell is not None
    y, wrong = float(r.row["best"]), WRONG[r.row["reliability"]]
    parts = []
    for weight, wide in ((1 - wrong, 1.0), (wrong, OFF)):
        sd = wide * stock_error(cloud, r.cell, stock_m3, r.row["reliability"])
        z = (y - stock_m3) / sd
        one = log_ndtr(-z) if r.row["bound"] == "at_least" else -0.5 * z * z - np.log(sd)
        parts.append(math.log(weight) + one)
    return np.logaddexp(parts[0], parts[1])


def _loglik(cloud: Cloud, r: Report, values: Array) -> Array:
    return _stock_loglik(cloud, r, values) if r.row["variable"] == "stock_volume" else one_row(values, r.row)


def _move(cloud: Cloud, r: Report, power: float, values: Array) -> bool:
    """Move what a report speaks of, if it is a stock, stations, a border post or a tank of a facility."""
    if r.row["variable"] == "stock_volume" and r.cell is not None:
        _move_stock(cloud, r, power)
        return True
    for cell in r.stations:
        _move_by_stations(cloud, r, cell, power)
    if r.stations:
        return True
    if r.corridors:
        top = max(float(values.max()), float(r.row["best"])) * 1.5 + 10
        grid = np.linspace(0, top, GRID)
        moved = move(values, grid, np.exp(power * _centred(one_row(grid, r.row))))
        cloud.set_waiting(r.corridors, np.rint(moved))
        return True
    if r.facility is not None:
        tank = float(cloud.ensemble.engine.world.constants["facility_tank_l"][r.facility])
        grid = np.linspace(0, max(tank, 1.0), GRID)
        moved = move(values, grid, np.exp(power * _centred(one_row(grid, r.row))))
        whole = cloud.gather("facility_stock_l")
        whole[r.facility] = moved.astype(np.float32)
        cloud.put("facility_stock_l", whole)
        return True
    return False


def _astray(cloud: Cloud, r: Report) -> bool:
    """Whether a stock count is better explained by a model that is wrong about the tank than by any of the futures."""
    if r.row["variable"] != "stock_volume" or r.cell is None:
        return False
    litre = cloud.ensemble.case.header.quantum_l / 1000
    roots, grid, _tank = _roots(cloud, r.cell)
    at = np.concatenate([roots, grid]) ** 2 * litre
    each = np.exp(_centred(_stock_loglik(cloud, r, at)))
    inside, anywhere = each[: len(roots)].mean(), each[len(roots) :].mean()
    return bool(BROAD * anywhere > (1 - BROAD) * inside)


def _centred(loglik: Array) -> Array:
    return np.asarray(loglik - loglik.max())


def _roots(cloud: Cloud, cell: tuple[int, int]) -> tuple[Array, Array, float]:
    """Stock of every future and a grid, both as square roots of litres (finer where tanks are low), and the tank."""
    stock = cloud.gather("stock_l")[cell].astype(float)
    tank = float(cloud.ensemble.engine.world.constants["capacity_l"][cell])
    tank = max(tank, float(stock.max()), 1.0)
    return np.sqrt(stock), np.linspace(0, math.sqrt(tank), GRID), tank


def _move_stock(cloud: Cloud, r: Report, power: float) -> None:
    assert r.cell is not None
    roots, grid, tank = _roots(cloud, r.cell)
    litre = cloud.ensemble.case.header.quantum_l / 1000
    moved = move(roots, grid, np.exp(power * _centred(_stock_loglik(cloud, r, grid**2 * litre))))
    cloud.set_stock(*r.cell, np.rint(np.clip(moved**2, 0, tank)).astype(np.int32))


def _move_by_stations(cloud: Cloud, r: Report, cell: tuple[int, int], power: float) -> None:
    """Stock by the share of stations open: at a stock g a future shows min(1, g / full), full as it stands there."""
    roots, grid, tank = _roots(cloud, cell)
    full = cloud.parameter("station_days").astype(float) * cloud.parameter("demand_factor").astype(float)
    full = full * max(float(cloud.ensemble.engine.world.constants["retail_l"][cell]), 1.0)
    picked = np.sort(full)[:: max(len(full) // 64, 1)]
    share = np.minimum(grid[:, None] ** 2 / picked[None, :], 1.0)
    likelihood: Array = np.exp(power * one_row(share.ravel(), r.row)).reshape(share.shape).mean(axis=1)
    moved = move(roots, grid, likelihood / likelihood.max())
    cloud.set_stock(*cell, np.rint(np.clip(moved**2, 0, tank)).astype(np.int32))
