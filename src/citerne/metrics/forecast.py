"""Forecasts of weekly counts and their score over a rolling origin, against what anyone can do from history alone.

A forecaster sees the weeks before the origin and gives each corridor's probability of 0, 1, 2, ... events in one week
ahead. All scores are exact sums over those probabilities; nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citerne.metrics import scores
from citerne.metrics.hazard import negative_binomial, pool_rates
from citerne.metrics.regimes import fit_regimes

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
YEAR_WEEKS = 52

# (counts [corridor, week], exposure [corridor, week], exposure ahead [corridor], weeks ahead, largest) -> [corridor, k]
Forecaster = Callable[[Counts, Floats, Floats, int, int], Floats]


def last_value(counts: Counts, exposure: Floats, ahead: Floats, weeks_ahead: int, largest: int) -> Floats:
    """Next week is like the last one: Poisson around the last count."""
    from scipy.stats import poisson

    return np.asarray(poisson.pmf(np.arange(largest + 1), counts[:, -1:]))


def twelve_months(counts: Counts, exposure: Floats, ahead: Floats, weeks_ahead: int, largest: int) -> Floats:
    """Next week is a week drawn from the last twelve months, each equally likely."""
    window = np.minimum(counts[:, -YEAR_WEEKS:], largest)
    return np.array([np.bincount(row, minlength=largest + 1) / row.size for row in window])


def gamma_poisson(counts: Counts, exposure: Floats, ahead: Floats, weeks_ahead: int, largest: int) -> Floats:
    """Corridor rates pooled over the last twelve months, times the exposure ahead."""
    n, t = counts[:, -YEAR_WEEKS:].sum(1), exposure[:, -YEAR_WEEKS:].sum(1)
    if not t.sum() > 0:
        return np.tile(negative_binomial(0.5, 1.0, 1.0, largest), (counts.shape[0], 1))
    pooled = pool_rates(n, t)
    return np.array([pooled.predictive(c, float(ahead[c]), largest) for c in range(counts.shape[0])])


def regime_switching(counts: Counts, exposure: Floats, ahead: Floats, weeks_ahead: int, largest: int) -> Floats:
    """Three hidden states (truce, quiet, campaign) carried forward from the last two years."""
    window = 2 * YEAR_WEEKS
    fit = fit_regimes(counts[:, -window:], exposure[:, -window:], iterations=25)
    return fit.predictive(ahead, weeks_ahead, largest)


FORECASTERS: Mapping[str, Forecaster] = {
    "last_value": last_value,
    "twelve_month_empirical": twelve_months,
    "gamma_poisson": gamma_poisson,
    "regime_switching": regime_switching,
}
SURPRISE = 0.01  # share given to counts that a forecaster thought impossible, alike for all, so that log scores exist


@dataclass(frozen=True)
class ForecastScore:
    """One forecaster over all corridors and origins.

    `crps` in events, `log_score` in nats, `brier` for "at least one event", coverages in 0 to 1 (counts cover at least
    their level when calibrated), `pit` ten heights that average 1, `reliability` of "at least one event".
    """

    forecaster: str
    forecasts: int
    crps: float
    log_score: float
    brier: float
    coverage_50: float
    coverage_90: float
    pit: tuple[float, ...]
    reliability: tuple[scores.ReliabilityRow, ...]


def rolling_origin(
    counts: ArrayLike,
    exposure: ArrayLike,
    first_origin: int,
    weeks_ahead: int = 1,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> tuple[ForecastScore, ...]:
    """Score forecasters on every week from `first_origin` on, each time with the weeks before it only.

    Parameters
    ----------
    counts : [corridor, week], whole numbers
    exposure : [corridor, week]; the exposure of the week forecast is taken as known (planned traffic)
    first_origin : weeks of history before the first forecast; at least 1
    weeks_ahead : 1 forecasts the week after the last one seen

    Raises
    ------
    ValueError : no week is left to score
    """
    n = np.asarray(counts, np.int64)
    e = np.broadcast_to(np.asarray(exposure, float), n.shape)
    targets = range(first_origin + weeks_ahead - 1, n.shape[1])
    if first_origin < 1 or not len(targets):
        raise ValueError(f"{n.shape[1]} week(s) of history leave nothing to score after week {first_origin}")
    largest = int(np.max(n) * 2 + 30)
    found = []
    for name, forecaster in forecasters.items():
        pmf = np.array(
            [
                forecaster(n[:, : t - weeks_ahead + 1], e[:, : t - weeks_ahead + 1], e[:, t], weeks_ahead, largest)
                for t in targets
            ]
        )
        found.append(_score(name, pmf, n[:, targets.start :].T))
    return tuple(found)


def _score(name: str, pmf: Floats, observed: Counts) -> ForecastScore:
    """Scores of `pmf` [origin, corridor, k] against `observed` [origin, corridor]."""
    pmf = pmf / pmf.sum(-1, keepdims=True)
    mean = (pmf * np.arange(pmf.shape[-1])).sum(-1)
    broad = negative_binomial(np.ones_like(mean), 1 / (mean + 1), 1.0, pmf.shape[-1] - 1)
    pmf = (1 - SURPRISE) * pmf + SURPRISE * broad / broad.sum(-1, keepdims=True)
    cdf = np.cumsum(pmf, -1)
    at = np.take_along_axis(cdf, observed[..., None], -1)[..., 0]
    below = at - np.take_along_axis(pmf, observed[..., None], -1)[..., 0]
    any_event = 1 - pmf[..., 0]
    return ForecastScore(
        forecaster=name,
        forecasts=observed.size,
        crps=float(scores.crps_counts(pmf, observed).mean()),
        log_score=float(scores.log_score_counts(pmf, observed).mean()),
        brier=float(scores.brier_score(any_event, observed > 0).mean()),
        coverage_50=scores.coverage(*scores.interval_counts(pmf, 0.5), observed),
        coverage_90=scores.coverage(*scores.interval_counts(pmf, 0.9), observed),
        pit=tuple(float(h) for h in scores.pit_histogram(below, at)),
        reliability=scores.reliability(any_event, observed > 0),
    )
