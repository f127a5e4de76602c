"""Services, for one future: what each facility needs, gets, burns and gives."""

from __future__ import annotations

import itertools
from typing import Any

from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added, held

HOURS, MOST_HOURS, LITTLE = F32(24), F32(9999), F32(1e-6)
REFILLED_A_DAY, MOST_ASKED = F32(0.25), F32(5)
WATER, TELECOM, NONE = 1, 2, -1
HALVINGS = 32


def one_day(future: Future) -> None:
    """One day of every facility, counter by counter and tier by tier."""
    state, fixed = future.state, future.constants
    if future.day == 0:
        state.usual_priority_h[:] = state.power_priority_h
    for facility in range(len(state.facility_stock_l)):
        state.facility_need_l[facility] = need_today(future, facility)
    for counter in range(len(fixed.counter_place)):
        left = entitlement(future, counter)
        others = shares_by_rule(future, counter, left)
        for tier in range(fixed.counter_tiers[counter], fixed.counter_tiers[counter + 1]):
            facilities = fixed.tier_facility[fixed.tier_pointers[tier] : fixed.tier_pointers[tier + 1]]
            wished = added([wish(future, facility) for facility in facilities])
            part = min(left / max(wished, LITTLE), ONE)
            left = max(left - wished, ZERO)
            for facility in facilities:
                buy_and_burn(future, facility, others.get(facility, part))
        place_orders(future, counter)
    state.unserved_people[:] = ZERO
    for facility in range(len(state.facility_stock_l)):
        give_service(future, facility)


def need_today(future: Future, facility: int) -> Any:
    """Litres of the day: normal hours on fuel and those that the grid has stopped giving, less what the sun gives."""
    state, fixed, par = future.state, future.constants, future.parameters
    hours, zone = fixed.facility_hours[facility], fixed.facility_zone[facility]
    if zone >= 0:
        first_lit = fixed.facility_priority_feeder[facility]
        usual = state.usual_priority_h[zone] if first_lit else state.opening_power_h[zone]
        now = state.power_priority_h[zone] if first_lit else state.power_h[zone]
        hours = min(hours + max(usual - now, ZERO), HOURS)
    sun = min(fixed.facility_solar[facility] * par.solar_factor, ONE)
    return fixed.facility_l_per_h[facility] * hours * (ONE - sun) * par.demand_factor


def wish(future: Future, facility: int) -> Any:
    """Litres that a facility would buy: the need of the day and a part of what its tank lacks."""
    empty = max(future.constants.facility_tank_l[facility] - future.state.facility_stock_l[facility], ZERO)
    return future.state.facility_need_l[facility] + empty * future.parameters.refill_share


def entitlement(future: Future, counter: int) -> Any:
    """Litres for the facilities of a counter, out of what their class was sold today."""
    state, fixed, par = future.state, future.constants, future.parameters
    cell = fixed.counter_place[counter], fixed.counter_product[counter]
    reserved = state.reserved_sold_l[cell]
    if fixed.counter_bulk[counter]:
        listed = min(fixed.counter_normal_l[counter] / max(fixed.bulk_l[cell], ONE), ONE)
        return listed * F32(state.sold_l[cell] - state.pump_sold_l[cell] - reserved)
    asked = fixed.reserved_l[cell] * par.demand_factor * state.reserved_factor[cell]
    sold = F32(reserved)
    return min(state.ordered_l[counter] * sold / max(asked, ONE), sold)


def shares_by_rule(future: Future, counter: int, litres: Any) -> dict[int, Any]:
    """Part of its wish that each facility of a counter gets by another rule than by priority; empty by priority."""
    fixed, rule = future.constants, future.state.lever_pool_rule
    if fixed.counter_bulk[counter] or rule < HALF:
        return {}
    tiers = [
        [int(k) for k in fixed.tier_facility[fixed.tier_pointers[tier] : fixed.tier_pointers[tier + 1]]]
        for tier in range(fixed.counter_tiers[counter], fixed.counter_tiers[counter + 1])
    ]
    return (
        equal_days(future, list(itertools.chain(*tiers)), litres)
        if rule < F32(1.5)
        else weighted(future, tiers, litres)
    )


def equal_days(future: Future, facilities: list[int], litres: Any) -> dict[int, Any]:
    """Everybody is filled up to the same days of own need, as many as the litres allow."""
    wishes = {k: wish(future, k) for k in facilities}
    need, stock = future.state.facility_need_l, future.state.facility_stock_l

    def up_to(days: Any) -> list[Any]:
        return [held(need[k] * days - stock[k], ZERO, wishes[k]) for k in facilities]

    low, high = ZERO, max([(stock[k] + wishes[k]) / need[k] for k in facilities if need[k] > LITTLE], default=ZERO)
    if added(up_to(high)) <= litres:
        low = high
    for _halving in range(HALVINGS):
        middle = HALF * (low + high)
        if added(up_to(middle)) <= litres:
            low = middle
        else:
            high = middle
    return {k: got / max(wishes[k], LITTLE) for k, got in zip(facilities, up_to(low), strict=True)}


def weighted(future: Future, tiers: list[list[int]], litres: Any) -> dict[int, Any]:
    """Tiers weigh 1, 1/2, 1/3, ...; what the first ones leave over goes down the tiers."""
    wished = [added([wish(future, k) for k in tier]) for tier in tiers]
    pull = max(added([total / F32(rank + 1) for rank, total in enumerate(wished)]), LITTLE)
    parts = [min(litres / F32(rank + 1) / pull, ONE) for rank in range(len(tiers))]
    left = litres
    for part, total in zip(parts, wished, strict=True):
        left = max(left - part * total, ZERO)
    found: dict[int, Any] = {}
    for tier, part, total in zip(tiers, parts, wished, strict=True):
        more = min(left, total * (ONE - part))
        left = left - more
        found |= dict.fromkeys(tier, min(part + more / max(total, LITTLE), ONE))
    return found


def buy_and_burn(future: Future, facility: int, part: Any) -> None:
    """Buy a part of the wish, burn the need as far as the tank reaches."""
    state = future.state
    need, bought = state.facility_need_l[facility], part * wish(future, facility)
    full = state.facility_stock_l[facility] + bought
    burned = min(need, full)
    state.facility_bought_l[facility], state.facility_burned_l[facility] = bought, burned
    state.facility_stock_l[facility] = full - burned
    state.facility_left_h[facility] = min(HOURS * (full - burned) / max(need, LITTLE), MOST_HOURS)


def place_orders(future: Future, counter: int) -> None:
    """What the counter wants tomorrow, and what its class asks of the market."""
    state, fixed, par = future.state, future.constants, future.parameters
    tiers = fixed.tier_pointers[fixed.counter_tiers[counter]], fixed.tier_pointers[fixed.counter_tiers[counter + 1]]
    ordered = added([wish(future, facility) for facility in fixed.tier_facility[tiers[0] : tiers[1]]])
    if not fixed.counter_bulk[counter]:
        cell = fixed.counter_place[counter], fixed.counter_product[counter]
        normal = max(fixed.reserved_l[cell] * par.demand_factor, ONE)
        not_listed = max(normal - fixed.counter_normal_l[counter] * par.demand_factor, ZERO)
        asked = held(ONE + par.facility_pull * ((not_listed + ordered) / normal - ONE), ONE, MOST_ASKED)
        state.reserved_factor[cell] = asked
        ordered = min(ordered, max(normal * asked - not_listed, ZERO))
    state.ordered_l[counter] = ordered


def give_service(future: Future, facility: int) -> None:
    """Hours missed, buffers drawn, people without; the first day on which most of the fuel lacked."""
    state, fixed, par = future.state, future.constants, future.parameters
    need, burned = state.facility_need_l[facility], state.facility_burned_l[facility]
    kind, place = fixed.facility_kind[facility], fixed.facility_place[facility]
    hours = HOURS if fixed.facility_zone[facility] >= 0 else max(fixed.facility_hours[facility], LITTLE)
    full_day_l = hours * max(fixed.facility_l_per_h[facility], LITTLE) * par.demand_factor
    lost = min((need - burned) / full_day_l, ONE)
    drawn = ZERO
    if kind in (WATER, TELECOM):
        room = par.reservoir_days if kind == WATER else par.battery_days
        store = state.facility_buffer_d[facility]
        drawn = min(store, lost)
        state.facility_buffer_d[facility] = store - drawn if lost > ZERO else min(store + REFILLED_A_DAY * room, room)
    service = ONE - (lost - drawn)
    state.facility_service[facility] = service
    if burned < HALF * need and state.facility_stop_d[facility] == ZERO:
        state.facility_stop_d[facility] = F32(future.day + 1)
    if kind != NONE:
        brought = ZERO
        if kind == WATER:
            brought = par.water_trucking * state.open_share[place, fixed.facility_product[facility]]
        without = fixed.facility_people[facility] * (ONE - service) * (ONE - brought)
        state.unserved_people[place, kind] += without
