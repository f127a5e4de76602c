"""What a little more of one thing is worth under a plan: finite differences over common luck, with 90 % intervals.

By theatre: one more column, one more truck in columns. By corridor: one more day on which a column leaves under escort,
and by product one more loaded truck at the border. By corridor, for one consignment: to go now or a week later.

An escort-day goes to its corridor: with E more columns in a theatre that sends R, of which a share p takes the
corridor, its weight w becomes w (p'/(1 - p')) / (p/(1 - p)), p' = (R p + E)/(R + E): the others keep theirs on average.
Loaded trucks come in equal parts on the first day of every fortnight and join the fleet, so that each is a trip's worth
of fuel and a truck. A consignment counts all that happens to it: it waits, is escorted, hit, delayed as all others are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from citerne.engine.fields import World
from citerne.ensemble.workers import Jobs
from citerne.plan.compare import Z90
from citerne.plan.decision import PERIOD_DAYS, Decision, Frame
from citerne.plan.judge import Extra, Judge, Objective

Array = np.ndarray[Any, Any]
TRUCKS, CONSIGNMENT, WAIT_DAYS = 5, 20, 7  # a fortnight; in one go; what waiting means
LARGEST_SHARE = 0.98


@dataclass(frozen=True)
class Value:
    """Gain of a little more of one thing in one theatre, with its 90 % interval."""

    theatre: str
    resource: str
    per_unit: float
    low: float
    high: float


@dataclass(frozen=True)
class CorridorValue:
    """The same by corridor: `escort_day` (all products), or `loaded_truck` of one product."""

    corridor: str
    product: str
    resource: str
    per_unit: float
    low: float
    high: float


@dataclass(frozen=True)
class Consignment:
    """One consignment by one corridor: gain per truck if it is at the border now, and if a week later.

    `advice` is `go` or `wait` where the 90 % interval of the difference leaves 0 out, else `either`. `break_even_loss`
    is the extra chance of loss, beyond that of the model, at which waiting is as good as going; not-a-number where a
    truck now brings nothing.
    """

    corridor: str
    now: float
    later: float
    low: float
    high: float
    advice: str
    break_even_loss: float


@dataclass(frozen=True)
class Worth:
    """All that `find_worth` finds; `delay_costs` is what half a fortnight's delay of all columns costs per truck."""

    values: tuple[Value, ...]
    by_corridor: tuple[CorridorValue, ...]
    consignments: tuple[Consignment, ...]
    delay_costs: float


Call = tuple[Any, ...]


def find_worth(judge: Judge, plan: Decision, objective: Objective, jobs: Jobs) -> Worth:
    """Run every small change of a plan at once; the record's spreads scale a mixed objective."""
    base = judge.judge(None)
    theatre = _theatre_trials(judge.frame, plan)
    escorts = _escort_trials(judge, plan)
    loads = _load_trials(judge)
    goes = _consignments(judge)
    decisions = [replace(plan, rates=_later(plan, judge.frame)), *(t[3] for t in theatre), *(t[2] for t in escorts)]
    calls: list[Call] = [(plan,), *((decision,) for decision in decisions)]
    calls += [(plan, extra) for _c, _f, extra in loads] + [(plan, extra) for _c, pair in goes for extra in pair]
    values = [one.of(objective, base) for one in judge.judge_calls(calls, jobs)]
    mine, slow, rest = values[0], values[1], iter(values[2:])
    by_theatre = tuple(
        Value(judge.theatre_names[judge.frame.theatres[j]], resource, *per_unit(next(rest) - mine, units))
        for j, resource, units, _decision in theatre
    )
    corridors, products = judge.corridor_names, judge.product_names
    by_corridor = [
        CorridorValue(corridors[c], "all", "escort_day", *per_unit(next(rest) - mine, units))
        for c, units, _d in escorts
    ]
    by_corridor += [
        CorridorValue(corridors[c], products[f], "loaded_truck", *per_unit(next(rest) - mine, TRUCKS * len(extra.days)))
        for c, f, extra in loads
    ]
    consignments = tuple(_advise(corridors[c], next(rest) - mine, next(rest) - mine) for c, _pair in goes)
    delay = float((mine - slow).mean()) / max(plan.trucks(judge.frame), 1e-9)
    return Worth(by_theatre, tuple(by_corridor), consignments, max(delay, 0.0))


def runs_after(frame: Frame, world: World) -> int:
    """How many plans `find_worth` runs, about."""
    carried = int((world.constants["supply_l"] > 0).sum())
    return 2 + 2 * len(frame.theatres) + 3 * len(frame.corridors) + carried


def per_unit(gain: Array, units: float) -> tuple[float, float, float]:
    """Mean gain of one unit and its 90 % interval."""
    error = Z90 * float(gain.std(ddof=1)) / math.sqrt(gain.size) / units
    mean = float(gain.mean()) / units
    return mean, mean - error, mean + error


def _theatre_trials(frame: Frame, plan: Decision) -> list[tuple[int, str, float, Decision]]:
    trials: list[tuple[int, str, float, Decision]] = []
    for j in range(len(frame.theatres)):
        columns = float((plan.rates[j] * frame.weeks).sum())
        more = plan.rates.copy()
        extra = max(0.1 * columns, 0.25)
        more[j] += extra / frame.weeks.sum()
        trials.append((j, "column", extra, replace(plan, rates=more)))
        if columns > 0.05:
            wider = plan.sizes.copy()
            wider[j] *= 1.1
            added = float((plan.rates[j] * (wider[j] - plan.sizes[j]) * frame.weeks).sum())
            trials.append((j, "truck", added, replace(plan, sizes=wider)))
    return trials


def _escort_trials(judge: Judge, plan: Decision) -> list[tuple[int, float, Decision]]:
    """One theatre with more columns, all of them for one corridor."""
    frame, standing = judge.frame, judge.standing(plan)
    trials = []
    for c, theatre in frame.corridors.items():
        j = frame.theatres.index(theatre)
        columns = float((plan.rates[j] * frame.weeks).sum())
        extra = max(0.1 * columns, 0.5)
        more = plan.rates.copy()
        more[j] += extra / frame.weeks.sum()
        rivals = [other for other, its in frame.corridors.items() if its == theatre and other != c]
        weights = steer(plan.corridor_weights, c, rivals, standing, columns, extra)
        trials.append((c, extra, replace(plan, rates=more, corridor_weights=weights)))
    return trials


def steer(
    weights: Mapping[int, float], corridor: int, rivals: Sequence[int], standing: Array, columns: float, extra: float
) -> dict[int, float]:
    """Corridor weights that send `extra` of `columns` + `extra` by one corridor and leave the rivals theirs."""
    now = {k: float(standing[k]) * weights.get(k, 1.0) for k in (corridor, *rivals)}
    total = sum(now.values())
    if not rivals or total <= 0 or now[corridor] <= 0:
        return dict(weights)
    share = min(now[corridor] / total, LARGEST_SHARE)
    wanted = min((columns * share + extra) / (columns + extra), LARGEST_SHARE)
    factor = wanted / (1 - wanted) * (1 - share) / share
    return {**weights, corridor: weights.get(corridor, 1.0) * min(factor, 100.0)}


def _load_trials(judge: Judge) -> list[tuple[int, int, Extra]]:
    frame, supply = judge.frame, judge.world.constants["supply_l"]
    days = tuple(range(frame.first_day, frame.days, PERIOD_DAYS))
    trials = []
    for c in frame.corridors:
        for f in frame.products:
            if supply[c, f] > 0:
                trucks = tuple(TRUCKS if g == f else 0 for g in range(supply.shape[1]))
                trials.append((c, f, Extra(c, trucks, days)))
    return trials


def _consignments(judge: Judge) -> list[tuple[int, tuple[Extra, Extra]]]:
    """By corridor: a consignment of the corridor's usual products at the border on the first day, or a week later."""
    frame, supply = judge.frame, judge.world.constants["supply_l"]
    first, later = frame.first_day, min(frame.first_day + WAIT_DAYS, frame.days - 1)
    found = []
    for c in frame.corridors:
        upto = np.floor(CONSIGNMENT * np.cumsum(supply[c]) / supply[c].sum() + 0.5).astype(int)
        trucks = tuple(int(n) for n in np.diff(upto, prepend=0))
        found.append((c, (Extra(c, trucks, (first,)), Extra(c, trucks, (later,)))))
    return found


def _advise(corridor: str, now: Array, later: Array) -> Consignment:
    _mean, low, high = per_unit(now - later, CONSIGNMENT)
    value, waited = float(now.mean()) / CONSIGNMENT, float(later.mean()) / CONSIGNMENT
    advice = "go" if low > 0 else "wait" if high < 0 else "either"
    limit = max(1 - waited / value, 0.0) if value > 0 else math.nan
    return Consignment(corridor, value, waited, low, high, advice, min(limit, 1.0))


def _later(plan: Decision, frame: Frame) -> Array:
    """Rates of a plan of which half of each period's columns slip into the next."""
    later = plan.rates.copy()
    if later.shape[1] > 1:
        moved = 0.5 * later[:, :-1]
        later[:, :-1] -= moved
        later[:, 1:] += moved * frame.weeks[:-1] / frame.weeks[1:]
    return later
