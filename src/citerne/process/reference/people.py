"""People, for one future: place by place and road by road, who goes, who is held, who returns."""

from __future__ import annotations

from typing import Any

from citerne.engine.kernel import logistic
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, held

HOURS, NEXT_TO_NOTHING, STEEP, A_WEEK = F32(24), F32(1e-6), F32(10), F32(7)


def one_day(future: Future) -> None:
    """Arrivals, departures and returns, then demand of tomorrow."""
    state, fixed = future.state, future.constants
    destinations = range(len(fixed.destination_place))
    slot = future.day % state.under_way.shape[1]
    rooms = []
    for d in destinations:
        state.at_destination[d] += state.under_way[d, slot]
        state.under_way[d, slot] = 0
        rooms.append(room_at(future, d))
    state.displaced_new[:] = state.refugees_new[:] = state.returned[:] = 0
    for place in range(len(state.people_here)):
        roads = range(fixed.pair_pointers[place], fixed.pair_pointers[place + 1])
        if roads:
            move(future, place, roads, rooms)
        count(future, place)
    for d in destinations:
        host = fixed.destination_place[d]
        if host >= 0 and fixed.people[host] > ZERO:
            hosted = F32(state.at_destination[d] - fixed.destination_open[d])
            users = state.here_factor[host] + future.parameters.left_use * hosted / fixed.people[host]
            state.here_factor[host] = max(users, ZERO)


def room_at(future: Future, destination: int) -> Any:
    """1 up to nine tenths full, then falling to 0; 1 where nobody set a limit."""
    capacity = future.constants.destination_capacity[destination]
    if capacity < ZERO:
        return ONE
    expected = future.state.at_destination[destination] + future.state.under_way[destination].sum()
    return held(STEEP * (ONE - F32(expected) / max(capacity, ONE)), ZERO, ONE)


def wish(future: Future, place: int) -> Any:
    """People who want to be gone: new ones pushed by violence or deprivation, and those held before."""
    state, fixed, par = future.state, future.constants, future.parameters
    zone, dark = fixed.place_zone[place], ZERO
    if zone >= 0:
        dark = held((state.opening_power_h[zone] - state.power_h[zone]) / HOURS, ZERO, ONE)
    surrounded = min(state.besieged[place], state.lever_leg_closed[place])
    violence = min(par.conflict_push * state.pressure[place] + par.siege_push * surrounded, HALF)
    thirsty = min(state.unserved_people[place, 1] / max(fixed.people[place], ONE), ONE)
    dearer = max(state.food_price[place] - ONE, ZERO)
    lack = par.dep_base + par.dep_water * thirsty
    lack = lack + (par.dep_food * dearer + par.dep_fuel * state.closed_share[place] + par.dep_power * dark)
    deprivation = par.dep_max * max(logistic(lack) - logistic(par.dep_base), ZERO)
    push = ONE - (ONE - violence) * (ONE - deprivation)
    before = state.trapped[place]
    return max(F32(state.people_here[place]) - before, ZERO) * push + before


def move(future: Future, place: int, roads: range, rooms: list[Any]) -> None:
    """Send people out on every road from a place, and take returns in."""
    state, fixed, par = future.state, future.constants, future.parameters
    wanting = wish(future, place)
    total = ZERO
    for road in roads:
        total = total + state.pull[road] * rooms[fixed.pair_destination[road]]
    unit = wanting / total if total > NEXT_TO_NOTHING else ZERO
    passable = ONE - state.seal[place]
    dear = ONE + par.fare_hold * max(state.fare[place] - ONE, ZERO)
    drive = passable * (ONE - state.closed_share[place]) / dear
    walk = (ONE - drive) * par.foot_share * passable
    still = wanting
    for road in roads:
        destination = fixed.pair_destination[road]
        flow = unit * state.pull[road] * rooms[destination] * (drive + walk * fixed.pair_walk[road])
        whole = min(int(state.flow_carry[road] + flow), int(state.people_here[place]))
        state.flow_carry[road] = held(state.flow_carry[road] + flow - F32(whole), ZERO, ONE)
        state.people_here[place] -= whole
        state.fled[road] += whole
        arrival = (future.day + fixed.pair_days[road]) % state.under_way.shape[1]
        state.under_way[destination, arrival] += whole
        new = state.refugees_new if fixed.destination_abroad[destination] else state.displaced_new
        new[place] += whole
        still = still - flow
        if (future.day + road) % 7 == 0:
            take_back(future, place, road, destination)
    state.trapped[place] = held(still, ZERO, F32(state.people_here[place]))


def take_back(future: Future, place: int, road: int, destination: int) -> None:
    """Returns of a week over one road, once it is calm at home."""
    state = future.state
    calm = A_WEEK * future.parameters.return_rate * (ONE - min(state.pressure[place], ONE))
    calm = calm * (ONE - state.closed_share[place]) * (ONE - state.isolated[place])
    flow = state.back_carry[road] + F32(state.fled[road]) * calm
    whole = min(int(flow), int(state.fled[road]), int(state.at_destination[destination]))
    state.back_carry[road] = held(flow - F32(whole), ZERO, ONE)
    state.people_here[place] += whole
    state.fled[road] -= whole
    state.at_destination[destination] -= whole
    state.returned[place] += whole


def count(future: Future, place: int) -> None:
    """People cut off and besieged; users of fuel against the start."""
    state, people = future.state, future.constants.people[place]
    here = F32(state.people_here[place])
    state.people_isolated[place] = here * state.isolated[place]
    state.people_besieged[place] = here * state.besieged[place]
    state.here_factor[place] = ONE + future.parameters.left_use * (here - people) / people if people > ZERO else ONE
