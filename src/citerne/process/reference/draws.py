"""Rare draws from their textbook probabilities: the smallest count k with u <= P(X <= k), in float64.

The kernel reaches the same counts by recurrences; these use log-gamma functions and share no line with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable


def _smallest(u: float, most: int, pmf: Callable[[int], float]) -> int:
    below = 0.0
    for k in range(most):
        below += pmf(k)
        if u <= below:
            return k
    return most


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def poisson(u: float, mean: float, most: int = 24) -> int:
    """Poisson count, cut at `most`: P(k) = exp(-mean) mean^k / k!."""
    if mean <= 0:
        return 0
    return _smallest(u, most, lambda k: math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)))


def groups_hit(u: float, groups: int, hazard: float) -> int:
    """Groups that meet at least one ambush when each meets Poisson(hazard) of them: Binomial(groups, 1 - exp(-h))."""
    if groups == 0 or hazard <= 0:
        return 0
    hit = -math.expm1(-hazard)
    return _smallest(u, groups, lambda k: math.exp(_log_choose(groups, k) + k * math.log(hit) - hazard * (groups - k)))


def trucks_lost(u: float, trucks: int, a: float, b: float) -> int:
    """Beta-binomial loss of a hit group: P(k) = C(n, k) B(a + k, b + n - k) / B(a, b)."""
    return _smallest(
        u, trucks, lambda k: math.exp(_log_choose(trucks, k) + _log_beta(a + k, b + trucks - k) - _log_beta(a, b))
    )
