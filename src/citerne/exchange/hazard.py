"""Hazard per corridor from weekly counts: pooled Gamma-Poisson rates, regimes, and how well each would forecast."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citerne.exchange.events import WeeklyCounts
from citerne.metrics.forecast import FORECASTERS, YEAR_WEEKS, ForecastScore, rolling_origin
from citerne.metrics.hazard import pool_rates
from citerne.metrics.regimes import STATES, fit_regimes
from citerne.roads.graph import Network
from citerne.schema.read import Row

Floats = NDArray[np.float64]
RATE_WEEKS = YEAR_WEEKS  # the rate in force rests on the last twelve months
FEWEST_EVENTS = 6  # below this a regime is not told
SCORED_WEEKS = 26
SCORED_AREAS = 40
FEWEST_WEEKS = 8
LOST_IN_ROUNDING = 0.2


@dataclass(frozen=True)
class AreaHazard:
    """One area's rate: events for each unit of exposure, its 90 % interval and the regime of the last week, if told."""

    area: str
    events: float
    exposure: float
    rate_mean: float
    rate_p05: float
    rate_p95: float
    regime: str
    regime_probability: float


def hazards(counts: WeeklyCounts, exposure: Floats) -> tuple[AreaHazard, ...]:
    """Hazard of every area over the last twelve months.

    Parameters
    ----------
    counts : events by area and week
    exposure : [area, week], what one rate is for: 1 for a week, or vehicle-kilometres where traffic is known. An area
        without exposure is given the belief of the group.
    """
    n, e = counts.counts[:, -RATE_WEEKS:], exposure[:, -RATE_WEEKS:]
    pooled = pool_rates(np.where(e.sum(1) > 0, n.sum(1), 0), e.sum(1))
    low, high = pooled.interval(0.9)
    regime = _last_regimes(counts.counts[:, -2 * YEAR_WEEKS :], exposure[:, -2 * YEAR_WEEKS :])
    mean = pooled.mean
    return tuple(
        AreaHazard(
            area, float(n[i].sum()), float(e[i].sum()), float(mean[i]), float(low[i]), float(high[i]),
            *regime.get(i, ("", math.nan)),
        )
        for i, area in enumerate(counts.areas)
    )  # fmt: skip


def _last_regimes(counts: Floats, exposure: Floats) -> dict[int, tuple[str, float]]:
    """Most probable state of the last week and its probability, where there are events enough to tell states apart."""
    told = np.flatnonzero(counts.sum(1) >= FEWEST_EVENTS)
    if not told.size:
        return {}
    state = fit_regimes(counts[told], exposure[told]).filtered[:, -1]
    return {int(i): (STATES[int(p.argmax())], float(p.max())) for i, p in zip(told, state, strict=True)}


def hazard_rows(found: Sequence[AreaHazard]) -> list[dict[str, Any]]:
    """Rows for hazard.csv."""
    return [vars(area) | {"regime_probability": round(area.regime_probability, 2)} for area in found]


def hazard_weights(found: Sequence[AreaHazard], length_km: Mapping[str, float]) -> dict[str, float]:
    """`hazard_weight` of table roads: each segment's rate per km against the mean per km of all."""
    total_km = sum(length_km[area.area] for area in found)
    mean = sum(area.rate_mean for area in found) / total_km
    return {area.area: area.rate_mean / length_km[area.area] / mean for area in found}


def score_forecasts(counts: WeeklyCounts, exposure: Floats) -> tuple[str, tuple[ForecastScore, ...]]:
    """Each forecaster on the last weeks, one week ahead, with what was known before each; none where history is short.

    Counts are scored as whole events. Where rounding would lose a fifth of them (many segments share each event) all
    areas together are scored as one series. Returns what was scored, `areas` or `sum`, and the scores.
    """
    what, parts, traffic = "areas", counts.counts, exposure
    if abs(np.rint(parts).sum() - parts.sum()) > LOST_IN_ROUNDING * parts.sum():
        what, parts, traffic = "sum", parts.sum(0, keepdims=True), exposure.sum(0, keepdims=True)
    whole = np.rint(parts).astype(np.int64)
    first = max(whole.shape[1] - SCORED_WEEKS, whole.shape[1] // 2)
    if whole.shape[1] < FEWEST_WEEKS:
        return what, ()
    busiest = np.sort(np.argsort(-whole.sum(1), kind="stable")[:SCORED_AREAS])
    return what, rolling_origin(whole[busiest], traffic[busiest], first, forecasters=FORECASTERS)


def traffic_exposure(
    counts: WeeklyCounts, trips: Mapping[tuple[str, Any], float], length_km: Mapping[str, float]
) -> Floats:
    """[area, week] vehicle-kilometres from trips by (area, Monday); areas and weeks that are not named have none."""
    return np.array([[trips.get((a, w), 0.0) * length_km.get(a, 1.0) for w in counts.weeks] for a in counts.areas])


def corridor_segments(corridors: Sequence[Row], network: Network) -> dict[str, list[str]]:
    """Segments along the path of each corridor of a case."""
    return {
        row["corridor"]: list(network.along(network.length_km, [network.position(p) for p in row["path"]]).segments)
        for row in corridors
    }
