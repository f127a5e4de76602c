"""Hauliers: how dangerous they think a road is, who is willing, who loads.

Perceived loss per trip, with exponential memory w a week (science 2.5):

    p <- (1 - d e) p + d e (lost / sent),   d = 1 - (1 - w)^(1/7),  e = min(1, sent / normal),

and slow forgetting when nobody drove, p <- p (1 - forget_week / 7); news of a declaration adds news_declared times the
rise of the declared pressure, burned trucks anywhere add news_attack * min(1, burned / 50).
Profit of a trip in fares: P = fare_margin + hazard_pay - p (1 + truck_value (1 - insured) + life_value), the 1 being
the fare that a lost load does not earn. Of those who drive in calm times the share
q = min(1, L(P / willing_spread) / L(fare_margin / willing_spread)) is willing, L(x) = 1 / (1 + exp(-x)): a trip breaks
even at p* = margin / (1 + value + life) (A14, the limit of a small spread).
Under escort p counts (1 - escort_trust * strength) of itself, at least a twentieth. A strike starts above strike_high
and ends below strike_low; those who strike drive alone no more than strike_floor of the time.

Loading follows orders: normal trade, times 1 + (surge_max - 1) x in shortage and 1 + x in plenty, with
x = 1 - stock / opening in [-0.5, 1], times load_floor + (1 - load_floor) max(willing alone, willing under escort),
times 1 / (1 + y^3), y = trucks waiting at the border / (border_patience_days of normal trucks), times what is ordered
at the source against normal (`orders`). Perceived loss is at most 0.9.

Where a product comes in parcels (a ship, a train), orders add up until they fill one; whole parcels leave. How far the
first one is on day 0 is drawn, so that the ships of different futures do not come on the same day.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, HALF, I32, ONE, ZERO, clip, exp2, log2, logistic, stream, uniform
from citerne.process.trucks import litres_per_truck, normal_trucks, whole_trucks

STREAM = 12
SEVEN, FIFTY, LEAST_TRUST, MOST, TINY = (np.float32(v) for v in (7, 50, 0.05, 0.9, 1e-6))

STATE = (
    Field("perceived_loss", ("corridor",), "f4", "1/trip", "Loss per trip that hauliers expect."),
    Field("strike", ("corridor",), "i4", "", "1 while hauliers strike."),
    Field("willing_alone", ("corridor",), "f4", "", "Share willing to drive without escort."),
    Field("willing_escorted", ("corridor",), "f4", "", "Share willing to drive in a column."),
    Field("blockade_before", ("corridor",), "f4", "", "Declared pressure yesterday."),
    Field("idle_trucks", ("corridor",), "i4", "trucks", "Empty at the source."),
    Field("load_carry", ("corridor", "product"), "f4", "trucks", "Part of a truck not yet loaded."),
    Field("outbound_trucks", ("corridor", "out_slot", "product"), "i4", "trucks", "Loaded, by day at the border."),
    Field("returning_trucks", ("corridor", "back_slot"), "i4", "trucks", "Empty on the way back, by day of return."),
)  # fmt: skip

PARAMETERS = (
    Parameter("memory_week", "1/week", "Weight of the last week in perceived loss", "beta", 0.05, 0.25, 0.53,
              "judgement: Beta(2, 6)", floor=0.01, ceiling=0.95),
    Parameter("forget_week", "1/week", "Fading of fear on a road nobody drives", "uniform", 0.0, 0.1, 0.35,
              "judgement"),
    Parameter("news_declared", "1/trip", "Jump of perceived loss when a blockade is declared", "lognormal",
              0.01, 0.03, 0.09, "judgement: willingness fell within days of 3 September 2025"),
    Parameter("news_attack", "1/trip", "Jump when 50 trucks burn in a day, anywhere", "lognormal", 0.005, 0.02, 0.08,
              "judgement"),
    Parameter("fare_margin", "fares", "Profit of a trip without losses", "uniform", 0.2, 0.4, 0.6, "judgement"),
    Parameter("truck_value", "fares", "Worth of truck and load", "uniform", 15, 30, 45, "judgement: A14 uses 30"),
    Parameter("life_value", "fares", "What the danger to the driver counts", "uniform", 0, 15, 40, "judgement"),
    Parameter("willing_spread", "fares", "Spread of hauliers' views", "lognormal", 0.1, 0.25, 0.6, "judgement"),
    Parameter("escort_trust", "", "Part of the danger that an army escort takes away in hauliers' eyes", "uniform",
              0.2, 0.5, 0.9, "judgement"),
    Parameter("strike_high", "1/trip", "Perceived loss that starts a strike", "uniform", 0.06, 0.12, 0.25, "judgement"),
    Parameter("strike_low", "1/trip", "Perceived loss that ends it", "uniform", 0.01, 0.03, 0.05, "judgement"),
    Parameter("strike_floor", "", "Share that drives alone during a strike", "uniform", 0.0, 0.03, 0.1, "judgement"),
    Parameter("fleet_slack", "", "Trucks beyond normal need, share", "uniform", 0.05, 0.25, 0.6,
              "judgement: fleet 1,500-4,000 against about 2,000 in normal use"),
    Parameter("surge_max", "", "Largest orders against normal", "uniform", 1.0, 1.3, 1.6, "judgement"),
    Parameter("load_floor", "", "Share loaded whatever the danger", "uniform", 0.1, 0.35, 0.7,
              "judgement: exports from Senegal by value still rose in autumn 2025; loaded is not delivered"),
    Parameter("border_patience_days", "days", "Normal days of trucks that may wait before loading slows", "uniform",
              5, 12, 25, "judgement"),
    Parameter("truck_m3", "m3", "Volume of a tanker", "triangular", 45, 46, 48,
              "press and importers' figures of autumn 2025", "B"),
)  # fmt: skip


def step(
    day: Any, seed: Any, members: Any, supply_l: Any, parcel_l: Any, foreign_days: Any,
    lever_blockade: Any, lever_hazard_pay: Any, lever_insured_share: Any, lever_escort_strength: Any,
    lever_closed: Any, lever_orders: Any, corridor_theatre: Any, sent_trucks: Any, destroyed_trucks: Any,
    waiting_trucks: Any, national_stock_l: Any, opening_stock_l: Any, demand_factor: Any,
    memory_week: Any, forget_week: Any, news_declared: Any, news_attack: Any, fare_margin: Any, truck_value: Any,
    life_value: Any, willing_spread: Any, escort_trust: Any, strike_high: Any, strike_low: Any, strike_floor: Any,
    surge_max: Any, load_floor: Any, border_patience_days: Any, truck_m3: Any,
    perceived_loss: Any, strike: Any, willing_alone: Any, willing_escorted: Any, blockade_before: Any,
    idle_trucks: Any, load_carry: Any, outbound_trucks: Any, returning_trucks: Any,
) -> None:  # fmt: skip
    """Empty trucks come home; hauliers look back at yesterday, make up their minds, and load."""
    lanes = members.shape[0]
    corridors, products = supply_l.shape
    burned = np.zeros(lanes, np.float32)
    for c in range(corridors):
        for i in range(lanes):
            burned[i] += F32(destroyed_trucks[c, i])
    memory = np.empty(lanes, np.float32)
    calm = np.empty(lanes, np.float32)
    for i in range(lanes):
        memory[i] = ONE - exp2(log2(ONE - memory_week[i]) / SEVEN)
        calm[i] = logistic(fare_margin[i] / willing_spread[i])
    order = np.empty((products, lanes), np.float32)
    for f in range(products):
        for i in range(lanes):
            shortage = clip(ONE - national_stock_l[f, i] / max(opening_stock_l[f, i], ONE), -HALF, ONE)
            order[f, i] = ONE + (surge_max[i] - ONE) * shortage if shortage > ZERO else ONE + shortage
    normal = np.empty(lanes, np.float32)
    waiting = np.empty(lanes, np.float32)
    ready = np.empty(lanes, np.float32)
    room = np.empty(lanes, np.float32)
    back = day % returning_trucks.shape[1]
    for c in range(corridors):
        for i in range(lanes):
            idle_trucks[c, i] += returning_trucks[c, back, i]
            returning_trucks[c, back, i] = 0
            normal[i] = ZERO
            waiting[i] = ZERO
        for f in range(products):
            if supply_l[c, f] > ZERO:
                for i in range(lanes):
                    normal[i] += normal_trucks(supply_l[c, f], demand_factor[i], truck_m3[i])
                    waiting[i] += F32(waiting_trucks[c, f, i])
        for i in range(lanes):
            rise = max(lever_blockade[c, i] - blockade_before[c, i], ZERO)
            p = remember(perceived_loss[c, i], sent_trucks[c, i], destroyed_trucks[c, i], normal[i], memory[i],
                         forget_week[i])  # fmt: skip
            p = p + news_declared[i] * rise + news_attack[i] * min(burned[i] / FIFTY, ONE)
            p = min(p, MOST)
            perceived_loss[c, i] = p
            blockade_before[c, i] = lever_blockade[c, i]
        trust = lever_escort_strength[corridor_theatre[c]]
        for i in range(lanes):
            p = perceived_loss[c, i]
            at_stake = ONE + truck_value[i] * (ONE - lever_insured_share[c, i]) + life_value[i]
            pay = fare_margin[i] + lever_hazard_pay[c, i]
            seen = max(ONE - escort_trust[i] * trust[i], LEAST_TRUST)
            alone = min(logistic((pay - p * at_stake) / willing_spread[i]) / calm[i], ONE)
            willing_escorted[c, i] = min(logistic((pay - p * seen * at_stake) / willing_spread[i]) / calm[i], ONE)
            on = strike[c, i]
            on = I32(1) if p > strike_high[i] else (I32(0) if p < strike_low[i] else on)
            strike[c, i] = on
            willing_alone[c, i] = min(alone, strike_floor[i]) if on == 1 else alone
        for i in range(lanes):
            ready[i] = load_floor[i] + (ONE - load_floor[i]) * max(willing_alone[c, i], willing_escorted[c, i])
            crowd = waiting[i] / (border_patience_days[i] * max(normal[i], TINY))
            room[i] = ONE / (ONE + crowd * crowd * crowd)
        arrival = (day + foreign_days[c]) % outbound_trucks.shape[1]
        for f in range(products):
            if supply_l[c, f] > ZERO:
                if parcel_l[c] > ZERO and day == 0:
                    part_of_first(seed, c, f, members, parcel_l[c], truck_m3, load_carry[c, f])
                load(supply_l[c, f], demand_factor, truck_m3, order[f], ready, room, lever_closed[c], lever_orders[c],
                     parcel_l[c], load_carry[c, f], idle_trucks[c], outbound_trucks[c, arrival, f])  # fmt: skip


def remember(p: Any, sent: Any, lost: Any, normal: Any, memory: Any, forget_week: Any) -> Any:
    """Perceived loss after looking at yesterday's trips on the road; `memory` is the weight of one day."""
    evidence = memory * min(F32(sent) / max(normal, TINY), ONE)
    ratio = F32(lost) / max(F32(sent), ONE)
    return p + evidence * (ratio - p) if sent > 0 else p * (ONE - forget_week / SEVEN)


def parcel_trucks(parcel_l: Any, truck_m3: Any) -> Any:
    """Whole trucks in a parcel, at least one (int32)."""
    return max(I32(parcel_l / litres_per_truck(truck_m3) + HALF), I32(1))


def part_of_first(
    seed: Any, corridor: Any, product: Any, members: Any, parcel_l: Any, truck_m3: Any, carry: Any
) -> None:
    """Draw how much of the first parcel has been ordered before day 0."""
    key = stream(seed, STREAM, corridor, 0, product)
    for i in range(carry.shape[0]):
        carry[i] = uniform(key, members[i]) * F32(parcel_trucks(parcel_l, truck_m3[i]))


def load(
    supply_l: Any, demand_factor: Any, truck_m3: Any, order: Any, ready: Any, room: Any, closed: Any, orders: Any,
    parcel_l: Any, carry: Any, idle: Any, outbound: Any,
) -> None:  # fmt: skip
    """Load trucks of one product at one source, one by one or by the parcel; arrays have shape (member,)."""
    for i in range(carry.shape[0]):
        shut = ONE if closed[i] < HALF else ZERO
        usual = normal_trucks(supply_l, demand_factor[i], truck_m3[i])
        carry[i] += usual * order[i] * ready[i] * room[i] * shut * orders[i]
    if parcel_l > ZERO:
        for i in range(carry.shape[0]):
            whole = parcel_trucks(parcel_l, truck_m3[i])
            trucks = min(I32(carry[i]), idle[i]) // whole * whole
            carry[i] = min(carry[i] - F32(trucks), F32(whole))
            idle[i] -= trucks
            outbound[i] += trucks
    else:
        for i in range(carry.shape[0]):
            trucks = min(I32(carry[i]), idle[i])
            carry[i] = min(carry[i] - F32(trucks), ONE)
            idle[i] -= trucks
            outbound[i] += trucks


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """A fleet of normal size plus slack, part of it on the road at the normal rhythm.

    Trucks under way are laid out as steady trade would have left them; the rest of the fleet is idle. Where fuel comes
    in parcels there is always a vessel to charter: one more parcel of each product.
    """
    parcel = world.constants["parcel_l"]
    supply = world.constants["supply_l"]
    rate = normal_trucks(supply[:, :, None], parameters["demand_factor"], parameters["truck_m3"])
    days_out, days_in = world.constants["foreign_days"], world.constants["inland_days"]
    state["willing_alone"][:] = 1
    state["willing_escorted"][:] = 1
    for c in range(supply.shape[0]):
        out, inside = int(days_out[c]), int(days_in[c])
        brought = np.flatnonzero(supply[c] > 0)  # no other product has trucks
        trips = whole_trucks(rate[c, brought], out + inside)
        state["outbound_trucks"][c, :out, brought] = trips[:out].swapaxes(0, 1)
        returning = trips.sum(axis=1)
        state["returning_trucks"][c, : out + inside] = returning
        cycle = 2 * (days_out[c] + days_in[c]) + 5  # five days at customs, border and depots
        need = rate[c].sum(axis=0) * cycle * (1 + parameters["fleet_slack"])
        if parcel[c] > 0:
            per_parcel = np.ceil(parcel[c] / litres_per_truck(parameters["truck_m3"]))
            need = need + (supply[c] > 0).sum() * (per_parcel + 1)
        moving = returning[:out].sum(axis=0) + returning.sum(axis=0)
        inland = returning[:inside].sum(axis=0)
        state["idle_trucks"][c] = np.maximum(np.ceil(need) - moving - inland, 0).astype(np.int32)
    row = parameters["plan_row"].astype(np.int64)
    state["blockade_before"][:] = world.constants["plan_blockade"][0][:, row]


PROCESS = Process("hauliers", "Who dares to drive, and who loads", STATE, PARAMETERS, step, start)
