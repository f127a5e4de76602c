"""How well simulated quantities agree with the reports: log-likelihood per target and future, rivals as a mixture.

For a target with scale error s (observe.py) and simulated quantity x, with g the logarithm for positive quantities and
the identity for shares, hours and days:

    exact y          log N(g(y); g(x), s^2); where y lies on a bound of the scale, the probability beyond it
    at_least L       log P(g(x) + s e >= g(L)),   at_most and interval likewise, e standard normal.

Each report is taken to be off by OFF times its usual error with a small probability by reliability, so that one wrong
report cannot decide alone. Rival counts of the same thing (column `variant`) are never averaged: future i gets

    log sum_v w_v exp(sum over rows of v of l_i),

and the posterior weight of count v is the mean of its share in that sum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.calibrate.observe import BOUNDS, OFF, WRONG, Row, error_of, scale_of
from citerne.metrics.windows import allowed

Array = np.ndarray[Any, Any]
SMALLEST = 0.01  # a simulated zero counts as this part of what was reported
LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Likelihood:
    """Log-likelihoods (target, future) and how rivals enter.

    `shared` are rows of every reading; `rivals` maps a reading to its rows and `prior` to its weight.
    """

    shared: tuple[int, ...]
    rivals: Mapping[str, tuple[int, ...]]
    prior: Mapping[str, float]

    def total(self, each: Array) -> Array:
        """Log-likelihood of each future (future,), rivals mixed."""
        total = each[list(self.shared)].sum(axis=0)
        if self.rivals:
            from scipy.special import logsumexp

            total = total + logsumexp(self._by_rival(each), axis=0)
        return np.asarray(total)

    def _by_rival(self, each: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.stack([np.log(self.prior[v]) + each[list(rows)].sum(axis=0) for v, rows in self.rivals.items()])

    def readings(self, each: Array) -> dict[str, Array]:
        """Share of each reading in each future, (future,) summing to 1 over readings."""
        if not self.rivals:
            return {}
        from scipy.special import softmax

        shares = softmax(self._by_rival(each), axis=0)
        return {name: shares[k] for k, name in enumerate(self.rivals)}


def rivals_of(targets: Sequence[Row], prior: Mapping[str, float]) -> Likelihood:
    """Sort targets into shared rows and rival readings; a reading without a prior weight counts as one of equals."""
    shared = tuple(k for k, row in enumerate(targets) if not row["variant"])
    named = sorted({row["variant"] for row in targets if row["variant"]})
    rivals = {name: tuple(k for k, row in enumerate(targets) if row["variant"] == name) for name in named}
    weights = {name: prior.get(name, 0.0) for name in named}
    total = sum(weights.values())
    return Likelihood(shared, rivals, {n: w / total if total > 0 else 1 / len(named) for n, w in weights.items()})


def on_scale(values: Array, row: Row) -> Array:
    """Quantities on the scale of the error: logarithms of positive ones, the rest as they are."""
    if scale_of(row["unit"]) != "log":
        return np.asarray(values, float)
    low, high = allowed(row)
    reported = max(abs(v) for v in (low, high) if math.isfinite(v))
    return np.asarray(np.log(np.maximum(values, SMALLEST * reported if reported > 0 else SMALLEST)))


def log_likelihoods(statistics: Array, targets: Sequence[Row]) -> Array:
    """Log-likelihood (target, future) of simulated quantities (target, future)."""
    return np.stack([one_row(statistics[k], row) for k, row in enumerate(targets)])


def one_row(values: Array, row: Row) -> Array:
    """Log-likelihood (future,) of one target."""
    sigma, wrong = error_of(row), WRONG[row["reliability"]]
    x = on_scale(values, row)
    usual, off = _term(x, row, sigma), _term(x, row, OFF * sigma)
    return np.asarray(np.logaddexp(math.log1p(-wrong) + usual, math.log(wrong) + off))


def _term(x: Array, row: Row, sigma: float) -> Array:
    from scipy.special import log_ndtr

    scale = scale_of(row["unit"])
    low, high = allowed(row)
    floor, ceiling = BOUNDS[scale]
    if low == high and not (scale != "log" and low in (floor, ceiling)):
        at = float(on_scale(np.array([low]), row)[0])
        return np.asarray(-0.5 * ((at - x) / sigma) ** 2 - math.log(sigma) - LOG_ROOT_TWO_PI)
    if scale != "log":  # what lies beyond a bound of the scale is reported as the bound
        low = -math.inf if low <= floor else low
        high = math.inf if high >= ceiling else high
    below = -math.inf if math.isinf(low) else float(on_scale(np.array([low]), row)[0])
    above = math.inf if math.isinf(high) else float(on_scale(np.array([high]), row)[0])
    if math.isinf(above):
        return np.asarray(log_ndtr((x - below) / sigma))
    if math.isinf(below):
        return np.asarray(log_ndtr((above - x) / sigma))
    # log of a difference of normal probabilities, taken in the tail where it keeps its digits
    a, b = (below - x) / sigma, (above - x) / sigma
    flip = a > 0
    upper, lower = np.where(flip, -a, b), np.where(flip, -b, a)
    return np.asarray(log_ndtr(upper) + np.log1p(-np.exp(log_ndtr(lower) - log_ndtr(upper))))
