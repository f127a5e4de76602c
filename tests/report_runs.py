"""Made-up runs for the tests of the report: plausible numbers without running the engine."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.results.results import Provenance, Results, SeriesKey


def made_up_run(case: Case, days: int = 120, members: int = 60, seed: int = 0) -> Results:
    """A run with the series that a report looks for, random walks of the right size."""
    rng = np.random.default_rng(seed)
    header, keys, columns = case.header, [], []

    def add(variable: str, place: str, product: str, unit: str, values: Any) -> None:
        keys.append(SeriesKey(variable, place, product, unit))
        columns.append(np.broadcast_to(values, (days, members)).astype(np.float32))

    def walk(start: float, step: float) -> Any:
        return np.maximum(start + np.cumsum(rng.normal(-0.02 * step, step, (days, members)), axis=0), 0)

    for place in [*case.ids("corridors"), header.country]:
        sent = rng.poisson(10, (days, members))
        add("tankers_waiting_border", place, "all", "trucks", walk(100, 5))
        add("trucks_dispatched", place, "all", "trucks", sent)
        add("trucks_destroyed_cumulative", place, "all", "trucks", np.cumsum(rng.binomial(sent, 0.02), axis=0))
        add("imports_volume", place, "all", "m3", sent * 46.0)
    add("stock_days", header.country, "all", "days", walk(9, 0.4))
    add("dry_share", header.country, "all", "share", np.clip(walk(0.2, 0.05), 0, 1))
    add("tankers_arrived", header.hub, "all", "trucks", rng.poisson(60, (days, members)))
    for row in case.rows("facilities"):
        if row["kind"] == "hospital":
            stop = rng.integers(0, days, members)
            add(
                "facility_stop_day", row["facility"], "", "day", np.where(np.arange(days)[:, None] >= stop, stop + 1, 0)
            )
            add("facility_hours_left", row["facility"], "", "h", walk(60, 5))
    for service, most in (("hospital", 5e6), ("water", 1e6)):
        add("person_days_unserved", header.country, service, "person-days", most * rng.random((days, members)))
    for variable in ("transport_fare_multiplier", "food_price_multiplier"):
        add(variable, header.country, "", "ratio", 1 + np.abs(rng.normal(0.5, 0.2, (days, members))))
    for variable in ("people_isolated", "displaced_new", "refugees_new", "people_trapped"):
        add(variable, header.country, "", "people", rng.integers(100, 9000, (days, members)))
    for variable in ("group_strength", "legitimacy"):
        add(variable, header.country, "", "index", 1 + walk(0, 0.01))
    for side in ("armed_group", "state_side"):
        add("civilians_killed", header.country, side, "people", rng.random((days, members)) * 4)
    for number, end in enumerate(("deal", "siege_broken", "coup", "collapse")):
        reached = (np.arange(members) % 10 == number) & (np.arange(days)[:, None] >= 20 + number)
        add("end_reached", header.country, end, "share", reached)
    for row in case.rows("places"):
        if row["reporting"]:
            add("price_multiplier_street", row["place"], "gasoline", "ratio", 1 + walk(3, 0.3))
            place = row["place"]
            add("stock_days", place, "all", "days", walk(10, 0.5))
            add("stock_days", place, "gasoline", "days", walk(8, 0.5))
            add("dry_share", place, "all", "share", np.clip(walk(0.1, 0.05), 0, 1))
            add("queue_hours", place, "gasoline", "h", walk(2, 0.5))
            add("price_street", place, "gasoline", f"{header.currency}/L", walk(900, 20))
            add("power_hours_per_day", place, "", "h/day", np.clip(walk(12, 0.5), 0, 24))
    return Results(
        provenance=Provenance(
            case.name, {"en": header.name.en, "fr": header.name.fr}, case.digest, header.start, days, members, 7,
            "recorded", "", (), "0.0",
        ),
        keys=tuple(keys),
        values=np.stack(columns, axis=1),
        parameters={"hazard_per_km": rng.random(members).astype(np.float32)},
        balance={"gasoline": 0.0},
        member_numbers=np.arange(members, dtype=np.uint32),
    )  # fmt: skip


def with_rows(case: Case, table: str, rows: Any) -> Case:
    """The same case with another table."""
    return dataclasses.replace(case, tables=MappingProxyType({**case.tables, table: tuple(rows)}))


def a_plan() -> dict[str, Any]:
    """What `citerne plan --json` prints, made up for Mali."""
    return {
        "unit": "days of cover at the hub, lowest",
        "schedule": [
            {"kind": "escorts", "first_day": "2025-11-19", "last_day": "2025-12-02", "theatre": "south",
             "corridors": ["abidjan_zegoua"], "columns_per_week": 2.5, "columns": 5.0, "column_trucks_max": 120.0},
            {"kind": "escorts", "first_day": "2025-11-19", "last_day": "2025-12-02", "theatre": "west",
             "corridors": ["dakar_kidira"], "columns_per_week": 0.01, "columns": 0.02, "column_trucks_max": 40.0},
            {"kind": "allocation", "lever": "leg_weight", "target": "segou", "value": 2.0},
        ],
        "gain": {"mean": 3.6, "mean_low": 3.5, "mean_high": 3.8, "probability_better": 0.97},
        "robust_over": [
            {"variant": "gamma:0", "futures": 100, "mean": 3.9, "mean_low": 3.7, "mean_high": 4.1,
             "probability_better": 0.98},
            {"variant": "gamma:1", "futures": 90, "mean": 2.2, "mean_low": 1.9, "mean_high": 2.5,
             "probability_better": 0.9},
        ],
        "values": [
            {"theatre": "south", "resource": "column", "per_unit": 0.03, "low": 0.01, "high": 0.05},
            {"theatre": "west", "resource": "truck", "per_unit": 0.001, "low": -0.002, "high": 0.004},
        ],
        "by_gamma": [{"gamma": 0.5, "futures": 100, "mean": 3.1, "mean_low": 2.8, "mean_high": 3.4,
                      "probability_better": 0.94}],
        "values_by_corridor": [
            {"corridor": "dakar_kidira", "product": "diesel", "resource": "loaded_truck", "per_unit": 0.002,
             "low": -0.001, "high": 0.005},
            {"corridor": "abidjan_zegoua", "product": "all", "resource": "escort_day", "per_unit": 0.04, "low": 0.02,
             "high": 0.06},
        ],
        "wait_or_go": {"break_even_extra_loss": 0.25, "by_corridor": [
            {"corridor": "abidjan_zegoua", "now": 0.004, "later": 0.006, "low": 0.001, "high": 0.003, "advice": "wait",
             "break_even_loss": None},
        ]},
        "beside": {"trucks_destroyed": {"recorded": 300.0, "plan": 310.0}},
        "regret": [{"rule": "recorded", "mean": 3.6, "most": 4.0, "variant": "gamma:0"}],
    }  # fmt: skip
