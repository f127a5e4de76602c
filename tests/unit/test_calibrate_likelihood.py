"""The observation model: what each kind of report allows, how rivals are kept apart, what the gate says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from calibrate_cases import target
from citerne.calibrate.gate import implausibility, prior_gate
from citerne.calibrate.likelihood import one_row, rivals_of
from citerne.calibrate.moves import weak_unknowns
from citerne.calibrate.observe import OFF, WRONG, error_of, reporting_error
from citerne.calibrate.simulate import Futures

IMPORTS, STOCK = 0, 6


def mixed(row: dict, usual: np.ndarray, off: np.ndarray) -> np.ndarray:
    wrong = WRONG[row["reliability"]]
    return np.log((1 - wrong) * usual + wrong * off)


def test_an_exact_report_has_a_normal_density_on_the_scale_of_its_error() -> None:
    row, x = target(IMPORTS, best=1000.0), np.array([500.0, 1000.0, 1500.0])
    s = error_of(row)
    want = [stats.norm(np.log(x), w).pdf(math.log(1000)) for w in (s, OFF * s)]
    assert one_row(x, row) == pytest.approx(mixed(row, *want))


@pytest.mark.parametrize(
    ("bound", "low", "high"), [("at_least", 4.0, None), ("at_most", None, 6.0), ("interval", 4.0, 6.0)]
)
def test_a_bound_has_the_probability_of_what_it_allows(bound: str, low: float | None, high: float | None) -> None:
    row, x = target(STOCK, bound=bound, low=low, high=high), np.array([0.5, 4.0, 5.0, 12.0])
    s = error_of(row)
    a, b = -math.inf if low is None else low, math.inf if high is None else high
    want = [stats.norm(x, w).cdf(b) - stats.norm(x, w).cdf(a) for w in (s, OFF * s)]
    assert one_row(x, row) == pytest.approx(mixed(row, *want), rel=1e-9)


def test_a_share_reported_as_nothing_has_the_probability_of_nothing_or_less() -> None:
    row, x = target(STOCK, unit="share", best=0.0), np.array([0.0, 0.2])
    s = error_of(row)
    want = [stats.norm(x, w).cdf(0.0) for w in (s, OFF * s)]
    assert one_row(x, row) == pytest.approx(mixed(row, *want))


def test_far_tails_stay_finite() -> None:
    assert np.isfinite(one_row(np.array([0.0, 1e9]), target(IMPORTS, bound="interval", low=900.0, high=1100.0))).all()


def test_a_reported_range_widens_the_error() -> None:
    narrow, wide = target(STOCK, best=5.0), target(STOCK, best=5.0, low=1.0, high=9.0)
    assert reporting_error(wide, "days") == pytest.approx(8 / (2 * 1.6448536269514722))
    assert reporting_error(narrow, "days") < reporting_error(wide, "days")


def test_rival_counts_are_mixed_and_never_averaged() -> None:
    rows = [target(IMPORTS, best=1000.0, variant="one"), target(IMPORTS, best=4000.0, variant="two")]
    likelihood = rivals_of(rows, {"one": 0.3, "two": 0.7})
    x = np.array([1000.0, 2000.0, 4000.0])
    each = np.stack([one_row(x, row) for row in rows])
    total = likelihood.total(each)
    assert total == pytest.approx(np.log(0.3 * np.exp(each[0]) + 0.7 * np.exp(each[1])))
    assert total[0] > total[1], "the middle of two rival counts must not be the best guess"
    assert total[2] > total[1]
    shares = likelihood.readings(each)
    assert shares["one"][0] > 0.99
    assert shares["two"][2] > 0.99
    assert shares["one"] + shares["two"] == pytest.approx(np.ones(3))


def test_the_gate_names_a_row_that_no_future_of_the_prior_can_reach() -> None:
    rows = [target(IMPORTS, best=1000.0), target(STOCK, best=40.0)]
    statistics = np.stack([np.full(500, 1000.0), np.full(500, 5.0)])
    futures = Futures(np.zeros((1, 500)), np.arange(500, dtype=np.uint32), np.zeros(500, int), statistics)
    gate = prior_gate(futures, rows)
    assert [row.inside_99 for row in gate] == [True, False]
    assert gate[1].reached == 0
    assert "below" in gate[1].why
    assert implausibility(statistics, rows)[1, 0] == pytest.approx(35 / error_of(rows[1]))


def test_unknowns_that_sway_no_target_are_weak() -> None:
    z = np.random.default_rng(4).standard_normal((5, 2000))
    quantities = np.stack([3 * z[1] + 0.1 * z[0], z[4] - 2 * z[1]])
    assert weak_unknowns(z, quantities, 2).tolist() == [True, False, True, True, False]
