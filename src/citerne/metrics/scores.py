"""How good is a forecast: CRPS, log and Brier scores, PIT, reliability, coverage. Pure functions of numbers.

Every score here is negatively oriented (smaller is better) and proper, except coverage, which is compared with its
nominal level. Members stand on the last axis, as in the state of a run.

Sources: Gneiting and Raftery 2007 (JASA 102:359-378) for the scores; Ferro 2014 (QJRMS 140:1917-1923) for the fair
ensemble CRPS; Czado, Gneiting and Held 2009 (Biometrics 65:1254-1261) for the PIT of counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def crps_ensemble(members: ArrayLike, observed: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """CRPS of the empirical distribution of an ensemble: mean|X - y| - mean|X - X'| / 2.

    Parameters
    ----------
    members : [..., member], any unit
    observed : [...], the same unit
    weights : [member], optional; non-negative, scaled to sum to 1

    Returns
    -------
    [...], the same unit
    """
    x = np.asarray(members, float)
    y = np.asarray(observed, float)
    w = np.full(x.shape[-1], 1.0) if weights is None else np.asarray(weights, float)
    w = w / w.sum()
    order = np.argsort(x, axis=-1)
    x = np.take_along_axis(x, order, -1)
    w = w[order]
    error = (w * np.abs(x - y[..., None])).sum(-1)
    # sum_ij w_i w_j |x_i - x_j| over sorted x, in one pass: weight below minus weight above each member
    upto = np.cumsum(w, -1)
    spread = 2 * (w * x * (2 * upto - w - 1)).sum(-1)
    return np.asarray(error - spread / 2)


def crps_ensemble_fair(members: ArrayLike, observed: ArrayLike) -> Floats:
    """CRPS that does not punish an ensemble for being small: the spread term is divided by m (m - 1).

    Its expectation equals the CRPS of the distribution the members are drawn from. Needs two members or more.
    """
    x = np.asarray(members, float)
    m = x.shape[-1]
    if m < 2:
        raise ValueError(f"the fair CRPS needs two members or more, found {m}")
    plain = crps_ensemble(x, observed)
    error = np.abs(x - np.asarray(observed, float)[..., None]).mean(-1)
    half_spread = error - plain
    return np.asarray(error - half_spread * m / (m - 1))


def crps_normal(mean: ArrayLike, sd: ArrayLike, observed: ArrayLike) -> Floats:
    """CRPS of a normal forecast: sd (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)), z = (y - mean) / sd; sd > 0."""
    from scipy.special import ndtr

    sd = np.asarray(sd, float)
    z = (np.asarray(observed, float) - np.asarray(mean, float)) / sd
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return np.asarray(sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / math.sqrt(math.pi)))


def crps_counts(pmf: ArrayLike, observed: ArrayLike) -> Floats:
    """CRPS of a forecast of a count: sum over k of (F(k) - 1{y <= k})^2.

    Parameters
    ----------
    pmf : [..., k], probability of 0, 1, 2, ...; the last cell is the last count with any probability
    observed : [...], whole numbers; may lie beyond the last cell
    """
    cdf = np.cumsum(np.asarray(pmf, float), -1)
    y = np.asarray(observed)
    k = np.arange(cdf.shape[-1])
    inside = ((cdf - (y[..., None] <= k)) ** 2).sum(-1)
    # beyond the grid F is 1; each whole step up to y costs 1
    return np.asarray(inside + np.maximum(0, y - cdf.shape[-1]))


def brier_score(probability: ArrayLike, happened: ArrayLike) -> Floats:
    """(p - o)^2 for a yes/no event, o = 1 where it happened."""
    return np.asarray((np.asarray(probability, float) - np.asarray(happened, float)) ** 2)


def log_score(probability: ArrayLike, happened: ArrayLike) -> Floats:
    """-ln of the probability given to what came, in nats, for a yes/no event; infinite where that was zero."""
    p = np.asarray(probability, float)
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(np.where(np.asarray(happened, bool), p, 1 - p)))


def log_score_counts(pmf: ArrayLike, observed: ArrayLike) -> Floats:
    """-ln p(y) of a count, in nats; infinite where y has no probability or lies beyond the grid."""
    p = np.asarray(pmf, float)
    y = np.asarray(observed, int)
    found = np.take_along_axis(p, np.minimum(y, p.shape[-1] - 1)[..., None], -1)[..., 0]
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(np.where(y < p.shape[-1], found, 0.0)))


def interval_score(low: ArrayLike, high: ArrayLike, observed: ArrayLike, level: float) -> Floats:
    """Width plus 2 / (1 - level) times the miss, of a central interval of probability `level`."""
    low, high, y = np.asarray(low, float), np.asarray(high, float), np.asarray(observed, float)
    miss = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return np.asarray(high - low + 2 / (1 - level) * miss)


def skill(score: float, reference: float) -> float:
    """1 - score / reference: 1 is perfect, 0 no better than the reference; nan where the reference is 0."""
    return 1 - score / reference if reference else math.nan


def interval_counts(pmf: ArrayLike, level: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Central interval of a count forecast: the smallest counts with F >= (1 - level)/2 and F >= (1 + level)/2."""
    cdf = np.cumsum(np.asarray(pmf, float), -1)
    tail = (1 - level) / 2
    top = cdf[..., -1:]
    low = (cdf < tail * top).sum(-1)
    high = (cdf < (1 - tail) * top).sum(-1)
    return np.asarray(low, np.int64), np.asarray(high, np.int64)


def coverage(low: ArrayLike, high: ArrayLike, observed: ArrayLike) -> float:
    """Share of observations inside their closed intervals."""
    y = np.asarray(observed, float)
    return float(np.mean((np.asarray(low, float) <= y) & (y <= np.asarray(high, float))))


def pit_randomised(cdf_below: ArrayLike, cdf_at: ArrayLike, uniform: ArrayLike) -> Floats:
    """PIT of counts made uniform by chance: F(y-1) + u (F(y) - F(y-1)), u uniform on 0 to 1, given by the caller."""
    below, at = np.asarray(cdf_below, float), np.asarray(cdf_at, float)
    return np.asarray(below + np.asarray(uniform, float) * (at - below))


def pit_histogram(cdf_below: ArrayLike, cdf_at: ArrayLike, bins: int = 10) -> Floats:
    """Non-randomised PIT histogram of counts: heights that average 1; flat means calibrated.

    `cdf_below` = F(y-1) and `cdf_at` = F(y), one value for each forecast. For continuous forecasts give the PIT twice.
    """
    below, at = np.ravel(np.asarray(cdf_below, float)), np.ravel(np.asarray(cdf_at, float))
    edges = np.linspace(0, 1, bins + 1)
    width = np.where(at > below, at - below, 1.0)
    share = np.clip((edges[:, None] - below) / width, 0, 1)
    step = (edges[:, None] >= at).astype(float)  # a continuous forecast puts all its weight at one point
    mean = np.where(at > below, share, step).mean(1)
    mean[0], mean[-1] = 0.0, 1.0
    return np.asarray(np.diff(mean) * bins)


@dataclass(frozen=True)
class ReliabilityRow:
    """Forecasts of about the same probability: how often did the event come?"""

    low: float
    high: float
    forecast_mean: float
    observed_share: float
    count: int


def reliability(probability: ArrayLike, happened: ArrayLike, bins: int = 10) -> tuple[ReliabilityRow, ...]:
    """Reliability table of yes/no forecasts in equal bins of probability; empty bins are left out."""
    p, o = np.ravel(np.asarray(probability, float)), np.ravel(np.asarray(happened, float))
    which = np.minimum((p * bins).astype(int), bins - 1)
    rows = []
    for index in range(bins):
        inside = which == index
        if inside.any():
            rows.append(
                ReliabilityRow(
                    index / bins, (index + 1) / bins, float(p[inside].mean()), float(o[inside].mean()),
                    int(inside.sum()),
                )
            )  # fmt: skip
    return tuple(rows)
