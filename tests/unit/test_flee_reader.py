"""Reading Flee's file layout: its many spellings, and all faults at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import flee_folders as toy
from citerne.base.errors import DataError, UsageError
from citerne.displacement.flow import ground_of
from citerne.displacement.layout import NEVER
from citerne.displacement.reader import read_conflict
from citerne.displacement.series import flee_columns


def columns(conflict):
    return np.column_stack(flee_columns(conflict))


def test_quotes_marks_blank_lines_and_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = toy.conflict(tmp_path / "plain")
    quoted = toy.INPUT["locations.csv"].replace("Uphill,North", '"Uphill" , "North"').lstrip("#")
    messy = toy.conflict(
        tmp_path / "messy",
        {
            "locations.csv": "\ufeff" + quoted.replace("\n", "\r\n") + "\r\n\r\n",
            "routes.csv": toy.INPUT["routes.csv"].replace("#", "") + "# a remark of the compiler\n",
            "east.csv": toy.VALIDATION["east.csv"].replace("#Date,people\n", "").rstrip("\n"),
            "west.csv": toy.VALIDATION["west.csv"].replace("DateTime,people", "#when,réfugiés") + "\n",
            "data_layout.csv": "#name,file\n" + toy.VALIDATION["data_layout.csv"] + "\n",
            "conflicts.csv": toy.INPUT["conflicts.csv"].replace(",", ", "),
        },
    )
    assert messy.locations == plain.locations
    assert messy.routes == plain.routes
    assert (columns(messy) == columns(plain)).all()
    assert (messy.intensity == plain.intensity).all()


@pytest.mark.parametrize(
    "spell",
    [
        lambda y, m, d: f"{d}/{m}/{y}",
        lambda y, m, d: f"{m}/{d}/{y}",
        lambda y, m, d: f"{d}.{m}.{y}",
        lambda y, m, d: f"{y}/{m}/{d}",
        lambda y, m, d: f"{y}{m}{d}",
        lambda y, m, d: f"{y}-{m}-{d} 00:00:00",
        lambda y, m, d: f"{d}-{m}-{y[2:]}",
    ],
)
def test_dates_may_be_spelt_in_any_usual_way(tmp_path: Path, spell) -> None:
    plain = toy.conflict(tmp_path / "plain")
    rows = [line.split(",") for line in toy.VALIDATION["east.csv"].splitlines()[1:]]
    text = "".join(f"{spell(*date.split('-'))},{people}\n" for date, people in rows)
    other = toy.conflict(tmp_path / "other", {"east.csv": text})
    assert (columns(other) == columns(plain)).all()


def test_without_a_conflicts_file_the_days_of_the_locations_count(tmp_path: Path) -> None:
    given = toy.conflict(tmp_path / "given")
    dated = toy.conflict(tmp_path / "dated", {"conflicts.csv": None})
    assert dated.zones == given.zones == ("Uphill", "Downhill")
    assert (dated.intensity == given.intensity).all()


def test_closures_and_corrections_may_be_missing_and_the_period_have_its_old_name(tmp_path: Path) -> None:
    changed = {"closures.csv": None, "registration_corrections.csv": None, "sim_period.csv": None}
    conflict = toy.conflict(tmp_path, {**changed, "conflict_period.csv": toy.INPUT["sim_period.csv"]})
    assert (conflict.closures, conflict.corrections, conflict.length_days) == ((), (), 40)


def test_a_conflict_table_that_ends_early_holds_and_says_so(tmp_path: Path) -> None:
    short = "".join(toy.INPUT["conflicts.csv"].splitlines(keepends=True)[:21])
    conflict = toy.conflict(tmp_path, {"conflicts.csv": short})
    assert (conflict.intensity[19:] == 1).all()
    assert any("conflicts.csv ends on day 19" in text for text in conflict.remarks)


def test_camps_without_a_capacity_take_people_without_limit(tmp_path: Path) -> None:
    conflict = toy.conflict(tmp_path, {"locations.csv": toy.INPUT["locations.csv"].replace("camp,,3000", "camp,,")})
    assert ground_of(conflict).capacity_people.tolist() == [np.inf, 5000]
    assert any("no capacity for East camp" in text for text in conflict.remarks)


def test_a_closure_shuts_its_road_from_the_first_day_until_the_day_before_the_last(tmp_path: Path) -> None:
    ground = ground_of(toy.conflict(tmp_path))
    lengths = [ground.roads.on(day)[0].tolist() for day in (0, 7, 8)]
    assert lengths == [[270, np.inf], [270, np.inf], [270, 270]]


@pytest.mark.parametrize("end", ["", "3", "2001-01-04"])
def test_a_closure_without_a_later_end_stays(tmp_path: Path, end: str) -> None:
    conflict = toy.conflict(tmp_path, {"closures.csv": f"location,Market,,9,{end}\n"})
    assert conflict.closures[0].end_day == NEVER
    assert np.isinf(ground_of(conflict).roads.on(39)).all()


def test_links_camps_and_dates_can_be_closed(tmp_path: Path) -> None:
    text = "link,East camp,Market,2001-01-06,2001-01-11\ncamp,West camp,,20,\n"
    roads = ground_of(toy.conflict(tmp_path, {"closures.csv": text})).roads
    assert [np.isfinite(roads.on(day)[0]).tolist() for day in (4, 5, 9, 10, 20)] == [
        [True, True], [False, True], [False, True], [True, True], [True, False]]  # fmt: skip


@pytest.mark.parametrize("flag", ["1", "2"])
def test_a_hub_with_a_forced_redirection_sends_everybody_on_to_its_camp(tmp_path: Path, flag: str) -> None:
    locations = (
        toy.INPUT["locations.csv"] + "Hub,Border,There,2,2.5,forwarding_hub,,\nStone,Border,There,2,2,marker,,\n"
    )
    ends = "Hub,East camp" if flag == "1" else "East camp,Hub"
    routes = (
        f"Uphill,Hub,50,0\nDownhill,Hub,50,0\n{ends},10,{flag}\nHub,West camp,5,\nHub,Stone,1,0\nStone,West camp,1,0\n"
    )
    conflict = toy.conflict(tmp_path, {"locations.csv": locations, "routes.csv": routes, "closures.csv": None})
    assert ground_of(conflict).roads.on(0).tolist() == [[60, np.inf], [60, np.inf]]


def test_a_redirection_can_be_lifted(tmp_path: Path) -> None:
    routes = toy.INPUT["routes.csv"].replace("Market,East camp,150,0", "Market,East camp,150,1")
    closures = "remove_forced_redirection,Market,East camp,5,9\n"
    roads = ground_of(toy.conflict(tmp_path, {"routes.csv": routes, "closures.csv": closures})).roads
    assert [np.isfinite(roads.on(day)[0]).tolist() for day in (4, 5, 9)] == [[True, False], [True, True], [True, False]]


def test_files_of_one_camp_are_added_at_the_dates_of_both(tmp_path: Path) -> None:
    layout = toy.VALIDATION["data_layout.csv"].replace("east.csv", "east.csv,west.csv")
    conflict = toy.conflict(tmp_path, {"data_layout.csv": layout})
    east = conflict.layout[1]
    assert dict(zip(east.day.tolist(), east.people.tolist(), strict=True)) == {
        0: 150, 8: 750, 12: 750, 20: 1900, 30: 1900, 39: 2001}  # fmt: skip


def faults_of(tmp_path: Path, changed: dict[str, str | None]) -> set[tuple[str, int, str]]:
    with pytest.raises(DataError) as caught:
        toy.conflict(tmp_path, changed)
    assert all(fault.found and fault.expected and fault.mend for fault in caught.value.faults)
    return {(fault.file, fault.row, fault.column) for fault in caught.value.faults}


def test_all_faults_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    locations = toy.INPUT["locations.csv"].replace("Market,South,Here,2.0", "Market,South,Here,far").replace(
        "9000", "-9000").replace("Yonder,2.0,1.0,camp", "Yonder,2.0,1.0,kamp")  # fmt: skip
    changed: dict[str, str | None] = {
        "sim_period.csv": "StartDate,someday\nLength,40\n",
        "locations.csv": locations,
        "routes.csv": toy.INPUT["routes.csv"].replace("Downhill,Market,60", "Downhil,Market,short"),
        "closures.csv": "border,Here,There,0,8\ncountry,Here,Yondar,x,8\n",
        "conflicts.csv": toy.INPUT["conflicts.csv"].replace("\n3,1,0,0", "\n3,1,0").replace("\n5,1,", "\n5,much,"),
        "east.csv": toy.VALIDATION["east.csv"].replace("2001-01-21", "2001-13-41"),
        "west.csv": toy.VALIDATION["west.csv"].replace(",1000", ",-1000"),
        "data_layout.csv": toy.VALIDATION["data_layout.csv"].replace("all.csv", "al.csv"),
        "registration_corrections.csv": "West kamp,2001-01-31\n",
    }
    assert faults_of(tmp_path, changed) >= {
        ("sim_period.csv", 1, "startdate"),
        ("locations.csv", 3, "population"),
        ("locations.csv", 4, "latitude"),
        ("locations.csv", 6, "location_type"),
        ("routes.csv", 3, "name1"),
        ("routes.csv", 3, "distance"),
        ("closures.csv", 1, "closure_type"),
        ("closures.csv", 2, "name2"),
        ("closures.csv", 2, "closure_start"),
        ("conflicts.csv", 5, ""),
        ("conflicts.csv", 7, "Uphill"),
        ("east.csv", 4, "Date"),
        ("west.csv", 4, "people"),
        ("data_layout.csv", 1, "file"),
        ("registration_corrections.csv", 1, "name"),
    }


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"routes.csv": None}, ("routes.csv", 0, "")),
        ({"data_layout.csv": None}, ("data_layout.csv", 0, "")),
        ({"sim_period.csv": None}, ("sim_period.csv", 0, "")),
        ({"data_layout.csv": "total,all.csv\nEast camp,east.csv\n"}, ("data_layout.csv", 0, "West camp")),
        ({"conflicts.csv": "#Day,Uphil\n0,1\n"}, ("conflicts.csv", 1, "Uphil")),
        ({"conflicts.csv": "#Day,Uphill\n0,0\n"}, ("conflicts.csv", 0, "")),
        ({"east.csv": "Date,people\n"}, ("east.csv", 0, "")),
        ({"locations.csv": "#name,region,country,latitude,longitude,conflict_date,population\n"},
         ("locations.csv", 1, "location_type")),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(tmp_path: Path, changed, fault) -> None:
    assert fault in faults_of(tmp_path, changed)


def test_a_misspelt_country_is_a_fault_and_a_country_without_places_a_remark(tmp_path: Path) -> None:
    assert ("closures.csv", 1, "name2") in faults_of(tmp_path / "a", {"closures.csv": "country,Here,yonder,0,8\n"})
    conflict = toy.conflict(tmp_path / "b", {"closures.csv": "country,Here,Atlantis,0,8\n"})
    assert any("Atlantis" in text for text in conflict.remarks)


def test_a_correction_without_a_report_on_its_date_is_a_remark(tmp_path: Path) -> None:
    conflict = toy.conflict(tmp_path, {"registration_corrections.csv": "West camp,2001-01-30\n"})
    assert conflict.corrections == ()
    assert any("no report on that date" in text for text in conflict.remarks)


def test_a_folder_that_does_not_exist_is_an_error_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_conflict(tmp_path / "nowhere", tmp_path)
    with pytest.raises(UsageError):
        read_conflict(*toy.write(tmp_path), days=1)
