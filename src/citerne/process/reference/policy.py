"""Policy, for one future: every lever takes the value that the future's plan lays down for the day."""

from __future__ import annotations

from citerne.process.reference.future import Future
from citerne.schema.levers import LEVERS


def one_day(future: Future) -> None:
    """lever_x[target] = plan_x[plan of the future, target, day]."""
    plan_of_future = int(future.parameters.plan_row)
    for lever in LEVERS:
        laid_down = getattr(future.constants, f"plan_{lever.name}")[future.day, :, plan_of_future]
        today = getattr(future.state, f"lever_{lever.name}")
        today[...] = laid_down if lever.by != "none" else laid_down[0]
