"""Protect, attack, operate: where protection helps most against the worst attack that answers it.

    min over protections of max over attacks of min over flows   (shortest path; max-min-max for flow)

(Brown, Carlyle, Salmeron & Wood 2006, Interfaces 36:530-544.) Solved by column-and-constraint generation (Zeng & Zhao
2013, Oper. Res. Lett. 41:457-461): the master chooses the protection that does best against the attacks found so far,
the attack program answers it, until the two bounds meet. Finite, because attacks are.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from citerne.plan.graph import check_budget
from citerne.plan.interdiction import Problem, needed, time_left, worst_attack
from citerne.plan.program import BoolArray, relative_gap


@dataclass(frozen=True)
class Protection:
    """The best protection and the attack that answers it.

    Attributes
    ----------
    objective : value that the protection guarantees against every attack within the budget
    bound : proven: no protection of that size guarantees better
    gap : |objective - bound| over the larger of |objective| and 1
    optimal : True if the gap is 0
    protected, attacked : element numbers; `attacked` is the worst attack against this protection
    unprotected : objective under the worst attack without any protection (a bound on it, if time ran out there)
    unattacked : objective without any attack
    unmet : demand left unmet after protection and attack
    rounds : attacks that the master had to see
    seconds : wall time
    """

    objective: float
    bound: float
    gap: float
    optimal: bool
    protected: tuple[int, ...]
    attacked: tuple[int, ...]
    unprotected: float
    unattacked: float
    unmet: float
    rounds: int
    seconds: float


def protect(problem: Problem, *, protections: int, budget: float, time_limit_s: float | None = None) -> Protection:
    """Protect at most `protections` elements against the worst attack within `budget`.

    A hit on a protected element has no effect. With several followers the objective is the least over followers, as for
    one attack plan.

    Raises
    ------
    UsageError : negative budget or protections
    InfeasibleError : supply and demand are not connected and nothing says what that costs
    """
    check_budget(budget)
    check_budget(protections, "protect")
    start = time.perf_counter()
    deadline = None if time_limit_s is None else start + time_limit_s
    sign = problem.attacker_sign
    unattacked, _unmet = problem.evaluate(problem.graph.nothing())
    trial = problem.graph.nothing()
    guarantee, bound = sign * math.inf, unattacked  # no protection does better than no attack
    unprotected = math.nan
    attacks: list[BoolArray] = []
    best = answer = trial
    while True:
        attacked, limit = worst_attack(problem, budget, trial, deadline)
        if not attacks:
            unprotected = limit
        if sign * limit < sign * guarantee:
            guarantee, best, answer = limit, trial, attacked
        attacks.append(attacked)
        if protections == 0:
            bound = problem.evaluate(attacked)[0]
            break
        trial, known = problem.protect(attacks, protections, time_left(deadline))
        bound = sign * max(sign * bound, sign * known)
        repeated = any(np.array_equal(attacked, earlier) for earlier in attacks[:-1])
        if relative_gap(guarantee, bound) == 0.0 or repeated or time_left(deadline) == 0.0:
            break
    best, answer = _needed_protection(problem, budget, guarantee, best, answer, deadline)
    answer = needed(problem, answer, best)
    gap = relative_gap(guarantee, bound)
    return Protection(
        objective=guarantee,
        bound=bound,
        gap=gap,
        optimal=gap == 0.0,
        protected=tuple(int(e) for e in np.flatnonzero(best)),
        attacked=tuple(int(e) for e in np.flatnonzero(answer)),
        unprotected=unprotected,
        unattacked=unattacked,
        unmet=problem.evaluate(answer, best)[1],
        rounds=len(attacks),
        seconds=time.perf_counter() - start,
    )


def _needed_protection(
    problem: Problem,
    budget: float,
    guarantee: float,
    protected: BoolArray,
    attacked: BoolArray,
    deadline: float | None,
) -> tuple[BoolArray, BoolArray]:
    """The protection without the elements that guarantee nothing more, and the attack that answers it."""
    for element in np.flatnonzero(protected):
        fewer = protected.copy()
        fewer[element] = False
        reply, limit = worst_attack(problem, budget, fewer, deadline)
        if relative_gap(limit, guarantee) == 0.0:
            protected, attacked = fewer, reply
    return protected, attacked
