"""Reads a whole conflict in Flee's layout and lists all its faults at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from citerne.base.errors import Faults, UsageError
from citerne.base.text import _
from citerne.displacement.cells import NO_DAY, number_of, read_days, read_lines, read_number, split_header
from citerne.displacement.layout import Conflict, Correction, Location, Series
from citerne.displacement.places import (
    read_closures,
    read_locations,
    read_period,
    read_routes,
    read_zones,
)
from citerne.displacement.series import added
from citerne.schema.read import closest

_NAME_HEADS = ("name", "location", "location_name", "camp", "camp_name")
_DATE_HEADS = ("date", "datetime", "day", "dates", "time")


def read_conflict(input_dir: Path, validation_dir: Path, days: int = 0) -> Conflict:
    """Read and check both folders of a conflict.

    Parameters
    ----------
    input_dir : holds locations.csv, routes.csv, sim_period.csv (or conflict_period.csv), and, where they exist,
        conflicts.csv, closures.csv and registration_corrections.csv.
    validation_dir : holds data_layout.csv and the series it names.
    days : length of the conflict to be used; 0 takes it from the period file.

    Raises
    ------
    UsageError
        If a folder does not exist or `days` is below 2.
    DataError
        With every fault of every file.
    """
    for folder in (input_dir, validation_dir):
        if not folder.is_dir():
            raise UsageError(_("No such folder: {folder}").format(folder=folder))
    if days and days < 2:
        raise UsageError(_("--days {days}: at least 2 days are needed").format(days=days))
    faults, remarks = Faults(), list[str]()
    start, length = read_period(input_dir, faults)
    days = days or length
    places = read_locations(input_dir, not (input_dir / "conflicts.csv").is_file(), faults)
    routes = read_routes(input_dir, places, faults)
    closures = read_closures(input_dir, places, start, faults, remarks)
    zones, intensity = read_zones(input_dir, places, start, max(days, 2), faults, remarks)
    layout = read_layout(validation_dir, start, faults, remarks)
    corrections = read_corrections(input_dir, layout, start, faults, remarks)
    _check_whole(places, zones, layout, faults, remarks)
    faults.raise_if_any()
    return Conflict(
        start=start,
        length_days=days,
        locations=tuple(places),
        routes=tuple(routes),
        closures=tuple(closures),
        zones=zones,
        intensity=intensity,
        layout=tuple(layout),
        corrections=tuple(corrections),
        remarks=tuple(remarks),
    )


def read_layout(folder: Path, start: dt.date, faults: Faults, remarks: list[str]) -> list[Series]:
    """Series of data_layout.csv, in its order; several files of one name are added as Flee adds them."""
    file = "data_layout.csv"
    lines = split_header(read_lines(folder / file, faults), _NAME_HEADS)[1]
    layout: list[Series] = []
    for line in lines:
        name, files = line.cell(0), [cell for cell in line.cells[1:] if cell]
        if name in {series.name for series in layout}:
            faults.add(file, line.row, "name", name, _("each name once"), _("put its files in one row"))
        if not files:
            faults.add(file, line.row, "file", "", _("a file name"), _("write `name,file.csv`"))
            continue
        parts = []
        for part in files:
            if (folder / part).is_file():
                parts.append(read_series(folder / part, name, start, faults, remarks))
            else:
                known = [path.name for path in folder.glob("*.csv") if path.name != file]
                mend = closest(part, known) if known else _("add the file")
                faults.add(file, line.row, "file", part, _("a file in the same folder"), mend)
        if parts:
            layout.append(added(parts))
    if not lines and (folder / file).is_file():
        faults.add(file, 0, "", _("an empty file"), _("rows `name,file.csv`"), _("fill the file"))
    return layout


def read_series(path: Path, name: str, start: dt.date, faults: Faults, remarks: list[str]) -> Series:
    """Reports of one file: rows `date,people`; rows without a count are left out, as Flee does."""
    lines = read_lines(path, faults)
    if lines and number_of(lines[0].cell(1)) is None and not any(c.isdigit() for c in lines[0].cell(0)):
        lines = lines[1:]  # a header under any name
    lines = split_header(lines, _DATE_HEADS)[1]
    rows = [line for line in lines if line.cell(1) or len(line.cells) < 2]
    days = read_days(path.name, [(line.row, line.cell(0)) for line in rows], "Date", start, faults)
    counts = [
        read_number(path.name, line.row, "people", line.cell(1), faults, _("people, 0 or more")) or 0.0 for line in rows
    ]
    if not rows:
        faults.add(path.name, 0, "", _("no report"), _("at least one row `date,people`"), _("add a row"))
    day = np.array(days, dtype=np.int64)
    order = np.argsort(day, kind="stable")
    if NO_DAY not in days and (np.diff(day) < 0).any():
        remarks.append(_("{file}: its dates do not rise; the rows were sorted").format(file=path.name))
    return Series(name, day[order], np.array(counts, dtype=np.float64)[order])


def read_corrections(
    folder: Path, layout: Sequence[Series], start: dt.date, faults: Faults, remarks: list[str]
) -> list[Correction]:
    """Rows of registration_corrections.csv (none if the file is absent); a row needs a name and a date."""
    file = "registration_corrections.csv"
    lines = split_header(read_lines(folder / file, faults, required=False), _NAME_HEADS)[1]
    rows = [line for line in lines if len(line.cells) > 1]
    days = read_days(file, [(line.row, line.cell(1)) for line in rows], "date", start, faults)
    reports = {series.name: set(series.day.tolist()) for series in layout}
    corrections = []
    for line, day in zip(rows, days, strict=True):
        name = line.cell(0)
        if name not in reports:
            if reports:
                faults.add(file, line.row, "name", name, _("a name of data_layout.csv"), closest(name, reports))
        elif day != NO_DAY and day not in reports[name]:
            remarks.append(
                _("{file}, row {row}: {name} has no report on that date; the row has no effect").format(
                    file=file, row=line.row, name=name
                )
            )
        else:
            corrections.append(Correction(name, day))
    return corrections


def _check_whole(
    places: Sequence[Location], zones: Sequence[str], layout: Sequence[Series], faults: Faults, remarks: list[str]
) -> None:
    """What no file shows alone: zones, camps, and series that have no place."""
    known = {series.name for series in layout}
    names = {place.name for place in places}
    if places and not zones:
        faults.add("conflicts.csv", 0, "", _("no day with a conflict"), _("at least one conflict zone"), _("flag one"))
    for place in places if layout else []:
        if place.kind == "camp" and place.name not in known:
            faults.add(
                "data_layout.csv",
                0,
                place.name,
                _("no series"),
                _("a series for each camp of locations.csv"),
                closest(place.name, known),
            )
    for series in layout[1:]:
        if places and series.name not in names:
            remarks.append(
                _("data_layout.csv: {name} is no place of locations.csv; it only counts in Flee's divisor").format(
                    name=series.name
                )
            )
    camps = [place for place in places if place.takes_people and place.name in known]
    if places and layout and not camps and not faults:
        faults.add("locations.csv", 0, "", _("no camp with a series"), _("at least one"), _("add a camp"))
    if camps and not any(camp.capacity_people for camp in camps):
        remarks.append(_("locations.csv: no camp has a capacity; the lines with and without capacities are the same"))
    elif any(camp.capacity_people is None for camp in camps):
        blank = ", ".join(camp.name for camp in camps if camp.capacity_people is None)
        remarks.append(_("locations.csv: no capacity for {names}; taken as without limit").format(names=blank))
