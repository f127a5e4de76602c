"""Convoys: trucks wait at the border, leave under escort or without, meet ambushes, clear customs, queue to unload.

Three ways over the border, by the hauliers' choice:

* columns: k ~ Poisson(columns_per_week * column_rate_factor / 7) a day and theatre, each of at most column_trucks_max
  trucks, for one corridor of the theatre drawn in proportion to the willing trucks that wait times its weight; hazard
  h exp(-escort_deterrence * strength), strength = that laid down * escort_factor;
* small groups of group_trucks without escort: waiting * pass_rate * willing_alone a day (none where escort is needed);
* trickle: single trucks by side roads, waiting * trickle_share a day, hazard h * trickle_hazard.

A group is hit with probability 1 - exp(-h'), h' = h / (1 + h groups / (attack_capacity * strength_factor)): the armed
group can mount only so many attacks a day (A08 is the case of large capacity). A hit group of n trucks loses
X ~ BetaBinomial(n, a, b) with a + b = loss_spread and mean kappa n^gamma, kappa = loss_at_50 / 50^gamma, times
exp(-escort_protection * strength) under escort, at most 98 % of n (science 2.2; A09, A10, A11). After an ambush that
burned trucks, turn_back_share of all survivors of the day on that corridor and way return to the border; gifts go on.
Trucks that get through travel inland, pass customs for customs_h, and queue to unload.
Fuel counts as imported when it crosses the border for good; burned loads are lost.

What pay and insurance cost, in trip fares: hazard_pay * trucks sent + insured_share * truck_value * trucks lost, gifts
left out, day after day.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import (
    F32,
    HALF,
    I32,
    ONE,
    ZERO,
    beta_binomial,
    binomial_hits,
    exp,
    mix64,
    power,
    stream,
    uniform,
)  # fmt: skip
from citerne.process.parties import (
    count_waiting,
    escorted,
    fill_columns,
    form_columns,
    gifted,
    in_groups,
    in_trickle,
    split,
)
from citerne.process.trucks import any_above_zero, litres_per_truck, normal_trucks, whole_trucks

STREAM = 2
DEAL = np.uint64(1 << 20)  # draw beyond those of the hits
COLUMN, ALONE, TRICKLE, GIFT = 0, 1, 2, 3
DAY_H, FIFTY, MOST_LOST, TINY = (np.float32(v) for v in (24, 50, 0.98, 1e-6))

STATE = (
    Field("waiting_trucks", ("corridor", "product"), "i4", "trucks", "Loaded and ready at the border."),
    Field("inland_trucks", ("corridor", "in_slot", "product"), "i4", "trucks", "Under way inland, by day of arrival."),
    Field("customs_trucks", ("corridor", "customs_slot", "product"), "i4", "trucks", "At customs, by day of release."),
    Field("queued_trucks", ("corridor", "product"), "i4", "trucks", "Cleared and waiting to unload."),
    Field("gift_trucks", ("corridor", "out_slot"), "i4", "trucks", "Gift trucks under way, by day at the border."),
    Field("sent_trucks", ("corridor",), "i4", "trucks", "Sent over the border today."),
    Field("destroyed_trucks", ("corridor",), "i4", "trucks", "Destroyed today."),
    Field("arrived_trucks", ("corridor",), "i4", "trucks", "Reached the hub today, before customs."),
    Field("columns_today", ("theatre",), "i4", "columns", "Columns that left under escort today."),
    Field("alone_carry", ("corridor", "way"), "f4", "trucks", "Part of a truck that has not left yet."),
    Field("destroyed_total", ("corridor",), "i4", "trucks", "Destroyed since day 0."),
    Field("gifted_total", ("corridor",), "i4", "trucks", "Gift trucks that joined the fleet since day 0."),
    Field("fares_paid", ("corridor",), "f4", "trip fares", "Hazard pay and insurance since day 0."),
    Field("imported_l", ("product",), "i8", "L", "Crossed the border since day 0."),
    Field("lost_l", ("product",), "i8", "L", "Burned in ambushes since day 0."),
)

PARAMETERS = (
    Parameter("escort_deterrence", "", "Cut of the hazard by an escort of strength 1 (log scale)", "lognormal",
              0.1, 0.4, 1.6, "judgement: army escort did not stop the ambushes of autumn 2025"),
    Parameter("escort_protection", "", "Cut of the loss once hit, strength 1 (log scale)", "uniform", 0.0, 0.2, 0.6,
              "judgement"),
    Parameter("attack_capacity", "1/day", "Ambushes a day the group can mount on one corridor", "lognormal",
              0.05, 0.15, 0.5, "judgement: some fifteen attacks on trucks known in 65 days"),
    Parameter("loss_at_50", "trucks", "Mean loss of a hit group of 50 trucks", "lognormal", 8, 16, 30,
              "judgement from dated attacks of September to November 2025: 9 to 50 trucks"),
    Parameter("size_law_gamma", "", "Growth of the loss with size, 0 none to 1 in proportion", "beta", 0.1, 0.5, 0.9,
              "judgement: Beta(2, 2)", floor=0.0, ceiling=1.0),
    Parameter("loss_spread", "", "a + b of the beta-binomial loss; small is all or nothing", "lognormal", 1, 3, 8,
              "judgement", floor=0.2, ceiling=60),
    Parameter("column_rate_factor", "", "Columns that leave against the rate laid down", "lognormal", 0.7, 1.0, 1.4,
              "judgement"),
    Parameter("group_trucks", "trucks", "Size of a group without escort", "uniform", 3, 6, 12, "judgement"),
    Parameter("pass_rate", "1/day", "Willing trucks that leave the border in a day", "uniform", 0.7, 0.85, 0.98,
              "judgement"),
    Parameter("trickle_share", "1/day", "Waiting trucks that slip through alone", "uniform", 0.0, 0.01, 0.03,
              "judgement"),
    Parameter("trickle_hazard", "", "Hazard of a single truck on side roads against a group", "uniform", 0.1, 0.3, 0.6,
              "judgement"),
    Parameter("turn_back_share", "", "Survivors of an ambush that return to the border", "uniform", 0.0, 0.3, 0.7,
              "judgement"),
)  # fmt: skip


def step(
    day: Any, seed: Any, members: Any, corridor_theatre: Any, foreign_days: Any, inland_days: Any, supply_l: Any,
    hazard: Any, willing_alone: Any, willing_escorted: Any, outbound_trucks: Any, truck_m3: Any, truck_value: Any,
    lever_columns_per_week: Any, lever_column_trucks_max: Any, lever_escort_strength: Any, lever_escort_needed: Any,
    lever_closed: Any, lever_gift_trucks: Any, lever_customs_h: Any, lever_column_weight: Any,
    lever_load_weight: Any, lever_hazard_pay: Any, lever_insured_share: Any,
    escort_factor: Any, strength_factor: Any,
    escort_deterrence: Any, escort_protection: Any, attack_capacity: Any, loss_at_50: Any, size_law_gamma: Any,
    loss_spread: Any, column_rate_factor: Any, group_trucks: Any, pass_rate: Any, trickle_share: Any,
    trickle_hazard: Any, turn_back_share: Any,
    waiting_trucks: Any, inland_trucks: Any, customs_trucks: Any, queued_trucks: Any, gift_trucks: Any,
    sent_trucks: Any, destroyed_trucks: Any, arrived_trucks: Any, columns_today: Any, alone_carry: Any,
    destroyed_total: Any, gifted_total: Any, fares_paid: Any, imported_l: Any, lost_l: Any,
) -> None:  # fmt: skip
    """One day at every border and on every road to a hub."""
    corridors, lanes = hazard.shape
    reach_border(day, supply_l, outbound_trucks, waiting_trucks)
    move_on(day, supply_l, lever_customs_h, inland_trucks, customs_trucks, queued_trucks, arrived_trucks)
    in_column = np.zeros((corridors, lanes), np.int32)
    columns = np.zeros((corridors, lanes), np.int32)
    guard = np.empty((columns_today.shape[0], lanes), np.float32)
    shield = np.empty((columns_today.shape[0], lanes), np.float32)
    for t in range(columns_today.shape[0]):
        form_columns(day, seed, members, t, corridor_theatre, supply_l, lever_columns_per_week[t], column_rate_factor,
                     lever_column_trucks_max[t], lever_column_weight, willing_escorted, lever_closed, waiting_trucks,
                     columns_today[t], in_column, columns)  # fmt: skip
        deter(escort_deterrence, lever_escort_strength[t], escort_factor, guard[t], shield[t])
    trucks = np.zeros(lanes, np.int32)
    groups = np.zeros(lanes, np.int32)
    waiting = np.zeros(lanes, np.int32)
    risk = np.zeros(lanes, np.float32)
    hit = np.zeros(lanes, np.int32)
    crossed = np.zeros((supply_l.shape[1], lanes), np.int32)
    taken = np.zeros((supply_l.shape[1], lanes), np.int32)
    for c in range(corridors):
        t = corridor_theatre[c]
        slot = (day + inland_days[c]) % inland_trucks.shape[1]
        here = day % gift_trucks.shape[1]
        leaving = (day + foreign_days[c]) % gift_trucks.shape[1]
        for i in range(lanes):
            sent_trucks[c, i] = 0
            destroyed_trucks[c, i] = 0
        # before the crossing: where the source lies at the border, today's gifts cross today
        if carries(supply_l[c]):
            for i in range(lanes):
                gift_trucks[c, leaving, i] += I32(lever_gift_trucks[c, i])
        for way in range(4):
            if way == COLUMN:
                escorted(in_column[c], columns[c], trucks, groups)
            elif way == GIFT:
                add_fares(lever_hazard_pay[c], lever_insured_share[c], truck_value, sent_trucks[c], destroyed_trucks[c],
                          fares_paid[c])  # fmt: skip
                gifted(gift_trucks[c, here], trucks, groups)
            else:
                count_waiting(supply_l[c], waiting_trucks[c], waiting)
                if way == ALONE:
                    in_groups(waiting, willing_alone[c], lever_closed[c], lever_escort_needed[t], pass_rate,
                              group_trucks, alone_carry[c, 0], trucks, groups)  # fmt: skip
                else:
                    in_trickle(waiting, lever_closed[c], trickle_share, alone_carry[c, 1], trucks, groups)
            if not any_above_zero(trucks):
                continue
            expose(way, hazard[c], shield[t], trickle_hazard, attack_capacity, strength_factor, groups, risk)
            cross(day, seed, members, c, way, trucks, groups, risk, guard[t], escort_protection,
                  loss_at_50, size_law_gamma, loss_spread, turn_back_share, truck_m3, supply_l[c],
                  lever_load_weight, waiting_trucks[c], inland_trucks[c, slot], sent_trucks[c],
                  destroyed_trucks[c], crossed, lost_l, taken, hit)  # fmt: skip
        for i in range(lanes):
            gifted_total[c, i] += gift_trucks[c, here, i]
            gift_trucks[c, here, i] = 0
            destroyed_total[c, i] += destroyed_trucks[c, i]
    for f in range(supply_l.shape[1]):
        for i in range(lanes):
            imported_l[f, i] += np.int64(crossed[f, i]) * np.int64(litres_per_truck(truck_m3[i]))


def carries(supply_l: Any) -> Any:
    """Whether a corridor brings any product; gifts on one that brings none would have nothing to load."""
    any_product = False
    for f in range(supply_l.shape[0]):
        any_product |= supply_l[f] > ZERO
    return any_product


def add_fares(
    hazard_pay: Any, insured_share: Any, truck_value: Any, sent: Any, destroyed: Any, fares_paid: Any
) -> None:  # fmt: skip
    """Add what pay and insurance of one corridor cost today, before gifts cross."""
    for i in range(fares_paid.shape[0]):
        pay = hazard_pay[i] * F32(sent[i])
        fares_paid[i] += pay + insured_share[i] * truck_value[i] * F32(destroyed[i])


def deter(escort_deterrence: Any, escort_strength: Any, escort_factor: Any, guard: Any, shield: Any) -> None:
    """Strength of the escorts of one theatre, and what they leave of the hazard."""
    for i in range(shield.shape[0]):
        guard[i] = escort_strength[i] * escort_factor[i]
        shield[i] = exp(-escort_deterrence[i] * guard[i])


def expose(
    way: Any, hazard: Any, shield: Any, trickle_hazard: Any, attack_capacity: Any, strength_factor: Any, groups: Any,
    risk: Any,
) -> None:  # fmt: skip
    """Hazard of one group, with what escort or side roads take away and what the armed group can mount at most."""
    for i in range(risk.shape[0]):
        cut = trickle_hazard[i] if way == TRICKLE else (ONE if way == ALONE else shield[i])
        h = hazard[i] * cut
        capacity = max(attack_capacity[i] * strength_factor[i], TINY)
        risk[i] = h / (ONE + h * F32(groups[i]) / capacity)


def reach_border(day: Any, supply_l: Any, outbound_trucks: Any, waiting_trucks: Any) -> None:
    """Trucks due today join those that wait."""
    slot = day % outbound_trucks.shape[1]
    for c in range(waiting_trucks.shape[0]):
        for f in range(waiting_trucks.shape[1]):
            if supply_l[c, f] > ZERO:
                for i in range(waiting_trucks.shape[2]):
                    waiting_trucks[c, f, i] += outbound_trucks[c, slot, f, i]
                    outbound_trucks[c, slot, f, i] = 0


def move_on(
    day: Any, supply_l: Any, lever_customs_h: Any, inland_trucks: Any, customs_trucks: Any, queued_trucks: Any,
    arrived_trucks: Any,
) -> None:  # fmt: skip
    """Arrivals of the day go to customs, releases of the day to the unloading queue."""
    slot = day % inland_trucks.shape[1]
    slots = customs_trucks.shape[1]
    today = day % slots
    corridors, products, lanes = queued_trucks.shape
    release = np.empty(lanes, np.int32)  # slot in which trucks that arrive today leave customs
    alike = True
    for i in range(lanes):
        release[i] = (day + I32(lever_customs_h[i] / DAY_H + HALF)) % slots
        alike &= release[i] == release[0]
    for c in range(corridors):
        for i in range(lanes):
            arrived_trucks[c, i] = 0
        for f in range(products):
            if supply_l[c, f] <= ZERO:
                continue
            for i in range(lanes):
                arrived_trucks[c, i] += inland_trucks[c, slot, f, i]
            if alike:  # the same dwell in every future: one row of customs, which the compiler can take in strides
                enter(inland_trucks[c, slot, f], customs_trucks[c, release[0], f])
            else:
                for i in range(lanes):
                    customs_trucks[c, release[i], f, i] += inland_trucks[c, slot, f, i]
                    inland_trucks[c, slot, f, i] = 0
            enter(customs_trucks[c, today, f], queued_trucks[c, f])


def enter(source: Any, goal: Any) -> None:
    """Move all trucks of each future from one place to another; both have shape (member,)."""
    for i in range(source.shape[0]):
        goal[i] += source[i]
        source[i] = 0


def cross(
    day: Any, seed: Any, members: Any, c: Any, way: Any, trucks: Any, groups: Any, risk: Any, guard: Any,
    escort_protection: Any, loss_at_50: Any, size_law_gamma: Any, loss_spread: Any, turn_back_share: Any,
    truck_m3: Any, supply_l: Any, load_weight: Any, waiting: Any, inland: Any, sent: Any, destroyed: Any,
    crossed: Any, lost_l: Any, taken: Any, hit: Any,
) -> None:  # fmt: skip
    """Take trucks from those that wait, draw ambushes, and put survivors on the road or back to the border.

    `waiting`, `inland` and `crossed` (trucks that count as imported) have shape (product, member). Products leave in
    proportion to what waits (columns: by weight; gifts: to what the corridor carries), burn and turn back in proportion
    to what left, by cumulative rounding. `taken` and `hit` are work space: who is hit is marked for all futures at
    once, and the costly draws are made for those alone.
    """
    products, lanes = waiting.shape
    if way == COLUMN:
        fill_columns(waiting, supply_l, load_weight, trucks, taken)
    else:
        split(waiting, supply_l, trucks, way == GIFT, taken)
    for f in range(products):
        if supply_l[f] > ZERO:
            if way != GIFT:
                for i in range(lanes):
                    waiting[f, i] -= taken[f, i]
            for i in range(lanes):
                inland[f, i] += taken[f, i]
                crossed[f, i] += taken[f, i]
    key = stream(seed, STREAM, c, day, 2 + way)
    some = I32(0)
    for i in range(lanes):
        sent[i] += trucks[i]
        exposure = risk[i] * F32(groups[i])
        struck = (uniform(key, members[i]) > exp(-exposure) - TINY) & (exposure > ZERO) & (trucks[i] > 0)
        hit[i] = I32(1) if struck else I32(0)
        some = max(some, hit[i])
    if some == 0:
        return
    for i in range(lanes):
        if hit[i] > 0:
            escort = guard[i] if way in (COLUMN, GIFT) else ZERO
            lost = ambushed(uniform(key, members[i]), key, members[i], trucks[i], groups[i], risk[i], escort,
                            escort_protection[i], loss_at_50[i], size_law_gamma[i], loss_spread[i])  # fmt: skip
            if lost == 0:
                continue
            destroyed[i] += lost
            back = I32(F32(trucks[i] - lost) * turn_back_share[i]) if way != GIFT else I32(0)
            litres = np.int64(litres_per_truck(truck_m3[i]))
            start_at = uniform(mix64(key + DEAL), members[i])
            undo(i, start_at, trucks[i], lost, back, litres, supply_l, taken, waiting, inland, crossed, lost_l)


def undo(
    i: Any, start_at: Any, trucks: Any, lost: Any, back: Any, litres: Any, supply_l: Any, taken: Any, waiting: Any,
    inland: Any, crossed: Any, lost_l: Any,
) -> None:  # fmt: skip
    """Take the burned trucks, and those that turn back, of one future off the road again.

    Products burn in proportion to what left, and turn back in proportion to what survived, by cumulative rounding from
    a drawn start in (0, 1): floor(n C_f / C + start), so that on average every product gets its exact share.
    """
    left, kept = 0, 0
    burned_before, back_before = I32(0), I32(0)
    survivors = trucks - lost
    for f in range(taken.shape[0]):
        if supply_l[f] > ZERO and taken[f, i] > 0:
            left += taken[f, i]
            burned_upto = I32(np.float64(lost) * left / trucks + start_at)
            burned = burned_upto - burned_before
            burned_before = burned_upto
            kept += taken[f, i] - burned
            back_upto = I32(np.float64(back) * kept / max(survivors, 1) + start_at)
            turned = back_upto - back_before
            back_before = back_upto
            inland[f, i] -= burned + turned
            waiting[f, i] += turned
            crossed[f, i] -= turned
            lost_l[f, i] += burned * litres


def ambushed(
    u: Any, key: Any, member: Any, trucks: Any, groups: Any, risk: Any, guard: Any, escort_protection: Any,
    loss_at_50: Any, size_law_gamma: Any, loss_spread: Any,
) -> Any:  # fmt: skip
    """Trucks lost by one future on one way and day, given the uniform that decides how many groups are hit."""
    hits = binomial_hits(u, groups, risk)
    shelter = exp(-escort_protection * guard) if guard > ZERO else ONE
    lost = I32(0)
    for hit in range(hits):
        # groups differ by at most one truck; the larger ones come first
        size = I32((trucks + groups - 1 - hit) // groups)
        mean = loss_at_50 * power(F32(size) / FIFTY, size_law_gamma) * shelter
        share = min(mean / F32(size), MOST_LOST)
        v = uniform(mix64(key + np.uint64(hit + 1)), member)
        lost += beta_binomial(v, size, share * loss_spread, (ONE - share) * loss_spread)
    return min(lost, trucks)


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Steady trade: inland roads and customs filled at the normal rhythm, and those at the border who leave tomorrow.

    With n trucks a day and a share r leaving each day, n (1 - r) / r wait on the evening of a calm day.
    """
    supply = world.constants["supply_l"]
    customs_days = int(world.constants["plan_customs_h"][0, 0, 0] / 24 + 0.5)
    for c in range(supply.shape[0]):
        normal = normal_trucks(supply[c][:, None], parameters["demand_factor"], parameters["truck_m3"])
        inside = int(world.constants["inland_days"][c])
        trips = whole_trucks(normal, max(inside, customs_days))
        state["inland_trucks"][c, :inside] = trips[:inside]
        state["customs_trucks"][c, :customs_days] = trips[:customs_days]
        stay = (1 - parameters["pass_rate"].astype(np.float64)) / parameters["pass_rate"]
        state["waiting_trucks"][c] = np.floor(normal * stay).astype(np.int32)


PROCESS = Process("convoys", "Border, escort, ambush, customs", STATE, PARAMETERS, step, start)
