"""A folder of runs: what is in it, how much room it takes, what may go.

`index.csv` lists the runs for people and for other programs (pandas, DuckDB). It is made from the manifests, so it can
be lost, and is written anew whenever the folder is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from citerne.base.errors import CiterneError
from citerne.results.store import MANIFEST, UNFINISHED, clear, read_note, sole_writer, write_csv

INDEX = "index.csv"


@dataclass(frozen=True)
class Entry:
    """One run of a folder of runs; `state` is `finished`, `shard`, `unfinished` or `unreadable`."""

    run: str
    state: str
    case: str
    policy: str
    variant: str
    start: str
    days: int
    members: int
    seed: int
    version: str
    size_mb: float


def size_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; files that go meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def _entry(folder: Path, root: Path) -> Entry:
    note = folder / MANIFEST
    state = "finished"
    if not note.is_file():
        note, state = folder / UNFINISHED, "unfinished"
    made: dict[str, Any] = {}
    try:
        data = read_note(note)
        made = dict(data["provenance"])
        state = "shard" if state == "finished" and "shard" in data else state
    except (CiterneError, KeyError, TypeError):
        state = "unreadable"
    return Entry(
        run=str(folder.relative_to(root)) if folder != root else ".",
        state=state,
        case=str(made.get("case", "")),
        policy=str(made.get("policy", "")),
        variant=str(made.get("variant", "")),
        start=str(made.get("start", "")),
        days=int(made.get("days", 0)),
        members=int(made.get("members", 0)),
        seed=int(made.get("seed", 0)),
        version=str(made.get("version", "")),
        size_mb=round(size_bytes(folder) / 1e6, 3),
    )


def runs_in(root: Path) -> list[Entry]:
    """Runs below a folder, two levels deep (shards lie one below), by name; writes the index where it can."""
    found = {path.parent for name in (MANIFEST, UNFINISHED) for depth in ("", "*/", "*/*/")
             for path in root.glob(depth + name)}  # fmt: skip
    entries = [_entry(folder, root) for folder in sorted(found)]
    if entries and root not in found:
        header = list(asdict(entries[0]))
        with suppress(CiterneError):  # a folder that may only be read can be listed all the same
            write_csv(root / INDEX, header, [[asdict(entry)[name] for name in header] for entry in entries])
    return entries


def clean(root: Path, entries: Sequence[Entry]) -> float:
    """Take away unfinished runs that nobody is working on; returns the megabytes set free."""
    freed = 0.0
    for entry in entries:
        folder = root / entry.run
        if entry.state != "unfinished":
            continue
        try:
            with sole_writer(folder):
                clear(folder)
        except CiterneError:
            continue  # somebody is at work in it
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                path.rmdir()
        if not any(folder.iterdir()):
            folder.rmdir()
        freed += entry.size_mb
    return freed
