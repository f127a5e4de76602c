"""Market, for one future: cell by cell (place, product), who is served, who waits, what the street asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citerne.engine.kernel import exp2, log, log2, power
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, held

HOURS, DAYS_TO_HOARD = F32(24), F32(3)
LEAST_SALES = F32(1e-3)  # of normal need: keeps the wait finite where nothing is sold


@dataclass
class Cell:
    """One product in one place."""

    place: int
    product: int

    @property
    def key(self) -> tuple[int, int]:
        """Its position in arrays."""
        return self.place, self.product


def one_day(future: Future) -> None:
    """One day of selling in every cell."""
    state, fixed = future.state, future.constants
    places, products = state.stock_l.shape
    for product in range(products):
        set_pump_price(future, product)
    for place in range(places):
        closed = ZERO
        for product in range(products):
            cell = Cell(place, product)
            serve_reserved_and_bulk(future, cell)
            if fixed.is_retail[product] and fixed.retail_l[cell.key] > ZERO:
                wanted_l = wanted_today(future, cell)
                sell_at_pumps(future, cell, wanted_l)
                ask_on_street(future, cell, wanted_l)
                closed = max(closed, ONE - state.open_share[cell.key])
            state.sold_total_l[product] += state.sold_l[cell.key]
        fear = state.fear[place]
        fear = fear + future.parameters.fear_up * closed * (ONE - fear) - future.parameters.fear_down * fear
        state.fear[place] = held(fear, ZERO, ONE)


def set_pump_price(future: Future, product: int) -> None:
    """Pump price of the day; the street keeps its own price, so its multiple of the pump's changes."""
    state = future.state
    before = state.price_pump[product]
    today = future.constants.start_price[product] * state.lever_price_pump_factor[product]
    if today != before:
        for place in range(len(state.price_multiplier)):
            multiple = state.price_multiplier[place, product] * (before / today)
            state.price_multiplier[place, product] = max(multiple, ONE)
    state.price_pump[product] = today


def normal_retail(future: Future, cell: Cell) -> Any:
    """Normal retail need of a cell, litres a day."""
    return future.constants.retail_l[cell.key] * future.parameters.demand_factor


def serve_reserved_and_bulk(future: Future, cell: Cell) -> None:
    """Hospitals, water and telecom take what they need; mines and trade as far as stocks look safe."""
    state, fixed, par = future.state, future.constants, future.parameters
    stock = int(state.stock_l[cell.key])
    reserved_need = fixed.reserved_l[cell.key] * par.demand_factor * state.reserved_factor[cell.key]
    first = min(int(reserved_need), stock)
    bulk_need = fixed.bulk_l[cell.key] * par.demand_factor
    free = max(stock - first - int(state.fenced_l[cell.key]), 0)
    part = held(F32(free) / max(par.bulk_days * bulk_need, ONE), ZERO, ONE)
    second = min(int(bulk_need * min(part, state.lever_bulk_share[cell.product])), free)
    state.reserved_sold_l[cell.key] = first
    state.sold_l[cell.key] = first + second
    state.stock_l[cell.key] = stock - first - second


def wanted_today(future: Future, cell: Cell) -> Any:
    """Litres that motorists and generators want today, before yesterday's backlog; fear fills private tanks."""
    state, fixed, par = future.state, future.constants, future.parameters
    held_back = state.hoard_days[cell.key]
    bought_to_hold = held((state.fear[cell.place] * par.hoard_days_max - held_back) / DAYS_TO_HOARD, -HALF, ONE)
    state.hoard_days[cell.key] = held_back + bought_to_hold
    over_start = log2(max(state.price_multiplier[cell.key], ONE)) + log2(state.lever_price_pump_factor[cell.product])
    trips = exp2(par.retail_elasticity * over_start)
    need = normal_retail(future, cell) * state.here_factor[cell.place]
    wanted = need * (state.lever_mobility * state.fare_trips[cell.place] * trips + bought_to_hold)
    zone = fixed.place_zone[cell.place]
    if fixed.generator_product[cell.product] and zone >= 0:
        dark = held((state.opening_power_h[zone] - state.power_h[zone]) / HOURS, ZERO, ONE)
        wanted = wanted + need * par.generator_share * dark
    return max(wanted, ZERO)


def sell_at_pumps(future: Future, cell: Cell, wanted_l: Any) -> None:
    """Pumps sell as far as stations are open, pumps are fast and rations reach; the rest waits or gives up."""
    state, par = future.state, future.parameters
    need = normal_retail(future, cell)
    stock = int(state.stock_l[cell.key])
    free = max(stock - int(state.fenced_l[cell.key]), 0)
    open_share = held(F32(free) / max(par.station_days * need, ONE), ZERO, ONE)
    asked = wanted_l + state.backlog_l[cell.key]
    limit = open_share * par.pump_speed * need * state.lever_ration_share[cell.product]
    sold = min(int(min(asked, limit)), free)
    unserved = max(asked - F32(sold), ZERO)
    if unserved <= ONE:
        unserved = ZERO  # whole litres are sold, so less than one is no shortage
    backlog = min(unserved * par.backlog_persist, par.backlog_days_max * need)
    state.stock_l[cell.key] = stock - sold
    state.sold_l[cell.key] += sold
    state.pump_sold_l[cell.key] = sold
    state.open_share[cell.key] = open_share
    state.unserved_l[cell.key] = unserved
    state.backlog_l[cell.key] = backlog
    little = HOURS * backlog * state.lever_plate_share / max(F32(sold), LEAST_SALES * need)  # Little's law
    state.queue_h[cell.key] = min(par.queue_base_h + little, par.queue_h_max)


def ask_on_street(future: Future, cell: Cell, wanted_l: Any) -> None:
    """Resold fuel meets those who are left over; the price moves a part of the way to where they match."""
    state, par = future.state, future.parameters
    over_pump = state.price_multiplier[cell.key]
    leak = min(par.leak_base + par.leak_slope * log(max(over_pump, ONE)), par.leak_max)
    sold = F32(state.pump_sold_l[cell.key])
    offered = leak * (ONE - state.lever_street_ban) * sold
    kept = sold - offered
    looking = max(wanted_l + par.street_backlog * state.backlog_l[cell.key] - kept, offered)
    if looking - offered <= ONE:
        matching = ONE
    else:
        matching = power(max(offered, ONE) / max(looking, ONE), ONE / par.street_elasticity)
    cap = par.street_cap * (ONE + future.constants.hub_km[cell.place] / par.street_km)
    cap_now = max(cap / state.lever_price_pump_factor[cell.product], ONE)
    matching = held(matching, ONE, cap_now)
    over_pump = max(over_pump + par.street_speed * (matching - over_pump), ONE)
    state.price_multiplier[cell.key] = over_pump
    state.price_street[cell.key] = over_pump * state.price_pump[cell.product]
