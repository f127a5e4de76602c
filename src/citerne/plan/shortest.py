"""Shortest-path interdiction: the attacker delays arcs, each follower then takes its own shortest path.

Symbols: pi_i potential of node i, c_a length, d_a delay if hit, x_e element hit (0/1), r_e attack cost, R budget,
s_i supply of node i (negative: demand), P cost of one unit of supply or of demand left unmet.

Attack, as a mixed-integer program on the dual of the path problem (Israeli & Wood 2002, Networks 40:97-111):

    max t;  t <= -sum_i s_i pi_i^w  for every follower w;  pi_j^w - pi_i^w <= c_a^w + d_a x_e(a);  sum_e r_e x_e <= R

Only x is binary. With P given (removal instead of delay) -P <= pi_i at supplies and pi_i <= P at demands: a network cut
in two costs 2P a unit and no program is unbounded. A removal delay above 2P changes nothing more; see `removal_delay`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citerne.base.errors import InfeasibleError
from citerne.base.text import _
from citerne.plan.graph import Graph
from citerne.plan.program import BoolArray, FloatArray, IntArray, Program, is_whole, whole_bound


def unmet_cost(node_count: int, longest: float) -> float:
    """Cost P of one unit of supply, or of demand, left unmet: more than any path can cost, n times the longest arc."""
    return node_count * longest


def removal_delay(node_count: int, longest: float) -> float:
    """Delay that no follower would accept, 2 n c_max + 1: leaving supply and demand unmet costs 2 n c_max."""
    return 2.0 * node_count * longest + 1.0


@dataclass(frozen=True)
class ShortestPath:
    """Followers who ship the supply of the nodes at least length, before an attacker who lengthens arcs.

    Attributes
    ----------
    graph : the network
    length : [follower, arc] length of each arc for each follower, 0 or more
    delay : [arc] added when the arc's element is hit
    supply : [node] positive supply, negative demand; a single pair is +1 at the source and -1 at the sink
    unmet_cost : cost P of one unit of supply or of demand left unmet, or None if all must be met
    followers : their names
    """

    graph: Graph
    length: FloatArray
    delay: FloatArray
    supply: FloatArray
    unmet_cost: float | None
    followers: tuple[str, ...]

    attacker_sign = 1.0  # the attacker wants the objective large

    @property
    def whole(self) -> bool:
        """True if every objective of this problem is a whole number."""
        return is_whole(self.length, self.delay, self.supply, np.array([self.unmet_cost or 0.0]))

    def only(self, followers: Sequence[int]) -> ShortestPath:
        """The same problem with some of its followers."""
        names = tuple(self.followers[w] for w in followers)
        return ShortestPath(self.graph, self.length[list(followers)], self.delay, self.supply, self.unmet_cost, names)

    def evaluate(self, attacked: BoolArray, protected: BoolArray | None = None) -> tuple[float, float]:
        """Objective after an attack: the least length over followers, and the demand left unmet.

        Parameters
        ----------
        attacked, protected : [element] elements hit, and elements on which a hit has no effect

        Raises
        ------
        InfeasibleError : a demand cannot be reached at all and `unmet_cost` is None
        """
        hit = attacked if protected is None else attacked & ~protected
        program = Program()
        flow = _Flow(program, self, self.length + self.delay * hit[self.graph.element])
        program_cost = program.add_columns(1, cost=1.0)
        row = program.add_rows(1, upper=0.0)
        flow.charge(row)
        program.add_entries(row, program_cost, -1.0)
        solution = program.solve()
        if solution.values is None:
            raise InfeasibleError(_("No path leads from the supply to the demand, even without any attack."))
        value = round(solution.objective) if self.whole else solution.objective
        return float(value), float(solution.values[flow.unmet_demand].sum())

    def attack(self, budget: float, protected: BoolArray, time_limit_s: float | None = None) -> tuple[BoolArray, float]:
        """The attack that hurts most within the budget, and a proven upper bound on its objective.

        Returns
        -------
        attacked [element], bound. When time runs out first, the best attack found (possibly none) and the bound so far.
        """
        graph = self.graph
        delay = np.where(protected[graph.element], 0.0, self.delay)
        open_to_attack = graph.attackable & ~protected
        program = Program()
        hit = program.add_choices(open_to_attack, budget, graph.attack_cost)
        worst = program.add_columns(1, cost=1.0, lower=-math.inf)
        lower, upper = self._potential_bounds()
        for length in self.length:
            potential = program.add_columns(len(graph.nodes), lower=lower, upper=upper)
            row = program.add_rows(1, upper=0.0)
            program.add_entries(row, worst, 1.0)
            program.add_entries(row, potential, self.supply)
            rows = program.add_rows(graph.arc_count, upper=length)
            program.add_entries(rows, potential[graph.head], 1.0)
            program.add_entries(rows, potential[graph.tail], -1.0)
            program.add_entries(rows, hit[graph.element], -delay)
        solution = program.solve(maximise=True, time_limit_s=time_limit_s)
        attacked = graph.nothing() if solution.values is None else solution.values[hit] > 0.5
        bound = whole_bound(solution.bound, above=True) if self.whole else solution.bound
        return attacked, bound

    def _potential_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Potentials are free, but for one anchored supply or, with unmet cost, the price of leaving a unit unmet."""
        lower, upper = np.full(len(self.supply), -math.inf), np.full(len(self.supply), math.inf)
        if self.unmet_cost is None:
            anchor = int(np.argmax(self.supply))
            lower[anchor] = upper[anchor] = 0.0
        else:
            lower[self.supply > 0] = -self.unmet_cost
            upper[self.supply < 0] = self.unmet_cost
        return lower, upper

    def protect(
        self, attacks: Sequence[BoolArray], protections: int, time_limit_s: float | None = None
    ) -> tuple[BoolArray, float]:
        """The protection that does best against the attacks listed, and a lower bound over all protections.

        Master of the column-and-constraint generation: one copy of the flow problem for each attack; an arc that is hit
        stays usable at its old length through a twin that only a protected element opens.
        """
        graph = self.graph
        program = Program()
        guarded = program.add_choices(graph.attackable, protections)
        worst = program.add_columns(1, cost=1.0)
        for attacked in attacks:
            hit = attacked[graph.element]
            twins = np.flatnonzero(hit & (self.delay > 0))
            flow = _Flow(program, self, self.length + self.delay * hit, twins)
            row = program.add_rows(1, upper=0.0)
            flow.charge(row)
            program.add_entries(row, worst, -1.0)
            for twin in flow.twins:
                rows = program.add_rows(len(twins), upper=0.0)
                program.add_entries(rows, twin, 1.0)
                program.add_entries(rows, guarded[graph.element[twins]], -float(np.maximum(self.supply, 0.0).sum()))
        solution = program.solve(time_limit_s=time_limit_s)
        chosen = graph.nothing() if solution.values is None else solution.values[guarded] > 0.5
        bound = whole_bound(solution.bound, above=False) if self.whole else solution.bound
        return chosen, bound


class _Flow:
    """One copy of the followers' problem in a program: one unit of choice shared out over them, each share routed."""

    def __init__(
        self, program: Program, problem: ShortestPath, length: FloatArray, twins: IntArray | None = None
    ) -> None:
        graph, supply = problem.graph, problem.supply
        twin_arcs = np.zeros(0, np.int64) if twins is None else twins
        arcs = np.concatenate([np.arange(graph.arc_count), twin_arcs])
        share = program.add_columns(len(length), upper=1.0)
        program.add_entries(program.add_rows(1, lower=1.0, upper=1.0), share, 1.0)
        self._program = program
        self._charges: list[tuple[IntArray, FloatArray]] = []
        self.twins: list[IntArray] = []
        unmet: list[IntArray] = []
        ends = np.flatnonzero(supply)
        limit = math.inf if problem.unmet_cost is not None else 0.0
        for follower, costs in enumerate(length):
            flow = program.add_columns(len(arcs))
            left = program.add_columns(len(ends), upper=limit)
            balance = program.add_rows(len(graph.nodes), lower=0.0, upper=0.0)
            program.add_entries(balance[graph.tail[arcs]], flow, 1.0)
            program.add_entries(balance[graph.head[arcs]], flow, -1.0)
            program.add_entries(balance[ends], share[follower], -supply[ends])
            program.add_entries(balance[ends], left, np.sign(supply[ends]))
            self._charges.append((flow, np.concatenate([costs, problem.length[follower, twin_arcs]])))
            self._charges.append((left, np.full(len(ends), problem.unmet_cost or 0.0)))
            self.twins.append(flow[graph.arc_count :])
            unmet.append(left[supply[ends] < 0])
        self.unmet_demand = np.concatenate(unmet)

    def charge(self, row: IntArray) -> None:
        """Add the cost of this copy to a row."""
        for columns, costs in self._charges:
            self._program.add_entries(row, columns, costs)
