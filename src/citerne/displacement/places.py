"""Reads the input folder of Flee's layout: period, locations, routes, closures and conflict flags.

What Flee itself refuses is a fault; what Flee takes although it looks odd is taken too and becomes a remark.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.displacement.cells import (
    NO_DAY,
    Line,
    date_of,
    number_of,
    read_days,
    read_lines,
    read_number,
    split_header,
)
from citerne.displacement.layout import CLOSURE_KINDS, LOCATION_WORDS, NEVER, Closure, Location, Route
from citerne.schema.read import closest

# column -> names seen in published folders; the order is the one that Flee reads by position
_LOCATION_COLUMNS = {
    "name": ("name", "location", "location_name"),
    "region": ("region", "admin1"),
    "country": ("country",),
    "latitude": ("latitude", "lat", "gps_x", "x"),
    "longitude": ("longitude", "lon", "lng", "gps_y", "y"),
    "location_type": ("location_type", "type"),
    "conflict_date": ("conflict_date", "conflict_start"),
    "population": ("population", "pop/cap", "pop", "capacity", "population/capacity"),
}
_ROUTE_HEADS = ("name1", "source", "from", "start")
_CLOSURE_HEADS = ("closure_type", "type")


def read_period(folder: Path, faults: Faults) -> tuple[dt.date, int]:
    """Start date and length in days, from sim_period.csv or, in older folders, conflict_period.csv."""
    path = folder / "sim_period.csv"
    if not path.is_file() and (folder / "conflict_period.csv").is_file():
        path = folder / "conflict_period.csv"
    start, length = dt.date(1970, 1, 1), 0
    lines = {line.cell(0).lstrip("#").lower(): line for line in read_lines(path, faults)}
    if not lines:
        return start, length
    for word, expected in (("startdate", _("a date")), ("length", _("a whole number of days, 2 or more"))):
        line = lines.get(word)
        text = line.cell(1) if line else ""
        row = line.row if line else 0
        days = number_of(text)
        if word == "startdate" and (date := date_of(text)):
            start = date
        elif word == "length" and days is not None and days >= 2 and days == int(days):
            length = int(days)
        else:
            faults.add(path.name, row, word, text, expected, _("write `StartDate,2012-02-29` and `Length,300`"))
    return start, length


def read_locations(folder: Path, dated_zones: bool, faults: Faults) -> list[Location]:
    """Places of locations.csv. With `dated_zones` (no conflicts.csv) a conflict zone needs the day it begins."""
    file = "locations.csv"
    head, lines = split_header(read_lines(folder / file, faults), _LOCATION_COLUMNS["name"])
    column = _columns(file, head, faults)
    places: list[Location] = []
    seen: dict[str, int] = {}
    for line in lines if column else []:
        cells = {name: line.cell(index) for name, index in column.items()}
        name = cells["name"]
        if name in seen:
            faults.add(file, line.row, "name", name, _("each place once"), _("see row {row}").format(row=seen[name]))
        seen[name] = line.row
        if len(line.cells) < 6 or not name:
            faults.add(
                file,
                line.row,
                "name",
                name or _("{n} cells").format(n=len(line.cells)),
                _("name, region, country, latitude, longitude, location_type, ..."),
                _("complete the row"),
            )
            continue
        for axis in ("latitude", "longitude"):
            if cells[axis]:
                read_number(file, line.row, axis, cells[axis], faults, _("degrees, -180 to 180"), lowest=-180.0)
        places.append(_location(file, line.row, cells, dated_zones, faults))
    if column and not places and not faults:
        faults.add(file, 0, "", _("no place"), _("at least one conflict zone and one camp"), _("add rows"))
    return places


def _columns(file: str, head: Line | None, faults: Faults) -> dict[str, int]:
    """Where each column stands: by its heading where there is one, else by Flee's order."""
    if head is None:
        return {name: index for index, name in enumerate(_LOCATION_COLUMNS)}
    headings = [cell.strip('" ').lower() for cell in head.cells]
    found = {
        name: next(i for i, heading in enumerate(headings) if heading in aliases)
        for name, aliases in _LOCATION_COLUMNS.items()
        if any(heading in aliases for heading in headings)
    }
    for index, name in enumerate(_LOCATION_COLUMNS):
        if name not in found:
            if index < len(headings) and index not in found.values() and len(headings) >= len(_LOCATION_COLUMNS):
                found[name] = index  # an unknown heading in its usual place
            elif name not in ("conflict_date", "region"):
                faults.add(file, head.row, name, _("no such column"), _("Flee's columns"), _("add the column"))
    return {} if {"name", "country", "location_type", "population"} - set(found) else found


def _location(file: str, row: int, cells: dict[str, str], dated_zones: bool, faults: Faults) -> Location:
    text = cells["location_type"].lower()
    kind = next((word for word in LOCATION_WORDS if word in text), "")
    if not kind:
        faults.add(
            file,
            row,
            "location_type",
            cells["location_type"],
            _("one of {words}").format(words="conflict_zone, town, camp, idpcamp, forwarding_hub, marker"),
            closest(text, ("conflict_zone", "town", "camp", "idpcamp", "forwarding_hub", "marker")),
        )
    people = 0.0
    if cells["population"]:
        people = read_number(file, row, "population", cells["population"], faults, _("people, 0 or more")) or 0.0
    day: int | None = None
    date = cells.get("conflict_date", "")
    if kind == "conflict" and dated_zones:
        value = number_of(date)
        if value is None:
            faults.add(
                file,
                row,
                "conflict_date",
                date,
                _("the day the conflict begins, 0 the first"),
                _("write a day, or add conflicts.csv"),
            )
        day = None if value is None else int(value)
    takes = kind in ("camp", "idpcamp")
    return Location(
        name=cells["name"],
        country=cells["country"],
        kind=kind,
        people=0.0 if takes else people,
        capacity_people=people if takes and people > 0 else None,
        conflict_day=day,
    )


def read_routes(folder: Path, places: Sequence[Location], faults: Faults) -> list[Route]:
    """Roads of routes.csv; every end must be a place of locations.csv."""
    file = "routes.csv"
    kinds = {place.name: place.kind for place in places}
    routes = []
    for line in split_header(read_lines(folder / file, faults), _ROUTE_HEADS)[1]:
        ends = [line.cell(0), line.cell(1)]
        for column, name in zip(("name1", "name2"), ends, strict=True):
            check_name(file, line.row, column, name, kinds, faults)
        length = read_number(file, line.row, "distance", line.cell(2), faults, _("a distance in km, 0 or more"))
        if line.cell(3) not in ("", "0", "1", "2", "0.0", "1.0", "2.0"):
            faults.add(file, line.row, "forced_redirection", line.cell(3), _("0, 1 or 2"), _("write 0 for none"))
        if length is not None:
            routes.append(Route(ends[0], ends[1], length, _forced_to(ends, line.cell(3)[:1], kinds)))
    return routes


def _forced_to(ends: list[str], flag: str, kinds: dict[str, str]) -> str | None:
    """The end that a redirection leads to: 1 from the first to the second, 2 back, as Flee's code has it.

    Published tools disagree on which is which, so a direction that would lead out of a camp into a place that is none
    is turned round: redirections send people on to camps.
    """
    if flag not in ("1", "2"):
        return None
    source, target = ends if flag == "1" else ends[::-1]
    if "camp" in kinds.get(source, "") and "camp" not in kinds.get(target, ""):
        return source
    return target


def read_closures(
    folder: Path, places: Sequence[Location], start: dt.date, faults: Faults, remarks: list[str]
) -> list[Closure]:
    """Closures of closures.csv (none if the file is absent); days may be numbers or dates."""
    file = "closures.csv"
    names = {place.name for place in places}
    countries = {place.country for place in places}
    closures = []
    for line in split_header(read_lines(folder / file, faults, required=False), _CLOSURE_HEADS)[1]:
        kind = line.cell(0).lower()
        if kind == "links":
            kind = "link"
        if kind not in CLOSURE_KINDS:
            faults.add(
                file,
                line.row,
                "closure_type",
                line.cell(0),
                _("one of {words}").format(words=", ".join(CLOSURE_KINDS)),
                closest(kind, CLOSURE_KINDS),
            )
        elif kind == "country":
            for column, name in (("name1", line.cell(1)), ("name2", line.cell(2))):
                _check_country(file, line.row, column, name, countries, faults, remarks)
        else:
            check_name(file, line.row, "name1", line.cell(1), names, faults)
            if kind in ("link", "remove_forced_redirection"):
                check_name(file, line.row, "name2", line.cell(2), names, faults)
        first = _closure_day(file, line.row, "closure_start", line.cell(3), start, faults, empty=0)
        end = _closure_day(file, line.row, "closure_end", line.cell(4), start, faults, empty=NEVER)
        # Flee acts on the two days as events: a reopening before the closing changes nothing, so it stays shut
        closures.append(Closure(kind, line.cell(1), line.cell(2), first, NEVER if end < first else end))
    return closures


def _closure_day(file: str, row: int, column: str, text: str, start: dt.date, faults: Faults, empty: int) -> int:
    if not text:
        return empty
    value = number_of(text)
    if value is not None:
        return int(value)
    return read_days(file, [(row, text)], column, start, faults)[0]


def _check_country(
    file: str, row: int, column: str, name: str, countries: set[str], faults: Faults, remarks: list[str]
) -> None:
    """A country without any place shuts no road, as in Flee; one that looks misspelt is a fault."""
    if name in countries:
        return
    if difflib.get_close_matches(_plain(name), [_plain(country) for country in countries], n=1, cutoff=0.75):
        faults.add(file, row, column, name, _("a country of locations.csv"), closest(name, countries))
    else:
        remarks.append(
            _("{file}, row {row}: no place lies in {name}, so the closure shuts no road").format(
                file=file, row=row, name=name or _("(empty)")
            )
        )


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")


def check_name(file: str, row: int, column: str, name: str, known: Collection[str], faults: Faults) -> None:
    """Note a fault if no place has that name; silent where there are no places at all, as that is a fault already."""
    if known and name not in known:
        faults.add(file, row, column, name, _("a place of locations.csv"), closest(name, known))


def read_zones(
    folder: Path, places: Sequence[Location], start: dt.date, days: int, faults: Faults, remarks: list[str]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Conflict zones and their intensity [day, zone], from conflicts.csv or else from the days in locations.csv."""
    if not (folder / "conflicts.csv").is_file():
        dated = [place for place in places if place.conflict_day is not None]
        begins = np.array([place.conflict_day for place in dated], dtype=np.int64)
        flags = (np.arange(days)[:, None] >= begins).astype(np.float64)
        return tuple(place.name for place in dated), flags
    names, table = _conflict_table(folder / "conflicts.csv", start, days, faults, remarks)
    ever = [i for i in range(len(names)) if table[:, i].any()]
    known = {place.name for place in places}
    for i in ever:
        check_name("conflicts.csv", 1, names[i], names[i], known, faults)
    return tuple(names[i] for i in ever), table[:, ever]


def _conflict_table(
    path: Path, start: dt.date, days: int, faults: Faults, remarks: list[str]
) -> tuple[list[str], NDArray[np.float64]]:
    lines = read_lines(path, faults)
    if not lines:
        faults.add(
            path.name, 0, "", _("an empty file"), _("a header with places, then a row a day"), _("fill the file")
        )
        return [], np.zeros((days, 0))
    names = list(lines[0].cells[1:])
    wide = max((i + 1 for i, name in enumerate(names) if name), default=0)
    for name in sorted({name for name in names[:wide] if names.count(name) > 1}):
        faults.add(path.name, 1, name, _("the place twice"), _("each place once"), _("remove one column"))
    table, filled = np.zeros((days, wide)), -1
    body = [line for line in lines[1:] if not line.cell(0).startswith("#")]
    for line, day in zip(body, _day_cells(path.name, body, start, faults), strict=True):
        if len([cell for cell in line.cells[1:] if cell]) > wide or len(line.cells) < wide + 1:
            faults.add(
                path.name,
                line.row,
                "",
                _("{n} cells").format(n=len(line.cells)),
                _("{n} cells").format(n=wide + 1),
                _("one value for each place of the header"),
            )
            continue
        values = [
            read_number(path.name, line.row, name, cell, faults, _("an intensity, 0 or more"))
            for name, cell in zip(names[:wide], line.cells[1:], strict=False)
        ]
        if 0 <= day < days:
            table[day:] = [value or 0.0 for value in values]  # holds until a later row says otherwise
            filled = max(filled, day)
    if filled < days - 1:
        remarks.append(
            _("conflicts.csv ends on day {last}; its last row holds until day {day}").format(last=filled, day=days - 1)
        )
    return names[:wide], table


def _day_cells(file: str, lines: Sequence[Line], start: dt.date, faults: Faults) -> list[int]:
    values = [number_of(line.cell(0)) for line in lines]
    if all(value is None for value in values):
        return read_days(file, [(line.row, line.cell(0)) for line in lines], "#Day", start, faults)
    for line, value in zip(lines, values, strict=True):
        if value is None:
            faults.add(file, line.row, "#Day", line.cell(0), _("a day, 0 the first"), _("write a whole number"))
    days = [NO_DAY if value is None else int(value) for value in values]
    for line, day, later in zip(lines[1:], days, days[1:], strict=False):
        if NO_DAY not in (day, later) and later <= day:
            faults.add(file, line.row, "#Day", later, _("a day after {day}").format(day=day), _("sort the rows"))
    return days
