"""From the futures of today to the table of tomorrow: chances of running dry, cover, safe days, missing counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.engine.fields import Series
from citerne.model.index import Index
from citerne.nowcast.cloud import Cloud

Array = np.ndarray[Any, Any]
DRY = 0.1  # share of stations, or days of need where nobody sells at pumps
LEADS = (7, 14, 30)
TOLERATED = 0.1  # chance of running dry before a load arrives that a latest safe day allows
Injection = tuple[int, int, Array, Array]  # place, product, litres (future,), day after today (future,)


@dataclass(frozen=True)
class Forecast:
    """Days ahead of some cells: `stock_m3` and `open_share`, float32 (day, cell, future), and `recorded`, the series
    that were asked for (day, series, future)."""

    cells: tuple[tuple[int, int], ...]
    stock_m3: Array
    open_share: Array
    recorded: Array = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))

    def dry_day(self) -> Array:
        """First day ahead, from 1, on which a cell is dry (cell, future); one beyond the horizon if it is not."""
        dry = self.open_share < DRY
        first = dry.argmax(axis=0) + 1
        return np.asarray(np.where(dry.any(axis=0), first, len(dry) + 1))


def cells_of(cloud: Cloud) -> tuple[tuple[int, int], ...]:
    """Every (place, product) with a need of its own."""
    need = cloud.ensemble.engine.world.constants["demand_l"]
    return tuple((int(p), int(f)) for p, f in np.argwhere(need > 0))


def roll(
    cloud: Cloud, days: int, pool: ThreadPoolExecutor, injections: Sequence[Injection] = (),
    watch: Sequence[Series] = (),
) -> Forecast:  # fmt: skip
    """Step the futures over some days, day by day, putting in what arrives and recording what is watched."""
    cells = cells_of(cloud)
    world = cloud.ensemble.engine.world.constants
    at = tuple(np.array([cell[k] for cell in cells]) for k in (0, 1))
    need = world["demand_l"][at][:, None]
    sold = (world["retail_l"][at] > 0) & world["is_retail"][at[1]]
    stock = np.empty((days, len(cells), cloud.size), np.float32)
    share = np.empty_like(stock)
    recorded = np.empty((days, len(watch), cloud.size), np.float32)
    left = [np.where(day > 0, litres, 0) for _p, _f, litres, day in injections]
    first = cloud.day
    for k in range(days):
        for m, (p, f, _litres, day) in enumerate(injections):
            due = np.where(day <= k + 1, left[m], 0)
            if due.any():
                left[m] = left[m] - due + cloud.deliver(p, f, due)
        cloud.step(pool, first + k + 1)
        litres = cloud.gather("stock_l")[at].astype(np.float32)
        stock[k] = litres * (cloud.ensemble.case.header.quantum_l / 1000)
        share[k] = np.where(sold[:, None], cloud.gather("open_share")[at], np.minimum(litres / need, 1.0))
        for n, series in enumerate(watch):
            recorded[k, n] = cloud.read(series)
    return Forecast(cells, stock, share, recorded)


def risk_rows(
    case: Case, cloud: Cloud, forecast: Forecast, nothing: Forecast, week_ago: Array | None, as_of: dt.date,
    transit: Mapping[tuple[str, str], int],
) -> list[dict[str, Any]]:  # fmt: skip
    """One row a town and product: chances, cover today, days left in three readings, latest safe day."""
    index = Index(case)
    places, products = list(index.place), list(index.product)
    litre = case.header.quantum_l / 1000
    now = cloud.gather("stock_l").astype(float)
    need = cloud.ensemble.engine.world.constants["demand_l"]
    factor = cloud.parameter("demand_factor").astype(float)
    dry, alone = forecast.dry_day(), nothing.dry_day()
    horizon = len(forecast.stock_m3)
    rows = []
    for k, (p, f) in enumerate(forecast.cells):
        cover = now[p, f] / (need[p, f] * factor)
        row: dict[str, Any] = {"place": places[p], "product": products[f]}
        row |= {f"dry_within_{lead}": float((dry[k] <= lead).mean()) if lead <= horizon else None for lead in LEADS}
        row |= {f"stock_m3_{name}": value for name, value in _range(now[p, f] * litre).items()}
        row |= {f"cover_{name}": value for name, value in _range(cover).items()}
        row |= {f"if_nothing_arrives_{name}": value for name, value in _range(alone[k]).items()}
        if week_ago is not None:
            flow = (now[p, f] - week_ago[p, f]) / 7
            left = np.where(flow < 0, now[p, f] / np.maximum(-flow, 1e-9), 9999.0)
            row |= {f"as_last_week_{name}": value for name, value in _range(np.minimum(left, 9999.0)).items()}
        lead_days = transit.get((places[p], products[f]), transit.get((places[p], ""), 0))
        row |= _latest(dry[k], as_of, horizon, lead_days)
        rows.append(row)
    return rows


def _range(values: Array) -> dict[str, float]:
    return dict(zip(("p05", "p50", "p95"), (float(v) for v in np.quantile(values, (0.05, 0.5, 0.95))), strict=True))


def _latest(dry: Array, as_of: dt.date, horizon: int, lead_days: int) -> dict[str, Any]:
    """Last day to send so that the load is there before the chance of running dry passes what is tolerated."""
    for day in range(1, horizon + 1):
        if float((dry <= day).mean()) > TOLERATED:
            last = as_of + dt.timedelta(days=day - 1 - lead_days)
            return {"order_by": last.isoformat(), "transit_days": lead_days, "overdue": last < as_of}
    return {"order_by": None, "transit_days": lead_days, "overdue": False}


def transit_days(case: Case, delay: float) -> dict[tuple[str, str], int]:
    """Days from loading to a town, by town: corridor to its hub and customs, then legs, times the learned delay."""
    days: dict[str, float] = {}
    for row in case.rows("corridors"):
        if row["mode"] == "official":
            hub = row["path"][-1]
            days[hub] = min(days.get(hub, 1e9), row["foreign_days"] + row["inland_days"])
            for drop in case.rows("drops"):
                if drop["corridor"] == row["corridor"]:
                    days[drop["place"]] = min(days.get(drop["place"], 1e9), row["foreign_days"] + row["inland_days"])
    legs = {row["place"]: row for row in case.rows("legs")}
    for _again in legs:
        for place, row in legs.items():
            if row["from_place"] in days:
                days.setdefault(place, days[row["from_place"]] + row["days"])
    return {(place, ""): int(np.ceil(value * delay)) for place, value in days.items()}


def missing_counts(
    case: Case, cloud: Cloud, forecast: Forecast, counted: set[tuple[str, str]], most: int = 5
) -> list[dict[str, Any]]:
    """Stock counts nobody made this week, by how much of the spread of the outlook they would take away.

    The outlook is the share of people's places that are dry within 14 days; the part of its variance that differs
    between tenths of a stock is what its count would take away at best (a first-order Sobol index).
    """
    index = Index(case)
    places, products = list(index.place), list(index.product)
    people = cloud.ensemble.engine.world.constants["people"]
    dry = forecast.dry_day() <= min(14, len(forecast.stock_m3))
    weight = np.array([people[p] for p, _f in forecast.cells], float)
    outlook = (weight[:, None] * dry).sum(axis=0) / max(weight.sum(), 1.0)
    total = float(outlook.var())
    now = cloud.gather("stock_l")
    rows: list[dict[str, Any]] = []
    for p, f in forecast.cells:
        if (places[p], products[f]) in counted or total <= 0:
            continue
        tenth = (np.argsort(np.argsort(now[p, f], kind="stable")) * 10) // cloud.size
        means = np.array([outlook[tenth == k].mean() for k in range(10)])
        chance = 9 * total / cloud.size  # what ten groups differ by when the count says nothing
        share = max((float(means.var()) - chance) / total, 0.0)
        rows.append({"place": places[p], "product": products[f], "share_of_spread": share})
    rows.sort(key=lambda row: (-row["share_of_spread"], row["place"], row["product"]))
    return [row for row in rows[:most] if row["share_of_spread"] > 0.005]


def facility_rows(case: Case, cloud: Cloud) -> list[dict[str, Any]]:
    """Hours that each facility's own tank lasts."""
    if not case.ids("facilities"):
        return []
    hours = cloud.gather("facility_left_h")
    rows = [{"facility": name, **{f"hours_{k}": v for k, v in _range(hours[n]).items()}}
            for n, name in enumerate(case.ids("facilities"))]  # fmt: skip
    return sorted(rows, key=lambda row: (row["hours_p50"], row["facility"]))
