"""Lever plan of a run: the case's dated inputs, then the policy, then single settings, painted day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.schema.levers import LEVER_BY_NAME, LEVERS, Lever
from citerne.schema.read import closest

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Setting:
    """One lever set to a value from a day to a day (inclusive); `target` empty or `all` means every one."""

    lever: str
    value: float
    target: str = "all"
    start: dt.date | None = None
    end: dt.date | None = None


def active_places(case: Case) -> tuple[str, ...]:
    """Places that hold, use, feed or receive fuel, in file order; the place axis of every array."""
    named = {row["place"] for table in ("demand", "storage", "drops", "facilities") for row in case.rows(table)}
    named |= {row[end] for row in case.rows("legs") for end in ("place", "from_place")}
    named |= {row["path"][-1] for row in case.rows("corridors")}
    named |= {row["place"] for row in case.rows("zones")} | {case.header.hub}
    return tuple(place for place in case.ids("places") if place in named)


def targets_of(case: Case, lever: Lever) -> tuple[str, ...]:
    """Names along the axis of a lever; one nameless target for a lever without axis."""
    if lever.by == "none":
        return ("",)
    return active_places(case) if lever.by == "place" else case.ids(f"{lever.by}s")


def case_settings(case: Case, variants: Mapping[str, str]) -> list[Setting]:
    """The case's inputs as settings, in order of their first day; rows of variants not chosen are left out."""
    rows = [
        row
        for row in case.rows("inputs")
        if not row["variant"] or variants.get(row["variant"].split(":")[0]) == row["variant"].split(":")[1]
    ]
    rows.sort(key=lambda row: (row["date_start"], row["_row"]))
    dated = [Setting(r["lever"], r["value"], r["target"] or "all", r["date_start"], r["date_end"]) for r in rows]
    return [*demand_settings(case), *dated]


def demand_settings(case: Case) -> list[Setting]:
    """Part of the armed group's demands that is met, by weight, from each day on which that changes."""
    rows = case.rows("demands")
    whole = sum(row["weight"] for row in rows)
    if not whole:
        return []
    since = {row["demand"]: row["met_date"] or case.header.start for row in rows}
    return [
        Setting("demands_met", sum(row["weight"] * row["met"] for row in rows if since[row["demand"]] <= day) / whole,
                start=day)
        for day in sorted(set(since.values()))
    ]  # fmt: skip


def lay_plan(case: Case, days: int, settings: Iterable[Setting]) -> dict[str, Array]:
    """Paint settings in order over the defaults.

    Returns
    -------
    dict : lever -> float32 array (target, day); a later setting covers an earlier one on its days

    Raises
    ------
    UsageError : unknown lever or target, value out of bounds
    """
    plan = {
        lever.name: np.full((len(targets_of(case, lever)), max(days, 1)), lever.default, np.float32) for lever in LEVERS
    }
    for setting in settings:
        lever = LEVER_BY_NAME.get(setting.lever)
        if lever is None:
            mend = closest(setting.lever, LEVER_BY_NAME)
            raise UsageError(_("No lever called {name}: {mend}.").format(name=setting.lever, mend=mend))
        if not lever.low <= setting.value <= lever.high:
            raise UsageError(
                _("{lever} is {value}; it must lie between {low} and {high} {unit}.").format(
                    lever=lever.name, value=setting.value, low=lever.low, high=lever.high, unit=lever.unit
                )
            )
        first, last = _window(case, setting, days)
        for k in _positions(case, lever, setting.target):
            plan[lever.name][k, first:last] = setting.value
    return plan


def _window(case: Case, setting: Setting, days: int) -> tuple[int, int]:
    start = case.header.start
    first = (setting.start - start).days if setting.start else 0
    last = (setting.end - start).days + 1 if setting.end else days
    return max(first, 0), max(min(last, days), 0)


def _positions(case: Case, lever: Lever, target: str) -> list[int]:
    names = targets_of(case, lever)
    if target in ("", "all"):
        return list(range(len(names)))
    if target not in names:
        mend = closest(target, names)
        raise UsageError(_("{lever} has no target {name}: {mend}.").format(lever=lever.name, name=target, mend=mend))
    return [names.index(target)]
