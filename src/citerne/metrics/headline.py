"""The headline of a run: a dozen figures a logistician asks first, each with a range and what was observed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.metrics.windows import allowed, window
from citerne.results.results import QUANTILES, Results, SeriesKey, quantiles
from citerne.results.tally import weeks
from citerne.schema.outcomes import OUTCOME_BY_NAME

Array = np.ndarray[Any, Any]
Target = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One headline figure: statistic of a series over the days looked at, with quantiles over futures."""

    variable: str
    place: str
    product: str
    unit: str
    statistic: str
    p05: float
    p50: float
    p95: float
    observed: float | None
    observed_bound: str


# variable, product, statistic; `hub` and `country` stand for the case's own
HEADLINE: tuple[tuple[str, str, str, str], ...] = (
    ("imports_volume", "country", "all", "sum"),
    ("tankers_waiting_border", "country", "all", "max"),
    ("trucks_destroyed_cumulative", "country", "all", "last"),
    ("stock_days", "hub", "all", "min"),
    ("dry_share", "hub", "all", "sum"),
    ("stations_open_share", "hub", "all", "min"),
    ("queue_hours", "hub", "gasoline", "max"),
    ("price_street", "hub", "gasoline", "max"),
    ("power_hours_per_day", "hub", "", "min"),
    ("transport_fare_multiplier", "hub", "", "max"),
    ("dry_share", "country", "all", "max"),
    ("facility_service_share", "country", "hospital", "min"),
    ("facility_service_share", "country", "clinic", "min"),
    ("person_days_unserved", "country", "hospital", "sum"),
    ("person_days_unserved", "country", "water", "sum"),
    ("food_price_multiplier", "country", "", "max"),
    ("people_isolated", "country", "", "max"),
    ("displaced_new", "country", "", "sum"),
    ("refugees_new", "country", "", "sum"),
    ("people_trapped", "country", "", "max"),
    ("civilians_killed", "country", "armed_group", "sum"),
    ("civilians_killed", "country", "state_side", "sum"),
    ("group_strength", "country", "", "last"),
    ("legitimacy", "country", "", "last"),
)
REGIONAL: tuple[tuple[str, str, str], ...] = (
    ("stock_days", "all", "min"),
    ("dry_share", "all", "sum"),
    ("queue_hours", "gasoline", "max"),
    ("price_street", "gasoline", "max"),
    ("power_hours_per_day", "", "min"),
)
_REDUCE = {"min": np.min, "max": np.max}


def statistic(values: Array, how: str) -> Array:
    """`min`, `max`, `last` or `sum` over days (axis 0) of (day, member)."""
    if how == "last":
        return np.asarray(values[-1], np.float64)
    if how == "sum":
        return np.asarray(values.sum(axis=0, dtype=np.float64))
    return np.asarray(_REDUCE[how](values, axis=0), np.float64)


def looked_at(results: Results, record_end: dt.date) -> slice:
    """Days up to the end of the record, or all where the run ends before it or starts after it."""
    until = (record_end - results.provenance.start).days + 1
    days = results.values.shape[0]
    return slice(0, until) if 0 < until < days else slice(0, days)


def figure(results: Results, key: SeriesKey, how: str, days: slice, targets: Iterable[Target]) -> Figure:
    """One figure of one series."""
    if results.pooled is not None:
        values = results.pooled.statistics[key.variable, key.place, key.product, how]
    else:
        values = statistic(results.series(key.variable, key.place, key.product)[days], how)
    low, middle, high = (float(np.quantile(values, p)) for p in (0.05, 0.5, 0.95))
    seen, bound = _observed(results, key, how, targets)
    unit = "days" if key.variable == "dry_share" and how == "sum" else key.unit
    return Figure(key.variable, key.place, key.product, unit, how, low, middle, high, seen, bound)


def headline(
    results: Results,
    hub: str,
    country: str,
    record_end: dt.date,
    targets: Sequence[Target],
    regions: Sequence[str] = (),
) -> list[Figure]:
    """Figures of the country and its hub, then of each region asked for, where they were recorded."""
    days = looked_at(results, record_end)
    return [figure(results, key, how, days, targets) for key, how in _wanted(results, hub, country, regions)]


def _wanted(results: Results, hub: str, country: str, regions: Sequence[str]) -> list[tuple[SeriesKey, str]]:
    wanted = [(v, {"hub": hub, "country": country}[p], f, how) for v, p, f, how in HEADLINE]
    wanted += [(v, place, f, how) for place in regions for v, f, how in REGIONAL]
    return [
        (results.key(variable, place, product), how)
        for variable, place, product, how in wanted
        if results.has(variable, place, product)
    ]


def statistics(
    results: Results, hub: str, country: str, record_end: dt.date, regions: Sequence[str] = ()
) -> dict[tuple[str, str, str, str], Array]:
    """Statistic of each headline figure by future, float64 (member,), by variable, place, product and statistic."""
    days = looked_at(results, record_end)
    return {
        (key.variable, key.place, key.product, how): statistic(
            results.series(key.variable, key.place, key.product)[days], how
        )
        for key, how in _wanted(results, hub, country, regions)
    }


def _observed(results: Results, key: SeriesKey, how: str, targets: Iterable[Target]) -> tuple[float | None, str]:
    """Observation that speaks to a statistic, and its bound: the last report, or the extreme one; none for sums.

    Reports are of some days only: the worst of all days is at least as bad as the worst that was reported.
    """
    if how == "sum":
        return None, ""
    found = [row for row in targets if _speaks(results, key, row)]
    if how == "last":
        told = [(row["date_end"], float(row[name]), str(row["bound"]))
                for row in found for name in ("best", "low", "high") if row[name] is not None]  # fmt: skip
        return max(told, key=lambda one: one[0])[1:] if told else (None, "")
    if how == "max":  # the far end of what a report allows says nothing about this extreme, nor does an open one
        floors = [low for low, _high in map(allowed, found) if math.isfinite(low)]
        return (max(floors), "at_least") if floors else (None, "")
    outcome = OUTCOME_BY_NAME.get(key.variable)
    top = math.inf if outcome is None or outcome.high is None else outcome.high  # at most all of it: that is no news
    ceilings = [high for _low, high in map(allowed, found) if high < top]
    return (min(ceilings), "at_most") if ceilings else (None, "")


def _speaks(results: Results, key: SeriesKey, row: Target) -> bool:
    """Whether a target is of this series and within the days of the run."""
    if (row["variable"], row["place"]) != (key.variable, key.place) or (row["product"] or "") not in (key.product, ""):
        return False
    days = results.values.shape[0]
    return window(results.provenance.start, days, row["date_start"], row["date_end"]) is not None


def weekly_series(results: Results) -> list[dict[str, Any]]:
    """Quantiles and mean of every series on every seventh day, as the JSON and series.csv hold them."""
    days = weeks(results.values.shape[0])
    if results.pooled is not None:
        table, means = results.pooled.quantiles(results.keys), results.pooled.means()
    else:
        picked = results.values[days]
        table, means = quantiles(picked, QUANTILES), picked.mean(axis=2, dtype=np.float64)
    dates = [results.dates[k].isoformat() for k in days]
    rows = []
    for s, key in enumerate(results.keys):
        for k, date in enumerate(dates):
            low, lower, middle, upper, high = (float(table[q, k, s]) for q in range(5))
            rows.append(
                {
                    "variable": key.variable, "place": key.place, "product": key.product, "unit": key.unit,
                    "date": date, "p05": low, "p25": lower, "p50": middle, "p75": upper, "p95": high,
                    "mean": float(means[k, s]),
                }
            )  # fmt: skip
    return rows
