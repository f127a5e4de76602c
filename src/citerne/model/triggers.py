"""From the triggers of a policy to the constant arrays that their process reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.triggers import Trigger
from citerne.engine.fields import Series, World
from citerne.model.levers import Array, targets_of
from citerne.model.outcomes import Catalogue
from citerne.schema.levers import LEVER_BY_NAME
from citerne.schema.watched import EVERY_TARGET, MOVED_LEVERS, TESTS, WATCHED_FIELDS

SAME = {"": "all", "all": ""}


def trigger_constants(case: Case, triggers: Sequence[Trigger], series: Sequence[Series] = ()) -> dict[str, Array]:
    """Arrays of the rules, one entry a rule; `series` are all that a run of the case may record.

    Raises
    ------
    UsageError : a rule looks at what the model does not have there, or moves a lever at a place the model leaves out
    """
    known = {(s.variable, s.place, s.product): s for s in series}
    seen = [_series(known, one) for one in triggers]
    return {
        "trigger_field": np.array([WATCHED_FIELDS.index(s.field) for s in seen], np.int64),
        "trigger_pointers": np.cumsum([0, *(len(s.cells) for s in seen)]).astype(np.int64),
        "trigger_cells": np.array([cell for s in seen for cell in s.cells], np.int64),
        "trigger_weights": np.array([weight for s in seen for weight in s.weights], np.float32),
        "trigger_test": np.array([TESTS.index(one.test) for one in triggers], np.int64),
        "trigger_threshold": np.array([one.threshold for one in triggers], np.float32),
        "trigger_days": np.array([one.after_days for one in triggers], np.int64),
        "trigger_lasts": np.array([one.lasts_days for one in triggers], np.int64),
        "trigger_wait": np.array([one.wait_days for one in triggers], np.int64),
        "trigger_lever": np.array([MOVED_LEVERS.index(one.lever) for one in triggers], np.int64),
        "trigger_target": np.array([_target(case, one) for one in triggers], np.int64),
        "trigger_value": np.array([one.value for one in triggers], np.float32),
    }


def with_triggers(case: Case, world: World, triggers: Sequence[Trigger]) -> World:
    """The world with the rules of a policy in it."""
    if not triggers:
        return world
    series = Catalogue(case, world, everything=True).series()
    constants = {**world.constants, **trigger_constants(case, triggers, series)}
    return replace(world, sizes={**world.sizes, "trigger": len(triggers)}, constants=constants)


def _series(known: Mapping[tuple[str, str, str], Series], one: Trigger) -> Series:
    for product in (one.product, SAME.get(one.product, one.product)):
        series = known.get((one.variable, one.place, product))
        if series is not None and series.field in WATCHED_FIELDS:
            return series
    text = _("A trigger looks at {variable}({place} {product}), which the model does not have there.")
    raise UsageError(text.format(variable=one.variable, place=one.place, product=one.product))


def _target(case: Case, one: Trigger) -> int:
    if one.target in ("", "all"):
        return EVERY_TARGET
    names = targets_of(case, LEVER_BY_NAME[one.lever])
    if one.target not in names:
        text = _("A trigger moves {lever} of {target}, which holds and feeds no fuel in this case.")
        raise UsageError(text.format(lever=one.lever, target=one.target))
    return names.index(one.target)
