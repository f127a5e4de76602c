"""What no plan can pass, in the model: the same futures with more granted than any plan could have.

Two grants, each under the best of three sets of rules for demand and allocation: the plan's, the record's, and the best
of four corners (days kept at the hub 0 or 10, pumps rationed hard or not at all):

    no threat      every blockade and closure lifted from the first day of decision on;
    safe columns   the threat stays, but columns leave every border every day that trucks wait, as large as they like,
                   are never hit, and hauliers trust them wholly: what is still missing no plan of escorts can mend.

The bound is the lower of the two that is not below the plan itself. Both are ceilings of the model and no theorems:
that more of everything never does harm is true of the fluid plan, not of every future of the simulator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from citerne.engine.fields import World
from citerne.ensemble.workers import Jobs
from citerne.plan.decision import RATION_LEAST, Decision, Frame
from citerne.plan.fluid import Fluid
from citerne.plan.judge import Judge, Judgement, Objective

SAFE: Mapping[str, float] = {"escort_deterrence": 60.0, "escort_trust": 1.0}  # exp(-60) of the hazard is left
OFTEN, WIDE = 70.0, 2000.0  # the largest that the levers allow: ten columns a day


@dataclass(frozen=True)
class Bound:
    """What no plan can pass, and how it was found.

    Attributes
    ----------
    value : mean of the objective at the lower of the ceilings
    gap : bound minus plan, in the unit of the objective
    open_share : part of the way from the record to the bound that the plan leaves open
    no_threat, safe_columns : the two ceilings
    fluid_served_share, fluid_cover_days : optimum of the fluid plan without losses, of the country
    """

    value: float
    gap: float
    open_share: float
    no_threat: float
    safe_columns: float
    fluid_served_share: float
    fluid_cover_days: float


def find_bound(
    judge: Judge, some: Judge, plan: Decision, objective: Objective, base: Judgement, means: tuple[float, float],
    fluid: Fluid, jobs: Jobs,
) -> Bound:  # fmt: skip
    """Ceilings over the futures of a judge.

    Parameters
    ----------
    some : judge of fewer futures, by which the corner is chosen
    base : the record over the futures of `judge`
    means : of the objective under the record and under the plan
    """
    recorded_mean, plan_mean = means
    corners = list(map(_many, _corners(plan, judge.frame)))
    own = some.judge(None)
    tried = some.judge_calls([(rule, None, SAFE, safe_columns(some)) for rule in corners], jobs)
    corner = corners[int(np.argmax([one.of(objective, own).mean() for one in tried]))]

    def best(rules: Sequence[Decision | None], world: World, fixed: Mapping[str, float] | None) -> float:
        judged = judge.judge_calls([(rule, None, fixed, world) for rule in rules], jobs)
        return max(float(one.of(objective, base).mean()) for one in judged)

    free = best((plan, None, corner), without_threat(judge), None)
    safe = best((_many(plan), None, corner), safe_columns(judge), SAFE)
    above = [value for value in (free, safe) if value >= plan_mean]
    value = min(above) if above else max(free, safe, plan_mean)
    way = value - recorded_mean
    share = (value - plan_mean) / way if way > 0 else math.nan
    return Bound(value, value - plan_mean, share, free, safe, fluid.served_share, fluid.lowest_cover_days)


def _many(rule: Decision) -> Decision:
    return replace(rule, rates=np.full_like(rule.rates, OFTEN), sizes=np.full_like(rule.sizes, WIDE))


def _corners(plan: Decision, frame: Frame) -> list[Decision]:
    return [
        replace(
            plan, reserve_days=reserve, rations=dict.fromkeys(frame.rationed, share),
            leg_weights=dict.fromkeys(frame.leg_groups, 1.0),
        )
        for reserve in (0.0, 10.0) for share in (RATION_LEAST, 1.0)
    ]  # fmt: skip


def without_threat(judge: Judge) -> World:
    """The world of a judge with every blockade lifted from the first day of decision on."""
    names = ("plan_blockade", "plan_leg_blockade", "plan_escort_needed", "plan_closed", "plan_leg_closed")
    return _changed(judge, dict.fromkeys(names, 0.0))


def safe_columns(judge: Judge) -> World:
    """The world of a judge with as many columns, as large, as the levers allow, from the first day of decision on."""
    return _changed(judge, {"plan_columns_per_week": OFTEN, "plan_column_trucks_max": WIDE, "plan_closed": 0.0})


def _changed(judge: Judge, values: Mapping[str, float]) -> World:
    changed = {}
    for name, value in values.items():
        plan = judge.world.constants[name].copy()
        plan[judge.frame.first_day :] = value
        changed[name] = plan
    return replace(judge.world, constants={**judge.world.constants, **changed})
