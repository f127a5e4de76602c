"""Dates as people write them: ISO, with a time, long in English or French, with slashes in either order."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

DateOrder = Literal["day first", "month first", "unknown"]

_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars", "april apr avril avr",
            "may mai", "june jun juin", "july jul juillet juil", "august aug aout", "september sep sept septembre",
            "october oct octobre", "november nov novembre", "december dec decembre",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]\d{1,2}:.*)?\Z", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[T ].*)?\Z", re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[T ].*)?\Z", re.ASCII)
_LONG = re.compile(r"(\d{1,2})[ \-]([^\W\d]+)\.?[ \-,]+(\d{4})\Z")
_LONG_US = re.compile(r"([^\W\d]+)\.? (\d{1,2}), ?(\d{4})\Z")


def order_of(cells: Iterable[str]) -> DateOrder:
    """Whether 03/04/2020 means day first or month first, by the cells of which one part is above 12."""
    day_first = month_first = False
    for cell in cells:
        match = _SLASHES.match(cell.strip())
        if match:
            day_first |= int(match[1]) > 12
            month_first |= int(match[2]) > 12
    if day_first != month_first:
        return "day first" if day_first else "month first"
    return "unknown"


def read_day(cell: str, order: DateOrder) -> dt.date | None:
    """The day, or None where the cell is no date or could mean two; a month alone is its first day."""
    text = cell.strip()
    for pattern in (_ISO, _YEAR_FIRST):
        match = pattern.match(text)
        if match:
            return _day(int(match[1]), int(match[2]), int(match[3] or 1))
    match = _SLASHES.match(text)
    if match:
        first, second, year = (int(part) for part in match.groups())
        if order == "day first" or first > 12 or first == second:
            return _day(year, second, first)
        return _day(year, first, second) if order == "month first" or second > 12 else None
    match = _LONG.match(text)
    if match:
        return _day(int(match[3]), _month(match[2]), int(match[1]))
    match = _LONG_US.match(text)
    return _day(int(match[3]), _month(match[1]), int(match[2])) if match else None


def _month(word: str) -> int:
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
    return _MONTHS.get(plain, 0)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
