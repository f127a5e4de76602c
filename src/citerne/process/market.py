"""Market: who buys at the pump, who waits, what the street asks.

Each day and cell (place, product), from the stock S:

* reserved users (hospital, water, telecom) take first, min(need * reserved_factor, S);
* all others share what the fence around their pool and the reserve leaves (rest; see allocation);
* stations: share open o = min(1, rest / (station_days * retail need)); reported as stations_open_share;
* bulk users (mines, trade) take min(need * o', rest), o' = min(1, rest / (bulk_days * need), bulk_share);
* retail (private cars, public transport): want W = need * h * (mobility * fares * r + hoarding) +
  generators, r = (street price / pump price of the start)^elasticity, a mild cut of trips, h the people still here
  against the start, fares the trips that fares leave (both, with reserved_factor, are set by processes that follow and
  stay 1 without them); pumps sell
  min(W + B, o * pump_speed * need * ration, rest).

Backlog (memory of unfilled wants): B <- persist (W + B - sold), at most backlog_days_max of need. Expected wait of who
joins today, in hours: queue_base_h + 24 plate_share B / sold at the pump, at most queue_h_max (Little's law; science
5.2). Odd-even days (plate_share 1/2) send half of those who wait home for the day: the line is shorter, and as much
fuel is wanted and sold as before.
Fear F in [0, 1] rises with closed stations, F <- F + fear_up (1 - o)(1 - F) - fear_down F; drivers then hold
hoard_days * F days of need more, bought over three days and used up when fear fades (science 5.3).

Street: of pump sales a share s = min(leak_max, leak_base + leak_slope log(P/Pc)) (1 - ban) is resold; with the informal
market the street serves those left over, X = s sold, Q = max(X, W + street_backlog B - (1 - s) sold), at
P* = Pc (X / Q)^(1 / street_elasticity), held between the pump price Pc and a smuggling cap
P0 street_cap (1 + km to the hub / street_km), P0 the pump price of the start: what smuggled fuel costs does not depend
on a later official price; the price moves a share street_speed of the way a day. A new pump price moves the street no
further than up to itself. With all fuel on the street, P*/Pc = (supply / demand)^(1/elasticity) (A26).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, HALF, I32, LN2, ONE, ZERO, clip, exp2, log2

DAY_H, THREE, TINY, FULL = np.float32(24), np.float32(3), np.float32(1e-6), np.float32(1e-3)

STATE = (
    Field("sold_l", ("place", "product"), "i4", "L", "Sold to all users but power plants today."),
    Field("reserved_sold_l", ("place", "product"), "i4", "L", "Sold to hospitals, waterworks and telecom today."),
    Field("reserved_factor", ("place", "product"), "f4", "", "Need of reserved users against normal."),
    Field("here_factor", ("place",), "f4", "", "People still here, as users of fuel, against the start."),
    Field("fare_trips", ("place",), "f4", "", "Trips that fares leave, against the start."),
    Field("pump_sold_l", ("place", "product"), "i4", "L", "Sold at pumps today."),
    Field("unserved_l", ("place", "product"), "f4", "L", "Wanted today and not sold, retail."),
    Field("backlog_l", ("place", "product"), "f4", "L", "Unfilled wants of those who keep waiting."),
    Field("open_share", ("place", "product"), "f4", "", "Share of retail demand whose station has fuel."),
    Field("queue_h", ("place", "product"), "f4", "h", "Expected wait of who joins today and is served."),
    Field("fear", ("place",), "f4", "", "Fear of shortage, 0 to 1."),
    Field("hoard_days", ("place", "product"), "f4", "days", "Extra fuel held in private tanks, days of need."),
    Field("price_street", ("place", "product"), "f4", "currency/L", "Median price asked outside stations."),
    Field("price_pump", ("product",), "f4", "currency/L", "Official price."),
    Field("price_multiplier", ("place", "product"), "f4", "", "Street price over pump price."),
    Field("sold_total_l", ("product",), "i8", "L", "Sold since day 0."),
)

PARAMETERS = (
    Parameter("demand_factor", "", "National need against the case's table", "lognormal", 0.85, 1.0, 1.2,
              "figures national_consumption_daily: 3.6-6.4 million L a day", "D"),
    Parameter("station_days", "days", "Stock at which all stations are open, days of retail need", "uniform",
              0.8, 1.8, 3.0, "judgement"),
    Parameter("bulk_days", "days", "Stock at which bulk users take all they need", "uniform", 0.5, 1.5, 3.0,
              "judgement"),
    Parameter("pump_speed", "", "Most that pumps can sell a day against normal", "uniform", 1.1, 1.5, 2.2, "judgement"),
    Parameter("backlog_persist", "1/day", "Part of those unserved who wait on", "uniform", 0.5, 0.75, 0.92,
              "judgement: waits of several days were reported"),
    Parameter("backlog_days_max", "days", "Longest backlog, days of need", "uniform", 1.5, 3, 6, "judgement"),
    Parameter("queue_base_h", "h", "Wait without shortage", "uniform", 0.02, 0.1, 0.3, "judgement"),
    Parameter("queue_h_max", "h", "Longest wait reported", "uniform", 72, 110, 168,
              "judgement: over 96 h was reported"),
    Parameter("fear_up", "1/day", "Rise of fear with closed stations", "uniform", 0.1, 0.3, 0.6, "judgement"),
    Parameter("fear_down", "1/day", "Fading of fear", "uniform", 0.05, 0.12, 0.25, "judgement"),
    Parameter("hoard_days_max", "days", "Extra fuel that fear makes drivers hold", "uniform", 0.5, 2, 4,
              "judgement: peak demand 1.3-2.0 of normal"),
    Parameter("retail_elasticity", "", "Trips cut by the street price", "uniform", -0.35, -0.15, 0.0,
              "meta-analyses of fuel demand, short run -0.09 to -0.34", "C"),
    Parameter("leak_base", "", "Pump sales resold without shortage", "uniform", 0.0, 0.02, 0.05, "judgement"),
    Parameter("leak_slope", "", "Growth of resale with log price", "uniform", 0.02, 0.08, 0.2, "judgement"),
    Parameter("leak_max", "", "Most that is resold", "uniform", 0.1, 0.25, 0.4, "judgement", ceiling=1.0),
    Parameter("street_elasticity", "", "Elasticity of those who buy on the street", "uniform", -1.6, -1.0, -0.5,
              "judgement: apparent elasticity 0.5-1.4 fitted the autumn of 2025"),
    Parameter("street_backlog", "1/day", "Part of the backlog that looks to the street each day", "uniform", 0.0, 0.3,
              0.7, "judgement"),
    Parameter("street_cap", "", "Smuggling cap at the hub against the pump price", "lognormal", 2.2, 3.5, 6.5,
              "judgement: 2-4 times the pump price was reported in towns"),
    Parameter("street_km", "km", "Distance over which the cap doubles", "lognormal", 400, 1000, 3000, "judgement"),
    Parameter("street_speed", "1/day", "Speed of the street price", "uniform", 0.15, 0.35, 0.7, "judgement",
              ceiling=1.0),
    Parameter("generator_share", "", "Diesel that generators add when all power fails, share of the place's diesel",
              "uniform", 0.02, 0.08, 0.25, "judgement: 44 % of firms in the region own a generator"),
)  # fmt: skip


def step(
    members: Any, reserved_l: Any, retail_l: Any, bulk_l: Any, is_retail: Any, generator_product: Any, place_zone: Any,
    hub_km: Any, start_price: Any, power_h: Any, opening_power_h: Any, fenced_l: Any, lever_bulk_share: Any,
    lever_plate_share: Any,
    lever_mobility: Any, lever_ration_share: Any, lever_price_pump_factor: Any, lever_street_ban: Any,
    demand_factor: Any, station_days: Any, bulk_days: Any, pump_speed: Any, backlog_persist: Any,
    backlog_days_max: Any, queue_base_h: Any, queue_h_max: Any, fear_up: Any, fear_down: Any, hoard_days_max: Any,
    retail_elasticity: Any, leak_base: Any, leak_slope: Any, leak_max: Any, street_elasticity: Any,
    street_backlog: Any, street_cap: Any, street_km: Any, street_speed: Any, generator_share: Any,
    stock_l: Any, sold_l: Any, pump_sold_l: Any, unserved_l: Any, backlog_l: Any, open_share: Any, queue_h: Any,
    reserved_sold_l: Any, reserved_factor: Any, here_factor: Any, fare_trips: Any,
    fear: Any, hoard_days: Any, price_street: Any, price_pump: Any, price_multiplier: Any, sold_total_l: Any,
) -> None:  # fmt: skip
    """One day of selling, waiting and asking in every cell."""
    places, products, lanes = stock_l.shape
    for f in range(products):
        reprice(start_price[f], lever_price_pump_factor[f], price_pump[f], price_multiplier[:, f])
    dearer = np.empty((products, lanes), np.float32)  # log2 of the pump price against that of the start
    for f in range(products):
        for i in range(lanes):
            dearer[f, i] = log2(lever_price_pump_factor[f, i])
    want = np.zeros(lanes, np.float32)
    rest = np.zeros(lanes, np.int32)
    heat = np.empty(lanes, np.float32)
    work = np.empty(lanes, np.float32)
    slack = np.empty(lanes, np.float32)
    ceiling = np.empty(lanes, np.float32)
    slope = np.empty(lanes, np.float32)
    sold_today = np.zeros((products, lanes), np.int32)  # a day of a country stays far below 2**31 litres
    for i in range(lanes):
        slope[i] = ONE / street_elasticity[i]
    for p in range(places):
        seen = np.zeros(lanes, np.float32)
        for i in range(lanes):
            ceiling[i] = street_cap[i] * (ONE + hub_km[p] / street_km[i])
        for f in range(products):
            if reserved_l[p, f] <= ZERO and bulk_l[p, f] <= ZERO and retail_l[p, f] <= ZERO:
                for i in range(lanes):  # nobody here uses the product
                    reserved_sold_l[p, f, i] = 0
                    sold_l[p, f, i] = 0
                continue
            serve_first(reserved_l[p, f], bulk_l[p, f], bulk_days, demand_factor, reserved_factor[p, f],
                        fenced_l[p, f], lever_bulk_share[f], reserved_sold_l[p, f], stock_l[p, f], sold_l[p, f],
                        rest)  # fmt: skip
            need = retail_l[p, f]
            if not is_retail[f] or need <= ZERO:
                tally(sold_l[p, f], sold_today[f])
                continue
            zone = place_zone[p]
            for i in range(lanes):
                heat[i] = log2(max(price_multiplier[p, f, i], ONE))
                work[i] = exp2(retail_elasticity[i] * (heat[i] + dearer[f, i]))  # trips left at the street price
            for i in range(lanes):
                full = need * demand_factor[i] * here_factor[p, i]
                hoard = clip((fear[p, i] * hoard_days_max[i] - hoard_days[p, f, i]) / THREE, -HALF, ONE)
                hoard_days[p, f, i] += hoard
                want[i] = full * (lever_mobility[i] * fare_trips[p, i] * work[i] + hoard)
            if generator_product[f] and zone >= 0:
                for i in range(lanes):
                    full = need * demand_factor[i] * here_factor[p, i]
                    dark = clip((opening_power_h[zone, i] - power_h[zone, i]) / DAY_H, ZERO, ONE)
                    want[i] += full * generator_share[i] * dark
            pump(need, demand_factor, station_days, pump_speed, lever_ration_share[f], lever_plate_share, want, rest,
                 backlog_persist, backlog_days_max, queue_base_h, queue_h_max, stock_l[p, f], sold_l[p, f],
                 pump_sold_l[p, f], unserved_l[p, f], backlog_l[p, f], open_share[p, f], queue_h[p, f])  # fmt: skip
            street(heat, price_pump[f], lever_price_pump_factor[f], lever_street_ban, leak_base, leak_slope, leak_max,
                   slope, street_backlog, ceiling, street_speed, want, pump_sold_l[p, f], backlog_l[p, f],
                   price_street[p, f], price_multiplier[p, f], work, slack)  # fmt: skip
            tally(sold_l[p, f], sold_today[f])
            for i in range(lanes):
                seen[i] = max(seen[i], ONE - open_share[p, f, i])
        for i in range(lanes):
            fear[p, i] = clip(fear[p, i] + fear_up[i] * seen[i] * (ONE - fear[p, i]) - fear_down[i] * fear[p, i],
                              ZERO, ONE)  # fmt: skip
    for f in range(products):
        for i in range(lanes):
            sold_total_l[f, i] += np.int64(sold_today[f, i])


def tally(sold: Any, today: Any) -> None:
    """Add what one cell sold to the country's day."""
    for i in range(sold.shape[0]):
        today[i] += sold[i]


def reprice(start_price: Any, factor: Any, price_pump: Any, multiplier: Any) -> None:
    """Pump price of the day; where it is new, the street's own price stays and its multiple changes."""
    moved = I32(0)
    for i in range(factor.shape[0]):
        price = start_price * factor[i]
        moved = max(moved, I32(price != price_pump[i]))
    if moved == 0:
        return
    for i in range(factor.shape[0]):
        price = start_price * factor[i]
        for p in range(multiplier.shape[0]):
            multiplier[p, i] = max(multiplier[p, i] * (price_pump[i] / price), ONE)
        price_pump[i] = price


def serve_first(
    reserved: Any, bulk: Any, bulk_days: Any, demand_factor: Any, factor: Any, fenced: Any, bulk_share: Any,
    reserved_sold: Any, stock: Any, sold: Any, rest: Any,
) -> None:  # fmt: skip
    """Reserved users, then bulk users, of one cell; what is left for pumps is in `rest`."""
    for i in range(stock.shape[0]):
        first = min(I32(reserved * demand_factor[i] * factor[i]), stock[i])
        reserved_sold[i] = first
        left = I32(stock[i] - first)  # cut to 32 bits at once: the compiler then keeps to lanes of 32 bits
        need = bulk * demand_factor[i]
        free = max(I32(left - fenced[i]), I32(0))
        part = min(clip(F32(free) / max(bulk_days[i] * need, ONE), ZERO, ONE), bulk_share[i])
        second = min(I32(need * part), free)
        sold[i] = first + second
        stock[i] = left - second
        rest[i] = free - second


def pump(
    need: Any, demand_factor: Any, station_days: Any, pump_speed: Any, ration: Any, plates: Any, want: Any, rest: Any,
    backlog_persist: Any, backlog_days_max: Any, queue_base_h: Any, queue_h_max: Any, stock: Any, sold: Any,
    pump_sold: Any, unserved: Any, backlog: Any, open_share: Any, queue_h: Any,
) -> None:  # fmt: skip
    """Sales, backlog and wait at the pumps of one cell."""
    for i in range(stock.shape[0]):
        full = need * demand_factor[i]
        share = clip(F32(rest[i]) / max(station_days[i] * full, ONE), ZERO, ONE)
        wanted = max(want[i], ZERO) + backlog[i]
        limit = share * pump_speed[i] * full * ration[i]
        out = min(I32(min(wanted, limit)), rest[i])
        left = max(wanted - F32(out), ZERO)
        left = left if left > ONE else ZERO
        waiting = min(left * backlog_persist[i], backlog_days_max[i] * full)
        stock[i] -= out
        sold[i] += out
        pump_sold[i] = out
        unserved[i] = left
        backlog[i] = waiting
        open_share[i] = share
    for i in range(stock.shape[0]):
        full = need * demand_factor[i]
        hours = DAY_H * backlog[i] * plates[i] / max(F32(pump_sold[i]), FULL * full)
        queue_h[i] = min(queue_base_h[i] + hours, queue_h_max[i])


def street(
    heat: Any, price_pump: Any, factor: Any, ban: Any, leak_base: Any, leak_slope: Any, leak_max: Any, slope: Any,
    street_backlog: Any, ceiling: Any, street_speed: Any, want: Any, pump_sold: Any, backlog: Any, price: Any,
    multiplier: Any, work: Any, slack: Any,
) -> None:  # fmt: skip
    """Street price of one cell; `heat` is log2 of the multiplier, `slope` 1 / elasticity, the last two work space."""
    for i in range(price.shape[0]):
        leak = min(leak_base[i] + leak_slope[i] * (heat[i] * LN2), leak_max[i]) * (ONE - ban[i])
        out = F32(pump_sold[i])
        resold = leak * out
        looking = max(max(want[i], ZERO) + street_backlog[i] * backlog[i] - (out - resold), resold)
        slack[i] = looking - resold
        work[i] = slope[i] * log2(max(resold, ONE) / max(looking, ONE))
    for i in range(price.shape[0]):
        # whole litres are sold, so a shortage below one litre is none
        target = ONE if slack[i] <= ONE else exp2(work[i])
        target = clip(target, ONE, max(ceiling[i] / factor[i], ONE))
        moved = multiplier[i] + street_speed[i] * (target - multiplier[i])
        multiplier[i] = max(moved, ONE)
        price[i] = multiplier[i] * price_pump[i]


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """No fear, no backlog, people and trips as ever, street price at the pump price, all stations open."""
    state["price_multiplier"][:] = 1
    state["open_share"][:] = 1
    for neutral in ("reserved_factor", "here_factor", "fare_trips"):
        state[neutral][:] = 1
    state["price_pump"][:] = world.constants["start_price"][:, None]
    state["price_street"][:] = world.constants["start_price"][None, :, None]
    state["queue_h"][:] = parameters["queue_base_h"]


PROCESS = Process("market", "Pumps, queues and the street", STATE, PARAMETERS, step, start)
