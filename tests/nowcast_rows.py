"""Rows of a situation sheet, and a nowcast from them, for the tests of the nowcast."""

from __future__ import annotations

import datetime as dt
from typing import Any

from citerne.case.case import Case
from citerne.nowcast.nowcast import Nowcast, nowcast
from citerne.nowcast.questions import Sorted, sort_rows
from citerne.nowcast.reading import Situation
from citerne.nowcast.sheet import SHEETS

SMALL = 256


def row(sheet: str, number: int, day: dt.date, **cells: Any) -> dict[str, Any]:
    """A row of a sheet about a day, known the same day, reliability B."""
    table = next(one for one in SHEETS if one.name == sheet)
    empty = {column.name: None for column in table.columns}
    base = {"_sheet": sheet, "_title": sheet, "_row": number, "reliability": "B", "date": day}
    full = {**empty, **base, **cells}
    return full | {"known_date": full.get("known_date") or day}


def situation(case: Case, day: dt.date, *rows: dict[str, Any]) -> Sorted:
    by = {table.name: tuple(r for r in rows if r["_sheet"] == table.name) for table in SHEETS}
    return sort_rows(case, Situation(by), day)


def made(case: Case, day: dt.date, *rows: dict[str, Any], **other: Any) -> Nowcast:
    """A small nowcast as of a day."""
    options = {"members": SMALL, "horizon": 14, **other}
    return nowcast(case, situation(case, day, *rows), day, **options)


def of(payload: dict[str, Any], place: str, product: str = "gasoline") -> dict[str, Any]:
    return next(r for r in payload["risk"] if (r["place"], r["product"]) == (place, product))
