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
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from citerne.calibrate.likelihood import one_row
from citerne.calibrate.observe import OFF, REPORTING, WRONG
from citerne.case.case import Case
from citerne.engine.fields import Series
from citerne.ensemble.draws import uniforms
from citerne.model.index import Index
from citerne.model.outcomes import Catalogue
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.transport import BROAD, GRID, move, systematic, tempered

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
EFFECTIVE = 0.25  # share of futures that stay effective at one weighing
KERNEL = 0.15  # part of the spread of the unknowns drawn anew after one
FLOOR_DAYS = 0.15  # days of need: what a dip-stick does not see


@dataclass(frozen=True)
class Report:
    """One comparison: what is seen, on which days, how it was counted.

    `row` has the columns of a target; `key` names it for luck; `cell` is (place, product) of a stock, `stations` are
    those of open stations, `corridors` of a border post; `wide` reports weigh whole futures.
    """

    row: Row
    key: str
    series: Series | None
    cell: tuple[int, int] | None = None
    stations: tuple[tuple[int, int], ...] = ()
    corridors: tuple[int, ...] = ()
    facility: int | None = None
    wide: bool = False


@dataclass
class Analysis:
    """Where the futures stand after the last report, and what was done with each report."""

    cloud: Cloud
    used: list[dict[str, Any]] = field(default_factory=list)
    compared: list[dict[str, Any]] = field(default_factory=list)
    stock_week_ago: Array | None = None


def target_of(row: Row, variable: str, place: str, product: str, value: float, unit: str, **other: Any) -> Row:
    """A row of the sheet as a target of calibration: exact, that day, by its reliability."""
    return {
        "target_id": f"{row['_sheet']}:{row['_row']}", "variable": variable, "place": place, "product": product,
        "date_start": row["date"], "date_end": row["date"], "aggregation": "last", "low": None, "best": value,
        "high": None, "unit": unit, "bound": "exact", "reliability": row["reliability"], "variant": "",
        "known_date": row["known_date"],
    } | other  # fmt: skip


class Reports:
    """Turns rows of a sheet, or of a targets file, into reports of a case."""

    def __init__(self, case: Case, cloud: Cloud) -> None:
        self.case, self.index = case, Index(case)
        world = cloud.ensemble.engine.world
        self.series = {(s.variable, s.place, s.product): s for s in Catalogue(case, world, everything=True).series()}
        self.hubs = {row["path"][-1] for row in case.rows("corridors")} | {case.header.hub}
        self.retail = world.constants["retail_l"] * world.constants["is_retail"]
        self.not_used: list[Row] = []

    def of_targets(self, rows: Sequence[Row], as_of: dt.date) -> list[Report]:
        """Reports of a targets file that were known on a day; windows that go on are cut at that day."""
        made = []
        for row in rows:
            if row["known_date"] > as_of or row["date_start"] > as_of or row["variant"]:
                continue
            cut = {**row, "date_end": min(row["date_end"], as_of), "product": row["product"] or ""}
            series = self._series(row["variable"], row["place"], cut["product"])
            if series is not None:
                made.append(self._report(cut, series))
        return made

    def of_sheet(self, rows: Mapping[str, Sequence[Row]]) -> list[Report]:
        """Reports of the rows of a sheet; those without any meaning for this case are kept in `not_used`."""
        made: list[Report] = []
        for row in self._whole_towns(rows["stocks"]):
            p, f = self.index.place.get(row["place"]), self.index.product[row["product"]]
            series = self._series("stock_volume", row["place"], row["product"])
            if p is None or series is None:
                self.not_used.append(row)
                continue
            bound = {"bound": row["bound"], "low": row["stock_m3"]}
            one = target_of(row, "stock_volume", row["place"], row["product"], row["stock_m3"], "m3", **bound)
            made.append(Report(one, self._key(one), series, (p, f), wide=row["place"] in self.hubs))
        builders = {"arrivals": self._arrival, "border": self._border, "stations": self._stations,
                    "power": self._power, "attacks": self._attack, "facilities": self._facility}  # fmt: skip
        for name, build in builders.items():
            for row in rows[name]:
                found = build(row)
                made += found
                if not found:
                    self.not_used.append(row)
        return made

    def _key(self, row: Row) -> str:
        return "/".join(str(row[name]) for name in ("variable", "place", "product", "date_end", "best"))

    def _series(self, variable: str, place: str, product: str) -> Series | None:
        names = (product, "all", "") if product in ("", "all") else (product,)
        return next((self.series[variable, place, n] for n in names if (variable, place, n) in self.series), None)

    def _report(self, row: Row, series: Series) -> Report:
        wide = row["place"] in {*self.hubs, self.case.header.country} or row["place"] not in self.index.place
        stations: tuple[tuple[int, int], ...] = ()
        if row["variable"] == "stations_open_share" and row["place"] in self.index.place:
            p = self.index.place[row["place"]]
            names = [row["product"]] if row["product"] in self.index.product else list(self.index.product)
            stations = tuple((p, self.index.product[f]) for f in names if self.retail[p, self.index.product[f]] > 0)
        return Report(row, self._key(row), series, stations=stations, wide=wide)

    def _whole_towns(self, rows: Sequence[Row]) -> list[Row]:
        """Counts of depots added up to their town: a lower bound unless a row says that it covers the town."""
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in rows:
            groups[row["place"], row["product"], row["date"], row["source"] if not row["depot"] else ""].append(row)
        out: list[Row] = []
        for same in groups.values():
            depots = {row["depot"]: row for row in same if row["depot"]}
            for row in same:
                if not row["depot"]:
                    out.append({**row, "bound": "at_least" if row["whole_town"] is False else "exact"})
            if depots:
                parts = list(depots.values())
                whole = any(row["whole_town"] for row in parts)
                total = sum(row["stock_m3"] for row in parts)
                worst = max(row["reliability"] for row in parts)
                out.append({**parts[0], "stock_m3": total, "reliability": worst,
                            "bound": "exact" if whole else "at_least"})  # fmt: skip
        return out

    def _arrival(self, row: Row) -> list[Report]:
        series = self._series("tankers_arrived", row["place"], "all")
        if series is None:
            return []
        first = row["from_date"] or row["date"]
        one = target_of(row, "tankers_arrived", row["place"], "all", row["trucks"], "trucks",
                        date_start=first, aggregation="sum")  # fmt: skip
        return [self._report(one, series)]

    def _border(self, row: Row) -> list[Report]:
        ids = self.case.ids("corridors")
        own = tuple(k for k, c in enumerate(self.case.rows("corridors")) if c["border_place"] == row["place"])
        if not own:
            return []
        each = [self.series["tankers_waiting_border", ids[k], "all"] for k in own
                if ("tankers_waiting_border", ids[k], "all") in self.series]  # fmt: skip
        cells = tuple(cell for one in each for cell in one.cells)
        series = Series(
            "tankers_waiting_border", row["place"], "all", "trucks", "waiting_trucks", cells, (1.0,) * len(cells)
        )
        one = target_of(row, "tankers_waiting_border", row["place"], "all", row["trucks_waiting"], "trucks")
        return [Report(one, self._key(one), series, corridors=own)]

    def _stations(self, row: Row) -> list[Report]:
        made = []
        columns = {"open_share": ("stations_open_share", "share"), "queue_h": ("queue_hours", "h"),
                   "price_street": ("price_street", "currency/L")}  # fmt: skip
        for column, (variable, unit) in columns.items():
            series = self._series(variable, row["place"], row["product"])
            if row[column] is not None and series is not None:
                one = target_of(row, variable, row["place"], row["product"], row[column], unit)
                made.append(self._report(one, series))
        return made

    def _power(self, row: Row) -> list[Report]:
        place = next(z["place"] for z in self.case.rows("zones") if z["zone"] == row["zone"])
        series = self._series("power_hours_per_day", place, "")
        if series is None:
            return []
        one = target_of(row, "power_hours_per_day", place, "", row["power_h"], "h/day")
        return [self._report(one, series)]

    def _attack(self, row: Row) -> list[Report]:
        c = self.index.corridor[row["corridor"]]
        series = Series("trucks_destroyed", row["corridor"], "all", "trucks", "destroyed_trucks", (c,), (1.0,))
        # the press sees some attacks and dates them late: what burned in the week is at least what it saw
        first = row["date"] - dt.timedelta(days=6)
        one = target_of(row, "trucks_destroyed", row["corridor"], "all", row["trucks_destroyed"], "trucks",
                        date_start=first, aggregation="sum", bound="at_least", low=row["trucks_destroyed"])  # fmt: skip
        return [Report(one, self._key(one), series, wide=True)]

    def _facility(self, row: Row) -> list[Report]:
        k = self.case.ids("facilities").index(row["facility"])
        series = Series("facility_stock", row["facility"], "", "L", "facility_stock_l", (k,), (1.0,))
        one = target_of(row, "facility_stock", row["facility"], "", row["stock_l"], "L")
        return [Report(one, self._key(one), series, facility=k)]


def uniform_of(seed: int, key: str, size: int) -> Array:
    """Uniforms (future,) of a name: the same whatever other rows stand in the sheet."""
    return uniforms(seed, f"nowcast/{key}", np.arange(size, dtype=np.uint32))


def assimilate(cloud: Cloud, reports: Sequence[Report], as_of_day: int, pool: ThreadPoolExecutor) -> Analysis:
    """Step `cloud` to the end of `as_of_day`, using each report at the end of its last day."""
    start = cloud.ensemble.case.header.start
    first_day = cloud.day
    analysis = Analysis(cloud)
    windows = {id(r): ((r.row["date_start"] - start).days, (r.row["date_end"] - start).days) for r in reports}
    live = [r for r in reports if first_day <= windows[id(r)][1] <= as_of_day]
    for r in reports:
        if r not in live:
            analysis.compared.append(_told(r, "before the first day of the analysis"))
    seen: dict[int, list[Array]] = {id(r): [] for r in live}
    for day in range(first_day, as_of_day + 1):
        cloud.step(pool, day + 1)
        if day == max(as_of_day - 7, first_day):
            analysis.stock_week_ago = cloud.gather("stock_l").astype(float)
        for r in live:
            low, high = windows[id(r)]
            if max(low, first_day) <= day <= high and r.series is not None:
                seen[id(r)].append(cloud.read(r.series))
        today = sorted((r for r in live if windows[id(r)][1] == day), key=lambda r: r.key)
        if today:
            index = _weigh_and_move(analysis, today, seen, day)
            seen = {k: [values[index] for values in parts] for k, parts in seen.items()}
            if analysis.stock_week_ago is not None:
                analysis.stock_week_ago = analysis.stock_week_ago[..., index]
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
    for r in today:
        weighed = r.wide and id(r) not in astray
        own = left if weighed else 1.0
        how = "futures weighed" if weighed else "compared only"
        before = values[id(r)][index]
        if own > 0 and _move(cloud, r, own, before):
            how = "futures weighed and moved" if weighed else "moved there alone"
        analysis.used.append(_told(r, how, expected=float(np.median(before)), power=1 - left if weighed else 1.0))
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
