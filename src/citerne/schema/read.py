"""Read a declared CSV table: every fault is noted with file, row, column, found, expected and mend."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.columns import Column, Table

Row = Mapping[str, Any]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:.\-]*\Z")
_NUMBER_AND_UNIT = re.compile(r"\s*([-+]?[\d., ]*\d)\s*([A-Za-z%/°]\S*)\s*\Z")


def closest(word: str, known: Iterable[str]) -> str:
    """A mend for a word that is not known: the closest known one, or the first few."""
    options = sorted(known)
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.5)
    if near:
        return _("did you mean {word}?").format(word=near[0])
    return _("known are {words}").format(words=", ".join(options[:8]) + (", ..." if len(options) > 8 else ""))


def read_table(path: Path, table: Table, faults: Faults) -> tuple[Row, ...]:
    """Rows of `path` as `table` declares them; faults go to `faults` and reading goes on.

    Numbers become int or float, dates `datetime.date`, yes/no bool, empty optional cells None. Each row carries its
    spreadsheet row number under `_row`. Rows with a fault are still returned, the faulty cell as None.
    """
    name = path.name
    if not path.exists():
        if table.required:
            faults.add(name, 0, "", _("no such file"), _("the table {name}").format(name=name), _("add the file"))
        return ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        mend = _("save as CSV UTF-8; it looks like a Windows encoding")
        faults.add(name, line, "", _("bytes that are not UTF-8"), _("UTF-8 text"), mend)
        return ()
    lines = list(csv.reader(text.splitlines(keepends=True)))
    if not lines or not any(cell.strip() for cell in lines[0]):
        faults.add(
            name, 1, "", _("an empty file"), _("a header row"), _("see citerne schema {name}").format(name=table.name)
        )
        return ()
    header = [cell.strip() for cell in lines[0]]
    if not _check_header(name, header, table, faults):
        return ()
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
            continue  # blank line, comment or HXL tags
        if len(cells) != len(header):
            faults.add(name, number, "", _("{n} cells").format(n=len(cells)), _("{n} cells").format(n=len(header)),
                       _("a text with a comma needs quotes around it"))  # fmt: skip
            continue
        rows.append(_read_row(name, number, dict(zip(header, cells, strict=True)), table, faults))
    _check_keys(name, table, rows, faults)
    return tuple(rows)


def _check_header(name: str, header: list[str], table: Table, faults: Faults) -> bool:
    known = [column.name for column in table.columns]
    sound = True
    for heading in sorted({h for h in header if header.count(h) > 1}):
        faults.add(name, 1, heading, _("the column twice"), _("each column once"), _("remove one"))
        sound = False
    for heading in header:
        if heading not in known:
            faults.add(name, 1, heading, heading, _("a declared column"), closest(heading, known))
    for column in table.columns:
        if column.name not in header and column.required:
            faults.add(name, 1, column.name, _("no such column"), column.expected(), _("add the column"))
            sound = False
    return sound


def _read_row(name: str, number: int, cells: dict[str, str], table: Table, faults: Faults) -> Row:
    row: dict[str, Any] = {"_row": number}
    for column in table.columns:
        row[column.name] = _read_cell(name, number, column, cells.get(column.name, "").strip(), faults)
    return MappingProxyType(row)


def _read_cell(name: str, number: int, column: Column, cell: str, faults: Faults) -> Any:
    if not cell:
        if column.required:
            faults.add(name, number, column.name, "", column.expected(), _("fill the cell"))
        return None
    if column.kind in ("int", "float"):
        return _read_number(name, number, column, cell, faults)
    if column.kind == "date":
        try:
            return dt.date.fromisoformat(cell)
        except ValueError:
            faults.add(name, number, column.name, cell, column.expected(), _("write year-month-day"))
            return None
    if column.kind == "bool":
        if cell.lower() in ("yes", "no"):
            return cell.lower() == "yes"
        faults.add(name, number, column.name, cell, column.expected(), _("write yes or no"))
        return None
    if column.kind == "choice" and cell not in column.choices:
        faults.add(name, number, column.name, cell, column.expected(), closest(cell, column.choices))
        return None
    if column.kind == "id" and not _ID.match(cell):
        faults.add(name, number, column.name, cell, column.expected(), _("use letters, digits and _ only"))
        return None
    if column.kind == "path":
        return tuple(part.strip() for part in cell.split(">"))
    return cell


def _read_number(name: str, number: int, column: Column, cell: str, faults: Faults) -> float | int | None:
    try:
        value = float(cell)
        if not math.isfinite(value):
            raise ValueError(cell)
    except ValueError:
        mend = _("write the number alone, with a point for decimals")
        unit = _NUMBER_AND_UNIT.match(cell)
        if unit:
            mend = _("write {number} alone; the column is in {unit}").format(
                number=unit.group(1).replace(" ", ""), unit=column.unit or _("its declared unit")
            )
        elif re.fullmatch(r"[-+]?\d+,\d+", cell):
            mend = _("write {number}").format(number=cell.replace(",", "."))
        faults.add(name, number, column.name, cell, column.expected(), mend)
        return None
    if column.kind == "int" and value != int(value):
        faults.add(name, number, column.name, cell, column.expected(), _("round it"))
        return None
    low, high = column.low, column.high
    if (low is not None and value < low) or (high is not None and value > high):
        mend = _("check the sign") if low == 0 and value < 0 else _("check the unit")
        if high is not None and value > high and value / 1000 <= high and column.unit.startswith("m3"):
            mend = _("{value} reads like litres; in m3 it is {mended}").format(value=cell, mended=f"{value / 1000:g}")
        faults.add(name, number, column.name, cell, column.expected(), mend)
        return None
    return int(value) if column.kind == "int" else value


def _check_keys(name: str, table: Table, rows: list[Row], faults: Faults) -> None:
    key = table.key
    if key is None:
        return
    first: dict[str, int] = {}
    for row in rows:
        value = row[key]
        if value is None:
            continue
        if value in first:
            expected = _("each {key} once").format(key=key)
            faults.add(
                name, row["_row"], key, value, expected, _("it stands in row {row} too").format(row=first[value])
            )
        else:
            first[value] = row["_row"]


def check_references(
    table: Table, rows: Iterable[Row], ids: Mapping[str, frozenset[str]], faults: Faults, file: str = ""
) -> None:
    """Note every `ref` and `path` cell that names an id its table does not hold."""
    for column in table.columns:
        if column.kind not in ("ref", "path") or column.refers not in ids:
            continue
        known = ids[column.refers]
        for row in rows:
            value = row[column.name]
            for part in value if isinstance(value, tuple) else (value,) if value else ():
                if part not in known:
                    faults.add(file or f"{table.name}.csv", row["_row"], column.name, part, column.expected(),
                               closest(part, known))  # fmt: skip
