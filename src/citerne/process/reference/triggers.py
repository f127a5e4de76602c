"""Triggers, for one future: look, count, act, wait; rule after rule."""

from __future__ import annotations

import operator

import numpy as np

from citerne.process.reference.future import F32, Future
from citerne.schema.watched import EVERY_TARGET, MOVED_LEVERS, WATCHED_FIELDS

TESTS = (operator.lt, operator.le, operator.gt, operator.ge)


def one_day(future: Future) -> None:
    """Every rule, in order: of two that act on one lever the later one counts."""
    for k in range(len(future.constants.trigger_field)):
        holds = future.day > 0 and _holds(future, k)
        held = future.state.trigger_held
        held[k] = held[k] + 1 if holds else 0
        _end_or_wait(future, k)
        idle = future.state.trigger_left[k] == 0 and future.state.trigger_wait_left[k] == 0
        if idle and held[k] >= future.constants.trigger_days[k]:
            future.state.trigger_left[k] = future.constants.trigger_lasts[k]
        if future.state.trigger_left[k] > 0:
            future.state.trigger_acted_total[k] += 1
            _move(future, k)


def _holds(future: Future, k: int) -> bool:
    fixed = future.constants
    field = np.ravel(getattr(future.state, WATCHED_FIELDS[fixed.trigger_field[k]]))
    seen = F32(0)
    for n in range(fixed.trigger_pointers[k], fixed.trigger_pointers[k + 1]):
        seen = seen + fixed.trigger_weights[n] * F32(field[fixed.trigger_cells[n]])
    return bool(TESTS[fixed.trigger_test[k]](seen, fixed.trigger_threshold[k]))


def _end_or_wait(future: Future, k: int) -> None:
    """A rule on its last day yesterday begins to wait; one that waits has a day less to wait."""
    left, waiting = future.state.trigger_left, future.state.trigger_wait_left
    if left[k] == 1:
        waiting[k] = future.constants.trigger_wait[k]
    elif waiting[k] > 0:
        waiting[k] -= 1
    if left[k] > 0:
        left[k] -= 1


def _move(future: Future, k: int) -> None:
    lever = getattr(future.state, f"lever_{MOVED_LEVERS[future.constants.trigger_lever[k]]}")
    target = future.constants.trigger_target[k]
    if target == EVERY_TARGET or lever.shape == ():
        lever[...] = future.constants.trigger_value[k]
    else:
        lever[target] = future.constants.trigger_value[k]
