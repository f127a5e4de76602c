"""Proofs are judged by their bars and dated by the history; what is red or missing stops the gate."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import proofs
import pytest

ONE = proofs.Expected("sample", "A claim.", ("src/citerne/base",), ("rows/*/gap == 0", "share >= 0.85"))
GOOD = {"command": "c", "commit": "HEAD", "rows": [{"gap": 0}, {"gap": 0.0}], "share": 0.9}


def judged(folder, data, one=ONE):
    (folder / "sample.json").write_text(json.dumps(data), encoding="utf-8")
    return proofs.judged(one, folder)


def test_a_proof_whose_figures_meet_all_bars_is_green(tmp_path):
    state = judged(tmp_path, GOOD)
    assert (state.status, state.missed, state.holds_up_the_gate) == ("green", (), False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share": 0.84}, "share >= 0.85: found 0.84"),
        ({"rows": [{"gap": 0}, {"gap": 1}]}, "found 1"),
        ({"rows": []}, "found nothing"),
        ({"commit": ""}, "`commit` is not stated"),
    ],
)
def test_a_missed_bar_turns_it_red_and_stops_the_gate(tmp_path, change, said):
    state = judged(tmp_path, GOOD | change)
    assert state.status == "red"
    assert state.holds_up_the_gate
    assert said in " ".join(state.missed)


def test_a_figure_that_is_not_there_misses_its_bar(tmp_path):
    data = {key: value for key, value in GOOD.items() if key != "share"}
    assert judged(tmp_path, data).status == "red"


def test_an_admitted_miss_is_red_but_passes(tmp_path):
    state = judged(tmp_path, GOOD | {"share": 0.8}, replace(ONE, admitted="known"))
    assert (state.status, state.holds_up_the_gate) == ("red", False)
    assert "admitted: known" in "\n".join(proofs.section(state))


def test_a_missing_proof_stops_the_gate_even_if_admitted(tmp_path):
    state = proofs.judged(replace(ONE, admitted="known"), tmp_path)
    assert (state.status, state.holds_up_the_gate) == ("missing", True)


def test_a_proof_is_stale_once_code_it_covers_changes(tmp_path, monkeypatch):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@e", *words], cwd=tmp_path, check=True,
                       capture_output=True)  # fmt: skip

    git("init", "-q")
    for name in ("covered.py", "other.py"):
        (tmp_path / name).write_text("1", encoding="utf-8")
    git("add", "."), git("commit", "-qm", "first")
    monkeypatch.setattr(proofs, "ROOT", tmp_path)
    first = proofs.git("rev-parse", "HEAD").strip()
    assert proofs.age(first, ("covered.py",)) == 0
    (tmp_path / "other.py").write_text("2", encoding="utf-8")
    git("commit", "-qam", "second")
    assert proofs.age(first, ("covered.py",)) == 0
    (tmp_path / "covered.py").write_text("2", encoding="utf-8")
    git("commit", "-qam", "third")
    assert proofs.age(first, ("covered.py",)) == 1
    assert proofs.age("0123456789", ("covered.py",)) is None


def test_without_git_the_age_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(proofs, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    state = judged(tmp_path, GOOD)
    assert (state.status, state.age) == ("green", None)
    assert proofs.age_text(state) == "unknown (no history)"


def test_a_proof_without_a_bar_is_refused(tmp_path):
    path = tmp_path / "expected.toml"
    path.write_text('[[proof]]\nname = "x"\nclaim = "y"\ncovers = ["src"]\nbars = []\n', encoding="utf-8")
    with pytest.raises(ValueError, match="x needs bars"):
        proofs.expected(path)


def test_every_expected_proof_covers_paths_that_exist_and_states_well_formed_bars():
    for one in proofs.expected():
        assert all((proofs.ROOT / path).exists() for path in one.covers), one.name
        assert all(proofs.BAR.match(bar) for bar in one.bars), one.name


def test_the_page_shows_every_proof_and_every_score():
    text = proofs.page(proofs.states())
    assert all(f"## {one.name}\n" in text for one in proofs.expected())
    assert "](scores/mali_record.md)" in text
