"""The day loop: written out from the argument names of the steps, compiled once, and kept on disk.

For processes A and B the written loop is

    def run_days(first_day, last_day, seed, members, <every array>, out):
        for day in range(first_day, last_day):
            A_step(...); B_step(...)
            record_0(...)

so the order of a day is the order of the processes, and each step gets just the arrays it names.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, cast

from citerne.engine.compile import cache_folder, compiled, digest_of, sources
from citerne.engine.fields import Process

CLOCK = ("day", "seed", "members")


def record(field: Any, pointers: Any, cells: Any, weights: Any, first_series: Any, out: Any) -> None:
    """Write weighted sums of cells of one field, shape (cell, member), into `out` (series, member) of one day."""
    lanes = field.shape[1]
    for s in range(pointers.shape[0] - 1):
        row = first_series + s
        first, last = pointers[s], pointers[s + 1]
        if last == first:
            for i in range(lanes):
                out[row, i] = 0.0
        for k in range(first, last):
            put(field[cells[k]], weights[k], k > first, out[row])


def put(source: Any, weight: Any, add: Any, goal: Any) -> None:
    """Write one weighted cell over what stood there, or add it; the sum is rounded to float32 after each cell."""
    if add:
        for i in range(goal.shape[0]):
            goal[i] += source[i] * weight
    else:
        for i in range(goal.shape[0]):
            goal[i] = 0.0 + source[i] * weight


def step_arguments(process: Process) -> list[str]:
    """Array names that the step of a process asks for, the clock left out."""
    return [name for name in inspect.signature(process.step).parameters if name not in CLOCK]


def loop_text(processes: Sequence[Process], recorded: Sequence[str]) -> tuple[str, list[str]]:
    """Source of `run_days` for these processes and recorded fields, and the array names in argument order."""
    arrays = sorted({name for process in processes for name in step_arguments(process)} | set(recorded))
    rec = [f"rec_{what}_{k}" for k in range(len(recorded)) for what in ("pointers", "cells", "weights")]
    lines = [f"def run_days(first_day, last_day, seed, members, {', '.join([*arrays, *rec])}, out):"]
    for k, name in enumerate(recorded):
        lines.append(f"    flat_{k} = {name}.reshape((-1, members.shape[0]))")
    lines.append("    for day in range(first_day, last_day):")
    for process in processes:
        names = list(inspect.signature(process.step).parameters)
        lines.append(f"        {process.name}_step({', '.join(names)})")
    if recorded:
        lines += ["        today = out[day - first_day]", "        row = 0"]
    for k in range(len(recorded)):
        lines.append(f"        record(flat_{k}, rec_pointers_{k}, rec_cells_{k}, rec_weights_{k}, row, today)")
        lines.append(f"        row += rec_pointers_{k}.shape[0] - 1")
    return "\n".join(lines) + "\n", arrays


def plain_loop(processes: Sequence[Process], text: str) -> Callable[..., None]:
    """The loop without a compiler: bit-equal and about a thousand times slower."""
    space: dict[str, Any] = {f"{process.name}_step": process.step for process in processes}
    space["record"] = record
    exec(text, space)  # the text is our own, written by loop_text
    return space["run_days"]  # type: ignore[no-any-return]


def compiled_loop(processes: Sequence[Process], text: str, notice: Callable[[], None] | None = None) -> Any:
    """The compiled loop, from the cache where the same sources were compiled before; else `notice` is called first."""
    import numba

    texts = [text]
    for process in processes:
        texts += sources(cast(FunctionType, process.step))
    texts += sources(cast(FunctionType, record))
    name = f"days_{digest_of(texts)}"
    folder = cache_folder() / name
    if notice and not any(folder.glob("__pycache__/*.nbc")):
        notice()
    module = _module(folder, name, text)
    for process in processes:
        setattr(module, f"{process.name}_step", compiled(cast(FunctionType, process.step)))
    module.record = compiled(cast(FunctionType, record))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", numba.NumbaWarning)
        return numba.njit(nogil=True, error_model="numpy", cache=True)(module.run_days)


def _module(folder: Path, name: str, text: str) -> Any:
    """Import the written loop from its own file, which numba needs in order to cache beside it."""
    path = folder / f"{name}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(draft, (1_600_000_000, 1_600_000_000))  # numba keys its cache on the time of the file
        os.replace(draft, path)
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification  # a path we just wrote
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module
