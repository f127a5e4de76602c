"""All tables of a case as one workbook, and back: the sheet `case` holds what case.yaml says."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citerne.base.errors import DataError, Fault
from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.header import Header
from citerne.exchange.workbook import read_workbook, renamed, write_workbook
from citerne.exchange.yaml_text import scalar
from citerne.model.check import load_checked
from citerne.schema.cells import closest
from citerne.schema.columns import Column
from citerne.schema.describe import ALL_TABLES

HEADER_SHEET = "case"
DECLARED = {table.name: table for table in ALL_TABLES}


def export_case(case: Case, path: Path) -> int:
    """Write every table of a case folder; returns how many sheets there are."""
    sheets: dict[str, Any] = {HEADER_SHEET: (("key", "value"), _header_rows(case.header))}
    for name, table in DECLARED.items():
        file = case.folder / f"{name}.csv"
        if file.exists():
            with file.open(encoding="utf-8-sig", newline="") as text:
                headings, *rows = list(csv.reader(text))
            columns = {column.name: column for column in table.columns}
            kept = [[_typed(columns.get(h), cell) for h, cell in zip(headings, row, strict=False)] for row in rows]
            sheets[name] = (headings, kept)
    write_workbook(path, sheets)
    return len(sheets)


def _typed(column: Column | None, cell: str) -> Any:
    """A number where the column holds numbers and the cell is plainly one; else the text as it stands."""
    if column is None or column.kind not in ("int", "float") or not cell.strip():
        return cell
    try:
        return int(cell) if column.kind == "int" else float(cell)
    except ValueError:
        return cell


def _header_rows(header: Header) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in header.model_dump().items():
        if isinstance(value, dict):
            rows += [(f"{key}.{language}", text) for language, text in value.items()]
        else:
            rows.append((key, value if isinstance(value, (int, float)) else str(value)))
    return rows


def import_case(path: Path, out: Path) -> Case:
    """Write a workbook as a case folder, once all of it is sound; policies that stand in `out` stay.

    Raises
    ------
    DataError : all faults, each with sheet, row and column; nothing is then written
    """
    sheets = read_workbook(path)
    _refuse_unknown(path.name, sheets)
    with tempfile.TemporaryDirectory() as draft_name:
        draft = Path(draft_name) / (out.resolve().name or "case")
        draft.mkdir()
        (draft / "case.yaml").write_text(_yaml(sheets.get(HEADER_SHEET, "")), encoding="utf-8")
        for name, text in sheets.items():
            if name in DECLARED:
                (draft / f"{name}.csv").write_text(text, encoding="utf-8")
        try:
            load_checked(draft)
        except DataError as error:
            raise renamed(error, path.name) from None
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(draft.iterdir()):
            shutil.copyfile(file, out / file.name)
    return load_checked(out)


def _refuse_unknown(book: str, sheets: Mapping[str, str]) -> None:
    known = {HEADER_SHEET, *DECLARED}
    faults = [
        Fault(f"{book}", 0, name, name, _("a sheet that a table is called"), closest(name, known))
        for name in sheets
        if name not in known
    ]
    if faults:
        raise DataError(faults)


def _yaml(text: str) -> str:
    """The sheet `case` as YAML 1.2, a line for each row, so that a fault's line is its row.

    Rows such as name.en and name.fr, one below the other, become one key of two languages.
    """
    rows = list(csv.reader(text.splitlines()))
    keys = [row[0].strip().partition(".") if row else ("", "", "") for row in rows]
    lines = ["# key, value"]
    for k, row in enumerate(rows[1:], start=1):
        key, _dot, language = keys[k]
        value = scalar(row[1]) if len(row) > 1 else "null"
        if not key:
            lines.append("")
        elif not language:
            lines.append(f"{key}: {value}")
        else:
            first = keys[k - 1][0] != key
            last = k + 1 == len(keys) or keys[k + 1][0] != key
            lines.append(f"{key + ': {' if first else '  '}{language}: {value}{'}' if last else ','}")
    return "\n".join(lines) + "\n"
