"""Allocation: who gets what arrives, and what travels on to the towns.

Unloading. Of the litres L that a corridor brings of one product, each place on the way (drop) takes
min(gap, L w gap / sum(w gap)), gap = order-up-to level minus stock, w its weight; the hub takes the rest. Trucks that
find no room wait in the queue. Order-up-to level = target_days of normal demand, the fed places' included, or the
opening stock of the table if that is more (mines hold a month), at most the tank. Unloaded trucks drive home.

Onward legs. A fed place orders gap minus what is under way, with the days of travel added to target_days, once that
fills a truck or a third of its order-up-to level, at most leg_days_max days of demand (or that lot) at a time. Drivers
set out on a day with probability exp(-leg_fear * leg blockade * regime factor). The feeder ships from what
exceeds its reserve, split by weight w: ship = min(order, w order * available / sum(w order)). A feeder whose gate is
narrowed or shut (`loading_max` of 0 or more) sends at most that many days of need of all it feeds; with 0 its stock is
trapped, while its own users are still served. Nor does what is fenced off for reserved users travel on (sharing).
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
from citerne.process.sharing import fence
from citerne.process.trucks import litres_per_truck, normal_trucks

STREAM = 3
FIFTY, MOST_LOST, THIRD, NO_LIMIT = (np.float32(v) for v in (50, 0.98, 1 / 3, 1e18))
FIRST_HIT = np.uint64(1)

STATE = (
    Field("stock_l", ("place", "product"), "i4", "L", "Usable stock at the end of the day."),
    Field("fenced_l", ("place", "product"), "i4", "L", "Stock that only reserved users may touch."),
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
    leg_theatre: Any, demand_l: Any, reserved_l: Any, through_l: Any, opening_l: Any, capacity_l: Any,
    demand_factor: Any, truck_m3: Any,
    queued_trucks: Any, returning_trucks: Any, leg_hazard: Any, regime: Any, quiet_factor: Any, truce_factor: Any,
    lever_leg_blockade: Any, lever_leg_closed: Any, lever_loading_max: Any, lever_leg_weight: Any,
    lever_hub_reserve_days: Any, lever_pool_days: Any, lever_reserve_keep_days: Any,
    target_days: Any, leg_days_max: Any, reserve_days: Any, leg_fear: Any, loss_at_50: Any, size_law_gamma: Any,
    loss_spread: Any,
    stock_l: Any, fenced_l: Any, unloaded_l: Any, leg_load_l: Any, leg_way_l: Any, leg_idle_trucks: Any,
    leg_back_trucks: Any, leg_sent_trucks: Any, leg_destroyed_trucks: Any, leg_destroyed_total: Any, leg_lost_l: Any,
    received_l: Any,
) -> None:  # fmt: skip
    """Unload corridors, receive and send onward legs."""
    places, products, lanes = stock_l.shape
    legs = leg_from.shape[0]
    received_l[:] = 0
    fence(reserved_l, demand_l, demand_factor, lever_pool_days, lever_reserve_keep_days, fenced_l)
    space = np.empty(lanes, np.float64)
    pull = np.empty(lanes, np.float32)
    load = np.empty(lanes, np.float32)
    rest = np.empty(lanes, np.int32)
    for c in range(hub.shape[0]):
        back = (day + inland_days[c] + foreign_days[c]) % returning_trucks.shape[1]
        first, last = drop_pointers[c], drop_pointers[c + 1]
        for f in range(products):
            if supply_l[c, f] > ZERO:
                unload(hub[c], f, drop_place[first:last], drop_weight[first:last], through_l, opening_l,
                       capacity_l, demand_factor, target_days, truck_m3, queued_trucks[c, f], returning_trucks[c, back],
                       stock_l, unloaded_l[c, f], received_l, space, pull, load, rest)  # fmt: skip
    for leg in range(legs):
        receive(day, leg_to[leg], through_l, capacity_l, leg_load_l[leg], leg_way_l[leg], leg_idle_trucks[leg],
                leg_back_trucks[leg], leg_sent_trucks[leg], leg_destroyed_trucks[leg], stock_l, received_l)  # fmt: skip
    goes = np.empty((legs, lanes), np.int32)
    for leg in range(legs):
        t = leg_theatre[leg]
        dare(day, seed, members, leg, regime[t], quiet_factor, truce_factor, leg_fear, lever_leg_blockade[t],
             lever_leg_closed[leg_to[leg]], goes[leg])  # fmt: skip
    gate = np.empty(lanes, np.float32)
    order = np.zeros((legs, lanes), np.float32)
    shipped = np.empty((legs, products, lanes), np.int32)  # written wherever the fed place has a need
    for p in range(places):
        first, last = leg_pointers[p], leg_pointers[p + 1]
        if last <= first:
            continue
        for f in range(products):
            others = through_l[p, f] - demand_l[p, f]  # need of all that it feeds
            for i in range(lanes):
                pull[i] = ZERO
                open_days = lever_loading_max[p, i]
                gate[i] = NO_LIMIT if open_days < ZERO else open_days * others * demand_factor[i]
            for k in range(first, last):
                leg, q = leg_order[k], leg_to[leg_order[k]]
                if through_l[q, f] > ZERO:
                    ask(leg_days[leg], leg_weight[leg], through_l[q, f], opening_l[q, f], capacity_l[q, f],
                        demand_factor, truck_m3, lever_leg_weight[q], target_days, leg_days_max, goes[leg],
                        stock_l[q, f], leg_way_l[leg, f], order[leg], pull)  # fmt: skip
            for k in range(first, last):
                leg, q = leg_order[k], leg_to[leg_order[k]]
                if through_l[q, f] > ZERO:
                    slot = (day + leg_days[leg]) % leg_load_l.shape[1]
                    ship(leg_weight[leg], demand_l[p, f], demand_factor, truck_m3, lever_leg_weight[q],
                         lever_hub_reserve_days, reserve_days, fenced_l[p, f], gate, order[leg], pull, stock_l[p, f],
                         shipped[leg, f], leg_load_l[leg, slot, f], leg_way_l[leg, f], leg_idle_trucks[leg],
                         leg_sent_trucks[leg])  # fmt: skip
    hit = np.empty(lanes, np.int32)
    for leg in range(legs):
        travel(day, seed, members, leg, leg_days[leg], leg_hazard[leg], loss_at_50, size_law_gamma, loss_spread,
               through_l[leg_to[leg]], shipped[leg], leg_load_l[leg], leg_way_l[leg], leg_back_trucks[leg],
               leg_sent_trucks[leg], leg_destroyed_trucks[leg], leg_destroyed_total[leg], leg_lost_l, hit)  # fmt: skip


def room(capacity_l: Any, stock_l: Any) -> Any:
    """Free tank space, whole litres (int32)."""
    return max(I32(capacity_l - stock_l), I32(0))


def order_up_to(days: Any, factor: Any, through_l: Any, opening_l: Any, capacity_l: Any) -> Any:
    """Stock that a place orders up to, litres as float32; `factor` scales need and opening stock."""
    return min(max(through_l * days, opening_l) * factor, F32(capacity_l))


def gap(days: Any, factor: Any, through_l: Any, opening_l: Any, capacity_l: Any, stock_l: Any) -> Any:
    """Litres (int32) that bring a place to its order-up-to level, at most its free tank space, at least 0."""
    # whole litres: above 2**24 a float gap asked again after filling is not what was left of the first
    level = I32(order_up_to(days, factor, through_l, opening_l, capacity_l))
    return min(max(I32(level - stock_l), I32(0)), room(capacity_l, stock_l))


def unload(
    hub: Any, f: Any, drops: Any, weights: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any,
    target_days: Any, truck_m3: Any, queued: Any, returning: Any, stock_l: Any, unloaded: Any, received_l: Any,
    space: Any, pull: Any, load: Any, rest: Any,
) -> None:  # fmt: skip
    """Unload one product of one corridor as far as there is room; the last four arrays are work space."""
    lanes = queued.shape[0]
    most = I32(0)
    for i in range(lanes):
        unloaded[i] = 0
        most = max(most, queued[i])
    if most <= 0:
        return
    for i in range(lanes):
        space[i] = np.float64(room(capacity_l[hub, f], stock_l[hub, f, i]))
        pull[i] = ZERO
    for k in range(drops.shape[0]):
        p = drops[k]
        want(weights[k], through_l[p, f], opening_l[p, f], capacity_l[p, f], demand_factor, target_days,
             stock_l[p, f], space, pull)  # fmt: skip
    for i in range(lanes):
        litres = I32(litres_per_truck(truck_m3[i]))
        # float64 holds all of these whole numbers, so the cut quotient is that of whole-number division
        trucks = min(queued[i], I32(space[i] / np.float64(litres)))
        rest[i] = trucks * litres
        load[i] = F32(rest[i])
        unloaded[i] = rest[i]
        queued[i] -= trucks
        returning[i] += trucks
        own = gap(target_days[i], demand_factor[i], through_l[hub, f], opening_l[hub, f], capacity_l[hub, f],
                  stock_l[hub, f, i])  # fmt: skip
        pull[i] += F32(own)
    for k in range(drops.shape[0]):
        p = drops[k]
        take_share(weights[k], through_l[p, f], opening_l[p, f], capacity_l[p, f], demand_factor, target_days, load,
                   pull, stock_l[p, f], received_l[p, f], rest)  # fmt: skip
    for i in range(lanes):
        fits = min(rest[i], room(capacity_l[hub, f], stock_l[hub, f, i]))
        stock_l[hub, f, i] += fits
        received_l[hub, f, i] += fits
        rest[i] -= fits
    for k in range(drops.shape[0]):
        # what the hub has no room for goes to drops that still want it; there is room for all of it
        p = drops[k]
        take_rest(through_l[p, f], opening_l[p, f], capacity_l[p, f], demand_factor, target_days, stock_l[p, f],
                  received_l[p, f], rest)  # fmt: skip


def want(
    weight: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any, target_days: Any, stock: Any,
    space: Any, pull: Any,
) -> None:  # fmt: skip
    """Add the gap of one drop to what can be unloaded, and to the pull of all drops."""
    for i in range(stock.shape[0]):
        wanted = gap(target_days[i], demand_factor[i], through_l, opening_l, capacity_l, stock[i])
        space[i] += np.float64(wanted)
        pull[i] += weight * F32(wanted)


def take_share(
    weight: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any, target_days: Any, load: Any,
    pull: Any, stock: Any, received: Any, rest: Any,
) -> None:  # fmt: skip
    """One drop takes its share of the day's load."""
    for i in range(stock.shape[0]):
        wanted = gap(target_days[i], demand_factor[i], through_l, opening_l, capacity_l, stock[i])
        part = min(min(I32(load[i] * (weight * F32(wanted) / max(pull[i], ONE))), wanted), rest[i])
        stock[i] += part
        received[i] += part
        rest[i] -= part


def take_rest(
    through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any, target_days: Any, stock: Any, received: Any,
    rest: Any,
) -> None:  # fmt: skip
    """One drop takes what it still wants of what is left."""
    for i in range(stock.shape[0]):
        part = min(rest[i], gap(target_days[i], demand_factor[i], through_l, opening_l, capacity_l, stock[i]))
        stock[i] += part
        received[i] += part
        rest[i] -= part


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
        fill(capacity_l[to, f], load_l[slot, f], load_l[tomorrow, f], way_l[f], stock_l[to, f], received_l[to, f])
    for i in range(lanes):
        idle[i] += back[home, i]
        back[home, i] = 0
        sent[i] = 0
        destroyed[i] = 0


def fill(capacity_l: Any, due: Any, tomorrow: Any, way: Any, stock: Any, received: Any) -> None:
    """Take in one product of one leg; what finds no room waits a day."""
    some = I32(0)
    for i in range(stock.shape[0]):
        litres = min(due[i], room(capacity_l, stock[i]))
        stock[i] += litres
        received[i] += litres
        way[i] -= litres
        due[i] -= litres
        some = max(some, due[i])
    if some > 0:  # rare: on other days the row of tomorrow, which nothing else needs today, is not fetched
        for i in range(stock.shape[0]):
            tomorrow[i] += due[i]
            due[i] = 0


def dare(
    day: Any, seed: Any, members: Any, leg: Any, regime: Any, quiet_factor: Any, truce_factor: Any, leg_fear: Any,
    leg_blockade: Any, closed: Any, goes: Any,
) -> None:  # fmt: skip
    """Mark with 1 the futures in which drivers set out on the leg today."""
    key = stream(seed, STREAM, leg, day, 1)
    for i in range(members.shape[0]):
        factor = ONE if regime[i] == 1 else (truce_factor[i] if regime[i] == 2 else quiet_factor[i])
        daring = exp(-leg_fear[i] * leg_blockade[i] * factor)
        daring = ZERO if closed[i] > HALF else daring
        goes[i] = I32(1) if uniform(key, members[i]) < daring else I32(0)


def ask(
    days: Any, leg_weight: Any, through_l: Any, opening_l: Any, capacity_l: Any, demand_factor: Any, truck_m3: Any,
    weight_set: Any, target_days: Any, leg_days_max: Any, goes: Any, stock: Any, way: Any, order: Any, pull: Any,
) -> None:  # fmt: skip
    """Order of one fed place for one product, litres; added by weight to the pull on the feeder."""
    for i in range(order.shape[0]):
        need = through_l * demand_factor[i]
        level = order_up_to(target_days[i] + F32(days), demand_factor[i], through_l, opening_l, capacity_l)
        missing = level - F32(stock[i]) - F32(way[i])
        lot = min(litres_per_truck(truck_m3[i]), level * THIRD)
        wanted = min(missing, max(need * leg_days_max[i], lot))
        order[i] = wanted if (missing >= lot) & (goes[i] > 0) else ZERO
        pull[i] += order[i] * (leg_weight * weight_set[i])


def ship(
    leg_weight: Any, demand_l: Any, demand_factor: Any, truck_m3: Any, weight_set: Any, hub_reserve_days: Any,
    reserve_days: Any, fenced: Any, gate: Any, order: Any, pull: Any, stock: Any, shipped: Any, load: Any, way: Any,
    idle: Any, sent: Any,
) -> None:  # fmt: skip
    """Send one product from a feeder, whose `stock` it is, along one leg; `gate` is what may still leave today."""
    for i in range(order.shape[0]):
        keep = reserve_days[i] if hub_reserve_days[i] < ZERO else hub_reserve_days[i]
        kept = max(keep * demand_l * demand_factor[i], F32(fenced[i]))
        spare = min(max(F32(stock[i]) - kept, ZERO), gate[i])
        weight = leg_weight * weight_set[i]
        ratio = spare / max(pull[i], ONE)
        wish = I32(min(order[i], order[i] * weight * ratio))
        wish = min(wish, stock[i])
        litres = litres_per_truck(truck_m3[i])
        trucks = min(I32(np.ceil(F32(wish) / litres)), idle[i])
        out = min(wish, I32(trucks * I32(litres)))
        shipped[i] = out
        stock[i] -= out
        gate[i] -= F32(out)
        pull[i] -= order[i] * weight
        load[i] += out
        way[i] += out
        idle[i] -= trucks
        sent[i] += trucks


def travel(
    day: Any, seed: Any, members: Any, leg: Any, days: Any, hazard: Any, loss_at_50: Any, size_law_gamma: Any,
    loss_spread: Any, through_l: Any, shipped: Any, load_l: Any, way_l: Any, back: Any, sent: Any, destroyed: Any,
    destroyed_total: Any, leg_lost_l: Any, hit: Any,
) -> None:  # fmt: skip
    """Ambush of the day's group on one leg; survivors come home after twice the travel time.

    Who is hit is marked in `hit` (work space) for all futures at once; the costly draws are made for those alone.
    """
    slot = (day + days) % load_l.shape[0]
    home = (day + 2 * days) % back.shape[0]
    products = way_l.shape[0]
    key = stream(seed, STREAM, leg, day, 0)
    some = I32(0)
    for i in range(members.shape[0]):
        struck = (uniform(key, members[i]) > exp(-hazard[i])) & (sent[i] > 0)
        hit[i] = I32(1) if struck else I32(0)
        some = max(some, hit[i])
    if some > 0:
        for i in range(members.shape[0]):
            if hit[i] > 0:
                n = sent[i]
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
    for i in range(members.shape[0]):
        back[home, i] += sent[i] - destroyed[i]


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
    need = constants["through_l"][constants["leg_to"]][:, :, None]  # all legs at once: a chunk opens with this
    daily = normal_trucks(need, parameters["demand_factor"], parameters["truck_m3"])
    turn_round = (2 * constants["leg_days"]).astype(np.float32)[:, None] + parameters["leg_fleet_days"]
    trucks = np.ceil(np.ceil(daily.astype(np.float64) * parameters["leg_days_max"]).sum(axis=1) * turn_round)
    state["leg_idle_trucks"][:] = np.maximum(trucks, 1).astype(np.int32)


PROCESS = Process("allocation", "Who gets what arrives", STATE, PARAMETERS, step, start)
