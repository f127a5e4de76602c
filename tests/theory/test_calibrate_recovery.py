"""Is the posterior honest? Unknowns of synthetic countries recovered from reports that we wrote ourselves."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from calibrate_cases import SEEN, UNKNOWN, reports, small_country, target
from citerne.calibrate.fit import SWEEPS, calibrate, population_size
from citerne.calibrate.likelihood import log_likelihoods
from citerne.calibrate.simulate import Simulator
from citerne.calibrate.tempering import kish_size, normalised
from proving import write_proof

LEVELS = (0.5, 0.8, 0.9, 0.95)
TRUTHS = 20_000  # seed of the luck and unknowns of the synthetic countries; no calibration uses it


def recovered(countries: int, budget: int, first: int = 0, bias: float = 0.0) -> dict[str, np.ndarray]:
    """For each unknown the rank of its true value, as a share of the posterior below it, (country,)."""
    case = small_country()
    simulator = Simulator(case, [target(k) for k in range(len(SEEN))])
    numbers = np.arange(first + countries, dtype=np.uint32)
    truth = simulator.run(simulator.prior_scores(numbers, TRUTHS), numbers, np.zeros(len(numbers), int), TRUTHS)
    ranks: dict[str, list[float]] = {name: [] for name in UNKNOWN}
    for k in range(first, first + countries):
        rows = reports(simulator, truth, k, seed=TRUTHS, bias=bias)
        # the simulator is made ready once: it knows windows and series, which all countries share, not the values
        simulator.targets = tuple(rows)
        made = calibrate(case, rows, budget=budget, seed=k, simulator=simulator)
        scores = made.population.futures.scores
        for name in UNKNOWN:
            p = simulator.names.index(name)
            ranks[name].append(float(np.mean(scores[p] < truth.scores[p, k])))
    return {name: np.array(shares) for name, shares in ranks.items()}


def covered(ranks: dict[str, np.ndarray], level: float) -> dict[str, float]:
    """Share of countries whose true value lies in the central interval of `level`, by unknown."""
    tail = (1 - level) / 2
    return {name: float(np.mean((shares > tail) & (shares < 1 - tail))) for name, shares in ranks.items()}


FEW, SMALL = 8, 256 * (1 + 4 * 7)


def inside_90(bias: float = 0.0) -> tuple[float, float]:
    """How many true values lie in their 90 % intervals, and four standard errors below nine in ten."""
    ranks = recovered(FEW, SMALL, bias=bias)
    of = FEW * len(UNKNOWN)
    return sum(share * FEW for share in covered(ranks, 0.9).values()), 0.9 * of - 4 * math.sqrt(of * 0.9 * 0.1)


def test_a_few_synthetic_countries_are_recovered() -> None:
    inside, least = inside_90()
    assert inside >= least


def test_a_planted_bias_of_the_reports_is_detected() -> None:
    inside, least = inside_90(bias=3.0)
    assert inside < least


@pytest.mark.prove
def test_the_sampler_agrees_with_plain_importance_weights() -> None:
    case = small_country()
    # four reports of low reliability: with all nine the plain method is left with a few dozen effective draws
    simulator = Simulator(case, [target(k, reliability="D") for k in (0, 4, 5, 8)])
    numbers = np.arange(60_000, dtype=np.uint32)
    prior = simulator.run(simulator.prior_scores(numbers, 77), numbers, np.zeros(len(numbers), int), 77)
    rows = reports(simulator, prior, 0, seed=3)
    weights = normalised(log_likelihoods(prior.statistics, rows).sum(axis=0))
    effective = kish_size(weights)
    assert effective > 200, "else the plain method says too little"
    simulator.targets = tuple(rows)
    made = calibrate(case, rows, budget=60_000, seed=5, simulator=simulator)
    for name in UNKNOWN:
        k = simulator.names.index(name)
        mean = float(weights @ prior.scores[k])
        spread = math.sqrt(float(weights @ (prior.scores[k] - mean) ** 2))
        ours = made.population.futures.scores[k]
        # futures of a population share ancestors and luck: a tenth counts as independent
        error = spread * math.sqrt(1 / effective + 10 / len(ours))
        assert abs(ours.mean() - mean) < 4 * error, name


@pytest.mark.prove
def test_nine_in_ten_intervals_hold_the_truth_of_two_hundred_countries() -> None:
    began = time.perf_counter()
    countries, budget = 200, 512 * SWEEPS[0]
    ranks = recovered(countries, budget)
    coverage = {f"{level:g}": covered(ranks, level) for level in LEVELS}
    write_proof(
        "truth_recovery", "nine-in-ten intervals of unknowns hold the truth of synthetic countries nine times in ten",
        "python -m pytest -m prove tests/theory/test_calibrate_recovery.py",
        countries=countries, reports=len(SEEN), population=population_size(budget), futures_each=budget,
        coverage=coverage, coverage_of_all={k: float(np.mean(list(v.values()))) for k, v in coverage.items()},
        mean_rank={name: float(shares.mean()) for name, shares in ranks.items()},
        seconds=round(time.perf_counter() - began),
    )  # fmt: skip
    for name, share in coverage["0.9"].items():
        assert 0.85 <= share <= 0.95, name
