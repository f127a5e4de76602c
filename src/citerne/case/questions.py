"""Questions that a sound case leaves open: odd sums, odd roads, odd places, odd targets. None of them stops a run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from citerne.base.sphere import great_circle_km
from citerne.base.text import _
from citerne.case.case import Case
from citerne.schema.describe import ALL_TABLES
from citerne.schema.outcomes import OUTCOME_BY_NAME
from citerne.schema.read import Row
from citerne.schema.tables import CASE_TABLES

# Ranges outside which a figure is asked about. Judgement: wide enough that a country at peace stays within.
COVER_DAYS = (2.0, 60.0)
NEED_L_PER_HEAD_YEAR = (5.0, 2_000.0)
SPEED_KM_H = (3.0, 110.0)
ROAD_OVER_AIR = (0.98, 4.0)
POWER_FUEL_RATIO = (0.5, 2.0)
SITES = ("depot", "refinery", "power_plant", "mine")
LARGE_TOWN = 20_000


@dataclass(frozen=True, order=True)
class Question:
    """Something to look at again; `row` 0 speaks of the whole table."""

    file: str
    row: int
    text: str

    def __str__(self) -> str:
        where = self.file + (_(", row {row}").format(row=self.row) if self.row else "")
        return _("{where}: {text}").format(where=where, text=self.text)


def questions_of(case: Case) -> list[Question]:
    """All questions, in order of file and row."""
    kinds = (_balance, _tanks, _facilities, _supply, _reach, _power, _roads, _sites, _dates, _targets, _files)
    return sorted(question for kind in kinds for question in kind(case))


def need_by_product(case: Case) -> dict[str, float]:
    """Normal need of each product, m3/day."""
    need: dict[str, float] = dict.fromkeys(case.ids("products"), 0.0)
    for row in case.rows("demand"):
        need[row["product"]] += row["demand_m3_per_day"]
    return need


def _outside(value: float, bounds: tuple[float, float]) -> bool:
    return not bounds[0] <= value <= bounds[1]


def _home(case: Case) -> list[Row]:
    """Places in the country of the hub."""
    country = {row["place"]: row["country_iso2"] for row in case.rows("places")}
    return [row for row in case.rows("places") if row["country_iso2"] == country[case.header.hub]]


def _balance(case: Case) -> Iterator[Question]:
    need = need_by_product(case)
    for product, daily in need.items():
        stock = sum(row["opening_stock_m3"] for row in case.rows("storage") if row["product"] == product)
        if daily > 0 and _outside(stock / daily, COVER_DAYS):
            text = _("{product}: opening stocks cover {days} days of need; is that so?")
            yield Question("storage.csv", 0, text.format(product=product, days=f"{stock / daily:.1f}"))
    people = sum(row["population"] or 0 for row in _home(case))
    per_head = sum(need.values()) * 1000 * 365.25 / people if people else 0.0
    if people and _outside(per_head, NEED_L_PER_HEAD_YEAR):
        text = _("{litres} litres a head and year of all products; is that so?")
        yield Question("demand.csv", 0, text.format(litres=f"{per_head:,.0f}"))


def _tanks(case: Case) -> Iterator[Question]:
    need: dict[tuple[str, str], float] = defaultdict(float)
    for row in case.rows("demand"):
        need[row["place"], row["product"]] += row["demand_m3_per_day"]
    for row in case.rows("storage"):
        daily = need[row["place"], row["product"]]
        if 0 < row["capacity_m3"] < daily:
            text = _("the tank of {place} holds less than a day of {product}")
            yield Question("storage.csv", row["_row"], text.format(place=row["place"], product=row["product"]))


def _facilities(case: Case) -> Iterator[Question]:
    asked: dict[tuple[str, str], float] = defaultdict(float)
    for row in case.rows("facilities"):
        daily = row["litres_per_hour"] * row["hours_per_day"] * (1 - row["solar_share"]) / 1000
        asked[row["place"], row["product"]] += daily
    need: dict[tuple[str, str], float] = defaultdict(float)
    for row in case.rows("demand"):
        need[row["place"], row["product"]] += row["demand_m3_per_day"]
    for (place, product), daily in asked.items():
        if daily > 1.01 * need[place, product]:  # rates are rounded
            text = _("facilities of {place} burn {daily} m3 of {product} a day, all users there are given {m3} m3")
            figures = {"daily": f"{daily:,.2f}", "m3": f"{need[place, product]:,.2f}"}
            yield Question("facilities.csv", 0, text.format(place=place, product=product, **figures))


def _supply(case: Case) -> Iterator[Question]:
    need = need_by_product(case)
    supplied = {row["product"] for row in case.rows("supply") if row["share"] > 0}
    for product, daily in need.items():
        if daily > 0 and product not in supplied:
            yield Question("supply.csv", 0, _("no corridor brings {product}").format(product=product))
        if daily == 0 and product in supplied:
            yield Question("demand.csv", 0, _("nobody uses {product}, yet corridors bring it").format(product=product))


def _reach(case: Case) -> Iterator[Question]:
    hubs = {row["path"][-1] for row in case.rows("corridors")}
    fed = hubs | {row["place"] for row in case.rows("drops")}
    feeder = {row["place"]: row for row in case.rows("legs")}
    for place, row in feeder.items():
        source = row["from_place"]
        while source in feeder:
            source = feeder[source]["from_place"]
        if source not in fed:
            text = _("{place} is fed from {source}, which no corridor reaches")
            yield Question("legs.csv", row["_row"], text.format(place=place, source=source))
    users = {row["place"] for row in case.rows("demand") if row["demand_m3_per_day"]}
    for row in _home(case):
        place = row["place"]
        if place in users and place not in fed and place not in feeder:
            text = _("{place} uses fuel, but no corridor, drop or leg reaches it")
            yield Question("places.csv", row["_row"], text.format(place=place))
        if (row["population"] or 0) >= LARGE_TOWN and place not in users:
            text = _("{people} people live in {place}, but it uses no fuel")
            yield Question("places.csv", row["_row"], text.format(people=f"{row['population']:,}", place=place))


def _power(case: Case) -> Iterator[Question]:
    for zone in case.rows("zones"):
        free, reach, fuel = _power_of(case, zone)
        load = zone["load_mw"]
        if free + reach < load:
            share = (free + reach) / load
            text = _("with all the fuel it wants, zone {zone} serves {share} of its load")
            yield Question("zones.csv", zone["_row"], text.format(zone=zone["zone"], share=f"{share:.0%}"))
        for product, wanted in fuel.items():
            given = sum(
                row["demand_m3_per_day"]
                for row in case.rows("demand")
                if (row["place"], row["product"], row["user_class"]) == (zone["place"], product, "power")
            )
            if wanted > 0 and _outside(given / wanted, POWER_FUEL_RATIO):
                text = _("plants of zone {zone} want {wanted} m3 of {product} a day, power at {place} is given {m3} m3")
                figures = {"wanted": f"{wanted:,.0f}", "m3": f"{given:,.0f}"}
                text = text.format(zone=zone["zone"], product=product, place=zone["place"], **figures)
                yield Question("demand.csv", 0, text)


def _power_of(case: Case, zone: Row) -> tuple[float, float, dict[str, float]]:
    """Mean MW without fuel, MW of thermal plants, and the fuel (m3/day) that the load then asks for, by product."""
    mean: dict[str, float] = {}
    for name in {row["profile"] for row in case.rows("profiles")}:
        factors = [row["factor"] for row in case.rows("profiles") if row["profile"] == name]
        mean[name] = sum(factors) / len(factors)
    free = thermal = 0.0
    missing = zone["load_mw"] * mean.get(zone["load_profile"], 1.0)
    fuel: dict[str, float] = defaultdict(float)
    for row in sorted(case.rows("plants"), key=lambda row: (row["merit"], row["_row"])):
        if row["zone"] != zone["zone"]:
            continue
        power = row["capacity_mw"] * row["available_share"] * mean.get(row["profile"], 1.0)
        used = min(power, max(missing, 0.0))
        missing -= used
        if row["kind"] == "thermal":
            thermal += power
            fuel[row["product"]] += used * 24 * row["fuel_l_per_kwh"]  # MWh times L/kWh is m3
        else:
            free += power
    return free, thermal, dict(fuel)


def _roads(case: Case) -> Iterator[Question]:
    at = {row["place"]: (row["lat"], row["lon"]) for row in case.rows("places")}
    for row in case.rows("roads"):
        km, hours = row["length_km"], row["truck_hours"]
        air = great_circle_km(*at[row["from_place"]], *at[row["to_place"]])
        blur = 2 * 7.0  # km: places rounded to 0.1 degree lie up to 7 km off
        if km < ROAD_OVER_AIR[0] * air - blur or km > ROAD_OVER_AIR[1] * air + 2 * blur:
            text = _("{km} km by road, {air} km through the air")
            yield Question("roads.csv", row["_row"], text.format(km=f"{km:g}", air=f"{air:.0f}"))
        if hours > 0 and _outside(km / hours, SPEED_KM_H):
            yield Question("roads.csv", row["_row"], _("a tanker at {speed} km/h").format(speed=f"{km / hours:.0f}"))


def _sites(case: Case) -> Iterator[Question]:
    text = _("coordinates finer than 0.1 degree; sites are shown no finer")
    for row in case.rows("places"):
        if row["kind"] in SITES and any(round(row[c], 1) != row[c] for c in ("lat", "lon")):
            yield Question("places.csv", row["_row"], text)
    for row in case.rows("events"):
        if any(row[c] is not None and round(row[c], 1) != row[c] for c in ("lat", "lon")):
            yield Question("events.csv", row["_row"], text)


def _dates(case: Case) -> Iterator[Question]:
    for row in case.rows("events"):
        if row["known_date"] < row["date"] and row["date_precision"] == "day":
            yield Question("events.csv", row["_row"], _("known before it happened"))
    for table in CASE_TABLES:
        if not any(column.name == "source_date" for column in table.columns):
            continue
        for row in case.rows(table.name):
            if row["source_date"] and not re.match(r"\d{4}(-\d{2}){0,2}\Z", row["source_date"], re.ASCII):
                text = _("source_date {found} is none of YYYY, YYYY-MM, YYYY-MM-DD, so its age is not known")
                yield Question(f"{table.name}.csv", row["_row"], text.format(found=row["source_date"]))


def _targets(case: Case) -> Iterator[Question]:
    places = {*case.ids("places"), *case.ids("corridors"), *case.ids("zones"), case.header.country}
    places |= {row["group"] for row in case.rows("corridors")}
    for row in case.rows("targets"):
        outcome = OUTCOME_BY_NAME.get(row["variable"])
        if outcome is None:
            text = _("{name} is not in the catalogue of outcomes, so the row is not scored")
            yield Question("targets.csv", row["_row"], text.format(name=row["variable"]))
        elif row["unit"] and row["unit"] != outcome.unit_in(case.header.currency):
            text = _("unit {found}, the catalogue says {expected}")
            expected = outcome.unit_in(case.header.currency)
            yield Question("targets.csv", row["_row"], text.format(found=row["unit"], expected=expected))
        if row["place"] not in places:
            text = _("{place} is no place, corridor, group, zone or country of the case, so the row is not scored")
            yield Question("targets.csv", row["_row"], text.format(place=row["place"]))
        if row["date_start"] < case.header.start or row["date_end"] > case.header.record_end:
            yield Question("targets.csv", row["_row"], _("the window leaves the record of the case"))


def _files(case: Case) -> Iterator[Question]:
    known = {table.name for table in ALL_TABLES}
    for path in sorted(case.folder.glob("*.csv")):
        if path.stem not in known:
            yield Question(path.name, 0, _("no table is called so; the file is not read"))
