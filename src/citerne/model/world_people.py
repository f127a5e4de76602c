"""Constants of what fuel does to people: facilities and their counters, isolation, where people who flee can go."""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.model.distance import road_distances
from citerne.model.index import Index, litres, need_of

Array = np.ndarray[Any, Any]
SERVICES = ("hospital", "water", "telecom")
SERVICE_OF = {"hospital": 0, "clinic": 0, "water": 1, "telecom": 2}
BUYS_IN_BULK = ("airport", "aid_base")  # they buy with mines and trade, and run without the grid
FIRST_LIT = ("hospital", "water")  # kinds on a priority feeder
TRANSIT, COOKING_PRODUCT = ("public_transport",), "lpg"
KM_A_DAY = 68.0  # speed of flight, fitted to Mali 2012
WALK_KM = 400.0  # beyond it nobody goes on foot (judgement)
NEAREST = 3  # destinations that people of one place look to


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


def living_constants(case: Case, index: Index) -> dict[str, Array]:
    """By place the theatre of its onward leg (-1 for a hub) and the part of retail fuel that public transport burns."""
    theatre = np.full(len(index.place), -1, np.int64)
    for row in case.rows("legs"):
        theatre[index.place[row["place"]]] = index.theatre[row["theatre"]]
    transit = need_of(case, index, TRANSIT).sum(axis=1)
    retail = need_of(case, index, (*TRANSIT, "private")).sum(axis=1)
    return {
        "place_theatre": theatre,
        "transit_share": np.divide(transit, retail, out=np.zeros(len(retail)), where=retail > 0).astype(np.float32),
        "cooking_product": np.array([key == COOKING_PRODUCT for key in index.product], bool),
    }


def flight_constants(case: Case, index: Index) -> dict[str, Array]:
    """Destinations in file order, and the nearest of them for every place where people live (pairs)."""
    rows = case.rows("destinations")
    places = case.rows("places")
    lives = {row["place"]: bool(row["population"]) for row in places}
    km = road_distances(case, [row["place"] for row in rows], list(index.place))
    km = km + np.array([row["extra_km"] for row in rows]).reshape(-1, 1)
    pairs: list[tuple[int, int]] = []
    pointers = [0]
    for place, p in index.place.items():
        elsewhere = [d for d, row in enumerate(rows) if row["place"] != place or row["extra_km"] > 0]
        nearest = sorted(elsewhere, key=lambda d: (km[d, p], d))[: NEAREST if lives[place] else 0]
        pairs += [(p, d) for d in sorted(nearest)]
        pointers.append(len(pairs))
    pair_km = np.array([km[d, p] for p, d in pairs])
    return {
        "destination_place": np.array(
            [-1 if row["kind"] == "abroad" or row["extra_km"] else index.place.get(row["place"], -1) for row in rows],
            np.int64,
        ),
        "destination_abroad": np.array([row["kind"] == "abroad" for row in rows], bool),
        "destination_capacity": np.array(
            [-1 if row["capacity_people"] is None else row["capacity_people"] for row in rows], np.float32
        ),
        "destination_open": np.array([row["opening_people"] for row in rows], np.int32),
        "pair_pointers": np.array(pointers, np.int64),
        "pair_destination": np.array([d for _p, d in pairs], np.int64),
        "pair_km": pair_km.astype(np.float32),
        "pair_days": np.maximum(np.round(pair_km / KM_A_DAY), 1).astype(np.int64),
        "pair_walk": np.maximum(1 - pair_km / WALK_KM, 0).astype(np.float32),
    }
