"""One table at a time: what a spreadsheet may do to it, and what the reader says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from citerne.base.errors import Fault, Faults
from citerne.schema.cells import closest
from citerne.schema.columns import Column, Table
from citerne.schema.read import Row, read_table

TANKS = Table(
    "tanks",
    "Tanks for these tests.",
    (
        Column("tank", "id", "Key."),
        Column("name", "text", "Name."),
        Column("stock_m3", "float", "Stock.", "m3", 0, 2_000_000),
        Column("share", "float", "Share.", "", 0, 1),
        Column("length_km", "float", "Length.", "km", 0.1, 5_000),
        Column("trucks", "int", "Trucks.", "trucks", 0, 10_000),
        Column("day", "date", "Day."),
        Column("retail", "bool", "Sold at pumps?"),
        Column("kind", "choice", "Kind.", choices=("depot", "station")),
        Column("path", "path", "Way there.", refers="tanks"),
        Column("note", "text", "Remark.", required=False),
        Column("extra", "float", "Extra.", required=False),
    ),
)
HEADER = ",".join(column.name for column in TANKS.columns)
GOOD = {
    "tank": "a", "name": "Tank A", "stock_m3": "10.5", "share": "0.5", "length_km": "480", "trucks": "3",
    "day": "2025-09-03", "retail": "yes", "kind": "depot", "path": "a>b", "note": "", "extra": "",
}  # fmt: skip


def line(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def read(tmp_path: Path, content: str | bytes) -> tuple[tuple[Row, ...], list[Fault]]:
    path = tmp_path / "tanks.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = Faults()
    rows = read_table(path, TANKS, faults)
    return rows, faults.found


def test_a_sound_row_comes_back_typed(tmp_path):
    rows, faults = read(tmp_path, f"{HEADER}\n{line()}\n")
    assert faults == []
    assert dict(rows[0]) == {
        "_row": 2, "tank": "a", "name": "Tank A", "stock_m3": 10.5, "share": 0.5, "length_km": 480.0, "trucks": 3,
        "day": dt.date(2025, 9, 3), "retail": True, "kind": "depot", "path": ("a", "b"), "note": None, "extra": None,
    }  # fmt: skip
    with pytest.raises(TypeError):
        rows[0]["tank"] = "b"  # type: ignore[index]


# column, what stands in the cell, what the mend must say
CELLS = [
    ("length_km", "480 km", "write 480 alone; the column is in km"),
    ("length_km", "four hundred", "write the number alone"),
    ("length_km", "0", "check the unit"),
    ("stock_m3", "-4", "check the sign"),
    ("stock_m3", "nan", "write the number alone"),
    ("stock_m3", "inf", "write the number alone"),
    ("stock_m3", "1e999", "check the unit"),
    ("stock_m3", "1_000", "write the number alone"),
    ("stock_m3", "12,5", "write 12.5"),
    ("stock_m3", "12,500", "write 12500, or 12.500"),
    ("stock_m3", "1,012,500", "write 1012500"),
    ("stock_m3", "12\u202f500", "write 12500"),
    ("stock_m3", "\u221212", "write -12"),
    ("stock_m3", "4200000", "reads like litres; in m3 it is 4200"),
    ("stock_m3", "#N/A", "formula failed"),
    ("stock_m3", "", "fill the cell"),
    ("share", "35", "reads like percent; as a share it is 0.35"),
    ("share", "35 %", "write 0.35"),
    ("trucks", "3.5", "round it"),
    ("day", "03/09/2025", "write year-month-day"),
    ("day", "20250903", "write year-month-day"),
    ("day", "2025-02-30", "no such day"),
    ("day", "45903", "2025-09-03"),
    ("retail", "maybe", "yes or no"),
    ("kind", "depots", "did you mean depot?"),
    ("tank", "a b", "letters, digits and _"),
    ("path", "a>>b", "a name is missing"),
]


@pytest.mark.parametrize(("column", "cell", "mend"), CELLS)
def test_a_faulty_cell_is_named_with_row_column_and_mend(tmp_path, column, cell, mend):
    quoted = f'"{cell}"' if "," in cell else cell
    rows, faults = read(tmp_path, f"{HEADER}\n{line(tank='b')}\n{line(**{column: quoted})}\n")
    assert [(f.file, f.row, f.column) for f in faults] == [("tanks.csv", 3, column)]
    assert faults[0].found == (cell or "(empty)")
    assert faults[0].expected == TANKS.column(column).expected()
    assert mend in faults[0].mend
    assert rows[1][column] is None
    assert len(rows) == 2


def test_all_faults_of_a_table_come_at_once(tmp_path):
    spoilt = [line(**({"tank": f"t{k}"} | {column: f'"{cell}"'})) for k, (column, cell, _mend) in enumerate(CELLS)]
    _rows, faults = read(tmp_path, "\n".join([HEADER, *spoilt]))
    assert [(f.row, f.column) for f in faults] == [(k + 2, column) for k, (column, _c, _m) in enumerate(CELLS)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path, newline, mark):
    text = newline.join([HEADER, line(), "", line(tank="b")])
    rows, faults = read(tmp_path, mark + text.encode())
    assert faults == []
    assert [(row["_row"], row["tank"]) for row in rows] == [(2, "a"), (4, "b")]


def test_a_cell_over_several_lines_is_one_spreadsheet_row(tmp_path):
    rows, faults = read(tmp_path, f"{HEADER}\n{line(name=chr(34) + 'two' + chr(10) + 'lines' + chr(34))}\n{line()}\n")
    assert rows[0]["name"] == "two\nlines"
    assert [(f.row, f.column, f.mend) for f in faults] == [(3, "tank", "it stands in row 2 too")]


def test_separators_of_other_languages_inside_a_text_do_not_break_a_row(tmp_path):
    row = line(name="a\u2028b\x85c")
    rows, faults = read(tmp_path, f"{HEADER}\n{row}\n")
    assert faults == []
    assert len(rows) == 1


def test_comments_hxl_tags_and_blank_rows_are_passed_over(tmp_path):
    tags = "#meta+id,#loc+name" + ",#value" * 10
    rows, faults = read(tmp_path, f"{HEADER}\n{tags}\n# a remark, with a comma\n,,,\n{line()}\n#REF!{line()[1:]}\n")
    assert [(f.row, f.column) for f in faults] == [(6, "tank")]  # a failed formula is no remark
    assert [row["_row"] for row in rows] == [5, 6]


def test_semicolons_are_one_fault_and_the_rest_is_still_checked(tmp_path):
    text = f"{HEADER}\n{line(stock_m3='-1.5')}\n".replace(",", ";").replace("10.5", "10,5").replace("0.5", "0,5")
    _rows, faults = read(tmp_path, text)
    assert [(f.row, f.column, f.found) for f in faults] == [(1, "", "`;` between cells"), (2, "stock_m3", "-1.5")]
    assert "commas between cells" in faults[0].mend


def test_a_windows_encoding_is_named_at_its_row_and_the_rest_is_still_checked(tmp_path):
    text = f"{HEADER}\n{line()}\n{line(tank='b', name='Ségou')}\n{line(tank='c', trucks='-1')}\n"
    _rows, faults = read(tmp_path, text.encode("cp1252"))
    assert [(f.row, f.column) for f in faults] == [(3, ""), (4, "trucks")]
    assert "Windows encoding" in faults[0].mend


@pytest.mark.parametrize("content", [b"PK\x03\x04rest of a workbook", HEADER.encode("utf-16"), b"tank\0,name"])
def test_a_workbook_or_utf_16_is_one_clear_fault(tmp_path, content):
    rows, faults = read(tmp_path, content)
    assert rows == ()
    assert ["CSV UTF-8" in fault.mend for fault in faults] == [True]


def test_empty_columns_at_the_end_are_no_fault(tmp_path):
    rows, faults = read(tmp_path, f"{HEADER},,\n{line()},,\n")
    assert faults == []
    assert len(rows) == 1


def test_empty_optional_cells_that_a_spreadsheet_left_out_are_no_fault(tmp_path):
    rows, faults = read(tmp_path, f"{HEADER}\n{line()[:-2]}\n")
    assert faults == []
    assert rows[0]["note"] is None


def test_too_many_or_too_few_cells_are_a_fault_and_the_id_is_kept(tmp_path):
    rows, faults = read(tmp_path, f"{HEADER}\n{line()},more\nb,only\nno id,only\n")
    found = [(f.row, f.found, f.expected) for f in faults]
    assert found == [(2, "13 cells", "12 cells"), (3, "2 cells", "12 cells"), (4, "2 cells", "12 cells")]
    assert [row["tank"] for row in rows] == ["a", "b", None]


def test_an_optional_column_may_be_missing_and_a_required_one_may_not(tmp_path):
    optional = HEADER.replace(",note,extra", "")
    rows, faults = read(tmp_path, f"{optional}\n{line()[:-2]}\n")
    assert faults == []
    assert rows[0]["extra"] is None
    rows, faults = read(tmp_path, f"{HEADER.replace('share', 'shares')}\n{line()}\n")
    assert {(f.row, f.column, f.mend) for f in faults} == {
        (1, "shares", "did you mean share?"),
        (1, "share", "add the column"),
    }
    assert rows == ()


def test_a_heading_twice_or_without_a_name_is_a_fault(tmp_path):
    _rows, faults = read(tmp_path, f"{HEADER.replace('note', 'name')}\n")
    assert [(f.column, f.mend) for f in faults] == [("name", "remove one")]
    _rows, faults = read(tmp_path, f"{HEADER.replace('note', '')}\n")
    assert [f.mend for f in faults] == ["delete the empty column"]


def test_an_unclosed_quote_is_named_at_the_row_where_it_opens(tmp_path):
    _rows, faults = read(tmp_path, f"{HEADER}\n{line()}\n{line(tank='b', name=chr(34) + 'open')}\n{line(tank='c')}\n")
    assert [(f.row, f.mend[:15]) for f in faults] == [(3, "close the quote")]


@pytest.mark.parametrize("content", ["", "\n\n", ",,\n"])
def test_a_file_without_header_points_to_the_schema(tmp_path, content):
    _rows, faults = read(tmp_path, content)
    assert [f.mend for f in faults] == ["see citerne schema tanks"]


def test_a_missing_file_is_a_fault_only_where_the_table_is_required(tmp_path):
    faults = Faults()
    assert read_table(tmp_path / "tanks.csv", TANKS, faults) == ()
    assert [(f.file, f.row) for f in faults.found] == [("tanks.csv", 0)]
    faults = Faults()
    assert read_table(tmp_path / "spare.csv", Table("spare", "", TANKS.columns, required=False), faults) == ()
    assert not faults


def test_long_cells_are_shortened_in_messages(tmp_path):
    _rows, faults = read(tmp_path, f"{HEADER}\n{line(stock_m3='9' * 5000 + 'x')}\n")
    assert len(faults[0].found) == 60


def test_the_mend_for_an_unknown_word_is_the_closest_or_a_list():
    assert closest("bamaco", ["bamako", "kayes"]) == "did you mean bamako?"
    assert closest("zzz", ["bamako", "kayes"]) == "known are bamako, kayes"
    assert closest("zzz", []) == "none is declared"
