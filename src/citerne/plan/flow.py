"""Maximum-flow interdiction: the attacker removes elements, the operator ships as much as the rest lets through.

Symbols: alpha_i 0 on the supply side of a cut and 1 on the demand side, beta_a arc a in the cut and paid for, u_a
capacity, x_e element hit (0/1), s_i supply and d_i demand at a node, q_w probability of scenario w, z_ew 1 if a hit on
e succeeds in scenario w.

Attack, on the cut that is dual to the flow (Wood 1993, Math. Comput. Model. 17:1-18), one copy for each scenario
(Cormican, Morton & Wood 1998, Oper. Res. 46:184-197):

    min sum_w q_w [ sum_a u_a beta_aw + sum_i s_i alpha_iw + sum_i d_i (1 - alpha_iw) ]
    alpha_jw - alpha_iw <= beta_aw + z_ew x_e(a)   for a = (i, j);   sum_e r_e x_e <= R

A node with endless supply has alpha = 0, one with endless demand alpha = 1. Only x is binary: for a fixed x the rest is
the cut problem, whose corners are whole.
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


@dataclass(frozen=True)
class MaxFlow:
    """An operator who ships as much as possible from supplies to demands, before an attacker who removes elements.

    Attributes
    ----------
    graph : the network
    capacity : [arc] most that an arc carries, 0 or more
    supply : [node] positive: most that the node can send; negative: most that it can take; +inf and -inf where endless
    """

    graph: Graph
    capacity: FloatArray
    supply: FloatArray

    attacker_sign = -1.0  # the attacker wants the objective small

    @property
    def whole(self) -> bool:
        """True if every objective of this problem is a whole number."""
        return is_whole(self.capacity, self.supply)

    def evaluate(self, attacked: BoolArray, protected: BoolArray | None = None) -> tuple[float, float]:
        """Largest flow after an attack; the second value (unmet demand, if demands are finite) is for the record.

        Parameters
        ----------
        attacked, protected : [element] elements hit, and elements on which a hit has no effect
        """
        hit = attacked if protected is None else attacked & ~protected
        program = Program()
        capacity = np.where(hit[self.graph.element], 0.0, self.capacity)
        _flow_copy(program, self, capacity, reward=1.0)
        solution = program.solve(maximise=True)
        if solution.status == "unbounded":
            raise InfeasibleError(_("The flow has no limit: every arc of a way from source to sink is endless."))
        value = float(round(solution.objective)) if self.whole else max(solution.objective, 0.0)
        demand = -float(np.minimum(self.supply, 0.0).sum())
        return value, demand - value if math.isfinite(demand) else 0.0

    def attack(self, budget: float, protected: BoolArray, time_limit_s: float | None = None) -> tuple[BoolArray, float]:
        """The attack that leaves least flow within the budget, and a proven lower bound on that flow."""
        certain = np.ones((1, self.graph.element_count), dtype=bool)
        attacked, bound = self.attack_scenarios(budget, protected, np.ones(1), certain, time_limit_s)
        return attacked, whole_bound(bound, above=False) if self.whole else bound

    def attack_scenarios(
        self,
        budget: float,
        protected: BoolArray,
        weight: FloatArray,
        success: BoolArray,
        time_limit_s: float | None = None,
    ) -> tuple[BoolArray, float]:
        """The attack that leaves least expected flow, and a proven lower bound on it.

        Parameters
        ----------
        weight : [scenario] probabilities, summing to 1
        success : [scenario, element] does a hit on the element succeed?
        """
        graph = self.graph
        program = Program()
        open_to_attack = graph.attackable & ~protected
        hit = program.add_choices(open_to_attack, budget, graph.attack_cost)
        finite = np.where(np.isfinite(self.supply), self.supply, 0.0)
        lower = np.where(self.supply == -math.inf, 1.0, 0.0)
        upper = np.where(self.supply == math.inf, 0.0, 1.0)
        endless = np.isinf(self.capacity)
        for probability, succeeds in zip(weight, success, strict=True):
            # with supply and demand in one signed number, s_i alpha_i + d_i (1 - alpha_i) is supply_i alpha_i + d_i
            side = program.add_columns(len(graph.nodes), cost=probability * finite, lower=lower, upper=upper)
            price = probability * np.where(endless, 0.0, self.capacity)
            cut = program.add_columns(graph.arc_count, cost=price, upper=np.where(endless, 0.0, 1.0))
            rows = program.add_rows(graph.arc_count, upper=0.0)
            program.add_entries(rows, side[graph.head], 1.0)
            program.add_entries(rows, side[graph.tail], -1.0)
            program.add_entries(rows, cut, -1.0)
            program.add_entries(rows, hit[graph.element], -succeeds[graph.element].astype(float))
        solution = program.solve(time_limit_s=time_limit_s)
        if solution.status == "infeasible":
            raise InfeasibleError(_("The flow has no limit: every arc of a way from source to sink is endless."))
        attacked = graph.nothing() if solution.values is None else solution.values[hit] > 0.5
        return attacked, max(solution.bound - float(np.minimum(finite, 0.0).sum()), 0.0)

    def protect(
        self, attacks: Sequence[BoolArray], protections: int, time_limit_s: float | None = None
    ) -> tuple[BoolArray, float]:
        """The protection that does best against the attacks listed, and an upper bound over all protections.

        Master of the column-and-constraint generation: one copy of the flow problem for each attack, in which an arc
        that is hit carries flow only if its element is protected.
        """
        graph = self.graph
        program = Program()
        guarded = program.add_choices(graph.attackable, protections)
        worst = program.add_columns(1, cost=1.0)
        for attacked in attacks:
            flow, total = _flow_copy(program, self, self.capacity, reward=0.0)
            row = program.add_rows(1, upper=0.0)
            program.add_entries(row, worst, 1.0)
            program.add_entries(row, total, -1.0)
            hit = np.flatnonzero(attacked[graph.element] & (self.capacity > 0))
            rows = program.add_rows(len(hit), upper=0.0)
            program.add_entries(rows, flow[hit], 1.0)
            program.add_entries(rows, guarded[graph.element[hit]], -self.capacity[hit])
        solution = program.solve(maximise=True, time_limit_s=time_limit_s)
        chosen = graph.nothing() if solution.values is None else solution.values[guarded] > 0.5
        bound = whole_bound(solution.bound, above=True) if self.whole else solution.bound
        return chosen, bound


def _flow_copy(program: Program, problem: MaxFlow, capacity: FloatArray, reward: float) -> tuple[IntArray, IntArray]:
    """Add one copy of the flow problem; returns the columns of the arcs and the column of the total sent."""
    graph, supply = problem.graph, problem.supply
    flow = program.add_columns(graph.arc_count, upper=capacity)
    # no node has to send or take anything: a demand may stay unmet, a supply unused
    net = program.add_rows(len(graph.nodes), lower=np.minimum(supply, 0.0), upper=np.maximum(supply, 0.0))
    program.add_entries(net[graph.tail], flow, 1.0)
    program.add_entries(net[graph.head], flow, -1.0)
    total = program.add_columns(1, cost=reward, lower=-math.inf)
    row = program.add_rows(1, lower=0.0, upper=0.0)
    sent = (supply > 0).astype(float)
    program.add_entries(row, flow, sent[graph.tail] - sent[graph.head])
    program.add_entries(row, total, -1.0)
    return flow, total
