"""Moves of the sampler: they leave the law they should, and they forget where a future was."""

from __future__ import annotations

import math

import numpy as np

from calibrate_cases import plain_sampler, posterior
from citerne.calibrate.moves import shifted, weak_moved, weak_unknowns

SIZE = 4096
FEWER = 5  # futures of a population share ancestors: as many times fewer count as independent


def test_moves_judged_on_the_prior_alone_leave_the_prior() -> None:
    """Each proposal is taken with its Metropolis-Hastings probability; the law of the guide is far from the prior."""
    rng = np.random.default_rng(11)
    z = rng.standard_normal((6, 20_000))
    mixing = np.linalg.cholesky(0.4 * np.eye(6) + 0.1)
    guide = 0.7 + mixing @ rng.standard_normal((6, 2000))
    weak = np.array([False, False, False, False, True, True])
    start, taken = z.copy(), []
    for _move in range(16):
        proposed, gain = shifted(z, guide, weak, rng.random(z.shape[1]) < 0.3, rng)
        yes = np.log(rng.random(z.shape[1])) < gain
        z = np.where(yes, proposed, z)
        z[weak] = weak_moved(z[weak], rng)
        taken.append(yes.mean())
    assert np.mean(taken) > 0.2
    assert np.mean(np.abs(z - start) > 0.5) > 0.3, "else nothing was put to the test"
    # columns never share anything, so all 20,000 are independent
    assert np.all(np.abs(z.mean(axis=1)) < 4 / math.sqrt(20_000))
    assert np.all(np.abs(z.std(axis=1) - 1) < 4 / math.sqrt(40_000))
    assert np.all(np.abs(np.corrcoef(z)[np.triu_indices(6, 1)]) < 4 / math.sqrt(20_000))


def test_futures_of_a_few_ancestors_spread_over_the_whole_posterior() -> None:
    """Four unknowns that matter among eighty that do not, known in closed form; a small population, as it is used."""
    sigma, size, idle = 0.3, 512, 80
    design = np.array([[1.0, 0.5, 0.0, 0.2], [0.0, 1.0, -1.0, 0.0], [0.3, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]])
    observed = np.array([1.0, -2.0, 0.5, 1.5])
    covariance = np.linalg.inv(np.eye(4) + design.T @ design / sigma**2)
    mean = covariance @ design.T @ observed / sigma**2
    weak = np.arange(4 + idle) >= 4
    within, errors = [], []
    for seed in range(8):
        sampler = plain_sampler(
            lambda z: design @ z[:4],
            lambda s: -0.5 * ((s - observed[:, None]) ** 2).sum(axis=0) / sigma**2,
            seed=seed, weak=weak,
        )  # fmt: skip
        z = posterior(sampler, 4 + idle, size, 14).futures.scores
        within.append(z[:4].var(axis=1) / np.diag(covariance))
        errors.append((z[:4].mean(axis=1) - mean) / np.sqrt(np.diag(covariance)))
    # sample variances of 8 x 512 / FEWER independent futures: relative error sqrt(2 / n) each
    assert np.all(np.abs(np.mean(within, axis=0) - 1) < 4 * math.sqrt(2 * FEWER / (8 * size)))
    assert np.all(np.abs(np.mean(errors, axis=0)) < 4 * math.sqrt(FEWER / (8 * size)))
    assert np.mean(np.square(errors)) < 4 * FEWER / size


def test_few_unknowns_count_as_strong_where_few_stand_out_of_chance() -> None:
    z = np.random.default_rng(4).standard_normal((60, 2000))
    quantities = np.stack([3 * z[1] + z[0], z[4] - 2 * z[1]])
    assert np.flatnonzero(~weak_unknowns(z, quantities, 30)).tolist() == [0, 1, 4]
    assert np.flatnonzero(~weak_unknowns(z, quantities, 2)).tolist() == [1, 4]
