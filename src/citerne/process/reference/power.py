"""Power, for one future: zone by zone, plants run in merit order, the utility pays or not, feeders are switched off."""

from __future__ import annotations

from typing import Any

from citerne.process.reference.future import F32, ONE, ZERO, Future, added, held

HOURS, TINY = F32(24), F32(1e-6)
WATER_OR_SUN, IMPORT, THERMAL = 0, 1, 2


def one_day(future: Future) -> None:
    """One day of every zone."""
    state, fixed = future.state, future.constants
    month = fixed.month[future.day]
    for zone in range(len(state.power_h)):
        load_mwh = fixed.zone_load_mwh[zone, month] * future.parameters.load_factor
        state.burned_l[zone] = 0
        missing_mwh = missing_with_fuel_mwh = load_mwh
        for plant, its_zone in enumerate(fixed.plant_zone):  # in merit order
            if its_zone == zone:
                missing_mwh = max(missing_mwh - generated(future, zone, plant, month, missing_mwh), ZERO)
                missing_with_fuel_mwh = max(missing_with_fuel_mwh - at_best(future, plant, month), ZERO)
        state.unserved_mwh[zone] = missing_mwh
        state.served_share[zone] = ONE - missing_mwh / max(load_mwh, TINY)
        pay_bills(future, zone, (missing_mwh - missing_with_fuel_mwh) / max(load_mwh, TINY))
        switch_off(future, zone, missing_mwh / max(load_mwh, TINY))
        if future.day == 0:
            state.opening_power_h[zone] = state.power_h[zone]


def at_best(future: Future, plant: int, month: int) -> Any:
    """Energy that one plant gives with all its fuel."""
    par = future.parameters
    factors = {WATER_OR_SUN: par.hydro_factor, IMPORT: par.import_share, THERMAL: par.thermal_factor}
    return future.constants.plant_mwh[plant, month] * factors[int(future.constants.plant_kind[plant])]


def generated(future: Future, zone: int, plant: int, month: int, missing_mwh: Any) -> Any:
    """Energy of one plant; a thermal one takes its fuel from the tanks of the zone's place."""
    state, fixed, par = future.state, future.constants, future.parameters
    if fixed.plant_kind[plant] != THERMAL:
        return at_best(future, plant, month)
    place, product = fixed.zone_place[zone], fixed.plant_product[plant]
    l_per_mwh = fixed.plant_l_per_mwh[plant]
    wish_l = min(missing_mwh, at_best(future, plant, month)) * l_per_mwh
    access = par.power_access if state.lever_power_share < ZERO else state.lever_power_share[()]
    if fixed.sole_user[place, product]:
        access = ONE
    free = max(int(state.stock_l[place, product]) - int(state.fenced_l[place, product]), 0)
    fuel_l = min(int(min(wish_l * state.pay[zone], F32(free) * access)), free)
    state.stock_l[place, product] -= fuel_l
    state.burned_l[zone, product] += fuel_l
    state.burned_total_l[product] += fuel_l
    return F32(fuel_l) / max(l_per_mwh, TINY)


def pay_bills(future: Future, zone: int, short_of_fuel: Any) -> None:
    """Payment falls with the share of the load that goes unserved for want of fuel, and recovers by itself."""
    state, par = future.state, future.parameters
    pay = state.pay[zone]
    fallen = held(short_of_fuel, ZERO, ONE)
    state.pay[zone] = held(pay * (ONE - par.pay_fall * fallen) + par.pay_rise * (ONE - pay), ZERO, ONE)


def switch_off(future: Future, zone: int, unserved_share: Any) -> None:
    """Shed in proportion to load times weight; when a kind of feeder is fully dark, the others take the rest."""
    fixed = future.constants
    share, weight = fixed.feeder_share[zone], fixed.feeder_weight[zone]
    kinds = range(3)  # priority, ordinary, edge
    depth = unserved_share / max(added([share[k] * weight[k] for k in kinds]), TINY)
    for _more_can_be_dark in range(2):  # with three kinds, two may become dark one after the other
        shed = added([share[k] * min(weight[k] * depth, ONE) for k in kinds])
        still_lit = added([share[k] * weight[k] for k in kinds if weight[k] * depth < ONE])
        depth = depth + max(unserved_share - shed, ZERO) / max(still_lit, TINY)
    of_zone = HOURS * (ONE - unserved_share)
    hours = [HOURS * (ONE - min(weight[k] * depth, ONE)) if share[k] > ZERO else of_zone for k in kinds]
    future.state.power_priority_h[zone], future.state.power_h[zone], future.state.power_edge_h[zone] = hours
