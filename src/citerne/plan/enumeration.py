"""Interdiction by trying every attack: the oracle that the programs are held against, and quicker on small networks.

Nothing here shares code with the programs. Path lengths come from rounds of relaxation over all attacks at once, flows
from all cuts of the network at once (Ford & Fulkerson: largest flow = smallest cut).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import Graph
from citerne.plan.interdiction import Problem
from citerne.plan.program import BoolArray, FloatArray
from citerne.plan.shortest import ShortestPath

# Cuts are counted out as 2^nodes: beyond this the tables no longer fit.
MOST_NODES_FOR_CUTS = 16
MOST_SETS = 200_000


def all_sets(graph: Graph, budget: float, allowed: BoolArray | None = None) -> BoolArray:
    """[set, element] every set of attackable elements within the budget, the empty one first.

    Raises
    ------
    UsageError : more than 200,000 sets
    """
    elements = np.flatnonzero(graph.attackable if allowed is None else graph.attackable & allowed).tolist()
    found: list[tuple[int, ...]] = []
    for size in range(len(elements) + 1):
        fits = [s for s in itertools.combinations(elements, size) if graph.attack_cost[list(s)].sum() <= budget]
        if not fits and size:
            break
        found.extend(fits)
        if len(found) > MOST_SETS:
            raise UsageError(_("More than {most} attacks: too many to try each.").format(most=MOST_SETS))
    sets = np.zeros((len(found), graph.element_count), dtype=bool)
    for row, chosen in enumerate(found):
        sets[row, list(chosen)] = True
    return sets


def values(problem: Problem, attacks: BoolArray) -> FloatArray:
    """[attack] objective after each attack [attack, element].

    Shortest-path problems must have one source and one sink of one unit, or that pair with a cost of unmet demand.
    """
    if isinstance(problem, MaxFlow):
        return _least_cuts(problem, attacks)
    lengths = [_path_lengths(problem, follower, attacks) for follower in range(len(problem.length))]
    return np.asarray(np.stack(lengths).min(axis=0), np.float64)


def _path_lengths(problem: ShortestPath, follower: int, attacks: BoolArray) -> FloatArray:
    graph = problem.graph
    hit = attacks[:, graph.element]
    length = problem.length[follower] + problem.delay * hit
    distance = np.full((len(attacks), len(graph.nodes)), np.inf)
    distance[:, int(np.argmax(problem.supply))] = 0.0
    for _round in range(len(graph.nodes) - 1):
        for arc in range(graph.arc_count):
            through = distance[:, graph.tail[arc]] + length[:, arc]
            np.minimum(distance[:, graph.head[arc]], through, out=distance[:, graph.head[arc]])
    reached = distance[:, int(np.argmin(problem.supply))]
    return reached if problem.unmet_cost is None else np.minimum(reached, 2.0 * problem.unmet_cost)


def _least_cuts(problem: MaxFlow, attacks: BoolArray) -> FloatArray:
    graph = problem.graph
    count = len(graph.nodes)
    if count > MOST_NODES_FOR_CUTS:
        raise UsageError(_("{count} nodes: too many cuts to try each.").format(count=count))
    far = np.array(list(itertools.product((False, True), repeat=count)), dtype=bool)  # [cut, node] on the demand side
    far = far[~far[:, problem.supply == np.inf].any(axis=1) & far[:, problem.supply == -np.inf].all(axis=1)]
    finite = np.where(np.isfinite(problem.supply), problem.supply, 0.0)
    ends = far @ np.maximum(finite, 0.0) + ~far @ np.maximum(-finite, 0.0)
    crossed = ~far[:, graph.tail] & far[:, graph.head]
    least = np.empty(len(attacks))
    for number, attacked in enumerate(attacks):
        capacity = np.where(attacked[graph.element], 0.0, problem.capacity)
        least[number] = (ends + crossed @ capacity).min()
    return least


def worst_attack(problem: Problem, budget: float, protected: Sequence[int] = ()) -> tuple[float, tuple[int, ...]]:
    """Objective and elements of the worst attack within the budget that spares the protected elements."""
    attacks = all_sets(problem.graph, budget, ~problem.graph.mask(protected))
    value = values(problem, attacks)
    worst = int(np.argmax(problem.attacker_sign * value))
    return float(value[worst]), tuple(int(e) for e in np.flatnonzero(attacks[worst]))


def best_protection(problem: Problem, protections: int, budget: float) -> tuple[float, tuple[int, ...]]:
    """Guaranteed objective and elements of the best protection, by trying all protections and all attacks."""
    attacks = all_sets(problem.graph, budget)
    value = problem.attacker_sign * values(problem, attacks)
    elements = np.flatnonzero(problem.graph.attackable).tolist()
    best: float = np.inf
    chosen: tuple[int, ...] = ()
    for guard in itertools.combinations(elements, min(protections, len(elements))):
        worst = np.max(value[~attacks[:, list(guard)].any(axis=1)])
        if worst < best:
            best, chosen = float(worst), guard
    return problem.attacker_sign * best, chosen
