"""One chunk as files: what a worker makes, wherever it runs, and what the run folder keeps.

A recipe says what to run and holds nothing of the machine, so it can be sent to another process or another computer
that has Citerne and the case. A worker builds the ensemble once and keeps it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.case.case import load
from citerne.engine.block import Block
from citerne.ensemble.deliver import leading_regions
from citerne.ensemble.run import CHUNK, Chunk, Ensemble, Plan, Room
from citerne.ensemble.workers import Jobs, in_order, kept
from citerne.metrics.headline import statistics
from citerne.results.results import Results
from citerne.results.store import chunk_name, members_file, plain_provenance
from citerne.results.tally import pack

LARGE = 2000  # more futures than this are pooled
WHOLE = 500  # futures of a large run that are kept whole
Files = Mapping[str, bytes]
_own = threading.local()  # each worker fills one record after the other


@dataclass(frozen=True)
class Recipe:
    """What to run: a bundled case or a folder that every worker can read, how much of it was known, and the plan."""

    case: str
    until: dt.date | None
    plan: Plan


def recipe_of(ensemble: Ensemble) -> Recipe:
    """Recipe of an ensemble of the standard model."""
    return Recipe(str(ensemble.case.folder.resolve()), ensemble.case.until, ensemble.plan)


def identity(ensemble: Ensemble, snapshot_day: int | None, first_day: int) -> str:
    """Digest of all that decides the bytes of a run: unfinished work is taken up only by the same run."""
    plan = ensemble.plan
    made = plain_provenance(ensemble.provenance(first_day))
    parts = [json.dumps(made, sort_keys=True), repr(plan), repr(ensemble.keys), repr((snapshot_day, first_day))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def chunk_files(
    ensemble: Ensemble, index: int, start: Block | None = None, snapshot_day: int | None = None
) -> dict[str, bytes]:
    """Run one chunk and put it into files, by their path in the run folder. Equal recipes give equal bytes."""
    room = getattr(_own, "room", None) or Room()
    _own.room = room
    chunk = ensemble.run_chunk(index, start=start, snapshot_day=snapshot_day, room=room)
    made = ensemble.provenance(start.day if start is not None else 0)
    name, files = chunk_name(index), {}
    large = ensemble.plan.members > LARGE
    whole = min(max(WHOLE - index * CHUNK, 0), len(chunk.members)) if large else len(chunk.members)
    if large:
        files[f"tallies/{name}.npz"] = _tally(ensemble, chunk, made)
    if whole:
        ledger = {"imbalance_l": chunk.imbalance_l[:, :whole], "throughput_l": chunk.throughput_l[:, :whole]}
        drawn = {key: column[:whole] for key, column in chunk.parameters.items()}
        values = np.ascontiguousarray(chunk.values[:, :, :whole])
        files[f"members/{name}.nc"] = members_file(
            made.start, ensemble.keys, values, drawn, chunk.members[:whole], ledger
        )
    if chunk.snapshot is not None:
        files[f"snapshot/{name}.npz"] = _block_file(chunk.snapshot)
    return files


def _tally(ensemble: Ensemble, chunk: Chunk, made: Any) -> bytes:
    case = ensemble.case
    results = Results(made, ensemble.keys, chunk.values, chunk.parameters, {}, chunk.members)
    header = case.header
    figures = statistics(results, header.hub, header.country, header.record_end, leading_regions(case))
    worst = [np.abs(chunk.imbalance_l).max(axis=1, initial=0), chunk.throughput_l.max(axis=1, initial=1)]
    return pack(ensemble.keys, chunk.values, figures, np.array(worst, np.int64))


def _block_file(block: Block) -> bytes:
    arrays: dict[str, Any] = {f"state_{name}": array for name, array in block.state.items()}
    arrays |= {f"parameter_{name}": array for name, array in block.parameters.items()}
    file = io.BytesIO()
    np.savez(file, members=block.members, day=np.int64(block.day), **arrays)
    return file.getvalue()


def ensemble_from(recipe: Recipe) -> Ensemble:
    """The ensemble of a recipe, made once in each process."""
    return kept(recipe, lambda: Ensemble(load(recipe.case, until=recipe.until), recipe.plan))


def chunk_there(recipe: Recipe, index: int, start: Block | None, snapshot_day: int | None) -> Chunk:
    """One chunk as arrays, computed by a worker in another process."""
    return ensemble_from(recipe).run_chunk(index, start=start, snapshot_day=snapshot_day)


def run_anywhere(ensemble: Ensemble, jobs: Jobs, start: Sequence[Block] | None = None) -> Results:
    """Run an ensemble of the standard model on threads or on an executor elsewhere; the results are the same."""
    if isinstance(jobs, int):
        return ensemble.run(jobs=jobs, start=start)[0]
    calls = [(k, start[k] if start else None, None) for k in ensemble.chunks()]
    chunks = list(in_order(jobs, ensemble.run_chunk, chunk_there, recipe_of(ensemble), calls))
    return ensemble.gathered(chunks, start[0].day if start else 0)


def work(recipe: Recipe, index: int, start: Block | None = None, snapshot_day: int | None = None) -> dict[str, bytes]:
    """What a worker in another process does: the files of one chunk."""
    return chunk_files(ensemble_from(recipe), index, start, snapshot_day)
