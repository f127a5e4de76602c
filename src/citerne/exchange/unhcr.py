"""UNHCR series: camps by date, a table of countries by date, and the yearly population data; attribute UNHCR.

Registered figures are stocks that carry delays and re-counts; they are written as they stand, one row for each figure.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.exchange.common import Field, Report, SheetRow, Unfit, collect, read_sheet

ATTRIBUTION = "UNHCR operational data portal and population data"
POPULATIONS = {
    "refugees": (
        "refugees_under_unhcr_s_mandate",
        "refugees_under_unhcrs_mandate",
        "registered_refugees",
        "individuals",
    ),
    "asylum_seekers": ("asylum_seekers",),
    "returned_refugees": (),
    "idps": ("idps_of_concern_to_unhcr", "internally_displaced"),
    "returned_idps": (),
    "stateless": ("stateless_persons",),
    "ooc": ("others_of_concern",),
    "oip": ("other_people_in_need_of_international_protection",),
    "hst": ("host_community",),
}
FIELDS = (
    Field("date", ("reporting_date",)),
    Field("year"),
    Field("origin", ("coo_iso", "country_of_origin_iso", "coo_iso3", "coo")),
    Field("asylum", ("coa_iso", "country_of_asylum_iso", "asylum_iso3", "coa_iso3", "coa")),
    Field("camp", ("site", "location")),
    Field("period"),
    *(Field(name, synonyms) for name, synonyms in POPULATIONS.items()),
)
IGNORED = frozenset(
    {
        "source_file", "source", "coo_id", "coo_name", "coa_id", "coa_name", "coo", "coa", "country_of_origin",
        "country_of_asylum", "note", "notes", "id", "iso3",
    }
)  # fmt: skip
MOST_PEOPLE = 5e7
COLUMNS = ("date_start", "date_end", "origin", "asylum", "camp", "population", "people", "superseded")


@dataclass(frozen=True)
class Figure:
    """People of one population at one place; `camp` empty for a country."""

    date_start: dt.date
    date_end: dt.date
    origin: str
    asylum: str
    camp: str
    population: str
    people: int
    superseded: bool = False


def read_unhcr(path: Path, as_of: dt.date) -> tuple[list[Figure], Report]:
    """All figures; `-` and empty cells mean not stated.

    Published series hold re-counts: of two figures for one place and time both are kept, the earlier row as superseded.
    """
    sheet = read_sheet(path, FIELDS, ("date",), others=True)
    wide = "asylum" not in sheet.fields and "date" in sheet.fields
    rows, report = collect(sheet, lambda row: (row, _figures(row, as_of, wide)), lambda item: item[0].number)
    last: dict[tuple[object, ...], int] = {}
    keyed = [(row, figure, _key(row, figure)) for row, figures in rows for figure in figures]
    for row, _figure, key in keyed:
        last[key] = row.number
    found = [replace(figure, superseded=last[key] != row.number) for row, figure, key in keyed]
    recounted = sorted({row.number for row, _figure, key in keyed if last[key] != row.number})
    if recounted:
        shown = ", ".join(map(str, recounted[:10]))
        report.remarks.append(_("a later row has the same place and time as row {rows}").format(rows=shown))
    return found, report


def _key(row: SheetRow, figure: Figure) -> tuple[object, ...]:
    return (figure.date_start, figure.origin, figure.asylum, figure.camp, figure.population, row.text("period"))


def _figures(row: SheetRow, as_of: dt.date, wide: bool) -> tuple[Figure, ...]:
    start, end = _time(row, as_of)
    origin, asylum, camp = row.text("origin"), row.text("asylum"), row.text("camp")
    for name, value in (("origin", origin), ("asylum", asylum)):
        if value and not re.fullmatch(r"[A-Za-z]{2,4}|-", value):
            raise Unfit(_("{column}: found {found}, expected an ISO code").format(column=name, found=value[:40]))
    if not wide and not asylum:
        raise Unfit(_("asylum: empty"))
    figures = [
        Figure(start, end, origin, asylum, camp, name, people)
        for name in POPULATIONS
        if (people := _people(row, name)) is not None
    ]
    if wide:
        figures += [
            Figure(
                start, end, origin, *(("ALL", "total") if name.startswith("total") else (name, "")), "refugees", people
            )
            for name in row.cells
            if name not in POPULATIONS and name not in IGNORED and name not in {f.name for f in FIELDS}
            if (people := _people(row, name)) is not None
        ]
    if not figures and not any(name in row.cells for name in POPULATIONS):
        raise Unfit(_("no column with people"))
    if not figures and "date" in row.cells:
        raise Unfit(_("no figure in the row"))
    return tuple(figures)


def _time(row: SheetRow, as_of: dt.date) -> tuple[dt.date, dt.date]:
    if row.text("date"):
        day = row.day("date", as_of)
        return day, day
    year = row.numeric("year", 1900, as_of.year)
    if year != int(year):
        raise Unfit(_("year: found {found}, expected a whole number").format(found=year))
    return dt.date(int(year), 1, 1), dt.date(int(year), 12, 31)


def _people(row: SheetRow, name: str) -> int | None:
    people = row.maybe(name, 0, MOST_PEOPLE) if name in row.cells else None
    if people is not None and people != int(people):
        raise Unfit(_("{column}: found {found}, expected a whole number of people").format(column=name, found=people))
    return None if people is None else int(people)


def figure_rows(figures: list[Figure]) -> list[dict[str, Any]]:
    """Rows for displacement.csv."""
    return [vars(figure) for figure in figures]
