"""Read a situation sheet, a workbook (.xlsx) or a folder of CSV files, headings in English, French or plain names.

A cell that cannot be read is a fault with its sheet, row and column; the row is then set aside, the others are kept.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citerne.base.errors import DataError, Fault, Faults
from citerne.base.text import _
from citerne.case.case import Case
from citerne.exchange.workbook import read_workbook
from citerne.nowcast.sheet import HEADINGS, SHEETS, TITLES, WORDS_FR
from citerne.schema.cells import CellReader, closest, shown
from citerne.schema.columns import Column, Table

Row = Mapping[str, Any]
NAMED = {"places": "place", "products": "product", "corridors": "corridor", "facilities": "facility", "zones": "zone"}


@dataclass
class Situation:
    """Rows by sheet; each holds its sheet and spreadsheet row under `_sheet` and `_row`. `faults` are its faulty cells,
    whose rows are not among the rows."""

    rows: dict[str, tuple[Row, ...]]
    faults: tuple[Fault, ...] = field(default=())


def plain(text: str) -> str:
    """A word without case, accents, spaces and signs, by which headings and names are recognised."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in bare if sign.isalnum())


def read_situation(path: Path, case: Case) -> Situation:
    """Read a workbook or a folder.

    Raises
    ------
    DataError : no such file, not readable, or no sheet that is known
    MissingPartError : a workbook without the part `excel`
    """
    faults = Faults()
    sheets = _folder(path) if path.is_dir() else _workbook(path)
    known = {plain(word): table for table in SHEETS for word in (table.name, *TITLES[table.name])}
    rows: dict[str, tuple[Row, ...]] = {table.name: () for table in SHEETS}
    met = False
    for title, cells in sheets.items():
        table = known.get(plain(title))
        if table is None:
            if any(any(line) for line in cells):
                names = [TITLES[one.name][0] for one in SHEETS]
                faults.add(title, 0, "", shown(title), _("a sheet of the situation"), closest(title, names))
            continue
        met = True
        rows[table.name] = rows[table.name] + _rows(title, table, cells, case, faults)
    if not met:
        mend = _("write one with citerne situation template")
        raise DataError([Fault(path.name, 0, "", _("no known sheet"), _("sheets of the situation"), mend)])
    return Situation(rows, tuple(sorted(set(faults.found))))


def _workbook(path: Path) -> dict[str, list[list[str]]]:
    return {
        title: list(csv.reader(io.StringIO(text, newline="")))
        for title, text in read_workbook(path).items()
        if not title.startswith("_")
    }


def _folder(path: Path) -> dict[str, list[list[str]]]:
    sheets = {}
    for file in sorted(path.glob("*.csv")):
        raw = file.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", errors="replace")
        first = text.splitlines()[0] if text.strip() else ""
        sign = ";" if first.count(";") > first.count(",") else ","
        sheets[file.stem] = [list(line) for line in csv.reader(io.StringIO(text, newline=""), delimiter=sign)]
    return sheets


def _rows(title: str, table: Table, cells: Sequence[Sequence[str]], case: Case, faults: Faults) -> tuple[Row, ...]:
    header = list(cells[0]) if cells else []
    position = _positions(title, table, header, faults)
    reader = CellReader(title, faults)
    made = []
    for number, line in enumerate(cells[1:], start=2):
        first = next((cell for cell in line if cell.strip()), "#")
        if first.startswith("#"):
            continue
        before = len(faults.found)
        row: dict[str, Any] = {"_sheet": table.name, "_title": title, "_row": number}
        for column in table.columns:
            k = position.get(column.name, -1)
            text = line[k].strip() if 0 <= k < len(line) else ""
            row[column.name] = _read(reader, number, column, text, case)
        if len(faults.found) == before:
            made.append(row | {"known_date": row["known_date"] or row["date"]} if "date" in row else row)
    return tuple(made)


def _positions(title: str, table: Table, header: Sequence[str], faults: Faults) -> dict[str, int]:
    known = {plain(word): column.name for column in table.columns for word in (column.name, *HEADINGS[column.name])}
    found: dict[str, int] = {}
    for k, heading in enumerate(header):
        name = known.get(plain(heading))
        if name is None and heading.strip():
            words = [HEADINGS[column.name][0] for column in table.columns]
            faults.add(title, 1, shown(heading), shown(heading), _("a heading of this sheet"), closest(heading, words))
        elif name in found:
            faults.add(title, 1, shown(heading), _("the column twice"), _("each column once"), _("remove one"))
        elif name is not None:
            found[name] = k
    for column in table.columns:
        if column.required and column.name not in found:
            heading = HEADINGS[column.name][0]
            faults.add(title, 1, heading, _("no such column"), column.expected(), _("add the column"))
    return found


def _read(reader: CellReader, number: int, column: Column, text: str, case: Case) -> Any:
    """The value of a cell; names of places and fuels and words may be written in either language."""
    if column.kind in ("choice", "bool"):
        words = {plain(word): word for word in (*column.choices, "yes", "no")}
        words |= {plain(word): mended for word, mended in WORDS_FR.items() if mended in words.values()}
        if plain(text):  # signs such as < have no letters to go by
            text = words.get(plain(text), text)
    if column.kind in ("int", "float") and text.count(",") == 1 and "." not in text:
        whole, _comma, part = text.partition(",")
        if len(part) != 3:  # 1,500 may be fifteen hundred: that is for its writer to say
            text = f"{whole}.{part}"
    value = reader.read(number, column, text)
    if column.kind == "ref" and value is not None:
        names = names_of(case, column.refers)
        if plain(value) not in names:
            ids = case.ids(column.refers)
            reader.faults.add(reader.file, number, column.name, shown(value), column.expected(), closest(value, ids))
            return None
        return names[plain(value)]
    return value


def names_of(case: Case, table: str) -> dict[str, str]:
    """Ids and names in both languages of the rows of a case table, recognised without case and accents."""
    key = NAMED[table]
    names = {plain(row[name]): row[key] for row in case.rows(table) for name in ("name_fr", "name_en") if row[name]}
    return names | {plain(row[key]): row[key] for row in case.rows(table)}
