"""Who may touch scarce fuel, and who of hospitals, water and telecom comes first.

A fence stands in every tank around pool_days of the normal need of reserved users and reserve_keep_days of the place's
normal need of all users; only reserved users reach behind it. Levers of 0 put up no fence.

Rules for one counter, A litres for facilities with wishes w, needs n and stocks s (the first is in services):

    equal days   x = min(max(n T - s, 0), w), T the largest with sum x <= A: after buying, those who lack most have the
                 same days of their own need;
    weighted     tier r = 0, 1, ... of total wish W_r gets min(W_r, A W_r v_r / sum(W v)), v_r = 1 / (1 + r); what is
                 left goes down the tiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.kernel import F32, HALF, I32, ONE, ZERO, clip

TINY, ONE_AND_A_HALF = np.float32(1e-6), np.float32(1.5)
HALVINGS = 32


def fence(reserved_l: Any, demand_l: Any, demand_factor: Any, pool_days: Any, keep_days: Any, fenced_l: Any) -> None:
    """Litres behind the fence of every tank; levers have shape (place, member), needs (place, product)."""
    places, products, lanes = fenced_l.shape
    for p in range(places):
        most = ZERO
        for i in range(lanes):
            most = max(most, max(pool_days[p, i], keep_days[p, i]))
        for f in range(products):
            if most <= ZERO:  # no fence in any future: nothing to work out
                for i in range(lanes):
                    fenced_l[p, f, i] = 0
                continue
            for i in range(lanes):
                litres = (pool_days[p, i] * reserved_l[p, f] + keep_days[p, i] * demand_l[p, f]) * demand_factor[i]
                fenced_l[p, f, i] = I32(litres)


def wish(tank: Any, refill_share: Any, need: Any, stock: Any) -> Any:
    """Litres that a facility would buy: the need of the day and a part of what its tank lacks."""
    return need + max(tank - stock, ZERO) * refill_share


def other_rules(rule: Any) -> Any:
    """Whether any future shares by another rule than by priority."""
    most = ZERO
    for i in range(rule.shape[0]):
        most = max(most, rule[i])
    return most >= HALF


def fair_parts(
    rule: Any, first: Any, last: Any, tier_pointers: Any, tier_facility: Any, tank: Any, refill_share: Any, need: Any,
    stock: Any, avail: Any, fair: Any,
) -> None:  # fmt: skip
    """Part of its wish that each facility in tiers `first` to `last` gets, where the rule is another than by priority.

    `fair` has shape (facility, member).
    """
    lanes = avail.shape[0]
    whom = tier_facility[tier_pointers[first] : tier_pointers[last]]
    days = np.empty(lanes, np.float32)
    find_days(whom, tank, refill_share, need, stock, avail, days)
    weighted = np.empty((last - first, lanes), np.float32)
    weigh_tiers(first, last, tier_pointers, tier_facility, tank, refill_share, need, stock, avail, weighted)
    for t in range(first, last):
        for k in tier_facility[tier_pointers[t] : tier_pointers[t + 1]]:
            for i in range(lanes):
                wished = wish(tank[k], refill_share[i], need[k, i], stock[k, i])
                equal = clip(need[k, i] * days[i] - stock[k, i], ZERO, wished) / max(wished, TINY)
                fair[k, i] = equal if rule[i] < ONE_AND_A_HALF else weighted[t - first, i]


def find_days(whom: Any, tank: Any, refill_share: Any, need: Any, stock: Any, avail: Any, days: Any) -> None:
    """Days of own need up to which all of `whom` can be filled with what there is, by halving."""
    lanes = avail.shape[0]
    high = np.zeros(lanes, np.float32)
    for k in whom:
        for i in range(lanes):
            reached = stock[k, i] + wish(tank[k], refill_share[i], need[k, i], stock[k, i])
            high[i] = max(high[i], reached / need[k, i] if need[k, i] > TINY else ZERO)
    for i in range(lanes):
        days[i] = ZERO
    total = np.empty(lanes, np.float32)
    for halving in range(HALVINGS + 1):
        for i in range(lanes):
            total[i] = ZERO
        for k in whom:
            for i in range(lanes):
                # the first look is at the whole way: where there is plenty, everybody gets the whole wish
                tried = high[i] if halving == 0 else HALF * (days[i] + high[i])
                most = wish(tank[k], refill_share[i], need[k, i], stock[k, i])
                total[i] += clip(need[k, i] * tried - stock[k, i], ZERO, most)
        for i in range(lanes):
            tried = high[i] if halving == 0 else HALF * (days[i] + high[i])
            fits = total[i] <= avail[i]
            days[i] = tried if fits else days[i]
            high[i] = high[i] if fits or halving == 0 else tried


def weigh_tiers(
    first: Any, last: Any, tier_pointers: Any, tier_facility: Any, tank: Any, refill_share: Any, need: Any, stock: Any,
    avail: Any, part: Any,
) -> None:  # fmt: skip
    """Part of their wish that the facilities of each tier get by weight; `part` has shape (tier, member)."""
    lanes = avail.shape[0]
    wished = np.zeros(part.shape, np.float32)
    pull = np.zeros(lanes, np.float32)
    left = avail.copy()
    for r in range(last - first):
        for k in tier_facility[tier_pointers[first + r] : tier_pointers[first + r + 1]]:
            for i in range(lanes):
                wished[r, i] += wish(tank[k], refill_share[i], need[k, i], stock[k, i])
        for i in range(lanes):
            pull[i] += wished[r, i] / F32(r + 1)
    for r in range(last - first):
        for i in range(lanes):
            part[r, i] = min(avail[i] / F32(r + 1) / max(pull[i], TINY), ONE)
            left[i] = max(left[i] - part[r, i] * wished[r, i], ZERO)
    for r in range(last - first):
        for i in range(lanes):
            more = min(left[i], wished[r, i] * (ONE - part[r, i]))
            part[r, i] = min(part[r, i] + more / max(wished[r, i], TINY), ONE)
            left[i] = left[i] - more
