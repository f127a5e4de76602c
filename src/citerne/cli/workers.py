"""Where a verb's work runs: the options `--jobs` and `--scheduler` of the verbs that run many futures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from citerne.ensemble.workers import Jobs

Verb = TypeVar("Verb", bound=Callable[..., Any])


def where_to_run(verb: Verb) -> Verb:
    """Give a verb the options `--jobs` and `--scheduler`."""
    cluster = click.option(
        "--scheduler", default=None, metavar="ADDRESS|FILE", help="Dask cluster to compute on instead."
    )
    return click.option("--jobs", type=int, default=0, help="Threads; 0 is one per core.")(cluster(verb))


@contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[Jobs]:
    """Threads, or the executor of a Dask cluster while it is open."""
    if scheduler is None:
        yield jobs
        return
    from citerne.ensemble.durable import executor_of

    with executor_of(scheduler, jobs) as executor:
        yield executor
