"""Rates of attack from counts: Gamma-Poisson, beta-binomial, Hawkes, power law, progress curve. Pure formulas.

Rates are events for each unit of exposure; what that unit is (a week, a vehicle-kilometre) is the caller's choice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GammaRate:
    """What is believed of a Poisson rate: Gamma with `shape` (events) and `rate` (exposure).

    Gamma(a, b) with n events in exposure T becomes Gamma(a + n, b + T); the next count is negative binomial.
    """

    shape: float
    rate: float

    def update(self, events: float, exposure: float) -> GammaRate:
        """The belief after `events` (>= 0, parts of an event allowed) were seen in `exposure`."""
        return GammaRate(self.shape + events, self.rate + exposure)

    @property
    def mean(self) -> float:
        """Posterior mean, events for each unit of exposure."""
        return self.shape / self.rate

    def quantile(self, probability: float) -> float:
        """The rate that is not passed with this probability."""
        from scipy.special import gammaincinv

        return float(gammaincinv(self.shape, probability)) / self.rate

    def interval(self, level: float) -> tuple[float, float]:
        """Central interval of probability `level`."""
        tail = (1 - level) / 2
        return self.quantile(tail), self.quantile(1 - tail)

    def predictive(self, exposure: float, largest: int) -> Floats:
        """Probability of 0, 1, ..., `largest` events in the next `exposure`."""
        return negative_binomial(self.shape, self.rate, exposure, largest)

    def probability_none(self, exposure: float) -> float:
        """Probability that nothing happens in the next `exposure`: (b / (b + T))^a."""
        return float((self.rate / (self.rate + exposure)) ** self.shape)


def negative_binomial(shape: ArrayLike, rate: ArrayLike, exposure: float, largest: int) -> Floats:
    """Gamma-Poisson counts: P(k) for k = 0..`largest` on a new last axis; `shape` and `rate` broadcast."""
    from scipy.special import gammaln

    a = np.asarray(shape, float)[..., None]
    b = np.asarray(rate, float)[..., None]
    k = np.arange(largest + 1)
    log_p = gammaln(a + k) - gammaln(a) - gammaln(k + 1) + a * np.log(b / (b + exposure))
    if exposure > 0:
        return np.asarray(np.exp(log_p + k * np.log(exposure / (b + exposure))))
    return np.asarray(np.broadcast_to(np.where(k == 0, 1.0, 0.0), log_p.shape).copy())


@dataclass(frozen=True)
class BetaShare:
    """What is believed of a probability (a convoy is hit): Beta(a, b); x of n makes it Beta(a + x, b + n - x)."""

    a: float
    b: float

    def update(self, hits: float, trials: float) -> BetaShare:
        """The belief after `hits` of `trials`."""
        return BetaShare(self.a + hits, self.b + trials - hits)

    @property
    def mean(self) -> float:
        """Posterior mean."""
        return self.a / (self.a + self.b)

    def quantile(self, probability: float) -> float:
        """The share that is not passed with this probability."""
        from scipy.special import betaincinv

        return float(betaincinv(self.a, self.b, probability))


def hawkes_stationary_rate(base_rate: float, branching: float) -> float:
    """Long-run rate of a self-exciting process: mu / (1 - n); the branching ratio must lie in 0 to 1 (1 excluded)."""
    _check_branching(branching)
    return base_rate / (1 - branching)


def hawkes_dispersion(branching: float) -> float:
    """Variance over mean of its counts in long windows: 1 / (1 - n)^2."""
    _check_branching(branching)
    return float(1 / (1 - branching) ** 2)


def hawkes_log_likelihood(times: ArrayLike, horizon: float, base_rate: float, branching: float, decay: float) -> float:
    """Log likelihood of event `times` (sorted, in 0..`horizon`) under mu + sum n beta exp(-beta (t - t_i)).

    Ozaki's recursion, O(N). With fewer than about 60 events the branching ratio is hardly identified.
    """
    t = np.asarray(times, float)
    excited, log_sum, last = 0.0, 0.0, None
    for now in t:
        excited = 0.0 if last is None else math.exp(-decay * (now - last)) * (1 + excited)
        log_sum += math.log(base_rate + branching * decay * excited)
        last = now
    compensator = base_rate * horizon + branching * float((1 - np.exp(-decay * (horizon - t))).sum())
    return log_sum - compensator


def _check_branching(branching: float) -> None:
    if not 0 <= branching < 1:
        raise ValueError(f"branching ratio: found {branching}, expected 0 or more and below 1 (else it explodes)")


def power_law_frequency_ratio(small: float, large: float, exponent: float) -> float:
    """How much more often size `small` comes than `large` under P(x) ~ x^-exponent."""
    return float((large / small) ** exponent)


def power_law_exceedance(size: float, smallest: float, exponent: float) -> float:
    """P(X >= size given X >= smallest) of a continuous power law: (size / smallest)^(1 - exponent)."""
    return float((size / smallest) ** (1 - exponent))


def progress_curve_gaps(first_gap: float, slope: float, attacks: int) -> Floats:
    """Gaps between successive attacks: tau_n = tau_1 n^-b, n = 1 .. attacks - 1; b < 0 means gaps grow."""
    return np.asarray(first_gap * np.arange(1, attacks, dtype=float) ** -slope)


def progress_curve_day(first_gap: float, slope: float, attack: int) -> float:
    """Time from the first attack to attack number `attack` (the first is number 1)."""
    return float(progress_curve_gaps(first_gap, slope, attack).sum())


def probability_of_ambush(hazard_per_km: ArrayLike, length_km: ArrayLike, multiplier: float = 1.0) -> float:
    """P(at least one ambush on the way) = 1 - exp(-m sum h_j l_j), over the segments of a route."""
    total = float(np.sum(np.asarray(hazard_per_km, float) * np.asarray(length_km, float)))
    return -math.expm1(-multiplier * total)


@dataclass(frozen=True)
class PooledRates:
    """Rates of several corridors that learn from one another.

    lambda_c ~ Gamma(a, a / m): all corridors share the mean m and the shape a. Both are unknown too and are
    integrated over a grid (prior: Jeffreys' for the mean of a negative binomial, given the shape; log a flat), so each
    corridor's posterior is a mixture of Gammas, in closed form, without sampling.

    Attributes
    ----------
    weight : [cell], posterior probability of each (a, m) of the grid
    shape : [corridor, cell]
    rate : [corridor, cell]
    """

    weight: Floats
    shape: Floats
    rate: Floats

    @property
    def mean(self) -> Floats:
        """[corridor], posterior mean rate."""
        return np.asarray((self.shape / self.rate) @ self.weight)

    def cdf(self, corridor: int, value: float) -> float:
        """P(rate of `corridor` <= value)."""
        from scipy.special import gammainc

        return float(gammainc(self.shape[corridor], self.rate[corridor] * value) @ self.weight)

    def quantile(self, corridor: int, probability: float) -> float:
        """The rate of `corridor` that is not passed with this probability; by bisection of the mixture."""
        from scipy.optimize import brentq

        high = float(self.mean[corridor]) * 2 + 1e-12
        while self.cdf(corridor, high) < probability:
            high *= 2
        return float(brentq(lambda v: self.cdf(corridor, v) - probability, 0.0, high, xtol=high * 1e-9))

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """[corridor] lower and upper ends of the central intervals of probability `level`."""
        tail = (1 - level) / 2
        # corridors with the same evidence share one interval, which saves most of the work on a large network
        evidence = np.stack([self.shape[:, 0], self.rate[:, 0]], -1)
        _distinct, first, which = np.unique(evidence, axis=0, return_index=True, return_inverse=True)
        ends = np.array([[self.quantile(int(c), p) for c in first] for p in (tail, 1 - tail)])
        return ends[0, which.ravel()], ends[1, which.ravel()]

    def predictive(self, corridor: int, exposure: float, largest: int) -> Floats:
        """P(0..`largest` events in the next `exposure`), a mixture of negative binomials."""
        cells = negative_binomial(self.shape[corridor], self.rate[corridor], exposure, largest)
        return np.asarray(self.weight @ cells)


SHAPE_GRID = (0.2, 50.0, 24)  # log-flat prior of the shape a: lowest, highest, cells
MEAN_CELLS = 96


def pool_rates(events: ArrayLike, exposure: ArrayLike) -> PooledRates:
    """Posterior of the rate of each corridor, given its events and its exposure; corridors pooled.

    Parameters
    ----------
    events : [corridor], >= 0, parts of an event allowed
    exposure : [corridor], >= 0, at least one above 0; a corridor without exposure gets the belief of the group

    Raises
    ------
    ValueError : negative numbers, or events where there was no exposure
    """
    from scipy.special import gammaln

    n, t = np.asarray(events, float), np.asarray(exposure, float)
    if (n < 0).any() or (t < 0).any() or not t.sum() > 0 or (n[t == 0] > 0).any():
        raise ValueError("events and exposure must be 0 or more, with exposure wherever there are events")
    low, high, cells = SHAPE_GRID
    shapes = np.geomspace(low, high, cells)
    # from far below one event in the whole record to far above the busiest corridor
    centre_low, centre_high = 0.5 / t.sum(), (n[t > 0] / t[t > 0]).max() + 1 / t[t > 0].min()
    means = np.geomspace(centre_low * 1e-3, centre_high * 10, MEAN_CELLS)
    a, m = (grid.ravel() for grid in np.meshgrid(shapes, means, indexing="ij"))
    b = a / m
    # m^-1/2 (1 + m T / a)^-1/2 dm, on a grid of log m; the second factor keeps the far tail from mattering
    log_weight = 0.5 * (np.log(m) - np.log1p(m * t.mean() / a))
    for events_c, exposure_c in zip(n, t, strict=True):
        log_weight = log_weight + (
            gammaln(a + events_c) - gammaln(a) + a * np.log(b / (b + exposure_c)) - events_c * np.log(b + exposure_c)
        )
    weight = np.exp(log_weight - log_weight.max())
    kept = weight > weight.max() * 1e-8  # cells without weight only cost time
    weight = weight[kept] / weight[kept].sum()
    return PooledRates(weight, a[kept] + n[:, None], b[kept] + t[:, None])
