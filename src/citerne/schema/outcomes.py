"""Every outcome declared once: what a run may record, score and compare, by the names that `targets.csv` uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Where = Literal["place", "corridor", "theatre", "zone", "facility", "country"]
Kind = Literal["stock", "flow", "rate"]
Split = Literal["none", "product", "service", "side", "feeder", "end", "kind"]

AGGREGATION_OF_KIND: dict[Kind, str] = {"stock": "last", "flow": "sum", "rate": "mean"}
SPLITS: dict[Split, tuple[str, ...]] = {
    "none": (),
    "product": (),  # those of the case, and `all`
    "service": ("hospital", "water", "telecom"),
    "side": ("armed_group", "state_side"),
    "feeder": ("priority", "edge"),  # the plain name is the ordinary feeder
    "end": ("deal", "siege_broken", "coup", "collapse"),
    "kind": ("hospital", "clinic", "water"),  # of facilities, over a country; none for a single facility
}


@dataclass(frozen=True)
class Outcome:
    """A recorded quantity, one value a day.

    Attributes
    ----------
    name : as in `targets.csv` and in every file and JSON object
    where : kinds of label its `place` may hold; a corridor stands for a group of corridors too
    unit : unit; `{currency}` is the case's own
    kind : `stock` (level at the end of the day), `flow` (amount of the day, adds up over days) or `rate` (a share,
        price or time that holds for the day, averaged over days)
    split : what its `product` column holds
    better : which way is good for civilians, `more`, `less` or `neither`; comparisons count on it
    high : physical upper bound, or None; no outcome is ever negative
    meaning : one sentence in English, translated through the text layer
    """

    name: str
    where: tuple[Where, ...]
    unit: str
    kind: Kind
    split: Split
    better: Literal["more", "less", "neither"]
    meaning: str
    high: float | None = None

    @property
    def by_product(self) -> bool:
        """Whether it is recorded by product."""
        return self.split == "product"

    @property
    def aggregation(self) -> str:
        """How a window of days is summed up unless told otherwise: `last`, `sum` or `mean`."""
        return AGGREGATION_OF_KIND[self.kind]

    def unit_in(self, currency: str) -> str:
        """The unit with the currency of a case, such as `XOF/L`."""
        return self.unit.replace("{currency}", currency)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("imports_volume", ("corridor", "country"), "m3", "flow", "product", "more",
            "Fuel brought in by road and unloaded inside the country."),
    Outcome("tankers_arrived", ("place", "corridor", "country"), "trucks", "flow", "product", "more",
            "Loaded tankers that reached the place."),
    Outcome("tankers_waiting_border", ("corridor", "country"), "trucks", "stock", "product", "less",
            "Tankers loaded and ready at the border; those still at the refinery do not count."),
    Outcome("trucks_dispatched", ("corridor", "country"), "trucks", "flow", "product", "neither",
            "Loaded tankers that set out from the border."),
    Outcome("trucks_destroyed", ("corridor", "country"), "trucks", "flow", "none", "less",
            "Tankers destroyed that day; recorded where a target asks for it."),
    Outcome("trucks_destroyed_cumulative", ("corridor", "country"), "trucks", "stock", "none", "less",
            "Tankers destroyed since the start of the run."),
    Outcome("secured_convoys", ("theatre", "country"), "convoys", "flow", "none", "neither",
            "Columns that left the border under escort."),
    Outcome("stock_volume", ("place", "country"), "m3", "stock", "product", "more",
            "Usable fuel in depots and stations."),
    Outcome("stock_days", ("place", "country"), "days", "stock", "product", "more",
            "Stock over normal use: days it lasts if nothing comes."),
    Outcome("dry_share", ("place", "country"), "share", "rate", "product", "less",
            "Share of people whose place is dry: fewer than one station in ten open that day.", 1),
    Outcome("stations_open_share", ("place", "country"), "share", "rate", "product", "more",
            "Share of the place's retail demand whose station has fuel that day.", 1),
    Outcome("queue_hours", ("place",), "h", "rate", "product", "less",
            "Wait expected by a motorist who joins the queue that day and is served."),
    Outcome("price_pump", ("place",), "{currency}/L", "rate", "product", "less",
            "Official price at the pump."),
    Outcome("price_street", ("place",), "{currency}/L", "rate", "product", "less",
            "Median price asked outside stations; the pump price where there is no street market."),
    Outcome("price_multiplier_street", ("place",), "ratio", "rate", "product", "less",
            "Street price over the pump ceiling."),
    Outcome("sales_volume", ("place",), "m3", "flow", "product", "more",
            "Fuel that users of the place got, power plants not counted."),
    Outcome("deliveries_volume", ("place", "country"), "m3", "flow", "product", "more",
            "Fuel taken into the tanks of places where it is sold; what such a place passes on counts once."),
    Outcome("trucks_loaded", ("place",), "trucks", "flow", "none", "more",
            "Tankers that left the place loaded for the places it feeds."),
    Outcome("power_hours_per_day", ("place", "zone"), "h/day", "rate", "feeder", "more",
            "Hours of supply on an ordinary feeder; priority and edge feeders are reported apart.", 24),
    Outcome("power_unserved", ("place", "zone"), "MWh", "flow", "none", "less",
            "Energy wanted and not served."),
    Outcome("transport_fare_multiplier", ("place", "country"), "ratio", "rate", "none", "less",
            "Passenger fares against the start."),
    Outcome("food_price_multiplier", ("place", "country"), "ratio", "rate", "none", "less",
            "Price of staple food against the start."),
    Outcome("charcoal_price_multiplier", ("place", "country"), "ratio", "rate", "none", "less",
            "Price of charcoal against the start."),
    Outcome("person_days_unserved", ("place", "country"), "person-days", "flow", "service", "less",
            "People times days without the service for want of fuel or power."),
    Outcome("facility_hours_left", ("facility",), "h", "stock", "none", "more",
            "Hours until the facility's own tank is empty if nothing comes, at the need of the day; at most 9999."),
    Outcome("facility_service_share", ("facility", "country"), "share", "rate", "kind", "more",
            "Part of its service that a facility gives that day; of a country by kind, weighted by people.", 1),
    Outcome("facility_stop_day", ("facility",), "day", "stock", "none", "neither",
            "Day of the run, from 1, on which the facility first had less than half of the fuel it needs; 0 not yet."),
    Outcome("jet_rotations", ("facility",), "rotations", "stock", "none", "more",
            "Flights there and back that the jet fuel at the airport's town allows."),
    Outcome("people_isolated", ("place", "country"), "people", "stock", "none", "less",
            "People whose place no fuel truck can reach."),
    Outcome("places_isolated", ("country",), "places", "stock", "none", "less",
            "Places where people live and that no fuel truck can reach."),
    Outcome("siege_share", ("country",), "share", "rate", "none", "less",
            "Share of people in besieged places: other goods than fuel are stopped too, by the armed group.", 1),
    Outcome("days_without_arrival", ("place",), "days", "stock", "none", "less",
            "Days since fuel last arrived."),
    Outcome("people_trapped", ("place", "country"), "people", "stock", "none", "less",
            "People who want to leave and cannot, for want of fuel, money or passage."),
    Outcome("displaced_total", ("country",), "people", "stock", "none", "less",
            "Displaced people at destinations inside the country, those of day 0 included."),
    Outcome("refugees_total", ("country",), "people", "stock", "none", "less",
            "Refugees at destinations abroad, those of day 0 included."),
    Outcome("displaced_new", ("place", "country"), "people", "flow", "none", "less",
            "People newly displaced inside the country, by the place they leave."),
    Outcome("refugees_new", ("place", "country"), "people", "flow", "none", "less",
            "People newly fled abroad, by the place they leave."),
    Outcome("protection_cost_cumulative", ("corridor", "country"), "trip fares", "stock", "none", "less",
            "Hazard pay for trips and insurance of lost trucks since day 0, in fares of one trip."),
    Outcome("perceived_loss", ("corridor",), "1/trip", "rate", "none", "less",
            "Loss per trip that hauliers expect.", 1),
    Outcome("willing_alone", ("corridor",), "share", "rate", "none", "more",
            "Share of hauliers willing to drive without escort.", 1),
    Outcome("willing_escorted", ("corridor",), "share", "rate", "none", "more",
            "Share of hauliers willing to drive in a column under escort.", 1),
    Outcome("ambush_hazard", ("corridor",), "ambushes/passage", "rate", "none", "less",
            "Ambushes met by one group without escort on one passage."),
    Outcome("civilians_killed", ("place", "country"), "people", "flow", "side", "less",
            "Civilians killed, by the side that killed them."),
    Outcome("group_strength", ("country",), "index", "stock", "none", "neither",
            "Fighters of the armed group against day 0, which counts 1."),
    Outcome("legitimacy", ("country",), "index", "stock", "none", "neither",
            "Legitimacy of the state against day 0, which counts 1: whether people would tell it what they know.", 2),
    Outcome("end_reached", ("country",), "share", "stock", "end", "neither",
            "1 in a future in which this end has come: the mean over futures is its cumulative incidence.", 1),
)  # fmt: skip

OUTCOME_BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
