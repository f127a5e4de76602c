"""Compile entries on all cores: numba compiles under one lock, so the work is shared out to processes.

`python -m citerne.engine.prebuild` reads entries as JSON from its input, imports their steps by name, and compiles
them into the cache folder, where the process that asked finds them.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from types import FunctionType
from typing import Any, cast

from citerne.engine.compile import sources
from citerne.engine.entry import Entry, compiled_entry


def build_missing(entries: Sequence[Entry], cores: int = 0) -> None:
    """Compile entries, a share on each core; what a helper process cannot import or finish is left to the caller."""
    cores = min(cores or os.cpu_count() or 1, len(entries))
    away = [entry for entry in entries if _is_importable(entry)]
    shares = _shares(away, cores)
    helpers = [_start(share) for share in shares[1:] if share]
    try:
        for entry in [*shares[0], *(entry for entry in entries if entry not in away)]:
            compiled_entry(entry)
    finally:
        for helper in helpers:
            helper.wait()


def _is_importable(entry: Entry) -> bool:
    """Whether another process finds the same step under its name."""
    step = entry.step
    return step.__module__.startswith("citerne.") and step.__qualname__.isidentifier()


def _shares(entries: Sequence[Entry], count: int) -> list[list[Entry]]:
    """Entries dealt out, the longest sources first, each to the share with the least text so far."""
    shares: list[list[Entry]] = [[] for _ in range(count)]
    load = [0] * count
    size = {entry: sum(len(text) for text in sources(cast(FunctionType, entry.step))) for entry in entries}
    for entry in sorted(entries, key=lambda one: (-size[one], one.name)):
        least = load.index(min(load))
        shares[least].append(entry)
        load[least] += size[entry]
    return shares


def _start(share: Sequence[Entry]) -> subprocess.Popen[str]:
    rows = [[entry.name, entry.step.__module__, entry.step.__qualname__, entry.arrays] for entry in share]
    helper = subprocess.Popen(
        [sys.executable, "-m", "citerne.engine.prebuild"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )  # fmt: skip
    assert helper.stdin  # a pipe was asked for
    helper.stdin.write(json.dumps(rows))
    helper.stdin.close()
    return helper


def _entry(row: list[Any]) -> Entry:
    name, module, step, arrays = row
    return Entry(name, getattr(importlib.import_module(module), step), tuple((dtype, ndim) for dtype, ndim in arrays))


if __name__ == "__main__":
    for one in json.load(sys.stdin):
        compiled_entry(_entry(one))
