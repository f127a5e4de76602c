"""Which observation would tell rival explanations apart? Value of information of reports nobody has made yet.

A report y of a candidate (series and week) is simulated for the futures of each rival with the error of the
observation model. Its worth is the mutual information I(V; y) between the rival V, both taken as equally likely, and
the report, in bits: 1 would settle the question between two, 0 is worth nothing (Lindley 1956, Ann. Math. Statist. 27).
Densities are counted in bins of equal share of all reports, less the bits that chance alone would show
((rivals - 1)(bins - 1) / (2 n ln 2), Miller 1955).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from citerne.calibrate.fit import Calibration
from citerne.calibrate.observe import Row, comparison_of
from citerne.calibrate.simulate import Simulator
from citerne.case.case import Case
from citerne.ensemble.workers import Jobs
from citerne.schema.outcomes import OUTCOME_BY_NAME

Array = np.ndarray[Any, Any]
BINS = 12
NOTHING = 0.01  # bits below which a report tells nothing
ENOUGH = 50  # futures that each rival needs for a count to mean something
WATCHED = ("tankers_arrived", "tankers_waiting_border", "trucks_destroyed", "trucks_dispatched",
           "secured_convoys", "imports_volume", "queue_hours", "price_street", "stock_days", "power_hours_per_day",
           "stations_open_share")  # fmt: skip


def worth(
    calibration: Calibration, case: Case, axis: str, first: dt.date, weeks: int, *, count: int = 10, jobs: Jobs = 0
) -> list[dict[str, Any]]:
    """The `count` best of weekly reports after `first` for telling the choices of a variant axis apart, each in its
    best week.

    Returns rows with variable, place, product, date_start, date_end, bits and the median under each choice; empty where
    the axis has fewer than two choices with enough futures in the posterior.
    """
    f = calibration.population.futures
    combinations = calibration.simulator.setup.combinations
    label = np.array([combinations[k].get(axis, "") for k in f.combination])
    names = [name for name in sorted(set(label)) if name and (label == name).sum() >= ENOUGH]
    if len(names) < 2:
        return []
    sim = Simulator(case, candidates(case, first, weeks))
    made = sim.run(f.scores, f.members, f.combination, calibration.seed, jobs=jobs)
    numbers = np.arange(len(f), dtype=np.uint32)
    found = []
    for k, row in enumerate(sim.targets):
        seen = comparison_of(row, made.statistics[k], numbers).predicted
        groups = [seen[label == name] for name in names]
        medians = {name: float(np.median(group)) for name, group in zip(names, groups, strict=True)}
        keys = ("variable", "place", "product", "date_start", "date_end")
        found.append({**{key: row[key] for key in keys}, "bits": information(groups), "medians": medians})
    found.sort(key=lambda one: -one["bits"])
    best: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in found:
        best.setdefault((one["variable"], one["place"], one["product"]), one)
    return [one for one in list(best.values())[:count] if one["bits"] > NOTHING]


def candidates(case: Case, first: dt.date, weeks: int) -> list[Row]:
    """Weekly reports of watched outcomes, reliability C, at the places of the targets, the hub and the country."""
    places = {row["place"] for row in case.rows("targets")} | {case.header.hub, case.header.country}
    places |= set(case.ids("corridors")) | {row["group"] for row in case.rows("corridors")}
    products = ("all", "gasoline", "diesel")  # `all` also finds what is not split by product
    rows = []
    for variable in WATCHED:
        outcome = OUTCOME_BY_NAME[variable]
        for place in sorted(places):
            for product in products:
                for week in range(weeks):
                    start = first + dt.timedelta(days=7 * week)
                    rows.append(_candidate(variable, place, product, start, outcome.aggregation, outcome.unit))
    return rows


def _candidate(variable: str, place: str, product: str, start: dt.date, how: str, unit: str) -> Row:
    return {
        "target_id": f"{variable}/{place}/{product}/{start}", "variable": variable, "place": place, "product": product,
        "date_start": start, "date_end": start + dt.timedelta(days=6), "aggregation": how, "low": None, "best": None,
        "high": None, "unit": unit, "bound": "exact", "reliability": "C", "variant": "",
        "known_date": start + dt.timedelta(days=6),
    }  # fmt: skip


def information(groups: Sequence[Array]) -> float:
    """I(V; y) in bits, groups equally likely, each group the reports (future,) under one rival; not below 0."""
    pooled = np.concatenate([np.random.default_rng(0).choice(g, 4096) for g in groups])
    edges = np.unique(np.quantile(pooled, np.linspace(0, 1, BINS + 1)[1:-1]))
    shares = [np.bincount(np.searchsorted(edges, g), minlength=len(edges) + 1) / len(g) for g in groups]
    mean = np.mean(shares, axis=0)
    bits = 0.0
    for share in shares:
        some = share > 0
        bits += float((share[some] * np.log2(share[some] / mean[some])).sum()) / len(groups)
    smallest = len(groups) * min(len(g) for g in groups)
    chance = (len(groups) - 1) * len(edges) / (2 * smallest * math.log(2))
    return max(bits - chance, 0.0)
