"""Allocation: who gets what arrives, and what travels on to the towns.

Unloading. Of the litres L that a corridor brings of one product, each place on the way (drop) takes
min(gap, L w gap / sum(w gap)), gap = order-up-to level minus stock, w its weight; the hub takes the rest. Trucks that
find no room wait in the queue. Order-up-to level = target_days of normal demand, the fed places' included, or the
opening stock of the table if that is more (mines hold a month), at most the tank. Unloaded trucks drive home.

Onward legs. A fed place orders gap minus what is under way, with the days of travel added to target_days, once that
fills a truck or a third of its order-up-to level, at most leg_days_max days of demand (or that lot) at a time. Drivers
set out on a day with probability exp(-leg_fear * leg blockade * regime factor). The feeder ships from what
exceeds its reserve, split by weight w: ship = min(order, w order * available / sum(w order)).
Loads travel in trucks of one tanker's volume, at most the idle trucks of the leg; the day's trucks of a leg are one
group, hit with probability 1 - exp(-leg_hazard), losing a beta-binomial number of trucks as on corridors.
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
    exp,
    mix64,
    power,
    stream,
    uniform,
)  # fmt: skip
from citerne.process.trucks import litres_per_truck, normal_trucks

STREAM = 3
FIFTY, MOST_LOST, THIRD = np.float32(50), np.float32(0.98), np.float32(1 / 3)
FIRST_HIT = np.uint64(1)

STATE = (
    Field("stock_l", ("place", "product"), "i4", "L", "Usable stock at the end of the day."),
    Field("unloaded_l", ("corridor", "product"), "i4", "L", "Unloaded from the corridor today."),
    Field("leg_load_l", ("leg", "leg_slot", "product"), "i4", "L", "Under way on the leg, by day of arrival."),
    Field("leg_way_l", ("leg", "product"), "i4", "L", "Under way on the leg in all."),
    Field("leg_idle_trucks", ("leg",), "i4", "trucks", "Free trucks of the leg."),
    Field("leg_back_trucks", ("leg", "leg_back_slot"), "i4", "trucks", "Trucks out on the leg, by day of return."),
    Field("leg_sent_trucks", ("leg",), "i4", "trucks", "Sent on the leg today."),
    Field("leg_destroyed_trucks", ("leg",), "i4", "trucks", "Destroyed on the leg today."),
    Field("leg_destroyed_total", ("leg",), "i4", "trucks", "Destroyed on the leg since day 0."),
    Field("leg_lost_l", ("product",), "i8", "L", "Burned on legs since day 0."),
    Field("received_l", ("place", "product"), "i4", "L", "Taken into the place's tanks today."),
)

PARAMETERS = (
    Parameter("opening_factor_hub", "", "Opening stock at the hub against the table", "lognormal", 0.8, 1.0, 1.25,
              "judgement: 11-13 days in the capital fitted the autumn of 2025"),
    Parameter("opening_factor_towns", "", "Opening stock elsewhere against the table", "lognormal", 0.65, 1.0, 1.5,
              "judgement"),
    Parameter("target_days", "days", "Days of demand that depots order up to", "uniform", 9, 12, 16, "judgement"),
    Parameter("leg_days_max", "days", "Days of demand sent on a leg at a time", "uniform", 1.2, 1.6, 2.5, "judgement"),
    Parameter("reserve_days", "days", "Days of its own demand that a feeder keeps back", "uniform", 0.5, 3, 7,
              "judgement: the capital first"),
    Parameter("leg_fear", "", "Cut of onward trips by pressure on the leg (log scale)", "uniform", 0.5, 2.0, 4.0,
              "judgement: regional towns ran dry weeks before the capital"),
    Parameter("leg_fleet_days", "days", "Leg trucks beyond normal need, in days of turn-round", "uniform", 1, 2, 4,
              "judgement"),
)  # fmt: skip


def step(
    day: Any, seed: Any, members: Any, hub: Any, inland_days: Any, foreign_days: Any, supply_l: Any,
    drop_pointers: Any, drop_place: Any, drop_weight: Any, leg_from: Any,
    leg_pointers: Any, leg_order: Any, leg_to: Any, leg_days: Any, leg_weight: Any,
    leg_theatre: Any, demand_l: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any, truck_m3: Any,
    queued_trucks: Any, returning_trucks: Any, leg_hazard: Any, regime: Any, quiet_factor: Any, truce_factor: Any,
    lever_leg_blockade: Any, lever_leg_closed: Any, lever_leg_weight: Any, lever_hub_reserve_days: Any,
    target_days: Any, leg_days_max: Any, reserve_days: Any, leg_fear: Any, loss_at_50: Any, size_law_gamma: Any,
    loss_spread: Any,
    stock_l: Any, unloaded_l: Any, leg_load_l: Any, leg_way_l: Any, leg_idle_trucks: Any, leg_back_trucks: Any,
    leg_sent_trucks: Any, leg_destroyed_trucks: Any, leg_destroyed_total: Any, leg_lost_l: Any, received_l: Any,
) -> None:  # fmt: skip
    """Unload corridors, receive and send onward legs."""
    places, products, lanes = stock_l.shape
    received_l[:] = 0
    for c in range(hub.shape[0]):
        back = (day + inland_days[c] + foreign_days[c]) % returning_trucks.shape[1]
        first, last = drop_pointers[c], drop_pointers[c + 1]
        for f in range(products):
            if supply_l[c, f] > ZERO:
                unload(hub[c], f, drop_place[first:last], drop_weight[first:last], through_l, opening_l,
                       capacity_l, demand_factor, target_days, truck_m3, queued_trucks[c, f], returning_trucks[c, back],
                       stock_l, unloaded_l[c, f], received_l)  # fmt: skip
    for leg in range(leg_from.shape[0]):
        receive(day, leg_to[leg], through_l, capacity_l, leg_load_l[leg], leg_way_l[leg], leg_idle_trucks[leg],
                leg_back_trucks[leg], leg_sent_trucks[leg], leg_destroyed_trucks[leg], stock_l, received_l)  # fmt: skip
    order = np.zeros((leg_from.shape[0], lanes), np.float32)
    shipped = np.empty((leg_from.shape[0], products, lanes), np.int32)  # written wherever the fed place has a need
    for p in range(places):
        legs = leg_order[leg_pointers[p] : leg_pointers[p + 1]]
        if legs.shape[0] > 0:
            for f in range(products):
                ship(day, seed, members, p, f, legs, leg_to, leg_days, leg_weight, leg_theatre, demand_l,
                     through_l, opening_l, capacity_l, demand_factor, truck_m3, regime, quiet_factor, truce_factor,
                     lever_leg_blockade, lever_leg_closed, lever_leg_weight, lever_hub_reserve_days, target_days,
                     leg_days_max, reserve_days, leg_fear, order, shipped, stock_l, leg_load_l, leg_way_l,
                     leg_idle_trucks, leg_sent_trucks)  # fmt: skip
    for leg in range(leg_from.shape[0]):
        travel(day, seed, members, leg, leg_days[leg], leg_hazard[leg], loss_at_50, size_law_gamma, loss_spread,
               through_l[leg_to[leg]], shipped[leg], leg_load_l[leg], leg_way_l[leg], leg_back_trucks[leg],
               leg_sent_trucks[leg], leg_destroyed_trucks[leg], leg_destroyed_total[leg], leg_lost_l)  # fmt: skip


def room(p: Any, f: Any, i: Any, capacity_l: Any, stock_l: Any) -> Any:
    """Free tank space, whole litres."""
    return max(capacity_l[p, f] - stock_l[p, f, i], 0)


def order_up_to(p: Any, f: Any, days: Any, factor: Any, through_l: Any, opening_l: Any, capacity_l: Any) -> Any:
    """Stock that a place orders up to, litres as float32; `factor` scales need and opening stock."""
    return min(max(through_l[p, f] * days, opening_l[p, f]) * factor, F32(capacity_l[p, f]))


def gap(
    p: Any, f: Any, i: Any, days: Any, factor: Any, through_l: Any, opening_l: Any, capacity_l: Any, stock_l: Any
) -> Any:
    """Litres that bring a place to its order-up-to level, at most its free tank space, at least 0."""
    # whole litres: above 2**24 a float gap asked again after filling is not what was left of the first
    level = I32(order_up_to(p, f, days, factor, through_l, opening_l, capacity_l))
    return min(max(level - stock_l[p, f, i], 0), room(p, f, i, capacity_l, stock_l))


def unload(
    hub: Any, f: Any, drops: Any, weights: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any,
    target_days: Any, truck_m3: Any, queued: Any, returning: Any, stock_l: Any, unloaded: Any, received_l: Any,
) -> None:  # fmt: skip
    """Unload one product of one corridor as far as there is room."""
    for i in range(queued.shape[0]):
        litres = I32(litres_per_truck(truck_m3[i]))
        days, factor = target_days[i], demand_factor[i]
        space = np.int64(room(hub, f, i, capacity_l, stock_l))
        pull = ZERO
        for k in range(drops.shape[0]):
            wanted = gap(drops[k], f, i, days, factor, through_l, opening_l, capacity_l, stock_l)
            space += wanted
            pull += weights[k] * F32(wanted)
        trucks = min(queued[i], I32(space // litres))
        rest = trucks * litres
        own = gap(hub, f, i, days, factor, through_l, opening_l, capacity_l, stock_l)
        pull += F32(own)
        load = F32(rest)
        for k in range(drops.shape[0]):
            p = drops[k]
            wanted = gap(p, f, i, days, factor, through_l, opening_l, capacity_l, stock_l)
            part = min(min(I32(load * (weights[k] * F32(wanted) / max(pull, ONE))), wanted), rest)
            stock_l[p, f, i] += part
            received_l[p, f, i] += part
            rest -= part
        fits = min(rest, room(hub, f, i, capacity_l, stock_l))
        stock_l[hub, f, i] += fits
        received_l[hub, f, i] += fits
        rest -= fits
        for k in range(drops.shape[0]):
            # what the hub has no room for goes to drops that still want it; there is room for all of it
            p = drops[k]
            part = min(rest, gap(p, f, i, days, factor, through_l, opening_l, capacity_l, stock_l))
            stock_l[p, f, i] += part
            received_l[p, f, i] += part
            rest -= part
        unloaded[i] = trucks * litres
        queued[i] -= trucks
        returning[i] += trucks


def receive(
    day: Any, to: Any, through_l: Any, capacity_l: Any, load_l: Any, way_l: Any, idle: Any, back: Any, sent: Any,
    destroyed: Any, stock_l: Any, received_l: Any,
) -> None:  # fmt: skip
    """Loads due today go into the tanks; trucks due today are idle again.

    What finds no room (a corridor filled the tank meanwhile) waits a day.
    """
    slot = day % load_l.shape[0]
    tomorrow = (day + 1) % load_l.shape[0]
    home = day % back.shape[0]
    lanes = idle.shape[0]
    for f in range(way_l.shape[0]):
        if through_l[to, f] <= ZERO:
            continue  # nobody beyond uses the product
        for i in range(lanes):
            due = load_l[slot, f, i]
            litres = min(due, room(to, f, i, capacity_l, stock_l))
            stock_l[to, f, i] += litres
            received_l[to, f, i] += litres
            way_l[f, i] -= litres
            load_l[slot, f, i] = 0
            load_l[tomorrow, f, i] += due - litres
    for i in range(lanes):
        idle[i] += back[home, i]
        back[home, i] = 0
        sent[i] = 0
        destroyed[i] = 0


def ship(
    day: Any, seed: Any, members: Any, p: Any, f: Any, some_legs: Any, leg_to: Any, leg_days: Any, leg_weight: Any,
    leg_theatre: Any, demand_l: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any,
    truck_m3: Any, regime: Any,
    quiet_factor: Any, truce_factor: Any, lever_leg_blockade: Any, lever_leg_closed: Any, lever_leg_weight: Any,
    lever_hub_reserve_days: Any, target_days: Any, leg_days_max: Any, reserve_days: Any, leg_fear: Any, order: Any,
    shipped: Any, stock_l: Any, leg_load_l: Any, leg_way_l: Any, leg_idle_trucks: Any, leg_sent_trucks: Any,
) -> None:  # fmt: skip
    """Send one product from feeder p along all its legs."""
    lanes = members.shape[0]
    pull = np.zeros(lanes, np.float32)
    for leg in some_legs:
        q = leg_to[leg]
        if through_l[q, f] > ZERO:
            t = leg_theatre[leg]
            key = stream(seed, STREAM, leg, day, 1)
            for i in range(lanes):
                factor = ONE if regime[t, i] == 1 else (truce_factor[i] if regime[t, i] == 2 else quiet_factor[i])
                daring = exp(-leg_fear[i] * lever_leg_blockade[t, i] * factor)
                daring = ZERO if lever_leg_closed[q, i] > HALF else daring
                need = through_l[q, f] * demand_factor[i]
                level = order_up_to(q, f, target_days[i] + F32(leg_days[leg]), demand_factor[i], through_l, opening_l,
                                    capacity_l)  # fmt: skip
                missing = level - F32(stock_l[q, f, i]) - F32(leg_way_l[leg, f, i])
                lot = min(litres_per_truck(truck_m3[i]), level * THIRD)
                wanted = min(missing, max(need * leg_days_max[i], lot))
                goes = (missing >= lot) & (uniform(key, members[i]) < daring)
                order[leg, i] = wanted if goes else ZERO
                pull[i] += order[leg, i] * (leg_weight[leg] * lever_leg_weight[q, i])
    for leg in some_legs:
        q = leg_to[leg]
        if through_l[q, f] > ZERO:
            slot = (day + leg_days[leg]) % leg_load_l.shape[1]
            for i in range(lanes):
                keep = reserve_days[i] if lever_hub_reserve_days[i] < ZERO else lever_hub_reserve_days[i]
                spare = max(F32(stock_l[p, f, i]) - keep * demand_l[p, f] * demand_factor[i], ZERO)
                weight = leg_weight[leg] * lever_leg_weight[q, i]
                ratio = spare / max(pull[i], ONE)
                wish = I32(min(order[leg, i], order[leg, i] * weight * ratio))
                wish = min(wish, stock_l[p, f, i])
                litres = litres_per_truck(truck_m3[i])
                trucks = min(I32(np.ceil(F32(wish) / litres)), leg_idle_trucks[leg, i])
                sent = min(wish, trucks * I32(litres))
                shipped[leg, f, i] = sent
                stock_l[p, f, i] -= sent
                pull[i] -= order[leg, i] * weight
                leg_load_l[leg, slot, f, i] += sent
                leg_way_l[leg, f, i] += sent
                leg_idle_trucks[leg, i] -= trucks
                leg_sent_trucks[leg, i] += trucks


def travel(
    day: Any, seed: Any, members: Any, leg: Any, days: Any, hazard: Any, loss_at_50: Any, size_law_gamma: Any,
    loss_spread: Any, through_l: Any, shipped: Any, load_l: Any, way_l: Any, back: Any, sent: Any, destroyed: Any,
    destroyed_total: Any, leg_lost_l: Any,
) -> None:  # fmt: skip
    """Ambush of the day's group on one leg; survivors come home after twice the travel time."""
    slot = (day + days) % load_l.shape[0]
    home = (day + 2 * days) % back.shape[0]
    products = way_l.shape[0]
    key = stream(seed, STREAM, leg, day, 0)
    for i in range(members.shape[0]):
        u = uniform(key, members[i])
        n = sent[i]
        if u > exp(-hazard[i]) and n > 0:
            share = min(loss_at_50[i] * power(F32(n) / FIFTY, size_law_gamma[i]) / F32(n), MOST_LOST)
            v = uniform(mix64(key + FIRST_HIT), members[i])
            lost = beta_binomial(v, n, share * loss_spread[i], (ONE - share) * loss_spread[i])
            for f in range(products):
                # only what left today: the slot may also hold litres that wait before a full tank in town
                burned = I32(np.float64(shipped[f, i]) * lost / n) if through_l[f] > ZERO else I32(0)
                load_l[slot, f, i] -= burned
                way_l[f, i] -= burned
                leg_lost_l[f, i] += burned
            destroyed[i] = lost
            destroyed_total[i] += lost
        back[home, i] += n - destroyed[i]


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Opening stocks within the tanks, legs at their normal rhythm with some trucks to spare."""
    constants = world.constants
    is_hub = np.zeros(world.sizes["place"], bool)
    is_hub[constants["hub"]] = True
    factor = np.where(
        is_hub[:, None], parameters["opening_factor_hub"][None, :], parameters["opening_factor_towns"][None, :]
    )
    opening = constants["opening_l"][:, :, None].astype(np.float64) * factor[:, None, :]
    opening = opening * parameters["demand_factor"].astype(np.float64)
    state["stock_l"][:] = np.minimum(np.floor(opening), constants["capacity_l"][:, :, None]).astype(np.int32)
    for leg in range(world.sizes["leg"]):
        q, days = constants["leg_to"][leg], int(constants["leg_days"][leg])
        need = constants["through_l"][q][:, None]
        daily = normal_trucks(need, parameters["demand_factor"], parameters["truck_m3"])
        turn_round = 2 * days + parameters["leg_fleet_days"]
        trucks = np.ceil(np.ceil(daily.astype(np.float64) * parameters["leg_days_max"]).sum(axis=0) * turn_round)
        state["leg_idle_trucks"][leg] = np.maximum(trucks, 1).astype(np.int32)


PROCESS = Process("allocation", "Who gets what arrives", STATE, PARAMETERS, step, start)
