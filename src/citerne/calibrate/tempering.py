"""Re-weighting in small steps: from the prior to the posterior of unknowns and luck together.

A sequential Monte Carlo sampler (Del Moral, Doucet & Jasra 2006, JRSS B 68:411-436) on the pair (z, luck), z the normal
scores of the unknowns. With l(z, luck) the interval-aware log-likelihood of one future and q0 what the population
started from, step t has the target

    pi_t(z, luck) ~ q0(z)^(1 - b_t) (N(z; 0, I) exp l(z, luck))^b_t,      0 = b_0 < b_1 < ... = 1.

b_t is raised until the Kish size of the new weights falls to KEEP of the population; the population is resampled
(systematic) and moved by Metropolis-Hastings steps that leave pi_t unchanged:

    shift   z' = m + sqrt(1 - r^2) (z - m) + r C^(1/2) x, m and C of the other half: reversible for N(m, C)
            (preconditioned Crank-Nicolson, Cotter et al. 2013, Statist. Sci. 28:424-446); luck as it was
    anew    for half of the futures each weak unknown with probability 1/2 drawn from its prior, for the others any
            unknown with probability ANEW; weak are those that hardly sway the targets (`weak_unknowns`)
    luck    fresh luck for one week, unknowns as they were; two weeks at a time for some
    switch  a fresh combination of variants from its prior for half of the futures, luck again for the others.

The luck of a future is a member number for each week. The marginal over z is the posterior of the unknowns whatever the
luck, and the pairs are futures that agree with the record. Every random number comes from (seed, step): an interrupted
calibration goes on from its last step to the same result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from citerne.calibrate.simulate import Futures

Array = np.ndarray[Any, Any]
KEEP = 0.5
MOVES = 4  # per temperature, one of each kind
ANEW = 0.05
REACH, LEAST, MOST = 0.25, 0.05, 0.6  # length of shifts: where it starts, and its bounds
WISHED = 0.2  # acceptance that the length of shifts aims at
SHRINK = 0.1  # least part of a covariance that is replaced by its diagonal

Run = Callable[[Array, Array, Array], Futures]  # scores, members, combination -> futures
LogLikelihood = Callable[[Array], Array]  # statistics (target, future) -> (future,)


@dataclass(frozen=True)
class Population:
    """Equal-weight futures at one temperature.

    Attributes
    ----------
    futures : the population
    loglik : float64 (future,)
    start : float64 (future,), log q0 - log prior of each
    beta, step, next_member : temperature, steps done, next unused member number
    reach, runs : length of shifts, futures run so far
    trace : one line per step
    """

    futures: Futures
    loglik: Array
    start: Array
    beta: float = 0.0
    step: int = 0
    next_member: int = 0
    reach: float = REACH
    runs: int = 0
    trace: tuple[Mapping[str, float], ...] = field(default=())

    @property
    def size(self) -> int:
        """Number of futures."""
        return len(self.loglik)


@dataclass(frozen=True)
class Sampler:
    """What the steps need: how to run futures, how to judge them, where the population comes from.

    `log_start(z)` is log q0(z) - log prior(z), (future,); `combination(u)` turns uniforms into variant
    combinations; `variants` says that there are several;
    `weak` (unknown,) marks unknowns that hardly sway the targets.
    """

    run: Run
    loglik: LogLikelihood
    log_start: Callable[[Array], Array]
    combination: Callable[[Array], Array]
    seed: int
    variants: bool = False
    weak: Array | None = None

    def open(self, scores: Array, first_member: int) -> Population:
        """The population at temperature 0."""
        members = np.arange(first_member, first_member + scores.shape[1], dtype=np.uint32)
        rng = np.random.default_rng([self.seed, 0])
        futures = self.run(scores, members, self.combination(rng.random(scores.shape[1])))
        n = scores.shape[1]
        loglik, start = self.loglik(futures.statistics), self.log_start(scores)
        return Population(futures, loglik, start, next_member=first_member + n, runs=n)

    def to_posterior(
        self, population: Population, budget: int, *, keep: Callable[[Population], None] = lambda _p: None
    ) -> Population:
        """Steps until temperature 1 and until the budget of futures is used; `keep` sees each finished step."""
        cost = MOVES * population.size
        while population.beta < 1 or population.runs + cost <= budget:
            # what is left of the budget must reach the posterior, however large the last jump
            hurry = population.runs + 2 * cost > budget
            population = self.step(population, beta=1.0 if hurry else None)
            keep(population)
        return population

    def step(self, population: Population, beta: float | None = None) -> Population:
        """One temperature: re-weight, resample, move. At temperature 1 it only moves."""
        rng = np.random.default_rng([self.seed, population.step + 1])
        kish = float(population.size)
        if population.beta < 1:
            pull = population.loglik - population.start
            raised = next_beta(pull, population.beta, KEEP * population.size) if beta is None else beta
            weights = normalised((raised - population.beta) * pull)
            kish = kish_size(weights)
            population = replace(take(population, systematic(weights, rng)), beta=raised)
        reach = population.reach
        population, shifts = self._shift(population, rng)
        population, anew = self._anew(population, rng)
        population, lucky = self._luck(population, rng)
        population, switched = self._switch(population, rng)
        line = {
            "beta": population.beta, "kish": kish, "shifted": shifts, "anew": anew, "luck": lucky,
            "switched": switched, "reach": reach, "distinct": float(distinct(population.futures)),
            "loglik": float(population.loglik.mean()),
        }  # fmt: skip
        reach = min(max(reach * math.exp(shifts - WISHED), LEAST), MOST)
        return replace(population, step=population.step + 1, reach=reach, trace=(*population.trace, line))

    def _shift(self, population: Population, rng: np.random.Generator) -> tuple[Population, float]:
        """Each half is moved along the law of the other, which it does not itself shape: so the step stays exact."""
        shares, n = 0.0, population.size
        for mine, other in ((0, 1), (1, 0)):
            which = np.arange(mine, n, 2)
            part, guide = take(population, which), population.futures.scores[:, other::2]
            scores, log_back = shifted(part.futures.scores, guide, population.reach, rng)
            gain = log_prior(scores) - log_prior(part.futures.scores) + log_back
            moved, share = self._judge(part, (scores, part.futures.members, part.futures.combination), gain, rng)
            population = put(population, which, moved)
            shares += share * len(which) / n
        return population, shares

    def _anew(self, population: Population, rng: np.random.Generator) -> tuple[Population, float]:
        old = population.futures
        chance = np.full(old.scores.shape, ANEW)
        if self.weak is not None and self.weak.any():
            sweeps = rng.random(population.size) < 0.5
            chance[:, sweeps] = np.where(self.weak, 0.5, 0.0)[:, None]
        which = rng.random(old.scores.shape) < chance
        scores = np.where(which, rng.standard_normal(old.scores.shape), old.scores)
        return self._judge(population, (scores, old.members, old.combination), np.zeros(population.size), rng)

    def _luck(self, population: Population, rng: np.random.Generator) -> tuple[Population, float]:
        old, n = population.futures, population.size
        numbers = (population.next_member + np.arange(n)).astype(np.uint32)
        members = relucked(old.members, numbers, rng)
        population = replace(population, next_member=population.next_member + n)
        return self._judge(population, (old.scores, members, old.combination), np.zeros(n), rng)

    def _switch(self, population: Population, rng: np.random.Generator) -> tuple[Population, float]:
        old, n = population.futures, population.size
        numbers = (population.next_member + np.arange(n)).astype(np.uint32)
        members, combination = relucked(old.members, numbers, rng), old.combination
        if self.variants:
            other = rng.random(n) < 0.5
            members = np.where(other, old.members, members)
            combination = np.where(other, self.combination(rng.random(n)), combination)
        population = replace(population, next_member=population.next_member + n)
        return self._judge(population, (old.scores, members, combination), np.zeros(n), rng)

    def _judge(
        self, population: Population, proposal: tuple[Array, Array, Array], gain: Array, rng: np.random.Generator
    ) -> tuple[Population, float]:
        """Run the proposed futures and take each with its Metropolis-Hastings probability; returns the share taken.

        `gain` is the log ratio of prior times backward over forward proposal density.
        """
        old, b = population.futures, population.beta
        new = self.run(*proposal)
        loglik, start = self.loglik(new.statistics), self.log_start(new.scores)
        gain = gain + (1 - b) * (start - population.start) + b * (loglik - population.loglik)
        yes = np.log(rng.random(population.size)) < gain
        moved = Futures(
            np.where(yes, new.scores, old.scores),
            np.where(yes, new.members, old.members),
            np.where(yes, new.combination, old.combination),
            np.where(yes, new.statistics, old.statistics),
        )
        moved_population = replace(
            population,
            futures=moved,
            loglik=np.where(yes, loglik, population.loglik),
            start=np.where(yes, start, population.start),
            runs=population.runs + population.size,
        )
        return moved_population, float(yes.mean())


def weak_unknowns(scores: Array, quantities: Array, strong: int) -> Array:
    """Mark all unknowns but the `strong` that sway the targets most, (unknown,).

    `quantities` (target, future) stand in units of their error. Sway is the sum over targets of the variance that a
    straight line in the unknown explains, each target's variance counted as at most 100 errors squared.
    """
    z = (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)
    x = quantities - np.median(quantities, axis=1, keepdims=True)
    x = np.clip(x, -10, 10)
    slope = (x - x.mean(axis=1, keepdims=True)) @ z.T / z.shape[1]
    sway = (slope**2).sum(axis=0)
    weak = np.ones(len(sway), bool)
    weak[np.argsort(-sway, kind="stable")[:strong]] = False
    return weak


def relucked(members: Array, numbers: Array, rng: np.random.Generator) -> Array:
    """Luck with one week of each future (two for a quarter of them) replaced by fresh numbers; one row is one week."""
    if members.ndim == 1:
        return numbers
    new, each = members.copy(), np.arange(len(numbers))
    first, second = rng.integers(len(members), size=(2, len(numbers)))
    new[first, each] = numbers
    new[np.where(rng.random(len(numbers)) < 0.25, second, first), each] = numbers
    return np.asarray(new)


def log_prior(scores: Array) -> Array:
    """Log density of N(0, I) up to a constant, (future,)."""
    return np.asarray(-0.5 * (scores**2).sum(axis=0))


def shifted(scores: Array, guide: Array, reach: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Proposal reversible for the normal law of `guide` (unknown, other), and log N(z) - log N(z') of that law."""
    centre = guide.mean(axis=1, keepdims=True)
    root = covariance_root(guide)
    noise = rng.standard_normal(scores.shape)
    proposed = centre + math.sqrt(1 - reach**2) * (scores - centre) + reach * (root @ noise)
    before = np.linalg.solve(root, scores - centre)
    after = np.linalg.solve(root, proposed - centre)
    return proposed, 0.5 * ((after**2).sum(axis=0) - (before**2).sum(axis=0))


def covariance_root(scores: Array) -> Array:
    """Cholesky root of a covariance shrunk to its diagonal, the more the fewer futures there are to an unknown."""
    unknowns, count = scores.shape
    full = np.atleast_2d(np.cov(scores))
    spread = np.maximum(np.diag(full), 1e-3)
    shrink = min(max(SHRINK, 2 * unknowns / count), 0.9)
    return np.asarray(np.linalg.cholesky((1 - shrink) * full + np.diag(shrink * spread + 1e-6)))


def normalised(log_weights: Array) -> Array:
    """Weights that sum to 1 from their logarithms."""
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def kish_size(weights: Array) -> float:
    """(sum w)^2 / sum w^2 (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def next_beta(pull: Array, beta: float, wanted: float) -> float:
    """Largest temperature up to 1 that leaves a Kish size of `wanted`, by bisection."""
    if kish_size(normalised((1 - beta) * pull)) >= wanted:
        return 1.0
    low, high = beta, 1.0
    for _round in range(50):
        middle = (low + high) / 2
        if kish_size(normalised((middle - beta) * pull)) >= wanted:
            low = middle
        else:
            high = middle
    return high


def systematic(weights: Array, rng: np.random.Generator) -> Array:
    """Indices (future,) drawn in proportion to the weights by systematic resampling."""
    n = len(weights)
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    return np.searchsorted(edges, (np.arange(n) + rng.random()) / n, side="right")


def take(population: Population, which: Array) -> Population:
    """Population made of the given members of another."""
    old = population.futures
    return replace(
        population,
        futures=Futures(
            old.scores[:, which], old.members[..., which], old.combination[which], old.statistics[:, which]
        ),
        loglik=population.loglik[which],
        start=population.start[which],
    )


def put(population: Population, which: Array, part: Population) -> Population:
    """Population with the given members replaced by those of `part`."""
    f, new = population.futures, part.futures
    scores, members, combination = f.scores.copy(), f.members.copy(), f.combination.copy()
    statistics, loglik, start = f.statistics.copy(), population.loglik.copy(), population.start.copy()
    scores[:, which], members[..., which], combination[which] = new.scores, new.members, new.combination
    statistics[:, which], loglik[which], start[which] = new.statistics, part.loglik, part.start
    futures = Futures(scores, members, combination, statistics)
    return replace(population, futures=futures, loglik=loglik, start=start, runs=part.runs)


def distinct(futures: Futures) -> int:
    """Number of distinct draws of the unknowns."""
    return len(np.unique(futures.scores, axis=1).T)


def kish_of_draws(futures: Futures) -> float:
    """Kish size over distinct draws of the unknowns, each weighted by how often it stands in the population."""
    _rows, counts = np.unique(futures.scores, axis=1, return_counts=True)
    return kish_size(counts.astype(float))


def save(population: Population, path: Path) -> None:
    """Store a population, first under another name and then in its place."""
    draft = path.with_name("writing.npz")
    keys = sorted(population.trace[0]) if population.trace else []
    lines = np.array([[line[key] for key in keys] for line in population.trace])
    f = population.futures
    np.savez(
        draft, scores=f.scores, members=f.members, combination=f.combination, statistics=f.statistics,
        loglik=population.loglik, start=population.start, trace=lines, keys=np.array(keys, dtype="U16"),
        numbers=np.array([population.beta, population.reach]),
        counts=np.array([population.step, population.next_member, population.runs]),
    )  # fmt: skip
    draft.replace(path)


def read(path: Path) -> Population:
    """A population stored by `save`."""
    with np.load(path) as data:
        keys = [str(key) for key in data["keys"]]
        trace = tuple(dict(zip(keys, map(float, line), strict=True)) for line in data["trace"])
        beta, reach = map(float, data["numbers"])
        step, next_member, runs = map(int, data["counts"])
        futures = Futures(data["scores"], data["members"], data["combination"], data["statistics"])
        return Population(futures, data["loglik"], data["start"], beta, step, next_member, reach, runs, trace)
