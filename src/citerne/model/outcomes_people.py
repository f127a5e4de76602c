"""Recorded series of what fuel does to people: facilities and services. Weighted sums of cells of one field each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from citerne.case.case import Case
from citerne.engine.fields import Series, World
from citerne.model.world_people import SERVICES

RECORDABLE_PEOPLE = ("facility_left_h", "facility_service", "facility_stop_d", "unserved_people")
ALWAYS = ("hospital", "water", "airport")  # kinds whose first stop is recorded for every reporting place


def people_series(case: Case, world: World, places: Sequence[str], everything: bool) -> Iterator[Series]:
    """Series of facilities, then of services; `everything` keeps every place and facility."""
    yield from _facilities(case, places, everything)
    yield from _services(case, world, places, everything)


def _one(variable: str, place: str, product: str, unit: str, field: str, cell: int, weight: float = 1.0) -> Series:
    return Series(variable, place, product, unit, field, (cell,), (weight,))


def _facilities(case: Case, places: Sequence[str], everything: bool) -> Iterator[Series]:
    reporting = {row["place"] for row in case.rows("places") if row["reporting"]}
    products = case.ids("products")
    for k, row in enumerate(case.rows("facilities")):
        name, hub = row["facility"], row["place"] == case.header.hub
        if everything or (row["kind"] in ALWAYS and row["place"] in reporting):
            yield _one("facility_stop_day", name, "", "day", "facility_stop_d", k)
        if everything or hub:
            yield _one("facility_hours_left", name, "", "h", "facility_left_h", k)
            yield _one("facility_service_share", name, "", "share", "facility_service", k)
        if row["kind"] == "airport" and (everything or row["place"] in reporting):
            cell = places.index(row["place"]) * len(products) + products.index(row["product"])
            weight = case.header.quantum_l / row["litres_per_rotation"]
            yield _one("jet_rotations", name, "", "rotations", "stock_l", cell, weight)


def _services(case: Case, world: World, places: Sequence[str], everything: bool) -> Iterator[Series]:
    with_facility = sorted(set(world.constants["facility_place"].tolist()))
    if not with_facility:
        return
    for s, service in enumerate(SERVICES):
        cells = tuple(p * len(SERVICES) + s for p in range(len(places)))
        yield Series("person_days_unserved", case.header.country, service, "person-days", "unserved_people", cells,
                     (1.0,) * len(cells))  # fmt: skip
        for p in with_facility:
            if everything or places[p] == case.header.hub:
                yield _one("person_days_unserved", places[p], service, "person-days", "unserved_people", cells[p])
