"""A folder of runs: listed, indexed, cleaned; the doctor."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from citerne.case.case import load
from citerne.cli.doctor import command as doctor_verb
from citerne.cli.list import command as list_verb
from citerne.ensemble.durable import run_into
from citerne.ensemble.run import Ensemble, Plan
from citerne.results.shelf import INDEX, runs_in
from citerne.results.store import UNFINISHED, sole_writer


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs, one shard, one unfinished run, one unreadable."""
    root = tmp_path_factory.mktemp("runs")
    for seed in (1, 2):
        run_into(Ensemble(load("toy_depot"), Plan(days=8, members=4, seed=seed)), root / f"s{seed}")
    run_into(Ensemble(load("toy_depot"), Plan(days=8, members=4, seed=3)), root / "parts", shard=(1, 2))
    stopped = root / "stopped"
    (stopped / "members").mkdir(parents=True)
    manifest = json.loads((root / "s1" / "manifest.json").read_text())
    (stopped / UNFINISHED).write_text(json.dumps(manifest))
    (stopped / "members" / "chunk_00000.nc").write_bytes(b"half")
    (root / "broken").mkdir()
    (root / "broken" / "manifest.json").write_text("{")
    (root / "notes").mkdir()
    (root / "notes" / "mine.txt").write_text("not a run")
    return root


def test_the_list_shows_every_run_and_writes_an_index_that_others_read(shelf: Path) -> None:
    states = {entry.run: entry.state for entry in runs_in(shelf)}
    assert states == {"broken": "unreadable", "parts/shard-0001-of-0002": "shard", "s1": "finished", "s2": "finished",
                      "stopped": "unfinished"}  # fmt: skip
    (shelf / INDEX).unlink()
    runs_in(shelf)
    with (shelf / INDEX).open(encoding="utf-8") as file:
        rows = {row["run"]: row for row in csv.DictReader(file)}
    assert rows["s2"]["seed"] == "2"
    assert rows["s2"]["members"] == "4"
    assert float(rows["s1"]["size_mb"]) > 0


def test_cleaning_takes_only_unfinished_runs_that_nobody_works_on(shelf: Path) -> None:
    with sole_writer(shelf / "stopped"):
        CliRunner().invoke(list_verb, [str(shelf), "--clean"], catch_exceptions=False)
        assert (shelf / "stopped" / "members" / "chunk_00000.nc").exists()
    done = CliRunner().invoke(list_verb, [str(shelf), "--clean", "--json"], catch_exceptions=False)
    assert {run["run"] for run in json.loads(done.stdout)["runs"]} >= {"s1", "s2", "broken"}
    assert not (shelf / "stopped").exists()
    assert (shelf / "notes" / "mine.txt").exists()


def test_the_doctor_finds_a_sound_installation() -> None:
    done = CliRunner().invoke(doctor_verb, ["--json"], catch_exceptions=False)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.exit_code == 0)
    found = {check["check"]: check["ok"] for check in report["checks"]}
    assert found["numba"]
    assert found["case toy_road"]
