"""Power: plants in merit order, thermal ones as far as fuel and payment reach, and who is switched off.

Per zone and day, energies in MWh. Plants run in merit order; a hydro, solar or import plant gives at most
capacity * availability * profile * 24 (imports times import_share); a thermal one needs fuel_l_per_kwh and takes

    fuel = min(pay * wish, access * stock of the zone's place),

wish the fuel of what is still needed (A27), access = power_access, or 1 for a fuel that nobody else there uses; the
stock counts without what is fenced off for others.
Unserved energy U is shed over kinds of feeder in proportion to load * shed_weight, no feeder below zero; hours of a
feeder = 24 (1 - its shed / its load), for one kind of feeder 24 (1 - U / load).
Payment: pay <- pay - pay_fall * x * pay + pay_rise (1 - pay), x = the share of the load that went unserved for want of
fuel or payment: a utility that cannot sell cannot buy, so power recovers last.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, I32, ONE, ZERO, clip

DAY_H, TINY = np.float32(24), np.float32(1e-6)
THERMAL, IMPORT = 2, 1

STATE = (
    Field("power_h", ("zone",), "f4", "h/day", "Hours of an ordinary feeder."),
    Field("power_priority_h", ("zone",), "f4", "h/day", "Hours of a priority feeder."),
    Field("power_edge_h", ("zone",), "f4", "h/day", "Hours of a feeder at the edge of town."),
    Field("opening_power_h", ("zone",), "f4", "h/day", "Hours of an ordinary feeder on day 0."),
    Field("served_share", ("zone",), "f4", "", "Energy served over energy wanted."),
    Field("unserved_mwh", ("zone",), "f4", "MWh", "Energy wanted and not served today."),
    Field("pay", ("zone",), "f4", "", "Part of its fuel the utility can pay for."),
    Field("burned_l", ("zone", "product"), "i4", "L", "Burned in plants today."),
    Field("burned_total_l", ("product",), "i8", "L", "Burned in plants since day 0."),
)

PARAMETERS = (
    Parameter("load_factor", "", "Load against the case's table", "lognormal", 0.88, 1.0, 1.14, "judgement"),
    Parameter("hydro_factor", "", "Hydro energy against the case's table", "lognormal", 0.8, 1.0, 1.25, "judgement"),
    Parameter("import_share", "", "Part of contracted imports that comes", "uniform", 0.4, 0.7, 1.0, "judgement"),
    Parameter("thermal_factor", "", "Availability of thermal plants against the table", "uniform", 0.8, 1.0, 1.2,
              "figures power_available_share: 55-75 % of nameplate"),
    Parameter("power_access", "1/day", "Part of the place's stock that power may take in a day", "uniform",
              0.05, 0.15, 0.35, "judgement: the utility keeps no stock and is served last", ceiling=1.0),
    Parameter("pay_fall", "1/day", "Fall of payment with unserved energy", "uniform", 0.0, 0.06, 0.15, "judgement"),
    Parameter("pay_rise", "1/day", "Recovery of payment", "uniform", 0.0, 0.005, 0.02, "judgement"),
)  # fmt: skip


def step(
    day: Any, members: Any, month: Any, zone_place: Any, zone_load_mwh: Any, plant_zone: Any, plant_kind: Any,
    plant_product: Any, plant_mwh: Any, plant_l_per_mwh: Any, feeder_share: Any, feeder_weight: Any,
    sole_user: Any, lever_power_share: Any, load_factor: Any, hydro_factor: Any, import_share: Any, thermal_factor: Any,
    power_access: Any, pay_fall: Any, pay_rise: Any, fenced_l: Any, stock_l: Any, power_h: Any, power_priority_h: Any,
    power_edge_h: Any, opening_power_h: Any, served_share: Any, unserved_mwh: Any, pay: Any,
    burned_l: Any, burned_total_l: Any,
) -> None:  # fmt: skip
    """One day of every zone."""
    lanes = members.shape[0]
    m = month[day]
    missing = np.zeros(lanes, np.float32)
    at_best = np.zeros(lanes, np.float32)  # what would be missing if every plant had all its fuel
    for z in range(power_h.shape[0]):
        for f in range(burned_l.shape[1]):
            for i in range(lanes):
                burned_l[z, f, i] = 0
        for i in range(lanes):
            missing[i] = zone_load_mwh[z, m] * load_factor[i]
            at_best[i] = missing[i]
        for g in range(plant_zone.shape[0]):
            if plant_zone[g] != z:
                continue
            if plant_kind[g] == THERMAL:
                f = plant_product[g]
                burn(plant_mwh[g, m], plant_l_per_mwh[g], thermal_factor, pay[z], power_access, lever_power_share,
                     sole_user[zone_place[z], f], missing, at_best, fenced_l[zone_place[z], f],
                     stock_l[zone_place[z], f], burned_l[z, f], burned_total_l[f])  # fmt: skip
            else:
                for i in range(lanes):
                    factor = import_share[i] if plant_kind[g] == IMPORT else hydro_factor[i]
                    missing[i] = max(missing[i] - plant_mwh[g, m] * factor, ZERO)
                    at_best[i] = max(at_best[i] - plant_mwh[g, m] * factor, ZERO)
        for i in range(lanes):
            load = zone_load_mwh[z, m] * load_factor[i]
            unserved_mwh[z, i] = missing[i]
            served_share[z, i] = ONE - missing[i] / max(load, TINY)
            fallen = clip((missing[i] - at_best[i]) / max(load, TINY), ZERO, ONE)
            pay[z, i] = clip(pay[z, i] * (ONE - pay_fall[i] * fallen) + pay_rise[i] * (ONE - pay[z, i]), ZERO, ONE)
        shed(zone_load_mwh[z, m], load_factor, feeder_share[z], feeder_weight[z], missing, power_priority_h[z],
             power_h[z], power_edge_h[z])  # fmt: skip
        for i in range(lanes):
            opening_power_h[z, i] = power_h[z, i] if day == 0 else opening_power_h[z, i]


def burn(
    full_mwh: Any, l_per_mwh: Any, thermal_factor: Any, pay: Any, power_access: Any, lever_power_share: Any,
    sole_user: Any, missing: Any, at_best: Any, fenced: Any, stock: Any, burned: Any, burned_total: Any,
) -> None:  # fmt: skip
    """One thermal plant: takes fuel, gives energy."""
    for i in range(missing.shape[0]):
        wish = min(missing[i], full_mwh * thermal_factor[i]) * l_per_mwh
        access = power_access[i] if lever_power_share[i] < ZERO else lever_power_share[i]
        access = ONE if sole_user else access
        free = max(stock[i] - fenced[i], I32(0))
        fuel = min(I32(min(wish * pay[i], F32(free) * access)), free)
        stock[i] -= fuel
        burned[i] += fuel
        burned_total[i] += fuel
        missing[i] = max(missing[i] - F32(fuel) / max(l_per_mwh, TINY), ZERO)  # a rate of 0 gives nothing
        at_best[i] = max(at_best[i] - full_mwh * thermal_factor[i], ZERO)


def shed(
    load_mwh: Any, load_factor: Any, shares: Any, weights: Any, missing: Any, priority_h: Any, ordinary_h: Any,
    edge_h: Any,
) -> None:  # fmt: skip
    """Spread unserved energy over priority, ordinary and edge feeders; a feeder without load gets the zone's hours."""
    for i in range(missing.shape[0]):
        load = max(load_mwh * load_factor[i], TINY)
        gone = missing[i] / load
        # unserved share of each kind: its weight times a common depth, at most 1; two rounds settle who is full
        depth = gone / max(shares[0] * weights[0] + shares[1] * weights[1] + shares[2] * weights[2], TINY)
        for _round in range(2):
            used = ZERO
            pull = ZERO
            for k in range(3):
                cut = weights[k] * depth
                used += shares[k] * min(cut, ONE)
                pull += shares[k] * weights[k] if cut < ONE else ZERO
            depth += max(gone - used, ZERO) / max(pull, TINY)
        even = DAY_H * (ONE - gone)
        priority_h[i] = DAY_H * (ONE - min(weights[0] * depth, ONE)) if shares[0] > ZERO else even
        ordinary_h[i] = DAY_H * (ONE - min(weights[1] * depth, ONE)) if shares[1] > ZERO else even
        edge_h[i] = DAY_H * (ONE - min(weights[2] * depth, ONE)) if shares[2] > ZERO else even


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """The utility pays in full; hours and shares of day 0 are found on day 0."""
    state["pay"][:] = 1
    state["power_h"][:] = 24
    state["opening_power_h"][:] = 24
    state["served_share"][:] = 1


PROCESS = Process("power", "Plants, payment and who is switched off", STATE, PARAMETERS, step, start)
