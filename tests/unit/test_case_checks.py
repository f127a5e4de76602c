"""A case with faults: each kind is named with its place and mend, all at once; a sound case loads."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from citerne.base.errors import DataError, Fault, UsageError
from citerne.case.case import BUNDLED, bundled_cases, load

Cells = dict[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the richer toy case."""
    return Path(shutil.copytree(BUNDLED / "toy_road", tmp_path / "copy"))


def edit(folder: Path, table: str, change: Callable[[list[Cells]], None]) -> None:
    """Let `change` work on the rows of a table, with all its columns as text."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    change(rows)
    columns += [key for row in rows for key in row if key not in columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(columns)), lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def put(folder: Path, table: str, row: int, **cells: str) -> None:
    """Overwrite cells of spreadsheet row `row`."""
    edit(folder, table, lambda rows: rows[row - 2].update(cells))


def add(folder: Path, table: str, **cells: str) -> None:
    """Append a copy of the last row with some cells changed."""
    edit(folder, table, lambda rows: rows.append(rows[-1] | cells))


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(DataError) as caught:
        load(folder)
    assert caught.value.exit_code == 3
    for fault in caught.value.faults:
        assert fault.expected
        assert fault.found
        assert fault.mend
        assert str(fault) in str(caught.value)
    return caught.value.faults


def only(folder: Path) -> tuple[str, int, str, str]:
    """File, row, column and mend of the one fault there is."""
    (fault,) = faults_of(folder)
    return fault.file, fault.row, fault.column, fault.mend


@pytest.mark.parametrize("name", ["toy_depot", "toy_road"])
def test_the_toy_cases_are_sound(name):
    case = load(name)
    assert case.name == name
    assert case.header.hub in case.ids("places")
    assert name in bundled_cases()
    assert case.digest == load(case.folder).digest


def test_an_unknown_place(folder):
    put(folder, "demand", 4, place="midtwn")
    put(folder, "storage", 4, place="midtwn")
    assert {(f.file, f.row, f.column, f.mend) for f in faults_of(folder)} == {
        ("demand.csv", 4, "place", "did you mean midtown?"),
        ("storage.csv", 4, "place", "did you mean midtown?"),
    }


def test_an_unknown_place_on_a_path(folder):
    put(folder, "legs", 3, path="midtown>desert>far_town")
    known = "known are capital, east_border, far_town, midtown, plant_town, port, west_border"
    assert only(folder) == ("legs.csv", 3, "path", known)


def test_a_negative_stock(folder):
    put(folder, "storage", 2, opening_stock_m3="-5")
    assert only(folder) == ("storage.csv", 2, "opening_stock_m3", "check the sign")


def test_kilometres_as_text(folder):
    put(folder, "roads", 4, length_km="480 km")
    assert only(folder) == ("roads.csv", 4, "length_km", "write 480 alone; the column is in km")


def test_a_cycle_in_onward_legs(folder):
    put(folder, "legs", 2, from_place="far_town", path="far_town>midtown")
    file, row, column, mend = only(folder)
    assert (file, column, mend) == ("legs.csv", "from_place", "feed one of them from a hub")
    assert row in (2, 3)


def test_a_place_that_feeds_itself(folder):
    put(folder, "legs", 2, from_place="midtown", path="midtown")
    assert {(f.column, f.mend) for f in faults_of(folder)} == {("from_place", "feed one of them from a hub")}


@pytest.mark.parametrize("table", ["places", "products", "corridors", "demand", "storage", "roads", "parameters"])
def test_a_missing_table_is_one_fault_and_not_one_for_every_row_that_names_it(folder, table):
    (folder / f"{table}.csv").unlink()
    assert only(folder) == (f"{table}.csv", 0, "", "add the file")


def test_a_misspelt_optional_table_is_not_lost_without_a_word(folder):
    (folder / "legs.csv").rename(folder / "Leg.csv")
    assert only(folder) == ("Leg.csv", 0, "", "rename the file")


def test_an_unknown_variant(folder):
    put(folder, "inputs", 3, role="variant", variant="lull:truce")
    assert only(folder) == ("inputs.csv", 3, "variant", "none is declared")
    put(folder, "inputs", 3, role="variant", variant="")
    assert only(folder) == ("inputs.csv", 3, "variant", "write axis:choice")


def test_an_outcome_used_as_input(folder):
    put(folder, "inputs", 3, role="outcome")
    assert only(folder)[:3] == ("inputs.csv", 3, "role")


def test_an_outcome_event_behind_an_input(folder):
    (folder / "events.csv").write_text(
        "event_id,date,date_precision,type,role,summary,known_date,source,confidence\n"
        "burned,2025-01-03,day,attack,outcome,Trucks burned,2025-01-04,a paper,B\n"
    )
    put(folder, "inputs", 3, event_id="burned")
    assert only(folder) == ("inputs.csv", 3, "event_id", "an outcome may not drive a run; remove the row")


def test_an_unknown_lever_target_and_a_value_out_of_bounds(folder):
    put(folder, "inputs", 2, lever="customs", target="", value="0")
    put(folder, "inputs", 3, target="west", value="11")
    assert [(f.column, f.mend) for f in faults_of(folder)] == [
        ("lever", "did you mean customs_h?"),
        ("target", "did you mean west_road?"),
        ("value", "check the unit"),
    ]


def test_a_target_where_the_lever_has_none(folder):
    put(folder, "inputs", 2, target="capital")
    assert only(folder) == ("inputs.csv", 2, "target", "leave it out")


def test_duplicated_ids_and_combinations(folder):
    add(folder, "places", name_en="Twin")
    add(folder, "demand", demand_m3_per_day="3")
    assert [(f.file, f.row, f.column, f.mend) for f in faults_of(folder)] == [
        ("demand.csv", 8, "place", "it stands in row 7 too; keep one"),
        ("places.csv", 9, "place", "it stands in row 8 too"),
    ]


def test_an_empty_key_cell_is_one_fault_each_and_no_duplicate(folder):
    put(folder, "demand", 2, place="", demand_m3_per_day="3")
    put(folder, "demand", 3, place="", product="gasoline", user_class="private")
    assert [(f.file, f.row, f.column, f.mend) for f in faults_of(folder)] == [
        ("demand.csv", 2, "place", "fill the cell"),
        ("demand.csv", 3, "place", "fill the cell"),
    ]


def test_shares_that_do_not_sum_to_one(folder):
    put(folder, "supply", 3, share="0.5")
    assert only(folder) == ("supply.csv", 3, "share", "the 2 rows of gasoline sum to 1.1")


def test_opening_stock_above_capacity(folder):
    put(folder, "storage", 2, opening_stock_m3="9000")
    assert only(folder) == ("storage.csv", 2, "opening_stock_m3", "check both numbers")


def test_demand_or_a_thermal_plant_without_a_tank(folder):
    edit(folder, "storage", lambda rows: rows.pop())
    assert only(folder) == ("plants.csv", 4, "product", "add the tank, even an empty one")
    edit(folder, "storage", lambda rows: rows.pop())
    assert {f.file for f in faults_of(folder)} == {"plants.csv", "demand.csv"}


def test_a_path_without_a_road(folder):
    put(folder, "corridors", 2, path="port>capital", border_place="port")
    assert only(folder) == ("corridors.csv", 2, "path", "add the road or mend the path")


def test_a_border_off_the_path_and_two_roads_between_the_same_places(folder):
    put(folder, "corridors", 2, border_place="capital")
    add(folder, "roads", segment="detour", from_place="far_town", to_place="midtown")
    assert [(f.file, f.column) for f in faults_of(folder)] == [
        ("corridors.csv", "border_place"),
        ("roads.csv", "to_place"),
    ]


def test_a_drop_at_the_hub(folder):
    (folder / "drops.csv").write_text("corridor,place,weight,source,confidence\nwest_road,capital,1,a paper,B\n")
    assert only(folder)[:3] == ("drops.csv", 2, "place")


def test_priors_that_make_no_sense(folder):
    put(folder, "parameters", 2, distribution="uniform")
    put(folder, "parameters", 3, distribution="uniform", low="5", high="5", best="5")
    put(folder, "parameters", 4, distribution="lognormal", low="-1", high="5", best="1")
    put(folder, "parameters", 5, distribution="beta", low="0", high="5", best="1")
    assert [(f.row, f.column) for f in faults_of(folder)] == [(2, "low"), (3, "best"), (4, "low"), (5, "low")]


def test_a_profile_needs_its_twelve_months_and_a_zone_may_name_it(folder):
    head = "profile,month,factor,source,confidence\n"
    (folder / "profiles.csv").write_text(head + "".join(f"dry,{m},1,a paper,B\n" for m in range(1, 12)))
    put(folder, "zones", 2, load_profile="dry")
    put(folder, "plants", 2, profile="wet")
    assert [(f.file, f.column, f.mend) for f in faults_of(folder)] == [
        ("plants.csv", "profile", "known are dry"),
        ("profiles.csv", "month", "add month 12"),
    ]


def test_targets_need_the_numbers_of_their_bound(folder):
    head = "target_id,variable,place,date_start,date_end,aggregation,low,best,high,bound,reliability,known_date\n"
    rows = [
        "a,stock_days,roadland,2025-01-02,2025-01-01,mean,1,2,3,exact,B,2025-01-04",
        "b,stock_days,roadland,2025-01-01,2025-01-02,mean,1,,,interval,B,2025-01-04",
        "c,stock_days,roadland,2025-01-01,2025-01-02,mean,3,2,1,exact,B,2025-01-04",
        "d,stock_days,roadland,2025-01-01,2025-01-02,mean,,2,,at_least,B,2025-01-04",
    ]
    (folder / "targets.csv").write_text(head + "\n".join(rows) + "\n")
    assert [(f.row, f.column) for f in faults_of(folder)] == [(2, "date_end"), (3, "low"), (4, "low"), (5, "low")]


HEADER_FAULTS = [
    ("hub: capital", "hub: capitol", 0, "hub", "did you mean capital?"),
    ("hub: capital", "hubb: capital", 10, "hubb", "did you mean hub?"),
    ("iso3: XXB", "iso3: xb", 4, "iso3", "mend the value"),
    ("start: 2025-01-01", "start: spring", 7, "start", "mend the value"),
    ("record_end: 2025-01-31", "record_end: 2024-01-31", 8, "record_end", "swap the two"),
    ("days: 24", "days: 0", 9, "days", "mend the value"),
    ("{en: Toy road, fr: Route d'essai}", "{en: Toy road}", 2, "name.fr", "add the key"),
    ("country: roadland", "country: capital", 0, "country", "rename the place"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "mend"), HEADER_FAULTS)
def test_a_fault_of_the_header_names_line_and_key(folder, old, new, line, key, mend):
    path = folder / "case.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = {(f.file, f.row, f.column, f.mend) for f in faults_of(folder)}
    assert ("case.yaml", line, key, mend) in found


@pytest.mark.parametrize(
    "text", ["", "a: [", "- a\n- b\n", "a: &x [*x]\n", "start: 2025-99-99\n", "a: 1\na: 2\n", "\x00"]
)
def test_a_header_that_is_no_case_is_a_fault(folder, text):
    (folder / "case.yaml").write_text(text)
    assert {fault.file for fault in faults_of(folder)} == {"case.yaml"}


def test_all_faults_of_all_tables_come_at_once(folder):
    put(folder, "demand", 2, demand_m3_per_day="280 m3")
    put(folder, "storage", 2, opening_stock_m3="-5")
    put(folder, "roads", 4, length_km="480 km")
    put(folder, "legs", 2, from_place="far_town", path="far_town>midtown")
    put(folder, "inputs", 3, role="outcome", variant="lull:truce")
    put(folder, "supply", 2, share="0.7")
    (folder / "theatres.csv").unlink()
    (folder / "zones.csv").write_bytes((folder / "zones.csv").read_bytes().replace(b"Grid", "Réseau".encode("cp1252")))
    assert [(f.file, f.row, f.column) for f in faults_of(folder)] == [
        ("demand.csv", 2, "demand_m3_per_day"),
        ("inputs.csv", 3, "role"),
        ("inputs.csv", 3, "variant"),
        ("legs.csv", 2, "from_place"),
        ("roads.csv", 4, "length_km"),
        ("storage.csv", 2, "opening_stock_m3"),
        ("supply.csv", 3, "share"),
        ("theatres.csv", 0, ""),
        ("zones.csv", 2, ""),
    ]


def test_rows_known_later_are_hidden(folder):
    put(folder, "inputs", 3, known_date="2025-01-20")
    case = load(folder, until=dt.date(2025, 1, 19))
    assert [row["input_id"] for row in case.rows("inputs")] == ["no_customs"]
    assert case.digest != load(folder).digest
    assert len(load(folder, until=dt.date(2025, 1, 20)).rows("inputs")) == 2


@pytest.mark.parametrize("name", ["toy_rod", "/no/such/folder", "x" * 5000, "nul\0byte", ""])
def test_a_case_that_is_not_there_is_a_usage_error(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        load(name)


def test_a_case_is_frozen():
    case = load("toy_depot")
    with pytest.raises(AttributeError):
        case.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        case.tables["places"] = ()  # type: ignore[index]
    with pytest.raises(TypeError):
        case.rows("places")[0]["place"] = "x"  # type: ignore[index]
