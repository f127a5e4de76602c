"""Levers of the day: what inputs, policy and `--set` have laid down, written where every process reads it.

For each lever x and target j, lever_x[j] = plan_x[r, j, day], r the plan that the future follows: rival variants may
lay down different plans. The copy per future is what triggers will change.
"""

from __future__ import annotations

from typing import Any

from citerne.engine.fields import Field, Parameter, Process
from citerne.engine.kernel import I32
from citerne.schema.levers import LEVERS

STATE = tuple(
    Field(f"lever_{lever.name}", () if lever.by == "none" else (lever.by,), "f4", lever.unit, lever.meaning)
    for lever in LEVERS
)


PARAMETERS = (
    Parameter("plan_row", "", "Which lever plan the future follows", "fixed", 0, 0, 0, "set by the variant drawn", "A"),
)


def lay(plan: Any, row: Any, lever: Any, day: Any) -> None:
    """Copy one day of the plans, shape (day, target, plan), into a lever, shape (target, member)."""
    for j in range(lever.shape[0]):
        lay_row(plan[day, j], row, lever[j])


def lay_one(plan: Any, row: Any, lever: Any, day: Any) -> None:
    """The same for a lever without targets, shape (member,)."""
    lay_row(plan[day, 0], row, lever)


def lay_row(plan: Any, row: Any, lever: Any) -> None:
    """Copy the values (plan,) of one day and target, the same to every future where the plans agree."""
    first = plan[0]
    alike = True
    for r in range(1, plan.shape[0]):
        alike &= plan[r] == first
    if alike:
        for i in range(lever.shape[0]):
            lever[i] = first
    else:
        for i in range(lever.shape[0]):
            lever[i] = plan[I32(row[i])]


def step(
    day: Any,
    plan_row: Any,
    plan_blockade: Any,
    plan_leg_blockade: Any,
    plan_truce: Any,
    plan_closed: Any,
    plan_leg_closed: Any,
    plan_columns_per_week: Any,
    plan_column_trucks_max: Any,
    plan_escort_strength: Any,
    plan_escort_needed: Any,
    plan_column_weight: Any,
    plan_load_weight: Any,
    plan_orders: Any,
    plan_gift_trucks: Any,
    plan_customs_h: Any,
    plan_hazard_pay: Any,
    plan_insured_share: Any,
    plan_loading_max: Any,
    plan_leg_weight: Any,
    plan_hub_reserve_days: Any,
    plan_reserve_keep_days: Any,
    plan_pool_days: Any,
    plan_pool_rule: Any,
    plan_bulk_share: Any,
    plan_plate_share: Any,
    plan_ration_share: Any,
    plan_price_pump_factor: Any,
    plan_mobility: Any,
    plan_street_ban: Any,
    plan_embargo_scope: Any,
    plan_power_share: Any,
    plan_force_front: Any,
    plan_force_escort: Any,
    plan_force_garrison: Any,
    plan_partner: Any,
    plan_civic_space: Any,
    plan_local_deal: Any,
    plan_national_deal: Any,
    plan_demands_met: Any,
    lever_blockade: Any,
    lever_leg_blockade: Any,
    lever_truce: Any,
    lever_closed: Any,
    lever_leg_closed: Any,
    lever_columns_per_week: Any,
    lever_column_trucks_max: Any,
    lever_escort_strength: Any,
    lever_escort_needed: Any,
    lever_column_weight: Any,
    lever_load_weight: Any,
    lever_orders: Any,
    lever_gift_trucks: Any,
    lever_customs_h: Any,
    lever_hazard_pay: Any,
    lever_insured_share: Any,
    lever_loading_max: Any,
    lever_leg_weight: Any,
    lever_hub_reserve_days: Any,
    lever_reserve_keep_days: Any,
    lever_pool_days: Any,
    lever_pool_rule: Any,
    lever_bulk_share: Any,
    lever_plate_share: Any,
    lever_ration_share: Any,
    lever_price_pump_factor: Any,
    lever_mobility: Any,
    lever_street_ban: Any,
    lever_embargo_scope: Any,
    lever_power_share: Any,
    lever_force_front: Any,
    lever_force_escort: Any,
    lever_force_garrison: Any,
    lever_partner: Any,
    lever_civic_space: Any,
    lever_local_deal: Any,
    lever_national_deal: Any,
    lever_demands_met: Any,
) -> None:
    """Lay down every lever for one day."""
    lay(plan_blockade, plan_row, lever_blockade, day)
    lay(plan_leg_blockade, plan_row, lever_leg_blockade, day)
    lay(plan_truce, plan_row, lever_truce, day)
    lay(plan_closed, plan_row, lever_closed, day)
    lay(plan_leg_closed, plan_row, lever_leg_closed, day)
    lay(plan_columns_per_week, plan_row, lever_columns_per_week, day)
    lay(plan_column_trucks_max, plan_row, lever_column_trucks_max, day)
    lay(plan_escort_strength, plan_row, lever_escort_strength, day)
    lay(plan_escort_needed, plan_row, lever_escort_needed, day)
    lay(plan_column_weight, plan_row, lever_column_weight, day)
    lay(plan_load_weight, plan_row, lever_load_weight, day)
    lay(plan_orders, plan_row, lever_orders, day)
    lay(plan_gift_trucks, plan_row, lever_gift_trucks, day)
    lay(plan_hazard_pay, plan_row, lever_hazard_pay, day)
    lay(plan_insured_share, plan_row, lever_insured_share, day)
    lay(plan_loading_max, plan_row, lever_loading_max, day)
    lay(plan_leg_weight, plan_row, lever_leg_weight, day)
    lay(plan_reserve_keep_days, plan_row, lever_reserve_keep_days, day)
    lay(plan_pool_days, plan_row, lever_pool_days, day)
    lay(plan_bulk_share, plan_row, lever_bulk_share, day)
    lay(plan_ration_share, plan_row, lever_ration_share, day)
    lay(plan_price_pump_factor, plan_row, lever_price_pump_factor, day)
    lay(plan_embargo_scope, plan_row, lever_embargo_scope, day)
    lay_one(plan_pool_rule, plan_row, lever_pool_rule, day)
    lay_one(plan_plate_share, plan_row, lever_plate_share, day)
    lay_one(plan_customs_h, plan_row, lever_customs_h, day)
    lay_one(plan_hub_reserve_days, plan_row, lever_hub_reserve_days, day)
    lay_one(plan_mobility, plan_row, lever_mobility, day)
    lay_one(plan_street_ban, plan_row, lever_street_ban, day)
    lay_one(plan_power_share, plan_row, lever_power_share, day)
    lay(plan_local_deal, plan_row, lever_local_deal, day)
    lay_one(plan_force_front, plan_row, lever_force_front, day)
    lay_one(plan_force_escort, plan_row, lever_force_escort, day)
    lay_one(plan_force_garrison, plan_row, lever_force_garrison, day)
    lay_one(plan_partner, plan_row, lever_partner, day)
    lay_one(plan_civic_space, plan_row, lever_civic_space, day)
    lay_one(plan_national_deal, plan_row, lever_national_deal, day)
    lay_one(plan_demands_met, plan_row, lever_demands_met, day)


PROCESS = Process("policy", "Levers of the day", STATE, PARAMETERS, step)
