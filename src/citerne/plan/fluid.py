"""A fluid plan: weeks, theatres, one volume of fuel, no chance. It gives the search its start and an optimistic bound.

Trucks a at a border of theatre t in week w, l of them leaving alone in any case, m in columns, q waiting; columns n;
stock s of the country in trucks of fuel, use u:

    q[t,w] + m[t,w] <= q[t,w-1] + (a[t,w] - l[t,w])^+        m[t,w] <= size_most n[t,w],  n[t,w] <= rate_most
    sum n <= escorts        sum m <= trucks
    s[w] + u[w] <= s[w-1] + sum_t (l + m - loss)[t,w-1]      0 <= s <= tanks,  least need <= u[w] <= need
    loss[t,w] = hit_t kappa ((1 - gamma) n + gamma m / 50)   (the size law at its two ends, science 2.2, A11)

Objective: served use first, then the lowest stock (a truck of it counts half as much as one of use). With loss = 0 and
every truck that reaches a border willing to join a column, the optimum is above what any plan within the same budget
brings on average: the programme's value is concave in its right-hand side, so by Jensen's inequality it is not below
the mean over futures of plans made with foresight, as long as what reaches borders and leaves alone does not hang on
the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.plan.decision import RATE_MOST, SIZE_MOST, Frame
from citerne.plan.program import Program

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Inflow:
    """Mean data of a case, trucks: arrivals and departures alone (theatre, week), waiting at the start (theatre,),
    stock and tanks in trucks of fuel, need a week, chance that a column is hit (theatre,), mean loss of 50."""

    arrivals: Array
    alone: Array
    waiting: Array
    stock: float
    tanks: float
    need: float
    hit: Array
    loss_at_50: float


@dataclass(frozen=True)
class Fluid:
    """Optimum: columns and trucks in them by theatre and week, share of use served, lowest cover in days."""

    feasible: bool
    columns: Array
    trucks: Array
    served_share: float
    lowest_cover_days: float


def solve_fluid(
    frame: Frame, inflow: Inflow, *, gamma: float | None, least_use: float = 0.0, min_cover_days: float = 0.0,
    escorts: float | None = None, trucks: float | None = None,
) -> Fluid:  # fmt: skip
    """Solve the fluid plan; `gamma` None leaves losses out, which gives the bound.

    Parameters
    ----------
    least_use : share of need that is used whatever happens
    min_cover_days : days of cover that the stock must not fall below
    escorts, trucks : other budgets than the frame's
    """
    theatres, weeks = inflow.arrivals.shape
    cells = theatres * weeks
    program = Program()
    columns = program.add_columns(cells, upper=RATE_MOST)
    loads = program.add_columns(cells)
    waiting = program.add_columns(cells)
    stock = program.add_columns(weeks, lower=min_cover_days * inflow.need / 7, upper=inflow.tanks)
    use = program.add_columns(weeks, cost=1.0 / (inflow.need * weeks), lower=least_use * inflow.need, upper=inflow.need)
    lowest = program.add_columns(1, cost=0.5 / (inflow.need * weeks))
    week = np.tile(np.arange(weeks), theatres)
    first = np.arange(weeks) == 0
    fresh = np.maximum(inflow.arrivals - inflow.alone, 0.0) + np.where(first, inflow.waiting[:, None], 0.0)
    border = program.add_rows(cells, upper=fresh.ravel())
    program.add_entries(border, waiting, 1.0)
    program.add_entries(border, loads, 1.0)
    later = np.flatnonzero(week > 0)
    program.add_entries(border[later], waiting[later - 1], -1.0)
    filled = program.add_rows(cells, upper=0.0)
    program.add_entries(filled, loads, 1.0)
    program.add_entries(filled, columns, -SIZE_MOST)
    program.add_entries(program.add_rows(1, upper=frame.escorts if escorts is None else escorts), columns, 1.0)
    program.add_entries(program.add_rows(1, upper=frame.trucks if trucks is None else trucks), loads, 1.0)
    alone = inflow.alone.sum(axis=0)
    brought = np.concatenate([[alone[0]], alone[:-1]])
    tank = program.add_rows(weeks, upper=np.where(first, inflow.stock, 0.0) + brought)
    program.add_entries(tank, stock, 1.0)
    program.add_entries(tank, use, 1.0)
    program.add_entries(tank[1:], stock[:-1], -1.0)
    lost_column = np.zeros(theatres) if gamma is None else inflow.hit * inflow.loss_at_50 * (1 - gamma)
    lost_truck = np.zeros(theatres) if gamma is None else inflow.hit * inflow.loss_at_50 * gamma / 50
    for j in range(theatres):
        own = np.arange(j * weeks, (j + 1) * weeks - 1)
        program.add_entries(tank[1:], loads[own], -(1 - lost_truck[j]))
        program.add_entries(tank[1:], columns[own], lost_column[j])
    below = program.add_rows(weeks, upper=0.0)
    program.add_entries(below, np.repeat(lowest, weeks), 1.0)
    program.add_entries(below, stock, -1.0)
    solution = program.solve(maximise=True, time_limit_s=10.0)
    if solution.values is None:
        empty = np.zeros((theatres, weeks))
        return Fluid(False, empty, empty, float("nan"), float("nan"))
    x = solution.values
    return Fluid(
        True,
        x[columns].reshape(theatres, weeks),
        x[loads].reshape(theatres, weeks),
        float(x[use].sum() / (inflow.need * weeks)),
        float(np.min(x[stock]) / (inflow.need / 7)),
    )
