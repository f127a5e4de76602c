"""Samplers and indices against closed forms: conjugate cases, a linear case, rank statistics, Ishigami."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from calibrate_cases import plain_sampler, posterior
from citerne.calibrate.screening import elementary_effects, leading
from citerne.calibrate.smoother import smooth
from citerne.calibrate.value import information
from citerne.metrics.sensitivity import sobol, variance_split

SIZE = 4096
# Futures of a population share ancestors: the standard error is that of a fifth as many independent ones.
FEWER = 5


def standard_error(values: np.ndarray) -> float:
    return float(values.std() * math.sqrt(FEWER / values.size))


def test_a15_counts_of_events_give_the_gamma_posterior() -> None:
    prior = stats.gamma(2, scale=1 / 4)
    sampler = plain_sampler(lambda z: prior.ppf(ndtr(z[0])), lambda s: stats.poisson.logpmf(7, 5 * s[0]))
    rate = posterior(sampler, 1, SIZE, 12).futures.statistics[0]
    assert abs(rate.mean() - 1.0) < 4 * standard_error(rate)
    below = float(np.mean(rate < 1.751465))
    assert abs(below - 0.975) < 4 * math.sqrt(0.975 * 0.025 * FEWER / SIZE)


def test_a16_convoys_hit_give_the_beta_posterior() -> None:
    prior = stats.beta(1, 9)
    sampler = plain_sampler(lambda z: prior.ppf(ndtr(z[0])), lambda s: stats.binom.logpmf(3, 14, s[0]))
    share = posterior(sampler, 1, SIZE, 12).futures.statistics[0]
    assert abs(share.mean() - 1 / 6) < 4 * standard_error(share)
    below = float(np.mean(share < 0.335889))
    assert abs(below - 0.975) < 4 * math.sqrt(0.975 * 0.025 * FEWER / SIZE)


def test_a_linear_model_of_ten_unknowns_gives_the_normal_posterior() -> None:
    rng = np.random.default_rng(5)
    design, sigma = rng.normal(size=(6, 10)), 0.3
    observed = rng.normal(size=6) * 2
    sampler = plain_sampler(
        lambda z: design @ z, lambda s: -0.5 * ((s - observed[:, None]) ** 2).sum(axis=0) / sigma**2
    )
    z = posterior(sampler, 10, SIZE, 40).futures.scores
    covariance = np.linalg.inv(np.eye(10) + design.T @ design / sigma**2)
    mean = covariance @ design.T @ observed / sigma**2
    spread = np.sqrt(np.diag(covariance))
    assert np.all(np.abs(z.mean(axis=1) - mean) < 4 * spread * math.sqrt(FEWER / SIZE))
    # relative error of a standard deviation: 1 / sqrt(2 n)
    assert np.all(np.abs(z.std(axis=1) / spread - 1) < 4 * math.sqrt(FEWER / (2 * SIZE)))


def test_a32_the_smoother_solves_the_linear_scalar_case() -> None:
    pytest.importorskip("iterative_ensemble_smoother")
    members = 2000
    z = np.random.default_rng(3).standard_normal((1, members))
    after = smooth(z, lambda x: x, np.array([2.0]), np.array([1.0]), steps=4, seed=1)[0]
    assert abs(after.mean() - 1.0) < 4 * math.sqrt(0.5 / members) * 2  # prior ensemble and perturbations both vary
    assert abs(after.var() - 0.5) < 4 * 0.5 * math.sqrt(2 / members) * 2


def test_the_smoother_agrees_with_the_sampler_where_both_are_exact() -> None:
    pytest.importorskip("iterative_ensemble_smoother")
    design = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -1.0]])
    observed, sigma = np.array([1.0, -2.0]), 0.5
    sampler = plain_sampler(
        lambda z: design @ z, lambda s: -0.5 * ((s - observed[:, None]) ** 2).sum(axis=0) / sigma**2
    )
    ours = posterior(sampler, 3, SIZE, 20).futures.scores
    start = np.random.default_rng(8).standard_normal((3, SIZE))
    theirs = smooth(start, lambda z: design @ z, observed, np.full(2, sigma), seed=2)
    error = 4 * np.sqrt((ours.var(axis=1) * FEWER + theirs.var(axis=1) * 2) / SIZE)
    assert np.all(np.abs(ours.mean(axis=1) - theirs.mean(axis=1)) < error)


def rank_counts(repeats: int, bins: int, bias: float = 0.0, size: int = 256) -> np.ndarray:
    """Ranks of the true value among 99 posterior draws, in bins; reports are shifted by `bias` standard deviations."""
    counts = np.zeros(bins, int)
    draws, sigma = 99, 0.8
    for k in range(repeats):
        rng = np.random.default_rng([k, 4])
        truth = rng.standard_normal(2)
        report = truth[0] + truth[1] + sigma * (rng.standard_normal() + bias)
        sampler = plain_sampler(
            lambda z: z[0] + z[1], lambda s, r=report: -0.5 * ((s[0] - r) / sigma) ** 2, seed=1000 + k
        )
        z = posterior(sampler, 2, size, 5).futures.scores[0]
        chosen = rng.choice(z, draws, replace=False)
        counts[int((chosen < truth[0]).sum()) * bins // (draws + 1)] += 1
    return counts


def chi_square(counts: np.ndarray) -> float:
    wanted = counts.sum() / counts.size
    return float(((counts - wanted) ** 2 / wanted).sum())


def test_ranks_of_the_truth_are_uniform_and_a_planted_bias_is_not() -> None:
    limit = stats.chi2(9).ppf(0.99)
    assert chi_square(rank_counts(200, 10)) < limit
    assert chi_square(rank_counts(200, 10, bias=1.0)) > limit


@pytest.mark.prove
def test_a37_a_thousand_ranks_of_the_truth_stay_below_the_limit() -> None:
    counts = rank_counts(1000, 20)
    assert chi_square(counts) < 36.190869
    assert ((counts >= 37) & (counts <= 64)).sum() >= 17  # each bin leaves its band one time in twenty


def ishigami(u: np.ndarray) -> np.ndarray:
    x = math.pi * (2 * u - 1)
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def test_a33_sobol_indices_of_ishigami() -> None:
    first, total = sobol(ishigami, 3, 2**14, seed=1)
    # scrambled Sobol points of this size err by less than 0.01 on Ishigami
    assert first == pytest.approx([0.313905, 0.442411, 0.0], abs=0.01)
    assert total == pytest.approx([0.557589, 0.442411, 0.243684], abs=0.01)


def test_the_variance_split_reads_first_order_shares_from_an_ensemble() -> None:
    u = np.random.default_rng(2).random((3, 40_000))
    shares = {one.name: one.share for one in variance_split(ishigami(u), {"a": u[0], "b": u[1], "c": u[2]})}
    # bins of one sixteenth hide a little of a curve: below 2 % of the variance here
    assert shares["a"] == pytest.approx(0.3139, abs=0.02)
    assert shares["b"] == pytest.approx(0.4424, abs=0.02)
    assert "c" not in shares, "its mean effect is nothing"
    assert shares["luck and interaction"] == pytest.approx(0.2437, abs=0.03)


def test_the_variance_split_sees_variants_and_gives_chance_nothing() -> None:
    rng = np.random.default_rng(6)
    label = rng.choice(["escorts", "truce"], 2000)
    y = np.where(label == "truce", 2.0, 0.0) + rng.standard_normal(2000)  # variances 1 and 1
    found = {one.name: one.share for one in variance_split(y, {"idle": rng.random(2000)}, {"lull": label})}
    assert found["lull"] == pytest.approx(0.5, abs=4 * 0.5 * math.sqrt(2 / 2000))
    assert "idle" not in found


def test_elementary_effects_of_a_sum_are_its_coefficients() -> None:
    effects = elementary_effects(lambda u, luck: np.array([[1.0, -3.0, 0.0]]) @ u + luck, 3, 10, seed=1)
    assert effects.mu_star[0] == pytest.approx([1, 3, 0], abs=1e-12)
    assert effects.sigma[0] == pytest.approx([0, 0, 0], abs=1e-12)
    assert leading(effects, ["a", "b", "c"], 2) == ["b", "a"]


def test_a_report_that_settles_a_question_between_two_is_worth_one_bit() -> None:
    rng = np.random.default_rng(7)
    apart = [rng.standard_normal(3000), rng.standard_normal(3000) + 100]
    alike = [rng.standard_normal(3000), rng.standard_normal(3000)]
    assert information(apart) == pytest.approx(1.0, abs=0.01)
    assert information(alike) < 0.01


def test_a_shift_of_two_deviations_is_worth_what_the_integral_says() -> None:
    from scipy.integrate import quad

    def term(y: float) -> float:
        p, q = stats.norm(0).pdf(y), stats.norm(2).pdf(y)
        return float(p * math.log2(2 * p / (p + q)))

    exact = quad(term, -8, 10)[0]  # both rivals give the same by symmetry
    rng = np.random.default_rng(8)
    found = information([rng.standard_normal(20_000), rng.standard_normal(20_000) + 2])
    assert found == pytest.approx(exact, abs=0.02)  # twelve bins lose a little
