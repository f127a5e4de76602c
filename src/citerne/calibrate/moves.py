"""Where a future may move to: proposals of a sampler, each with what Metropolis and Hastings need of it.

A shift along a normal law N(m, C) is reversible for that law (preconditioned Crank-Nicolson, Cotter et al. 2013,
Statist. Sci. 28:424-446). Of a block b of unknowns, given those that stay (r), it is

    z_b' = c + sqrt(1 - l^2) (z_b - c) + l K^(1/2) x,    c = m_b - P_bb^-1 P_br (z_r - m_r),  K = P_bb^-1,  P = C^-1,

with x standard normal and a length l drawn anew for every future: near 1 a future forgets where it was. Unknowns that
sway the targets (strong) follow the law of other futures, in blocks of one, two, four or all of them; those that
hardly do (weak) follow their prior, N(0, I). A law of all unknowns from other futures would be mostly noise, a hundred
unknowns from a few hundred futures, and allow small steps only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BLOCKS = (1, 2, 4, 10_000)  # sizes of a block, equally likely; cut to the number of strong unknowns
GROUP = 64  # futures that share a block and a law
SHORTEST = 0.1  # least length of a shift
WEAK = (0.1, 0.2, 0.5)  # chance of each weak unknown of a future to be drawn anew, one of these for each future
SHRINK = 0.1  # least part of a covariance that is replaced by its diagonal
PRIOR = 0.3  # part of the blocks that follow the prior, in case the other futures lie too close together
SEEN = 4.0  # standard errors from which a correlation with a target counts


def shifted(scores: Array, guide: Array, weak: Array, whole: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Futures shifted: in some all unknowns, in the others a block of the strong.

    Parameters
    ----------
    scores : (unknown, future), where futures are
    guide : (unknown, other), futures whose law they follow; none of them among those that move
    weak : bool (unknown,); weak unknowns follow their prior
    whole : bool (future,), futures of which all unknowns are shifted

    Returns
    -------
    proposed scores (unknown, future), and the log ratio (future,) that Metropolis and Hastings ask for: prior times
    backward over forward proposal density
    """
    n, strong = scores.shape[1], np.flatnonzero(~weak)
    length = np.sqrt(rng.uniform(SHORTEST**2, 1.0, n))
    proposed, gain = scores.copy(), np.zeros(n)
    place = np.ix_(weak, whole)
    noise = rng.standard_normal(scores[place].shape)
    proposed[place] = np.sqrt(1 - length[whole] ** 2) * scores[place] + length[whole] * noise
    if not strong.size:
        return proposed, gain
    root = np.linalg.inv(covariance_root(guide[strong]))
    others = guide[strong].mean(axis=1, keepdims=True), root.T @ root
    prior = np.zeros((strong.size, 1)), np.eye(strong.size)
    order = rng.permutation(np.flatnonzero(~whole))
    groups = [np.flatnonzero(whole), *np.array_split(order, max(len(order) // GROUP, 1))]
    for k, lanes in enumerate(groups):
        centre, precision = prior if k and rng.random() < PRIOR else others
        size = int(rng.choice(BLOCKS)) if k else strong.size
        block = np.sort(rng.choice(strong.size, min(size, strong.size), replace=False))
        old = scores[np.ix_(strong, lanes)]
        new, log_back = block_shift(old - centre, precision, block, length[lanes], rng)
        new += centre
        proposed[np.ix_(strong, lanes)] = new
        gain[lanes] = log_prior(new) - log_prior(old) + log_back
    return proposed, gain


def block_shift(
    scores: Array, precision: Array, block: Array, length: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """A block of unknowns shifted by `length` (future,) along N(0, precision^-1), and log N(z) - log N(z') of it."""
    own, rest = precision[np.ix_(block, block)], np.setdiff1d(np.arange(len(scores)), block)
    off = scores[block] + np.linalg.solve(own, precision[np.ix_(block, rest)] @ scores[rest])
    back = np.linalg.cholesky(own).T  # back @ off is standard normal where off follows the law
    new = np.sqrt(1 - length**2) * off + length * np.linalg.solve(back, rng.standard_normal(off.shape))
    proposed = scores.copy()
    proposed[block] += new - off
    return proposed, 0.5 * (((back @ new) ** 2).sum(axis=0) - ((back @ off) ** 2).sum(axis=0))


def weak_moved(scores: Array, rng: np.random.Generator) -> Array:
    """Scores (unknown, future) of weak unknowns, some drawn from their prior."""
    fresh = rng.random(scores.shape) < rng.choice(WEAK, scores.shape[1])
    return np.where(fresh, rng.standard_normal(scores.shape), scores)


def covariance_root(scores: Array) -> Array:
    """Cholesky root of a covariance shrunk to its diagonal, the more the fewer futures there are to an unknown."""
    unknowns, count = scores.shape
    full = np.atleast_2d(np.cov(scores))
    spread = np.maximum(np.diag(full), 1e-3)
    shrink = min(max(SHRINK, 2 * unknowns / count), 0.9)
    return np.asarray(np.linalg.cholesky((1 - shrink) * full + np.diag(shrink * spread + 1e-6)))


def log_prior(scores: Array) -> Array:
    """Log density of N(0, I) up to a constant, (future,)."""
    return np.asarray(-0.5 * (scores**2).sum(axis=0))


def relucked(members: Array, numbers: Array, chance: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Luck with one span of each future (two for a quarter of them) replaced by fresh numbers.

    Parameters
    ----------
    members : uint32 (span, future)
    numbers : uint32 (future,), fresh member numbers
    chance : (span,), how often each span is chosen

    Returns
    -------
    luck (span, future), and the first span of each that was replaced (future,)
    """
    new, each = members.copy(), np.arange(len(numbers))
    first, second = rng.choice(len(members), size=(2, len(numbers)), p=chance / chance.sum())
    new[first, each] = numbers
    new[np.where(rng.random(len(numbers)) < 0.25, second, first), each] = numbers
    return new, first


def weak_unknowns(scores: Array, quantities: Array, strong: int) -> Array:
    """Mark all unknowns but those that sway the targets most, at most `strong` of them, (unknown,).

    `quantities` (target, future) stand in units of their error. Sway is the sum over targets of the variance that a
    straight line in the unknown explains, each target's variance counted as at most 100 errors squared. An unknown
    whose correlation with no target stands out of chance (SEEN standard errors) is weak, whatever its sway.
    """
    z = (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)
    x = np.clip(quantities - np.median(quantities, axis=1, keepdims=True), -10, 10)
    x = x - x.mean(axis=1, keepdims=True)
    slope = x @ z.T / z.shape[1]
    sway = (slope**2).sum(axis=0)
    chance = x.std(axis=1, keepdims=True) / math.sqrt(z.shape[1])
    weak = ~(np.abs(slope) > SEEN * chance).any(axis=0)
    weak[np.argsort(-np.where(weak, -1.0, sway), kind="stable")[strong:]] = True
    return np.asarray(weak)
