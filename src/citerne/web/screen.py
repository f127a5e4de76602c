"""What a page draws from: the run as it stands, the run it is compared with, and the words for both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from citerne.base.text import _, number
from citerne.case.policies import RECORDED, find_policy
from citerne.metrics.headline import statistic
from citerne.report.fans import Fan, fan_chart, fan_grid
from citerne.report.look import Chart
from citerne.report.sections import attribution, source_line
from citerne.report.stocks import LOW_DAYS
from citerne.report.view import CUMULATIVE, View
from citerne.report.words import day_text, value_text
from citerne.results.results import Results
from citerne.web.controls import VARIANT, Control, title_of
from citerne.web.parts import Part
from citerne.web.state import Reader, Run, State

Array = np.ndarray[Any, Any]
FAN_COLUMNS = ("variable", "place", "product", "unit", "date", "p05", "p25", "p50", "p75", "p95", "compared_p50")
Key = tuple[str, str, str]
THOUSANDS = 50_000  # people from which an axis counts thousands


@dataclass(frozen=True)
class Seen(View):
    """A view that looks from a day of one's choice; -1 stands for the last of the record."""

    today: int = -1

    @property
    def now(self) -> int:
        """The day looked from."""
        return self.today if 0 <= self.today < self.days else super().now


@dataclass(frozen=True)
class Screen:
    """Everything a page needs.

    Attributes
    ----------
    view : the run
    other : the run it is compared with, or None where they are the same
    state, reader : the address, and how it is read
    """

    view: Seen
    other: Seen | None
    state: State
    reader: Reader

    @property
    def results(self) -> Results:
        """Results of the run."""
        return self.view.results

    @property
    def hub(self) -> str:
        """Key of the hub, or of its region in a public view."""
        return self.view.hub

    @property
    def country(self) -> str:
        """Key of the country's totals."""
        return self.view.country

    @property
    def paired(self) -> bool:
        """Whether both runs hold the same futures, so that differences may be taken future by future."""
        return self.other is not None and self.state.run.assumptions == self.state.pin.assumptions

    @cached_property
    def first(self) -> int:
        """First day of the run that figures look at: that of the changes, or day 0 where a policy differs."""
        runs = (self.state.run, self.state.pin)
        if any("policy" in run.values for run in runs):
            return 0
        day = min(self.reader.first_day(run) for run in runs)
        return min(max((day - self.view.start).days, 0), self.view.days - 1)

    @property
    def span(self) -> str:
        """How far figures look: a number of days or `all`; a month unless a policy changes the whole run."""
        return self.state.span or ("all" if self.first == 0 else "30")

    @property
    def last(self) -> int:
        """Last day of the run that figures look at."""
        end = self.view.days - 1
        return end if self.span == "all" else min(self.first + int(self.span) - 1, end)

    @property
    def period(self) -> str:
        """The days that figures look at, in words."""
        return _("{start} to {end}").format(
            start=day_text(self.view.date(self.first)), end=day_text(self.view.date(self.last))
        )

    @property
    def source(self) -> str:
        """Where the figures come from."""
        return source_line(self.view)

    @property
    def attribution(self) -> str:
        """Who is to be named."""
        return attribution(self.view)

    def of(self, key: Key, how: str, view: Seen | None = None) -> Array:
        """One number per future: a statistic of a series over the days looked at.

        `low` is 1 where days of cover fall below the limit; a running total counts from the first day looked at.
        """
        shown = view or self.view
        values = shown.values(*key)
        if key[0] == CUMULATIVE and how == "last":
            before = values[self.first - 1] if self.first else 0.0
            return np.asarray(values[self.last] - before, np.float64)
        looked = values[self.first : self.last + 1]
        if how == "low":
            return np.asarray(looked.min(axis=0) < LOW_DAYS, np.float64)
        if how == "mean":
            return np.asarray(looked.mean(axis=0, dtype=np.float64))
        return statistic(looked, how)

    def pair(self, key: Key, how: str) -> tuple[Array, Array]:
        """The same number of both runs, over the futures that both have by now."""
        assert self.other is not None  # asked for only where there are two
        ours, theirs = self.of(key, how), self.of(key, how, self.other)
        count = min(len(ours), len(theirs))
        return ours[:count], theirs[:count]

    def fan(self, key: Key, title: str = "", *, reference: bool = False) -> Fan:
        """The fan of a series, with the median of the run it is compared with."""
        fan = self.view.fan(*key, title=title)
        if not reference:
            fan = replace(fan, reference_day=None)
        if self.other is not None and self.other.has(*key):
            fan = replace(fan, other=self.other.fan(*key).quantiles[2])
        return replace(fan, key="-".join(word for word in key if word).replace("_", "-"))

    def fan_part(self, key: Key, name: str, *, title: str = "", width_mm: float = 118.0, height_mm: float = 62.0,
                 reference: bool = False, class_: str = "") -> Part:  # fmt: skip
        """One fan as a part of a page."""
        fan = self.fan(key, title, reference=reference)
        chart = fan_chart(readable(fan), self.source, width_mm, height_mm, name)
        return Part(name, chart.title, FAN_COLUMNS, lambda: self.fan_rows([(key, fan)]), chart, class_=class_)

    def grid_part(self, keys: Sequence[tuple[Key, str]], name: str, title: str, *, columns: int = 3,
                  common: bool = False, row_mm: float = 33.0) -> Part | None:  # fmt: skip
        """Small multiples of the series that the run kept, or None."""
        kept = [(key, self.fan(key, words)) for key, words in keys if self.view.has(*key)]
        if not kept:
            return None
        chart = fan_grid(
            [readable(fan) for _key, fan in kept], name, title, self.source, columns, common, row_mm=row_mm
        )
        return Part(name, title, FAN_COLUMNS, lambda: self.fan_rows(kept), chart)

    def fan_rows(self, fans: Sequence[tuple[Key, Fan]]) -> list[tuple[Any, ...]]:
        """Daily numbers of fans; weekly ones in a public view."""
        step, found = 7 if self.view.public else 1, []
        for key, fan in fans:
            for k in range(0, fan.days, step):
                other = None if fan.other is None else float(fan.other[k])
                date = (fan.start + dt.timedelta(days=k)).isoformat()
                found.append((*key, fan.unit, date, *(float(v) for v in fan.quantiles[:, k]), other))
        return found

    def table_part(self, name: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]],
                   header: Sequence[str], cells: Sequence[Sequence[str]], note: str = "",
                   class_: str = "") -> Part:  # fmt: skip
        """A table as a part of a page."""
        plain = [tuple(row) for row in rows]
        shown = tuple(tuple(cell) for cell in cells)
        return Part(name, title, tuple(columns), lambda: plain, None, tuple(header), shown, note, class_)

    def chart_part(self, chart: Chart, columns: Sequence[str], rows: Sequence[Sequence[Any]], class_: str = "") -> Part:
        """A drawn chart as a part of a page."""
        plain = [tuple(row) for row in rows]
        return Part(chart.name, chart.title, tuple(columns), lambda: plain, chart, class_=class_)

    def label(self, run: Run) -> str:
        """A run in words."""
        return describe(run, self.reader, self.view)


def readable(fan: Fan) -> Fan:
    """The fan in a unit that reads well: thousands of people, plain words for what unit codes do not say."""
    units = {
        "people": _("people"), "people/day": _("people a day"), "person-days/day": _("people"), "index": _("index"),
        "convoys/day": _("columns a day"), "ratio": _("times"),
    }  # fmt: skip
    unit = units.get(fan.unit, fan.unit)
    if ("people" in fan.unit or "person" in fan.unit) and fan.highest() >= THOUSANDS:
        thousands = {"people/day": _("thousand people a day")}.get(fan.unit, _("thousand people"))
        other = None if fan.other is None else fan.other / 1000
        marks = tuple(mark.times(1 / 1000) for mark in fan.marks)
        return replace(fan, unit=thousands, quantiles=fan.quantiles / 1000, other=other, marks=marks)
    return replace(fan, unit=unit)


def describe(run: Run, reader: Reader, view: View) -> str:
    """A run in words: what was moved, or `as recorded`."""
    found, values = [], run.values
    for name, value in values.items():
        control = reader.controls[name]
        if name == "policy" and value != RECORDED:
            found.append(find_policy(reader.case, value).title())
        elif name == "close":
            days = int(values.get("days") or reader.controls["days"].default)
            text = _("{roads} closed for {days} days")
            found.append(text.format(roads=closed_name(value, view), days=days))
        elif name.startswith(VARIANT):
            found.append(choice_word(control, value, reader, view))
        elif control.lever:
            found.append(_moved(control, value, view))
    if not found:
        return _("As recorded")
    said = "; ".join(found)
    if "close" in values or any(reader.controls[name].lever for name in values):
        said += " " + _("(from {day})").format(day=day_text(reader.first_day(run)))
    return said


def closed_name(word: str, view: View) -> str:
    """Name of what a choice of `close` shuts."""
    return view.names.of(word.removeprefix("roads_"))


def choice_word(control: Control, value: str, reader: Reader, view: View) -> str:
    """One choice of a control in words."""
    if control.id == "policy":
        return find_policy(reader.case, value).title()
    if control.id == "close":
        return closed_name(value, view) if value else _("none")
    if control.id.startswith(VARIANT):
        if not value:
            return _("weighed, as the case says")
        axis = control.id.removeprefix(VARIANT)
        column = view.names.column.replace("name", "meaning")
        rows = reader.case.rows("variants")
        return next(str(row[column]) for row in rows if (row["axis"], row["choice"]) == (axis, value))
    return value


def _moved(control: Control, value: str, view: View) -> str:
    title = title_of(control, view.names)
    return title if control.kind == "yes" else _("{what}: {n}").format(what=title, n=number_text(value))


def number_text(value: str | float) -> str:
    """A lever's value for reading."""
    size = float(value)
    return number(size, 0 if size == int(size) else 1 if round(size, 1) == size else 2)


def signed(value: float) -> str:
    """A difference with its sign."""
    text = value_text(value)
    return f"+{text}" if value > 0 and text != "0" else text
