"""Parties of trucks that leave a border: columns under escort, small groups, single trucks, gifts; and their loads.

A column takes one corridor of its theatre, drawn in proportion to its willing trucks times column_weight, and as many
of them as find a place. Its products are drawn in proportion to the trucks that wait times load_weight, in whole trucks
by cumulative rounding; places that a product cannot fill go to the others in their order. Weights of 1 give everybody
the same chance; a load weight is a priority, not a ban: a column leaves no place empty.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.kernel import F32, HALF, I32, ONE, ZERO, poisson, stream, uniform
from citerne.process.trucks import any_above_zero

STREAM = 2  # that of the convoys
SEVEN, TINY = np.float32(7), np.float32(1e-6)


def form_columns(
    day: Any, seed: Any, members: Any, theatre: Any, corridor_theatre: Any, supply_l: Any, columns_per_week: Any,
    column_rate_factor: Any, column_trucks_max: Any, column_weight: Any, willing_escorted: Any, lever_closed: Any,
    waiting_trucks: Any, columns_today: Any, in_column: Any, columns: Any,
) -> None:  # fmt: skip
    """Draw today's columns of one theatre and fill them from one of its corridors."""
    corridors, products, lanes = waiting_trucks.shape
    for i in range(lanes):
        columns_today[i] = 0
    if not any_above_zero(columns_per_week):
        return
    ready = np.zeros((corridors, lanes), np.float32)
    total = np.zeros(lanes, np.float32)
    for c in range(corridors):
        if corridor_theatre[c] == theatre:
            for f in range(products):
                if supply_l[c, f] > ZERO:
                    for i in range(lanes):
                        ready[c, i] += F32(waiting_trucks[c, f, i])
            for i in range(lanes):
                ready[c, i] = np.floor(ready[c, i] * willing_escorted[c, i] + HALF)
                ready[c, i] = ZERO if lever_closed[c, i] > HALF else ready[c, i]
                total[i] += ready[c, i] * column_weight[c, i]
    how_many = stream(seed, STREAM, theatre, day, 0)
    which = stream(seed, STREAM, theatre, day, 1)
    passed = np.zeros(lanes, np.float32)
    mark = np.empty(lanes, np.float32)
    mean = np.empty(lanes, np.float32)
    for i in range(lanes):
        mean[i] = columns_per_week[i] * column_rate_factor[i] / SEVEN
        mark[i] = uniform(how_many, members[i])
    poisson(mark, mean, columns_today)
    for i in range(lanes):
        columns_today[i] = columns_today[i] if total[i] > ZERO else I32(0)
        mark[i] = uniform(which, members[i]) * total[i]
    for c in range(corridors):
        if corridor_theatre[c] == theatre:
            for i in range(lanes):
                upto = passed[i] + ready[c, i] * column_weight[c, i]
                chosen = (passed[i] <= mark[i]) & (mark[i] < upto)
                k = columns_today[i] if chosen else I32(0)
                size = I32(min(F32(k) * column_trucks_max[i], ready[c, i]))
                in_column[c, i] = size
                columns[c, i] = min(k, size)  # no column without a truck
                columns_today[i] = columns[c, i] if chosen else columns_today[i]
                passed[i] = upto


def escorted(in_column: Any, columns: Any, trucks: Any, groups: Any) -> None:
    """Columns as they were formed."""
    for i in range(trucks.shape[0]):
        trucks[i] = in_column[i]
        groups[i] = columns[i] if in_column[i] > 0 else I32(0)


def gifted(gift: Any, trucks: Any, groups: Any) -> None:
    """Gift trucks cross in one column under their own escort."""
    for i in range(trucks.shape[0]):
        trucks[i] = gift[i]
        groups[i] = I32(1) if gift[i] > 0 else I32(0)


def count_waiting(supply_l: Any, waiting_trucks: Any, waiting: Any) -> None:
    """Trucks of all products that wait at one border."""
    for i in range(waiting.shape[0]):
        waiting[i] = 0
    for f in range(waiting_trucks.shape[0]):
        if supply_l[f] > ZERO:
            for i in range(waiting.shape[0]):
                waiting[i] += waiting_trucks[f, i]


def in_groups(
    waiting: Any, willing: Any, closed: Any, escort_needed: Any, pass_rate: Any, group_trucks: Any, carry: Any,
    trucks: Any, groups: Any,
) -> None:  # fmt: skip
    """Trucks and small groups that leave without escort today; parts of a truck are carried over."""
    for i in range(trucks.shape[0]):
        share = willing[i] * pass_rate[i]
        share = ZERO if escort_needed[i] > HALF else share
        share = ZERO if closed[i] > HALF else share
        wanted = carry[i] + F32(waiting[i]) * share
        n = min(I32(wanted), waiting[i])
        carry[i] = min(wanted - F32(n), ONE)
        trucks[i] = n
        groups[i] = I32(np.ceil(F32(n) / group_trucks[i]))


def in_trickle(waiting: Any, closed: Any, trickle_share: Any, carry: Any, trucks: Any, groups: Any) -> None:
    """Trucks that slip through one by one today; each is a group of its own."""
    for i in range(trucks.shape[0]):
        share = ZERO if closed[i] > HALF else trickle_share[i]
        wanted = carry[i] + F32(waiting[i]) * share
        n = min(I32(wanted), waiting[i])
        carry[i] = min(wanted - F32(n), ONE)
        trucks[i] = n
        groups[i] = n


def fill_columns(waiting: Any, supply_l: Any, load_weight: Any, trucks: Any, parts: Any) -> None:
    """Take whole trucks of the products that wait, shape (product, member), by weight; float64 holds every product."""
    products, lanes = parts.shape
    total = np.zeros(lanes, np.float64)
    for f in range(products):
        if supply_l[f] > ZERO:
            for i in range(lanes):
                total[i] += np.float64(waiting[f, i]) * np.float64(load_weight[f, i])
    so_far = np.zeros(lanes, np.float64)
    before = np.zeros(lanes, np.int32)
    left = np.empty(lanes, np.int32)
    for i in range(lanes):
        left[i] = trucks[i]
    for f in range(products):
        if supply_l[f] > ZERO:
            for i in range(lanes):
                so_far[i] += np.float64(waiting[f, i]) * np.float64(load_weight[f, i])
                upto = I32(np.float64(trucks[i]) * so_far[i] / max(total[i], TINY))
                parts[f, i] = min(upto - before[i], waiting[f, i])
                before[i] = upto
                left[i] -= parts[f, i]
    for f in range(products):
        if supply_l[f] > ZERO:
            for i in range(lanes):
                more = min(left[i], waiting[f, i] - parts[f, i])
                parts[f, i] += more
                left[i] -= more


def split(weights: Any, fixed: Any, trucks: Any, use_fixed: Any, parts: Any) -> None:
    """Split whole trucks over products in proportion to `weights` (product, member), or to `fixed` (product,).

    A product whose `fixed` is 0 never travels here, so it is passed over and its part left as it was.

    Cumulative rounding: part f = floor(n C_f / C) - floor(n C_(f-1) / C), so parts are whole and sum to n.
    """
    products, lanes = parts.shape
    total = np.zeros(lanes, np.float32)
    for f in range(products):
        if fixed[f] > ZERO:
            for i in range(lanes):
                total[i] += fixed[f] if use_fixed else F32(weights[f, i])
    so_far = np.zeros(lanes, np.float32)
    before = np.zeros(lanes, np.int32)
    for f in range(products):
        if fixed[f] > ZERO:
            for i in range(lanes):
                so_far[i] += fixed[f] if use_fixed else F32(weights[f, i])
                # float64 holds the product exactly, so the floor is that of whole-number arithmetic
                upto = I32(np.float64(trucks[i]) * np.float64(so_far[i]) / np.float64(max(total[i], TINY)))
                parts[f, i] = upto - before[i]
                before[i] = upto
