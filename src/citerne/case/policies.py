"""Policies: levers that a decision-maker sets in advance, read from YAML and checked against the case."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from citerne.base.errors import Faults, UsageError
from citerne.base.text import _, current_language
from citerne.case.case import Case
from citerne.case.triggers import Trigger, check_triggers
from citerne.case.yamls import Strict, TwoLanguages, line_of, read_model
from citerne.schema.cells import closest, shown
from citerne.schema.levers import LEVER_BY_NAME, LEVERS, misfits

RECORDED = "recorded"
_NAME = re.compile(r"[A-Za-z]\w*\Z", re.ASCII)
Ids = Mapping[str, frozenset[str]]


class LeverSet(Strict):
    """A lever set to a value from a day to a day, both included; without them from the start, and for good."""

    lever: str = Field(description="Lever; `citerne schema levers` lists them.")
    target: str = Field(default="all", description="Theatre, corridor, place or product; all for every one.")
    value: float = Field(description="New value, in the lever's unit.", allow_inf_nan=False)
    start: dt.date | None = Field(default=None, alias="from", description="First day.")
    end: dt.date | None = Field(default=None, alias="until", description="Last day.")

    def meets(self, other: LeverSet) -> bool:
        """Whether there may be a day on which both hold."""
        first = max(self.start or dt.date.min, other.start or dt.date.min)
        return first <= min(self.end or dt.date.max, other.end or dt.date.max)


class PolicyFile(Strict):
    """Content of a policy file."""

    name: TwoLanguages = Field(description="Name of the policy.")
    description: TwoLanguages = Field(description="What it does, in a sentence or two.")
    sets: tuple[LeverSet, ...] = Field(
        default=(), description="What is set, in order; a later row may narrow one for all."
    )
    triggers: tuple[Trigger, ...] = Field(
        default=(), description="Rules that act on the state of a run; they go over what is set."
    )


@dataclass(frozen=True)
class Policy:
    """What one chooses, laid over the dated inputs of a case.

    Attributes
    ----------
    name : file name without ending, or `recorded`
    titles, descriptions : in two languages
    sets : lever settings in order
    triggers : rules that move levers when the state of a run says so, in order
    """

    name: str
    titles: TwoLanguages
    descriptions: TwoLanguages
    sets: tuple[LeverSet, ...] = ()
    triggers: tuple[Trigger, ...] = ()

    def title(self) -> str:
        """Name in the language in use."""
        return self.titles.fr if current_language() == "fr" else self.titles.en

    def description(self) -> str:
        """Description in the language in use."""
        return self.descriptions.fr if current_language() == "fr" else self.descriptions.en


AS_RECORDED = Policy(
    RECORDED,
    TwoLanguages(en="As recorded", fr="Comme observé"),
    TwoLanguages(en="The dated inputs of the case and nothing else.", fr="Les entrées datées du cas, et rien d'autre."),
)


@dataclass(frozen=True)
class Setting:
    """One `--set` word: a lever, perhaps of one target, or a parameter, set to a value for the whole run."""

    name: str
    value: float
    target: str = "all"
    is_lever: bool = True


def policies_of(case: Case) -> tuple[str, ...]:
    """Names of the policies in the folder of a case."""
    return tuple(sorted(path.stem for path in (case.folder / "policies").glob("*.yaml")))


def find_policy(case: Case, name: str | Path = RECORDED) -> Policy:
    """A policy of the case by name, or any policy file by its path.

    Raises
    ------
    UsageError : no such policy
    DataError : all faults of the file at once
    """
    if str(name) == RECORDED:
        return AS_RECORDED
    path = case.folder / "policies" / f"{name}.yaml"
    if str(name) not in policies_of(case):
        path = Path(name)
        try:
            is_file = path.suffix in (".yaml", ".yml") and path.is_file()
        except OSError:  # such as a name that is too long
            is_file = False
        if not is_file:
            mend = closest(str(name), (RECORDED, *policies_of(case)))
            raise UsageError(_("No policy called {name}: {mend}").format(name=shown(name), mend=mend))
    return read_policy(path, case)


def read_policy(path: Path, case: Case) -> Policy:
    """Read and check a policy file; DataError lists all its faults at once."""
    faults = Faults()
    content, data = read_model(path, PolicyFile, faults)
    if content is not None:
        check_policy(path.name, content, data, case, faults)
    faults.raise_if_any()
    assert content is not None  # content that could not be read is a fault
    return Policy(path.stem, content.name, content.description, content.sets, content.triggers)


def check_policy(file: str, content: PolicyFile, data: Any, case: Case, faults: Faults) -> None:
    """Note every set and trigger that case or lever do not allow, and every two that contradict each other."""
    if not (content.sets or content.triggers):
        faults.add(file, 1, "sets", "", _("at least one set or trigger"), _("add a row to sets or to triggers"))
    lines = [line_of(data, ("triggers", k)) for k in range(len(content.triggers))]
    check_triggers(file, lines, content.triggers, case, faults)
    ids = ids_of(case)
    for k, one in enumerate(content.sets):
        _check_set(file, line_of(data, ("sets", k)), one, ids, faults)
    for (j, earlier), (k, later) in itertools.combinations(enumerate(content.sets), 2):
        same = later.target == earlier.target or later.target == "all"
        if earlier.lever == later.lever and same and earlier.value != later.value and earlier.meets(later):
            found = f"{later.lever}.{later.target} = {later.value:g}"
            expected = _("one value a day; line {line} sets {value}").format(
                line=line_of(data, ("sets", j)), value=f"{earlier.value:g}"
            )
            mend = _("let the days not overlap, or put the row for all first")
            faults.add(file, line_of(data, ("sets", k)), "value", shown(found), expected, mend)


def _check_set(file: str, line: int, one: LeverSet, ids: Ids, faults: Faults) -> None:
    for misfit in misfits(one.lever, one.target, one.value, ids):
        faults.add(file, line, misfit.part, misfit.found, misfit.expected, misfit.mend)
    lever = LEVER_BY_NAME.get(one.lever)
    if lever is not None and lever.kind == "scenario":
        choosable = ", ".join(other.name for other in LEVERS if other.kind == "policy")
        mend = _("put it in inputs.csv or use --set; a policy may set {levers}").format(levers=choosable)
        faults.add(file, line, "lever", one.lever, _("a lever that a policy may choose"), mend)
    if one.start and one.end and one.end < one.start:
        faults.add(file, line, "until", one.end, _("a day not before {day}").format(day=one.start), _("swap the two"))


def ids_of(case: Case) -> dict[str, frozenset[str]]:
    """Targets of levers, by table."""
    return {table: frozenset(case.ids(table)) for table in ("theatres", "corridors", "places", "products")}


def parse_set(word: str, case: Case | None = None) -> Setting:
    """What one `--set` word means: `lever=value`, `lever.target=value` or `parameter=value`.

    With `case` the target is checked too. Whether a parameter of that name exists is for the model to say.

    Raises
    ------
    UsageError : not of that form, unknown lever or target, value out of bounds
    """
    key, equals, text = word.partition("=")
    name, dot, target = key.strip().partition(".")
    value = _number(text)
    if not equals or value is None or not _NAME.match(name) or (dot and not target):
        form = _("--set takes lever=value, lever.target=value or parameter=value with a number; found {word}.")
        raise UsageError(form.format(word=shown(word)))
    if not dot and name not in LEVER_BY_NAME:
        return Setting(name, value, is_lever=False)
    wrong = misfits(name, target or "all", value, ids_of(case) if case else {})
    if wrong:
        lines = [
            _("--set {word}: found {found}, expected {expected}. Mend: {mend}").format(
                word=shown(word), found=misfit.found, expected=misfit.expected, mend=misfit.mend
            )
            for misfit in wrong
        ]
        raise UsageError("\n".join(lines))
    return Setting(name, value, target or "all")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
