"""Facilities of a run: how many hours each has left, and who stops first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.results.results import Results

ENDLESS_H = 9999.0


@dataclass(frozen=True)
class HoursLeft:
    """Hours until a facility's own tank is empty if nothing comes; 9999 stands for no need of fuel that day."""

    facility: str
    p05: float
    p50: float
    p95: float


@dataclass(frozen=True)
class FirstStop:
    """When a facility first lacks more than half of its fuel.

    `chance` is over all futures; `day` is the median first day among those in which it stops, None if it never does;
    `chance_first` is the chance that no recorded facility stops before it (ties count for all).
    """

    facility: str
    chance: float
    day: dt.date | None
    chance_first: float


def hours_left(results: Results, day: int) -> list[HoursLeft]:
    """Hours left of every recorded facility at the end of a day of the run (0 the first), the fewest first.

    Raises
    ------
    UsageError : the run has no such day
    """
    if not 0 <= day < results.values.shape[0]:
        raise UsageError(_("This run has no day {day}; its last is {last}.").format(
            day=day, last=results.values.shape[0] - 1))  # fmt: skip
    rows = []
    for k, key in enumerate(results.keys):
        if key.variable == "facility_hours_left":
            low, middle, high = (float(np.quantile(results.values[day, k], p)) for p in (0.05, 0.5, 0.95))
            rows.append(HoursLeft(key.place, low, middle, high))
    return sorted(rows, key=lambda row: (row.p50, row.p05, row.facility))


def first_to_stop(results: Results, until: int = -1) -> list[FirstStop]:
    """Every recorded facility, the likeliest to stop first at the top; `--record all` records them all.

    `until` is the last day of the run looked at, 0 the first; the end of the run if left out.
    """
    found = [(key.place, results.values[until, k]) for k, key in enumerate(results.keys)
             if key.variable == "facility_stop_day"]  # fmt: skip
    if not found:
        return []
    days = np.array([np.where(values > 0, values, np.inf) for _place, values in found])
    earliest = days.min(axis=0)
    rows = []
    for (place, _values), stops in zip(found, days, strict=True):
        stopped = np.isfinite(stops)
        first = float((stopped & (stops == earliest)).mean())
        when = float(np.median(stops[stopped])) if stopped.any() else None
        day = None if when is None else results.provenance.start + dt.timedelta(days=int(when) - 1)
        rows.append(FirstStop(place, float(stopped.mean()), day, first))
    return sorted(rows, key=lambda row: (-row.chance_first, -row.chance, row.day or dt.date.max, row.facility))
