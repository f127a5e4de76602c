"""Moves of the sampler: they leave the law they should, and they forget where a future was."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from calibrate_cases import plain_sampler, posterior
from citerne.calibrate.moves import relucked, shifted, weak_moved, weak_unknowns
from citerne.calibrate.simulate import Futures, Simulator
from citerne.calibrate.tempering import luck_rates
from citerne.case.case import load

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


def test_rival_laws_that_an_unknown_makes_up_for_keep_their_weights() -> None:
    """y = z under one law and z + 2 under the other, far apart against the error: weights are those of the evidence."""
    sigma, y, offset, size, seeds = 0.2, 0.6, 2.0, 512, 8
    shares, means = [], []
    for seed in range(seeds):
        plain = plain_sampler(lambda z: z[0], lambda s: -0.5 * ((s[0] - y) / sigma) ** 2, seed=seed)

        def run(z: np.ndarray, members: np.ndarray, law: np.ndarray) -> Futures:
            return Futures(z, np.atleast_2d(members), law, np.atleast_2d(z[0] + offset * law))

        sampler = dataclasses.replace(plain, run=run, combination=lambda u: (u < 0.5).astype(np.int64),
                                      switched=lambda now, _u, v: (v < 0.5).astype(np.int64))  # fmt: skip
        futures = posterior(sampler, 1, size, 14).futures
        shares.append(np.mean(futures.combination == 0))
        means.append([futures.scores[0][futures.combination == law].mean() for law in (0, 1)])
    spread = 1 + sigma**2
    odds = math.exp(-0.5 * (y**2 - (y - offset) ** 2) / spread)
    wanted = odds / (1 + odds)
    assert abs(np.mean(shares) - wanted) < 4 * math.sqrt(wanted * (1 - wanted) * FEWER / (seeds * size))
    error = 4 * sigma * math.sqrt(FEWER / (seeds * size * (1 - wanted)))
    assert np.all(np.abs(np.mean(means, axis=0) - np.array([y, y - offset]) / spread) < error)


def test_a_switch_changes_one_variant_and_leaves_the_prior_of_all() -> None:
    simulator = Simulator(load("mali"), list(load("mali").rows("targets"))[:1])
    combinations, weights = simulator.setup.combinations, np.array(simulator.setup.weights)
    rng = np.random.default_rng(3)
    before = simulator.combination(rng.random(20_000))
    after = simulator.switched(before, *rng.random((2, 20_000)))
    changed = [sum(combinations[a][axis] != combinations[b][axis] for axis in combinations[a])
               for a, b in zip(before, after, strict=True)]  # fmt: skip
    assert max(changed) == 1
    assert np.mean(changed) > 0.3
    counts = np.bincount(after, minlength=len(weights))
    error = np.sqrt(20_000 * weights * (1 - weights))
    assert np.all(np.abs(counts - 20_000 * weights) < 4 * error)
    assert len(set(zip(before.tolist(), after.tolist(), strict=True))) > len(weights), "all axes move"


def test_luck_that_is_seldom_taken_is_tried_more_often_and_leaves_the_law_of_luck() -> None:
    """One member number in twenty agrees with what was seen in the second of four spans; the others are free."""
    spans, size, one_in = 4, 2048, 20

    def run(z: np.ndarray, members: np.ndarray, law: np.ndarray) -> Futures:
        luck = members if members.ndim > 1 else np.tile(members, (spans, 1))
        return Futures(z, luck, law, np.where(luck[1:2] % one_in == 0, 0.0, 1.0))

    plain = plain_sampler(lambda z: z[0], lambda s: np.where(s[0] == 0.0, 0.0, -1e3), weak=np.array([True]))
    made = posterior(dataclasses.replace(plain, run=run, moves=16), 1, size, 40)
    luck = made.futures.members
    assert np.all(luck[1] % one_in == 0)
    rates = luck_rates(made)
    tries = size * 16  # of all spans in a step, at least a tenth of them in the second
    assert abs(rates[1] - 1 / one_in) < 4 * math.sqrt(1 / one_in / (0.1 * tries)) + 20 / tries
    assert rates[[0, 2, 3]].min() > 0.7, "a quarter of the moves draw a second span, one in six of those the seldom one"
    chosen = np.bincount(relucked(luck, luck[0], 1 / np.sqrt(rates), np.random.default_rng(1))[1], minlength=spans)
    assert chosen[1] > 3 * chosen[[0, 2, 3]].max()
    for span in (0, 2, 3):
        odd = np.mean(luck[span] // one_in % 2)
        assert abs(odd - 0.5) < 4 * 0.5 * math.sqrt(FEWER / size)
