"""Where calls run: threads of this process, or an executor whose workers may be other processes or other machines.

A worker elsewhere cannot be handed an ensemble. It is sent a recipe, from which it makes the same thing once and keeps
it; equal recipes give equal results, so the answers are the same bytes wherever they are made.
"""

from __future__ import annotations

import os
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
        with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
            tasks = [pool.submit(here, *call) for call in calls]
            for task in tasks:
                yield task.result()
    else:
        tasks = [jobs.submit(there, recipe, *call) for call in calls]
        for task in tasks:
            yield task.result()


def count_of(jobs: Jobs) -> int:
    """How many calls run at a time, as far as it is known."""
    if isinstance(jobs, int):
        return jobs or os.cpu_count() or 1
    if hasattr(jobs, "_client"):  # a Dask cluster
        return int(sum(jobs._client.nthreads().values())) or 1
    return int(getattr(jobs, "_max_workers", 0) or os.cpu_count() or 1)
