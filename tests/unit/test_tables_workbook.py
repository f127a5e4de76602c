"""Spreadsheets in and out: what goes out comes back the same, and a fault names its sheet, row and column."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import openpyxl
import pytest

from citerne.base.errors import DataError, UsageError
from citerne.case.case import bundled_cases, load
from citerne.cli.main import main
from citerne.exchange.case_workbook import export_case, import_case
from citerne.exchange.workbook import refuse_existing


@pytest.mark.parametrize("name", bundled_cases())
def test_a_case_comes_back_from_a_workbook_as_it_went(name: str, tmp_path: Path) -> None:
    case = load(name)
    export_case(case, tmp_path / "book.xlsx")
    back = import_case(tmp_path / "book.xlsx", tmp_path / name)
    assert dict(back.tables) == dict(case.tables)
    assert back.header == case.header
    # tables that no run reads come back too
    assert {path.name for path in back.folder.glob("*.csv")} == {path.name for path in case.folder.glob("*.csv")}


def spoilt(tmp_path: Path, cells: dict[str, tuple[str, object]]) -> list[str]:
    """Faults of toy_road after cells were changed: sheet -> (cell, value)."""
    export_case(load("toy_road"), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    for sheet, (cell, value) in cells.items():
        book[sheet][cell] = value
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(DataError) as error:
        import_case(tmp_path / "book.xlsx", tmp_path / "back")
    assert not (tmp_path / "back").exists()
    return [str(fault) for fault in error.value.faults]


def test_a_fault_names_sheet_row_and_column(tmp_path: Path) -> None:
    lat = {"places": ("F4", "north"), "legs": ("B2", "capitol")}
    found = spoilt(tmp_path, lat)
    assert any(text.startswith("book.xlsx, sheet places, row 4, `lat`: found north") for text in found)
    assert any("sheet legs, row 2, `from_place`: found capitol" in text and "capital" in text for text in found)


def test_a_fault_of_the_case_sheet_names_its_row(tmp_path: Path) -> None:
    export_case(load("toy_road"), tmp_path / "book.xlsx")
    keys = [row[0] for row in openpyxl.load_workbook(tmp_path / "book.xlsx")["case"].iter_rows(values_only=True)]
    row = keys.index("iso3") + 1
    found = spoilt(tmp_path, {"case": (f"B{row}", "xx")})
    assert any(f"sheet case, row {row}, `iso3`" in text for text in found)


def test_a_sheet_that_no_table_is_called_is_refused(tmp_path: Path) -> None:
    export_case(load("toy_road"), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    book["legs"].title = "leggs"
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(DataError, match="did you mean legs"):
        import_case(tmp_path / "book.xlsx", tmp_path / "back")


def test_numbers_stay_numbers_and_codes_stay_text(tmp_path: Path) -> None:
    export_case(load("haiti"), tmp_path / "book.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["places"]
    heading = {cell.value: cell.column for cell in sheet[1]}
    assert isinstance(sheet.cell(2, heading["lat"]).value, float)
    assert isinstance(sheet.cell(2, heading["source_date"]).value, str)  # 2020 is a date, not a count


def test_text_that_begins_with_an_equals_sign_is_no_formula(tmp_path: Path) -> None:
    from citerne.exchange.workbook import read_workbook, write_workbook

    write_workbook(tmp_path / "book.xlsx", {"a": (("x",), [("=1+1",), (0.1,), (3,)])})
    assert read_workbook(tmp_path / "book.xlsx")["a"] == "x\n=1+1\n0.1\n3\n"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"place,lat\n1,2\n"])
def test_a_file_that_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(content)
    with pytest.raises(DataError, match="cannot be opened as a workbook"):
        import_case(tmp_path / "book.xlsx", tmp_path / "back")


def test_nothing_is_written_over_unasked(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("x")
    with pytest.raises(UsageError, match="--force"):
        refuse_existing(tmp_path, force=False)
    refuse_existing(tmp_path, force=True)
    refuse_existing(tmp_path / "new", force=False)


def test_the_verb_goes_both_ways(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = str(tmp_path / "toy.xlsx"), str(tmp_path / "toy")
    for words in (["export", "toy_depot", book, "--json"], ["import", book, folder, "--json"]):
        with contextlib.suppress(SystemExit):
            main(["tables", *words])
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["sheets"] == 11
    assert second["tables"]["places"] == 4
