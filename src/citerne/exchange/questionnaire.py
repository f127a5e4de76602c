"""The questions that a case needs answered, as one workbook: a blank for an analyst without files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from citerne.base.errors import DataError, Faults
from citerne.base.text import _
from citerne.exchange.known import Fuel, Known, Source
from citerne.exchange.new_roads import guessed_road
from citerne.exchange.workbook import read_tables, renamed, write_workbook
from citerne.schema.columns import Column, Table
from citerne.schema.read import check_references
from citerne.schema.tables import SURFACES

ANSWER = "answered in the questionnaire"
KINDS = ("capital", "town", "border", "port", "locality")
FUELS = ("gasoline", "diesel", "hfo", "jet", "lpg", "kerosene")
FACTS = Table(
    "country",
    "One fact a row; leave empty what you do not know.",
    (
        Column("fact", "id", "Name of the fact; do not change it."),
        Column("answer", "text", "Your answer.", required=False),
        Column("question", "text", "The question.", required=False),
    ),
)
PLACES_ASKED = Table(
    "places",
    "Towns, border posts and ports; five to thirty are enough.",
    (
        Column("place", "id", "A short name without blanks, used in the other sheets."),
        Column("name", "text", "Name as people write it.", required=False),
        Column("kind", "choice", "What the place is.", choices=KINDS),
        Column("lat", "float", "Latitude, to a tenth of a degree.", "degrees north", -90, 90),
        Column("lon", "float", "Longitude, to a tenth of a degree.", "degrees east", -180, 180),
        Column("population", "int", "People living there.", "people", 0, 100_000_000, required=False),
    ),
)
ROADS_ASKED = Table(
    "roads",
    "Roads between places; without any, straight ones are guessed.",
    (
        Column("from_place", "ref", "One end.", refers="places"),
        Column("to_place", "ref", "Other end.", refers="places"),
        Column("length_km", "float", "Length along the road.", "km", 0.01, 5_000, required=False),
        Column("surface", "choice", "Surface.", choices=SURFACES, required=False),
        Column("truck_hours", "float", "Driving time of a loaded tanker.", "h", 0, 500, required=False),
    ),
    required=False,
)
SOURCES_ASKED = Table(
    "sources",
    "Where fuel comes from: border posts by land, ports by sea.",
    (
        Column("place", "ref", "Border post or port.", refers="places"),
        Column("way", "choice", "How it comes.", choices=("land", "sea")),
        Column("share", "float", "Share of the need that comes by it.", "", 0, 1, required=False),
        Column("days", "int", "Days from loading to that place.", "days", 0, 40, required=False),
    ),
    required=False,
)
FUELS_ASKED = Table(
    "fuels",
    "Official prices and national need.",
    (
        Column("product", "choice", "Fuel.", choices=FUELS),
        Column("price", "float", "Official price of a litre.", "currency/L", 0, 1e7, required=False),
        Column("need_m3_per_day", "float", "National need.", "m3/day", 0, 1_000_000, required=False),
        Column("source", "text", "Who says so.", required=False),
        Column("source_date", "text", "When: YYYY, YYYY-MM or YYYY-MM-DD.", required=False),
    ),
    required=False,
)
ASKED = (FACTS, PLACES_ASKED, ROADS_ASKED, SOURCES_ASKED, FUELS_ASKED)
README = "read_me"


def questions() -> dict[str, str]:
    """Facts asked for, with the question in the language in use."""
    return {
        "iso2": _("ISO code of two letters"),
        "iso3": _("ISO code of three letters"),
        "currency": _("Currency, three letters"),
        "timezone": _("Time zone, such as Africa/Bamako"),
        "start": _("First day of the case, such as 2026-01-01"),
        "days": _("How many days to simulate"),
        "hub": _("Place whose depots serve the country"),
        "blockade_from": _("First day of the blockade"),
    }


def write_template(path: Path, name: str) -> None:
    """Write the empty questionnaire."""
    how = [
        _("Fill in what you know of {name}; leave empty what you do not. Only the sheet places must be filled.").format(
            name=name
        ),
        _("Each heading is explained below. Rows whose first cell begins with # are passed over."),
        _("Then: citerne new NAME --from THIS_FILE --out FOLDER"),
        "",
    ]  # fmt: skip
    meaning = [
        (table.name, column.name, _(column.meaning), column.expected(), _("must be filled") if column.required else "")
        for table in ASKED[1:] for column in table.columns
    ]  # fmt: skip
    sheets: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {
        README: ((_("How to fill this in"),), [(line,) for line in how] + [tuple(row) for row in meaning]),
        FACTS.name: ([c.name for c in FACTS.columns], [(key, "", text) for key, text in questions().items()]),
    }
    for table in ASKED[1:]:
        sheets[table.name] = ([column.name for column in table.columns], [])
    write_workbook(path, sheets)


def read_answers(known: Known, path: Path) -> None:
    """Put the answers of a filled questionnaire into `known`.

    Raises
    ------
    DataError : all faults, each with sheet, row and column
    """
    faults = Faults()
    rows = read_tables(path, ASKED, faults)
    ids = {"places": PLACES_ASKED.ids(rows["places"]) or frozenset()}
    for table in ASKED:
        check_references(table, rows[table.name], ids, faults)
    if not rows["places"]:
        faults.add("places.csv", 0, "", _("no place"), _("a row for each town, border post and port"))
    _facts(known, rows["country"], faults)
    if faults:
        raise renamed(DataError(faults.found), path.name)
    _places_and_roads(known, rows)
    known.sources += [Source(row["place"], row["way"], row["share"], row["days"]) for row in rows["sources"]]
    for row in rows["fuels"]:
        old = known.fuels.get(row["product"], Fuel(row["product"]))
        known.fuels[row["product"]] = replace(
            old, price=row["price"] if row["price"] is not None else old.price,
            need_m3_per_day=row["need_m3_per_day"], source=row["source"] or ANSWER, source_date=row["source_date"],
        )  # fmt: skip


def _facts(known: Known, rows: Sequence[Mapping[str, Any]], faults: Faults) -> None:
    """Facts of the country; a wrong one is a fault of its row."""
    day = _("a date like 2025-09-03")
    for row in rows:
        key, answer = row["fact"], row["answer"]
        if not answer:
            continue
        try:
            if key in ("start", "blockade_from"):
                setattr(known, key, dt.date.fromisoformat(answer.strip()))
            elif key == "days":
                known.days = int(answer)
                if not 1 <= known.days <= 3660:
                    raise ValueError(answer)
            elif key in questions():
                setattr(known, key, answer.strip())
            else:
                faults.add("country.csv", row["_row"], "fact", key, _("one of {words}").format(
                    words=", ".join(questions())))  # fmt: skip
        except ValueError:
            expected = day if key != "days" else _("a whole number from 1 to 3660")
            faults.add("country.csv", row["_row"], "answer", answer, expected, _("mend the value"))
    lengths = {"iso2": 2, "iso3": 3, "currency": 3}
    for row in rows:
        wanted = lengths.get(row["fact"] or "")
        value = (row["answer"] or "").strip()
        if wanted and value and not (len(value) == wanted and value.isalpha() and value.isascii() and value.isupper()):
            expected = _("{n} capital letters").format(n=wanted)
            faults.add("country.csv", row["_row"], "answer", value, expected, _("mend the value"))


def _places_and_roads(known: Known, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    known.places += [
        {
            "place": row["place"], "name_en": row["name"] or row["place"], "name_fr": row["name"] or row["place"],
            "kind": row["kind"], "country_iso2": known.iso2, "lat": row["lat"], "lon": row["lon"],
            "population": row["population"], "reporting": True, "source": ANSWER, "confidence": "D",
        }
        for row in rows["places"]
    ]  # fmt: skip
    at = {row["place"]: row for row in known.places}
    for row in rows["roads"]:
        road = guessed_road(at[row["from_place"]], at[row["to_place"]], ferry=row["surface"] in ("ferry", "river"))
        speed = road["length_km"] / road["truck_hours"]
        if row["length_km"] is not None:
            road |= {"length_km": row["length_km"], "source": ANSWER, "confidence": "D", "note": None}
            road["truck_hours"] = round(road["length_km"] / speed, 2)
        road |= {name: row[name] for name in ("surface", "truck_hours") if row[name] is not None}
        known.roads.append(road)
