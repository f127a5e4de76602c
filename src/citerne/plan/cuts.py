"""Worst cuts of a supply network between towns, the protection that answers each, and the criticality of segments.

The network is one of segments between places: capacities and supplies in one unit of volume per day, no coordinates.
Worst cuts exist to rate protection, so each comes with the protection that answers it and what is then left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import check_budget, make_graph
from citerne.plan.interdiction import interdict
from citerne.plan.protect import protect


@dataclass(frozen=True)
class Segment:
    """A road between two places.

    Attributes
    ----------
    name : unique name
    tail, head : places
    capacity : most that it carries each way, volume per day, 0 or more
    closable : False where no closure is considered (a pipeline of a depot, a bridge inside a town)
    two_way : True if goods can pass in both directions; one closure then shuts both
    """

    name: str
    tail: str
    head: str
    capacity: float
    closable: bool = True
    two_way: bool = True


@dataclass(frozen=True)
class Cut:
    """The worst closure of at most `budget` segments and its answer.

    Attributes
    ----------
    budget : segments that may close
    segments : those whose closure leaves least supply
    supply_left : supply that still arrives, volume per day
    supply_share_left : the same over the supply that arrives without any closure (not-a-number if that is 0)
    optimal, gap : proof that no other closure leaves less
    protected : the segments whose protection answers best, at most `protections`
    closed_despite : the worst closure that remains against that protection
    supply_share_left_protected : share that arrives then
    protected_optimal, protected_gap : proof that no other protection of that size guarantees more
    """

    budget: int
    segments: tuple[str, ...]
    supply_left: float
    supply_share_left: float
    optimal: bool
    gap: float
    protected: tuple[str, ...]
    closed_despite: tuple[str, ...]
    supply_share_left_protected: float
    protected_optimal: bool
    protected_gap: float


@dataclass(frozen=True)
class Criticality:
    """Share of the supply lost when one segment alone is closed."""

    segment: str
    drop: float


def worst_cuts(
    arcs: Sequence[Segment],
    sources: Mapping[str, float],
    sinks: Mapping[str, float],
    budget: int,
    *,
    protections: int | None = None,
    time_limit_s: float | None = None,
) -> tuple[Cut, ...]:
    """The worst closures of 1, 2, ... `budget` segments, each with the protection that answers it.

    Parameters
    ----------
    arcs : segments of the network
    sources, sinks : most that each place can send, most that it can take; volume per day, `math.inf` if endless
    budget : largest number of segments closed at once, 0 or more
    protections : segments protected in the answer; as many as are closed if None
    time_limit_s : for each of the two programs of each budget

    Raises
    ------
    UsageError : unknown place, negative number, or a segment named twice
    InfeasibleError : endless supply meets endless demand over endless capacity
    """
    check_budget(budget)
    problem = supply_problem(arcs, sources, sinks)
    whole, _unmet = problem.evaluate(problem.graph.nothing())
    names = [segment.name for segment in arcs]
    cuts = []
    for closed in range(1, budget + 1):
        worst = interdict(problem, budget=closed, time_limit_s=time_limit_s)
        guard = closed if protections is None else protections
        answer = protect(problem, protections=guard, budget=closed, time_limit_s=time_limit_s)
        cuts.append(
            Cut(
                budget=closed,
                segments=tuple(names[e] for e in worst.elements),
                supply_left=worst.objective,
                supply_share_left=_share(worst.objective, whole),
                optimal=worst.optimal,
                gap=worst.gap,
                protected=tuple(names[e] for e in answer.protected),
                closed_despite=tuple(names[e] for e in answer.attacked),
                supply_share_left_protected=_share(answer.objective, whole),
                protected_optimal=answer.optimal,
                protected_gap=answer.gap,
            )
        )
    return tuple(cuts)


def criticality(
    arcs: Sequence[Segment], sources: Mapping[str, float], sinks: Mapping[str, float]
) -> tuple[Criticality, ...]:
    """Closable segments by the share of the supply lost when that segment alone is closed, largest first.

    (Jenelius, Petersen & Mattsson 2006, with unsatisfied demand as the cost of closure.) Equal drops go by name.
    """
    problem = supply_problem(arcs, sources, sinks)
    whole, _unmet = problem.evaluate(problem.graph.nothing())
    drops = [
        Criticality(segment.name, 1.0 - _share(problem.evaluate(problem.graph.mask([number]))[0], whole))
        for number, segment in enumerate(arcs)
        if segment.closable
    ]
    return tuple(sorted(drops, key=lambda found: (-found.drop, found.segment)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def supply_problem(arcs: Sequence[Segment], sources: Mapping[str, float], sinks: Mapping[str, float]) -> MaxFlow:
    """The maximum-flow problem of a segment network; each segment is one element, its two directions two arcs.

    Raises
    ------
    UsageError : unknown place, negative number, or a segment named twice
    """
    _check(arcs, sources, sinks)
    places = sorted({place for segment in arcs for place in (segment.tail, segment.head)})
    pairs: list[tuple[str | int, str | int]] = []
    element: list[int] = []
    for number, segment in enumerate(arcs):
        pairs.append((segment.tail, segment.head))
        element.append(number)
        if segment.two_way:
            pairs.append((segment.head, segment.tail))
            element.append(number)
    closable = [segment.closable for segment in arcs]
    graph = make_graph(places, pairs, element=element, attackable=closable)
    supply = np.array([sources.get(place, 0.0) - sinks.get(place, 0.0) for place in places])
    return MaxFlow(graph, np.array([arcs[number].capacity for number in element]), supply)


def _check(arcs: Sequence[Segment], sources: Mapping[str, float], sinks: Mapping[str, float]) -> None:
    names = [segment.name for segment in arcs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(_("Segments named twice: {names}.").format(names=", ".join(twice)))
    places = {place for segment in arcs for place in (segment.tail, segment.head)}
    stray = sorted({*sources, *sinks} - places)
    if stray:
        raise UsageError(_("Places that no segment touches: {names}.").format(names=", ".join(stray)))
    both = sorted({*sources} & {*sinks})
    if both:
        raise UsageError(_("Places that are source and sink at once: {names}.").format(names=", ".join(both)))
    numbers = [segment.capacity for segment in arcs] + [*sources.values(), *sinks.values()]
    if any(math.isnan(number) or number < 0 for number in numbers):
        raise UsageError(_("Capacities, supplies and demands must be numbers of 0 or more."))
