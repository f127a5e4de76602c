"""Triggers: rules of a policy that move levers when yesterday evening's state says so.

Rule k looks each morning, from day 1 on, at x = sum over its cells of weight * field, and counts the mornings in a row
on which `x test threshold` holds. When that count reaches trigger_days, and the rule is neither acting nor waiting, it
acts for trigger_lasts days, the morning's day included: lever[target] = value. After its last day it waits
trigger_wait days. Rules are gone through in order, so that of two that act on one lever the later one counts; both go
over what the plans have laid down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Field, Process
from citerne.engine.kernel import F32, I32, ZERO

# as in schema.watched, whose orders of fields and levers the branches below follow
BELOW, AT_MOST, ABOVE = 0, 1, 2
EVERY = -1

STATE = (
    Field("trigger_held", ("trigger",), "i4", "days", "Mornings in a row on which the test of the rule held."),
    Field("trigger_left", ("trigger",), "i4", "days", "Days that the rule still acts, today included."),
    Field("trigger_wait_left", ("trigger",), "i4", "days", "Days until the rule may act again, today included."),
    Field("trigger_acted_total", ("trigger",), "i4", "days", "Days on which the rule has acted."),
)


def step(
    day: Any, members: Any,
    trigger_field: Any, trigger_pointers: Any, trigger_cells: Any, trigger_weights: Any, trigger_test: Any,
    trigger_threshold: Any, trigger_days: Any, trigger_lasts: Any, trigger_wait: Any, trigger_lever: Any,
    trigger_target: Any, trigger_value: Any,
    cover_d: Any, place_cover_d: Any, national_cover_d: Any, country_cover_d: Any, stock_l: Any, open_share: Any,
    open_all: Any, dry_all: Any, dry_people_share: Any, queue_h: Any, price_street: Any, price_multiplier: Any,
    power_h: Any, power_priority_h: Any, power_edge_h: Any, waiting_trucks: Any, arrived_trucks: Any, unloaded_l: Any,
    destroyed_total: Any, leg_destroyed_total: Any,
    lever_closed: Any, lever_leg_closed: Any, lever_columns_per_week: Any, lever_column_trucks_max: Any,
    lever_escort_strength: Any, lever_escort_needed: Any, lever_customs_h: Any, lever_hazard_pay: Any,
    lever_insured_share: Any, lever_leg_weight: Any, lever_hub_reserve_days: Any, lever_ration_share: Any,
    lever_price_pump_factor: Any, lever_mobility: Any, lever_street_ban: Any, lever_power_share: Any,
    lever_column_weight: Any, lever_load_weight: Any, lever_loading_max: Any, lever_reserve_keep_days: Any,
    lever_pool_days: Any, lever_pool_rule: Any, lever_bulk_share: Any, lever_plate_share: Any,
    lever_force_escort: Any, lever_force_garrison: Any,
    trigger_held: Any, trigger_left: Any, trigger_wait_left: Any, trigger_acted_total: Any,
) -> None:  # fmt: skip
    """Every rule, in order."""
    seen = np.zeros(members.shape[0], np.float32)
    for k in range(trigger_field.shape[0]):
        first, last = trigger_pointers[k], trigger_pointers[k + 1]
        cells, weights = trigger_cells[first:last], trigger_weights[first:last]
        field = trigger_field[k]
        if field == 0:
            look(cover_d, cells, weights, seen)
        elif field == 1:
            look(place_cover_d, cells, weights, seen)
        elif field == 2:
            look(national_cover_d, cells, weights, seen)
        elif field == 3:
            look(country_cover_d, cells, weights, seen)
        elif field == 4:
            look(stock_l, cells, weights, seen)
        elif field == 5:
            look(open_share, cells, weights, seen)
        elif field == 6:
            look(open_all, cells, weights, seen)
        elif field == 7:
            look(dry_all, cells, weights, seen)
        elif field == 8:
            look(dry_people_share, cells, weights, seen)
        elif field == 9:
            look(queue_h, cells, weights, seen)
        elif field == 10:
            look(price_street, cells, weights, seen)
        elif field == 11:
            look(price_multiplier, cells, weights, seen)
        elif field == 12:
            look(power_h, cells, weights, seen)
        elif field == 13:
            look(power_priority_h, cells, weights, seen)
        elif field == 14:
            look(power_edge_h, cells, weights, seen)
        elif field == 15:
            look(waiting_trucks, cells, weights, seen)
        elif field == 16:
            look(arrived_trucks, cells, weights, seen)
        elif field == 17:
            look(unloaded_l, cells, weights, seen)
        elif field == 18:
            look(destroyed_total, cells, weights, seen)
        else:
            look(leg_destroyed_total, cells, weights, seen)
        decide(day, seen, trigger_test[k], trigger_threshold[k], trigger_days[k], trigger_lasts[k], trigger_wait[k],
               trigger_held[k], trigger_left[k], trigger_wait_left[k], trigger_acted_total[k])  # fmt: skip
        lever, target, value, acting = trigger_lever[k], trigger_target[k], trigger_value[k], trigger_left[k]
        if lever == 0:
            move(lever_closed, target, value, acting)
        elif lever == 1:
            move(lever_leg_closed, target, value, acting)
        elif lever == 2:
            move(lever_columns_per_week, target, value, acting)
        elif lever == 3:
            move(lever_column_trucks_max, target, value, acting)
        elif lever == 4:
            move(lever_escort_strength, target, value, acting)
        elif lever == 5:
            move(lever_escort_needed, target, value, acting)
        elif lever == 6:
            move(lever_customs_h, target, value, acting)
        elif lever == 7:
            move(lever_hazard_pay, target, value, acting)
        elif lever == 8:
            move(lever_insured_share, target, value, acting)
        elif lever == 9:
            move(lever_leg_weight, target, value, acting)
        elif lever == 10:
            move(lever_hub_reserve_days, target, value, acting)
        elif lever == 11:
            move(lever_ration_share, target, value, acting)
        elif lever == 12:
            move(lever_price_pump_factor, target, value, acting)
        elif lever == 13:
            move(lever_mobility, target, value, acting)
        elif lever == 14:
            move(lever_street_ban, target, value, acting)
        elif lever == 15:
            move(lever_power_share, target, value, acting)
        elif lever == 16:
            move(lever_column_weight, target, value, acting)
        elif lever == 17:
            move(lever_load_weight, target, value, acting)
        elif lever == 18:
            move(lever_loading_max, target, value, acting)
        elif lever == 19:
            move(lever_reserve_keep_days, target, value, acting)
        elif lever == 20:
            move(lever_pool_days, target, value, acting)
        elif lever == 21:
            move(lever_pool_rule, target, value, acting)
        elif lever == 22:
            move(lever_bulk_share, target, value, acting)
        elif lever == 23:
            move(lever_plate_share, target, value, acting)
        elif lever == 24:
            move(lever_force_escort, target, value, acting)
        else:
            move(lever_force_garrison, target, value, acting)


def look(field: Any, cells: Any, weights: Any, seen: Any) -> None:
    """Weighted sum of cells of one field, whatever its axes, into `seen` (member,)."""
    lanes = seen.shape[0]
    flat = field.reshape((-1, lanes))
    for i in range(lanes):
        seen[i] = ZERO
    for n in range(cells.shape[0]):
        for i in range(lanes):
            seen[i] += weights[n] * F32(flat[cells[n], i])


def decide(
    day: Any, seen: Any, test: Any, threshold: Any, days: Any, lasts: Any, wait: Any, held: Any, left: Any,
    wait_left: Any, acted: Any,
) -> None:  # fmt: skip
    """Count, end, wait and act; the last four have shape (member,)."""
    for i in range(seen.shape[0]):
        x = seen[i]
        under = x < threshold if test == BELOW else x <= threshold
        over = x > threshold if test == ABOVE else x >= threshold
        holds = under if test <= AT_MOST else over
        held[i] = held[i] + 1 if holds and day > 0 else 0
        ends = left[i] == 1
        wait_left[i] = I32(wait) if ends else max(wait_left[i] - 1, 0)
        left[i] = max(left[i] - 1, 0)
        if left[i] == 0 and wait_left[i] == 0 and held[i] >= days:
            left[i] = I32(lasts)
        acted[i] += 1 if left[i] > 0 else 0


def move(lever: Any, target: Any, value: Any, acting: Any) -> None:
    """Set a lever, of one target or of every one, in the futures where the rule acts."""
    lanes = acting.shape[0]
    flat = lever.reshape((-1, lanes))
    for j in range(flat.shape[0]):
        if target == EVERY or target == j:  # noqa: SIM109 - what numba compiles fastest
            for i in range(lanes):
                if acting[i] > 0:
                    flat[j, i] = value


PROCESS = Process("triggers", "Rules that act on the state of a run", STATE, (), step)
