"""Ends simulated in a run, shown beside the base rates of the outlook."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from citerne.base.errors import UsageError
from citerne.outlook.simulated import simulated_ends
from citerne.results.results import Provenance, Results, SeriesKey

START = dt.date(2030, 1, 1)
FUTURES = 200


def made(days: int, variable: str = "end_reached") -> Results:
    """A run in which a deal came in 10 futures on day 10 and in 20 more on day 40, and a coup in 4 on day 70."""
    values = np.zeros((days, 2, FUTURES), np.float32)
    values[10:, 0, :10] = 1
    values[40:, 0, 10:30] = 1
    values[70:, 1, 30:34] = 1
    keys = tuple(SeriesKey(variable, "madeup", end, "share") for end in ("deal", "coup"))
    made_from = Provenance("madeup", {"en": "x", "fr": "x"}, "", START, days, FUTURES, 1, "recorded", "", (), "0")
    return Results(made_from, keys, values, {}, {}, np.arange(FUTURES, dtype=np.uint32))


def test_the_share_of_futures_by_month_is_the_cumulative_incidence() -> None:
    rows = simulated_ends(made(98))
    found = {(row["outcome"], row["month"]): row["chance"] for row in rows}
    assert found == {
        ("deal", 1): 0.05, ("deal", 2): 0.15, ("deal", 3): 0.15,
        ("coup", 1): 0.0, ("coup", 2): 0.0, ("coup", 3): 0.02,
    }  # fmt: skip
    assert {row["futures"] for row in rows} == {FUTURES}


def test_a_run_of_a_year_has_twelve_months() -> None:
    assert max(row["month"] for row in simulated_ends(made(365))) == 12
    assert max(row["month"] for row in simulated_ends(made(364))) == 11


def test_a_run_without_ends_or_shorter_than_a_month_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="no ends"):
        simulated_ends(made(98, variable="stock_days"))
    with pytest.raises(UsageError, match="shorter than a month"):
        simulated_ends(made(20))
