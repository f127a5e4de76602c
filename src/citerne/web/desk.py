"""The desk: runs futures for many people on few cores, the first hundred of everybody before the rest of anybody.

A run is asked for by its state. Its first `FIRST` futures are computed at once, in parts over all threads; the rest, up
to `full`, in the background for as long as somebody keeps asking. Futures belong to member numbers, so what a page
shows for n futures is the same however the parts were computed, by whom, and after any restart.
"""

from __future__ import annotations

import copy
import heapq
import itertools
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from citerne.base.errors import CiterneError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.block import Engine
from citerne.ensemble.ledger import relative_error
from citerne.ensemble.members import parameters_of
from citerne.ensemble.run import Chunk, Ensemble, Plan
from citerne.results.results import Results
from citerne.web.state import Run

Array = np.ndarray[Any, Any]
FIRST, FULL, PART = 100, 500, 100
PATIENCE_S = 10.0  # a run that nobody has asked for that long is not filled further
MEMORY_BYTES = 400_000_000
MOST_WAITING = 400  # first parts that may wait; beyond, people are told to come back


class BusyError(CiterneError):
    """More is asked for than can be computed soon."""


@dataclass
class _Job:
    """One run: its ensemble once made, the parts that are there, and who waits for it."""

    run: Run
    first: Future[Results] = field(default_factory=Future)
    ensemble: Ensemble | None = None
    parts: dict[int, Chunk] = field(default_factory=dict)
    asked: float = 0.0
    computing: int = 0
    planned: int = 0  # members handed out so far
    answered: bool = False  # whether those who wait for the first futures have been answered
    whole: Results | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.first.set_running_or_notify_cancel()  # one who goes away must not cancel it for the others

    @property
    def members(self) -> int:
        """Futures there are, from number 0 without a gap."""
        count = 0
        while count in self.parts:
            count += len(self.parts[count].members)
        return count

    def bytes(self) -> int:
        """Memory held."""
        arrays = {id(part.values): part.values.nbytes for part in self.parts.values()}
        if self.whole is not None:
            arrays[id(self.whole.values)] = self.whole.values.nbytes
        return sum(arrays.values())


class Desk:
    """Runs of one case.

    Parameters
    ----------
    case : what is simulated
    plan_of : the plan of a run, for so many futures
    threads : computing threads (0: one a core)
    full : futures that a run is filled up to
    """

    def __init__(
        self,
        case: Case,
        plan_of: Callable[[Run, int], Plan],
        *,
        threads: int = 0,
        full: int = FULL,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self.case, self.plan_of, self.full, self.memory_bytes = case, plan_of, full, memory_bytes
        self.threads = threads or os.cpu_count() or 1
        self._jobs: OrderedDict[Run, _Job] = OrderedDict()
        self._queue: list[tuple[int, int, _Job, int, int]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._engine: Engine | None = None
        self._loading = threading.Lock()
        self._workers = [
            threading.Thread(target=self._work, daemon=True, name=f"desk-{k}") for k in range(self.threads)
        ]
        for worker in self._workers:
            worker.start()

    def close(self) -> None:
        """Stop computing; nothing that is under way is lost, since an address brings it back."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join(timeout=30)

    def ask(self, run: Run, *, fill: bool = True) -> Future[Results]:
        """The results of a run: at least its first futures, all that are there by now.

        Asking keeps the run alive; with `fill` its rest is computed in the background.

        Raises
        ------
        BusyError : too many runs wait already
        """
        with self._changed:
            job = self._jobs.get(run)
            if job is None:
                if sum(1 for entry in self._queue if entry[0] == 0) >= MOST_WAITING:
                    raise BusyError(_("Too many runs wait to be computed; try again in a minute."))
                job = self._jobs[run] = _Job(run)
                share = -(-FIRST // self.threads)
                for first in range(0, FIRST, share):
                    self._hand_out(job, 0, first, min(share, FIRST - first))
                job.planned = FIRST
            self._jobs.move_to_end(run)
            job.asked = time.monotonic()
            if fill and job.first.done() and job.computing == 0 and job.planned < self.full:
                self._more(job)
            self._forget()
        return job.first if not job.first.done() or job.first.exception() else _done(self._gather(job))

    def progress(self, run: Run) -> int:
        """Futures there are of a run; 0 for one that nobody asked for."""
        with self._changed:
            job = self._jobs.get(run)
            return job.members if job is not None else 0

    def _hand_out(self, job: _Job, urgency: int, first: int, count: int) -> None:
        heapq.heappush(self._queue, (urgency, next(self._order), job, first, count))
        self._changed.notify()

    def _more(self, job: _Job) -> None:
        """Hand out the next background part; the caller holds the condition."""
        count = min(PART, self.full - job.planned)
        self._hand_out(job, 1, job.planned, count)
        job.planned += count
        job.computing += 1

    def _forget(self) -> None:
        """Let go of the runs asked for longest ago while too much memory is held; the caller holds the condition."""
        held = sum(job.bytes() for job in self._jobs.values())
        for run, job in list(self._jobs.items())[:-2]:
            if held <= self.memory_bytes:
                return
            if job.first.done() and job.computing == 0 and job.run.values:
                held -= job.bytes()
                del self._jobs[run]

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    return
                urgency, _order, job, first, count = heapq.heappop(self._queue)
                if urgency and time.monotonic() - job.asked > PATIENCE_S:
                    job.planned, job.computing = first, job.computing - 1
                    continue
            try:
                self._keep(job, urgency, first, self._compute(job, first, count))
            except Exception as error:  # told to those who wait; the thread goes on with other runs
                self._fail(job, error)

    def _compute(self, job: _Job, first: int, count: int) -> Chunk:
        with job.lock:
            if job.ensemble is None:
                job.ensemble = self._ensemble(job.run)
        ensemble = job.ensemble
        members = np.arange(first, first + count, dtype=np.uint32)
        drawn = parameters_of(ensemble.setup, members, ensemble.plan.seed, ensemble.posterior)
        return ensemble.run_chunk(0, start=ensemble.engine.open(members, drawn))

    def _ensemble(self, run: Run) -> Ensemble:
        """The ensemble of a run. Runs differ in their world alone, so all of them share one prepared engine."""
        made = Ensemble(self.case, self.plan_of(run, self.full))
        with self._loading:
            if self._engine is None:
                made.engine.prepare()
                self._engine = made.engine
        world, made.engine = made.engine.world, copy.copy(self._engine)
        made.engine.world = world
        return made

    def _fail(self, job: _Job, error: Exception) -> None:
        with self._changed:
            if self._jobs.get(job.run) is job:
                del self._jobs[job.run]  # the next who asks gets a new try
            self._queue = [entry for entry in self._queue if entry[2] is not job]
            heapq.heapify(self._queue)
            answer, job.answered = not job.answered, True
        if answer:
            job.first.set_exception(error)

    def _keep(self, job: _Job, urgency: int, first: int, part: Chunk) -> None:
        with self._changed:
            job.parts[first] = part
            if urgency:
                job.computing -= 1
            ready = job.members >= FIRST
            if ready and job.planned < self.full and job.computing == 0:
                self._more(job)
            answer = ready and not job.answered
            job.answered |= ready
            self._forget()
        if answer:
            job.first.set_result(self._gather(job))

    def _gather(self, job: _Job) -> Results:
        """All futures there are as results; put together once for each number of futures."""
        with job.lock:
            count = job.members
            if job.whole is not None and len(job.whole.member_numbers) == count:
                return job.whole
            chunks = [job.parts[first] for first in sorted(job.parts) if first < count]
            assert job.ensemble is not None  # parts were computed with it
            job.whole = _together(job.ensemble, chunks)
            held = Chunk(0, job.whole.values, job.whole.parameters, job.whole.member_numbers,
                         np.concatenate([c.imbalance_l for c in chunks], axis=1),
                         np.concatenate([c.throughput_l for c in chunks], axis=1), None)  # fmt: skip
            with self._changed:
                job.parts = {0: held} | {k: part for k, part in job.parts.items() if k >= count}
            return job.whole


def _together(ensemble: Ensemble, chunks: list[Chunk]) -> Results:
    from dataclasses import replace

    values = chunks[0].values if len(chunks) == 1 else np.concatenate([c.values for c in chunks], axis=2)
    members = np.concatenate([c.members for c in chunks])
    imbalance, throughput = (np.concatenate([getattr(c, name) for c in chunks], axis=1)
                             for name in ("imbalance_l", "throughput_l"))  # fmt: skip
    return Results(
        provenance=replace(ensemble.provenance(), members=len(members)),
        keys=ensemble.keys,
        values=values,
        parameters={name: np.concatenate([c.parameters[name] for c in chunks]) for name in chunks[0].parameters},
        balance=relative_error(imbalance, throughput, ensemble.case.ids("products")),
        member_numbers=members,
    )


def _done(results: Results) -> Future[Results]:
    future: Future[Results] = Future()
    future.set_result(results)
    return future
