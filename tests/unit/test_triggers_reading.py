"""Triggers in policy files: two ways to write them, and everything that is wrong at once."""

from __future__ import annotations

import inspect
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citerne.base.errors import DataError, UsageError
from citerne.case.case import Case, load
from citerne.case.policies import read_policy
from citerne.case.triggers import Trigger, contradict, parse_trigger
from citerne.model.levers import lay_plan
from citerne.model.outcomes import Catalogue
from citerne.model.triggers import trigger_constants
from citerne.model.world import build_world
from citerne.process import triggers as process
from citerne.schema.levers import LEVERS
from citerne.schema.watched import MOVED_LEVERS, WATCHED_FIELDS, WATCHED_OUTCOMES

HEAD = "name: {en: One, fr: Un}\ndescription: {en: One., fr: Un.}\ntriggers:\n"
TEXT = "when stock_days(town, gasoline) < 5 for 2 days then ration_share(diesel) = 0.5 for 14 days, wait 7 days"


@pytest.fixture(scope="module")
def depot() -> Case:
    return load("toy_depot")


def refused(folder: Path, case: Case, *rules: str) -> list[tuple[int, str, str]]:
    """Line, key and mend of every fault."""
    path = folder / "one.yaml"
    path.write_text(HEAD + "".join(f"  - {rule}\n" for rule in rules), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_policy(path, case)
    return [(fault.row, fault.column, fault.mend) for fault in caught.value.faults]


def test_text_and_keys_say_the_same(tmp_path: Path, depot: Case) -> None:
    path = tmp_path / "one.yaml"
    keys = (
        '{variable: stock_days, place: town, product: gasoline, test: "<", threshold: 5, after_days: 2, '
        "lever: ration_share, target: diesel, value: 0.5, lasts_days: 14, wait_days: 7}"
    )
    path.write_text(HEAD + f"  - {TEXT}\n", encoding="utf-8")
    (one,) = read_policy(path, depot).triggers
    path.write_text(HEAD + f"  - {keys}\n", encoding="utf-8")
    assert read_policy(path, depot).triggers == (one,)
    assert (one.after_days, one.lasts_days, one.wait_days) == (2, 14, 7)


numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))
words = st.from_regex(r"[a-z][a-z_]{0,8}[a-z]", fullmatch=True)


rules = st.builds(
    Trigger, variable=words, place=words, product=st.one_of(st.just(""), words),
    test=st.sampled_from(["<", "<=", ">", ">="]), threshold=numbers, after_days=st.integers(1, 99), lever=words,
    target=st.one_of(st.just("all"), words), value=numbers, lasts_days=st.integers(1, 99), wait_days=st.integers(0, 99),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rules)
def test_reading_the_sentence_of_a_rule_gives_the_rule(rule: Trigger) -> None:
    assert parse_trigger(rule.sentence()) == rule


def test_what_is_left_out_has_the_plain_meaning() -> None:
    rule = parse_trigger("when dry_share(xland)>=0.2 then mobility=0.9")
    assert (rule.product, rule.after_days, rule.target, rule.lasts_days, rule.wait_days) == ("", 1, "all", 1, 0)


def test_all_faults_of_triggers_come_at_once(tmp_path: Path, depot: Case) -> None:
    found = refused(
        tmp_path, depot,
        "when stok_days(town) < 5 then mobility = 0.9",
        "when stock_days(twn, petrol) < 5 then mobility = 0.9",
        "when stock_days(town) < 5 then mobilty = 0.9",
        "when stock_days(town) < 5 then ration_share(gasolin) = 3",
        "when stock_days(town) < 0 then mobility = 0.9",
        "when stations_open_share(town) > 1 then mobility = 0.9",
        "when stations_open_share(town) <= 1 then mobility = 0.9",
        "when stock_days(town) < 5 then truce = 1",
        "when ambush_hazard(west) > 5 then mobility = 0.9",
    )  # fmt: skip
    assert [(row, column) for row, column, _mend in found] == [
        (4, "variable"), (5, "place"), (5, "product"), (6, "lever"), (7, "target"), (7, "value"), (8, "threshold"),
        (9, "threshold"), (10, "threshold"), (11, "lever"), (12, "variable"),
    ]  # fmt: skip
    assert found[0][2] == "did you mean stock_days?"
    assert found[1][2] == "did you mean town?"
    assert all(mend for _row, _column, mend in found)


MALFORMED = [
    "whenever stock_days(town) < 5 then mobility = 1",
    "when stock_days(town) = 5 then mobility = 1",
    "when stock_days < 5 then mobility = 1",
    "when stock_days(town) < five then mobility = 1",
    "when stock_days(town) < 5 then mobility",
    "when stock_days(town) < 5 for 0 days then mobility = 1",
    "when stock_days(town) < 1.2.3 then mobility = 1",
    "{variable: stock_days}",
    "7",
]


@pytest.mark.parametrize("rule", MALFORMED)
def test_a_malformed_rule_is_a_fault_on_its_line(tmp_path: Path, depot: Case, rule: str) -> None:
    assert {row for row, _column, _mend in refused(tmp_path, depot, rule)} == {4}


def test_a_policy_without_any_row_is_refused(tmp_path: Path, depot: Case) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(HEAD.removesuffix("triggers:\n"), encoding="utf-8")
    with pytest.raises(DataError, match="at least one set or trigger"):
        read_policy(path, depot)


PAIRS = [
    ("< 5", 0.7, "< 3", 0.5, False),  # a stage
    ("< 3", 0.5, "< 5", 0.7, True),  # the later one covers the earlier
    ("< 5", 0.7, "< 5", 0.5, True),
    ("< 5", 0.7, "< 5", 0.7, False),
    ("< 5", 0.7, "> 5", 0.5, False),
    ("<= 5", 0.7, ">= 5", 0.5, True),
    ("< 5", 0.7, "> 3", 0.5, True),
    ("> 3", 0.7, "> 9", 0.5, False),
]


@pytest.mark.parametrize(("one", "first", "other", "second", "clash"), PAIRS)
def test_rules_that_contradict_each_other_are_found(
    tmp_path: Path, depot: Case, one: str, first: float, other: str, second: float, clash: bool
) -> None:
    rules = [f"when stock_days(town) {test} then mobility = {value}" for test, value in ((one, first), (other, second))]
    assert contradict(*(parse_trigger(rule) for rule in rules)) is clash
    if clash:
        assert [row for row, _column, _mend in refused(tmp_path, depot, *rules)] == [5]


def test_every_outcome_that_may_be_watched_can_be() -> None:
    case = load("mali")
    series = Catalogue(case, build_world(case, lay_plan(case, 1, ()), 1), everything=True).series()
    seen = {one.variable for one in series if one.field in WATCHED_FIELDS}
    assert seen >= set(WATCHED_OUTCOMES)
    missed = {one.variable for one in series if one.variable in WATCHED_OUTCOMES and one.field not in WATCHED_FIELDS}
    assert not missed


def test_the_branches_of_the_process_follow_the_declared_orders() -> None:
    asked = list(inspect.signature(process.step).parameters)
    first = asked.index(WATCHED_FIELDS[0])
    assert tuple(asked[first : first + len(WATCHED_FIELDS)]) == WATCHED_FIELDS
    text = inspect.getsource(process.step)
    looks = re.findall(r"look\((\w+),", text)
    moves = re.findall(r"move\(lever_(\w+),", text)
    assert tuple(looks) == WATCHED_FIELDS
    assert tuple(moves) == MOVED_LEVERS


def test_every_lever_that_a_trigger_may_move_is_one_that_a_policy_may_choose() -> None:
    assert set(MOVED_LEVERS) <= {lever.name for lever in LEVERS if lever.kind == "policy"}


STRAY = [
    "when queue_hours(port, gasoline) > 5 then mobility = 1",
    "when stock_days(town) < 5 then leg_weight(port) = 2",
]


@pytest.mark.parametrize("rule", STRAY)
def test_what_the_model_does_not_have_is_a_usage_error(depot: Case, rule: str) -> None:
    series = Catalogue(depot, build_world(depot, lay_plan(depot, 1, ()), 1), everything=True).series()
    with pytest.raises(UsageError, match="A trigger"):
        trigger_constants(depot, [parse_trigger(rule)], series)


def test_later_and_earlier_are_never_both_right() -> None:
    rules = [parse_trigger(f"when stock_days(town) {t} {x} then mobility = {x / 10}")
             for t, x in itertools.product("<>", (2, 4, 6))]  # fmt: skip
    for one, other in itertools.combinations(rules, 2):
        overlap = {x / 2 for x in range(1, 20) if _holds(one, x / 2) and _holds(other, x / 2)}
        assert (contradict(one, other) and contradict(other, one)) <= bool(overlap)
        assert contradict(one, other) or contradict(other, one) or not overlap


def _holds(rule: Trigger, x: float) -> bool:
    return x < rule.threshold if rule.test == "<" else x > rule.threshold
