"""Interdiction: the worst that a limited attacker can do to a network, with a proven gap.

Worst cases exist to rate protection (see `protect`); the command line takes published test networks only.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import check_budget
from citerne.plan.program import BoolArray, FloatArray, relative_gap
from citerne.plan.shortest import ShortestPath

Problem = ShortestPath | MaxFlow

# 2^12 scenarios of 12 uncertain hits are still one program of ordinary size; beyond that the caller samples.
MOST_UNCERTAIN = 12
# Partitions of 8 followers into plans: 4,140; more would need another method.
MOST_FOLLOWERS = 8


@dataclass(frozen=True)
class AttackPlan:
    """One set of elements, and the followers that meet it."""

    followers: tuple[str, ...]
    elements: tuple[int, ...]
    objective: float


@dataclass(frozen=True)
class Interdiction:
    """The worst case within a budget.

    Attributes
    ----------
    objective : path length or flow after the attack, computed afresh by a linear program from the elements hit
    bound : proven bound on the objective: no attack within the budget passes it
    gap : |objective - bound| over the larger of |objective| and 1
    optimal : True if the gap is 0
    plans : one attack plan, or several where followers meet different ones
    unattacked : objective without any attack
    unmet : demand left unmet in the worst plan (0 where that has no meaning)
    seconds : wall time
    """

    objective: float
    bound: float
    gap: float
    optimal: bool
    plans: tuple[AttackPlan, ...]
    unattacked: float
    unmet: float
    seconds: float

    @property
    def elements(self) -> tuple[int, ...]:
        """All elements hit by any plan, in order."""
        return tuple(sorted({element for plan in self.plans for element in plan.elements}))


def interdict(problem: Problem, *, budget: float, plans: int = 1, time_limit_s: float | None = None) -> Interdiction:
    """The attack within `budget` that hurts the network most.

    Parameters
    ----------
    problem : shortest-path or maximum-flow problem
    budget : sum of attack costs, 0 or more
    plans : 1, one set of elements against all followers; as many as followers, a set for each follower; between, that
        many sets, each follower meeting one of them. The objective is the least over followers, made as large as it
        can be.
    time_limit_s : stop then and state the gap that is left; None runs to gap 0

    Raises
    ------
    UsageError : negative budget, plans below 1, or several plans for a flow
    InfeasibleError : supply and demand are not connected and nothing says what that costs
    """
    check_budget(budget)
    if plans < 1:
        raise UsageError(_("plans is {value}; it must be 1 or more.").format(value=plans))
    start = time.perf_counter()
    deadline = None if time_limit_s is None else start + time_limit_s
    unattacked, _unmet = problem.evaluate(problem.graph.nothing())
    if plans > 1 and isinstance(problem, MaxFlow):
        raise UsageError(_("Several plans need several followers; a flow has one operator. Use plans 1."))
    if isinstance(problem, ShortestPath) and plans > 1:
        parts, bound = _several_plans(problem, budget, plans, deadline)
    else:
        part, bound = _one_plan(problem, budget, deadline)
        parts = (part,)
    shown = tuple(part.shown() for part in parts)
    worst = min(parts, key=lambda part: part.objective)
    gap = relative_gap(worst.objective, bound)
    return Interdiction(
        objective=worst.objective,
        bound=bound,
        gap=gap,
        optimal=gap == 0.0,
        plans=shown,
        unattacked=unattacked,
        unmet=worst.unmet,
        seconds=time.perf_counter() - start,
    )


@dataclass(frozen=True)
class _Part:
    """One plan as the program found it, against its group of followers."""

    problem: Problem
    attacked: BoolArray
    objective: float
    unmet: float

    def shown(self) -> AttackPlan:
        followers = self.problem.followers if isinstance(self.problem, ShortestPath) else ()
        elements = np.flatnonzero(needed(self.problem, self.attacked))
        return AttackPlan(followers, tuple(int(number) for number in elements), self.objective)


def time_left(deadline: float | None) -> float | None:
    """Seconds until the deadline, never negative; None if there is none."""
    return None if deadline is None else max(deadline - time.perf_counter(), 0.0)


def _one_plan(problem: Problem, budget: float, deadline: float | None) -> tuple[_Part, float]:
    attacked, bound = worst_attack(problem, budget, problem.graph.nothing(), deadline)
    return _Part(problem, attacked, *problem.evaluate(attacked)), bound


def worst_attack(
    problem: Problem, budget: float, protected: BoolArray, deadline: float | None
) -> tuple[BoolArray, float]:
    """The worst attack against a protection, and a bound on what any attack reaches: its exact value once proven.

    Out of time, the bound is never looser than the objective with everything hit that can be.
    """
    attacked, bound = problem.attack(budget, protected, time_left(deadline))
    value, _unmet = problem.evaluate(attacked, protected)
    if relative_gap(value, bound) == 0.0:
        return attacked, value
    everything, _unmet = problem.evaluate(problem.graph.attackable, protected)
    sign = problem.attacker_sign
    return attacked, sign * min(sign * bound, sign * everything)


def needed(problem: Problem, attacked: BoolArray, protected: BoolArray | None = None) -> BoolArray:
    """The attack without the elements that change nothing: a solver fills a generous budget with idle ones."""
    target, _unmet = problem.evaluate(attacked, protected)
    for element in np.flatnonzero(attacked):
        fewer = attacked.copy()
        fewer[element] = False
        if relative_gap(problem.evaluate(fewer, protected)[0], target) == 0.0:
            attacked = fewer
    return attacked


def _several_plans(
    problem: ShortestPath, budget: float, plans: int, deadline: float | None
) -> tuple[tuple[_Part, ...], float]:
    """Share the followers out over the plans in every way; a group of followers is a problem with one plan.

    A larger group never has a larger optimum, so with at least as many plans as followers each gets its own.
    """
    count = len(problem.followers)
    if count > MOST_FOLLOWERS and plans < count:
        text = _("{count} followers; at most {most} can share fewer plans.")
        raise UsageError(text.format(count=count, most=MOST_FOLLOWERS))
    solved: dict[tuple[int, ...], tuple[_Part, float]] = {}
    best: tuple[_Part, ...] = ()
    best_value = best_bound = -math.inf
    for groups in partitions(range(count), min(plans, count)):
        for group in groups:
            if group not in solved:
                solved[group] = _one_plan(problem.only(group), budget, deadline)
        value = min(solved[group][0].objective for group in groups)
        best_bound = max(best_bound, min(solved[group][1] for group in groups))
        if value > best_value:
            best_value, best = value, tuple(solved[group][0] for group in groups)
    return best, best_bound


def partitions(items: Sequence[int], groups: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every way to share `items` out over exactly `groups` groups, none empty.

    >>> list(partitions([0, 1, 2], 2))
    [((0, 1), (2,)), ((0, 2), (1,)), ((0,), (1, 2))]
    """
    seen = set()
    for labels in itertools.product(range(groups), repeat=len(items)):
        if len(set(labels)) == groups:
            made = [tuple(item for item, label in zip(items, labels, strict=True) if label == g) for g in range(groups)]
            parts = tuple(sorted(made))
            if parts not in seen:
                seen.add(parts)
                yield parts


@dataclass(frozen=True)
class StochasticInterdiction:
    """The worst case in expectation when hits can fail.

    Attributes
    ----------
    objective : expected flow over the scenarios after the attack
    bound, gap, optimal, seconds : as in `Interdiction`
    elements : elements hit
    scenarios : how many the expectation runs over
    exact : True if they are all the outcomes there are, False if they are a sample
    """

    objective: float
    bound: float
    gap: float
    optimal: bool
    elements: tuple[int, ...]
    scenarios: int
    exact: bool
    seconds: float


def interdict_stochastic(
    problem: MaxFlow,
    *,
    budget: float,
    success_prob: FloatArray,
    samples: int | None = None,
    rng: np.random.Generator | None = None,
    time_limit_s: float | None = None,
) -> StochasticInterdiction:
    """The attack that leaves least expected flow when a hit on element e succeeds with probability p_e.

    Deterministic equivalent over scenarios (Janjarassuk & Linderoth 2008, Networks 52:120-132). With at most 12
    uncertain attackable elements all outcomes are listed; with more, `samples` outcomes are drawn with `rng`, and the
    result is the optimum of that sample (too low on average, as every sample optimum).

    Parameters
    ----------
    success_prob : [element] between 0 and 1

    Raises
    ------
    UsageError : a probability outside 0 to 1, or too many uncertain elements and no sample asked for
    """
    check_budget(budget)
    if not np.all((success_prob >= 0) & (success_prob <= 1)):
        raise UsageError(_("A probability of success lies outside 0 to 1."))
    start = time.perf_counter()
    weight, success = _scenarios(problem.graph.attackable, success_prob, samples, rng)
    attacked, bound = problem.attack_scenarios(budget, problem.graph.nothing(), weight, success, time_limit_s)
    value = expected_flow(problem, attacked, weight, success)
    gap = relative_gap(value, bound)
    elements = tuple(int(number) for number in np.flatnonzero(attacked))
    seconds = time.perf_counter() - start
    return StochasticInterdiction(value, bound, gap, gap == 0.0, elements, len(weight), samples is None, seconds)


def _scenarios(
    attackable: BoolArray, probability: FloatArray, samples: int | None, rng: np.random.Generator | None
) -> tuple[FloatArray, BoolArray]:
    """Weights [scenario] and outcomes [scenario, element]; certain hits are the same in every scenario."""
    if samples is not None:
        if rng is None or samples < 1:
            raise UsageError(_("A sample needs a generator and at least one scenario."))
        return np.full(samples, 1.0 / samples), rng.random((samples, len(probability))) < probability
    uncertain = np.flatnonzero(attackable & (probability > 0) & (probability < 1))
    if len(uncertain) > MOST_UNCERTAIN:
        text = _("{count} uncertain hits make too many scenarios to list (at most {most}); give a number of samples.")
        raise UsageError(text.format(count=len(uncertain), most=MOST_UNCERTAIN))
    outcomes = np.array(list(itertools.product((False, True), repeat=len(uncertain))), dtype=bool)
    success = np.broadcast_to(probability == 1, (len(outcomes), len(probability))).copy()
    success[:, uncertain] = outcomes
    chance = np.where(outcomes, probability[uncertain], 1.0 - probability[uncertain])
    return chance.prod(axis=1), success


def expected_flow(problem: MaxFlow, attacked: BoolArray, weight: FloatArray, success: BoolArray) -> float:
    """Expected flow of a given attack over scenarios; equal outcomes are solved once."""
    outcomes, place = np.unique(success & attacked, axis=0, return_inverse=True)
    share = np.bincount(place.ravel(), weights=weight)
    return float(sum(q * problem.evaluate(hit)[0] for q, hit in zip(share, outcomes, strict=True)))


def expected_capacity_bound(problem: MaxFlow, *, budget: float, success_prob: FloatArray) -> float:
    """Least flow through *expected* capacities: by concavity never below the least expected flow, so too rosy.

    Each arc is split into a part u p that a hit removes and a part u (1 - p) that no hit reaches.
    """
    graph = problem.graph
    arcs = np.arange(graph.arc_count)
    probability = success_prob[graph.element]
    fixed = graph.element_count
    split = type(graph)(
        nodes=graph.nodes,
        tail=np.tile(graph.tail, 2),
        head=np.tile(graph.head, 2),
        element=np.concatenate([graph.element, np.full(len(arcs), fixed)]),
        attackable=np.append(graph.attackable, False),
        attack_cost=np.append(graph.attack_cost, 1.0),
    )
    capacity = np.concatenate([problem.capacity * probability, problem.capacity * (1.0 - probability)])
    return interdict(MaxFlow(split, capacity, problem.supply), budget=budget).objective
