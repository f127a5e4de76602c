"""Where calls run: threads of this process, or an executor whose workers may be other processes or other machines.

A worker elsewhere cannot be handed an ensemble. It is sent a recipe, from which it makes the same thing once and keeps
it; equal recipes give equal results, so the answers are the same bytes wherever they are made.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Jobs = int | Executor  # number of threads (0: one per core), or an executor elsewhere
Call = tuple[Any, ...]  # arguments of one call


def in_order(
    jobs: Jobs, here: Callable[..., Answer], there: Callable[..., Answer], recipe: object, calls: Sequence[Call]
) -> Iterator[Answer]:
    """Answers of `here(*call)` on threads, or of `there(recipe, *call)` elsewhere, in the order of the calls."""
    if isinstance(jobs, int):
        yield from on_threads(jobs, here, calls)
    else:
        tasks = [jobs.submit(there, recipe, *call) for call in calls]
        for task in tasks:
            yield task.result()


def on_threads(jobs: int, here: Callable[..., Answer], calls: Sequence[Call]) -> Iterator[Answer]:
    """Answers of `here(*call)` on threads (0: one per core), in the order of the calls."""
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        for task in [pool.submit(here, *call) for call in calls]:
            yield task.result()


_kept: dict[bytes, Any] = {}


def kept(recipe: object, make: Callable[[], Answer]) -> Answer:
    """What a recipe makes, made once in each process: `make()` the first time, the same thing from then on.

    Recipes are told apart by their type and content, as they were sent.
    """
    key = pickle.dumps(recipe)
    if key not in _kept:
        _kept[key] = make()
    made: Answer = _kept[key]
    return made


def count_of(jobs: Jobs) -> int:
    """How many calls run at a time, as far as it is known."""
    if isinstance(jobs, int):
        return jobs or os.cpu_count() or 1
    if hasattr(jobs, "_client"):  # a Dask cluster
        return int(sum(jobs._client.nthreads().values())) or 1
    return int(getattr(jobs, "_max_workers", 0) or os.cpu_count() or 1)
