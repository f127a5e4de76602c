"""What moved since the last nowcast: the parts add up, and each part is there when its cause is, and only then."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calibrate_cases import small_country
from citerne.cli.nowcast import command
from citerne.nowcast import ledger
from citerne.nowcast.moved import moved
from nowcast_rows import made, row, situation

FIRST, DAY = dt.date(2025, 1, 8), dt.date(2025, 1, 15)
Change = dict[str, Any]


def stock(number: int, place: str, m3: float, day: int) -> dict[str, Any]:
    return row("stocks", number, dt.date(2025, 1, day), place=place, product="gasoline", stock_m3=m3)


OLD = stock(2, "far_town", 300, 8)
TOWN = stock(3, "midtown", 1, 15)
ATTACK = row("attacks", 2, dt.date(2025, 1, 14), corridor="west_road", trucks_destroyed=60)
HUB = stock(4, "capital", 150, 15)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one nowcast of a week before."""
    path = tmp_path_factory.mktemp("ledger")
    case = small_country()
    ledger.store(path, situation(case, FIRST, OLD), made(case, FIRST, OLD))
    return path


def told(folder: Path, *rows: dict[str, Any]) -> dict[tuple[str, str], Change]:
    case = small_country()
    now = made(case, DAY, OLD, *rows, horizon=30)  # the runs between look 14 days ahead: that must not matter
    found = moved(case, folder, situation(case, DAY, OLD, *rows), now.payload, least=0.0)
    assert found
    for one in found:
        assert one["now"] - one["before"] == pytest.approx(one["time"] + one["country_rows"] + one["own_rows"])
        assert (one["since"], one["settings"]) == ("2025-01-08", [])
    return {(one["place"], one["product"]): one for one in found}


def test_without_new_rows_all_of_the_change_is_time(folder: Path) -> None:
    found = told(folder)
    assert any(one["time"] != 0 for one in found.values())
    assert {(one["country_rows"], one["own_rows"]) for one in found.values()} == {(0, 0)}


def test_a_count_of_a_town_is_that_towns_own_part_and_hardly_anyone_elses(folder: Path) -> None:
    found = told(folder, TOWN)
    town = found.pop(("midtown", "gasoline"))
    assert town["own_rows"] > 0
    assert (town["rows"], town["country_rows"]) == (["stocks:3"], 0)
    for one in found.values():
        assert one["rows"] == []
        assert one["country_rows"] == 0
        # another fuel of the town, and towns that do not live on it, are as they were to the last future
        assert one["own_rows"] == 0 or (one["product"] == "gasoline" and abs(one["own_rows"]) < town["own_rows"])


def test_an_attack_is_in_the_part_of_the_country_and_a_hubs_count_its_own(folder: Path) -> None:
    found = told(folder, ATTACK, HUB)
    hub, town = found["capital", "gasoline"], found["midtown", "gasoline"]
    assert hub["rows"] == ["stocks:4"]
    assert hub["own_rows"] > 0.1
    assert town["own_rows"] == 0
    assert town["country_rows"] != 0
    assert set(town["other_rows"]) == {"attacks:2", "stocks:4"}


def test_what_else_changed_than_time_is_named(folder: Path) -> None:
    case = small_country()
    now = made(case, DAY, OLD, seed=5)
    found = moved(case, folder, situation(case, DAY, OLD), now.payload, least=0.0)
    assert {tuple(one["settings"]) for one in found} == {("seed",)}


def test_the_verb_made_twice_keeps_one_folder_a_day_split_and_alerts_included(tmp_path: Path) -> None:
    sheet, kept = tmp_path / "sheet", tmp_path / "ledger"
    sheet.mkdir()
    lines = ["date,place,product,stock_m3,reliability", "2025-01-08,capital,gasoline,3000,B",
             "2025-01-15,capital,gasoline,150,B"]  # fmt: skip
    (sheet / "stocks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = []
    for day in ("2025-01-08", "2025-01-15", "2025-01-15"):
        words = ["toy_road", "--situation", str(sheet), "--as-of", day, "--ledger", str(kept), "--members", "64"]
        told.append(CliRunner().invoke(command, words))
    assert [one.exit_code for one in told] == [0, 0, 0]
    assert len(list(kept.glob("2025-*"))) == 2
    assert told[1].stdout == told[2].stdout
    assert "Moved since 2025-01-08: capital, gasoline" in told[1].stdout
