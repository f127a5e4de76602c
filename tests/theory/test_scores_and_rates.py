"""Analytic values of the scores and of the formulas for rates of attack."""

from __future__ import annotations

import math

import numpy as np
import pytest

from citerne.metrics import scores
from citerne.metrics.hazard import (
    BetaShare,
    GammaRate,
    hawkes_dispersion,
    hawkes_log_likelihood,
    hawkes_stationary_rate,
    negative_binomial,
    pool_rates,
    power_law_exceedance,
    power_law_frequency_ratio,
    probability_of_ambush,
    progress_curve_day,
    progress_curve_gaps,
)

SIX_DIGITS = 5e-7  # the published values have six digits after the point


def test_a15_gamma_2_4_with_seven_events_in_five_weeks():
    rate = GammaRate(2, 4).update(7, 5)
    assert rate.mean == pytest.approx(1.0, abs=SIX_DIGITS)
    assert rate.probability_none(1) == pytest.approx(0.387420, abs=SIX_DIGITS)
    assert rate.predictive(1, 60)[0] == pytest.approx(rate.probability_none(1), rel=1e-12)
    assert rate.interval(0.95)[1] == pytest.approx(1.751465, abs=SIX_DIGITS)


def test_a16_beta_1_9_with_three_of_fourteen_convoys():
    share = BetaShare(1, 9).update(3, 14)
    assert share.mean == pytest.approx(0.166667, abs=SIX_DIGITS)
    assert share.quantile(0.975) == pytest.approx(0.335889, abs=SIX_DIGITS)


def test_a17_hawkes_rate_and_dispersion():
    assert hawkes_stationary_rate(0.2, 0.6) == pytest.approx(0.5, abs=SIX_DIGITS)
    assert hawkes_dispersion(0.6) == pytest.approx(6.25, abs=SIX_DIGITS)
    with pytest.raises(ValueError, match="branching"):
        hawkes_stationary_rate(0.2, 1.0)


def test_a18_power_law():
    assert power_law_frequency_ratio(10, 100, 2.5) == pytest.approx(316.227766, abs=SIX_DIGITS)
    assert power_law_exceedance(10, 1, 2.5) == pytest.approx(0.031623, abs=SIX_DIGITS)


def test_a19_progress_curve():
    assert progress_curve_day(20, 0.5, 10) == pytest.approx(94.095403, abs=SIX_DIGITS)
    assert (np.diff(progress_curve_gaps(20, -0.3, 6)) > 0).all()


def test_a20_scores():
    assert scores.crps_ensemble([1, 2, 3, 4], 2.5) == pytest.approx(0.375, abs=SIX_DIGITS)
    assert scores.crps_ensemble_fair([1, 2, 3, 4], 2.5) == pytest.approx(0.166667, abs=SIX_DIGITS)
    assert scores.crps_normal(0, 1, 0) == pytest.approx(0.233695, abs=SIX_DIGITS)
    assert scores.brier_score(0.3, True) == pytest.approx(0.49, abs=SIX_DIGITS)
    assert scores.log_score(0.3, True) == pytest.approx(1.203973, abs=SIX_DIGITS)


def test_ensemble_crps_equals_its_double_sum_with_and_without_weights():
    rng = np.random.default_rng(1)
    x, y, w = rng.normal(size=(5, 40)), rng.normal(size=5), rng.random(40)
    p = w / w.sum()
    slow = (p * abs(x - y[:, None])).sum(1) - np.einsum("i,j,cij->c", p, p, abs(x[:, :, None] - x[:, None, :])) / 2
    np.testing.assert_allclose(scores.crps_ensemble(x, y, w), slow, rtol=1e-12)
    np.testing.assert_allclose(scores.crps_ensemble(x, y, np.ones(40)), scores.crps_ensemble(x, y), rtol=1e-12)


def test_the_fair_crps_of_small_ensembles_has_the_expectation_of_the_large_one():
    rng = np.random.default_rng(2)
    runs = 20_000
    fair = scores.crps_ensemble_fair(rng.normal(size=(runs, 3)), np.zeros(runs))
    assert abs(fair.mean() - 0.233695) < 4 * fair.std() / math.sqrt(runs)


def test_count_crps_equals_the_ensemble_crps_of_the_same_distribution():
    members = np.array([0, 0, 1, 3, 7])
    pmf = np.bincount(members, minlength=9) / members.size
    for observed in (0, 2, 7, 8, 12):
        assert scores.crps_counts(pmf, observed) == pytest.approx(scores.crps_ensemble(members, observed), rel=1e-12)


def test_normal_crps_equals_its_integral():
    grid = np.linspace(-12, 12, 480_001)
    cdf = np.array([0.5 * math.erfc(-(g - 0.4) / 1.7 / math.sqrt(2)) for g in grid[::100]])
    step = (grid[::100] >= 1.1).astype(float)
    integral = ((cdf - step) ** 2).sum() * (grid[100] - grid[0])
    assert scores.crps_normal(0.4, 1.7, 1.1) == pytest.approx(integral, rel=5e-3)  # rectangles of 0.005


def test_pit_of_a_calibrated_count_forecast_is_flat_and_of_a_narrow_one_is_not():
    rng = np.random.default_rng(3)
    y = rng.poisson(4, 4_000)
    right = np.cumsum(np.array([math.exp(-4) * 4**k / math.factorial(k) for k in range(40)]))
    at, below = right[y], np.where(y > 0, right[y - 1], 0)
    heights = scores.pit_histogram(below, at)
    assert heights.mean() == pytest.approx(1)
    assert abs(heights - 1).max() < 4 * math.sqrt(10 / 4_000)  # a share of 0.1 of 4,000, times 10
    uniform = scores.pit_randomised(below, at, rng.random(4_000))
    assert abs(uniform.mean() - 0.5) < 4 / math.sqrt(12 * 4_000)
    narrow = np.cumsum(np.eye(40)[4])
    assert scores.pit_histogram(np.where(y > 0, narrow[y - 1], 0), narrow[y])[0] > 2


def test_reliability_and_coverage_count_what_came():
    rows = scores.reliability([0.05, 0.05, 0.95, 1.0], [0, 1, 1, 1])
    assert [(r.count, r.observed_share) for r in rows] == [(2, 0.5), (2, 1.0)]
    assert scores.coverage([0, 0, 0], [1, 1, 1], [1, 2, 0]) == pytest.approx(2 / 3)
    assert scores.interval_score(0, 1, 2, 0.9) == pytest.approx(1 + 20)
    low, high = scores.interval_counts([0.04, 0.5, 0.4, 0.06], 0.9)
    assert (low, high) == (1, 3)


def test_negative_binomial_sums_to_one_and_has_the_mean_of_the_gamma():
    pmf = negative_binomial(2.5, 0.7, 3.0, 400)
    assert pmf.sum() == pytest.approx(1, abs=1e-9)
    assert pmf @ np.arange(401) == pytest.approx(2.5 / 0.7 * 3, rel=1e-6)


def test_pooling_draws_a_corridor_without_history_to_the_group_and_leaves_a_long_record_alone():
    pooled = pool_rates([40, 44, 38, 0], [10, 10, 10, 0])
    assert 3 < pooled.mean[3] < 6
    lonely = pool_rates([400, 1], [100, 100])
    assert lonely.mean[0] == pytest.approx(4, rel=0.02)
    low, high = lonely.interval(0.9)
    assert low[0] < 4 < high[0]
    assert lonely.cdf(1, float(high[1])) == pytest.approx(0.95, abs=1e-6)


def test_pooled_rates_equal_a_fine_integral_over_the_shared_mean_and_shape():
    n, t = np.array([3.0, 0.0]), np.array([4.0, 2.0])
    log_a, log_m = (
        np.linspace(math.log(0.2), math.log(50), 401),
        np.linspace(math.log(0.5e-3 / 6), math.log(12.5), 1601),
    )
    a, m = np.exp(log_a)[:, None], np.exp(log_m)[None, :]
    b = a / m
    weight = np.sqrt(m / (1 + m * t.mean() / a))  # Jeffreys' prior of the mean, log a flat
    for events, exposure in zip(n, t, strict=True):
        pmf = np.array([[math.lgamma(s + events) - math.lgamma(s)] for s in a[:, 0]])
        weight = weight * np.exp(pmf + a * np.log(b / (b + exposure)) - events * np.log(b + exposure))
    expected = [(weight * (a + e) / (b + x)).sum() / weight.sum() for e, x in zip(n, t, strict=True)]
    # the coarse grid has steps of 27 % in the shape and 17 % in the mean
    np.testing.assert_allclose(pool_rates(n, t).mean, expected, rtol=0.01)


def test_hawkes_likelihood_without_excitation_is_that_of_poisson():
    times = [1.0, 2.5, 7.0]
    assert hawkes_log_likelihood(times, 10, 0.3, 0, 1) == pytest.approx(3 * math.log(0.3) - 3)


def test_hawkes_likelihood_equals_its_direct_double_sum():
    times, mu, n, beta = [0.4, 0.9, 1.0, 3.7], 0.5, 0.4, 1.3
    rate = [mu + sum(n * beta * math.exp(-beta * (t - s)) for s in times if s < t) for t in times]
    direct = sum(map(math.log, rate)) - mu * 5 - n * sum(1 - math.exp(-beta * (5 - t)) for t in times)
    assert hawkes_log_likelihood(times, 5, mu, n, beta) == pytest.approx(direct, rel=1e-12)


def test_a08_probability_of_an_ambush_on_a_route():
    assert probability_of_ambush([0.0004, 0.0004], [300, 180]) == pytest.approx(0.174693, abs=SIX_DIGITS)
    assert probability_of_ambush(0.0004, 480, multiplier=0.4) == pytest.approx(0.073925, abs=SIX_DIGITS)
