"""Corridors as the report shows them: open or not, trucks waiting, sent and lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from citerne.base.text import _
from citerne.report.view import CUMULATIVE, View, quantile_triple

RECENT_DAYS = 28
OPEN, RESTRICTED = 0.7, 0.2  # shares of the first week's traffic; judgement


@dataclass(frozen=True)
class CorridorRow:
    """One corridor, or all of them, now. Triples are the 5, 50 and 95 % points over futures.

    Attributes
    ----------
    key, name : which
    waiting : tankers waiting at the border today
    sent : tankers sent a day, mean of the last four weeks
    sent_before : the same in the first week of the run, median
    lost : tankers destroyed per hundred sent since the start, or None where none was sent
    declared : whether a declared blockade names it today; None for all corridors together
    """

    key: str
    name: str
    waiting: tuple[float, float, float]
    sent: tuple[float, float, float]
    sent_before: float
    lost: tuple[float, float, float] | None
    declared: bool | None

    @property
    def share(self) -> float | None:
        """Traffic against the first week; None for a way hardly used before."""
        return self.sent[1] / self.sent_before if self.sent_before >= 0.1 else None

    @property
    def status(self) -> str:
        """`open`, `restricted`, `closed` or `unused`, from simulated traffic."""
        if self.share is None:
            return "unused" if self.sent[1] < 0.1 else "open"
        if self.share >= OPEN:
            return "open"
        return "restricted" if self.share >= RESTRICTED else "closed"


def status_word(status: str) -> str:
    """A status as readers see it."""
    words = {"open": _("open"), "restricted": _("restricted"), "closed": _("almost shut"), "unused": _("hardly used")}
    return words[status]


def corridor_rows(view: View) -> list[CorridorRow]:
    """A row for every corridor with recorded traffic, in the order of the case."""
    keys = [key for key in view.case.ids("corridors") if view.has("trucks_dispatched", key)]
    return [_row(view, key, view.names.of(key)) for key in keys]


def country_row(view: View) -> CorridorRow | None:
    """The row of all corridors together."""
    if not view.has("trucks_dispatched", view.country):
        return None
    return _row(view, view.country, _("All ways"))


def _row(view: View, key: str, name: str) -> CorridorRow:
    now, dispatched = view.now, view.values("trucks_dispatched", key)
    total = dispatched[: now + 1].sum(axis=0, dtype=np.float64)
    lost = None
    if np.median(total) >= 1:
        lost = quantile_triple(100 * view.values(CUMULATIVE, key)[now] / np.maximum(total, 1))
    return CorridorRow(
        key=key,
        name=name,
        waiting=quantile_triple(view.values("tankers_waiting_border", key)[now]),
        sent=quantile_triple(view.recent("trucks_dispatched", key, RECENT_DAYS)),
        sent_before=float(np.median(dispatched[: min(7, view.days)].mean(axis=0))),
        lost=lost,
        declared=None if key == view.country else _declared(view, key, view.date(now)),
    )


def _declared(view: View, key: str, day: dt.date) -> bool:
    """Whether an input of the case puts a blockade on the corridor that day; the last row that covers it decides."""
    value = 0.0
    for row in view.case.rows("inputs"):
        on = row["date_start"] <= day and (row["date_end"] is None or day <= row["date_end"])
        named = row["lever"] == "blockade" and row["target"] in (key, None, "", "all") and not row["variant"]
        if named and on:
            value = row["value"]
    return value > 0
