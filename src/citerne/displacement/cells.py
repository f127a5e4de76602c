"""Cells of Flee's loosely written CSV files: lines, numbers and dates, every fault noted, nothing guessed silently."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from citerne.base.errors import Faults
from citerne.base.text import _

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?\Z")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
_SHORT = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\Z")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.0+)?\Z")


@dataclass(frozen=True)
class Line:
    """One line of a file: its spreadsheet row and its cells without blanks around."""

    row: int
    cells: tuple[str, ...]

    def cell(self, index: int) -> str:
        """The cell, or an empty text where the line ends earlier."""
        return self.cells[index] if index < len(self.cells) else ""


def read_lines(path: Path, faults: Faults, required: bool = True) -> list[Line]:
    """Lines of a CSV that hold anything; a missing file is a fault where it is `required`, else no lines.

    UTF-8 with or without a mark, Windows or Unix line ends, a missing final newline, blank lines, quotes around cells
    and blanks around values are all taken. Files that are not UTF-8 are read as Windows-1252, as their names only
    carry accents in free text.
    """
    if not path.is_file():
        if required:
            faults.add(path.name, 0, "", _("no such file"), _("a file of Flee's layout"), _("add the file"))
        return []
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    lines = (Line(number, tuple(cell.strip() for cell in cells)) for number, cells in enumerate(rows, start=1))
    return [line for line in lines if any(line.cells)]


def split_header(lines: Sequence[Line], words: Iterable[str]) -> tuple[Line | None, list[Line]]:
    """The header, if there is one, and the lines that hold data.

    A header begins with `#`, or its first cell is one of `words`. Later lines that begin with `#` are comments.
    """
    known = set(words)
    head = None
    if lines and (lines[0].cell(0).startswith("#") or lines[0].cell(0).lower() in known):
        head = Line(lines[0].row, tuple(cell.lstrip("#").strip() for cell in lines[0].cells))
    body = list(lines[1:] if head else lines)
    return head, [line for line in body if not line.cell(0).startswith("#")]


def number_of(text: str) -> float | None:
    """The number a cell holds, or None. `75,882` counts as 75882; not-a-number and infinity count as no number."""
    if _THOUSANDS.match(text):
        text = text.replace(",", "")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def read_number(
    file: str, row: int, column: str, text: str, faults: Faults, expected: str, lowest: float = 0.0
) -> float | None:
    """The number of a cell that must hold one of at least `lowest`; None with a fault noted otherwise."""
    value = number_of(text)
    if value is None or value < lowest:
        faults.add(file, row, column, text, expected, _("write a plain number"))
        return None
    return value


def read_days(file: str, dated: Sequence[tuple[int, str]], column: str, start: dt.date, faults: Faults) -> list[int]:
    """Days since `start` of the dates of one column, in one reading for the whole column; `NO_DAY` where at fault.

    Dates may be year-month-day, or with the year last. Then the column decides whether the day or the month stands
    first: the reading under which every cell is a date and the dates never fall wins, and the day first if both do.
    """
    readings = [[_date_of(text, first) for _row, text in dated] for first in ("day", "month")]
    best = max(readings, key=lambda dates: (sum(date is not None for date in dates), _never_falls(dates)))
    days = []
    for (row, text), date in zip(dated, best, strict=True):
        if date is None:
            faults.add(file, row, column, text, _("a date"), _("write year-month-day"))
        days.append(NO_DAY if date is None else (date - start).days)
    return days


NO_DAY = -(10**9)
"""Stands for a day whose cell is at fault; nothing is run then, so it is never used."""


def date_of(text: str) -> dt.date | None:
    """The date of a single cell, the day before the month where the year is last; None if it is none."""
    return _date_of(text, "day")


def _date_of(text: str, first: str) -> dt.date | None:
    if match := (_ISO.match(text) or _PACKED.match(text)):
        year, month, day = (int(part) for part in match.groups())
    elif match := _SHORT.match(text):
        one, two, year = (int(part) for part in match.groups())
        year += 2000 if year < 100 else 0
        day, month = (one, two) if first == "day" else (two, one)
    else:
        return _spelled_date(text)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _spelled_date(text: str) -> dt.date | None:
    for form in ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y"):
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _never_falls(dates: Sequence[dt.date | None]) -> bool:
    known = [date for date in dates if date is not None]
    return all(earlier <= later for earlier, later in pairwise(known))
