"""Constants of what fuel does to people: facilities and their counters, isolation, where people who flee can go."""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.model.index import Index, litres

Array = np.ndarray[Any, Any]
SERVICES = ("hospital", "water", "telecom")
SERVICE_OF = {"hospital": 0, "clinic": 0, "water": 1, "telecom": 2}
BUYS_IN_BULK = ("airport", "aid_base")  # they buy with mines and trade, and run without the grid
FIRST_LIT = ("hospital", "water")  # kinds on a priority feeder


def facility_constants(case: Case, index: Index) -> dict[str, Array]:
    """Facilities in file order, the counters where they buy, and the tiers of priority at each counter."""
    rows = case.rows("facilities")
    zone_of = {row["place"]: index.zone.get(row["grid_zone"], -1) for row in case.rows("places")}
    buys = [(index.place[r["place"]], index.product[r["product"]], r["kind"] in BUYS_IN_BULK) for r in rows]
    counters = sorted(set(buys))
    tiers = sorted({(counters.index(buys[k]), row["priority"]) for k, row in enumerate(rows)})
    members = [
        [k for k, row in enumerate(rows) if (counters.index(buys[k]), row["priority"]) == tier] for tier in tiers
    ]
    normal = np.zeros(len(counters))
    for k, row in enumerate(rows):
        daily = row["litres_per_hour"] * row["hours_per_day"] * (1 - row["solar_share"])
        normal[counters.index(buys[k])] += litres(case, daily / 1000)

    def column(name: str, kind: Any = np.float32, scale: float = 1.0) -> Array:
        return np.array([row[name] * scale for row in rows], kind)

    each = 1.0 / case.header.quantum_l
    return {
        "facility_place": np.array([buy[0] for buy in buys], np.int64),
        "facility_product": np.array([buy[1] for buy in buys], np.int64),
        "facility_zone": np.array(
            [-1 if row["kind"] in BUYS_IN_BULK else zone_of[row["place"]] for row in rows], np.int64
        ),
        "facility_priority_feeder": np.array([row["kind"] in FIRST_LIT for row in rows], bool),
        "facility_kind": np.array([SERVICE_OF.get(row["kind"], -1) for row in rows], np.int64),
        "facility_l_per_h": column("litres_per_hour", scale=each),
        "facility_hours": column("hours_per_day"),
        "facility_tank_l": column("tank_l", scale=each),
        "facility_open_l": column("stock_l", scale=each),
        "facility_solar": column("solar_share"),
        "facility_people": column("people_served"),
        "counter_place": np.array([counter[0] for counter in counters], np.int64),
        "counter_product": np.array([counter[1] for counter in counters], np.int64),
        "counter_bulk": np.array([counter[2] for counter in counters], bool),
        "counter_normal_l": normal.astype(np.float32),
        "counter_tiers": np.searchsorted([tier[0] for tier in tiers], range(len(counters) + 1)).astype(np.int64),
        "tier_pointers": np.cumsum([0, *(len(each_tier) for each_tier in members)]).astype(np.int64),
        "tier_facility": np.array([k for each_tier in members for k in each_tier], np.int64),
    }
