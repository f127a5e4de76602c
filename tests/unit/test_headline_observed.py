"""What the column `observed` of the headline may say of a worst day, when reports are of some days only."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from citerne.metrics.headline import _observed
from citerne.results.results import SeriesKey

DAY = dt.date(2025, 10, 1)
RUN: Any = SimpleNamespace(provenance=SimpleNamespace(start=DAY), values=np.zeros((10, 1, 1)))
SHARE = SeriesKey("stations_open_share", "bamako", "all", "share")
QUEUE = SeriesKey("queue_hours", "bamako", "gasoline", "h")


def report(key: SeriesKey, bound: str, low: float | None, best: float | None, high: float | None, day: int = 2) -> Any:
    at = DAY + dt.timedelta(days=day)
    return {"variable": key.variable, "place": key.place, "product": key.product, "date_start": at, "date_end": at,
            "bound": bound, "low": low, "best": best, "high": high}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "how", "rows", "wanted"),
    [
        (QUEUE, "max", [("exact", None, 3.0, None), ("exact", None, 60.0, None)], (60.0, "at_least")),
        (QUEUE, "max", [("at_most", None, None, 5.0)], (None, "")),
        (QUEUE, "max", [("interval", 4.0, None, 9.0), ("at_most", None, None, 50.0)], (4.0, "at_least")),
        (SHARE, "min", [("exact", None, 0.5, None), ("interval", 0.1, None, 0.3)], (0.3, "at_most")),
        (SHARE, "min", [("at_least", 0.2, None, None)], (None, "")),
        (SHARE, "min", [("interval", 0.8, None, 1.0)], (None, "")),  # at most all of them: that is no news
        (SHARE, "sum", [("exact", None, 0.5, None)], (None, "")),
        (SHARE, "last", [("at_least", 0.2, None, None)], (0.2, "at_least")),
    ],
)
def test_a_report_bounds_the_worst_of_all_days(key: SeriesKey, how: str, rows: list[Any], wanted: Any) -> None:
    assert _observed(RUN, key, how, [report(key, *row) for row in rows]) == wanted


def test_reports_of_other_places_and_of_days_beyond_the_run_say_nothing() -> None:
    elsewhere = report(SeriesKey("queue_hours", "kayes", "gasoline", "h"), "exact", None, 9.0, None)
    later = report(QUEUE, "exact", None, 9.0, None, day=10)
    assert _observed(RUN, QUEUE, "max", [elsewhere, later]) == (None, "")
