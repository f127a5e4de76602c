"""How random routing should be: the zero-sum ambush game on a network of segments.

A mover picks a route, an adversary one segment; on segment e the mover is caught with probability p_e if the adversary
is there. Both mix (Washburn & Wood 1995, Oper. Res. 43:243-251). The mover's mix is the linear program

    min v;  f a unit flow from source to sink;  p_e sum_{a in e} f_a <= v

and its value is one over the smallest cut with capacities 1/p_e. Only the mover's side is returned: the route mix
protects, the other side would be a list of ambush sites.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from citerne.base.errors import InfeasibleError, UsageError
from citerne.base.text import _
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import Graph, Node
from citerne.plan.program import TOLERANCE, FloatArray, IntArray, Program


@dataclass(frozen=True)
class RouteMix:
    """The mover's best mixed route.

    Attributes
    ----------
    caught_prob : chance to be caught against the best-placed single adversary: the value of the game
    bound : the same from the other side, one over the smallest cut; equal to it when both are right
    routes : ((nodes of the route), probability), most likely first; probabilities sum to 1
    element_prob : [element] chance that the mover uses the element
    """

    caught_prob: float
    bound: float
    routes: tuple[tuple[tuple[Node, ...], float], ...]
    element_prob: FloatArray

    def caught_prob_at_most(self, teams: int) -> float:
        """Upper bound on the chance to be caught by `teams` adversaries at once: `teams` times the value."""
        return min(1.0, teams * self.caught_prob)


def route_mix(graph: Graph, *, source: Node, sink: Node, caught_prob: FloatArray) -> RouteMix:
    """Best mixed route from source to sink when an adversary waits on one element.

    Parameters
    ----------
    caught_prob : [element] chance to be caught there if the adversary waits there, 0 (safe) to 1

    Raises
    ------
    UsageError : unknown node, source equal to sink, or a chance outside 0 to 1
    InfeasibleError : no route at all
    """
    if not np.all((caught_prob >= 0) & (caught_prob <= 1)):
        raise UsageError(_("A chance to be caught lies outside 0 to 1."))
    start, end = graph.node_number(source), graph.node_number(sink)
    if start == end:
        raise UsageError(_("Source and sink are the same node, {name}.").format(name=source))
    routes = _routes(graph, _mixed_flow(graph, start, end, caught_prob), start, end)
    used = np.zeros(graph.element_count)
    for arcs, probability in routes:
        np.add.at(used, graph.element[arcs], probability)
    named = tuple((_names(graph, arcs), probability) for arcs, probability in routes)
    return RouteMix(float(np.max(used * caught_prob)), _cut_value(graph, start, end, caught_prob), named, used)


def _mixed_flow(graph: Graph, start: int, end: int, caught_prob: FloatArray) -> FloatArray:
    program = Program()
    flow = program.add_columns(graph.arc_count)
    worst = program.add_columns(1, cost=1.0)
    net = np.zeros(len(graph.nodes))
    net[start], net[end] = 1.0, -1.0
    balance = program.add_rows(len(net), lower=net, upper=net)
    program.add_entries(balance[graph.tail], flow, 1.0)
    program.add_entries(balance[graph.head], flow, -1.0)
    risk = program.add_rows(graph.element_count, upper=0.0)
    program.add_entries(risk[graph.element], flow, caught_prob[graph.element])
    program.add_entries(risk, worst, -1.0)
    solution = program.solve()
    if solution.values is None:
        names = {"source": graph.nodes[start], "sink": graph.nodes[end]}
        raise InfeasibleError(_("No way leads from {source} to {sink}.").format(**names))
    return solution.values[flow]


def _cut_value(graph: Graph, start: int, end: int, caught_prob: FloatArray) -> float:
    """One over the largest flow with capacities 1/p; a way over safe segments alone makes it 0."""
    safe = caught_prob == 0
    capacity = np.where(safe, np.inf, 1.0 / np.where(safe, 1.0, caught_prob))[graph.element]
    supply = np.zeros(len(graph.nodes))
    supply[start], supply[end] = np.inf, -np.inf
    try:
        return 1.0 / MaxFlow(graph, capacity, supply).evaluate(graph.nothing())[0]
    except InfeasibleError:
        return 0.0


def _routes(graph: Graph, flow: FloatArray, start: int, end: int) -> list[tuple[IntArray, float]]:
    """Take the flow apart into routes (arc numbers, probability), shortest routes first; idle cycles fall away."""
    rest = flow.copy()
    parts: list[tuple[IntArray, float]] = []
    while (arcs := _trace(graph, rest > TOLERANCE, start, end)) is not None:
        share = float(np.min(rest[arcs]))
        rest[arcs] -= share
        parts.append((arcs, share))
    whole = sum(share for _arcs, share in parts)
    return sorted(((arcs, share / whole) for arcs, share in parts), key=lambda part: -part[1])


def _trace(graph: Graph, usable: np.ndarray, start: int, end: int) -> IntArray | None:
    """Arc numbers of a way with fewest arcs over the usable arcs, or None."""
    came_by = {start: -1}
    queue = deque([start])
    while queue and end not in came_by:
        node = queue.popleft()
        for arc in np.flatnonzero(usable & (graph.tail == node)).tolist():
            if int(graph.head[arc]) not in came_by:
                came_by[int(graph.head[arc])] = arc
                queue.append(int(graph.head[arc]))
    if end not in came_by:
        return None
    arcs = []
    node = end
    while node != start:
        arcs.append(came_by[node])
        node = int(graph.tail[came_by[node]])
    return np.array(arcs[::-1], np.int64)


def _names(graph: Graph, arcs: IntArray) -> tuple[Node, ...]:
    return (graph.nodes[graph.tail[arcs[0]]], *(graph.nodes[node] for node in graph.head[arcs]))
