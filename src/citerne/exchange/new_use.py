"""Use of fuel in a new case: need, prices, tanks, power and facilities of every town followed.

Guesses: 0.2 L of fuel a person and day (petrol 40, diesel 60 %), a townsman of the hub counting twice; tanks of ten
days of what a place uses and passes on (hub fifteen), two thirds full; mean load six tenths of what plants can give.
"""

from __future__ import annotations

from typing import Any

from citerne.base.text import _
from citerne.exchange.known import Fuel, Known, Row
from citerne.exchange.new_roads import GUESS, row_with_guess

LITRES_A_PERSON = 0.2
SPLIT = {"gasoline": 0.4, "diesel": 0.6}
USERS = {
    "gasoline": {"private": 0.6, "public_transport": 0.4},
    "diesel": {"public_transport": 0.3, "private": 0.15, "trade": 0.45, "hospital": 0.03, "water": 0.03,
               "telecom": 0.04},
    "lpg": {"private": 1.0}, "kerosene": {"private": 1.0}, "hfo": {"trade": 1.0}, "jet": {"trade": 1.0},
}  # fmt: skip
DENSITY = {"gasoline": 0.745, "diesel": 0.84, "hfo": 0.96, "jet": 0.80, "lpg": 0.54, "kerosene": 0.80}
NAMES = {
    "gasoline": ("Petrol", "Essence"), "diesel": ("Diesel", "Gazole"), "hfo": ("Heavy fuel oil", "Fioul lourd"),
    "jet": ("Jet fuel", "Carburéacteur"), "lpg": ("Cooking gas (LPG)", "Gaz butane"),
    "kerosene": ("Kerosene", "Kérosène"),
}  # fmt: skip
RETAIL = ("gasoline", "diesel", "lpg", "kerosene")
HUB_COUNTS = 2.0
HUB_DAYS, TOWN_DAYS, FULL = 15.0, 10.0, 2 / 3
LOAD_OF_CAPACITY = 0.6
GENERATORS = (("hospital", 1, 7.0, 4.0), ("water", 2, 4.0, 2.0), ("telecom", 3, 10.0, 7.0))
FACILITY_NAMES = {
    "hospital": ("Hospitals of {place}", "Hôpitaux de {place}"), "water": ("Waterworks of {place}", "Eau de {place}"),
    "telecom": ("Telephone masts of {place}", "Antennes téléphoniques de {place}"),
}  # fmt: skip
ZONE = "grid"


PRICE = 1.0


def fuels(known: Known) -> None:
    """Petrol and diesel always; what plants burn; nothing else that nobody named."""
    burned = {row["product"] for row in known.plants if row["product"]}
    for product in (*SPLIT, *sorted(burned)):
        known.fuels.setdefault(product, Fuel(product))


def products(known: Known) -> list[Row]:
    rows = []
    for product, fuel in known.fuels.items():
        en, fr = NAMES.get(product, (product, product))
        stated = fuel.price is not None
        rows.append(
            {
                "product": product, "name_en": en, "name_fr": fr, "density_t_per_m3": DENSITY.get(product, 0.8),
                "price_pump": fuel.price if stated else PRICE, "retail": product in RETAIL,
                "source": fuel.source if stated else GUESS, "source_date": fuel.source_date,
                "confidence": "C" if stated else "E", "note": None if stated else _("the price is a guess"),
            }
        )  # fmt: skip
    return rows


def power(known: Known, tables: dict[str, list[Row]]) -> dict[str, float]:
    """The grid of the hub, if plants are known; returns what they burn of each product, m3 a day."""
    if not known.plants:
        return {}
    free = sum(row["capacity_mw"] * row["available_share"] for row in known.plants)
    load = max(free * LOAD_OF_CAPACITY, 0.1)
    tables["plants"] = known.plants
    tables["zones"] = [row_with_guess({"zone": ZONE, "name_en": "Grid", "name_fr": "Réseau", "place": known.hub,
                                       "load_mw": round(load, 1)}, _("six tenths of what can run"))]  # fmt: skip
    burned: dict[str, float] = {}
    left = load
    for row in sorted(known.plants, key=lambda row: row["merit"]):
        used = min(row["capacity_mw"] * row["available_share"], left)
        left -= used
        if row["kind"] == "thermal":
            burned[row["product"]] = burned.get(row["product"], 0.0) + used * 24 * row["fuel_l_per_kwh"]
    return burned


def people_counted(known: Known, town: str) -> float:
    return float(known.place(town)["population"]) * (HUB_COUNTS if town == known.hub else 1.0)


def demand(known: Known, towns: list[str], power: dict[str, float]) -> list[Row]:
    """National need by product, split over towns by people and over users by fixed shares."""
    everybody = sum(people_counted(known, town) for town in towns)
    rows = []
    for product, fuel in known.fuels.items():
        need = fuel.need_m3_per_day
        stated = need is not None
        if need is None:
            need = SPLIT.get(product, 0.0) * LITRES_A_PERSON * everybody / 1000
        for town in towns if need > 0 else ():
            for user, part in USERS.get(product, {"private": 1.0}).items():
                amount = need * people_counted(known, town) / everybody * part
                note = _("national need: {source}").format(source=fuel.source) if stated else None
                rows.append(row_with_guess({"place": town, "product": product, "user_class": user,
                                            "demand_m3_per_day": round(amount, 4)}, note))  # fmt: skip
        if power.get(product):
            rows.append(row_with_guess({"place": known.hub, "product": product, "user_class": "power",
                                        "demand_m3_per_day": round(power[product], 4)},
                                       _("what the plants of the hub burn at mean load")))  # fmt: skip
        elif need <= 0:  # plants that are never called on: a little, so that the product has a way to come
            rows.append(row_with_guess({"place": known.hub, "product": product, "user_class": "power",
                                        "demand_m3_per_day": 0.1}))  # fmt: skip
    return rows


def national(demand: list[Row]) -> float:
    return float(sum(row["demand_m3_per_day"] for row in demand))


def storage(known: Known, towns: list[str], tree: Any, demand: list[Row]) -> list[Row]:
    """Tanks hold days of what a place uses and passes on."""
    through: dict[tuple[str, str], float] = {}
    for row in demand:
        place: str | None = row["place"]
        while place is not None:
            key = (place, row["product"])
            through[key] = through.get(key, 0.0) + row["demand_m3_per_day"]
            place = None if place == known.hub else tree.feeder(place, set(towns))
    rows = []
    for (place, product), a_day in through.items():
        capacity = a_day * (HUB_DAYS if place == known.hub else TOWN_DAYS)
        rows.append(row_with_guess({"place": place, "product": product, "capacity_m3": round(capacity + 0.05, 1),
                                    "opening_stock_m3": round(capacity * FULL, 1)}))  # fmt: skip
    return rows


def facilities(known: Known, towns: list[str], demand: list[Row]) -> list[Row]:
    """One hospital, waterworks and telephone network a town, on generators, as large as the town's use."""
    use = {(row["place"], row["user_class"]): row["demand_m3_per_day"] for row in demand if row["product"] == "diesel"}
    rows = []
    for town in towns:
        place = known.place(town)
        for kind, priority, tank, stock in GENERATORS:
            litres = use.get((town, kind), 0.0) * 1000
            en, fr = FACILITY_NAMES[kind]
            rows.append(
                row_with_guess(
                    {
                        "facility": f"{kind}_{town}"[:60], "name_en": en.format(place=place["name_en"]),
                        "name_fr": fr.format(place=place["name_fr"]), "place": town, "kind": kind, "product": "diesel",
                        "litres_per_hour": round(litres / 24, 3), "hours_per_day": 24.0,
                        "tank_l": round(litres * tank, 1), "stock_l": round(litres * stock, 1), "solar_share": 0.0,
                        "people_served": int(place["population"]), "priority": priority,
                    }
                )
            )  # fmt: skip
    return rows
