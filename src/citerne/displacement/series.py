"""Camp series as Flee reads them, and as they were published.

Flee draws straight lines between reports and cuts to whole people; it rescales what a camp had reported before a new
registration. Both use reports of the future. `published` sees only what was reported by a day, uncorrected.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from citerne.displacement.layout import Conflict, Correction, Series


def added(parts: Sequence[Series]) -> Series:
    """Several files of one name, added as Flee adds them.

    On the dates of the second file the first counts with its next report, on dates of the first alone the second
    counts with its last one; reports of the first file after the end of the second are not taken over.
    """
    total = parts[0]
    for part in parts[1:]:
        rows: list[tuple[int, float]] = []
        k, last = 0, 0.0
        for day, people in zip(part.day, part.people, strict=True):
            while day > total.day[k]:
                rows.append((int(total.day[k]), last + total.people[k]))
                if k == len(total.day) - 1:
                    break
                k += 1
            if day > total.day[k]:
                continue  # the first file has ended
            rows.append((int(day), people + total.people[k]))
            last = float(people)
            if day == total.day[k] and k < len(total.day) - 1:
                k += 1
        total = Series(total.name, np.array([d for d, _p in rows], dtype=np.int64), np.array([p for _d, p in rows]))
    return total


def corrected(series: Series, corrections: Sequence[Correction]) -> Series:
    """The series with everything before each correction scaled by new count / last count before it."""
    people = series.people.copy()
    for correction in corrections:
        if correction.name != series.name:
            continue
        for i in np.flatnonzero(series.day == correction.day).tolist():
            if i > 0 and people[i - 1] > 0:
                people[:i] *= people[i] / people[i - 1]
    return Series(series.name, series.day, people)


def daily(series: Series, days: int) -> NDArray[np.int64]:
    """People on each day [day]: straight lines between reports, cut to whole people; flat before and after them."""
    day = np.arange(days)
    after = np.searchsorted(series.day, day, side="right")
    before = np.clip(after - 1, 0, None)
    after = np.clip(after, None, len(series.day) - 1)
    gap = np.maximum(series.day[after] - series.day[before], 1)
    share = np.clip((day - series.day[before]) / gap, 0.0, 1.0)
    rise = series.people[after] - series.people[before]
    level: NDArray[np.float64] = np.where(day <= series.day[0], series.people[0], series.people[before] + share * rise)
    return level.astype(np.int64)


def published(series: Series, day: int) -> float:
    """The last count that was reported by that day, uncorrected; 0 before the first report."""
    known = int(np.searchsorted(series.day, day, side="right"))
    return float(series.people[known - 1]) if known else 0.0


def flee_columns(conflict: Conflict) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Flee's own data columns.

    Returns
    -------
    data : int array [day, camp], people; the columns `<camp> data`, camps in the order of `conflict.camps`
    raw_count : int array [day], people; the column `raw UNHCR refugee count`, by which Flee divides. It starts with
        every series of the layout on day 0, the total included, and adds the daily change of all but the first series.
    """
    columns = {
        series.name: daily(corrected(series, conflict.corrections), conflict.length_days) for series in conflict.layout
    }
    data = np.stack([columns[camp.name] for camp in conflict.camps], axis=1)
    every = np.stack([columns[series.name] for series in conflict.layout], axis=1)
    rest = every[:, 1:].sum(axis=1)
    return data, every[0].sum() + rest - rest[0]


def other_readings(conflict: Conflict) -> dict[str, NDArray[np.float64]]:
    """The camp data [day, camp], people, read in two other ways that are as good: how well is the target known?

    `steps`: each report holds until the next, instead of straight lines. `uncorrected`: as it was reported then,
    without later new counts. Both as shares of the total that Flee's columns give, so that only the places differ.
    """
    series = {one.name: one for one in conflict.layout}
    camps = [series[camp.name] for camp in conflict.camps]
    days = conflict.length_days
    total = flee_columns(conflict)[0].sum(axis=1, keepdims=True)
    new = [corrected(camp, conflict.corrections) for camp in camps]
    steps = np.array([[published(camp, day) for camp in new] for day in range(days)])
    plain = np.stack([daily(camp, days) for camp in camps], axis=1).astype(np.float64)
    result: dict[str, NDArray[np.float64]] = {}
    for name, level in (("steps", steps), ("uncorrected", plain)):
        whole = level.sum(axis=1, keepdims=True)
        result[name] = np.divide(level, whole, out=np.zeros_like(level), where=whole > 0) * total
    return result


def correction_days(conflict: Conflict) -> frozenset[int]:
    """Days on which a camp was counted anew: its reports before and after cannot be compared."""
    return frozenset(correction.day for correction in conflict.corrections)
