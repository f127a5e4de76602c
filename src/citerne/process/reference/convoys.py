"""Convoys, for one future: every party of trucks that crosses a border today, what it meets, and where it goes."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any

from citerne.engine.kernel import exp, power
from citerne.process.reference.draws import groups_hit, poisson, trucks_lost
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added, dealt

DEAL = 1 << 20  # draw that says where the dealing of lost trucks over products starts
STREAM = 2
DAYS_OF_WEEK, HOURS, SIZE_OF_LAW, MOST_LOST, LEAST_CAPACITY = (F32(v) for v in (7, 24, 50, 0.98, 1e-6))


class Way(IntEnum):
    """How a party crosses; the order is that of the day, and the number is part of its random stream."""

    COLUMN = 0
    ALONE = 1
    TRICKLE = 2
    GIFT = 3


@dataclass
class Party:
    """Trucks that cross one border today in one way, in groups that are ambushed or not each for itself."""

    way: Way
    trucks: int
    groups: int


def one_day(future: Future) -> None:
    """One day at every border and on every road to a hub."""
    state, fixed = future.state, future.constants
    corridors = range(len(fixed.corridor_theatre))
    for corridor in corridors:
        reach_border(future, corridor)
        move_on(future, corridor)
        state.sent_trucks[corridor] = state.destroyed_trucks[corridor] = 0
    columns = {c: Party(Way.COLUMN, 0, 0) for c in corridors}
    for theatre in range(len(state.columns_today)):
        form_columns(future, theatre, columns)
    for corridor in corridors:
        gifts = gifts_due(future, corridor)
        cross(future, corridor, columns[corridor])
        cross(future, corridor, alone(future, corridor, Way.ALONE))
        cross(future, corridor, alone(future, corridor, Way.TRICKLE))
        pay_hauliers(future, corridor)
        cross(future, corridor, gifts)
        state.destroyed_total[corridor] += state.destroyed_trucks[corridor]


def reach_border(future: Future, corridor: int) -> None:
    """Loaded trucks due today join those that wait."""
    ring = future.state.outbound_trucks[corridor]
    today = future.day % len(ring)
    future.state.waiting_trucks[corridor] += ring[today]
    ring[today] = 0


def move_on(future: Future, corridor: int) -> None:
    """From the road to customs for customs_h, rounded to days; from customs to the unloading queue."""
    state, day = future.state, future.day
    road, customs = state.inland_trucks[corridor], state.customs_trucks[corridor]
    arriving = road[day % len(road)]
    state.arrived_trucks[corridor] = arriving.sum()
    dwell = int(state.lever_customs_h / HOURS + HALF)
    customs[(day + dwell) % len(customs)] += arriving
    arriving[:] = 0
    released = customs[day % len(customs)]
    state.queued_trucks[corridor] += released
    released[:] = 0


def form_columns(future: Future, theatre: int, columns: dict[int, Party]) -> None:
    """Draw the day's columns of a theatre and the one corridor that they leave by."""
    state, fixed, par = future.state, future.constants, future.parameters
    ready = {}
    for corridor, its_theatre in enumerate(fixed.corridor_theatre):
        if its_theatre == theatre:
            standing = F32(state.waiting_trucks[corridor].sum())
            willing = math.floor(standing * state.willing_escorted[corridor] + HALF)
            ready[corridor] = 0 if state.lever_closed[corridor] > HALF else willing
    state.columns_today[theatre] = 0
    pulls = [F32(trucks) * state.lever_column_weight[corridor] for corridor, trucks in ready.items()]
    if not added(pulls):
        return
    rate = state.lever_columns_per_week[theatre] * par.column_rate_factor / DAYS_OF_WEEK
    k = poisson(float(future.luck(STREAM, theatre, 0)), float(rate))
    mark = future.luck(STREAM, theatre, 1) * added(pulls)
    for n, (corridor, trucks) in enumerate(ready.items()):
        if mark < added(pulls[: n + 1]):
            size = int(min(F32(k) * state.lever_column_trucks_max[theatre], F32(trucks)))
            columns[corridor] = Party(Way.COLUMN, size, min(k, size))
            state.columns_today[theatre] = columns[corridor].groups
            return


def gifts_due(future: Future, corridor: int) -> Party:
    """Gift trucks set out today; those due today cross in one column and then belong to the fleet."""
    state, fixed = future.state, future.constants
    ring = state.gift_trucks[corridor]
    if any(fixed.supply_l[corridor] > ZERO):
        ring[(future.day + fixed.foreign_days[corridor]) % len(ring)] += int(state.lever_gift_trucks[corridor])
    today = future.day % len(ring)
    trucks, ring[today] = int(ring[today]), 0
    state.gifted_total[corridor] += trucks
    return Party(Way.GIFT, trucks, 1 if trucks else 0)


def alone(future: Future, corridor: int, way: Way) -> Party:
    """Small groups, or single trucks on side roads; the part of a truck that is left over leaves another day."""
    state, par = future.state, future.parameters
    theatre = future.constants.corridor_theatre[corridor]
    if way == Way.ALONE:
        share, size = state.willing_alone[corridor] * par.pass_rate, par.group_trucks
        shut = state.lever_closed[corridor] > HALF or state.lever_escort_needed[theatre] > HALF
    else:
        share, size = par.trickle_share, ONE
        shut = state.lever_closed[corridor] > HALF
    waiting = int(state.waiting_trucks[corridor].sum())
    wanted = state.alone_carry[corridor, way - 1] + (ZERO if shut else F32(waiting) * share)
    trucks = min(int(wanted), waiting)
    state.alone_carry[corridor, way - 1] = min(wanted - F32(trucks), ONE)
    return Party(way, trucks, math.ceil(F32(trucks) / size))


def cross(future: Future, corridor: int, party: Party) -> None:
    """A party leaves the border, meets its ambushes, and goes on, back, or up in flames, product by product."""
    if party.trucks == 0:
        return
    state, fixed, par = future.state, future.constants, future.parameters
    lost = meet_ambushes(future, corridor, party)
    back = int(F32(party.trucks - lost) * par.turn_back_share) if lost and party.way != Way.GIFT else 0
    left = loads(future, corridor, party)
    start = float(future.luck(STREAM, corridor, 2 + party.way, DEAL)) if lost else 0.0
    burned = dealt(lost, left, start)
    turned = dealt(back, [a - b for a, b in zip(left, burned, strict=True)], start)
    state.sent_trucks[corridor] += party.trucks
    state.destroyed_trucks[corridor] += lost
    road = state.inland_trucks[corridor]
    arrival = (future.day + fixed.inland_days[corridor]) % len(road)
    for product in range(len(left)):
        crossed = left[product] - turned[product]
        if party.way != Way.GIFT:
            state.waiting_trucks[corridor, product] -= crossed
        road[arrival, product] += crossed - burned[product]
        state.imported_l[product] += crossed * future.tanker_l()
        state.lost_l[product] += burned[product] * future.tanker_l()


def loads(future: Future, corridor: int, party: Party) -> list[int]:
    """Trucks of each product in a party: in proportion to those waiting; gifts to what the corridor normally brings."""
    if party.way == Way.COLUMN:
        return places_in_column(future, corridor, party.trucks)
    if party.way != Way.GIFT:
        return dealt(party.trucks, [int(n) for n in future.state.waiting_trucks[corridor]])
    supply = future.constants.supply_l[corridor]
    upto = [Fraction(float(added(supply[: product + 1]))) for product in range(len(supply))]
    ends = [0, *(math.floor(party.trucks * mark / upto[-1]) for mark in upto)]
    return [end - start for start, end in itertools.pairwise(ends)]


def places_in_column(future: Future, corridor: int, places: int) -> list[int]:
    """Products share a column by waiting trucks times weight; places that one cannot fill go to the others in order."""
    waiting = [int(n) for n in future.state.waiting_trucks[corridor]]
    pulls = [n * Fraction(float(w)) for n, w in zip(waiting, future.state.lever_load_weight, strict=True)]
    upto = list(itertools.accumulate(pulls))
    ends = [0, *(math.floor(places * mark / upto[-1]) if upto[-1] else 0 for mark in upto)]
    loaded = [min(end - start, n) for (start, end), n in zip(itertools.pairwise(ends), waiting, strict=True)]
    for product, n in enumerate(waiting):
        loaded[product] += min(places - sum(loaded), n - loaded[product])
    return loaded


def pay_hauliers(future: Future, corridor: int) -> None:
    """Hazard pay for trips, insurance for losses, in trip fares; gifts have not crossed yet."""
    state = future.state
    pay = state.lever_hazard_pay[corridor] * F32(state.sent_trucks[corridor])
    insured = state.lever_insured_share[corridor] * future.parameters.truck_value
    state.fares_paid[corridor] += pay + insured * F32(state.destroyed_trucks[corridor])


def meet_ambushes(future: Future, corridor: int, party: Party) -> int:
    """Trucks destroyed: which groups are hit, and what each of them loses by the size law."""
    state, par = future.state, future.parameters
    escorted = party.way in (Way.COLUMN, Way.GIFT)
    theatre = future.constants.corridor_theatre[corridor]
    strength = state.lever_escort_strength[theatre] * state.escort_factor if escorted else ZERO
    cut = par.trickle_hazard if party.way == Way.TRICKLE else exp(-par.escort_deterrence * strength)
    h = state.hazard[corridor] * cut
    capacity = max(par.attack_capacity * state.strength_factor, LEAST_CAPACITY)
    h = h / (ONE + h * F32(party.groups) / capacity)  # the group can mount only so many attacks
    draw = 2 + party.way
    hits = groups_hit(float(future.luck(STREAM, corridor, draw)), party.groups, float(h))
    lost = 0
    for hit in range(hits):
        size = party.trucks // party.groups + (1 if hit < party.trucks % party.groups else 0)
        u = future.luck(STREAM, corridor, draw, hit + 1)
        lost += loss_of_group(future, size, exp(-par.escort_protection * strength), u)
    return lost


def loss_of_group(future: Future, size: int, protection: Any, u: Any) -> int:
    """Beta-binomial loss of one hit group, mean loss_at_50 (n / 50)^gamma times what protection leaves."""
    par = future.parameters
    mean = par.loss_at_50 * power(F32(size) / SIZE_OF_LAW, par.size_law_gamma) * protection
    share = min(mean / F32(size), MOST_LOST)
    return trucks_lost(float(u), size, float(share * par.loss_spread), float((ONE - share) * par.loss_spread))
