"""A block of futures: its arrays, its clock, its record; run, snapshot, restore."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from citerne.engine.entry import array_names, words_of
from citerne.engine.fields import Arrays, Field, Process, Series, World
from citerne.engine.loop import Bound, Call, compile_calls, record

LINE = 64  # bytes of a cache line, and of the widest vectors


@dataclass
class Block:
    """State of some futures at the start of `day`.

    `members` are global member numbers (uint32); `state` and `parameters` have them as last axis.
    """

    members: np.ndarray[Any, Any]
    state: Arrays
    parameters: Arrays
    day: int = 0

    def copy(self) -> Block:
        """A snapshot: a block that shares nothing with this one."""
        return Block(self.members.copy(), side_by_side(self.state), side_by_side(self.parameters), self.day)


def side_by_side(arrays: Mapping[str, np.ndarray[Any, Any]]) -> Arrays:
    """Copies of arrays in one stretch of memory, each at the start of a cache line: large pages and whole lines
    make a day about 8 % shorter than arrays that lie anywhere."""
    made = _rooms({name: (array.shape, array.dtype) for name, array in arrays.items()})
    for name, array in arrays.items():
        made[name][...] = array
    return made


def _rooms(kinds: Mapping[str, tuple[tuple[int, ...], Any]], *, zeros: bool = False) -> Arrays:
    """Arrays of these shapes and types side by side, filled with zeros if asked for."""
    sizes = [math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in kinds.values()]
    starts = np.cumsum([0, *(-(-size // LINE) * LINE for size in sizes)]).tolist()
    memory = _on_a_line(starts[-1])
    if zeros:
        memory.fill(0)
    return {
        name: memory[at : at + size].view(dtype).reshape(shape)
        for (name, (shape, dtype)), at, size in zip(kinds.items(), starts, sizes, strict=False)
    }


def empty_record(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Room for a record of this shape, float32, at the start of a cache line; not filled."""
    return _on_a_line(math.prod(shape) * 4).view(np.float32).reshape(shape)


def _on_a_line(size: int) -> np.ndarray[Any, Any]:
    memory = np.empty(size + LINE, np.uint8)
    first = -memory.ctypes.data % LINE
    return memory[first : first + size]


def _common(weights: Sequence[float]) -> float:
    """The weight that all cells share, which is then laid on their sum once; else 1."""
    return weights[0] if len(set(weights)) == 1 and weights[0] != 0 else 1.0


class Luck(NamedTuple):
    """Member numbers and seed under which futures run up to a day, not included."""

    until: int
    members: np.ndarray[Any, Any]
    seed: int


class Engine:
    """Runs blocks of futures through an ordered list of processes.

    Parameters
    ----------
    processes : in the order of a day
    world : constants and axis sizes
    series : what is recorded each day
    plain : run without a compiler (slow; bit-equal)
    notice : called once before a compilation that is not in the cache
    """

    def __init__(
        self,
        processes: Sequence[Process],
        world: World,
        series: Sequence[Series] = (),
        *,
        plain: bool = False,
        notice: Callable[[], None] | None = None,
    ) -> None:
        self.processes = tuple(processes)
        self.world = world
        self.plain = plain
        self.notice = notice
        self.fields: dict[str, Field] = {}
        for process in self.processes:
            for field in process.state:
                if field.name in self.fields:
                    raise ValueError(f"state {field.name} is declared twice, the second time by {process.name}")
                self.fields[field.name] = field
        self.parameters = {p.name: p for process in self.processes for p in process.parameters}
        self._check_names()
        self.recorded = sorted({item.field for item in series})
        self.series = tuple(item for name in self.recorded for item in series if item.field == name)
        self._record_plan = self._plan_record()

    def _check_names(self) -> None:
        known = {"members", *self.fields, *self.parameters, *self.world.constants}
        for process in self.processes:
            for name in array_names(process.step):
                if name not in known:
                    raise ValueError(f"process {process.name} asks for {name}, which nobody declares")

    def _plan_record(self) -> list[tuple[np.ndarray[Any, Any], ...]]:
        plan: list[tuple[np.ndarray[Any, Any], ...]] = []
        for name in self.recorded:
            of_field = [item for item in self.series if item.field == name]
            pointers = np.cumsum([0, *(len(item.cells) for item in of_field)])
            cells = [cell for item in of_field for cell in item.cells]
            scales = [_common(item.weights) for item in of_field]
            weights = [w / scale for item, scale in zip(of_field, scales, strict=True) for w in item.weights]
            plan.append((pointers.astype(np.int64), np.array(cells, np.int64), np.array(weights, np.float32),
                         np.array(scales, np.float64)))  # fmt: skip
        return plan

    @cached_property
    def _entries(self) -> list[Any]:
        # only types and numbers of axes count here, and they are the same for every block: an empty one of one future
        none = {name: np.zeros(1, np.float32) for name in self.parameters}
        block = Block(np.zeros(1, np.uint32), self._zeros(1), none)
        return compile_calls(self._calls(block, np.empty((0, len(self.series), 1), np.float32)), self.notice)

    @cached_property
    def _fixed(self) -> dict[int, tuple[int, ...]]:
        """Where the constants of the world and the plan of the record lie: half of all arrays, the same for every
        block."""
        known = [*self.world.constants.values(), *(array for plan in self._record_plan for array in plan)]
        self._stay = known  # so that no later array takes over the identity of one of them
        return {id(array): words_of(array) for array in known if array.flags.c_contiguous}

    def prepare(self) -> None:
        """Load or compile the loop now, in this thread."""
        if not self.plain:
            self._entries  # noqa: B018 - the property does the work

    def shape(self, field: Field, lanes: int) -> tuple[int, ...]:
        """Array shape of a state field for `lanes` futures."""
        return (*(self.world.sizes[axis] for axis in field.axes), lanes)

    def open(self, members: np.ndarray[Any, Any], parameters: Mapping[str, np.ndarray[Any, Any]]) -> Block:
        """The block on the morning of day 0: zeros, then each process fills what is its own."""
        lanes = len(members)
        state = self._zeros(lanes)
        own = side_by_side({name: np.asarray(parameters[name], np.float32) for name in self.parameters})
        for process in self.processes:
            if process.start is not None:
                process.start(self.world, state, own)
        return Block(np.ascontiguousarray(members, np.uint32), state, own)

    def _zeros(self, lanes: int) -> Arrays:
        kinds = {name: (self.shape(field, lanes), field.dtype) for name, field in self.fields.items()}
        return _rooms(kinds, zeros=True)

    def run(
        self,
        block: Block,
        last_day: int,
        seed: int,
        out: np.ndarray[Any, Any] | None = None,
        luck: Sequence[Luck] = (),
    ) -> np.ndarray[Any, Any]:
        """Run a block in place from its day to `last_day` (not included); returns (day, series, member) float32.

        `out`, of that shape, takes the record; without it a new array is made. `luck` lends the luck of other futures
        for the first days; after its last row the futures run under their own numbers and `seed`.
        """
        shape = (max(0, last_day - block.day), len(self.series), len(block.members))
        out = empty_record(shape) if out is None else out
        if out.shape != shape or out.dtype != np.float32:
            raise ValueError(f"the record of these days is float32 {shape}, not {out.dtype} {out.shape}")
        own = block.members
        block.members = own.copy()  # the numbers of the day, at one address
        bound = Bound(self._calls(block, out), None if self.plain else self._entries, self._fixed)
        for span in (*luck, Luck(last_day, own, seed)):
            block.members[:] = span.members
            end = min(span.until, last_day)
            bound.run(block.day, end, span.seed)
            block.day = max(block.day, end)
        block.members = own
        return out

    def _calls(self, block: Block, out: np.ndarray[Any, Any]) -> list[Call]:
        """What happens in a day: the steps in their order, then the record of each field."""
        arrays = {**self.world.constants, **block.parameters, **block.state, "members": block.members}
        calls = [Call(p.name, p.step, [arrays[name] for name in array_names(p.step)]) for p in self.processes]
        where = np.empty((len(self.recorded), 2), np.int64)
        row = 0
        for k, (name, plan) in enumerate(zip(self.recorded, self._record_plan, strict=True)):
            flat = arrays[name].reshape((-1, len(block.members)))
            where[k] = row, block.day
            calls.append(Call("record", record, [flat, *plan, where[k], out]))
            row += len(plan[0]) - 1
        return calls
