"""Left-out predictions against the closed form of a normal mean, and weighted quantiles against plain ones."""

from __future__ import annotations

import numpy as np
import pytest

from citerne.calibrate.leave_out import weighted_quantiles, weights_without


def test_equal_weights_give_plain_quantiles() -> None:
    values = np.random.default_rng(1).normal(size=4001)
    found = weighted_quantiles(values, np.full(4001, 1 / 4001), (0.05, 0.5, 0.95))
    # both interpolate between neighbours, so they differ by at most one gap of the order statistics there
    gaps = np.diff(np.sort(values))
    near = [gaps[int(4000 * p) - 2 : int(4000 * p) + 3].max() for p in (0.05, 0.5, 0.95)]
    assert np.all(np.abs(found - np.quantile(values, (0.05, 0.5, 0.95))) <= near)


def test_a_weight_of_two_counts_as_two_futures() -> None:
    values, weights = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.2, 0.4, 0.2, 0.2])
    doubled = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
    for p in (0.3, 0.4, 0.5):
        assert weighted_quantiles(values, weights, (p,))[0] == pytest.approx(2.0, abs=0.5)
    assert weighted_quantiles(values, weights, (0.9,))[0] == pytest.approx(
        weighted_quantiles(doubled, np.full(5, 0.2), (0.9,))[0]
    )


def test_leaving_a_report_out_gives_the_normal_mean_of_the_others() -> None:
    """Ten reports of N(mu, 1) with prior N(0, 100): without report k, mu ~ N(sum of others / 9.01, 1 / 9.01)."""
    rng = np.random.default_rng(7)
    reports = rng.normal(2.0, 1.0, 10)
    draws = 40_000
    mu = rng.normal(reports.sum() / 10.01, 10.01**-0.5, draws)
    for report in reports:
        log_likelihood = -0.5 * (report - mu) ** 2
        weights = weights_without(log_likelihood)
        effective = 1 / np.sum(weights**2)
        mean, variance = (reports.sum() - report) / 9.01, 1 / 9.01
        assert weights @ mu == pytest.approx(mean, abs=4 * np.sqrt(variance / effective))
        # the sample variance of normal draws has standard error variance * sqrt(2 / n)
        assert weights @ (mu - mean) ** 2 == pytest.approx(variance, abs=4 * variance * np.sqrt(2 / effective))
        assert effective > draws / 20


def test_a_large_weight_is_cut_at_ten_times_the_mean_of_a_hundred() -> None:
    weights = weights_without(np.array([-3.0, *([0.0] * 99)]))
    cut = 10 * (np.exp(3) + 99) / 100
    assert weights[0] == pytest.approx(cut / (cut + 99))
    assert cut < np.exp(3)
