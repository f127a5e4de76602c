"""Recorded series of what fuel does to people: facilities, services, prices, isolation and flight.

Each is a weighted sum of cells of one state field; a price of the country is the mean over people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from citerne.case.case import Case
from citerne.engine.fields import Series, World
from citerne.model.world_people import SERVICES
from citerne.schema.outcomes import SPLITS

PRICES = (
    ("transport_fare_multiplier", "fare"), ("food_price_multiplier", "food_price"),
    ("charcoal_price_multiplier", "charcoal_price"),
)  # fmt: skip
ALWAYS = ("hospital", "water", "airport")  # kinds whose first stop is recorded for every reporting place


def people_series(case: Case, world: World, places: Sequence[str], everything: bool) -> Iterator[Series]:
    """All of them; `everything` keeps every place and facility, else the country, its hub and what targets name."""
    lived_in = [p for p, people in enumerate(world.constants["people"]) if people > 0]
    yield from _facilities(case, places, everything)
    yield from _services(case, world, places, everything)
    yield from _prices(case, world, places, everything)
    yield from _isolation(case, world, places, lived_in, everything)
    yield from _flight(case, world, places, lived_in, everything)


def _one(variable: str, place: str, product: str, unit: str, field: str, cell: int, weight: float = 1.0) -> Series:
    return Series(variable, place, product, unit, field, (cell,), (weight,))


def _facilities(case: Case, places: Sequence[str], everything: bool) -> Iterator[Series]:
    reporting = {row["place"] for row in case.rows("places") if row["reporting"]}
    products = case.ids("products")
    for k, row in enumerate(case.rows("facilities")):
        name, hub = row["facility"], row["place"] == case.header.hub
        if everything or (row["kind"] in ALWAYS and row["place"] in reporting):
            yield _one("facility_stop_day", name, "", "day", "facility_stop_d", k)
        if everything or hub or (row["kind"] == "hospital" and row["place"] in reporting):
            yield _one("facility_hours_left", name, "", "h", "facility_left_h", k)
        if everything or hub:
            yield _one("facility_service_share", name, "", "share", "facility_service", k)
        if row["kind"] == "airport" and (everything or row["place"] in reporting):
            cell = places.index(row["place"]) * len(products) + products.index(row["product"])
            weight = case.header.quantum_l / row["litres_per_rotation"]
            yield _one("jet_rotations", name, "", "rotations", "stock_l", cell, weight)


def _services(case: Case, world: World, places: Sequence[str], everything: bool) -> Iterator[Series]:
    with_facility = sorted(set(world.constants["facility_place"].tolist()))
    if not with_facility:
        return
    yield from _by_kind(case)
    for s, service in enumerate(SERVICES):
        cells = tuple(p * len(SERVICES) + s for p in range(len(places)))
        yield Series("person_days_unserved", case.header.country, service, "person-days", "unserved_people", cells,
                     (1.0,) * len(cells))  # fmt: skip
        for p in with_facility:
            if everything or places[p] == case.header.hub:
                yield _one("person_days_unserved", places[p], service, "person-days", "unserved_people", cells[p])


def _by_kind(case: Case) -> Iterator[Series]:
    """What facilities of one kind give, over the country, weighted by the people they serve."""
    rows = case.rows("facilities")
    for kind in SPLITS["kind"]:
        ours = tuple(k for k, row in enumerate(rows) if row["kind"] == kind and row["people_served"])
        people = sum(rows[k]["people_served"] for k in ours)
        if people:
            weights = tuple(rows[k]["people_served"] / people for k in ours)
            country = case.header.country
            yield Series("facility_service_share", country, kind, "share", "facility_service", ours, weights)


def _prices(case: Case, world: World, places: Sequence[str], everything: bool) -> Iterator[Series]:
    buys = np.asarray(world.constants["retail_l"].sum(axis=1) > 0)
    people = world.constants["people"].astype(float) * buys
    counted = [p for p in range(len(places)) if people[p] > 0]
    weights = tuple(float(people[p] / people.sum()) for p in counted)
    for variable, field in PRICES:
        if counted:
            yield Series(variable, case.header.country, "", "ratio", field, tuple(counted), weights)
        for p, place in enumerate(places):
            if buys[p] and (everything or place == case.header.hub):
                yield _one(variable, place, "", "ratio", field, p)


def _isolation(
    case: Case, world: World, places: Sequence[str], lived_in: Sequence[int], everything: bool
) -> Iterator[Series]:
    country, cells = case.header.country, tuple(lived_in)
    total = float(world.constants["people"].sum())
    if cells:
        ones = (1.0,) * len(cells)
        yield Series("people_isolated", country, "", "people", "people_isolated", cells, ones)
        yield Series("places_isolated", country, "", "places", "isolated", cells, ones)
        yield Series("siege_share", country, "", "share", "people_besieged", cells, (1 / total,) * len(cells))
    for p in lived_in:
        if everything:
            yield _one("people_isolated", places[p], "", "people", "people_isolated", p)
        if everything or places[p] == case.header.hub:
            yield _one("days_without_arrival", places[p], "", "days", "cut_days", p)


def _flight(
    case: Case, world: World, places: Sequence[str], lived_in: Sequence[int], everything: bool
) -> Iterator[Series]:
    rows, country, cells = case.rows("destinations"), case.header.country, tuple(lived_in)
    if not (rows and cells):
        return
    ones = (1.0,) * len(cells)
    for variable, field in (("displaced_new", "displaced_new"), ("refugees_new", "refugees_new"),
                            ("people_trapped", "trapped")):  # fmt: skip
        yield Series(variable, country, "", "people", field, cells, ones)
        wanted = {row["place"] for row in case.rows("targets") if row["variable"] == variable}
        for p in lived_in:
            if everything or places[p] in wanted:
                yield _one(variable, places[p], "", "people", field, p)
    for variable, abroad in (("displaced_total", False), ("refugees_total", True)):
        there = tuple(d for d, row in enumerate(rows) if (row["kind"] == "abroad") is abroad)
        if there:
            yield Series(variable, country, "", "people", "at_destination", there, (1.0,) * len(there))
