"""Read a declared CSV table: every fault is noted with file, row, column, found, expected and mend."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.cells import EXCEL_ERROR, CellReader, closest, is_id, shown
from citerne.schema.columns import Table

__all__ = ["Row", "check_references", "closest", "read_table"]

Row = Mapping[str, Any]
_DELIMITERS = {";": "`;`", "\t": "TAB"}


@dataclass
class _Sheet:
    """A CSV file in cells; `rows` are numbered as a spreadsheet does, a cell over several lines being one row."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    delimiter: str = ","


def read_table(path: Path, table: Table, faults: Faults) -> tuple[Row, ...]:
    """Rows of `path` as `table` declares them; faults go to `faults` and reading goes on.

    Numbers become int or float, dates `datetime.date`, yes/no bool, paths tuples, empty optional cells None. Each row
    carries its spreadsheet row number under `_row`. Rows with a fault are still returned, the faulty cell as None.
    Blank rows and rows whose first filled cell starts with `#` (comments, HXL tags) are passed over.
    """
    name = path.name
    text = _read_text(path, table, faults)
    if text is None:
        return ()
    sheet = _read_sheet(name, text, table, faults)
    if sheet is None or not _check_header(name, sheet.header, table, faults):
        return ()
    reader = CellReader(name, faults, decimal_comma=sheet.delimiter != ",")
    rows = [_read_row(number, cells, sheet.header, table, reader) for number, cells in sheet.rows]
    _check_keys(name, table, rows, faults)
    return tuple(rows)


def _read_text(path: Path, table: Table, faults: Faults) -> str | None:
    """The text of a file; a wrong encoding is noted and then guessed, so that other faults are found as well."""
    name = path.name
    if not path.exists():
        if table.required:
            faults.add(name, 0, "", _("no such file"), _("the table {name}").format(name=name), _("add the file"))
        return None
    try:
        raw = path.read_bytes()
    except OSError as error:
        faults.add(name, 0, "", _("a file that cannot be opened"), _("a CSV file"), str(error.strerror))
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04")) or b"\0" in raw:
        mend = _("save it as CSV UTF-8 from the spreadsheet")
        faults.add(name, 0, "", _("a workbook or text in UTF-16"), _("a CSV file in UTF-8"), mend)
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("latin-1")
        row = max(len(_records(before, ",")[0]), 1)
        mend = _("save as CSV UTF-8; it looks like a Windows encoding")
        faults.add(name, row, "", _("bytes that are not UTF-8"), _("UTF-8 text"), mend)
        return raw.decode("cp1252", errors="replace")


def _records(text: str, delimiter: str) -> tuple[list[list[str]], str]:
    """Records of a CSV text and the reader's complaint about the record after them, if any."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return records, str(error)
    return records, ""


def _read_sheet(name: str, text: str, table: Table, faults: Faults) -> _Sheet | None:
    delimiter = _delimiter(text, table)
    if delimiter != ",":
        mend = _("save as CSV with commas between cells and a point for decimals")
        faults.add(name, 1, "", _("{sign} between cells").format(sign=_DELIMITERS[delimiter]),
                   _("a comma between cells"), mend)  # fmt: skip
    records, complaint = _records(text, delimiter)
    if complaint:
        mend = _("close the quote, or double a quote that belongs to the text")
        faults.add(name, len(records) + 1, "", _("a quote that does not match"), _("text in pairs of quotes"), mend)
    if not records or not any(cell.strip() for cell in records[0]):
        if not complaint:
            mend = _("see citerne schema {name}").format(name=table.name)
            faults.add(name, 1, "", _("no header row"), _("a header row"), mend)
        return None
    header = [cell.strip() for cell in records[0]]
    while not header[-1]:
        header.pop()
    sheet = _Sheet(header, [], delimiter)
    for number, cells in enumerate(records[1:], start=2):
        first = next((cell.strip() for cell in cells if cell.strip()), "#")
        if not first.startswith("#") or EXCEL_ERROR.match(first):
            sheet.rows.append((number, cells))
    return sheet


def _delimiter(text: str, table: Table) -> str:
    """The sign between headings: the comma, unless another one splits the first line into more declared headings."""
    first = text[:10_000].splitlines()[0] if text.strip() else ""
    known = {column.name for column in table.columns}

    def headings(sign: str) -> int:
        return sum(part.strip(' "') in known for part in first.split(sign))

    return max((",", *_DELIMITERS), key=headings)


def _check_header(name: str, header: list[str], table: Table, faults: Faults) -> bool:
    known = [column.name for column in table.columns]
    sound = True
    for heading, count in Counter(header).items():
        if count > 1 and heading:
            faults.add(name, 1, shown(heading), _("the column twice"), _("each column once"), _("remove one"))
            sound = False
        if heading and heading not in known:
            faults.add(name, 1, shown(heading), shown(heading), _("a declared column"), closest(heading, known))
    if "" in header:
        faults.add(name, 1, "", _("a column without a heading"), _("a declared column"), _("delete the empty column"))
    for column in table.columns:
        if column.name not in header and column.required:
            faults.add(name, 1, column.name, _("no such column"), column.expected(), _("add the column"))
            sound = False
    return sound


def _read_row(number: int, cells: list[str], header: list[str], table: Table, reader: CellReader) -> Row:
    """One row; if cells are too few or too many, only its id is kept, so that rows that name it are not faulted too.

    Spreadsheets drop empty cells at the end of a row, so missing cells of optional columns are no fault.
    """
    given = dict(zip(header, cells, strict=False))
    extra = any(cell.strip() for cell in cells[len(header) :])
    short = any(column.name in header[len(cells) :] and column.required for column in table.columns)
    if extra or short:
        reader.faults.add(reader.file, number, "", _("{n} cells").format(n=len(cells)),
                          _("{n} cells").format(n=len(header)),
                          _("a text with a comma needs quotes around it"))  # fmt: skip
        key = given.get(table.key or "", "").strip()
        only = {table.key: key} if is_id(key) else {}
        return MappingProxyType({"_row": number} | {column.name: only.get(column.name) for column in table.columns})
    row: dict[str, Any] = {"_row": number}
    for column in table.columns:
        row[column.name] = reader.read(number, column, given.get(column.name, ""))
    return MappingProxyType(row)


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
            mend = _("it stands in row {row} too").format(row=first[value])
            faults.add(name, row["_row"], key, shown(value), expected, mend)
        first.setdefault(value, row["_row"])


def check_references(
    table: Table, rows: Iterable[Row], ids: Mapping[str, frozenset[str]], faults: Faults, file: str = ""
) -> None:
    """Note every `ref` and `path` cell that names an id its table does not hold.

    `ids` holds the known ids by table name; columns that refer to a table absent from it are left alone.
    """
    for column in table.columns:
        if column.kind not in ("ref", "path") or column.refers not in ids:
            continue
        known = ids[column.refers]
        for row in rows:
            value = row[column.name]
            for part in value if isinstance(value, tuple) else (value,) if value else ():
                if part not in known:
                    faults.add(file or f"{table.name}.csv", row["_row"], column.name, shown(part), column.expected(),
                               closest(part, known))  # fmt: skip
