"""What a run records: each outcome of the catalogue as a weighted sum of cells of one state field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from citerne.case.case import Case
from citerne.engine.fields import Series, World
from citerne.model.levers import active_places
from citerne.model.outcomes_people import people_series
from citerne.schema.outcomes import SPLITS

M3 = 1e-3


def switched_off(case: Case, parameter: str) -> bool:
    """Whether a case fixes a switch of the model at 0."""
    return any(
        row["parameter"] == parameter and row["distribution"] == "fixed" and row["best"] == 0
        for row in case.rows("parameters")
    )


class Catalogue:
    """Series of a case. `everything` keeps every place and product, else the reporting places and leading series."""

    def __init__(self, case: Case, world: World, everything: bool = False) -> None:
        self.case, self.world, self.everything = case, world, everything
        self.country = case.header.country
        self.litre = M3 * case.header.quantum_l
        self.places = active_places(case)
        self.rows_of = {row["place"]: row for row in case.rows("places")}
        self.products = case.ids("products")
        self.corridors = case.ids("corridors")
        self.retail = [k for k, row in enumerate(case.rows("products")) if row["retail"]]
        self.price_unit = f"{case.header.currency}/L"
        self.asked = {(row["variable"], row["place"]) for row in case.rows("targets")}

    def series(self) -> list[Series]:
        """All series, each (variable, place, product) once."""
        people = people_series(self.case, self.world, self.places, self.everything)
        own = [*self._country(), *self._corridors(), *self._theatres(), *self._places(), *self._zones()]
        return [*own, *self._passed_on(), *people]

    def _wanted(self, variable: str, place: str) -> bool:
        """Whether a series is recorded that a run keeps only where a target asks for it."""
        return self.everything or (variable, place) in self.asked

    def _cell(self, place: int, product: int) -> int:
        return place * len(self.products) + product

    def _rows(self, corridors: Sequence[int], products: Sequence[int]) -> tuple[int, ...]:
        """Cells of these corridors and products; what a corridor never brings is left out, since it stays 0."""
        brought = self.world.constants["supply_l"] > 0
        return tuple(c * len(self.products) + f for c in corridors for f in products if brought[c, f])

    def _sum(
        self, variable: str, place: str, product: str, unit: str, field: str, cells: Sequence[int], weight: float = 1.0
    ) -> Series:
        return Series(variable, place, product, unit, field, tuple(cells), (weight,) * len(cells))

    def _country(self) -> Iterator[Series]:
        here, all_corridors = self.country, range(len(self.corridors))
        everywhere = range(len(self.places))
        for f, product in enumerate(self.products):
            cells = self._rows(all_corridors, [f])
            yield self._sum("imports_volume", here, product, "m3", "unloaded_l", cells, self.litre)
            yield self._sum("stock_days", here, product, "days", "national_cover_d", [f])
            stock = [self._cell(p, f) for p in everywhere if self.world.constants["capacity_l"][p, f] > 0]
            yield self._sum("stock_volume", here, product, "m3", "stock_l", stock, self.litre)
            yield self._sum("price_pump", self.case.header.hub, product, self.price_unit, "price_pump", [f])
        every = self._rows(all_corridors, range(len(self.products)))
        yield self._sum("imports_volume", here, "all", "m3", "unloaded_l", every, self.litre)
        yield self._sum("stock_days", here, "all", "days", "country_cover_d", [0])
        yield self._sum("dry_share", here, "all", "share", "dry_people_share", [0])
        if self.everything or not switched_off(self.case, "politics"):
            yield from self._politics()
        legs = range(self.world.sizes["leg"])
        if legs:
            yield self._sum("trucks_destroyed_cumulative", "onward_legs", "all", "trucks", "leg_destroyed_total", legs)

    def _politics(self) -> Iterator[Series]:
        """Harm, strength, legitimacy and ends; a case that switches politics off says nothing of them."""
        here = self.country
        for k, side in enumerate(SPLITS["side"]):
            yield self._sum("civilians_killed", here, side, "people", "civilians_killed", [k])
        for k, end in enumerate(SPLITS["end"]):
            yield self._sum("end_reached", here, end, "share", "ended", [k])
        yield self._sum("group_strength", here, "", "index", "strength_index", [0])
        yield self._sum("legitimacy", here, "", "index", "legitimacy", [0])

    def _corridors(self) -> Iterator[Series]:
        rows = self.case.rows("corridors")
        groups = {row["group"] for row in rows} - set(self.corridors)
        members = {key: [k] for k, key in enumerate(self.corridors)}
        members |= {group: [k for k, row in enumerate(rows) if row["group"] == group] for group in sorted(groups)}
        members[self.country] = list(range(len(rows)))
        for place, corridors in members.items():
            cells = self._rows(corridors, range(len(self.products)))
            yield self._sum("tankers_waiting_border", place, "all", "trucks", "waiting_trucks", cells)
            yield self._sum("trucks_dispatched", place, "all", "trucks", "sent_trucks", corridors)
            yield self._sum("trucks_destroyed_cumulative", place, "all", "trucks", "destroyed_total", corridors)
            if self._wanted("trucks_destroyed", place):
                yield self._sum("trucks_destroyed", place, "all", "trucks", "destroyed_trucks", corridors)
            if place == self.country or self.everything:
                yield self._sum("protection_cost_cumulative", place, "", "trip fares", "fares_paid", corridors)
            if place != self.country:
                yield self._sum("imports_volume", place, "all", "m3", "unloaded_l", cells, self.litre)
                yield self._sum("tankers_arrived", place, "all", "trucks", "arrived_trucks", corridors)
            if self.everything and place in self.corridors:
                yield self._sum("perceived_loss", place, "", "1/trip", "perceived_loss", corridors)
                yield self._sum("willing_alone", place, "", "share", "willing_alone", corridors)
                yield self._sum("willing_escorted", place, "", "share", "willing_escorted", corridors)
                yield self._sum("ambush_hazard", place, "", "ambushes/passage", "hazard", corridors)
        hubs = self.world.constants["hub"]
        for p in sorted(set(hubs.tolist())):
            yield self._sum(
                "tankers_arrived", self.places[p], "all", "trucks", "arrived_trucks", np.flatnonzero(hubs == p).tolist()
            )
        yield self._sum("tankers_arrived", self.country, "all", "trucks", "arrived_trucks", range(len(rows)))

    def _theatres(self) -> Iterator[Series]:
        theatres = self.case.ids("theatres")
        yield self._sum("secured_convoys", self.country, "all", "convoys", "columns_today", range(len(theatres)))
        if self.everything:
            for t, theatre in enumerate(theatres):
                yield self._sum("secured_convoys", theatre, "all", "convoys", "columns_today", [t])

    def _places(self) -> Iterator[Series]:
        need, retail = self.world.constants["demand_l"], self.world.constants["retail_l"]
        for p, place in enumerate(self.places):
            row = self.rows_of[place]
            if not (row["reporting"] or self.everything):
                continue
            if not need[p].any():
                yield from self._depot(p, place)
                continue
            full = self.everything or place == self.case.header.hub
            yield self._sum("stock_days", place, "all", "days", "place_cover_d", [p])
            if retail[p].any():
                yield self._sum("stations_open_share", place, "all", "share", "open_all", [p])
                yield self._sum("dry_share", place, "all", "share", "dry_all", [p])
            for f, product in enumerate(self.products):
                if need[p, f] > 0:
                    yield from self._cell_series(p, f, place, product, full or self.retail[:2].count(f) > 0, full)

    def _depot(self, p: int, place: str) -> Iterator[Series]:
        """Stock of a place that only passes fuel on."""
        for f, product in enumerate(self.products):
            if self.world.constants["capacity_l"][p, f] > 0:
                yield self._sum("stock_volume", place, product, "m3", "stock_l", [self._cell(p, f)], self.litre)

    def _cell_series(self, p: int, f: int, place: str, product: str, leading: bool, full: bool) -> Iterator[Series]:
        cell = [self._cell(p, f)]
        if leading:
            yield self._sum("stock_days", place, product, "days", "cover_d", cell)
        if full:
            yield self._sum("stock_volume", place, product, "m3", "stock_l", cell, self.litre)
            yield self._sum("sales_volume", place, product, "m3", "sold_l", cell, self.litre)
        if f in self.retail and self.world.constants["retail_l"][p, f] > 0 and (full or f == self.retail[0]):
            yield self._sum("queue_hours", place, product, "h", "queue_h", cell)
            yield self._sum("price_street", place, product, self.price_unit, "price_street", cell)
            yield self._sum("price_multiplier_street", place, product, "ratio", "price_multiplier", cell)
            if full:
                yield self._sum("stations_open_share", place, product, "share", "open_share", cell)

    def _passed_on(self) -> Iterator[Series]:
        """What left places for others and what reached places that sell, where a target asks for it."""
        feeder = self.world.constants["leg_from"]
        for p, place in enumerate(self.places):
            own_legs = np.flatnonzero(feeder == p).tolist()
            if own_legs and self._wanted("trucks_loaded", place):
                yield self._sum("trucks_loaded", place, "", "trucks", "leg_sent_trucks", own_legs)
        sells = self.world.constants["retail_l"].sum(axis=1) > 0
        first = sells.copy()  # what a selling place passes on to another counts once
        first[self.world.constants["leg_to"]] &= ~sells[feeder]
        where = {place: [p] for p, place in enumerate(self.places) if sells[p]}
        where[self.country] = np.flatnonzero(first).tolist()
        for place, fed in where.items():
            if self._wanted("deliveries_volume", place):
                for f, product in enumerate(self.products):
                    cells = [self._cell(p, f) for p in fed]
                    yield self._sum("deliveries_volume", place, product, "m3", "received_l", cells, self.litre)
                every = [self._cell(p, f) for p in fed for f in range(len(self.products))]
                yield self._sum("deliveries_volume", place, "all", "m3", "received_l", every, self.litre)

    def _zones(self) -> Iterator[Series]:
        zones = self.case.ids("zones")
        for row in self.case.rows("places"):
            if row["grid_zone"] and (row["reporting"] or self.everything):
                z = [zones.index(row["grid_zone"])]
                yield self._sum("power_hours_per_day", row["place"], "", "h/day", "power_h", z)
                if row["place"] == self.case.header.hub:
                    yield self._sum("power_hours_per_day", row["place"], "priority", "h/day", "power_priority_h", z)
                    yield self._sum("power_hours_per_day", row["place"], "edge", "h/day", "power_edge_h", z)
                    yield self._sum("power_unserved", row["place"], "", "MWh", "unserved_mwh", z)
