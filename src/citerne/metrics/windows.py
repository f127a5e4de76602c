"""How an observation reads: its window summed up (mean, sum, last, max or min over dated days), and what it allows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]


def window(start: dt.date, days: int, first: dt.date, last: dt.date) -> slice | None:
    """Days of a run that a window covers, or None if the run does not cover the whole window."""
    a, b = (first - start).days, (last - start).days + 1
    return slice(a, b) if 0 <= a < b <= days else None


def aggregate(values: Array, how: str) -> Array:
    """Sum up days (axis 0): `mean`, `sum`, `last`, `max` or `min`; float64 sums in day order."""
    if how == "mean":
        return np.asarray(values.mean(axis=0, dtype=np.float64))
    if how == "sum":
        return np.asarray(values.sum(axis=0, dtype=np.float64))
    if how == "last":
        return np.asarray(values[-1], np.float64)
    if how == "max":
        return np.asarray(values.max(axis=0), np.float64)
    if how == "min":
        return np.asarray(values.min(axis=0), np.float64)
    raise ValueError(f"no aggregation called {how}")


def allowed(row: Row) -> tuple[float, float]:
    """Lowest and highest value that the report allows."""
    low, best, high = row["low"], row["best"], row["high"]
    if row["bound"] == "exact":
        value = best if best is not None else (low if high is None else (low + high) / 2)
        return float(value), float(value)
    if row["bound"] == "at_least":
        return float(low), math.inf
    if row["bound"] == "at_most":
        return -math.inf, float(high)
    return float(low), float(high)
