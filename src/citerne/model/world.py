"""From the tables of a case to the constant arrays that kernels read.

Axes follow file order. Fuel is counted in units of `quantum_l` litres (1 unless the case says otherwise); here every
litre figure is turned into that unit once.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.engine.fields import World
from citerne.model.distance import hub_distances
from citerne.model.index import Index, litres, need_of
from citerne.model.levers import active_places
from citerne.model.triggers import trigger_constants
from citerne.model.world_people import SERVICES, facility_constants, flight_constants, living_constants
from citerne.schema.levers import LEVERS
from citerne.schema.read import Row

Array = np.ndarray[Any, Any]
RESERVED, RETAIL, BULK = ("hospital", "water", "telecom"), ("public_transport", "private"), ("mine", "trade")
ALL_BUT_POWER = (*RESERVED, *RETAIL, *BULK)
FREE_KINDS = {"hydro": 0, "solar": 0, "import": 1, "thermal": 2}
FEEDER_ORDER = ("priority", "ordinary", "edge")
GENERATOR_PRODUCT = "diesel"
ROOMY = 1  # a ring needs one slot more than its longest wait


def build_world(case: Case, plan: Mapping[str, Array], days: int) -> World:
    """Constants and axis sizes of a case for a run of `days` days under lever plans.

    `plan` holds, by lever, float32 (plan, target, day); each future follows one plan. In the world the day comes first,
    shape (day, target, plan): what a day of the loop reads of them lies together.
    """
    index = Index(case)
    constants: dict[str, Array] = {f"plan_{name}": np.ascontiguousarray(values.T) for name, values in plan.items()}
    constants |= _corridors(case, index)
    constants |= _drops(case, index)
    constants |= _legs(case, index)
    constants |= _cells(case, index)
    constants |= _places(case, index)
    constants |= _power(case, index)
    for part in (facility_constants, living_constants, flight_constants):
        constants |= part(case, index)
    constants["month"] = _months(case.header.start, days)
    constants |= trigger_constants(case, ())  # none, until `with_triggers` puts a policy's in
    return World(_sizes(case, constants), constants)


def segments_of(case: Case, path: Sequence[str]) -> list[Row]:
    """Road rows along a path of places."""
    by_ends = {frozenset((row["from_place"], row["to_place"])): row for row in case.rows("roads")}
    return [by_ends[frozenset(pair)] for pair in itertools.pairwise(path)]


def exposed_path(row: Row) -> tuple[str, ...]:
    """Part of a corridor's path from its border post to its hub."""
    path: tuple[str, ...] = row["path"]
    return path[path.index(row["border_place"]) :]


def _weighted_km(case: Case, path: Sequence[str]) -> float:
    return float(sum(row["length_km"] * row["hazard_weight"] for row in segments_of(case, path)))


def _corridors(case: Case, index: Index) -> dict[str, Array]:
    rows = case.rows("corridors")
    national = need_of(case, index).sum(axis=0)
    share = np.zeros((len(rows), len(index.product)))
    for row in case.rows("supply"):
        share[index.corridor[row["corridor"]], index.product[row["product"]]] = row["share"]
    return {
        "corridor_theatre": np.array([index.theatre[row["theatre"]] for row in rows], np.int64),
        "exposed_km": np.array([_weighted_km(case, exposed_path(row)) for row in rows], np.float32),
        "foreign_days": np.array([row["foreign_days"] for row in rows], np.int64),
        "inland_days": np.array([row["inland_days"] for row in rows], np.int64),
        "hub": np.array([index.place[row["path"][-1]] for row in rows], np.int64),
        "supply_l": (share * national).astype(np.float32),
        "parcel_l": np.array([litres(case, row["parcel_m3"] or 0.0) for row in rows], np.float32),
    }


def _drops(case: Case, index: Index) -> dict[str, Array]:
    rows = sorted(case.rows("drops"), key=lambda row: (index.corridor[row["corridor"]], row["_row"]))
    counts = np.bincount([index.corridor[row["corridor"]] for row in rows], minlength=len(index.corridor))
    return {
        "drop_pointers": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "drop_place": np.array([index.place[row["place"]] for row in rows], np.int64),
        "drop_weight": np.array([row["weight"] for row in rows], np.float32),
    }


def _legs(case: Case, index: Index) -> dict[str, Array]:
    rows = case.rows("legs")
    feeder = np.array([index.place[row["from_place"]] for row in rows], np.int64)
    counts = np.bincount(feeder, minlength=len(index.place)) if rows else np.zeros(len(index.place), np.int64)
    return {
        "leg_from": feeder,
        "leg_order": np.argsort(feeder, kind="stable"),
        "leg_pointers": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "leg_to": np.array([index.place[row["place"]] for row in rows], np.int64),
        "leg_days": np.array([row["days"] for row in rows], np.int64),
        "leg_weight": np.array([row["weight"] for row in rows], np.float32),
        "leg_theatre": np.array([index.theatre[row["theatre"]] for row in rows], np.int64),
        "leg_km": np.array([_weighted_km(case, row["path"]) + row["extra_km"] for row in rows], np.float32),
    }


def _through(case: Case, index: Index, demand: Array) -> Array:
    """Need of each place and of all places fed from it, directly or further on."""
    through = demand.copy()
    feeder = {row["place"]: row["from_place"] for row in case.rows("legs")}
    for place in feeder:
        upstream = feeder.get(place)
        while upstream is not None:
            through[index.place[upstream]] += demand[index.place[place]]
            upstream = feeder.get(upstream)
    return through


def _cells(case: Case, index: Index) -> dict[str, Array]:
    demand = need_of(case, index)
    capacity = np.zeros(demand.shape, np.int32)
    opening = np.zeros(demand.shape, np.float32)
    for row in case.rows("storage"):
        cell = index.place[row["place"]], index.product[row["product"]]
        capacity[cell] = int(litres(case, row["capacity_m3"]))
        opening[cell] = litres(case, row["opening_stock_m3"])
    return {
        "demand_l": demand.astype(np.float32),
        "through_l": _through(case, index, demand).astype(np.float32),
        "reserved_l": need_of(case, index, RESERVED).astype(np.float32),
        "retail_l": need_of(case, index, RETAIL).astype(np.float32),
        "bulk_l": need_of(case, index, BULK).astype(np.float32),
        "sole_user": (need_of(case, index, ("power",)) > 0) & (need_of(case, index, ALL_BUT_POWER) == 0),
        "capacity_l": capacity,
        "opening_l": opening,
        "is_retail": np.array([row["retail"] for row in case.rows("products")], bool),
        "generator_product": np.array([key == GENERATOR_PRODUCT for key in index.product], bool),
        "start_price": np.array([row["price_pump"] for row in case.rows("products")], np.float32),
    }


def _places(case: Case, index: Index) -> dict[str, Array]:
    """Population, power zone, and road distance to the hub (straight line where no road leads there)."""
    rows = [row for row in case.rows("places") if row["place"] in index.place]
    return {
        "people": np.array([row["population"] or 0 for row in rows], np.float32),
        "place_zone": np.array([index.zone[row["grid_zone"]] if row["grid_zone"] else -1 for row in rows], np.int64),
        "hub_km": hub_distances(case, list(index.place)),
    }


def _profile(case: Case, name: str | None) -> Array:
    factors = np.ones(12)
    for row in case.rows("profiles"):
        if row["profile"] == name:
            factors[row["month"] - 1] = row["factor"]
    return factors


def _power(case: Case, index: Index) -> dict[str, Array]:
    zones, plants = case.rows("zones"), sorted(case.rows("plants"), key=lambda row: (row["merit"], row["_row"]))
    share = np.zeros((len(zones), 3), np.float32)
    weight = np.ones((len(zones), 3), np.float32)
    for row in case.rows("feeders"):
        cell = index.zone[row["zone"]], FEEDER_ORDER.index(row["feeder"])
        share[cell], weight[cell] = row["load_share"], row["shed_weight"]
    share[share.sum(axis=1) == 0, 1] = 1  # a zone without feeders has ordinary ones only
    energy = [row["capacity_mw"] * row["available_share"] * 24 * _profile(case, row["profile"]) for row in plants]
    fuel = [litres(case, row["fuel_l_per_kwh"] or 0) for row in plants]  # L/kWh is m3/MWh
    return {
        "zone_place": np.array([index.place[row["place"]] for row in zones], np.int64),
        "zone_load_mwh": np.array(
            [row["load_mw"] * 24 * _profile(case, row["load_profile"]) for row in zones], np.float32
        ).reshape(len(zones), 12),
        "plant_zone": np.array([index.zone[row["zone"]] for row in plants], np.int64),
        "plant_kind": np.array([FREE_KINDS[row["kind"]] for row in plants], np.int64),
        "plant_product": np.array([index.product.get(row["product"], -1) for row in plants], np.int64),
        "plant_mwh": np.array(energy, np.float32).reshape(len(plants), 12),
        "plant_l_per_mwh": np.array(fuel, np.float32),
        "feeder_share": share,
        "feeder_weight": weight,
    }


def _months(start: dt.date, days: int) -> Array:
    return np.array([(start + dt.timedelta(days=k)).month - 1 for k in range(max(days, 1))], np.int64)


def _sizes(case: Case, constants: Mapping[str, Array]) -> dict[str, int]:
    out, inland, legs = constants["foreign_days"], constants["inland_days"], constants["leg_days"]
    longest_customs = max(lever.high for lever in LEVERS if lever.name == "customs_h") / 24
    return {
        "theatre": len(case.rows("theatres")),
        "corridor": len(out),
        "place": len(active_places(case)),
        "product": len(case.rows("products")),
        "zone": len(case.rows("zones")),
        "leg": len(legs),
        "facility": len(constants["facility_place"]),
        "counter": len(constants["counter_place"]),
        "service": len(SERVICES),
        "destination": len(constants["destination_place"]),
        "pair": len(constants["pair_destination"]),
        "travel_slot": int(constants["pair_days"].max(initial=0)) + ROOMY,
        "way": 2,
        "side": 2,
        "end": 4,
        "trigger": 0,
        "out_slot": int(out.max(initial=0)) + ROOMY,
        "in_slot": int(inland.max(initial=0)) + ROOMY,
        "back_slot": int((out + inland).max(initial=0)) + ROOMY,
        "customs_slot": int(longest_customs) + ROOMY,
        "leg_slot": int(legs.max(initial=0)) + 1 + ROOMY,
        "leg_back_slot": 2 * int(legs.max(initial=0)) + ROOMY,
    }
