"""Re-weighting in small steps: from the prior to the posterior of unknowns and luck together.

A sequential Monte Carlo sampler (Del Moral, Doucet & Jasra 2006, JRSS B 68:411-436) on the pair (z, luck), z the normal
scores of the unknowns. With l(z, luck) the interval-aware log-likelihood of one future and q0 what the population
started from, step t has the target

    pi_t(z, luck) ~ q0(z)^(1 - b_t) (N(z; 0, I) exp l(z, luck))^b_t,      0 = b_0 < b_1 < ... = 1.

b_t is raised until the Kish size of the new weights falls to KEEP of the population; the population is resampled
(systematic) and moved some times. Each future draws a kind of move, which Metropolis and Hastings then judge, so that
pi_t stays as it is:

    all       all unknowns, luck as it was
    strong    a block of the unknowns that sway the targets, (`moves`)
    lucky     the same together with fresh luck for a span of days, for a quarter of the futures two: unknowns and luck
              that explain the same losses hold each other fast where they only move by turns
    luck      fresh luck as above, unknowns as they were
    weak      unknowns that hardly sway the targets, several at a time, from their prior
    switched  one of the rival assumptions anew, from its prior; for every other future together with a block of the
              strong: a law of losses and the size of a loss hold each other fast too

The luck of a future is a member number for each span of days. Spans whose fresh luck was seldom taken in the step
before (a dated ambush lies in them) are tried the more often, as one over the square root of their rate. The marginal
over z is the posterior of the unknowns whatever the luck, and the pairs are futures that agree with the record. Every
random number comes from (seed, step): an interrupted calibration goes on from its last step to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from citerne.calibrate.moves import relucked, shifted, weak_moved
from citerne.calibrate.simulate import Futures

Array = np.ndarray[Any, Any]
KEEP = 0.5
MOVES = 4  # per step, at least
TOGETHER = 0.5  # part of the switches that also shift a block of the strong unknowns
SPAN = "luck:"  # key of a span's rate in the trace
RAREST, WORTH = 0.003, 20.0  # least rate of a span, and moves that the rate of the step before counts as
# how often a future is moved in which way
KINDS = {"all": 0.05, "strong": 0.25, "lucky": 0.2, "luck": 0.3, "weak": 0.08, "switched": 0.12}

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
    runs : futures run so far
    trace : one line per step
    """

    futures: Futures
    loglik: Array
    start: Array
    beta: float = 0.0
    step: int = 0
    next_member: int = 0
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
    combinations, `switched(now, u, v)` draws one variant of each combination anew (None where there is one only);
    `weak` (unknown,) marks unknowns that hardly sway the targets; `moves` is the number of moves in a step.
    """

    run: Run
    loglik: LogLikelihood
    log_start: Callable[[Array], Array]
    combination: Callable[[Array], Array]
    seed: int
    switched: Callable[[Array, Array, Array], Array] | None = None
    weak: Array | None = None
    moves: int = MOVES

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
        cost = self.moves * population.size
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
        tried, taken = np.zeros(len(KINDS)), np.zeros(len(KINDS))
        rates = luck_rates(population)
        fresh, kept = np.full(len(rates), WORTH), WORTH * rates
        for _round in range(self.moves):
            population, kind, span, yes = self._move(population, rates, rng)
            tried += np.bincount(kind, minlength=len(KINDS))
            taken += np.bincount(kind, yes, len(KINDS))
            fresh += np.bincount(span[span >= 0], minlength=len(rates))
            kept += np.bincount(span[span >= 0], yes[span >= 0], len(rates))
        line = {
            "beta": population.beta, "kish": kish, "distinct": float(distinct(population.futures)),
            "loglik": float(population.loglik.mean()),
            **{name: float(share) for name, share in zip(KINDS, taken / np.maximum(tried, 1), strict=True)},
            **{f"{SPAN}{k}": float(rate) for k, rate in enumerate(kept / fresh)},
        }  # fmt: skip
        return replace(population, step=population.step + 1, trace=(*population.trace, line))

    def _move(
        self, population: Population, rates: Array, rng: np.random.Generator
    ) -> tuple[Population, Array, Array, Array]:
        """One move of each future: the population, the kind of each move as its place in KINDS, the span whose luck it
        drew anew (-1 none), and which were taken.

        Each half is moved along the law of the other, which it does not itself shape: so the move stays exact.
        """
        n = population.size
        numbers = (population.next_member + np.arange(n)).astype(np.uint32)
        population = replace(population, next_member=population.next_member + n)
        kind, span, yes = np.empty(n, int), np.empty(n, int), np.empty(n, bool)
        for mine in (0, 1):
            which = np.arange(mine, n, 2)
            part, guide = take(population, which), population.futures.scores[:, 1 - mine :: 2]
            kind[which] = self._kinds(part.size, rng)
            proposal, gain, span[which] = self._proposal(part.futures, kind[which], guide, numbers[which], rates, rng)
            part, yes[which] = self._judge(part, proposal, gain, rng)
            population = put(population, which, part)
        return population, kind, span, yes

    def _weak(self, unknowns: int) -> Array:
        return np.zeros(unknowns, bool) if self.weak is None else self.weak

    def _kinds(self, count: int, rng: np.random.Generator) -> Array:
        weak = self._weak(1)
        useful = {"strong": not weak.all(), "weak": bool(weak.any()), "switched": self.switched is not None}
        chance = np.array([share * useful.get(name, True) for name, share in KINDS.items()])
        return rng.choice(len(KINDS), count, p=chance / chance.sum())

    def _proposal(
        self, now: Futures, kind: Array, guide: Array, numbers: Array, rates: Array, rng: np.random.Generator
    ) -> tuple[tuple[Array, Array, Array], Array, Array]:
        """Where each future would go, by its kind of move, the log ratio that `_judge` asks for, and the span."""
        name = np.array(list(KINDS))[kind]
        weak = self._weak(len(now.scores))
        scores, gain = now.scores.copy(), np.zeros(len(now))
        switch = name == "switched"
        shifts = np.isin(name, ("all", "strong", "lucky")) | (switch & (rng.random(len(now)) < TOGETHER))
        scores[:, shifts], gain[shifts] = shifted(scores[:, shifts], guide, weak, name[shifts] == "all", rng)
        place = np.ix_(weak, name == "weak")
        scores[place] = weak_moved(scores[place], rng)
        fresh = (name == "lucky") | (name == "luck")
        luck, span = relucked(now.members, numbers, 1 / np.sqrt(rates), rng)
        members = np.where(fresh, luck, now.members)
        combination = now.combination.copy()
        if self.switched is not None:
            combination[switch] = self.switched(now.combination[switch], *rng.random((2, int(switch.sum()))))
        return (scores, members, combination), gain, np.where(fresh, span, -1)

    def _judge(
        self, population: Population, proposal: tuple[Array, Array, Array], gain: Array, rng: np.random.Generator
    ) -> tuple[Population, Array]:
        """Run the proposed futures and take each with its Metropolis-Hastings probability; returns which were taken.

        `gain` is the log ratio of prior times backward over forward proposal density.
        """
        old, b = population.futures, population.beta
        new = self.run(*proposal)
        loglik, start = self.loglik(new.statistics), self.log_start(new.scores)
        gain = gain + (1 - b) * (start - population.start) + b * (loglik - population.loglik)
        yes = np.log(rng.random(population.size)) < gain
        after = Futures(
            np.where(yes, new.scores, old.scores),
            np.where(yes, new.members, old.members),
            np.where(yes, new.combination, old.combination),
            np.where(yes, new.statistics, old.statistics),
        )
        population = replace(
            population,
            futures=after,
            loglik=np.where(yes, loglik, population.loglik),
            start=np.where(yes, start, population.start),
            runs=population.runs + population.size,
        )
        return population, yes


def luck_rates(population: Population) -> Array:
    """How often fresh luck of each span was taken in the last step, (span,); 1 where there was none."""
    last = population.trace[-1] if population.trace else {}
    return np.array([max(last.get(f"{SPAN}{k}", 1.0), RAREST) for k in range(len(population.futures.members))])


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
        beta=np.float64(population.beta),
        counts=np.array([population.step, population.next_member, population.runs]),
    )  # fmt: skip
    draft.replace(path)


def read(path: Path) -> Population:
    """A population stored by `save`."""
    with np.load(path) as data:
        keys = [str(key) for key in data["keys"]]
        trace = tuple(dict(zip(keys, map(float, line), strict=True)) for line in data["trace"])
        beta = float(data["beta"])
        step, next_member, runs = map(int, data["counts"])
        futures = Futures(data["scores"], data["members"], data["combination"], data["statistics"])
        return Population(futures, data["loglik"], data["start"], beta, step, next_member, runs, trace)
