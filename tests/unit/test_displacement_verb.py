"""The verb: one JSON object, or all faults and exit code 3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import flee_folders as toy
from citerne.cli.main import main


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = 0
    try:
        main(["--lang", "en", "displacement", *(str(argument) for argument in arguments)])
    except SystemExit as stop:
        code = int(stop.code or 0)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_json_holds_the_scores_the_baselines_and_the_parameters(tmp_path: Path, capsys) -> None:
    places = toy.write(tmp_path)
    code, out, _err = call(capsys, places[0], "--validation", places[1], "--days", 40, "--json")
    result = json.loads(out)
    assert code == 0
    assert 0 < result["ard_flee"] < result["ard_camp_sum"] < 2
    assert {"total_x_capacity_shares", "no_capacities", "frozen_at_day_13"} <= set(result["baselines"])
    assert [row["camp"] for row in result["by_camp"]] == ["East camp", "West camp"]
    assert sum(row["error"] for row in result["by_camp"]) == pytest.approx(result["ard_camp_sum"], abs=1e-5)
    assert all(row["low"] <= row["value"] <= row["high"] and row["unit"] for row in result["parameters"])
    assert result["people"]["in_camps"] + result["people"]["still_out"] == result["people"]["total_given"] == 2001
    assert result["in_sample"] is False
    assert result["data_columns"]["divisor_offset"] == 150
    assert result["seconds"] > 0


def test_no_capacity_leaves_the_column_aside(tmp_path: Path, capsys) -> None:
    places = toy.write(tmp_path)
    one = json.loads(call(capsys, places[0], "--validation", places[1], "--no-capacity", "--json")[1])
    blank = toy.INPUT["locations.csv"].replace("camp,,3000", "camp,,").replace("camp,,5000", "camp,,0")
    places = toy.write(tmp_path / "blank", {"locations.csv": blank})
    two = json.loads(call(capsys, places[0], "--validation", places[1], "--json")[1])
    assert one["ard_camp_sum"] == two["ard_camp_sum"]
    assert one["baselines"]["total_x_capacity_shares"] is not None
    assert two["baselines"]["total_x_capacity_shares"] is None


def test_a_malformed_folder_lists_every_fault_and_exits_with_3(tmp_path: Path, capsys) -> None:
    routes = toy.INPUT["routes.csv"].replace("Uphill", "Upphill").replace(",60,", ",sixty,")
    places = toy.write(tmp_path, {"routes.csv": routes, "east.csv": "Date,people\nyesterday,12\n"})
    code, out, err = call(capsys, places[0], "--validation", places[1], "--json")
    assert (code, out) == (3, "")
    assert "routes.csv, row 2, `name1`: found Upphill" in err
    assert "did you mean Uphill?" in err
    assert "routes.csv, row 3, `distance`: found sixty" in err
    assert "east.csv, row 2, `Date`: found yesterday" in err
    assert "Traceback" not in err


def test_a_folder_that_is_not_there_exits_with_2(tmp_path: Path, capsys) -> None:
    assert call(capsys, tmp_path / "no", "--validation", tmp_path)[0] == 2
    assert call(capsys, tmp_path)[0] == 2


def test_the_text_prints_every_line_of_honesty(tmp_path: Path, capsys) -> None:
    places = toy.write(tmp_path)
    code, out, _err = call(capsys, places[0], "--validation", places[1])
    assert code == 0
    for word in ("total_x_capacity_shares", "no_capacities", "frozen_at_day_13", "capacities_blurred_0.5", "accepted"):
        assert word in out
    assert "in sample" not in out
