"""Ends that came in the futures of a run, by month, in the form of the outlook's own table."""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.metrics.belief import two_digits
from citerne.metrics.survival import MONTHS_A_YEAR, cumulative_incidence
from citerne.results.results import Results

VARIABLE = "end_reached"
DAYS_A_YEAR = 365


def simulated_ends(results: Results) -> list[dict[str, Any]]:
    """Cumulative incidence (Aalen-Johansen) of each end by the close of each whole month of a run.

    Parameters
    ----------
    results : a run that recorded `end_reached`, 1 in a future from the day on which that end came

    Returns
    -------
    rows `outcome`, `month` from the first day of the run, `chance` (two digits), `futures`

    Raises
    ------
    UsageError : the run recorded no ends, or is shorter than a month
    """
    keys = [key for key in results.keys if key.variable == VARIABLE]
    if not keys:
        raise UsageError(_("This run recorded no ends; it was made without the outcome block."))
    months = len(results.dates) * MONTHS_A_YEAR // DAYS_A_YEAR
    if months < 1:
        raise UsageError(_("This run is shorter than a month."))
    closing = [-(-month * DAYS_A_YEAR // MONTHS_A_YEAR) - 1 for month in range(1, months + 1)]
    ended = np.stack([results.series(key.variable, key.place, key.product)[closing] > 0.5 for key in keys], axis=-1)
    by_month = ended.mean(axis=1, dtype=np.float64)  # (month, end)
    before = np.concatenate([np.zeros_like(by_month[:1]), by_month[:-1]])
    at_risk = 1 - before.sum(axis=-1, keepdims=True)
    increments = np.divide(by_month - before, at_risk, out=np.zeros_like(by_month), where=at_risk > 0)
    incidence, _none_yet = cumulative_incidence(increments)
    return [
        {"outcome": key.product, "month": month + 1, "chance": two_digits(incidence[month, k]),
         "futures": ended.shape[1]}
        for k, key in enumerate(keys)
        for month in range(months)
    ]  # fmt: skip
