"""The situation sheet: written in two languages, read back, its faults and its odd rows told with their mends."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest

from citerne.base.errors import DataError
from citerne.base.text import use_language
from citerne.case.case import Case, load
from citerne.nowcast.questions import Sorted, sort_rows
from citerne.nowcast.reading import read_situation
from citerne.nowcast.template import write_template

DAY = dt.date(2025, 1, 8)


def case() -> Case:
    return load("toy_road")


def sorted_rows(folder: Path, day: dt.date = DAY, **sheets: str) -> Sorted:
    folder.mkdir(exist_ok=True)
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return sort_rows(case(), read_situation(folder, case()), day)


STOCKS = "date,place,product,stock_m3,reliability,known_date,source,confirmed\n"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet"])
def test_an_empty_sheet_reads_without_fault_and_is_private(tmp_path: Path, language: str, name: str) -> None:
    use_language(language)
    try:
        path = write_template(case(), tmp_path / name)
    finally:
        use_language("en")
    assert read_situation(path, case()).faults == ()
    for file in [path] if path.is_file() else [*path.iterdir()]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_filled_workbook_is_read_with_french_headings_and_names(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    use_language("fr")
    try:
        path = write_template(case(), tmp_path / "s.xlsx")
    finally:
        use_language("en")
    book = load_workbook(path)
    book["Stocks"].append([dt.datetime(2025, 1, 7), "Capitale", None, "Gasoline", 3000, "oui", None, "dépôt", "B"])
    book.save(path)
    (row,) = read_situation(path, case()).rows["stocks"]
    assert (row["place"], row["product"], row["stock_m3"], row["whole_town"]) == ("capital", "gasoline", 3000, True)


def test_all_faults_are_told_with_sheet_row_column_and_mend(tmp_path: Path) -> None:
    text = STOCKS + "2025-01-07,capitol,gasoline,3000,B,,,\n2025-01-07,capital,diesel,much,F,,,\n"
    found = sorted_rows(tmp_path / "s", stocks=text)
    assert {(f.file, f.row, f.column) for f in found.faulty} == {
        ("stocks", 2, "place"), ("stocks", 3, "stock_m3"), ("stocks", 3, "reliability")}  # fmt: skip
    assert all(f.mend for f in found.faulty)
    assert found.rows["stocks"] == ()


def test_a_file_without_any_known_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no known sheet"):
        sorted_rows(tmp_path / "s", nonsense="a,b\n1,2\n")


@pytest.mark.parametrize(
    ("sheet", "text", "column", "mend"),
    [
        ("stocks", STOCKS + "2025-01-07,capital,diesel,3900000,B,,,\n", "stock_m3", "it reads like litres"),
        ("stocks", STOCKS + "2025-01-07,capital,diesel,9000,B,,,\n", "stock_m3", "check the count"),
        ("stocks", STOCKS + "2026-01-07,capital,diesel,3000,B,2025-01-07,,\n", "date", "future"),
        ("stocks", STOCKS + "2025-01-01,capital,diesel,3900,B,,,\n2025-01-07,capital,diesel,3.8,B,,,\n", "stock_m3",
         "a thousand times off"),
        ("arrivals", "date,place,trucks,volume_m3,reliability\n2025-01-07,capital,0,400,B\n", "volume_m3", "tankers"),
        ("consignments", "consignment,owner,product,volume_m3,place,mode,status,arrived_m3,date,reliability\n"
         "L1,trade,diesel,40,capital,road,arrived,400,2025-01-07,B\n", "arrived_m3", "volumes"),
    ],
)  # fmt: skip
def test_what_contradicts_physics_is_questioned_and_set_aside(
    tmp_path: Path, sheet: str, text: str, column: str, mend: str
) -> None:
    found = sorted_rows(tmp_path / "s", **{sheet: text})
    (question,) = found.questioned
    assert question.column == column
    assert mend in question.mend
    assert not any(row["_row"] == question.row for row in found.rows[sheet])
    confirmed = sorted_rows(tmp_path / "s", **{sheet: _confirmed(text)})
    assert confirmed.questioned == ()


def _confirmed(text: str) -> str:
    header, *rows = text.splitlines()
    if "confirmed" in header:
        return "\n".join([header, *(row + "yes" for row in rows)]) + "\n"
    return "\n".join([header + ",confirmed", *(row + ",yes" for row in rows)]) + "\n"


def test_later_rows_are_hidden_and_revised_rows_replaced(tmp_path: Path) -> None:
    text = STOCKS + (
        "2025-01-05,capital,diesel,3000,B,2025-01-05,a,\n"
        "2025-01-05,capital,diesel,3300,B,2025-01-07,a,\n"
        "2025-01-06,capital,diesel,3100,B,2025-01-09,a,\n"
        "2025-01-05,midtown,diesel,300,B,2025-01-06,a,\n"
        "2025-01-05,midtown,diesel,350,B,2025-01-06,b,\n"
    )
    found = sorted_rows(tmp_path / "s", stocks=text)
    assert [row["stock_m3"] for row in found.rows["stocks"]] == [3300, 300, 350]
    assert (found.later, found.revised) == (1, 1)
