"""Small made-up countries written as case folders: every branch of the model has somewhere to happen.

A country: two ports, two border posts, a capital (hub) and a second hub, towns fed two legs deep, a place on the way
that unloads (drop), a place without need, a town that no leg reaches, a tank that stands empty. Numbers are drawn;
parts may be left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from citerne.case.case import Case, load
from citerne.schema.tables import CASE_TABLES
from citerne.schema.write import write_table

START = dt.date(2030, 5, 20)
HEADER = """\
name: {en: Made-up, fr: Imaginaire}
country: madeup
iso3: MDP
currency: XOF
timezone: UTC
start: 2030-05-20
record_end: 2031-05-20
days: 60
hub: hub
licence: MIT
attribution: {en: none, fr: aucune}
"""
NAMED = {"name_en": "x", "name_fr": "x"}
SOURCED = {"source": "drawn at random", "confidence": "E"}
Rows = list[dict[str, Any]]
ROADS = ("port1 border1", "port2 border2", "border1 drop", "drop hub", "border2 hub", "border1 hub2", "hub town1",
         "town1 town2", "hub town3", "drop town4", "hub2 town5")  # fmt: skip


def random_case(folder: Path, seed: int, *, without: Iterable[str] = (), big_tanks: bool = False) -> Case:
    """Write and load a random country.

    `without` leaves out `legs`, `drops`, `zones`, `plants`, `feeders`, `facilities`, `destinations`,
    `columns` (rates stay 0) or `inputs`;
    `big_tanks` gives the drop and the hubs more than 2**24 litres, where float32 no longer counts single litres.
    """
    rng = np.random.default_rng(seed)
    left_out = set(without)
    tables = {
        **_network(rng, left_out),
        **_use(rng, big_tanks),
        **_power(rng, left_out),
        **_scenario(rng, left_out),
        **_people(np.random.default_rng(1000 + seed), left_out),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.yaml").write_text(HEADER, encoding="utf-8")
    for table in CASE_TABLES:
        if table.name in tables or table.required:
            write_table(folder / f"{table.name}.csv", table, tables.get(table.name, []))
    return load(folder)


def _network(rng: Any, left_out: set[str]) -> dict[str, Rows]:
    zone_of = {} if "zones" in left_out else {"hub": "z1", "town1": "z1", "town3": "z2", "hub2": "z3"}
    names = sorted({end for road in ROADS for end in road.split()} | {"cutoff", "nobody"})
    places = [
        {"place": name, **NAMED, "kind": "town", "country_iso2": "XX", "lat": float(k % 7), "lon": float(k // 7),
         "population": int(rng.integers(0, 100_000)), "grid_zone": zone_of.get(name), "reporting": k % 2 == 0,
         **SOURCED}
        for k, name in enumerate(names)
    ]  # fmt: skip
    roads = [
        {"segment": f"s{k}", "from_place": road.split()[0], "to_place": road.split()[1],
         "length_km": float(rng.uniform(20, 500)), "surface": "paved", "truck_hours": 5.0,
         "hazard_weight": float(rng.choice([0.0, 1.0, 2.0], p=[0.2, 0.5, 0.3])), **SOURCED}
        for k, road in enumerate(ROADS)
    ]  # fmt: skip

    def corridor(name: str, theatre: str, path: str, border: str, foreign: int, inland: int) -> dict[str, Any]:
        return {"corridor": name, **NAMED, "group": "g", "theatre": theatre, "mode": "official", "path": path.split(),
                "border_place": border, "foreign_days": foreign, "inland_days": inland, **SOURCED}  # fmt: skip

    corridors = [
        corridor("c1", "north", "port1 border1 drop hub", "border1", int(rng.integers(1, 5)), int(rng.integers(1, 4))),
        corridor("c2", "south", "port2 border2 hub", "border2", int(rng.integers(1, 8)), int(rng.integers(1, 6))),
        corridor("c3", "north", "border1 hub2", "border1", 0, int(rng.integers(1, 4))),  # the source is at the border
        corridor("c4", "south", "border2 hub", "border2", 2, 1),  # brings nothing
    ]

    def leg(place: str, feeder: str, theatre: str) -> dict[str, Any]:
        return {"place": place, "from_place": feeder, "theatre": theatre, "path": [feeder, place],
                "days": int(rng.integers(1, 4)), "extra_km": float(rng.uniform(0, 50)),
                "weight": float(rng.uniform(0.2, 3)), **SOURCED}  # fmt: skip

    legs = [leg("town1", "hub", "north"), leg("town2", "town1", "south"), leg("town3", "hub", "south"),
            leg("town4", "drop", "north"), leg("town5", "hub2", "north")]  # fmt: skip
    corridors[1]["parcel_m3"] = 300.0  # comes by the shipload
    legs[2]["days"] = 1  # what waits before a full tank meets what arrives the next day
    supply = {"gasoline": (0.5, 0.3, 0.2), "diesel": (0.4, 0.6, 0.0), "jet": (0.0, 1.0, 0.0), "hfo": (1.0, 0.0, 0.0)}
    shares = [
        {"corridor": f"c{c + 1}", "product": product, "share": share, **SOURCED}
        for product, each in supply.items() for c, share in enumerate(each)
    ]  # fmt: skip
    drops = [{"corridor": "c1", "place": "drop", "weight": float(rng.uniform(0.5, 3)), **SOURCED}]
    tables: dict[str, Rows] = {
        "places": places, "roads": roads, "corridors": corridors, "supply": shares,
        "theatres": [{"theatre": name, **NAMED} for name in ("north", "south", "quiet")],
    }  # fmt: skip
    tables |= {} if "legs" in left_out else {"legs": legs}
    tables |= {} if "drops" in left_out else {"drops": drops}
    return tables


def _use(rng: Any, big_tanks: bool) -> dict[str, Rows]:
    products = [
        {"product": name, **NAMED, "density_t_per_m3": 0.8, "price_pump": float(rng.uniform(500, 900)),
         "retail": name in ("gasoline", "diesel"), **SOURCED}
        for name in ("gasoline", "diesel", "jet", "hfo")
    ]  # fmt: skip
    demand: Rows = []
    storage: Rows = []

    def need(place: str, product: str, user: str, m3: float) -> None:
        demand.append({"place": place, "product": product, "user_class": user,
                       "demand_m3_per_day": float(m3 * rng.uniform(0.7, 1.4)), **SOURCED})  # fmt: skip

    def tank(place: str, product: str, m3: float) -> None:
        capacity = float(np.round(m3 * rng.uniform(0.8, 1.3), 3))
        storage.append({"place": place, "product": product, "capacity_m3": capacity,
                        "opening_stock_m3": capacity * float(rng.choice([0.0, 0.3, 0.6, 1.0])), **SOURCED})  # fmt: skip

    for place, size in (("hub", 900), ("hub2", 150), ("drop", 120), ("town1", 80), ("town2", 30), ("town3", 60),
                        ("town4", 25), ("town5", 20), ("cutoff", 15)):  # fmt: skip
        big = 40 if big_tanks and place in ("hub", "drop", "hub2") else 1
        need(place, "gasoline", "private", size)
        need(place, "diesel", "public_transport", 0.5 * size)
        need(place, "diesel", "hospital", 0.03 * size)
        need(place, "diesel", "trade", 0.3 * size)
        tank(place, "gasoline", 14 * size * big)
        tank(place, "diesel", 12 * size * big)
    need("hub", "diesel", "power", 200)
    need("hub", "hfo", "power", 150)
    need("town3", "diesel", "mine", 40)
    need("hub2", "jet", "trade", 20)
    need("hub", "jet", "trade", 60)
    for place, product, m3 in (
        ("hub", "hfo", 1500),
        ("hub", "jet", 900),
        ("hub2", "jet", 300),
        ("nobody", "diesel", 50),
    ):
        tank(place, product, m3)
    storage[-1]["opening_stock_m3"] = 0.0
    return {"products": products, "demand": demand, "storage": storage}


def _power(rng: Any, left_out: set[str]) -> dict[str, Rows]:
    if "zones" in left_out:
        return {}
    profiles = [
        {"profile": "dry_season", "month": month, "factor": float(rng.uniform(0.4, 1.2)), **SOURCED}
        for month in range(1, 13)
    ]
    zones: Rows = [
        {"zone": "z1", **NAMED, "place": "hub", "load_mw": 400.0, "load_profile": "dry_season", **SOURCED},
        {"zone": "z2", **NAMED, "place": "town3", "load_mw": 12.0, **SOURCED},
        {"zone": "z3", **NAMED, "place": "hub2", "load_mw": 5.0, **SOURCED},  # no plant of its own
    ]
    feeders = [
        {"zone": "z1", "feeder": feeder, "load_share": share, "shed_weight": weight, **SOURCED}
        for feeder, share, weight in (("priority", 0.2, 0.2), ("ordinary", 0.5, 1.0), ("edge", 0.3, 2.5))
    ]

    def plant(name: str, zone: str, kind: str, mw: float, merit: int, fuel: str | None = None) -> dict[str, Any]:
        return {"plant": name, **NAMED, "zone": zone, "kind": kind, "product": fuel, "capacity_mw": mw,
                "available_share": 0.9, "fuel_l_per_kwh": 0.25 if fuel else None,
                "profile": "dry_season" if kind == "hydro" else None, "merit": merit, **SOURCED}  # fmt: skip

    plants = [plant("dam", "z1", "hydro", 150, 1), plant("line", "z1", "import", 80, 2),
              plant("sun", "z2", "solar", 14, 1), plant("oil", "z1", "thermal", 60, 3, "hfo"),
              plant("old", "z1", "thermal", 120, 4, "diesel"),
              plant("small", "z2", "thermal", 6, 2, "diesel")]  # fmt: skip
    tables: dict[str, Rows] = {"profiles": profiles, "zones": zones}
    tables |= {} if "feeders" in left_out else {"feeders": feeders}
    tables |= {} if "plants" in left_out else {"plants": plants}
    return tables


def _people(rng: Any, left_out: set[str]) -> dict[str, Rows]:
    facilities: Rows = []

    def facility(name: str, place: str, kind: str, product: str, rate: float, priority: int) -> None:
        tank = rate * float(rng.choice([0.0, 10.0, 40.0, 90.0]))
        facilities.append({
            "facility": name, **NAMED, "place": place, "kind": kind, "product": product, "litres_per_hour": rate,
            "hours_per_day": float(rng.choice([0.0, 3.0, 8.0, 24.0])), "tank_l": tank,
            "stock_l": tank * float(rng.uniform(0, 1)), "solar_share": float(rng.choice([0.0, 0.3, 1.0])),
            "people_served": int(rng.integers(0, 90_000)), "priority": priority,
            "litres_per_rotation": 5000.0 if kind == "airport" else None, **SOURCED,
        })  # fmt: skip

    for place, rate in (("hub", 300.0), ("town1", 60.0), ("town3", 45.0), ("hub2", 50.0), ("cutoff", 20.0)):
        facility(f"hospital_{place}", place, "hospital", "diesel", rate, 1)
        facility(f"water_{place}", place, "water", "diesel", rate, 1)
        facility(f"clinic_{place}", place, "clinic", "diesel", rate / 4, 2)
        facility(f"telecom_{place}", place, "telecom", "diesel", rate / 3, 3)
        facility(f"cold_{place}", place, "cold_chain", "diesel", rate / 9, 2)
    facility("airport_hub", "hub", "airport", "jet", 900.0, 1)
    facility("airport_hub2", "hub2", "airport", "jet", 400.0, 1)
    facility("aid_town1", "town1", "aid_base", "diesel", 30.0, 2)
    facility("clinic_town5", "town5", "clinic", "diesel", 10.0, 1)
    rng.shuffle(facilities)  # type: ignore[arg-type]
    destinations = [
        {"destination": name, **NAMED, "kind": kind, "country_iso2": "XX", "place": place, "extra_km": extra,
         "capacity_people": capacity, "opening_people": there, **SOURCED}
        for name, kind, place, extra, capacity, there in (
            ("camp", "camp", "town1", 15.0, 900, 700), ("host_hub", "town", "hub", 0.0, None, 4000),
            ("over1", "abroad", "border1", 80.0, None, 9000), ("over2", "abroad", "border2", 5.0, 2500, 2450),
            ("host5", "town", "town5", 0.0, None, 0), ("full", "camp", "drop", 3.0, 100, 100),
        )
    ]  # fmt: skip
    tables: dict[str, Rows] = {"facilities": facilities, "destinations": destinations}
    return {name: rows for name, rows in tables.items() if name not in left_out}


def _scenario(rng: Any, left_out: set[str]) -> dict[str, Rows]:
    events: list[tuple[str, str, float, int, int, str]] = [
        ("blockade", "c1", 1, 6, 99, ""),
        ("blockade", "c2", 2, 12, 99, "siege:hard"),
        ("blockade", "c3", float(rng.uniform(0.5, 3)), 3, 40, ""),
        ("leg_blockade", "north", 1, 8, 99, ""),
        ("leg_blockade", "south", 0.5, 8, 50, "siege:hard"),
        ("truce", "north", 1, 30, 38, ""),
        ("closed", "c1", 1, 14, 18, ""),
        ("leg_closed", "town3", 1, 10, 20, ""),
        ("escort_needed", "south", 1, 15, 99, ""),
        ("escort_strength", "all", float(rng.uniform(0, 3)), 20, 99, ""),
        ("orders", "c1", 0.6, 5, 30, ""),
        ("loading_max", "hub", 0, 19, 23, ""),
        ("loading_max", "town1", 0.5, 5, 30, ""),
        ("gift_trucks", "c3", 7, 9, 10, ""),
        ("gift_trucks", "c2", 150, 16, 17, ""),
        ("gift_trucks", "c4", 40, 16, 17, ""),
        ("customs_h", "all", float(rng.choice([0, 12, 100, 480])), 18, 30, ""),
        ("hazard_pay", "c1", 3, 25, 99, ""),
        ("insured_share", "c2", 0.5, 25, 99, ""),
        ("leg_weight", "town1", 5, 12, 99, ""),
        ("hub_reserve_days", "all", 2, 22, 40, ""),
        ("ration_share", "gasoline", 0.5, 20, 99, ""),
        ("price_pump_factor", "diesel", 1.3, 28, 99, ""),
        ("mobility", "all", 0.8, 28, 45, ""),
        ("street_ban", "all", 0.7, 35, 99, ""),
        ("power_share", "all", 0.5, 33, 50, ""),
        ("embargo_scope", "town3", 2, 9, 30, ""),
        ("embargo_scope", "all", 1, 31, 45, ""),
    ]
    if "columns" not in left_out:
        events += [("columns_per_week", "all", 4, 8, 99, ""), ("column_trucks_max", "north", 60, 8, 99, "")]
    inputs = [
        {"input_id": f"i{k}", "lever": lever, "target": target, "value": float(value),
         "date_start": START + dt.timedelta(days=first), "date_end": START + dt.timedelta(days=last),
         "role": "variant" if variant else "input", "variant": variant or None, "known_date": START, **SOURCED}
        for k, (lever, target, value, first, last, variant) in enumerate(events)
    ]  # fmt: skip
    variants = [
        {"variant": f"siege_{choice}", "axis": "siege", "choice": choice, "weight": weight, "sets": sets,
         "meaning_en": "x", "meaning_fr": "x", **SOURCED}
        for choice, weight, sets in (("hard", 0.6, "size_law_gamma=0.8"), ("soft", 0.4, ""))
    ]  # fmt: skip
    return {"inputs": [] if "inputs" in left_out else inputs, "variants": variants, "parameters": []}
