"""Allocation, for one future: corridors unload, legs deliver, feeders order and ship, the day's groups travel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.engine.kernel import exp, power
from citerne.process.reference.draws import trucks_lost
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added

STREAM = 3
QUIET, CAMPAIGN, TRUCE = 0, 1, 2
SIZE_OF_LAW, MOST_LOST, THIRD = F32(50), F32(0.98), F32(1 / 3)
OF_AMBUSH, OF_DARING, FIRST_HIT = 0, 1, 1  # which draw of a leg


def one_day(future: Future) -> None:
    """The day of every tank and leg."""
    state, fixed = future.state, future.constants
    places, products = state.stock_l.shape
    legs = range(len(fixed.leg_from))
    state.received_l[:] = 0
    fence_off(future)
    for corridor in range(len(fixed.hub)):
        for product in range(products):
            if fixed.supply_l[corridor, product] > ZERO:
                unload(future, corridor, product)
    for leg in legs:
        deliver(future, leg)
    shipped = {leg: [0] * products for leg in legs}
    for feeder in range(places):
        own_legs = [leg for leg in legs if fixed.leg_from[leg] == feeder]
        for product in range(products):
            ship(future, feeder, product, own_legs, shipped)
    for leg in legs:
        travel(future, leg, shipped[leg])


def fence_off(future: Future) -> None:
    """Days of need that only reserved users may touch, in whole litres of every tank."""
    state, fixed = future.state, future.constants
    for place, product in np.ndindex(*state.fenced_l.shape):
        pool = state.lever_pool_days[place] * fixed.reserved_l[place, product]
        kept = state.lever_reserve_keep_days[place] * fixed.demand_l[place, product]
        state.fenced_l[place, product] = int((pool + kept) * future.parameters.demand_factor)


def room(future: Future, place: int, product: int) -> int:
    """Free tank space, litres."""
    return max(int(future.constants.capacity_l[place, product]) - int(future.state.stock_l[place, product]), 0)


def order_up_to(future: Future, place: int, product: int, days: Any) -> Any:
    """Float32 litres: `days` of need, the fed places' included, or the opening stock if more; at most the tank."""
    fixed = future.constants
    wanted = max(fixed.through_l[place, product] * days, fixed.opening_l[place, product])
    return min(wanted * future.parameters.demand_factor, F32(fixed.capacity_l[place, product]))


def gap(future: Future, place: int, product: int) -> int:
    """Whole litres missing to the order-up-to level."""
    level = int(order_up_to(future, place, product, future.parameters.target_days))
    missing = max(level - int(future.state.stock_l[place, product]), 0)
    return min(missing, room(future, place, product))


def fill(future: Future, place: int, product: int, litres: int) -> None:
    """Litres into a tank."""
    future.state.stock_l[place, product] += litres
    future.state.received_l[place, product] += litres


def unload(future: Future, corridor: int, product: int) -> None:
    """Whole trucks unload as far as drops want it and the hub has room; the drops are served first."""
    state, fixed = future.state, future.constants
    hub = int(fixed.hub[corridor])
    on_the_way = range(fixed.drop_pointers[corridor], fixed.drop_pointers[corridor + 1])
    drops = [(int(fixed.drop_place[k]), fixed.drop_weight[k]) for k in on_the_way]
    gaps = [gap(future, place, product) for place, _weight in drops]
    space = room(future, hub, product) + sum(gaps)
    trucks = min(int(state.queued_trucks[corridor, product]), space // future.tanker_l())
    load = left = trucks * future.tanker_l()
    pulls = [weight * F32(wanted) for (_place, weight), wanted in zip(drops, gaps, strict=True)]
    total = max(added([*pulls, gap(future, hub, product)]), ONE)
    for (place, _weight), wanted, pull in zip(drops, gaps, pulls, strict=True):
        part = min(int(F32(load) * (pull / total)), wanted, left)
        fill(future, place, product, part)
        left -= part
    into_hub = min(left, room(future, hub, product))
    fill(future, hub, product, into_hub)
    left -= into_hub
    for place, _weight in drops:  # what the hub has no room for
        part = min(left, gap(future, place, product))
        fill(future, place, product, part)
        left -= part
    assert left == 0  # there was room for every truck that unloaded
    state.unloaded_l[corridor, product] = load
    state.queued_trucks[corridor, product] -= trucks
    home = future.day + fixed.inland_days[corridor] + fixed.foreign_days[corridor]
    state.returning_trucks[corridor, home % state.returning_trucks.shape[1]] += trucks


def deliver(future: Future, leg: int) -> None:
    """Loads due today go into the tank, as far as there is room; the rest waits a day; trucks come home."""
    state, day = future.state, future.day
    town = int(future.constants.leg_to[leg])
    loads, trips = state.leg_load_l[leg], state.leg_back_trucks[leg]
    today, tomorrow = loads[day % len(loads)], loads[(day + 1) % len(loads)]
    for product in range(len(today)):
        litres = min(int(today[product]), room(future, town, product))
        fill(future, town, product, litres)
        state.leg_way_l[leg, product] -= litres
        tomorrow[product] += today[product] - litres
        today[product] = 0
    state.leg_idle_trucks[leg] += trips[day % len(trips)]
    trips[day % len(trips)] = 0
    state.leg_sent_trucks[leg] = state.leg_destroyed_trucks[leg] = 0


@dataclass
class Order:
    """What a fed place asks of its feeder today, float32 litres, and its weight among the legs."""

    leg: int
    litres: Any
    weight: Any


def ordered(future: Future, leg: int, product: int) -> Order:
    """The order of one leg; nothing while it is too small for a trip, the leg is shut, or drivers do not dare."""
    state, fixed, par = future.state, future.constants, future.parameters
    town, theatre = int(fixed.leg_to[leg]), int(fixed.leg_theatre[leg])
    need = fixed.through_l[town, product] * par.demand_factor
    level = order_up_to(future, town, product, par.target_days + F32(fixed.leg_days[leg]))
    missing = level - F32(state.stock_l[town, product]) - F32(state.leg_way_l[leg, product])
    lot = min(F32(future.tanker_l()), level * THIRD)
    weight = fixed.leg_weight[leg] * state.lever_leg_weight[town]
    g = {QUIET: par.quiet_factor, CAMPAIGN: ONE, TRUCE: par.truce_factor}[int(state.regime[theatre])]
    daring = exp(-par.leg_fear * state.lever_leg_blockade[theatre] * g)
    goes = future.luck(STREAM, leg, OF_DARING) < daring and state.lever_leg_closed[town] <= HALF and missing >= lot
    return Order(leg, min(missing, max(need * par.leg_days_max, lot)) if goes else ZERO, weight)


def ship(future: Future, feeder: int, product: int, legs: list[int], shipped: dict[int, list[int]]) -> None:
    """A feeder fills orders, or shares what exceeds its reserve among them by weight, in whole trucks of each leg."""
    state, fixed, par = future.state, future.constants, future.parameters
    others = fixed.through_l[feeder, product] - fixed.demand_l[feeder, product]
    open_days = state.lever_loading_max[feeder]
    gate = math.inf if open_days < ZERO else open_days * others * par.demand_factor
    orders = [ordered(future, leg, product) for leg in legs if fixed.through_l[fixed.leg_to[leg], product] > ZERO]
    own = fixed.demand_l[feeder, product]
    days_kept = par.reserve_days if state.lever_hub_reserve_days < ZERO else state.lever_hub_reserve_days[()]
    reserve = max(days_kept * own * par.demand_factor, F32(state.fenced_l[feeder, product]))
    pull = ZERO
    for order in orders:
        pull = pull + order.litres * order.weight
    for order in orders:  # one after the other: what an order left over is there for those that follow
        stock = int(state.stock_l[feeder, product])
        ratio = min(max(F32(stock) - reserve, ZERO), gate) / max(pull, ONE)
        litres = min(int(min(order.litres, order.litres * order.weight * ratio)), stock)
        trucks = min(math.ceil(F32(litres) / F32(future.tanker_l())), int(state.leg_idle_trucks[order.leg]))
        litres = min(litres, trucks * future.tanker_l())
        pull = pull - order.litres * order.weight
        gate = gate - F32(litres)
        state.stock_l[feeder, product] -= litres
        state.leg_idle_trucks[order.leg] -= trucks
        state.leg_sent_trucks[order.leg] += trucks
        shipped[order.leg][product] = litres


def travel(future: Future, leg: int, shipped: list[int]) -> None:
    """The day's trucks of a leg drive as one group; survivors are home after twice the travel time."""
    state, fixed = future.state, future.constants
    trucks, days = int(state.leg_sent_trucks[leg]), int(fixed.leg_days[leg])
    lost = ambushed(future, leg, trucks)
    loads, trips = state.leg_load_l[leg], state.leg_back_trucks[leg]
    for product, litres in enumerate(shipped):
        burned = litres * lost // trucks if trucks else 0
        loads[(future.day + days) % len(loads), product] += litres - burned
        state.leg_way_l[leg, product] += litres - burned
        state.leg_lost_l[product] += burned
    state.leg_destroyed_trucks[leg] = lost
    state.leg_destroyed_total[leg] += lost
    trips[(future.day + 2 * days) % len(trips)] += trucks - lost


def ambushed(future: Future, leg: int, trucks: int) -> int:
    """Trucks that the day's group of a leg loses: none, or a beta-binomial number by the size law."""
    par = future.parameters
    unhurt = exp(-future.state.leg_hazard[leg])
    if trucks == 0 or future.luck(STREAM, leg, OF_AMBUSH) <= unhurt:
        return 0
    mean = par.loss_at_50 * power(F32(trucks) / SIZE_OF_LAW, par.size_law_gamma)
    share = min(mean / F32(trucks), MOST_LOST)
    u = future.luck(STREAM, leg, OF_AMBUSH, FIRST_HIT)
    return trucks_lost(float(u), trucks, float(share * par.loss_spread), float((ONE - share) * par.loss_spread))
