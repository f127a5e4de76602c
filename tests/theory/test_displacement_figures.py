"""Figures of displacement and resilience that are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from citerne.metrics.displacement import averaged_relative_difference, radiation_share, relative_difference_by_day
from citerne.metrics.resilience import resilience_loss


def test_averaged_relative_difference_of_three_camps() -> None:
    assert averaged_relative_difference([100, 200, 300], [120, 150, 330]) == pytest.approx(1 / 6, abs=1e-12)


def test_it_is_twice_the_share_in_the_wrong_place_where_totals_agree() -> None:
    right = np.array([[500.0, 300.0, 200.0]])
    moved = np.array([[500.0 - 80, 300.0 + 50, 200.0 + 30]])
    assert averaged_relative_difference(moved, right) == pytest.approx(2 * 80 / 1000)


def test_days_without_anybody_are_left_out_and_flee_counts_them_as_nought() -> None:
    simulated, observed = [[0, 0], [60, 40]], [[0, 0], [50, 50]]
    assert averaged_relative_difference(simulated, observed) == pytest.approx(0.2)
    assert averaged_relative_difference(simulated, observed, [0, 200]) == pytest.approx((0 + 0.1) / 2)
    assert np.isnan(averaged_relative_difference([[0.0]], [[0.0]]))


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        relative_difference_by_day([[1, 2]], [[1, 2, 3]])


def test_radiation_share_of_one_pair() -> None:
    assert float(radiation_share(100, 200, 300)) == pytest.approx(1 / 12, abs=1e-12)


def test_radiation_shares_of_all_places_leave_out_only_who_finds_no_better_place() -> None:
    here, there = 700.0, np.array([50.0, 900.0, 20.0, 3000.0])  # by distance
    between = np.concatenate([[0.0], np.cumsum(there)[:-1]])
    # the shares telescope: 1 - m / (m + everybody else)
    assert radiation_share(here, there, between).sum() == pytest.approx(1 - here / (here + there.sum()))


def test_resilience_loss_of_a_straight_recovery() -> None:
    assert resilience_loss(np.linspace(0.4, 1.0, 31)) == pytest.approx(9.0, abs=1e-12)
    assert resilience_loss([1.0, 1.0, 1.0]) == 0.0


def test_resilience_loss_adds_over_stretches_of_time() -> None:
    quality, time = np.array([1.0, 0.2, 0.5, 0.9, 1.0]), np.array([0.0, 2.0, 3.0, 7.0, 12.0])
    parts = resilience_loss(quality[:3], time[:3]) + resilience_loss(quality[2:], time[2:])
    assert resilience_loss(quality, time) == pytest.approx(parts)


def test_resilience_loss_refuses_time_that_does_not_rise() -> None:
    with pytest.raises(ValueError, match="rise"):
        resilience_loss([1.0, 0.5], [3, 3])
