"""Services: hospitals, waterworks, telecom and others, each facility with its tank, its generator and its supplier.

A facility normally runs h0 hours a day on fuel. On the grid it runs longer when the grid gives fewer hours than on
day 0: h = min(24, h0 + max(0, usual - now)), hours of the priority feeder for hospitals and waterworks, of the
ordinary one for others; solar panels cover a share of those hours (solar_share * solar_factor). Need of the day
n = litres per hour * h * (1 - solar) * demand_factor.

Fuel is what the market sold to the class that the facility belongs to (reserved users; for airports and aid bases
bulk users) and nothing else. The facilities of one town, fuel and class stand at one counter:

    entitlement E = min(R, ordered * R / N),   R sold to the class, N asked by the class;
    wish of a facility w = n + (tank - stock) * refill_share;
    tiers of priority are served in turn, within a tier all get the same part of their wish
    (pool_rule 0; the two other rules are in sharing, for reserved users).

Burned: min(n, stock + bought). Orders of tomorrow: ordered = sum of w at today's end; the class asks for
1 + facility_pull * (what all its members want over its normal need - 1) times its normal need, which the market reads
tomorrow: outages and empty tanks raise the need of reserved users. With facility_pull = 0 the market is left alone.

Service of the day = 1 - hours missed / hours that count (24 on the grid, else h0); waterworks draw on a reservoir,
telecom on batteries (buffer, in days of service). Water trucking replaces a part of what is missing where filling
stations have fuel. A facility stops on the first day on which it lacks more than half of the fuel it needs.
Sources: days of autonomy and buffers, judgement after usual design figures; see the page on services.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, HALF, ONE, ZERO, clip
from citerne.process.sharing import fair_parts, other_rules, wish

DAY_H, LONG_H, TINY, REFILL, FIVE = (np.float32(v) for v in (24, 9999, 1e-6, 0.25, 5))
WATER, TELECOM = 1, 2

STATE = (
    Field("facility_stock_l", ("facility",), "f4", "L", "Fuel in the facility's own tank."),
    Field("facility_need_l", ("facility",), "f4", "L", "Fuel it needs today."),
    Field("facility_burned_l", ("facility",), "f4", "L", "Fuel it burns today."),
    Field("facility_bought_l", ("facility",), "f4", "L", "Fuel it gets today."),
    Field("facility_left_h", ("facility",), "f4", "h", "Hours until its tank is empty at today's need, at most 9999."),
    Field("facility_service", ("facility",), "f4", "", "Part of its service that it gives today."),
    Field("facility_buffer_d", ("facility",), "f4", "days", "Service in its reservoir or batteries."),
    Field("facility_stop_d", ("facility",), "f4", "", "Day of the run, from 1, on which it first stopped; 0 never."),
    Field("usual_priority_h", ("zone",), "f4", "h/day", "Hours of a priority feeder on day 0."),
    Field("ordered_l", ("counter",), "f4", "L", "Fuel that the facilities of a counter want tomorrow."),
    Field("unserved_people", ("place", "service"), "f4", "people", "People without the service today."),
)

PARAMETERS = (
    Parameter("facility_stock_factor", "", "Opening stock in tanks of facilities against the table", "lognormal",
              0.4, 1.0, 2.0, "judgement: a large hospital holds 1-4 days, many hold less than one"),
    Parameter("solar_factor", "", "Solar shares against the table", "lognormal", 0.7, 1.0, 1.4, "judgement"),
    Parameter("refill_share", "1/day", "Part of what its tank lacks that a facility wants to buy in a day", "uniform",
              0.12, 0.3, 0.6, "judgement", ceiling=1.0),
    Parameter("facility_pull", "", "Part of their extra need that facilities order with other reserved users",
              "uniform", 0.2, 0.6, 1.0, "judgement: paid by budgets that are late in a crisis"),
    Parameter("reservoir_days", "days", "Water in reservoirs, days of service", "uniform", 0.3, 0.7, 1.0, "judgement"),
    Parameter("battery_days", "days", "Batteries of telecom, days of service", "uniform", 0.1, 0.3, 0.6, "judgement"),
    Parameter("water_trucking", "", "Part of missing water that trucks bring while stations have fuel", "uniform",
              0.0, 0.1, 0.3, "judgement"),
)  # fmt: skip


def step(
    day: Any, members: Any, counter_place: Any, counter_product: Any, counter_bulk: Any, counter_normal_l: Any,
    counter_tiers: Any, tier_pointers: Any, tier_facility: Any, facility_place: Any, facility_product: Any,
    facility_zone: Any, facility_priority_feeder: Any, facility_l_per_h: Any, facility_hours: Any,
    facility_tank_l: Any, facility_solar: Any, facility_people: Any, facility_kind: Any, reserved_l: Any, bulk_l: Any,
    lever_pool_rule: Any, demand_factor: Any, solar_factor: Any, refill_share: Any, facility_pull: Any,
    reservoir_days: Any, battery_days: Any, water_trucking: Any, open_share: Any, sold_l: Any, pump_sold_l: Any,
    reserved_sold_l: Any, reserved_factor: Any, power_h: Any, power_priority_h: Any, opening_power_h: Any,
    usual_priority_h: Any, facility_stock_l: Any, facility_need_l: Any, facility_burned_l: Any,
    facility_bought_l: Any, facility_left_h: Any, facility_service: Any, facility_buffer_d: Any, facility_stop_d: Any,
    ordered_l: Any, unserved_people: Any,
) -> None:  # fmt: skip
    """One day of every facility."""
    lanes = members.shape[0]
    if day == 0:
        for z in range(usual_priority_h.shape[0]):
            for i in range(lanes):
                usual_priority_h[z, i] = power_priority_h[z, i]
    for k in range(facility_stock_l.shape[0]):
        z = facility_zone[k]
        if z < 0:
            need_off_grid(facility_l_per_h[k] * facility_hours[k], facility_solar[k], solar_factor, demand_factor,
                          facility_need_l[k])  # fmt: skip
        elif facility_priority_feeder[k]:
            need_on_grid(facility_l_per_h[k], facility_hours[k], facility_solar[k], solar_factor, demand_factor,
                         usual_priority_h[z], power_priority_h[z], facility_need_l[k])  # fmt: skip
        else:
            need_on_grid(facility_l_per_h[k], facility_hours[k], facility_solar[k], solar_factor, demand_factor,
                         opening_power_h[z], power_h[z], facility_need_l[k])  # fmt: skip
    avail = np.zeros(lanes, np.float32)
    part = np.zeros(lanes, np.float32)
    any_other = other_rules(lever_pool_rule)
    fair = np.zeros((facility_stock_l.shape[0] if any_other else 0, lanes), np.float32)
    for c in range(ordered_l.shape[0]):
        p, f = counter_place[c], counter_product[c]
        if counter_bulk[c]:
            entitle_bulk(bulk_l[p, f], counter_normal_l[c], demand_factor, sold_l[p, f], pump_sold_l[p, f],
                         reserved_sold_l[p, f], avail)  # fmt: skip
        else:
            entitle(reserved_l[p, f], demand_factor, reserved_factor[p, f], reserved_sold_l[p, f], ordered_l[c], avail)
        for i in range(lanes):
            ordered_l[c, i] = ZERO
        by_rule = any_other and not counter_bulk[c]
        if by_rule:
            fair_parts(lever_pool_rule, counter_tiers[c], counter_tiers[c + 1], tier_pointers, tier_facility,
                       facility_tank_l, refill_share, facility_need_l, facility_stock_l, avail, fair)  # fmt: skip
        for t in range(counter_tiers[c], counter_tiers[c + 1]):
            whom = tier_facility[tier_pointers[t] : tier_pointers[t + 1]]
            share_out(whom, facility_tank_l, refill_share, facility_need_l, facility_stock_l, avail, part)
            for k in whom:
                if by_rule:
                    settle(lever_pool_rule, part, fair[k])
                given = fair[k] if by_rule else part
                run_on_fuel(facility_tank_l[k], refill_share, given, facility_need_l[k], facility_stock_l[k],
                            facility_burned_l[k], facility_bought_l[k], facility_left_h[k], ordered_l[c])  # fmt: skip
        if not counter_bulk[c]:
            ask(reserved_l[p, f], counter_normal_l[c], demand_factor, facility_pull, ordered_l[c],
                reserved_factor[p, f])  # fmt: skip
    for p in range(unserved_people.shape[0]):
        for s in range(unserved_people.shape[1]):
            for i in range(lanes):
                unserved_people[p, s, i] = ZERO
    for k in range(facility_stock_l.shape[0]):
        counts_h = DAY_H if facility_zone[k] >= 0 else max(facility_hours[k], TINY)
        rate = max(facility_l_per_h[k], TINY)
        kind = facility_kind[k]
        serve(day, kind, counts_h, rate, demand_factor, reservoir_days, battery_days, facility_need_l[k],
              facility_burned_l[k], facility_buffer_d[k], facility_service[k], facility_stop_d[k])  # fmt: skip
        if kind >= 0:
            leave_unserved(facility_people[k], kind == WATER, open_share[facility_place[k], facility_product[k]],
                           water_trucking, facility_service[k], unserved_people[facility_place[k], kind])  # fmt: skip


def need_off_grid(full_l: Any, solar: Any, solar_factor: Any, demand_factor: Any, need: Any) -> None:
    """Fuel that a facility without grid needs, L a day."""
    for i in range(need.shape[0]):
        need[i] = full_l * (ONE - min(solar * solar_factor[i], ONE)) * demand_factor[i]


def need_on_grid(
    l_per_h: Any, hours: Any, solar: Any, solar_factor: Any, demand_factor: Any, usual_h: Any, grid_h: Any, need: Any
) -> None:
    """Fuel that a facility on the grid needs: the hours that the grid no longer gives are added."""
    for i in range(need.shape[0]):
        wanted_h = min(hours + max(usual_h[i] - grid_h[i], ZERO), DAY_H)
        need[i] = l_per_h * wanted_h * (ONE - min(solar * solar_factor[i], ONE)) * demand_factor[i]


def entitle(reserved: Any, demand_factor: Any, factor: Any, class_sold: Any, ordered: Any, avail: Any) -> None:
    """Litres that the facilities of a counter may take of what reserved users were sold."""
    for i in range(avail.shape[0]):
        sold = F32(class_sold[i])
        asked = reserved * demand_factor[i] * factor[i]
        avail[i] = min(ordered[i] * sold / max(asked, ONE), sold)


def entitle_bulk(
    bulk: Any, normal: Any, demand_factor: Any, sold: Any, pump_sold: Any, reserved_sold: Any, avail: Any
) -> None:  # fmt: skip
    """The same for airports and aid bases, which buy with mines and trade and order the same every day."""
    part = min(normal / max(bulk, ONE), ONE)
    for i in range(avail.shape[0]):
        avail[i] = part * F32(sold[i] - pump_sold[i] - reserved_sold[i])


def share_out(whom: Any, tank: Any, refill_share: Any, need: Any, stock: Any, avail: Any, part: Any) -> None:
    """Part of their wish that the facilities of one tier get; takes it from `avail`."""
    for i in range(part.shape[0]):
        part[i] = ZERO
    for k in whom:
        for i in range(part.shape[0]):
            part[i] += wish(tank[k], refill_share[i], need[k, i], stock[k, i])
    for i in range(part.shape[0]):
        wished = part[i]
        part[i] = min(avail[i] / max(wished, TINY), ONE)
        avail[i] = max(avail[i] - wished, ZERO)


def settle(rule: Any, part: Any, fair: Any) -> None:
    """What one facility gets of its wish: the part of its tier, unless a rule has found another, in `fair`."""
    for i in range(part.shape[0]):
        fair[i] = fair[i] if rule[i] >= HALF else part[i]


def run_on_fuel(
    tank: Any, refill_share: Any, part: Any, need: Any, stock: Any, burned: Any, bought: Any, left_h: Any, ordered: Any
) -> None:  # fmt: skip
    """Buy, burn, and say what is wanted tomorrow."""
    for i in range(part.shape[0]):
        taken = part[i] * wish(tank, refill_share[i], need[i], stock[i])
        used = min(need[i], stock[i] + taken)
        kept = stock[i] + taken - used
        bought[i] = taken
        burned[i] = used
        stock[i] = kept
        left_h[i] = min(DAY_H * kept / max(need[i], TINY), LONG_H)
        ordered[i] += wish(tank, refill_share[i], need[i], kept)


def ask(reserved: Any, normal: Any, demand_factor: Any, facility_pull: Any, ordered: Any, factor: Any) -> None:
    """Need of reserved users tomorrow against normal: members that are not listed as ever, the others as ordered."""
    for i in range(factor.shape[0]):
        usual = max(reserved * demand_factor[i], ONE)
        unlisted = max(usual - normal * demand_factor[i], ZERO)
        factor[i] = clip(ONE + facility_pull[i] * ((unlisted + ordered[i]) / usual - ONE), ONE, FIVE)
    for i in range(factor.shape[0]):
        usual = max(reserved * demand_factor[i], ONE)
        unlisted = max(usual - normal * demand_factor[i], ZERO)
        # what the class does not ask for cannot be claimed from it
        ordered[i] = min(ordered[i], max(usual * factor[i] - unlisted, ZERO))


def serve(
    day: Any, kind: Any, counts_h: Any, l_per_h: Any, demand_factor: Any, reservoir_days: Any, battery_days: Any,
    need: Any, burned: Any, buffer: Any, service: Any, stop: Any,
) -> None:  # fmt: skip
    """Service of the day, after reservoir or batteries; the first day without."""
    today = F32(day + 1)
    if kind in (WATER, TELECOM):
        room = reservoir_days if kind == WATER else battery_days
        for i in range(need.shape[0]):
            lost = min((need[i] - burned[i]) / (counts_h * l_per_h * demand_factor[i]), ONE)
            drawn = min(buffer[i], lost)
            filled = min(buffer[i] + REFILL * room[i], room[i])
            buffer[i] = buffer[i] - drawn if lost > ZERO else filled
            service[i] = ONE - (lost - drawn)
    else:
        for i in range(need.shape[0]):
            service[i] = ONE - min((need[i] - burned[i]) / (counts_h * l_per_h * demand_factor[i]), ONE)
    for i in range(need.shape[0]):
        stops = (burned[i] < HALF * need[i]) & (stop[i] == ZERO)
        stop[i] = today if stops else stop[i]


def leave_unserved(people: Any, is_water: Any, open_share: Any, trucking: Any, service: Any, unserved: Any) -> None:
    """Count the people whom one facility does not serve today."""
    for i in range(service.shape[0]):
        brought = trucking[i] * open_share[i] if is_water else ZERO
        unserved[i] += people * (ONE - service[i]) * (ONE - brought)


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Tanks and buffers as they stand, normal orders, full service."""
    fixed = world.constants
    tank = fixed["facility_tank_l"][:, None]
    state["facility_stock_l"][:] = np.minimum(
        fixed["facility_open_l"][:, None] * parameters["facility_stock_factor"], tank
    )
    state["ordered_l"][:] = fixed["counter_normal_l"][:, None] * parameters["demand_factor"]
    state["facility_service"][:] = 1
    state["facility_left_h"][:] = LONG_H
    kind = fixed["facility_kind"]
    state["facility_buffer_d"][kind == WATER] = parameters["reservoir_days"]
    state["facility_buffer_d"][kind == TELECOM] = parameters["battery_days"]


PROCESS = Process("services", "Facilities: hours left, service given, people without", STATE, PARAMETERS, step, start)
