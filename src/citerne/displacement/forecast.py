"""Near-term forecasts of the camps, made only with what was published before they were issued.

On a report date r a forecast with lead L was issued on day q = r - L. It knows the uncorrected reports up to q, and the
conflict and the closures of day q. The total published by r is given, as a forecast of shares needs one. Three parts
are averaged:

    shares now        now(c) / sum now * total(r)
    recent arrivals   now(c) + (total(r) - total(q)) * rise of c in 60 days / rise of all camps
    flow              now(c) + (total(r) - total(q)) * share of the arrivals of day q, capacities left aside

If the total falls, every part is "shares now". The score is pooled: the sum of |forecast - report| over the camps that
report on r and over all r, divided by the sum of those reports. Dates on which a camp was counted anew are left out.

The total itself is forecast as level + half the change of the last 30 days, carried on for L days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citerne.displacement.flow import Floats, Ground, arrival_shares
from citerne.displacement.layout import Conflict
from citerne.displacement.parameters import Draws
from citerne.displacement.series import correction_days, published

PARTS = ("shares_now", "recent_arrivals", "flow")
RECENT_DAYS = 60
TREND_DAYS = 30
TREND_KEPT = 0.5


@dataclass(frozen=True)
class Reports:
    """Published levels of the camps: `level` [day, camp], steps between reports; `reported` [day, camp] where one came;
    `usable` [day], whether a report of that day can be compared with earlier ones."""

    level: Floats
    reported: NDArray[np.bool_]
    usable: NDArray[np.bool_]

    @property
    def total(self) -> Floats:
        """Published total [day]."""
        return np.asarray(self.level.sum(axis=1))


@dataclass(frozen=True)
class Score:
    """Pooled errors of one lead: of the combined forecast, of each part, of the benchmark mean over dates, and of the
    combined forecast when the total is forecast too; `dates` report dates were scored."""

    lead_days: int
    dates: int
    combined: float
    by_part: dict[str, float]
    mean_over_dates: float
    with_total_forecast: float


@dataclass(frozen=True)
class TotalScore:
    """Pooled error of the forecast total of one lead, and of the level alone, over `dates` report dates."""

    lead_days: int
    dates: int
    trend: float
    level_alone: float


def reports_of(conflict: Conflict) -> Reports:
    """Published levels of all camps of the conflict, within its length."""
    days = conflict.length_days
    by_name = {series.name: series for series in conflict.layout}
    level = np.zeros((days, len(conflict.camps)))
    reported = np.zeros((days, len(conflict.camps)), dtype=bool)
    for j, camp in enumerate(conflict.camps):
        series = by_name[camp.name]
        level[:, j] = [published(series, day) for day in range(days)]
        inside = series.day[(series.day >= 0) & (series.day < days)]
        reported[inside, j] = True
    usable: NDArray[np.bool_] = np.asarray(reported.any(axis=1))
    usable[[day for day in correction_days(conflict) if 0 <= day < days]] = False
    return Reports(level, reported, usable)


def forecast_parts(reports: Reports, ground: Ground, draw: Draws, issued: int, total: float) -> dict[str, Floats]:
    """The three parts [camp] of the forecast issued on one day for a given total."""
    now = reports.level[issued]
    share_now = now / now.sum()
    parts = {"shares_now": share_now * total}
    new = total - now.sum()
    rise = np.maximum(now - reports.level[max(issued - RECENT_DAYS, 0)], 0.0)
    flow = arrival_shares(ground, draw, issued)[0]
    for name, weight in (("recent_arrivals", rise), ("flow", flow)):
        known = new > 0 and weight.sum() > 0
        parts[name] = now + new * (weight / weight.sum() if known else share_now)
    return parts


def score_forecasts(
    reports: Reports, ground: Ground, draw: Draws, lead_days: int, first_issue: int = 0
) -> Score | None:
    """Score all forecasts with one lead, issued on `first_issue` or later; None if no report date qualifies."""
    misses: dict[str, float] = dict.fromkeys((*PARTS, "combined", "own_total"), 0.0)
    reported, owned, relative, dates = 0.0, 0.0, [], 0
    for day in np.flatnonzero(reports.usable):
        issued = int(day) - lead_days
        if issued < first_issue or reports.total[issued] <= 0 or reports.total[day] <= 0:
            continue
        dates += 1
        came, truth = reports.reported[day], reports.level[day]
        parts = forecast_parts(reports, ground, draw, issued, float(reports.total[day]))
        parts["combined"] = np.mean([parts[name] for name in PARTS], axis=0)
        for name, forecast in parts.items():
            misses[name] += float(np.abs(forecast - truth)[came].sum())
        reported += float(truth[came].sum())
        relative.append(float(np.abs(parts["combined"] - truth).sum() / truth.sum()))
        if issued >= TREND_DAYS:
            own = forecast_parts(reports, ground, draw, issued, forecast_total(reports, issued, lead_days))
            misses["own_total"] += float(np.abs(np.mean(list(own.values()), axis=0) - truth)[came].sum())
            owned += float(truth[came].sum())
    if not reported:
        return None
    return Score(
        lead_days=lead_days,
        dates=dates,
        combined=misses["combined"] / reported,
        by_part={name: misses[name] / reported for name in PARTS},
        mean_over_dates=float(np.mean(relative)),
        with_total_forecast=misses["own_total"] / owned if owned else float("nan"),
    )


def forecast_total(reports: Reports, issued: int, lead_days: int) -> float:
    """Level of the day of issue plus half the change of the 30 days before it, carried on over the lead; at least 0."""
    level = float(reports.total[issued])
    change = level - float(reports.total[max(issued - TREND_DAYS, 0)])
    return max(level + TREND_KEPT * change * lead_days / TREND_DAYS, 0.0)


def score_total(reports: Reports, lead_days: int) -> TotalScore | None:
    """Score the forecast total on every usable report date that has 30 days of reports before its issue."""
    days = [int(day) for day in np.flatnonzero(reports.usable) if day - lead_days >= TREND_DAYS]
    truth = float(sum(reports.total[day] for day in days))
    if truth <= 0:
        return None
    trend = sum(abs(forecast_total(reports, day - lead_days, lead_days) - reports.total[day]) for day in days)
    level = sum(abs(reports.total[day - lead_days] - reports.total[day]) for day in days)
    return TotalScore(lead_days, len(days), float(trend) / truth, float(level) / truth)
