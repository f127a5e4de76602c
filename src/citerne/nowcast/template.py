"""An empty situation sheet, headings in the language in use: a workbook with lists to choose from, or CSV files."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from citerne.base.errors import UsageError
from citerne.base.private import own_folder, replace_own
from citerne.base.text import _, current_language
from citerne.case.case import Case
from citerne.exchange.workbook import openpyxl_parts
from citerne.nowcast.sheet import HEADINGS, SHEETS, TITLES

LISTED_ROWS = 1000


def write_template(case: Case, path: Path) -> Path:
    """Write an empty sheet to `path`: a workbook where it ends in .xlsx, else a folder of CSV files.

    Raises
    ------
    UsageError : it exists
    MissingPartError : a workbook without the part `excel`
    """
    if path.exists():
        raise UsageError(_("{path} exists; a sheet is not overwritten.").format(path=path))
    which = 1 if current_language() == "fr" else 0
    headings = {table.name: [HEADINGS[column.name][which] for column in table.columns] for table in SHEETS}
    if path.suffix.lower() == ".xlsx":
        replace_own(path, _workbook(case, headings, which))
        return path
    own_folder(path)
    for name, heads in headings.items():
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(heads)
        replace_own(path / f"{TITLES[name][which]}.csv", text.getvalue().encode("utf-8-sig"))
    return path


def _workbook(case: Case, headings: dict[str, list[str]], which: int) -> bytes:
    library = openpyxl_parts()
    from openpyxl.worksheet.datavalidation import DataValidation

    book = library.Workbook()
    book.remove(book.active)
    words = book.create_sheet("_ids")
    lists = {}
    for k, table in enumerate(("places", "products", "corridors", "zones", "facilities"), start=1):
        ids = case.ids(table)
        for row, word in enumerate(ids, start=1):
            words.cell(row, k, word)
        letter = words.cell(1, k).column_letter
        lists[table] = f"'_ids'!${letter}$1:${letter}${max(len(ids), 1)}"
    words.sheet_state = "hidden"
    for table_ in SHEETS:
        sheet = book.create_sheet(TITLES[table_.name][which])
        sheet.append(headings[table_.name])
        sheet.freeze_panes = "A2"
        for k, column in enumerate(table_.columns, start=1):
            head = sheet.cell(1, k)
            source = lists.get(column.refers) or (f'"{",".join(column.choices)}"' if column.choices else "")
            if source:
                rule = DataValidation("list", formula1=source, allow_blank=True)
                rule.add(f"{head.column_letter}2:{head.column_letter}{LISTED_ROWS}")
                sheet.add_data_validation(rule)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
