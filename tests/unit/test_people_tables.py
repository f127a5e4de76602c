"""The tables of facilities and destinations: faults all at once, questions, and the sets that Mali carries."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from citerne import api
from citerne.base.errors import DataError
from citerne.case.case import BUNDLED, load
from citerne.case.questions import questions_of

MALI = BUNDLED / "mali"


def spoilt(folder: Path, table: str, changes: dict[int, dict[str, str]]) -> Path:
    """A copy of the Mali case in which some cells of one table are replaced; rows count from 0."""
    target = folder / "mali"
    shutil.copytree(MALI, target)
    path = target / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, cells in changes.items():
        rows[number].update(cells)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return target


def test_a_malformed_facility_sheet_lists_all_its_faults(tmp_path: Path) -> None:
    changes = {
        0: {"place": "atlantis", "kind": "casino"},
        1: {"litres_per_hour": "many", "solar_share": "1.5"},
        2: {"stock_l": "9999999", "people_served": "-4"},
        4: {"litres_per_rotation": ""},
        5: {"hours_per_day": "25", "product": "coal", "priority": "0"},
    }
    with pytest.raises(DataError) as caught:
        load(spoilt(tmp_path, "facilities", changes))
    assert caught.value.exit_code == 3
    found = {(fault.row, fault.column) for fault in caught.value.faults if fault.file == "facilities.csv"}
    rows = {number: number + 2 for number in changes}  # the heading is row 1
    assert found == {
        (rows[0], "place"), (rows[0], "kind"), (rows[1], "litres_per_hour"), (rows[1], "solar_share"),
        (rows[2], "stock_l"), (rows[2], "people_served"), (rows[4], "litres_per_rotation"),
        (rows[5], "hours_per_day"), (rows[5], "product"), (rows[5], "priority"),
    }  # fmt: skip


def test_facilities_that_burn_more_than_their_town_is_given_raise_a_question(tmp_path: Path) -> None:
    asked = questions_of(load(spoilt(tmp_path, "facilities", {0: {"litres_per_hour": "9000"}})))
    assert any(q.file == "facilities.csv" for q in asked)
    assert not any(q.file == "facilities.csv" for q in questions_of(load("mali")))


def test_every_town_of_mali_has_its_generic_facilities_and_all_are_marked_as_guesses() -> None:
    case = load("mali")
    rows = case.rows("facilities")
    assert {row["confidence"] for row in rows} == {"E"}
    for user in ("hospital", "water", "telecom"):
        wanted = {r["place"] for r in case.rows("demand") if r["user_class"] == user and r["product"] == "diesel"}
        kinds = {"hospital", "clinic"} if user == "hospital" else {user}
        assert {row["place"] for row in rows if row["kind"] in kinds} == wanted
    assert {row["place"] for row in rows if row["kind"] == "airport"} == {
        row["place"] for row in case.rows("demand") if row["product"] == "jet"
    }


def test_facilities_of_mali_burn_on_a_normal_day_what_their_class_is_given() -> None:
    case = load("mali")
    for user, kinds in (("hospital", ("hospital", "clinic", "cold_chain")), ("water", ("water",))):
        burned = sum(
            r["litres_per_hour"] * r["hours_per_day"] * (1 - r["solar_share"]) / 1000
            for r in case.rows("facilities")
            if r["kind"] in kinds
        )
        given = sum(
            r["demand_m3_per_day"] for r in case.rows("demand") if r["user_class"] == user and r["product"] == "diesel"
        )
        assert burned == pytest.approx(given, rel=0.005)  # litres per hour are rounded to three figures


def test_the_service_of_a_country_is_that_of_its_facilities_weighted_by_people() -> None:
    run = api.run("mali", days=40, members=4, record_all=True, unknowns="prior")
    rows = [row for row in load("mali").rows("facilities") if row["kind"] == "clinic" and row["people_served"]]
    people = np.array([row["people_served"] for row in rows], float)
    each = np.array([run.series("facility_service_share", row["facility"], "") for row in rows])
    country = run.series("facility_service_share", "mali", "clinic")
    assert country.min() < 0.99
    np.testing.assert_allclose(country, np.tensordot(people / people.sum(), each, 1), rtol=1e-5)
