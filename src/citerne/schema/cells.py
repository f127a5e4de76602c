"""Read one cell as its column declares it; what cannot be read is noted with the mend."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.columns import Column

SHOWN_CHARACTERS = 60  # of a cell in a message
EXCEL_EPOCH = dt.date(1899, 12, 30)
EXCEL_ERROR = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)\Z")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.\-]{0,59}\Z")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\Z")
_NUMBER_AND_UNIT = re.compile(r"([-+]?[\d., ]*\d)\s*([A-Za-z%/°]\S*)\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


@lru_cache(maxsize=4096)
def _nearest(word: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6) if len(word) <= SHOWN_CHARACTERS else []
    return near[0] if near else ""


def closest(word: str, known: Iterable[str]) -> str:
    """A mend for a word that is not known: the closest known one, or the first few."""
    options = frozenset(known)
    near = _nearest(word, options)
    if near:
        return _("did you mean {word}?").format(word=near)
    if not options:
        return _("none is declared")
    first = ", ".join(sorted(options)[:8]) + (", ..." if len(options) > 8 else "")
    return _("known are {words}").format(words=first)


def is_id(word: str) -> bool:
    """Whether a word may be the key of a row."""
    return bool(_ID.match(word))


def shown(cell: object) -> str:
    """A value as a message shows it: one line, shortened."""
    text = re.sub(r"[\r\n\t]+", " ", str(cell)).strip()
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


@dataclass(frozen=True)
class CellReader:
    """Reads the cells of one file.

    Attributes
    ----------
    file : name of the file, for messages
    faults : where faults go
    decimal_comma : the file came with `;` between cells, a fault already noted; `0,5` then reads as 0.5
    """

    file: str
    faults: Faults
    decimal_comma: bool = False

    def read(self, row: int, column: Column, text: str) -> Any:
        """The value of a cell: int, float, date, bool, str, tuple of str (path), or None if empty or faulty."""
        cell = text.strip()
        if not cell:
            if column.required:
                self._fault(row, column, "", _("fill the cell"))
            return None
        if EXCEL_ERROR.match(cell):
            return self._fault(row, column, cell, _("the spreadsheet's formula failed; write the value"))
        if column.kind in ("int", "float"):
            return self._number(row, column, cell)
        if column.kind == "date":
            return self._date(row, column, cell)
        if column.kind == "bool":
            known = {"yes": True, "no": False}.get(cell.lower())
            return self._fault(row, column, cell, _("write yes or no")) if known is None else known
        if column.kind == "choice" and cell not in column.choices:
            return self._fault(row, column, cell, closest(cell, column.choices))
        if column.kind == "id" and not is_id(cell):
            return self._fault(row, column, cell, _("use letters, digits and _ only, 60 at most"))
        if column.kind == "path":
            parts = tuple(part.strip() for part in cell.split(">"))
            return parts if all(parts) else self._fault(row, column, cell, _("a name is missing beside a >"))
        return cell

    def _fault(self, row: int, column: Column, cell: str, mend: str) -> Any:
        """Note the fault and return None, which stands for the cell."""
        self.faults.add(self.file, row, column.name, shown(cell), column.expected(), mend)
        return None

    def _number(self, row: int, column: Column, cell: str) -> Any:
        if self.decimal_comma:
            cell = cell.replace(",", ".", 1)
        value = float(cell) if _NUMBER.match(cell) else float("nan")
        if not abs(value) < float("inf"):
            return self._fault(row, column, cell, _mend_number(cell, column))
        if column.kind == "int" and value != int(value):
            return self._fault(row, column, cell, _("round it"))
        low, high = column.low, column.high
        if (low is not None and value < low) or (high is not None and value > high):
            return self._fault(row, column, cell, _mend_bounds(cell, value, column))
        return int(value) if column.kind == "int" else value

    def _date(self, row: int, column: Column, cell: str) -> Any:
        if _DATE.match(cell):
            try:
                return dt.date.fromisoformat(cell)
            except ValueError:
                return self._fault(row, column, cell, _("there is no such day in the calendar"))
        mend = _("write year-month-day")
        if re.fullmatch(r"[1-9]\d{4}(\.0)?", cell, re.ASCII):
            day = EXCEL_EPOCH + dt.timedelta(days=int(float(cell)))
            mend = _("it reads like a spreadsheet's day number; that day is {day}").format(day=day)
        return self._fault(row, column, cell, mend)


def _mend_number(cell: str, column: Column) -> str:
    """What to write in place of a text that is not a number."""
    plain = re.sub(r"[\s'’\u202f\u00a0]", "", cell).replace("−", "-")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", plain, re.ASCII):
        grouped = plain.replace(",", "")
        if plain.count(",") == 1:
            return _("write {whole}, or {decimal} if the comma was a decimal one").format(
                whole=grouped, decimal=plain.replace(",", ".")
            )
        return _("write {number}").format(number=grouped)
    plain = plain.replace(",", ".")
    if _NUMBER.match(plain):
        return _("write {number}").format(number=plain) if plain != cell else _("check the unit")
    united = _NUMBER_AND_UNIT.match(cell)
    if united:
        number, unit = united.group(1).replace(" ", "").replace(",", "."), united.group(2)
        if unit == "%" and column.high is not None and column.high <= 1 and _NUMBER.match(number):
            return _("write {number}").format(number=f"{float(number) / 100:g}")
        return _("write {number} alone; the column is in {unit}").format(
            number=number, unit=column.unit or _("its declared unit")
        )
    return _("write the number alone, with a point for decimals")


def _mend_bounds(cell: str, value: float, column: Column) -> str:
    """Why a number may be out of bounds."""
    low, high = column.low, column.high
    if low == 0 and value < 0:
        return _("check the sign")
    if high is not None and value > high:
        if column.unit.startswith("m3") and value / 1000 <= high:
            return _("{value} reads like litres; in m3 it is {mended}").format(value=cell, mended=f"{value / 1000:g}")
        if high == 1 and 1 < value <= 100:
            return _("{value} reads like percent; as a share it is {mended}").format(
                value=cell, mended=f"{value / 100:g}"
            )
    return _("check the unit")
