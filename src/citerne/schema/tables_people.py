"""The tables of a case that say whom fuel serves: facilities by name, and where people who flee may go."""

from __future__ import annotations

from citerne.schema.columns import PROVENANCE, Column, Table

FACILITY_KINDS = ("hospital", "clinic", "water", "cold_chain", "telecom", "airport", "aid_base")
DESTINATION_KINDS = ("camp", "town", "abroad")

FACILITIES = Table(
    "facilities",
    "Facilities that need fuel to serve people, by name; what they run on beside the grid.",
    (
        Column("facility", "id", "Key of the facility."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("place", "ref", "Town whose fuel it buys.", refers="places"),
        Column("kind", "choice", "What it is; airports and aid bases run without the grid.", choices=FACILITY_KINDS),
        Column("product", "ref", "Fuel it burns.", refers="products"),
        Column("litres_per_hour", "float", "Fuel burned in an hour of running.", "L/h", 0, 100_000),
        Column("hours_per_day", "float", "Hours it runs on fuel on a normal day.", "h/day", 0, 24),
        Column("tank_l", "float", "Tank capacity.", "L", 0, 1e8),
        Column("stock_l", "float", "Fuel in the tank on the morning of day 0.", "L", 0, 1e8),
        Column("solar_share", "float", "Part of the fuel hours that solar panels cover.", "", 0, 1),
        Column("people_served", "int", "People who depend on it.", "people", 0, 100_000_000),
        Column("priority", "int", "Who gets fuel first in the same town, 1 first.", "", 1, 9),
        Column("litres_per_rotation", "float", "Fuel of one flight there and back, of an airport.", "L", 1, 1e6,
               required=False),
        *PROVENANCE,
    ),
    required=False,
)  # fmt: skip

DESTINATIONS = Table(
    "destinations",
    "Where people who flee may go, and who was there on day 0.",
    (
        Column("destination", "id", "Key of the destination."),
        Column("name_en", "text", "Name in English."),
        Column("name_fr", "text", "Name in French."),
        Column("kind", "choice", "A camp or a town inside the country, or abroad.", choices=DESTINATION_KINDS),
        Column("country_iso2", "text", "Country, ISO 3166 alpha-2."),
        Column("place", "ref", "Place it lies at, or from which its road goes on.", refers="places"),
        Column("extra_km", "float", "Road beyond that place.", "km", 0, 2_000),
        Column("capacity_people", "int", "People it can hold; empty where nobody set a limit.", "people", 0,
               100_000_000, required=False),
        Column("opening_people", "int", "Displaced people or refugees there on day 0.", "people", 0, 100_000_000),
        *PROVENANCE,
    ),
    required=False,
)  # fmt: skip
PEOPLE_TABLES = (FACILITIES, DESTINATIONS)
