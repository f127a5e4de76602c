"""The hazard models find what was planted in synthetic counts."""

from __future__ import annotations

import math

import numpy as np

from citerne.metrics.forecast import FORECASTERS, rolling_origin
from citerne.metrics.hazard import pool_rates
from citerne.metrics.regimes import STATES, fit_regimes


def _coverage_of_90(draws: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    inside = []
    for _draw in range(draws):
        rates = rng.gamma(1.5, 0.4, size=8)
        weeks = rng.integers(8, 60, size=8)
        low, high = pool_rates(rng.poisson(rates * weeks), weeks).interval(0.9)
        inside += list((low <= rates) & (rates <= high))
    return float(np.mean(inside))


def test_the_90_percent_interval_of_a_corridor_rate_covers_85_to_95_percent():
    assert 0.85 <= _coverage_of_90(draws=60, seed=11) <= 0.95


def test_the_pooled_predictive_interval_covers_counts_of_the_next_weeks():
    rng = np.random.default_rng(5)
    inside = []
    for _draw in range(40):
        rates = rng.gamma(2.0, 2.0, size=6)
        pooled = pool_rates(rng.poisson(rates * 20), np.full(6, 20))
        for corridor, rate in enumerate(rates):
            cdf = np.cumsum(pooled.predictive(corridor, 8, 400))
            y = rng.poisson(rate * 8)
            # randomised PIT: uniform if calibrated, so the coverage is exact although counts are lumpy
            below = cdf[y - 1] if y else 0.0
            pit = below + rng.random() * (cdf[y] - below)
            inside.append(0.05 <= pit <= 0.95)
    assert abs(np.mean(inside) - 0.9) < 4 * math.sqrt(0.9 * 0.1 / len(inside))


def test_the_regime_model_finds_a_planted_truce():
    rng = np.random.default_rng(8)
    truth = np.repeat([1, 2, 0, 2, 1], [25, 20, 12, 15, 20])
    rates = np.array([0.15, 1.5, 6.0])
    counts = rng.poisson(rates[truth])
    fit = fit_regimes(counts, np.ones(truth.size))
    named = fit.smoothed[0].argmax(1)
    assert STATES[0] == "truce"
    planted = truth == 0
    assert (named[planted] == 0).mean() >= 0.8
    assert (named[~planted] == 0).mean() <= 0.05
    assert (named[truth == 2] == 2).mean() >= 0.9


def test_a_week_without_traffic_is_no_truce():
    counts = np.array([3, 4, 2, 5, 0, 0, 3, 4, 2, 4])
    exposure = np.array([1, 1, 1, 1, 0, 0, 1, 1, 1, 1.0])
    silent = fit_regimes(counts, exposure).smoothed[0]
    seen = fit_regimes(counts, np.ones(10)).smoothed[0]
    assert silent[4:6, 0].max() < 0.5 < seen[4:6, 0].min()


def test_chains_fitted_side_by_side_equal_chains_fitted_alone():
    rng = np.random.default_rng(9)
    counts = rng.poisson(np.where(np.arange(40) < 20, 0.5, 4.0), size=(2, 40))
    both = fit_regimes(counts, np.ones((2, 40)), iterations=15)
    alone = fit_regimes(counts[1], np.ones(40), iterations=15)
    np.testing.assert_allclose(both.smoothed[1], alone.smoothed[0], atol=1e-6)


def test_rolling_origin_prefers_the_right_model_and_never_looks_ahead():
    rng = np.random.default_rng(10)
    rates = rng.gamma(2.0, 0.8, size=12)
    counts = rng.poisson(rates[:, None], size=(12, 80))
    plain = {name: FORECASTERS[name] for name in ("last_value", "twelve_month_empirical", "gamma_poisson")}
    rows = {row.forecaster: row for row in rolling_origin(counts, 1.0, first_origin=52, forecasters=plain)}
    # constant rates: pooling is the true model; the last value must lose, by every proper score
    for score in ("crps", "log_score", "brier"):
        assert getattr(rows["gamma_poisson"], score) < getattr(rows["last_value"], score)
    assert rows["gamma_poisson"].coverage_90 >= 0.85
    seen = []

    def spy(history, exposure, ahead, weeks_ahead, largest):
        seen.append(history.shape[1])
        return plain["twelve_month_empirical"](history, exposure, ahead, weeks_ahead, largest)

    rolling_origin(counts, 1.0, first_origin=70, weeks_ahead=3, forecasters={"spy": spy})
    assert seen == list(range(70, 78))


def test_regime_switching_beats_a_constant_rate_when_regimes_switch():
    rng = np.random.default_rng(12)
    truth = np.tile(np.repeat([0, 2], 12), 4)
    counts = rng.poisson(np.array([0.2, 1.0, 6.0])[truth], size=(1, truth.size))
    two = {name: FORECASTERS[name] for name in ("gamma_poisson", "regime_switching")}
    rows = {row.forecaster: row for row in rolling_origin(counts, 1.0, first_origin=72, forecasters=two)}
    assert rows["regime_switching"].crps < rows["gamma_poisson"].crps
