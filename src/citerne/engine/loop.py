"""The day loop: for each day the steps of the processes in their order, then what is recorded.

The loop itself knows no process. It is given the addresses of compiled entries and their tables, and calls them:

    for day in range(first_day, last_day):
        for each entry: entry(day, seed, table)

so it is compiled once for all models, and a model is a list of entries (`engine.entry`).
"""

from __future__ import annotations

import ctypes
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from citerne.engine.compile import digest_of
from citerne.engine.entry import Array, array_names, compiled_entry, entry_of, kept_function, table_of
from citerne.engine.kernel import F32, ONE, ZERO
from citerne.engine.prebuild import build_missing
from citerne.engine.streaming import lay_by

DAYS = """\
def entry(first_day, seed, table):
    last_day, calls = table[0], table[1]
    for day in range(first_day, last_day):
        for k in range(calls):
            call(table[2 + 2 * k], day, seed, table[3 + 2 * k])
"""


@dataclass(frozen=True)
class Call:
    """One call of the day: a step and its arrays, in the order of `array_names`."""

    name: str
    step: Callable[..., None]
    arrays: Sequence[Array]


def record(
    day: Any, field: Any, pointers: Any, cells: Any, weights: Any, scales: Any, where: Any, out: Any
) -> None:  # fmt: skip
    """Write weighted sums of cells of one field, shape (cell, member), into `out` (day, series, member).

    A series is scale * sum(weight * cell), the sum in float32, the scale, usually a change of unit, in float64: so a
    thousand litres are one cubic metre to the last bit. `where` holds the first series and the first day of `out`.
    """
    first_series, first_day = where[0], where[1]
    total = np.empty(field.shape[1], np.float32)
    for s in range(pointers.shape[0] - 1):
        first, last = pointers[s], pointers[s + 1]
        goal = out[day - first_day, first_series + s]
        if last == first + 1 and weights[first] == ONE and scales[s] == 1.0:  # most series: one cell as it stands
            lay_by(field[cells[first]], goal)
            continue
        for i in range(total.shape[0]):
            total[i] = ZERO
        for k in range(first, last):
            add(field[cells[k]], weights[k], total)
        if scales[s] != 1.0:
            for i in range(total.shape[0]):
                total[i] = F32(np.float64(total[i]) * scales[s])
        lay_by(total, goal)


def add(source: Any, weight: Any, total: Any) -> None:
    """Add one weighted cell to the sums."""
    if weight == ONE:
        for i in range(total.shape[0]):
            total[i] += F32(source[i])
    else:
        for i in range(total.shape[0]):
            total[i] += F32(source[i]) * weight


def run_plain(calls: Sequence[Call], first_day: int, last_day: int, seed: int) -> None:
    """The days without a compiler: bit-equal and about a thousand times slower."""
    bound = [(call, list(inspect.signature(call.step).parameters), array_names(call.step)) for call in calls]
    for day in range(first_day, last_day):
        for call, names, arrays in bound:
            given = {"day": day, "seed": np.uint64(seed), **dict(zip(arrays, call.arrays, strict=True))}
            call.step(*(given[name] for name in names))


def compile_calls(calls: Sequence[Call], notice: Callable[[], None] | None = None) -> list[Any]:
    """Compiled entries of these calls, from disk where the same sources were compiled before; else `notice` is called
    first, and what is missing is compiled on all cores."""
    entries = [entry_of(call.name, call.step, call.arrays) for call in calls]
    missing = [entry for entry in dict.fromkeys(entries) if not entry.is_kept()]
    if missing:
        if notice:
            notice()
        build_missing(missing)
    made = {entry: compiled_entry(entry) for entry in dict.fromkeys(entries)}
    return [made[entry] for entry in entries]


class Bound:
    """Calls bound to their arrays: run as often as wished, as long as the arrays stay where they are.

    `entries` are the compiled ones of these calls; without them the days run in plain Python. `fixed` holds the words
    of arrays that are known to stay, by identity.
    """

    def __init__(
        self, calls: Sequence[Call], entries: Sequence[Any] | None, fixed: Mapping[int, tuple[int, ...]] | None = None
    ) -> None:
        self._calls, self._entries = calls, entries
        self._tables: list[Array] = []
        if entries is not None:
            seen = dict(fixed or {})  # most arrays are seen by several steps
            self._tables = [table_of(call.arrays, seen) for call in calls]
            words = [0, len(calls)]
            for entry, table in zip(entries, self._tables, strict=True):
                words += [entry.address, table.ctypes.data]
            self._plan = np.array(words, np.int64)

    def run(self, first_day: int, last_day: int, seed: int) -> None:
        """The days from `first_day` to `last_day` (not included); compiled, they run without Python's lock."""
        if self._entries is None:
            with np.errstate(over="ignore"):  # the hash wraps around on purpose
                run_plain(self._calls, first_day, last_day, seed)
            return
        self._plan[0] = last_day
        _days().ctypes(first_day, seed, self._plan.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)))


@cache
def _days() -> Any:
    """The compiled loop over days and calls."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    word = ir.IntType(64)
    kind = ir.FunctionType(ir.VoidType(), [word, word, word.as_pointer()])

    def build(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        address, day, seed, table = args
        function = builder.inttoptr(address, kind.as_pointer())
        builder.call(function, [day, seed, builder.inttoptr(table, word.as_pointer())])
        return context.get_dummy_value()

    @intrinsic
    def call(_typing: Any, address: Any, day: Any, seed: Any, table: Any) -> Any:
        return types.void(types.int64, types.int64, types.uint64, types.int64), build

    return kept_function(f"days_{digest_of([DAYS])}", DAYS, {"call": call})
