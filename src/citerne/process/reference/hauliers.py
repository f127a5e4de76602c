"""Hauliers, for one future: corridor by corridor, trucks come home, fear is updated, the willing load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citerne.engine.kernel import exp2, log2, logistic
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added, held

STREAM = 12
DAYS_OF_WEEK, NEWSWORTHY_TRUCKS = F32(7), F32(50)
LEAST_SEEN, MOST_FEARED, TINY = F32(0.05), F32(0.9), F32(1e-6)


@dataclass
class Trade:
    """Normal trucks a day of a corridor, and those that stood at its border this morning, float32."""

    normal: Any
    waiting: Any


def one_day(future: Future) -> None:
    """The day of the hauliers of every corridor."""
    state, fixed = future.state, future.constants
    burned_anywhere = added(state.destroyed_trucks)
    for corridor in range(len(fixed.supply_l)):
        come_home(future, corridor)
        trade = Trade(
            added([future.normal_trucks(supply) for supply in fixed.supply_l[corridor]]),
            added(state.waiting_trucks[corridor]),
        )
        look_back(future, corridor, trade, burned_anywhere)
        make_up_mind(future, corridor)
        for product, supply in enumerate(fixed.supply_l[corridor]):
            if supply > ZERO:
                load(future, corridor, product, trade)


def come_home(future: Future, corridor: int) -> None:
    """Empty trucks due today stand idle at the source."""
    ring = future.state.returning_trucks[corridor]
    today = future.day % len(ring)
    future.state.idle_trucks[corridor] += ring[today]
    ring[today] = 0


def look_back(future: Future, corridor: int, trade: Trade, burned_anywhere: Any) -> None:
    """Perceived loss after yesterday's trips, declarations and news."""
    state, par = future.state, future.parameters
    fear = state.perceived_loss[corridor]
    sent, lost = F32(state.sent_trucks[corridor]), F32(state.destroyed_trucks[corridor])
    if sent > ZERO:
        d = ONE - exp2(log2(ONE - par.memory_week) / DAYS_OF_WEEK)
        evidence = min(sent / max(trade.normal, TINY), ONE)
        fear = fear + d * evidence * (lost / sent - fear)
    else:
        fear = fear * (ONE - par.forget_week / DAYS_OF_WEEK)
    rise = max(state.lever_blockade[corridor] - state.blockade_before[corridor], ZERO)
    news = min(burned_anywhere / NEWSWORTHY_TRUCKS, ONE)
    fear = fear + par.news_declared * rise + par.news_attack * news
    state.perceived_loss[corridor] = min(fear, MOST_FEARED)
    state.blockade_before[corridor] = state.lever_blockade[corridor]


def make_up_mind(future: Future, corridor: int) -> None:
    """Share willing with and without escort, and whether there is a strike."""
    state, par = future.state, future.parameters
    fear = state.perceived_loss[corridor]
    strength = state.lever_escort_strength[future.constants.corridor_theatre[corridor]]
    seen_under_escort = max(ONE - par.escort_trust * strength, LEAST_SEEN)
    at_stake = ONE + par.truck_value * (ONE - state.lever_insured_share[corridor]) + par.life_value
    earned = par.fare_margin + state.lever_hazard_pay[corridor]
    alone = willing(future, earned - fear * at_stake)
    state.willing_escorted[corridor] = willing(future, earned - fear * seen_under_escort * at_stake)
    if fear > par.strike_high:
        state.strike[corridor] = 1
    elif fear < par.strike_low:
        state.strike[corridor] = 0
    state.willing_alone[corridor] = min(alone, par.strike_floor) if state.strike[corridor] else alone


def willing(future: Future, profit: Any) -> Any:
    """Share of those who drive in calm times who find a trip of this profit worth it."""
    par = future.parameters
    in_calm_times = logistic(par.fare_margin / par.willing_spread)
    return min(logistic(profit / par.willing_spread) / in_calm_times, ONE)


def load(future: Future, corridor: int, product: int, trade: Trade) -> None:
    """Load whole trucks of one product; they reach the border after the foreign days."""
    state, par, fixed = future.state, future.parameters, future.constants
    opening = max(state.opening_stock_l[product], ONE)
    shortage = held(ONE - state.national_stock_l[product] / opening, -HALF, ONE)
    order = ONE + (par.surge_max - ONE) * shortage if shortage > ZERO else ONE + shortage
    most_willing = max(state.willing_alone[corridor], state.willing_escorted[corridor])
    ready = par.load_floor + (ONE - par.load_floor) * most_willing
    crowd = trade.waiting / (par.border_patience_days * max(trade.normal, TINY))
    damping = ONE / (ONE + crowd * crowd * crowd)
    wanted = future.normal_trucks(fixed.supply_l[corridor, product]) * order * ready * damping
    wanted = wanted * state.lever_orders[corridor]
    if state.lever_closed[corridor] >= HALF:
        wanted = ZERO
    parcel = parcel_trucks(future, corridor)
    carried = state.load_carry[corridor, product]
    if future.day == 0 and fixed.parcel_l[corridor] > ZERO:
        carried = future.luck(STREAM, corridor, product) * F32(parcel)
    wanted = carried + wanted
    trucks = min(int(wanted), int(state.idle_trucks[corridor])) // parcel * parcel
    state.load_carry[corridor, product] = min(wanted - F32(trucks), F32(parcel))
    state.idle_trucks[corridor] -= trucks
    ring = state.outbound_trucks[corridor]
    ring[(future.day + fixed.foreign_days[corridor]) % len(ring), product] += trucks


def parcel_trucks(future: Future, corridor: int) -> int:
    """Trucks that leave together: one, or as many as fill a ship or a train."""
    size = future.constants.parcel_l[corridor]
    return max(int(size / F32(future.tanker_l()) + HALF), 1) if size > ZERO else 1
