"""Spreadsheets in and out: a workbook with one sheet a table, row 1 the headings; numbers as numbers, ids as text.

A sheet becomes the CSV text of its cells, row by row, and is then read as any table is, so that a fault names the
sheet, its row and its column.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from citerne.base.errors import DataError, Fault, Faults, MissingPartError, UsageError
from citerne.base.text import _
from citerne.schema.columns import Table

WIDEST = 60  # letters
INSTALL = "pip install 'citerne[excel]'"


def openpyxl_parts() -> Any:
    """The library, or a message how to install it."""
    try:
        import openpyxl
    except ImportError as error:
        text = _("Spreadsheets need an optional part: {command}").format(command=INSTALL)
        raise MissingPartError(text) from error
    return openpyxl


def write_workbook(path: Path, sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]) -> None:
    """Write sheets, each (headings, rows); numbers stay numbers, all other cells are text, so that no code is turned.

    Text that begins with `=` is text too, never a formula.
    """
    book = openpyxl_parts().Workbook(write_only=False)
    book.remove(book.active)
    for name, (headings, rows) in sheets.items():
        sheet = book.create_sheet(name)
        for r, cells in enumerate([headings, *rows], start=1):
            for c, value in enumerate(cells, start=1):
                if value is None or value == "":
                    continue
                cell = sheet.cell(r, c)
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    cell.value = value
                else:
                    cell.value = str(value)
                    cell.data_type = "s"  # also where it begins with =
                    cell.number_format = "@"
        _look(sheet, headings, rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def _look(sheet: Any, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Headings in bold and always in sight, columns as wide as what they hold."""
    from openpyxl.styles import Font

    sheet.freeze_panes = "A2"
    for c, heading in enumerate(headings, start=1):
        cell = sheet.cell(1, c)
        cell.font = Font(bold=True)
        longest = max([len(heading), *(len(str(row[c - 1])) for row in rows if c <= len(row))])
        sheet.column_dimensions[cell.column_letter].width = min(longest, WIDEST) + 2


def read_workbook(path: Path) -> dict[str, str]:
    """CSV text of each sheet by its name.

    Raises
    ------
    DataError : no workbook, or one that cannot be opened
    """
    library = openpyxl_parts()
    try:
        book = library.load_workbook(path, read_only=False, data_only=True)
    except Exception as error:  # a spoilt file makes the library raise many kinds
        reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        found = _("a file that cannot be opened as a workbook ({reason})").format(reason=reason)
        raise DataError([Fault(path.name, 0, "", found, _("an .xlsx file"), _("save it as .xlsx"))]) from None
    return {sheet.title.strip(): _csv_of(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def _csv_of(rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        writer.writerow(cells)
    return out.getvalue()


def _text(value: Any) -> str:
    """A cell as a CSV file holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def renamed(error: DataError, book: str) -> DataError:
    """The same faults, with the sheet named in place of the CSV file."""
    where = _("{book}, sheet {sheet}")
    return DataError(
        replace(fault, file=where.format(book=book, sheet=fault.file.rsplit(".", 1)[0])) for fault in error.faults
    )


def read_tables(path: Path, tables: Sequence[Table], faults: Faults) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Rows of the sheets that `tables` declare; a table that may be absent gives no rows.

    Faults go to `faults` as those of the CSV file of that name; `renamed` turns them into those of sheets.
    """
    from citerne.schema.read import read_table

    sheets = read_workbook(path)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in sheets.items():
            if name in {table.name for table in tables}:
                (Path(folder) / f"{name}.csv").write_text(text, encoding="utf-8")
        return {table.name: read_table(Path(folder) / f"{table.name}.csv", table, faults) for table in tables}


def refuse_existing(path: Path, force: bool) -> None:
    """UsageError where something would be written over."""
    if path.exists() and not force and not (path.is_dir() and not any(path.iterdir())):
        raise UsageError(_("{path} is there already; --force writes over it.").format(path=path))
