"""Three-state regime switching: weeks of truce, quiet and campaign, hidden behind counts of events.

The state of a theatre is a Markov chain; in state k a week brings Poisson(lambda_k e_t) events, e_t its exposure.
Fitted by expectation-maximisation to the posterior mode, with a prior stay probability of 0.9 a week (judgement) and
weak Gamma priors that keep the three rates apart. Several chains (theatres) share nothing and run side by side.

Source of the recursions: Rabiner 1989 (Proc. IEEE 77:257-286), scaled forward and backward passes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citerne.metrics.hazard import negative_binomial

Floats = NDArray[np.float64]

STATES = ("truce", "quiet", "campaign")
STAY_PRIOR = 0.9
STAY_PRIOR_WEEKS = 20.0  # weight of that belief, in weeks seen in the state
RATE_PRIOR_FACTORS = (0.1, 0.7, 2.5)  # prior mean of each rate, against the mean rate of the record
RATE_PRIOR_EVENTS = 2.0  # weight of that belief, as a Gamma shape
START_FACTORS = ((0.1, 0.7, 2.5), (0.02, 1.0, 4.0), (0.4, 1.0, 1.8))


@dataclass(frozen=True)
class Regimes:
    """What the weeks say about the states of each chain.

    Attributes
    ----------
    rates_shape, rates_rate : [chain, state], Gamma belief of each rate
    transition : [chain, state, state], probability of the next week's state
    filtered : [chain, week, state], given the weeks up to it
    smoothed : [chain, week, state], given all weeks
    log_posterior : [chain], of the mode found
    """

    rates_shape: Floats
    rates_rate: Floats
    transition: Floats
    filtered: Floats
    smoothed: Floats
    log_posterior: Floats

    @property
    def rates(self) -> Floats:
        """[chain, state], posterior mean rates in the order of STATES."""
        return np.asarray(self.rates_shape / self.rates_rate)

    def predictive(self, exposure: ArrayLike, weeks_ahead: int, largest: int) -> Floats:
        """[chain, k], probability of 0..`largest` events in the week `weeks_ahead` weeks after the last one."""
        state = self.filtered[:, -1]
        for _week in range(weeks_ahead):
            state = np.einsum("cs,cst->ct", state, self.transition)
        chains = np.broadcast_to(np.asarray(exposure, float), state.shape[:1])
        pmf = [
            state[c] @ negative_binomial(self.rates_shape[c], self.rates_rate[c], float(chains[c]), largest)
            for c in range(state.shape[0])
        ]
        return np.array(pmf)


def fit_regimes(counts: ArrayLike, exposure: ArrayLike, iterations: int = 60) -> Regimes:
    """Fit one chain to each row of weekly counts.

    Parameters
    ----------
    counts : [chain, week], >= 0
    exposure : [chain, week], >= 0; a week without exposure says nothing about the state
    iterations : steps of expectation-maximisation from each of three starts; the best mode is kept
    """
    n, e = np.atleast_2d(np.asarray(counts, float)), np.atleast_2d(np.asarray(exposure, float))
    mean_rate = (n.sum(1) + 0.5) / np.maximum(e.sum(1), 1e-12)
    fits = [_climb(n, e, mean_rate, np.array(factors), iterations) for factors in START_FACTORS]
    best = np.argmax([fit.log_posterior for fit in fits], axis=0)
    picked = {
        name: np.array([getattr(fits[best[c]], name)[c] for c in range(len(best))])
        for name in ("rates_shape", "rates_rate", "transition", "filtered", "smoothed", "log_posterior")
    }
    return Regimes(**picked)


def _climb(n: Floats, e: Floats, mean_rate: Floats, factors: Floats, iterations: int) -> Regimes:
    prior_shape = np.full(3, RATE_PRIOR_EVENTS)
    prior_rate = prior_shape / (np.array(RATE_PRIOR_FACTORS) * mean_rate[:, None])
    prior_moves = STAY_PRIOR_WEEKS * (np.eye(3) * STAY_PRIOR + (1 - np.eye(3)) * (1 - STAY_PRIOR) / 2)
    rates = mean_rate[:, None] * factors
    moves = np.tile(prior_moves / prior_moves.sum(1, keepdims=True), (n.shape[0], 1, 1))
    for _step in range(iterations):
        _filtered, smoothed, pairs, _log = _passes(n, e, rates, moves)
        shape = prior_shape + (smoothed * n[..., None]).sum(1)
        rate = prior_rate + (smoothed * e[..., None]).sum(1)
        order = np.argsort(shape / rate, axis=1)  # keep the names: truce lowest, campaign highest
        shape, rate = np.take_along_axis(shape, order, 1), np.take_along_axis(rate, order, 1)
        new_rates = shape / rate
        weight = prior_moves + pairs
        moves = weight / weight.sum(2, keepdims=True)
        settled = np.max(np.abs(new_rates - rates)) < 1e-7 * np.max(mean_rate)
        rates = new_rates
        if settled:
            break
    filtered, smoothed, _pairs, log_likelihood = _passes(n, e, rates, moves)
    log_prior = (prior_shape * np.log(rates) - prior_rate * rates).sum(1) + (prior_moves * np.log(moves)).sum((1, 2))
    return Regimes(shape, rate, moves, filtered, smoothed, log_likelihood + log_prior)


def _passes(n: Floats, e: Floats, rates: Floats, moves: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Forward and backward pass: filtered and smoothed states, expected moves, log likelihood (up to n!)."""
    chains, weeks = n.shape
    mean = rates[:, None, :] * e[..., None]
    log_p = n[..., None] * np.log(np.maximum(mean, 1e-300)) - mean
    peak = log_p.max(2, keepdims=True)
    p = np.exp(log_p - peak)
    filtered = np.empty((chains, weeks, 3))
    scale = np.empty((chains, weeks))
    state = np.full((chains, 3), 1 / 3)
    for week in range(weeks):
        ahead = state if week == 0 else np.matmul(state[:, None, :], moves)[:, 0]
        joint = ahead * p[:, week]
        scale[:, week] = joint.sum(1)
        state = joint / scale[:, week, None]
        filtered[:, week] = state
    back = np.ones((chains, 3))
    smoothed = filtered.copy()
    pairs = np.zeros((chains, 3, 3))
    for week in range(weeks - 2, -1, -1):
        seen = p[:, week + 1] * back / scale[:, week + 1, None]
        pairs += filtered[:, week, :, None] * moves * seen[:, None, :]
        back = np.matmul(moves, seen[..., None])[..., 0]
        smoothed[:, week] = filtered[:, week] * back
    return filtered, smoothed, pairs, np.log(scale).sum(1) + peak[..., 0].sum(1)
