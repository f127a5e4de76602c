"""The state of the dashboard: everything that a page shows follows from its address, and from nothing else.

An address is read strictly: an unknown name, a value out of bounds or a name given twice is refused with a sentence.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode

from citerne.base.errors import UsageError
from citerne.base.text import LANGUAGES, _
from citerne.case.case import Case
from citerne.case.policies import RECORDED, find_policy
from citerne.ensemble.run import Plan
from citerne.model.levers import Setting
from citerne.schema.cells import shown
from citerne.web.controls import VARIANT, Control, closure_settings

LONGEST = 2000  # letters of a query
PAGES = ("overview", "map", "stocks", "prices", "people", "state", "plan", "evidence")
VIEW = ("lang", "day", "measure", "span", "pin")
SPANS = ("30", "60", "all")  # days that the key figures look at  # what changes the view and not the run


@dataclass(frozen=True)
class Run:
    """What decides the futures: the controls that are not left alone, by id."""

    values: Mapping[str, str] = field(default_factory=dict)

    def query(self) -> str:
        """The run as part of an address; equal runs give equal words."""
        return urlencode(self.values)

    def __hash__(self) -> int:
        return hash(self.query())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.query() == other.query()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Variants held to, as `axis:choice`."""
        return tuple(
            f"{name.removeprefix(VARIANT)}:{value}" for name, value in self.values.items() if name.startswith(VARIANT)
        )


@dataclass(frozen=True)
class State:
    """A page's state: language, run, the run it is compared with, and what of it is shown."""

    lang: str = "en"
    run: Run = field(default_factory=Run)
    pin: Run = field(default_factory=Run)
    day: str = ""
    measure: str = ""
    span: str = ""

    def query(self) -> str:
        """Canonical query of an address."""
        words = {"lang": self.lang, **self.run.values}
        words |= {name: value for name in ("day", "measure", "span") if (value := getattr(self, name))}
        if self.pin.values:
            words["pin"] = self.pin.query()
        return urlencode(words)

    def with_(self, **changes: object) -> State:
        """The same state but for some parts."""
        return replace(self, **changes)  # type: ignore[arg-type]


class Reader:
    """Reads addresses of one case."""

    def __init__(self, case: Case, controls: tuple[Control, ...], language: str, measures: Iterable[str]) -> None:
        self.case, self.controls, self.language = case, {c.id: c for c in controls}, language
        self.measures = frozenset(measures)

    def read(self, query: str) -> State:
        """The state that a query stands for; UsageError with a sentence for anything that is not one."""
        words = self._words(query)
        lang = words.get("lang", "") or self.language
        if lang not in LANGUAGES:
            raise UsageError(_("lang is {found}; it must be one of {known}.").format(
                found=shown(lang), known=", ".join(LANGUAGES)))  # fmt: skip
        day, measure, span = (words.get(name, "") for name in ("day", "measure", "span"))
        if span and span not in SPANS:
            raise UsageError(_("span is {found}; it must be one of {known}.").format(
                found=shown(span), known=", ".join(SPANS)))  # fmt: skip
        if measure and measure not in self.measures:
            raise UsageError(_("There is no measure called {name} on this page.").format(name=shown(measure)))
        if day:
            day = self._day("day", day).isoformat()
        run = self.run({name: value for name, value in words.items() if name not in VIEW})
        pinned = self._words(words.get("pin", ""))
        return State(lang, run, self.run(pinned), day, measure, span)

    def _words(self, query: str) -> dict[str, str]:
        if len(query) > LONGEST:
            raise UsageError(_("The address is too long: at most {most} letters.").format(most=LONGEST))
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict",
                              max_num_fields=60)  # fmt: skip
        except (ValueError, UnicodeDecodeError):
            raise UsageError(_("The address cannot be read.")) from None
        words = dict(pairs)
        if len(words) < len(pairs):
            raise UsageError(_("The address names one thing twice."))
        return words

    def run(self, words: Mapping[str, str]) -> Run:
        """The run that some words stand for; what changes nothing is left out."""
        for name in words:
            if name not in self.controls:
                raise UsageError(_("There is no lever called {name}.").format(name=shown(name)))
        kept: dict[str, str] = {}
        for name, control in self.controls.items():
            value = self._value(control, words.get(name, "").strip())
            if value not in ("", control.default):
                kept[name] = value
        if "close" not in kept:
            kept.pop("days", None)
        if not any(name != "from" and self.controls[name].group not in ("when", "assume") for name in kept):
            kept.pop("from", None)  # dates without a change are none
        return Run(MappingProxyType(kept))

    def _value(self, control: Control, text: str) -> str:
        """Canonical form of a value; empty where the control is left alone."""
        if not text:
            return ""
        if control.kind == "choice":
            if text not in control.words:
                raise UsageError(_("{lever} has no choice called {name}.").format(lever=control.id, name=shown(text)))
            return text
        if control.kind == "day":
            return self._day(control.id, text).isoformat()
        number = _number(text)
        if control.kind == "yes" and text == "on":
            number = 1.0
        if number is None or not control.low <= number <= control.high:
            raise UsageError(
                _("{lever} is {value}; it must lie between {low} and {high} {unit}.").format(
                    lever=control.id, value=shown(text), low=f"{control.low:g}", high=f"{control.high:g}", unit=""
                ).replace(" .", ".")
            )  # fmt: skip
        if control.id == "days" and number != int(number):
            raise UsageError(_("days must be a whole number."))
        return f"{number:.6g}"

    def _day(self, name: str, text: str) -> dt.date:
        first = self.case.header.start
        last = first + dt.timedelta(days=self.case.header.days - 1)
        try:
            day = dt.date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or not first <= day <= last:
            text_ = _("{name} is {found}; it must be a day from {first} to {last}, written like {first}.")
            raise UsageError(text_.format(name=name, found=shown(text), first=first, last=last))
        return day

    def first_day(self, run: Run) -> dt.date:
        """First day of the changes of a run, or of the days after the record where it has none."""
        return dt.date.fromisoformat(run.values.get("from") or self.controls["from"].default)

    def settings(self, run: Run) -> list[Setting]:
        """Lever settings of a run, laid over those of its policy."""
        first = self.first_day(run)
        found = []
        for name, value in run.values.items():
            control = self.controls[name]
            if control.lever:
                found.append(Setting(control.lever, float(value) / control.scale, control.target, first))
        if "close" in run.values:
            days = int(run.values.get("days") or self.controls["days"].default)
            found += closure_settings(self.case, run.values["close"], first, days)
        return found

    def plan(self, run: Run, *, days: int, members: int, seed: int, unknowns: str, fresh_luck: bool) -> Plan:
        """The plan of an ensemble that simulates a run."""
        policy = find_policy(self.case, run.values.get("policy", RECORDED))
        return Plan(
            days=days,
            members=members,
            seed=seed,
            policy=policy.name,
            policy_settings=(
                *(Setting(s.lever, s.value, s.target or "all", s.start, s.end) for s in policy.sets),
                *self.settings(run),
            ),
            triggers=policy.triggers,
            variants=run.assumptions,
            words=tuple(f"{name}={value}" for name, value in run.values.items() if name != "policy"),
            unknowns=unknowns,
            fresh_luck=fresh_luck,
        )


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ".")) if len(text) <= 12 else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
