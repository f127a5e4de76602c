"""Randomised schedules: exact chances, planned numbers, private seeds, no two alike."""

from __future__ import annotations

import datetime as dt
import json
import stat

import numpy as np
import pytest

from citerne.base.errors import UsageError
from citerne.plan.schedule import draw_schedule, write_private

CORRIDORS = ("dakar", "abidjan", "conakry", "lome")
DAYS = tuple(dt.date(2025, 11, 1) + dt.timedelta(days=day) for day in range(7))
# each day sums to 2, the fourth corridor is always escorted on the last day and never on the first
COVERAGE = np.tile([[0.9], [0.6], [0.3], [0.2]], (1, 7))
COVERAGE[:, 0] = [0.9, 0.7, 0.4, 0.0]
COVERAGE[:, 6] = [0.5, 0.4, 0.1, 1.0]


def test_every_cell_is_escorted_as_often_as_its_coverage_says():
    draws = 4000
    share = np.mean(
        [draw_schedule(COVERAGE, corridors=CORRIDORS, days=DAYS, seed=seed).escorted for seed in range(draws)], axis=0
    )
    standard_error = np.sqrt(COVERAGE * (1 - COVERAGE) / draws)
    assert (np.abs(share - COVERAGE) <= 4 * standard_error).all()


def test_each_day_gets_its_planned_number_of_escorts():
    for seed in range(50):
        drawn = draw_schedule(COVERAGE, corridors=CORRIDORS, days=DAYS, seed=seed)
        np.testing.assert_array_equal(drawn.escorted.sum(axis=0), 2)


@pytest.mark.parametrize("seed", range(20))
def test_days_and_total_differ_from_the_plan_by_rounding_only(seed):
    coverage = np.random.default_rng(seed).random((4, 7))
    drawn = draw_schedule(coverage, corridors=CORRIDORS, days=DAYS, seed=seed)
    assert (np.abs(drawn.escorted.sum(axis=0) - coverage.sum(axis=0)) < 1).all()
    assert abs(drawn.escorted.sum() - coverage.sum()) < 1


def test_two_plans_from_the_same_inputs_do_not_draw_the_same_schedule():
    days = tuple(dt.date(2025, 11, 1) + dt.timedelta(days=day) for day in range(60))
    first, second = (draw_schedule(np.full((4, 60), 0.5), corridors=CORRIDORS, days=days) for _ in range(2))
    assert first.seed != second.seed
    assert not np.array_equal(first.escorted, second.escorted)


def test_the_owner_can_check_a_draw_from_the_private_file_and_nobody_else_sees_the_seed(tmp_path):
    drawn = draw_schedule(COVERAGE, corridors=CORRIDORS, days=DAYS)
    write_private(drawn, tmp_path / "plan.json")
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o600
    kept = json.loads((tmp_path / "plan.json").read_text())
    again = draw_schedule(np.array(kept["coverage"]), corridors=CORRIDORS, days=DAYS, seed=int(kept["seed"]))
    np.testing.assert_array_equal(again.escorted, drawn.escorted)
    assert kept["escorted"] == drawn.rows()
    assert str(drawn.seed) not in repr(drawn)
    assert all(set(row) == {"day", "corridor"} for row in drawn.rows())
    with pytest.raises(UsageError, match="not overwritten"):
        write_private(drawn, tmp_path / "plan.json")


def test_a_coverage_that_is_no_chance_is_refused():
    with pytest.raises(UsageError, match="outside 0 to 1"):
        draw_schedule(COVERAGE * 1.5, corridors=CORRIDORS, days=DAYS)
    with pytest.raises(UsageError, match="expected 4 corridors by 6 days"):
        draw_schedule(COVERAGE, corridors=CORRIDORS, days=DAYS[:6])
