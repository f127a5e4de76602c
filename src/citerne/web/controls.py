"""What may be moved in the dashboard: about a dozen levers of the model, policies, a closure with dates, assumptions.

Nothing here knows a country: controls are made from the levers of the model and from the tables of the case. A control
that is left alone changes nothing: the run is then as recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.policies import RECORDED, find_policy, policies_of
from citerne.model.levers import Setting, case_settings, lay_plan
from citerne.report.words import Names
from citerne.schema.levers import LEVER_BY_NAME

Kind = Literal["number", "choice", "day", "yes"]
VARIANT = "assume_"
MOST_THEATRES = 2


@dataclass(frozen=True)
class Control:
    """One thing that may be moved.

    Attributes
    ----------
    id : name in the address
    group : key of the group it stands in; see `group_title`
    kind : how it is set
    lever, target : lever of the model that it moves, and of which target
    scale : the address and the page show lever value times `scale` (100 for shares)
    low, high, step : what the page accepts, in shown units
    words : values of a choice
    default : value of a choice, number or day that changes nothing besides it
    used : lowest and highest value that the record and the policies of the case use, shown units; None if never moved
    recorded : value in force on the first day after the record, shown units; None where the model estimates it
    """

    id: str
    group: str
    kind: Kind
    lever: str = ""
    target: str = "all"
    scale: float = 1.0
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    words: tuple[str, ...] = ()
    default: str = ""
    used: tuple[float, float] | None = None
    recorded: float | None = None


# id, group, kind, lever, target, scale, low, high, step: the levers of every case
LEVERS: tuple[tuple[str, str, Kind, str, str, float, float, float, float], ...] = (
    ("diesel", "pumps", "number", "ration_share", "diesel", 100, 0, 100, 5),
    ("petrol", "pumps", "number", "ration_share", "gasoline", 100, 0, 100, 5),
    ("travel", "pumps", "number", "mobility", "all", 100, 20, 120, 5),
    ("reserve", "pumps", "number", "hub_reserve_days", "all", 1, 0, 60, 1),
    ("power", "pumps", "number", "power_share", "all", 100, 0, 100, 5),
    ("escort", "trucks", "number", "escort_strength", "all", 1, 0, 3, 0.1),
    ("alone", "trucks", "yes", "escort_needed", "all", 1, 0, 1, 1),
    ("customs", "trucks", "number", "customs_h", "all", 1, 0, 240, 6),
    ("pay", "trucks", "number", "hazard_pay", "all", 100, 0, 300, 10),
    ("insured", "trucks", "number", "insured_share", "all", 100, 0, 100, 10),
    ("pressure", "outside", "number", "blockade", "all", 1, 0, 3, 0.1),
    ("truce", "outside", "yes", "truce", "all", 1, 0, 1, 1),
)


def group_title(group: str) -> str:
    """Title of a group of controls."""
    return {
        "when": _("Policy and dates"),
        "roads": _("Close roads"),
        "pumps": _("Pumps, power and use"),
        "trucks": _("Trucks, escort and customs"),
        "outside": _("What others decide"),
        "assume": _("Rival assumptions"),
    }[group]


def title_of(control: Control, names: Names) -> str:
    """What a control is called on the page, in the language in use."""
    titles = {
        "policy": _("Policy"),
        "from": _("Changes start on"),
        "close": _("Roads to close"),
        "days": _("Closed for how many days"),
        "diesel": _("Diesel that pumps may sell, % of normal"),
        "petrol": _("Petrol that pumps may sell, % of normal"),
        "travel": _("Travel need, % of normal"),
        "reserve": _("Days of stock kept at the main depot"),
        "power": _("Fuel need that power plants may take first, %"),
        "escort": _("Strength of escort (1: as in the first weeks)"),
        "alone": _("No truck without escort"),
        "customs": _("Customs time of a tanker, hours"),
        "pay": _("Extra pay for a trip, % of the fare"),
        "insured": _("Part of a lost truck that is paid for, %"),
        "pressure": _("Pressure on all roads (1: a declared blockade)"),
        "truce": _("A truce holds"),
    }
    if control.id.startswith(VARIANT):
        return _("Assumption {n}").format(n=control.target)
    if control.lever == "columns_per_week":
        return _("Columns under escort a week: {roads}").format(roads=names.of(control.target))
    return titles[control.id]


def controls_of(case: Case, *, public: bool = False) -> tuple[Control, ...]:
    """Every control of a case, in the order of the page; a public view closes whole theatres only."""
    header = case.header
    last = header.start + dt.timedelta(days=header.days - 1)
    after = min(max(header.record_end + dt.timedelta(days=1), header.start), last)
    found = [
        Control("policy", "when", "choice", words=(RECORDED, *policies_of(case)), default=RECORDED),
        Control("from", "when", "day", words=(header.start.isoformat(), last.isoformat()), default=after.isoformat()),
        Control("close", "roads", "choice", words=("", *closable(case, public))),
        Control("days", "roads", "number", low=1, high=header.days, step=1, default="14"),
    ]
    plan, day = _recorded(case, after), (after - header.start).days
    ids = {table: case.ids(table) for table in ("products", "theatres", "corridors")}
    for word, group, kind, lever, target, scale, low, high, step in LEVERS:
        if target != "all" and target not in ids["products"]:
            continue
        found.append(_lever(case, plan, day, (word, group, kind, lever, target, scale, low, high, step)))
    k = next((k for k, one in enumerate(found) if one.id == "escort"), len(found))
    for theatre in escorted(case)[:MOST_THEATRES]:
        row = (f"columns_{theatre}", "trucks", "number", "columns_per_week", theatre, 1.0, 0.0, 14.0, 0.1)
        found.insert(k, _lever(case, plan, day, row))  # type: ignore[arg-type]
        k += 1
    for n, axis in enumerate(dict.fromkeys(row["axis"] for row in case.rows("variants")), start=1):
        choices = tuple(row["choice"] for row in case.rows("variants") if row["axis"] == axis)
        if len(choices) > 1:
            found.append(Control(VARIANT + axis, "assume", "choice", target=str(n), words=("", *choices)))
    return tuple(found)


def _lever(
    case: Case, plan: Mapping[str, Sequence[Sequence[float]]], day: int,
    row: tuple[str, str, Kind, str, str, float, float, float, float],
) -> Control:  # fmt: skip
    word, group, kind, lever, target, scale, low, high, step = row
    declared = LEVER_BY_NAME[lever]
    values = used_values(case, lever, target)
    used = (min(values) * scale, max(values) * scale) if values else None
    targets = list(plan[lever])
    at = case.ids(f"{declared.by}s").index(target) if target != "all" else None
    now = {float(targets[at][day])} if at is not None else {float(one[day]) for one in targets}
    value = now.pop() if len(now) == 1 else None
    if value is not None and value * scale < low:  # such as -1: the model's own estimate
        value = None
    recorded = None if value is None else round(value * scale, 6)
    return Control(word, group, kind, lever, target, scale, low, high, step, used=used, recorded=recorded)


def _recorded(case: Case, day: dt.date) -> Mapping[str, Sequence[Sequence[float]]]:
    days = max((day - case.header.start).days + 1, 1)
    return lay_plan(case, days, case_settings(case, {}))  # type: ignore[return-value]


def used_values(case: Case, lever: str, target: str) -> list[float]:
    """Values that inputs and policies of the case give a lever (of that target, or of all)."""
    rows = [(r["lever"], r["target"] or "all", r["value"]) for r in case.rows("inputs")]
    rows += [(s.lever, s.target, s.value) for name in policies_of(case) for s in find_policy(case, name).sets]
    return [float(value) for name, of, value in rows if name == lever and (target == "all" or of in (target, "all"))]


def escorted(case: Case) -> list[str]:
    """Theatres for which the record counts columns under escort, in the order of the case."""
    named = {row["target"] for row in case.rows("inputs") if row["lever"] == "columns_per_week"}
    return [theatre for theatre in case.ids("theatres") if theatre in named]


def closable(case: Case, public: bool = False) -> tuple[str, ...]:
    """What may be closed: all roads of a theatre, then single corridors, which a public view leaves out."""
    held = {row["theatre"] for row in case.rows("corridors")}
    theatres = tuple(f"roads_{key}" for key in case.ids("theatres") if key in held)
    return theatres if public else theatres + case.ids("corridors")


def corridors_closed(case: Case, word: str) -> list[str]:
    """Corridors that a choice of `close` shuts."""
    theatre = word.removeprefix("roads_") if word.startswith("roads_") else None
    return [r["corridor"] for r in case.rows("corridors") if word == r["corridor"] or theatre == r["theatre"]]


def closure_settings(case: Case, word: str, first: dt.date, days: int) -> list[Setting]:
    """Settings that shut the roads of a choice of `close` for some days."""
    last = first + dt.timedelta(days=days - 1)
    return [Setting("closed", 1.0, corridor, first, last) for corridor in corridors_closed(case, word)]
