"""Observation model: a row of a targets file becomes a comparison with the same window in the simulation.

y = x exp(s e) for positive quantities, y = x + s e for shares, hours of power and days, e standard normal and the same
for the same member and row. s^2 = reporting^2 + discrepancy^2: reporting error by reliability, at least as wide as a
reported range; discrepancy is what the model cannot get right even with the right parameters (science 9.1).
With a small probability e is OFF times as wide, so that one wrong report cannot decide alone.
Bounds: a report `at_least L` is met by any y >= L, `interval` by any y between its ends.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.ensemble.draws import uniforms
from citerne.metrics.windows import aggregate, allowed, window
from citerne.results.results import Results

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
Z95 = 1.6448536269514722

# Judgement: standard deviation of a report by reliability, as log for positive quantities, else in the unit.
REPORTING = {
    "log": {"A": 0.05, "B": 0.10, "C": 0.15, "D": 0.25, "E": 0.50},
    "share": {"A": 0.03, "B": 0.05, "C": 0.10, "D": 0.15, "E": 0.25},
    "h/day": {"A": 0.4, "B": 0.8, "C": 2.0, "D": 3.5, "E": 6.0},
    "days": {"A": 0.3, "B": 0.8, "C": 1.5, "D": 3.0, "E": 5.0},
}
# Judgement: discrepancy of the model per series, inside the 0.2-0.4 that is usual for such series: a report of a queue
# is one motorist's, the model's is an expectation; columns come on a few days, the window of a count is short.
DISCREPANCY = {"log": 0.20, "share": 0.05, "h/day": 0.6, "days": 0.5}
DISCREPANCY_OF = {"queue_hours": 0.35, "price_street": 0.25, "tankers_arrived": 0.25}
# Judgement: how often a report is off by OFF times its usual error (a wrong place, day or unit), by reliability.
WRONG = {"A": 0.01, "B": 0.02, "C": 0.05, "D": 0.10, "E": 0.15}
OFF = 3.0
BOUNDS = {"share": (0.0, 1.0), "h/day": (0.0, 24.0), "days": (0.0, math.inf), "log": (0.0, math.inf)}


@dataclass(frozen=True)
class Comparison:
    """One target that the run can speak to.

    `predicted` (member,) holds the simulated statistic with reporting error and discrepancy; `clean` without.
    """

    row: Row
    scale: str
    sigma: float
    clean: Array
    predicted: Array

    @property
    def limits(self) -> tuple[float, float]:
        """What the report allows: a point for exact rows, else an interval, open for bounds."""
        return allowed(self.row)


def scale_of(unit: str | None) -> str:
    """Error scale of a unit: `share`, `h/day`, `days`, or `log` for positive quantities."""
    return unit if unit in ("share", "h/day", "days") else "log"


def reporting_error(row: Row, scale: str) -> float:
    """Standard deviation of the report itself; at least as wide as its range, read as its 5 % and 95 % points."""
    base = REPORTING[scale][row["reliability"]]
    low, high = row["low"], row["high"]
    if row["bound"] == "exact" and low is not None and high is not None and high > low:
        span = math.log(high / low) if scale == "log" and low > 0 else (0.0 if scale == "log" else high - low)
        base = max(base, span / (2 * Z95))
    return base


def error_of(row: Row) -> float:
    """Standard deviation of report and discrepancy together, on the row's scale."""
    scale = scale_of(row["unit"])
    return math.hypot(reporting_error(row, scale), DISCREPANCY_OF.get(row["variable"], DISCREPANCY[scale]))


def compare(results: Results, row: Row, seed: int = 0) -> Comparison | None:
    """The comparison of one row, or None where the run did not record it or does not cover its window."""
    product = row["product"] or ""
    if not results.has(row["variable"], row["place"], product):
        return None
    days = window(results.provenance.start, results.values.shape[0], row["date_start"], row["date_end"])
    if days is None:
        return None
    clean = aggregate(results.series(row["variable"], row["place"], product)[days], row["aggregation"])
    return comparison_of(row, clean, results.member_numbers, seed)


def comparison_of(row: Row, clean: Array, members: Array, seed: int = 0) -> Comparison:
    """The comparison of a row with simulated statistics (member,)."""
    scale, sigma = scale_of(row["unit"]), error_of(row)
    return Comparison(row, scale, sigma, clean, perturb(clean, scale, sigma, report_noise(row, members, seed)))


def report_noise(row: Row, members: Array, seed: int) -> Array:
    """Standardised error of the report in each member's world, (member,)."""
    from scipy.special import ndtri

    noise = ndtri(uniforms(seed, f"report/{row['target_id']}", members))
    wrong = uniforms(seed, f"wrong/{row['target_id']}", members) < WRONG[row["reliability"]]
    return np.asarray(np.where(wrong, OFF, 1.0) * noise)


def perturb(clean: Array, scale: str, sigma: float, noise: Array) -> Array:
    """Simulated values as they would be reported."""
    if scale == "log":
        return np.asarray(clean * np.exp(sigma * noise))
    low, high = BOUNDS[scale]
    return np.asarray(np.clip(clean + sigma * noise, low, high))


def compare_all(
    results: Results, rows: Iterable[Row], until: dt.date | None = None
) -> tuple[list[Comparison], list[Row]]:
    """Comparisons of every row that the run can speak to, and the rows it cannot; later windows are left out."""
    made: list[Comparison] = []
    missing: list[Row] = []
    for row in rows:
        if until is not None and row["date_end"] > until:
            continue
        comparison = compare(results, row)
        if comparison is None:
            missing.append(row)
        else:
            made.append(comparison)
    return made, missing


def signed_distance(values: Array, limits: tuple[float, float]) -> Array:
    """How far values lie outside what a report allows: 0 inside, negative below, positive above."""
    low, high = limits
    return np.asarray(np.where(values < low, values - low, np.where(values > high, values - high, 0.0)))


def last_observed(row: Row, rows: Sequence[Row], members: int) -> Array | None:
    """Forecast "as last observed": the last earlier row of the same series with its reporting error.

    Sums are scaled per day; an interval counts as its middle, a bound as its limit. None without an earlier row.
    """
    same = [
        r
        for r in rows
        if r["date_end"] < row["date_start"]
        and (r["variable"], r["place"], r["product"] or "", r["variant"] or "")
        == (row["variable"], row["place"], row["product"] or "", row["variant"] or "")
    ]
    if not same:
        return None
    from scipy.special import ndtri

    last = max(same, key=lambda r: (r["date_end"], r["target_id"]))
    low, high = allowed(last)
    value = low if math.isinf(high) else (high if math.isinf(low) else (low + high) / 2)
    if row["aggregation"] == "sum":
        value *= _days(row) / _days(last)
    scale = scale_of(row["unit"])
    grid = ndtri((np.arange(members) + 0.5) / members)
    return perturb(np.full(members, value), scale, reporting_error(last, scale), grid)


def _days(row: Row) -> int:
    return int((row["date_end"] - row["date_start"]).days) + 1
