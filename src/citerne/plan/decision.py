"""What a plan of escorts and allocation decides, its budget, and the simple rules it is held against.

A decision gives columns a week and the largest column by theatre and period of two weeks, and for the whole time
weights of corridors among the columns of a theatre and of products among the places in a column, days kept at the hub,
weights of onward legs by theatre of the leg, the share of normal retail use that pumps may sell, and hazard pay and
insurance for hauliers. The budget is that of the record unless the caller says otherwise: columns over the horizon,
trucks in them, and what pay and insurance cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from citerne.base.errors import InfeasibleError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.fields import World

Array = np.ndarray[Any, Any]
PERIOD_DAYS = 14
RATE_MOST, SIZE_LEAST, SIZE_MOST = 14.0, 5.0, 500.0
RATION_LEAST, RESERVE_MOST = 0.5, 15.0
LEAVE = -1.0  # hub_reserve_days, pay, insurance: as the prior or the record says
PAY_MOST = 3.0  # fares


@dataclass(frozen=True)
class Frame:
    """What decisions of a case speak of.

    Attributes
    ----------
    first_day, days : decisions hold from `first_day` to the end of day `days` - 1
    theatres : theatres with a corridor, by their position on the theatre axis
    weeks : length of each period in weeks
    escorts, trucks : columns over the horizon and tankers in them that may be used
    leg_groups : theatres of onward legs, by position; places fed in each
    rationed : positions of retail products
    corridors : corridors that bring fuel, by position, and their theatre
    products : positions of products that corridors bring
    budget_fares : most that pay and insurance may cost on average, in trip fares; None leaves them as recorded
    """

    first_day: int
    days: int
    theatres: tuple[int, ...]
    weeks: Array
    escorts: float
    trucks: float
    leg_groups: Mapping[int, tuple[int, ...]]
    rationed: tuple[int, ...]
    corridors: Mapping[int, int] = field(default_factory=dict)
    products: tuple[int, ...] = ()
    budget_fares: float | None = None

    def period_of(self, day: int) -> int:
        """Period of a day."""
        return min((day - self.first_day) // PERIOD_DAYS, len(self.weeks) - 1)


@dataclass(frozen=True)
class Decision:
    """One plan: rates and sizes have shape (theatre of the frame, period)."""

    rates: Array
    sizes: Array
    reserve_days: float
    leg_weights: Mapping[int, float]
    rations: Mapping[int, float]
    corridor_weights: Mapping[int, float] = field(default_factory=dict)
    load_weights: Mapping[int, float] = field(default_factory=dict)
    hazard_pay: float = LEAVE
    insured_share: float = LEAVE

    def columns(self, frame: Frame) -> float:
        """Columns over the horizon."""
        return float((self.rates * frame.weeks).sum())

    def trucks(self, frame: Frame) -> float:
        """Tankers that fit into them."""
        return float((self.rates * self.sizes * frame.weeks).sum())


def frame_of(
    case: Case, world: World, days: int, escorts: float | None, trucks: float | None, budget_fares: float | None = None
) -> Frame:
    """Frame of a case over a horizon.

    Parameters
    ----------
    escorts, trucks : columns a week, and tankers in columns a week, on average; as recorded if None
    budget_fares : most that pay and insurance may cost, in trip fares

    Raises
    ------
    InfeasibleError : the two clash with each other or with the largest rate and size
    """
    rate = world.constants["plan_columns_per_week"][:, :, 0]
    size = world.constants["plan_column_trucks_max"][:, :, 0]
    pressed = (world.constants["plan_blockade"][:, :, 0] > 0).any(axis=1)
    escorted = (rate > 0).any(axis=1)
    started = escorted if escorted.any() else pressed
    first = int(np.argmax(started)) if started.any() else 0
    theatres = tuple(sorted({int(t) for t in world.constants["corridor_theatre"]}))
    starts = np.arange(first, days, PERIOD_DAYS)
    weeks = np.diff(np.append(starts, days)) / 7
    span = (days - first) / 7
    recorded = float(rate[first:].sum() / 7)
    recorded_trucks = float((rate * size)[first:].sum() / 7)
    columns = recorded if escorts is None else escorts * span
    places = (
        (recorded_trucks if escorts is None else recorded_trucks * columns / max(recorded, 1e-9))
        if trucks is None
        else trucks * span
    )
    _check_budget(columns, places, len(theatres), span)
    legs: dict[int, list[int]] = {}
    for to, theatre in zip(world.constants["leg_to"], world.constants["leg_theatre"], strict=True):
        legs.setdefault(int(theatre), []).append(int(to))
    rationed = tuple(int(f) for f in np.flatnonzero(world.constants["is_retail"]))
    groups = {theatre: tuple(sorted(set(to))) for theatre, to in sorted(legs.items())}
    supply = world.constants["supply_l"]
    bring = {int(c): int(world.constants["corridor_theatre"][c]) for c in np.flatnonzero(supply.sum(axis=1) > 0)}
    carried = tuple(int(f) for f in np.flatnonzero(supply.sum(axis=0) > 0))
    return Frame(first, days, theatres, weeks, columns, places, groups, rationed, bring, carried, budget_fares)


def _check_budget(columns: float, trucks: float, theatres: int, span: float) -> None:
    if columns < 0 or trucks < 0 or not math.isfinite(columns + trucks):
        raise InfeasibleError(_("Escorts and trucks must be 0 or more."))
    clash = []
    if trucks < columns * SIZE_LEAST * (1 - 1e-9):
        text = _("{trucks} tankers cannot fill {columns} columns of at least {least}")
        clash.append(text.format(trucks=f"{trucks:.0f}", columns=f"{columns:.1f}", least=f"{SIZE_LEAST:.0f}"))
    if columns > RATE_MOST * theatres * span:
        text = _("{columns} columns are more than {most} a week on each of {theatres} groups of roads")
        clash.append(text.format(columns=f"{columns:.0f}", most=f"{RATE_MOST:.0f}", theatres=theatres))
    if clash:
        raise InfeasibleError(_("No plan fits: {clash}. Change --escorts or --trucks.").format(clash="; ".join(clash)))


def as_recorded(frame: Frame, world: World) -> Decision:
    """The record, averaged over each period (the record itself changes by the day)."""
    rate = world.constants["plan_columns_per_week"][:, :, 0]
    size = world.constants["plan_column_trucks_max"][:, :, 0]
    rates = np.zeros((len(frame.theatres), len(frame.weeks)))
    sizes = np.full_like(rates, 100.0)
    for k in range(len(frame.weeks)):
        first = frame.first_day + k * PERIOD_DAYS
        last = min(first + PERIOD_DAYS, frame.days)
        for j, t in enumerate(frame.theatres):
            rates[j, k] = rate[first:last, t].mean()
            trucks = (rate * size)[first:last, t].mean()
            sizes[j, k] = trucks / rates[j, k] if rates[j, k] > 0 else size[first:last, t].mean()
    neutral = dict.fromkeys(frame.leg_groups, 1.0)
    return within_budget(Decision(rates, sizes, LEAVE, neutral, dict.fromkeys(frame.rationed, 1.0)), frame)


def within_budget(decision: Decision, frame: Frame) -> Decision:
    """The nearest decision that keeps bounds and budget: rates, then sizes, are scaled down where they go over."""
    rates = np.clip(decision.rates, 0.0, RATE_MOST)
    used = float((rates * frame.weeks).sum())
    if used > frame.escorts:
        rates = rates * (frame.escorts / used)
    sizes = np.clip(decision.sizes, SIZE_LEAST, SIZE_MOST)
    used, least = (float((rates * part * frame.weeks).sum()) for part in (sizes, np.full_like(sizes, SIZE_LEAST)))
    if used > frame.trucks:  # what is above the least size shrinks in proportion
        sizes = SIZE_LEAST + (sizes - SIZE_LEAST) * max(frame.trucks - least, 0.0) / max(used - least, 1e-12)
    return replace(decision, rates=rates, sizes=sizes)


def simple_rules(frame: Frame, world: World, recorded: Decision) -> dict[str, Decision]:
    """Rules that need no model: equal shares, follow the normal trade (greedy), the capital first."""
    supply = np.zeros(world.constants["plan_columns_per_week"].shape[1])
    np.add.at(supply, world.constants["corridor_theatre"], world.constants["supply_l"].sum(axis=1))
    normal = supply[list(frame.theatres)]
    mean_size = frame.trucks / frame.escorts if frame.escorts > 0 else 100.0
    span = frame.weeks.sum()

    def spread(weight: Array) -> Decision:
        share = weight / max(weight.sum(), 1e-12)
        rates = np.outer(share * frame.escorts / span, np.ones(len(frame.weeks)))
        return within_budget(replace(recorded, rates=rates, sizes=np.full_like(rates, mean_size)), frame)

    busiest = np.zeros(len(normal))
    busiest[int(np.argmax(normal))] = 1.0
    return {
        "recorded": recorded,
        "equal_shares": spread(np.ones(len(normal))),
        "as_normal_trade": spread(normal),
        "greedy": spread(busiest),
        "capital_first": replace(recorded, reserve_days=10.0),
    }


def laid(decision: Decision, frame: Frame, world: World) -> World:
    """The world with the decision painted over its lever plans, in arrays of its own."""
    names = ("columns_per_week", "column_trucks_max", "hub_reserve_days", "leg_weight", "ration_share", "column_weight",
             "load_weight", "hazard_pay", "insured_share")  # fmt: skip
    plans = {name: world.constants[f"plan_{name}"].copy() for name in names}
    for day in range(frame.first_day, frame.days):
        k = frame.period_of(day)
        for j, t in enumerate(frame.theatres):
            plans["columns_per_week"][day, t] = decision.rates[j, k]
            plans["column_trucks_max"][day, t] = decision.sizes[j, k]
    rest = slice(frame.first_day, frame.days)
    if decision.reserve_days >= 0:
        plans["hub_reserve_days"][rest] = decision.reserve_days
    for theatre, weight in decision.leg_weights.items():
        for place in frame.leg_groups[theatre]:
            plans["leg_weight"][rest, place] *= weight
    for product, share in decision.rations.items():
        plans["ration_share"][rest, product] *= share
    for corridor, weight in decision.corridor_weights.items():
        plans["column_weight"][rest, corridor] *= weight
    for product, weight in decision.load_weights.items():
        plans["load_weight"][rest, product] *= weight
    for name, value in (("hazard_pay", decision.hazard_pay), ("insured_share", decision.insured_share)):
        if value >= 0:
            plans[name][rest] = value
    return replace(world, constants={**world.constants, **{f"plan_{name}": plan for name, plan in plans.items()}})
