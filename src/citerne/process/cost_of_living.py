"""Cost of living: passenger fares, staple food and cooking fuel, each against the start.

Price index of motor fuel in a place, m = sum over retail products of need * (street over pump price) * (pump price
over that of the start) / sum of need. Two channels each, one through the cost of fuel and one through what no longer
runs; every price moves a part of the way to its target each day:

    fares:     m^fare_pass * (1 + fare_scarcity * closed),             closed = share without an open station,
    food:      m^e * (1 + food_road * goods_stopped * min(cut days / 20, 1)),
               e = food_near + (food_far - food_near) * min(km to the hub / 1000, 1),
    charcoal:  (1 + food_far * log m) * (1 + charcoal_pull * g),       g = share of gas buyers who find none.

Fares change mobility: of a place's retail fuel the part t goes into public transport, and tomorrow
fare_trips = 1 - t (1 - 1 / (1 + fare_trip_elasticity (fare - 1))); with fare_trip_elasticity = 0 demand is untouched.
Sources: fuel is 0.3-0.5 of the cost of transport; Dillon & Barrett (2016, Am. J. Agric. Econ. 98:153-171): local maize
to world oil 0.29 in East Africa, more inland.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import ONE, ZERO, exp, log

FAR_KM, SLOW_DAYS = np.float32(1000), np.float32(20)

STATE = (
    Field("fare", ("place",), "f4", "", "Passenger fares against the start."),
    Field("food_price", ("place",), "f4", "", "Price of staple food against the start."),
    Field("charcoal_price", ("place",), "f4", "", "Price of charcoal against the start."),
)

PARAMETERS = (
    Parameter("fare_pass", "", "Elasticity of fares to the price of fuel", "uniform", 0.3, 0.5, 0.7,
              "fuel is 0.3-0.5 of the cost of transport", "D"),
    Parameter("fare_scarcity", "", "Rise of fares when all stations are closed", "lognormal", 0.4, 1.0, 2.5,
              "judgement"),
    Parameter("fare_speed", "1/day", "Speed of fares", "uniform", 0.1, 0.3, 0.6, "judgement", ceiling=1.0),
    Parameter("food_near", "", "Elasticity of food to the price of fuel at the hub", "uniform", 0.02, 0.1, 0.2,
              "Dillon & Barrett 2016: 0.29 of local maize to world oil", "D"),
    Parameter("food_far", "", "The same 1000 km away and beyond", "uniform", 0.2, 0.4, 0.6,
              "judgement: remote markets"),
    Parameter("food_road", "", "Rise of food in a place that no goods have reached for 20 days", "lognormal",
              0.3, 0.9, 2.7, "judgement: one report of three times against stable staples elsewhere"),
    Parameter("food_speed", "1/day", "Speed of food prices", "uniform", 0.03, 0.08, 0.2, "judgement", ceiling=1.0),
    Parameter("charcoal_pull", "", "Rise of charcoal when no gas is sold", "uniform", 0.0, 0.3, 0.8, "judgement"),
    Parameter("fare_trip_elasticity", "", "Loss of trips by public transport with fares", "uniform", 0.0, 0.2, 0.5,
              "judgement: short-run elasticities of bus rides to fares near 0.2-0.5"),
)  # fmt: skip


def step(
    members: Any, retail_l: Any, transit_share: Any, cooking_product: Any, hub_km: Any,
    lever_price_pump_factor: Any, price_multiplier: Any, open_share: Any, closed_share: Any, cut_days: Any,
    goods_stopped: Any, fare_pass: Any, fare_scarcity: Any, fare_speed: Any, food_near: Any, food_far: Any,
    food_road: Any, food_speed: Any, charcoal_pull: Any, fare_trip_elasticity: Any, fare: Any, food_price: Any,
    charcoal_price: Any, fare_trips: Any,
) -> None:  # fmt: skip
    """One day of prices in every place that buys motor fuel."""
    places, products, lanes = price_multiplier.shape
    index = np.zeros(lanes, np.float32)
    rise = np.zeros(lanes, np.float32)
    target = np.zeros(lanes, np.float32)
    no_gas = np.zeros(lanes, np.float32)
    for p in range(places):
        need = ZERO
        for i in range(lanes):
            index[i] = ZERO
            no_gas[i] = ZERO
        for f in range(products):
            weight = retail_l[p, f]
            if weight <= ZERO:
                continue
            if cooking_product[f]:
                for i in range(lanes):
                    no_gas[i] = ONE - open_share[p, f, i]
                continue
            need += weight
            for i in range(lanes):
                index[i] += weight * price_multiplier[p, f, i] * lever_price_pump_factor[f, i]
        if need <= ZERO:
            continue
        far = min(hub_km[p] / FAR_KM, ONE)
        for i in range(lanes):
            rise[i] = log(index[i] / need)
        for i in range(lanes):
            target[i] = exp(fare_pass[i] * rise[i]) * (ONE + fare_scarcity[i] * closed_share[p, i])
        approach(target, fare_speed, fare[p])
        for i in range(lanes):
            passed = food_near[i] + (food_far[i] - food_near[i]) * far
            target[i] = exp(passed * rise[i])
        for i in range(lanes):
            missing = goods_stopped[p, i] * min(cut_days[p, i] / SLOW_DAYS, ONE)
            target[i] = target[i] * (ONE + food_road[i] * missing)
        approach(target, food_speed, food_price[p])
        for i in range(lanes):
            target[i] = (ONE + food_far[i] * max(rise[i], ZERO)) * (ONE + charcoal_pull[i] * no_gas[i])
        approach(target, food_speed, charcoal_price[p])
        for i in range(lanes):
            left = ONE / (ONE + fare_trip_elasticity[i] * max(fare[p, i] - ONE, ZERO))
            fare_trips[p, i] = ONE - transit_share[p] * (ONE - left)


def approach(target: Any, speed: Any, price: Any) -> None:
    """Move a price a part of the way to its target."""
    for i in range(price.shape[0]):
        price[i] += speed[i] * (target[i] - price[i])


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """All prices at 1."""
    for name in ("fare", "food_price", "charcoal_price"):
        state[name][:] = 1


PROCESS = Process("cost_of_living", "Fares, food and cooking fuel", STATE, PARAMETERS, step, start)
