"""Run into a folder, chunk by chunk, so that nothing finished is ever lost.

Chunks of 256 futures are written once, each with its checksums, and the manifest last. A run that was stopped, however
it was stopped, is taken up again where its finished chunks end; a chunk whose bytes are not those that were written is
made again. Shard i of n (from 1) owns the chunks whose index mod n is i - 1; shards are put together by `merge`.
The bytes do not depend on executor, jobs, shards or interruptions; only `manifest.json` may hold times and paths.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import DataError, MissingPartError, UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.block import Block
from citerne.ensemble.deliver import Delivered, ReportWriter, deliver
from citerne.ensemble.ledger import relative_error
from citerne.ensemble.parcels import chunk_files, identity, recipe_of, work
from citerne.ensemble.run import CHUNK, Ensemble, Progress
from citerne.ensemble.workers import count_of
from citerne.results.results import Results
from citerne.results.store import (
    FORMAT,
    MANIFEST,
    POOLED,
    UNFINISHED,
    checksum,
    chunk_name,
    clear_words,
    damaged,
    gather,
    mark_of,
    new_folder,
    open_run,
    plain_provenance,
    provenance_from,
    put,
    put_chunk,
    read_manifest,
    read_note,
    sole_writer,
)
from citerne.results.tally import pool

Shard = tuple[int, int]
ALL: Shard = (1, 1)


def parse_shard(word: str | None) -> Shard:
    """`3/40` as (3, 40); UsageError on anything else."""
    if word is None:
        return ALL
    try:
        i, n = (int(part) for part in word.split("/"))
    except ValueError:
        i, n = 0, 0
    if not 1 <= i <= n:
        raise UsageError(_("--shard is i/n with i from 1 to n, such as 3/40; not {word}.").format(word=word))
    return i, n


def shard_folder(folder: Path, shard: Shard) -> Path:
    """Where a shard works: the run folder itself, or one folder of its own inside."""
    i, n = shard
    return folder if shard == ALL else folder / f"shard-{i:04d}-of-{n:04d}"


@contextmanager
def executor_of(kind: str | Executor, jobs: int) -> Iterator[Executor]:
    """`threads`, `processes`, the address or file of a Dask scheduler, or an executor that the caller keeps."""
    if isinstance(kind, Executor):
        yield kind
    elif kind == "threads":
        with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool_of_threads:
            yield pool_of_threads
    elif kind == "processes":
        import multiprocessing

        # a fresh interpreter: a fork of a process with threads may hang
        with ProcessPoolExecutor(jobs or os.cpu_count() or 1, multiprocessing.get_context("spawn")) as processes:
            yield processes
    else:
        with _dask(kind) as cluster:
            yield cluster


@contextmanager
def _dask(scheduler: str) -> Iterator[Executor]:
    try:
        make_client = importlib.import_module("distributed").Client
    except ImportError as error:
        text = _("--scheduler needs dask.distributed; install it with: pip install 'citerne[cluster]'.")
        raise MissingPartError(text) from error
    place = {"scheduler_file": scheduler} if Path(scheduler).is_file() else {"address": scheduler}
    try:
        client = make_client(**place, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        text = _("No Dask scheduler answers at {address}: {why}.")
        raise UsageError(text.format(address=scheduler, why=error)) from error
    with client:
        yield client.get_executor(pure=False, retries=5)


def run_into(
    ensemble: Ensemble,
    folder: Path,
    *,
    resume: bool = False,
    force: bool = False,
    shard: Shard = ALL,
    executor: str | Executor = "threads",
    jobs: int = 0,
    progress: Progress | None = None,
    start: Sequence[Block] | None = None,
    snapshot_day: int | None = None,
    command: Sequence[str] = (),
    write_report: ReportWriter | None = None,
) -> Delivered | None:
    """Run an ensemble into a folder; returns what was delivered, or None for a shard.

    Raises
    ------
    UsageError : the folder holds another run, cannot be written, or is in use
    """
    began = time.perf_counter()
    folder = shard_folder(folder, shard)
    first_day = start[0].day if start else 0
    note = {
        "format": FORMAT,
        "identity": identity(ensemble, snapshot_day, first_day),
        "provenance": plain_provenance(ensemble.provenance(first_day)),
        "snapshot_day": snapshot_day,
        "shard": f"{shard[0]}/{shard[1]}",
    }
    if _open_folder(folder, note, resume, force):
        return None if shard != ALL else _deliver_again(folder, ensemble.case, write_report)
    with sole_writer(folder):
        put(folder / UNFINISHED, (json.dumps(note, indent=1, ensure_ascii=False) + "\n").encode())
        own = [k for k in ensemble.chunks() if k % shard[1] == shard[0] - 1]
        marks = {k: mark_of(folder, k) for k in own}
        todo = [k for k in own if marks[k] is None]
        done = sum(_size(ensemble, k) for k in own if marks[k] is not None)
        _work_off(ensemble, folder, todo, executor, jobs, start, snapshot_day, progress, done)
        if shard != ALL:
            _close_shard(folder, note, own)
            return None
        extra = {"command": list(command), "identity": note["identity"]}
        return finish(folder, ensemble.case, own, note, extra, began, write_report)


def _size(ensemble: Ensemble, index: int) -> int:
    return min(CHUNK, ensemble.plan.members - index * CHUNK)


def _open_folder(folder: Path, note: Mapping[str, Any], resume: bool, force: bool) -> bool:
    """Make the folder, or take up the same run in it; whether that run is finished and every file of it sound."""
    unfinished, manifest = folder / UNFINISHED, folder / MANIFEST
    known = next((path for path in (unfinished, manifest) if path.is_file()), None)
    if not resume or known is None:
        new_folder(folder, force)
        return False
    there = read_note(known)
    if there.get("identity") != note["identity"]:
        text = _("{path} was begun as another run (other options, case or version); --force replaces it.")
        raise UsageError(text.format(path=folder))
    if unfinished.is_file():
        return False
    sums = there.get("chunks", {})
    if not damaged(folder, sums):
        return True
    if POOLED not in sums:  # checksums are as good as marks; but what was pooled is gone with its chunks
        for stem in {Path(name).stem for name in sums}:
            files = {name: value for name, value in sums.items() if Path(name).stem == stem}
            put(folder / "done" / f"{stem}.json", json.dumps(files, sort_keys=True).encode())
    return False


def _deliver_again(folder: Path, case: Case, write_report: ReportWriter | None) -> Delivered:
    """Tables and report of a finished run, from its own files; what a stop after the manifest left over goes."""
    with sole_writer(folder):
        delivered = deliver(open_run(folder), case, folder, write_report=write_report)
        _clear_marks(folder)
        _clear_tallies(folder)
    return delivered


def _work_off(
    ensemble: Ensemble, folder: Path, todo: Sequence[int], executor: str | Executor, jobs: int,
    start: Sequence[Block] | None, snapshot_day: int | None, progress: Progress | None, done: int,
) -> None:  # fmt: skip
    """Make the chunks that are missing; a few more than there are workers are under way at a time."""
    if not todo:
        return
    ensemble.engine.prepare()  # compiled here once, found in the cache by workers
    total = done + sum(_size(ensemble, k) for k in todo)
    inside = executor == "threads" or isinstance(executor, ThreadPoolExecutor)

    def here(index: int) -> None:
        put_chunk(folder, index, chunk_files(ensemble, index, start[index] if start else None, snapshot_day))

    recipe = recipe_of(ensemble)
    with executor_of(executor, jobs) as workers:

        def send(k: int) -> Future[Any]:
            return workers.submit(here, k) if inside else workers.submit(
                work, recipe, k, start[k] if start else None, snapshot_day
            )  # fmt: skip

        waiting = list(reversed(todo))
        running: dict[Future[Any], int] = {}
        while waiting or running:
            while waiting and len(running) < _ahead(workers, jobs):
                k = waiting.pop()
                running[send(k)] = k
            task = next(as_completed(running))
            k = running.pop(task)
            files = task.result()
            if not inside:
                put_chunk(folder, k, files)
            done += _size(ensemble, k)
            if progress:
                progress(done, total)


def _ahead(executor: Executor, jobs: int) -> int:
    """How many chunks may be under way: enough to keep every worker busy, few enough for flat memory."""
    return count_of(jobs if isinstance(executor, ThreadPoolExecutor) and jobs else executor) + 1


def _close_shard(folder: Path, note: Mapping[str, Any], own: Sequence[int]) -> None:
    manifest = {**note, "chunks": _sums(folder, own)}
    put(folder / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
    _clear_marks(folder)


def _sums(folder: Path, own: Sequence[int]) -> dict[str, str]:
    sums: dict[str, str] = {}
    for k in own:
        mark = json.loads((folder / "done" / f"{chunk_name(k)}.json").read_bytes())
        sums |= mark
    return dict(sorted(sums.items()))


def _clear_marks(folder: Path) -> None:
    with clear_words(folder):
        for path in (folder / "done").glob("*"):
            path.unlink()
        if (folder / "done").is_dir():
            (folder / "done").rmdir()
        (folder / UNFINISHED).unlink(missing_ok=True)


def finish(
    folder: Path, case: Case, own: Sequence[int], note: Mapping[str, Any], extra: Mapping[str, Any], began: float,
    write_report: ReportWriter | None,
) -> Delivered:  # fmt: skip
    """Make the tables and the report out of the chunks, then the manifest; marks and tallies go."""
    sums = _sums(folder, own)
    results = _results(folder, case, own, note)
    if note["snapshot_day"] is not None:
        about = {"day": note["snapshot_day"], "case_digest": results.provenance.case_digest,
                 "seed": results.provenance.seed}  # fmt: skip
        put(folder / "snapshot" / "snapshot.json", (json.dumps(about) + "\n").encode())
    kept = {name: value for name, value in sums.items() if not name.startswith("tallies/")}
    if results.pooled is not None:
        kept[POOLED] = checksum(folder / POOLED)
    delivered = deliver(results, case, folder, write_report=write_report)
    seconds = round(time.perf_counter() - began, 3)
    delivered.close({**extra, "chunks": kept, "seconds": seconds})
    _clear_marks(folder)  # before the tallies: marks without their tallies would be believed
    _clear_tallies(folder)
    return delivered


def _clear_tallies(folder: Path) -> None:
    tallies = folder / "tallies"
    if tallies.is_dir():
        with clear_words(folder):
            for path in tallies.glob("*"):
                path.unlink()
            tallies.rmdir()


def _results(folder: Path, case: Case, own: Sequence[int], note: Mapping[str, Any]) -> Results:
    results, parts = gather(folder, provenance_from(note["provenance"]), {})
    products = case.ids("products")
    tallies = [folder / "tallies" / f"{chunk_name(k)}.npz" for k in own]
    if tallies[0].is_file():
        pooled = pool(path.read_bytes() for path in tallies)
        put(folder / POOLED, pooled.file())
        ledger = pooled.ledger[:, :, None]
        return dataclasses.replace(results, pooled=pooled, balance=relative_error(ledger[0], ledger[1], products))
    imbalance = np.concatenate([part.ledger["imbalance_l"] for part in parts], axis=1)
    throughput = np.concatenate([part.ledger["throughput_l"] for part in parts], axis=1)
    return dataclasses.replace(results, balance=relative_error(imbalance, throughput, products))


def merge(
    shards: Sequence[Path],
    out: Path,
    find_case: Callable[[Mapping[str, Any]], Case],
    *,
    force: bool = False,
    resume: bool = False,
    command: Sequence[str] = (),
    write_report: ReportWriter | None = None,
) -> Delivered:
    """Put the shards of one run together; the folder is then as if one machine had run it.

    `find_case` gives the case that a provenance names.

    Raises
    ------
    UsageError : shards of different runs, or one is missing
    DataError : a chunk file that is not what its shard wrote
    """
    began = time.perf_counter()
    notes = {path: read_manifest(path) for path in shards}
    count = _check_shards(notes)
    first = notes[shards[0]]
    faults = [fault for path, note in notes.items() for fault in damaged(path, note["chunks"])]
    if faults:
        raise DataError(faults)
    note = {key: first[key] for key in ("format", "identity", "provenance", "snapshot_day")} | {"shard": "1/1"}
    case = find_case(first["provenance"])
    if _open_folder(out, note, resume, force):
        return _deliver_again(out, case, write_report)
    with sole_writer(out):
        put(out / UNFINISHED, (json.dumps(note, indent=1, ensure_ascii=False) + "\n").encode())
        for path, shard in notes.items():
            for k, names in _by_chunk(shard["chunks"]).items():
                if mark_of(out, k) is None:
                    put_chunk(out, k, {name: (path / name).read_bytes() for name in names})
        extra = {"command": list(command), "identity": note["identity"]}
        return finish(out, case, range(count), note, extra, began, write_report)


def _by_chunk(sums: Mapping[str, str]) -> dict[int, list[str]]:
    chunks: dict[int, list[str]] = {}
    for name in sums:
        chunks.setdefault(int(Path(name).stem.removeprefix("chunk_")), []).append(name)
    return chunks


def _check_shards(notes: Mapping[Path, Mapping[str, Any]]) -> int:
    """Number of chunks of the run that these shards make up."""
    if not notes:
        raise UsageError(_("Name the shard folders to merge."))
    path, first = next(iter(notes.items()))
    for other, note in notes.items():
        if "shard" not in note:
            raise UsageError(_("{path} is a whole run, not a shard.").format(path=other))
        if note["identity"] != first["identity"]:
            text = _("{a} and {b} are shards of different runs (other options, case or version).")
            raise UsageError(text.format(a=path, b=other))
    count = -(-int(first["provenance"]["members"]) // CHUNK)
    there = {k for note in notes.values() for k in _by_chunk(note["chunks"])}
    missing = sorted(set(range(count)) - there)
    if missing:
        n = int(first["shard"].split("/")[1])
        shards = sorted({k % n + 1 for k in missing})
        names = ", ".join(f"{i}/{n}" for i in shards[:10])
        raise UsageError(_("Shards {names} are missing or unfinished.").format(names=names))
    return count
