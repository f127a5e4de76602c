"""Rates from few ends, and cumulative incidence when several ends compete.

A rate is ends over years at risk. With a Gamma prior it has a Gamma posterior; shape 1/2 and rate 0 (Jeffreys) is the
default, so that zero ends still give an interval. Competing ends are added up by Aalen and Johansen's product-limit
form (1978, Scand. J. Statist. 5:141-150): one minus Kaplan-Meier per cause would count the same future twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citerne.metrics.hazard import GammaRate

JEFFREYS_SHAPE = 0.5
MONTHS_A_YEAR = 12


def rate_per_year(ends: float, exposure_years: float) -> float:
    """Ends over years at risk."""
    return ends / exposure_years


def rate_posterior(
    ends: float, exposure_years: float, *, prior_shape: float = JEFFREYS_SHAPE, prior_years: float = 0.0
) -> GammaRate:
    """What is believed of a yearly rate after `ends` in `exposure_years`; `prior_shape`, `prior_years` as a Gamma."""
    return GammaRate(prior_shape, prior_years).update(ends, exposure_years)


def survival_share(rate: float, years: float) -> float:
    """Chance to last `years` under a constant rate per year."""
    return float(np.exp(-rate * years))


def monthly_chances(rates_per_year: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that each competing end comes within one month, given that none came before.

    With constant rates `h_k` and `H = sum h_k` this is `(h_k / H)(1 - exp(-H / 12))`, exact within the month.

    Parameters
    ----------
    rates_per_year : array [..., cause], >= 0

    Returns
    -------
    array [..., cause]
    """
    rates = np.asarray(rates_per_year, dtype=np.float64)
    total = rates.sum(axis=-1, keepdims=True)
    any_end = -np.expm1(-total / MONTHS_A_YEAR)
    return np.asarray(np.divide(rates * any_end, total, out=np.zeros_like(rates), where=total > 0))


def cumulative_incidence(increments: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Aalen-Johansen: chance that each end has come by the close of each period, and that none has.

    `S_m = prod (1 - sum_k a_km)` and `F_km = sum_(j <= m) S_(j-1) a_kj`. `a_km` is the chance of end k in period m for
    those still at risk: a model's monthly chance, or ends over people at risk in a sample.

    Parameters
    ----------
    increments : array [period, ..., cause]; the causes of a period sum to at most 1

    Returns
    -------
    incidence : array [period, ..., cause]
    none_yet : array [period, ...]; with the incidences of a period it sums to 1
    """
    steps = np.asarray(increments, dtype=np.float64)
    none_yet = np.cumprod(1 - steps.sum(axis=-1), axis=0)
    before = np.concatenate([np.ones_like(none_yet[:1]), none_yet[:-1]])
    return np.cumsum(before[..., np.newaxis] * steps, axis=0), none_yet
