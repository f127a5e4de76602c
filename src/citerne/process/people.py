"""People: who leaves, where to, who cannot leave, who comes back.

Each day, in place p with N people of whom T want to leave and could not,

    violence v = min(1/2, conflict_push * pressure + siege_push * min(besieged, road shut)),
    deprivation x = dep_base + dep_water w + dep_food (food price - 1) + dep_fuel closed + dep_power dark,
    d = dep_max (logistic(x) - logistic(dep_base)), not below 0,
    wish W = (N - T) (1 - (1 - v)(1 - d)) + T,

w the share of the place's people without water, dark the hours that the grid has lost since day 0 over 24. Of the wish
the part pull_pd room_d / sum over d of the same looks to destination d:

    pull = ((km + 10) / 100)^(-distance_decay),  room = 1 up to 9/10 full (with those under way), 0 when full,
    means = drive + (1 - drive) foot_share (1 - seal) walk_pd,  walk = 1 - km / 400, not below 0,
    drive = (1 - seal) (1 - closed) / (1 + fare_hold (fare - 1)):

fuel and fares decide how far people get, a seal on passengers holds all of them. Flow = W * share * means in whole
people, the fraction is carried to the next day; those who could not go are trapped, T = W - flow. Travel takes
km / 68 days; arrivals are counted at the destination. From destinations people return at return_rate where pressure
has gone and stations are open; returns over one road are counted once a week. Nobody is lost:
people in places, under way and at destinations sum to what they were.

Tomorrow's demand of a place: here_factor = 1 + left_use * (change of people, arrivals hosted there included) / people.
Sources: Suleimenova, Bell & Groen 2017 (room); own fit to Mali 2012 (distance decay, 68 km a day; see the page on
displacement); pushes are judgements.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, HALF, I32, ONE, ZERO, clip, logistic

DAY_H, TINY, TEN, WEEK = (np.float32(v) for v in (24, 1e-6, 10, 7))

STATE = (
    Field("people_here", ("place",), "i4", "people", "People who live in the place."),
    Field("at_destination", ("destination",), "i4", "people", "People there, those of day 0 included."),
    Field("under_way", ("destination", "travel_slot"), "i4", "people", "People on the road, by day of arrival."),
    Field("fled", ("pair",), "i4", "people", "People of a place who are at, or on the way to, a destination."),
    Field("flow_carry", ("pair",), "f4", "people", "Fraction of a person still to leave."),
    Field("back_carry", ("pair",), "f4", "people", "Fraction of a person still to return."),
    Field("pull", ("pair",), "f4", "", "Pull of the destination by distance."),
    Field("trapped", ("place",), "f4", "people", "People who want to leave and cannot."),
    Field("displaced_new", ("place",), "i4", "people", "Left today for places inside the country."),
    Field("refugees_new", ("place",), "i4", "people", "Left today for abroad."),
    Field("returned", ("place",), "i4", "people", "Came back today."),
    Field("people_isolated", ("place",), "f4", "people", "People in isolated places."),
    Field("people_besieged", ("place",), "f4", "people", "People in besieged places."),
)

PARAMETERS = (
    Parameter("conflict_push", "1/day", "Leave in a campaign, at pressure 1", "lognormal", 2e-6, 8e-6, 3e-5,
              "judgement"),
    Parameter("siege_push", "1/day", "Leave from a besieged place whose road is shut", "lognormal", 0.012, 0.035, 0.1,
              "judgement: thousands left a besieged town of some 15,000 within a week"),
    Parameter("dep_max", "1/day", "Leave when everything lacks", "lognormal", 2e-5, 1e-4, 5e-4, "judgement"),
    Parameter("dep_base", "", "Deprivation when nothing lacks (logit)", "uniform", -4, -3, -2, "judgement"),
    Parameter("dep_water", "", "Weight of missing water", "uniform", 1, 3, 5, "judgement"),
    Parameter("dep_food", "", "Weight of the food price over that of the start", "uniform", 0.5, 1.5, 3, "judgement"),
    Parameter("dep_fuel", "", "Weight of closed stations", "uniform", 0.3, 1.0, 2.0, "judgement"),
    Parameter("dep_power", "", "Weight of power lost", "uniform", 0.2, 0.7, 1.5, "judgement"),
    Parameter("distance_decay", "", "Power law of distance", "uniform", 0.8, 1.85, 3.2,
              "fit to Mali 2012: 0.8-3.2 fit within 15 % of the best", "C"),
    Parameter("foot_share", "", "Part of those without fuel who go on foot or by cart", "uniform", 0.15, 0.4, 0.7,
              "judgement"),
    Parameter("fare_hold", "", "How fares hold people back", "uniform", 0.0, 0.3, 0.8, "judgement"),
    Parameter("return_rate", "1/day", "Return once it is calm", "uniform", 0.0, 0.003, 0.01, "judgement"),
    Parameter("left_use", "", "Part of their fuel use that people take with them", "uniform", 0.4, 0.7, 1.0,
              "judgement"),
)  # fmt: skip


def step(
    day: Any, members: Any, people: Any, pair_pointers: Any, pair_destination: Any, pair_days: Any, pair_walk: Any,
    destination_place: Any, destination_abroad: Any, destination_capacity: Any, destination_open: Any,
    place_zone: Any, power_h: Any, opening_power_h: Any, unserved_people: Any, food_price: Any, fare: Any,
    lever_leg_closed: Any, closed_share: Any, pressure: Any, isolated: Any, besieged: Any, seal: Any,
    conflict_push: Any, siege_push: Any, dep_max: Any, dep_base: Any, dep_water: Any, dep_food: Any, dep_fuel: Any,
    dep_power: Any, foot_share: Any, fare_hold: Any, return_rate: Any, left_use: Any, people_here: Any,
    at_destination: Any, under_way: Any, fled: Any,
    flow_carry: Any, back_carry: Any, pull: Any, trapped: Any, displaced_new: Any, refugees_new: Any, returned: Any,
    people_isolated: Any, people_besieged: Any, here_factor: Any,
) -> None:  # fmt: skip
    """One day of leaving, travelling and returning."""
    lanes = members.shape[0]
    places, slots = people_here.shape[0], under_way.shape[1]
    room = np.ones((destination_place.shape[0], lanes), np.float32)
    for d in range(room.shape[0]):
        arrive(under_way[d], day % slots, destination_capacity[d], at_destination[d], room[d])
    base = np.empty(lanes, np.float32)
    for i in range(lanes):
        base[i] = logistic(dep_base[i])
    dark = np.zeros(lanes, np.float32)
    lack = np.empty(lanes, np.float32)
    leave = np.empty(lanes, np.float32)
    unit = np.empty(lanes, np.float32)
    drive = np.empty(lanes, np.float32)
    walk = np.empty(lanes, np.float32)
    back = np.empty(lanes, np.float32)
    for p in range(places):
        first, last = pair_pointers[p], pair_pointers[p + 1]
        for i in range(lanes):
            displaced_new[p, i] = 0
            refugees_new[p, i] = 0
            returned[p, i] = 0
        if first < last:
            z = place_zone[p]
            for i in range(lanes):
                dark[i] = clip((opening_power_h[z, i] - power_h[z, i]) / DAY_H, ZERO, ONE) if z >= 0 else ZERO
            feel(people[p], unserved_people[p, 1], food_price[p], closed_share[p], dark, dep_base, dep_water, dep_food,
                 dep_fuel, dep_power, lack)  # fmt: skip
            wish(pressure[p], besieged[p], lever_leg_closed[p], conflict_push, siege_push, dep_max, base,
                 people_here[p], trapped[p], lack, leave)  # fmt: skip
            means(seal[p], closed_share[p], fare[p], fare_hold, foot_share, drive, walk)
            for i in range(lanes):
                unit[i] = ZERO
            for k in range(first, last):
                weigh(pull[k], room[pair_destination[k]], unit)
            for i in range(lanes):
                unit[i] = leave[i] / unit[i] if unit[i] > TINY else ZERO
                trapped[p, i] = leave[i]
            for i in range(lanes):
                calm = WEEK * return_rate[i] * (ONE - min(pressure[p, i], ONE)) * (ONE - closed_share[p, i])
                back[i] = calm * (ONE - isolated[p, i])
            for k in range(first, last):
                d = pair_destination[k]
                way = under_way[d, (day + pair_days[k]) % slots]
                new = refugees_new[p] if destination_abroad[d] else displaced_new[p]
                set_out(pull[k], room[d], unit, drive, walk, pair_walk[k], flow_carry[k], people_here[p], trapped[p],
                        fled[k], way, new)  # fmt: skip
                if (day + k) % 7 == 0:
                    turn_back(back, back_carry[k], fled[k], at_destination[d], people_here[p], returned[p])
            for i in range(lanes):
                trapped[p, i] = clip(trapped[p, i], ZERO, F32(people_here[p, i]))
        count_here(people[p], left_use, people_here[p], isolated[p], besieged[p], people_isolated[p],
                   people_besieged[p], here_factor[p])  # fmt: skip
    for d in range(room.shape[0]):
        p = destination_place[d]
        if p >= 0 and people[p] > ZERO:
            for i in range(lanes):
                hosted = F32(at_destination[d, i] - destination_open[d])
                here_factor[p, i] = max(here_factor[p, i] + left_use[i] * hosted / people[p], ZERO)


def arrive(way: Any, slot: Any, capacity: Any, there: Any, room: Any) -> None:
    """Those due today arrive; room that is left, counting those still under way; 1 where nobody set a limit."""
    for i in range(there.shape[0]):
        there[i] += way[slot, i]
    for i in range(there.shape[0]):
        way[slot, i] = 0
    if capacity >= ZERO:
        expected = there.copy()
        for s in range(way.shape[0]):
            for i in range(there.shape[0]):
                expected[i] += way[s, i]
        for i in range(there.shape[0]):
            room[i] = clip(TEN * (ONE - F32(expected[i]) / max(capacity, ONE)), ZERO, ONE)


def feel(
    people: Any, without_water: Any, food: Any, closed: Any, dark: Any, dep_base: Any, dep_water: Any, dep_food: Any,
    dep_fuel: Any, dep_power: Any, lack: Any,
) -> None:  # fmt: skip
    """Deprivation of one place as a logit."""
    for i in range(lack.shape[0]):
        thirst = dep_base[i] + dep_water[i] * min(without_water[i] / max(people, ONE), ONE)
        lack[i] = thirst + (dep_food[i] * max(food[i] - ONE, ZERO) + dep_fuel[i] * closed[i] + dep_power[i] * dark[i])


def wish(
    pressure: Any, besieged: Any, shut: Any, conflict_push: Any, siege_push: Any, dep_max: Any, base: Any, here: Any,
    trapped: Any, lack: Any, leave: Any,
) -> None:  # fmt: skip
    """People of one place who want to be gone today, those who could not go before included."""
    for i in range(leave.shape[0]):
        violence = min(conflict_push[i] * pressure[i] + siege_push[i] * min(besieged[i], shut[i]), HALF)
        deprived = dep_max[i] * max(logistic(lack[i]) - base[i], ZERO)
        new = ONE - (ONE - violence) * (ONE - deprived)
        leave[i] = max(F32(here[i]) - trapped[i], ZERO) * new + trapped[i]


def means(seal: Any, closed: Any, fare: Any, fare_hold: Any, foot_share: Any, drive: Any, walk: Any) -> None:
    """Part of those who wish to go that drives, and that can only walk."""
    for i in range(drive.shape[0]):
        dear = ONE + fare_hold[i] * max(fare[i] - ONE, ZERO)
        by_road = (ONE - seal[i]) * (ONE - closed[i]) / dear
        drive[i] = by_road
        walk[i] = (ONE - by_road) * foot_share[i] * (ONE - seal[i])


def weigh(pull: Any, room: Any, total: Any) -> None:
    """Add the weight of one destination."""
    for i in range(total.shape[0]):
        total[i] += pull[i] * room[i]


def set_out(
    pull: Any, room: Any, unit: Any, drive: Any, walk: Any, near: Any, carry: Any, here: Any, trapped: Any, fled: Any,
    way: Any, counted: Any,
) -> None:  # fmt: skip
    """Whole people who set out from a place for one destination; the fraction is carried."""
    for i in range(unit.shape[0]):
        flow = unit[i] * pull[i] * room[i] * (drive[i] + walk[i] * near)
        gone = min(I32(carry[i] + flow), here[i])
        carry[i] = clip(carry[i] + flow - F32(gone), ZERO, ONE)
        trapped[i] -= flow
        here[i] -= gone
        fled[i] += gone
        way[i] += gone
        counted[i] += gone


def turn_back(back: Any, carry: Any, fled: Any, there: Any, here: Any, counted: Any) -> None:
    """Whole people who return from one destination to one place."""
    for i in range(back.shape[0]):
        ready = carry[i] + F32(fled[i]) * back[i]
        gone = min(min(I32(ready), fled[i]), there[i])
        carry[i] = clip(ready - F32(gone), ZERO, ONE)
        here[i] += gone
        fled[i] -= gone
        there[i] -= gone
        counted[i] += gone


def count_here(
    people: Any, left_use: Any, here: Any, isolated: Any, besieged: Any, cut_off: Any, under_siege: Any, factor: Any
) -> None:
    """People in isolation and siege; users of fuel against the start."""
    for i in range(here.shape[0]):
        cut_off[i] = F32(here[i]) * isolated[i]
    for i in range(here.shape[0]):
        under_siege[i] = F32(here[i]) * besieged[i]
    for i in range(here.shape[0]):
        factor[i] = ONE + left_use[i] * (F32(here[i]) - people) / people if people > ZERO else ONE


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Everyone at home, destinations as the case says, pulls by distance."""
    fixed = world.constants
    state["people_here"][:] = fixed["people"].astype(np.int32)[:, None]
    state["at_destination"][:] = fixed["destination_open"][:, None]
    near = (fixed["pair_km"][:, None].astype(np.float64) + 10) / 100
    state["pull"][:] = near ** -parameters["distance_decay"].astype(np.float64)


PROCESS = Process("people", "Who leaves, who cannot, who comes back", STATE, PARAMETERS, step, start)
