"""Cost of living, for one future: fares, food and charcoal of each place that buys motor fuel."""

from __future__ import annotations

from typing import Any

from citerne.engine.kernel import exp, log
from citerne.process.reference.future import F32, ONE, ZERO, Future, added

FAR_AWAY_KM, LONG_CUT_DAYS = F32(1000), F32(20)


def one_day(future: Future) -> None:
    """Move every price a part of the way to its target."""
    for place in range(len(future.state.fare)):
        motor = [f for f in sold_there(future, place) if not future.constants.cooking_product[f]]
        if motor:
            move_prices(future, place, motor)


def sold_there(future: Future, place: int) -> list[int]:
    """Retail products of a place."""
    retail = future.constants.retail_l[place]
    return [f for f in range(len(retail)) if retail[f] > ZERO]


def move_prices(future: Future, place: int, motor: list[int]) -> None:
    """Fares, food, charcoal, and the trips that fares leave."""
    state, fixed, par = future.state, future.constants, future.parameters
    rise = log(fuel_index(future, place, motor))
    fare = state.fare[place]
    wanted = exp(par.fare_pass * rise) * (ONE + par.fare_scarcity * state.closed_share[place])
    state.fare[place] = fare = fare + par.fare_speed * (wanted - fare)
    remote = min(fixed.hub_km[place] / FAR_AWAY_KM, ONE)
    elasticity = par.food_near + (par.food_far - par.food_near) * remote
    missing = state.goods_stopped[place] * min(state.cut_days[place] / LONG_CUT_DAYS, ONE)
    wanted = exp(elasticity * rise) * (ONE + par.food_road * missing)
    state.food_price[place] += par.food_speed * (wanted - state.food_price[place])
    no_gas = added([ONE - state.open_share[place, f] for f in sold_there(future, place) if fixed.cooking_product[f]])
    wanted = (ONE + par.food_far * max(rise, ZERO)) * (ONE + par.charcoal_pull * no_gas)
    state.charcoal_price[place] += par.food_speed * (wanted - state.charcoal_price[place])
    riding = ONE / (ONE + par.fare_trip_elasticity * max(fare - ONE, ZERO))
    state.fare_trips[place] = ONE - fixed.transit_share[place] * (ONE - riding)


def fuel_index(future: Future, place: int, motor: list[int]) -> Any:
    """Price of motor fuel where people buy it, against the start."""
    state, retail = future.state, future.constants.retail_l[place]
    paid = [retail[f] * state.price_multiplier[place, f] * state.lever_price_pump_factor[f] for f in motor]
    return added(paid) / added([retail[f] for f in motor])
