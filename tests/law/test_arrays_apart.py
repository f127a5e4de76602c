"""No function of a step writes an array that overlaps another of its arguments: `engine.compile.apart` rests on it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from itertools import combinations
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from citerne.case.case import load
from citerne.engine.block import Engine
from citerne.engine.compile import is_ours
from citerne.engine.loop import Call, record, run_plain
from citerne.ensemble.run import Ensemble, Plan
from citerne.model.levers import Setting

DAYS, MEMBERS, SEED = 5, 2, 3
RULES = tuple(Setting("pool_rule", rule) for rule in (1.0, 2.0))
BUSY = (Setting("pool_days", 2.0), Setting("columns_per_week", 40.0), Setting("column_trucks_max", 9.0))
COMMON = {"step", "record", "add", "pump", "street", "cross", "lay_row", "see_stations"}
REACHED = {"mali": COMMON | {"fill_columns", "set_out", "share_out", "fair_parts", "ship", "fill", "enter"}}
Patch = pytest.MonkeyPatch


def watched(function: Callable[..., Any], seen: set[str]) -> Callable[..., Any]:
    """The same function, which notes its name and fails where it has written an array that another one overlaps."""

    @wraps(function)
    def act(*given: Any) -> Any:
        arrays = [one for one in given if isinstance(one, np.ndarray) and one.size]
        seen.add(function.__name__)
        shared = [pair for pair in combinations(arrays, 2) if np.shares_memory(*pair)]
        before = [(one.copy(), two.copy()) for one, two in shared]
        result = function(*given)
        for pair, old in zip(shared, before, strict=True):
            for array, kept in zip(pair, old, strict=True):
                assert array.tobytes() == kept.tobytes(), f"{function.__name__} writes an array that it has twice"
        return result

    return act


def watch(engine: Engine, patch: Patch, seen: set[str]) -> None:
    """Watch every function of ours that the steps of an engine call, however deep."""
    known: set[FunctionType] = set()

    def visit(function: FunctionType) -> None:
        known.add(function)
        module = sys.modules[function.__module__]
        for name in function.__code__.co_names:
            value = function.__globals__.get(name)
            if is_ours(value, function) and value not in known:
                visit(value)
                patch.setattr(module, name, watched(value, seen))

    for step in (*(process.step for process in engine.processes), record):
        visit(step)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["mali", "haiti", "toy_road", "toy_depot"])
@pytest.mark.parametrize("rule", RULES, ids=["equal days", "weighted"])
def test_no_call_of_a_day_writes_what_another_argument_shows(name: str, rule: Setting, monkeypatch: Patch) -> None:
    plan = Plan(days=DAYS, members=MEMBERS, settings=(rule, *BUSY))
    ensemble = Ensemble(load(name), plan, plain=True)
    seen: set[str] = set()
    watch(ensemble.engine, monkeypatch, seen)
    block = ensemble.open(0)
    calls = ensemble.engine._calls(block, np.empty((DAYS, len(ensemble.engine.series), MEMBERS), np.float32))
    with np.errstate(over="ignore"):
        run_plain([Call(call.name, watched(call.step, seen), call.arrays) for call in calls], 0, DAYS, SEED)
    assert REACHED.get(name, COMMON) <= seen
