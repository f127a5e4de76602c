"""Triggers: rules of a policy that move a lever when the state of a run says so.

As text

    when stock_days(bamako, diesel) < 5 for 2 days then ration_share(diesel) = 0.5 for 14 days, wait 7 days

or as keys

    {variable: stock_days, place: bamako, product: diesel, test: "<", threshold: 5, after_days: 2,
     lever: ration_share, target: diesel, value: 0.5, lasts_days: 14, wait_days: 7}
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.yamls import Strict
from citerne.schema.cells import closest, shown
from citerne.schema.levers import LEVER_BY_NAME, misfits
from citerne.schema.outcomes import OUTCOME_BY_NAME, SPLITS, Outcome
from citerne.schema.watched import MOVED_LEVERS, WATCHED_OUTCOMES

Test = Literal["<", "<=", ">", ">="]
LONGEST_DAYS = 3660
FORM = "when VARIABLE(PLACE, PRODUCT) < NUMBER for N days then LEVER(TARGET) = NUMBER for N days, wait N days"
_DAYS = r"(?:\s+for\s+(?P<{name}>\d+)\s+days?)?"
_NUMBER = r"(?P<{name}>[-+]?[\d.]+(?:[eE][-+]?\d+)?)"
_TEXT = re.compile(
    r"\s*when\s+(?P<variable>\w+)\s*\(\s*(?P<place>[\w-]+)\s*(?:,\s*(?P<product>[\w-]+)\s*)?\)"
    r"\s*(?P<test><=|>=|<|>)\s*" + _NUMBER.format(name="threshold") + _DAYS.format(name="after_days") +
    r"\s+then\s+(?P<lever>\w+)\s*(?:\(\s*(?P<target>[\w-]+)\s*\))?\s*=\s*" + _NUMBER.format(name="value")
    + _DAYS.format(name="lasts_days") + r"(?:\s*,?\s+wait\s+(?P<wait_days>\d+)\s+days?)?\s*\.?\s*",
)  # fmt: skip


class Trigger(Strict):
    """One rule. The morning of a day looks at the evening before; the first morning that can look is day 1."""

    variable: str = Field(description="Outcome to look at; `citerne schema outcomes` lists them.")
    place: str = Field(description="Place, corridor or country of the outcome.")
    product: str = Field(default="", description="Product, or feeder for power; empty where there is none.")
    test: Test = Field(description="How it is held against the threshold.")
    threshold: float = Field(description="In the unit of the outcome.", allow_inf_nan=False)
    after_days: int = Field(default=1, ge=1, le=LONGEST_DAYS, description="Days in a row on which the test must hold.")
    lever: str = Field(description="Lever to move.")
    target: str = Field(default="all", description="Theatre, corridor, place or product; all for every one.")
    value: float = Field(description="New value, in the lever's unit.", allow_inf_nan=False)
    lasts_days: int = Field(default=1, ge=1, le=LONGEST_DAYS, description="Days it lasts; 1 holds while the test does.")
    wait_days: int = Field(default=0, ge=0, le=LONGEST_DAYS, description="Days after its end before it may act again.")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, item: Any) -> Any:
        if not isinstance(item, str):
            return item
        found = _TEXT.fullmatch(item)
        if found is None:
            raise PydanticCustomError("rule", "{form}", {"form": _("a rule like: {form}").format(form=FORM)})
        return {key: value for key, value in found.groupdict().items() if value is not None}

    def sentence(self) -> str:
        """The rule as text; reading it gives the same rule."""
        place = f"{self.place}, {self.product}" if self.product else self.place
        target = "" if self.target == "all" else f"({self.target})"
        wait = f", wait {self.wait_days} days" if self.wait_days else ""
        return (
            f"when {self.variable}({place}) {self.test} {self.threshold!r} for {self.after_days} days "
            f"then {self.lever}{target} = {self.value!r} for {self.lasts_days} days{wait}"
        )


def parse_trigger(text: str) -> Trigger:
    """A trigger from its text; pydantic's ValidationError where it does not fit."""
    return Trigger.model_validate(text)


def check_triggers(file: str, lines: Sequence[int], triggers: Sequence[Trigger], case: Case, faults: Faults) -> None:
    """Note what the case, the outcome or the lever does not allow, and rules that contradict each other."""
    ids = _ids(case)
    for line, one in zip(lines, triggers, strict=True):
        _check_watch(file, line, one, case, ids, faults)
        for misfit in misfits(one.lever, one.target, one.value, ids):
            faults.add(file, line, misfit.part, misfit.found, misfit.expected, misfit.mend)
        if one.lever in LEVER_BY_NAME and one.lever not in MOVED_LEVERS:
            mend = _("a trigger may set {levers}").format(levers=", ".join(MOVED_LEVERS))
            faults.add(file, line, "lever", one.lever, _("a lever that a trigger may move"), mend)
    for (j, earlier), (k, later) in itertools.combinations(enumerate(triggers), 2):
        if contradict(earlier, later):
            expected = _("a rule narrower than that of line {line}, which sets {value} on the same days").format(
                line=lines[j], value=f"{earlier.value:g}"
            )
            faults.add(file, lines[k], "value", f"{later.lever} = {later.value:g}", expected,
                       _("let the tests exclude each other, or put the narrower rule last"))  # fmt: skip


def _ids(case: Case) -> dict[str, frozenset[str]]:
    tables = ("theatres", "corridors", "places", "products", "zones")
    return {table: frozenset(case.ids(table)) for table in tables}


def _check_watch(
    file: str, line: int, one: Trigger, case: Case, ids: Mapping[str, frozenset[str]], faults: Faults
) -> None:
    outcome = OUTCOME_BY_NAME.get(one.variable) if one.variable in WATCHED_OUTCOMES else None
    if outcome is None:
        faults.add(file, line, "variable", shown(one.variable), _("an outcome that a trigger may look at"),
                   closest(one.variable, WATCHED_OUTCOMES))  # fmt: skip
        return
    places = _places(outcome, case, ids)
    if one.place not in places:
        faults.add(file, line, "place", shown(one.place), _("a place, corridor or country that has this outcome"),
                   closest(one.place, places))  # fmt: skip
    products = _products(outcome, ids)
    if one.product not in products:
        mend = _("leave it out") if products == {""} else closest(one.product, products - {""})
        faults.add(file, line, "product", shown(one.product), _("a product that this outcome has"), mend)
    _check_threshold(file, line, one, outcome, faults)


def _places(outcome: Outcome, case: Case, ids: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    for kind in outcome.where:
        found |= {case.header.country} if kind == "country" else set(ids.get(f"{kind}s", ()))
        if kind == "corridor":
            found |= {row["group"] for row in case.rows("corridors") if row["group"]}
    return found


def _products(outcome: Outcome, ids: Mapping[str, frozenset[str]]) -> set[str]:
    if outcome.by_product:
        return {"", "all", *ids["products"]}
    return {"", *SPLITS[outcome.split]}


def _check_threshold(file: str, line: int, one: Trigger, outcome: Outcome, faults: Faults) -> None:
    """Outcomes lie between 0 and `high`; a test that always or never holds is a mistake."""
    x, high = one.threshold, outcome.high
    below = one.test in ("<", "<=")
    strict = one.test in ("<", ">")
    never = (x < 0 or (strict and x == 0)) if below else (high is not None and (x > high or (strict and x == high)))
    always = (high is not None and (x > high or (not strict and x == high))) if below else (
        x < 0 or (not strict and x == 0)
    )  # fmt: skip
    if never or always:
        limits = _("{low} to {high}").format(low=0, high=high) if high is not None else _("0 or more")
        expected = _("a threshold that {variable} may cross ({limits})").format(variable=outcome.name, limits=limits)
        mend = _("the rule would never act; mend the threshold") if never else _("set the lever from a day instead")
        faults.add(file, line, "threshold", f"{one.test} {x:g}", expected, mend)


def contradict(earlier: Trigger, later: Trigger) -> bool:
    """Whether two rules look at the same outcome, may hold together, and set one lever to two values.

    A later rule that holds only when the earlier one does is a stage (below 5: 0.7; below 3: 0.5) and covers it; two
    rules on different outcomes may meet, and then the later one counts.
    """
    same_series = (earlier.variable, earlier.place, earlier.product) == (later.variable, later.place, later.product)
    meet = later.target == earlier.target or "all" in (later.target, earlier.target)
    if not (same_series and earlier.lever == later.lever and meet) or earlier.value == later.value:
        return False
    down, later_down = earlier.test in ("<", "<="), later.test in ("<", "<=")
    if down == later_down:
        narrower = later.threshold < earlier.threshold if down else later.threshold > earlier.threshold
        return not narrower
    low, high = (later, earlier) if down else (earlier, later)
    # `low` holds above its threshold, `high` below its own: both hold in between
    both_closed = low.test == ">=" and high.test == "<="
    return low.threshold < high.threshold or (low.threshold == high.threshold and both_closed)
