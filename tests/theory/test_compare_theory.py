"""Arithmetic of paired comparisons and of selecting the best, against figures and against known laws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from citerne.plan.compare import Measure, difference, paired_variance, select_best, variance_reduction
from citerne.results.results import SeriesKey


def test_a34_a_paired_difference_has_the_worked_variance() -> None:
    assert paired_variance(10, 10, 0.8) == pytest.approx(40.0, abs=1e-12)
    assert (10**2 + 10**2) / paired_variance(10, 10, 0.8) == pytest.approx(5.0)


def test_the_measured_reduction_is_that_of_the_correlation() -> None:
    rng = np.random.default_rng(1)
    n, rho = 40_000, 0.8
    one = rng.normal(0, 10, n)
    other = 3 + rho * one + math.sqrt(1 - rho**2) * rng.normal(0, 10, n)
    # a ratio of variances of n pairs: relative standard error below 2 sqrt(2 / n)
    assert variance_reduction(one, other) == pytest.approx(5.0, rel=4 * 2 * math.sqrt(2 / n))
    whole = np.round(one)  # sums of whole numbers are exact
    assert variance_reduction(whole, whole + 2) == math.inf
    assert variance_reduction(np.ones(5), np.ones(5)) == 1.0


def test_the_interval_of_the_mean_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    base = Measure(SeriesKey("stock_days", "town", "all", "days"), "min", "days", rng.normal(0, 1, 200))
    held = 0
    trials = 2000
    for _trial in range(trials):
        values = base.values + rng.normal(0.3, 2.0, 200)
        row = difference(base, values, "p", "b")
        held += row.mean_low <= 0.3 <= row.mean_high
    assert abs(held / trials - 0.9) < 4 * math.sqrt(0.9 * 0.1 / trials) + 0.003  # 0.003: normal for Student's t, 199 df


@pytest.mark.parametrize(
    ("variable", "share"), [("stock_days", 0.75), ("queue_hours", 0.25), ("secured_convoys", None)]
)
def test_better_goes_by_the_way_that_is_good_for_civilians(variable: str, share: float | None) -> None:
    base = Measure(SeriesKey(variable, "town", "all", ""), "mean", "", np.zeros(4))
    row = difference(base, np.array([1.0, 2.0, 3.0, -1.0]), "p", "b")
    assert row.probability_better == share
    assert row.mean == 1.25


def test_the_best_of_five_is_kept_at_the_stated_confidence() -> None:
    # the least favourable case: all others are worse by just what matters; correlated draws
    rng = np.random.default_rng(3)
    right, trials = 0, 300
    for _trial in range(trials):
        luck = rng.normal(0, 2, 600)
        values = {f"p{k}": luck + rng.normal(0.5 if k == 2 else 0.0, 1.0, 600) for k in range(5)}
        ranked = select_best(values, matters=0.5, confidence=0.9)
        kept = [item.policy for item in ranked if item.kept]
        assert len(kept) >= 1
        right += "p2" in kept and kept[0] == "p2"
    assert right / trials > 0.9 - 4 * math.sqrt(0.9 * 0.1 / trials)


def test_policies_that_are_the_same_are_all_kept() -> None:
    values = np.random.default_rng(4).normal(0, 1, 300)
    ranked = select_best({"a": values, "b": values.copy(), "c": values - 5}, matters=0.1)
    assert [item.policy for item in ranked if item.kept] == ["a", "b"]
    assert ranked[-1].policy == "c"
    assert ranked[-1].futures <= 30, "a policy five units worse is set aside at once"
