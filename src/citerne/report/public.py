"""The public view: first-level regions and weeks, without corridor, segment, depot, pipeline or plan."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.report.beside import Beside
from citerne.report.view import CUMULATIVE, NOTHING, WEEK, Row, View, street_far_above
from citerne.report.words import Names
from citerne.results.results import Results, SeriesKey
from citerne.schema.outcomes import SPLITS

Array = np.ndarray[Any, Any]

# What may be shown of a region, with what weighs its places; of the country, totals besides.
OF_REGION = {
    "stock_days": "use",
    "dry_share": "people",
    "stations_open_share": "use",
    "queue_hours": "use",
    "price_street": "use",
    "power_hours_per_day": "people",
}
OF_COUNTRY = (
    "imports_volume", "tankers_waiting_border", "trucks_destroyed_cumulative", "trucks_dispatched", "stock_days",
    "dry_share", "price_pump", "civilians_killed", "displaced_new", "refugees_new", "person_days_unserved",
    "transport_fare_multiplier", "food_price_multiplier", "people_isolated", "siege_share", "people_trapped",
    "facility_service_share", "group_strength", "legitimacy", "end_reached",
)  # fmt: skip
TOTALS = (CUMULATIVE, "end_reached")  # a week holds their last value, not its mean
PRODUCTS = ("", "all", "gasoline", *SPLITS["service"], *SPLITS["side"], *SPLITS["end"], *SPLITS["kind"])


def public_view(results: Results, case: Case, beside: Beside = NOTHING) -> View:
    """Results by region and week, observations by week, and names of regions only."""
    regions = regions_of(case)
    country = case.header.country
    weights = _weights(case)
    groups: dict[SeriesKey, list[tuple[int, float]]] = {}
    held: dict[str, set[str]] = {}
    for k, key in enumerate(results.keys):
        if key.product not in PRODUCTS:
            continue
        if key.place == country and key.variable in OF_COUNTRY:
            groups.setdefault(key, []).append((k, 1.0))
        elif key.place in regions and key.variable in OF_REGION:
            region = regions[key.place]
            weight = weights[OF_REGION[key.variable]].get(key.place, 1e-9)
            groups.setdefault(dataclasses.replace(key, place=region), []).append((k, weight))
            held.setdefault(region, set()).add(key.place)
    values = np.stack([_week(key, _blend(results, parts)) for key, parts in groups.items()], axis=1)
    shown = dataclasses.replace(results, keys=tuple(groups), values=values.astype(np.float32))
    hub = regions.get(case.header.hub, country)
    names = Names(case, _region_names(case, regions, held))
    targets = _public_targets(case, regions, held, results.provenance.start)
    kept = dataclasses.replace(beside, plan=None, compare=None, stress=None)
    return View(shown, case, targets, names, hub, country, True, kept, street_far_above(results))


def regions_of(case: Case) -> dict[str, str]:
    """Key of the first-level region of every place of the case's own country that names one."""
    home = next((r["country_iso2"] for r in case.rows("places") if r["place"] == case.header.hub), "")
    return {
        row["place"]: "region_" + row["admin1"].lower().replace(" ", "_")
        for row in case.rows("places")
        if row["admin1"] and row["country_iso2"] == home
    }


def _region_names(case: Case, regions: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Names of regions: that of the town called the same, where there is one, so that accents are right."""
    names = Names(case)
    plain = {regions[row["place"]]: row["admin1"] for row in case.rows("places") if row["place"] in regions}
    towns = {row["name_en"].split(" (")[0]: row["place"] for row in reversed(case.rows("places"))}
    return {key: names.of(towns[plain[key]]) if plain[key] in towns else str(plain[key]) for key in keys}


def _weights(case: Case) -> dict[str, dict[str, float]]:
    """Weight of each place by normal use of fuel and by people; a tiny one where the case has none."""
    use: dict[str, float] = {}
    for row in case.rows("demand"):
        use[row["place"]] = use.get(row["place"], 1e-9) + row["demand_m3_per_day"]
    people = {row["place"]: (row["population"] or 0) + 1e-9 for row in case.rows("places")}
    return {"use": use, "people": people}


def _blend(results: Results, parts: Sequence[tuple[int, float]]) -> Array:
    total = sum(weight for _k, weight in parts)
    return np.asarray(sum(results.values[:, k, :].astype(np.float64) * (weight / total) for k, weight in parts))


def _week(key: SeriesKey, values: Array) -> Array:
    """Each day holds its week's mean, or its week's last value for a running total."""
    out = np.empty_like(values)
    for first in range(0, values.shape[0], WEEK):
        block = values[first : first + WEEK]
        out[first : first + WEEK] = block[-1] if key.variable in TOTALS else block.mean(axis=0)
    return out


def _public_targets(
    case: Case, regions: Mapping[str, str], held: Mapping[str, set[str]], start: dt.date
) -> tuple[Row, ...]:
    """Observations of the country, and of regions that hold one recorded place; windows widened to whole weeks."""
    kept = []
    for row in case.rows("targets"):
        region = regions.get(row["place"], "")
        alone = len(held.get(region, ())) == 1 and row["variable"] in OF_REGION
        if not alone and not (row["place"] == case.header.country and row["variable"] in OF_COUNTRY):
            continue
        if row["aggregation"] != "sum":
            row = {**row, "date_start": _week_start(row["date_start"], start),
                   "date_end": _week_start(row["date_end"], start) + dt.timedelta(days=WEEK - 1)}  # fmt: skip
        kept.append({**row, "place": region if alone else row["place"]})
    return tuple(kept)


def _week_start(day: dt.date, start: dt.date) -> dt.date:
    return start + dt.timedelta(days=(day - start).days // WEEK * WEEK)
