"""Rules of early warning: read from the sheet, questioned where they cannot mean what they say, told by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from citerne.case.case import load
from citerne.engine.fields import World
from citerne.nowcast.nowcast import make_ensemble
from citerne.nowcast.questions import Sorted, sort_rows
from citerne.nowcast.reading import read_situation
from citerne.nowcast.rules import DEFAULT_RULES, Rule, Watch, rules_of, watchable
from citerne.nowcast.sheet import QUANTITIES, WORDS_FR

DAY = dt.date(2025, 1, 8)
HEAD = "rule,quantity,place,product,comparison,threshold,within_days,chance,text_en,text_fr\n"


def sheet(folder: Path, *lines: str, name: str = "rules") -> Sorted:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text(HEAD + "".join(line + "\n" for line in lines), encoding="utf-8")
    return sort_rows(load("toy_road"), read_situation(folder, load("toy_road")), DAY)


def test_rules_of_a_sheet_replace_the_default_ones_and_hold_without_a_date(tmp_path: Path) -> None:
    found = sheet(tmp_path / "s", "low,stock_days,Capitale,diesel,<,3,,80,Little diesel,Peu de gazole",
                  "dry,dry_within,,,>=,30,,,,", name="Règles")  # fmt: skip
    assert found.set_aside == ()
    assert rules_of(load("toy_road"), found.rules) == (
        Rule("low", "stock_days", "<", 3.0, 1, "capital", "diesel", 80.0, "Little diesel", "Peu de gazole"),
        Rule("dry", "dry_within", ">=", 30.0, 14),
    )
    assert "rules" not in found.rows
    assert rules_of(load("toy_road"), ()) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("line", "column", "mend"),
    [
        ("r,dry_within,,,>=,0.5,7,,,", "threshold", "50"),
        ("r,dry_within,,,>=,120,7,,,", "threshold", "at most 100"),
        ("r,dry_within,capitol,,>=,50,7,,,", "place", "did you mean capital?"),
        ("r,tankers_waiting_border,,diesel,>,50,7,,,", "product", "empty"),
        ("r,stock_days,,,<,3,7,0.8,,", "chance", "80"),
        ("r,wish,,,<,3,7,,,", "quantity", "known are"),
        ("r,stock_days,,,=,3,7,,,", "comparison", "did you mean"),
        ("r,stock_days,,,<,3,0,,,", "within_days", "unit"),
    ],
)
def test_a_rule_that_cannot_mean_what_it_says_is_set_aside_with_its_mend(
    tmp_path: Path, line: str, column: str, mend: str
) -> None:
    found = sheet(tmp_path / "s", line)
    (fault,) = found.set_aside
    assert (fault.file, fault.row, fault.column) == ("rules", 2, column)
    assert mend in fault.mend
    assert found.rules == ()


def world() -> World:
    return make_ensemble(load("toy_road"), DAY, 1, (), members=32, seed=1).engine.world


def test_of_two_rules_with_one_name_the_second_is_set_aside(tmp_path: Path) -> None:
    found = sheet(tmp_path / "s", "r,dry_within,,,>=,50,7,,,", "r,dry_within,,,>=,60,7,,,")
    assert [(f.row, f.column) for f in found.set_aside] == [(3, "rule")]
    assert [row["threshold"] for row in found.rules] == [50]


def test_values_of_rules_by_hand() -> None:
    case = load("toy_road")
    rules = (Rule("dry", "dry_within", ">=", 50.0, 2), Rule("short", "stock_days", "<", 3.0, 2, "capital", "diesel"),
             Rule("long", "stock_days", ">", 8.5, 2, "capital", "diesel"),
             Rule("far", "dry_within", ">=", 50.0, 9))  # fmt: skip
    watch = Watch(case, world(), rules)
    assert [(s.variable, s.place, s.product) for s in watch.series] == [("stock_days", "capital", "diesel")]
    cell = (watch.places.index("capital"), watch.products.index("diesel"))
    share = np.array([[[0.5, 0.05, 0.5, 0.5]], [[0.5, 0.5, 0.0, 0.0]], [[0, 0, 0, 0]]])  # dry in 1, then 3 of 4
    days = np.array([[[4, 2, 9, 8]], [[2, 5, 9, 9]], [[0, 0, 0, 0]]])  # of two days: smallest 2 2 9 8, largest 4 5 9 9
    dry, short, long = watch.values([cell], share, days, 0.1)
    assert (dry["value"], dry["chance"], dry["reached"], dry["fired"]) == (75, 75, 2, True)
    assert (short["value"], short["chance"], short["reached"], short["fired"]) == (5, 50, 2, True)
    assert (long["value"], long["chance"], long["reached"], long["fired"]) == (7, 50, 2, True)


def test_a_border_post_is_watched_as_the_sum_of_its_corridors() -> None:
    case = load("toy_road")
    known = watchable(case, world())
    for post in {row["border_place"] for row in case.rows("corridors")}:
        own = [row["corridor"] for row in case.rows("corridors") if row["border_place"] == post]
        parts = [cell for corridor in own for cell in known["tankers_waiting_border", corridor, ""].cells]
        assert sorted(known["tankers_waiting_border", post, ""].cells) == sorted(parts)


def test_every_quantity_has_a_french_word(tmp_path: Path) -> None:
    words = [french for french, english in WORDS_FR.items() if english in QUANTITIES]
    lines = [f"r{k},{word},,,<,50,1,,," for k, word in enumerate(words)]
    found = sheet(tmp_path / "s", *lines)
    assert found.set_aside == ()
    assert {row["quantity"] for row in found.rules} == set(QUANTITIES)
