"""The run folder: manifest.json, members in NetCDF, checksums, and reading them back.

Only `manifest.json` may hold a time, a path or a machine. Members are NetCDF 3 classic files, one per chunk of 256
futures: `value` (day, series, member) float32 with the labels of each series as text. Large runs keep the first 500
futures whole and the rest in `pooled.npz` (see `tally`).

A file is written under another name and then put in its place, so nothing half-written is ever read; the manifest comes
last and holds the checksum of every chunk file. While a run is under way the folder holds `unfinished.json` (what is
being made) and `done/`, one small mark per finished chunk with the checksums of its files.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import DataError, Fault, UsageError
from citerne.base.text import _
from citerne.results.results import Provenance, Results, SeriesKey
from citerne.results.tally import unpack_pooled

Array = np.ndarray[Any, Any]
FORMAT = 1
CHUNK = 256
LABELS = ("variable", "place", "product", "unit")
MANIFEST, UNFINISHED, POOLED = "manifest.json", "unfinished.json", "pooled.npz"
FOLDERS = ("members", "figures", "snapshot", "done", "tallies")
FILES = (MANIFEST, UNFINISHED, POOLED, "summary.csv", "series.csv", "report.html", "summary.txt", ".lock")


def new_folder(path: Path, force: bool) -> None:
    """Make an empty run folder; an existing one is refused unless `force`, and only a run folder is replaced."""
    if path.exists() and any(path.iterdir() if path.is_dir() else [path]):
        if not force:
            text = _("{path} exists; give another --out, --force to replace it, or --resume to go on with it.")
            raise UsageError(text.format(path=path))
        if not any((path / name).exists() for name in (MANIFEST, UNFINISHED)):
            raise UsageError(_("{path} is not a run folder, so it is left alone.").format(path=path))
        clear(path)
    with clear_words(path):
        (path / "members").mkdir(parents=True, exist_ok=True)


def clear(path: Path) -> None:
    """Take away what a run left in its folder, the manifest first; files of others stay."""
    with clear_words(path):
        (path / MANIFEST).unlink(missing_ok=True)
        for name in FOLDERS:
            for file in (path / name).glob("*"):
                file.unlink()
        for name in FILES:
            (path / name).unlink(missing_ok=True)


@contextmanager
def clear_words(path: Path) -> Iterator[None]:
    """Say in a sentence what keeps us from writing: a full disk, a read-only folder."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            text = _("No room left for {path}. Free some and add --resume: finished work is kept.")
            raise UsageError(text.format(path=path)) from error
        raise UsageError(_("{path} cannot be written: {why}.").format(path=path, why=error.strerror)) from error


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold a run folder for one process; the lock ends with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        yield
        return
    with clear_words(folder):
        file = (folder / ".lock").open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(_("Another process is at work in {path}; wait for it.").format(path=folder)) from error
        yield
        with suppress(OSError):
            (folder / ".lock").unlink()


def put(path: Path, data: bytes) -> None:
    """Write a file under another name and then put it in its place."""
    draft = path.with_name(path.name + ".part")
    with clear_words(path):
        path.parent.mkdir(exist_ok=True)
        try:
            draft.write_bytes(data)
            os.replace(draft, path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise


def chunk_name(index: int) -> str:
    """Name of a chunk's files, without what they end in."""
    return f"chunk_{index:05d}"


def put_chunk(folder: Path, index: int, files: Mapping[str, bytes]) -> None:
    """Store the files of one chunk, then the mark that it is done, which holds their checksums."""
    for name, data in files.items():
        put(folder / name, data)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    put(folder / "done" / f"{chunk_name(index)}.json", json.dumps(sums, sort_keys=True).encode())


def mark_of(folder: Path, index: int) -> dict[str, str] | None:
    """Checksums of the files of a finished chunk, or None where it is not done or a file is not what it was."""
    try:
        sums: dict[str, str] = json.loads((folder / "done" / f"{chunk_name(index)}.json").read_bytes())
        return sums if all(checksum(folder / name) == value for name, value in sums.items()) else None
    except (OSError, ValueError, AttributeError):
        return None


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def members_file(start: dt.date, keys: Sequence[SeriesKey], values: Array, parameters: Mapping[str, Array],
                 numbers: Array, ledger: Mapping[str, Array]) -> bytes:  # fmt: skip
    """NetCDF file of the whole futures of one chunk; `ledger` holds int64 (product, member) arrays by name.

    `values`, float32 (day, series, member) in the machine's order, is used up.
    """
    from scipy.io import netcdf_file

    out = io.BytesIO()
    file = netcdf_file(out, "w")
    file.title = "Citerne: simulation, not a report of events"
    days, series, _members = values.shape
    for name, size in (("day", days), ("series", series), ("member", len(numbers))):
        file.createDimension(name, size)
    day = file.createVariable("day", "i4", ("day",))
    day.units = f"days since {start.isoformat()}"
    day[:] = np.arange(days)
    file.createVariable("member", "i4", ("member",))[:] = numbers
    for label in LABELS:
        words = [getattr(key, label).encode() for key in keys]
        width = max(map(len, words), default=1) or 1
        file.createDimension(f"{label}_length", width)
        text = file.createVariable(label, "c", ("series", f"{label}_length"))
        text._Encoding = "utf-8"
        text[:] = np.frombuffer(b"".join(word.ljust(width, b"\0") for word in words), "S1").reshape(-1, width)
    for name, column in parameters.items():
        file.createVariable(f"parameter_{name}", "f4", ("member",))[:] = column
    for name, table in ledger.items():
        if "product" not in file.dimensions:
            file.createDimension("product", len(table))
        file.createVariable(name, "f8", ("product", "member"))[:] = table
    value = file.createVariable("value", "f4", ("day", "series", "member"))
    # the bytes are turned around where they stand: a chunk of futures is the largest thing in memory
    value.__dict__["data"] = values.byteswap(inplace=True).view(">f4")  # set as a field it would become an attribute
    file.flush()
    return out.getvalue()


@dataclasses.dataclass(frozen=True)
class MembersFile:
    """What a members file holds; `values` is read from the disk as it is used."""

    keys: tuple[SeriesKey, ...]
    values: Array
    parameters: Mapping[str, Array]
    numbers: Array
    ledger: Mapping[str, Array]


def read_members(path: Path) -> MembersFile:
    """Read one chunk of whole futures."""
    from scipy.io import netcdf_file

    with netcdf_file(path, "r", mmap=False) as file:
        columns = []
        for label in LABELS:
            rows = file.variables[label].data
            columns.append([b"".join(row).rstrip(b"\0").decode() for row in rows])
        keys = tuple(SeriesKey(*words) for words in zip(*columns, strict=True))
        parameters = {
            name.removeprefix("parameter_"): variable.data.astype(np.float32)
            for name, variable in file.variables.items()
            if name.startswith("parameter_")
        }
        ledger = {
            name: file.variables[name].data.astype(np.int64)
            for name in ("imbalance_l", "throughput_l")
            if name in file.variables
        }
        return MembersFile(
            keys, file.variables["value"].data, parameters, file.variables["member"].data.astype(np.uint32), ledger
        )


def write_manifest(results: Results, folder: Path, extra: Mapping[str, Any]) -> None:
    """Write what the run was made from, last of all: a folder without manifest is not a run."""
    payload = {
        "format": FORMAT,
        "provenance": plain_provenance(results.provenance),
        "balance": dict(results.balance),
        **extra,
    }
    put(folder / MANIFEST, (json.dumps(payload, indent=1, ensure_ascii=False) + "\n").encode())


def plain_provenance(made: Provenance) -> dict[str, Any]:
    """Provenance as JSON holds it."""
    plain = dataclasses.asdict(made)
    for name in ("start", "until"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    return plain


def provenance_from(plain: Mapping[str, Any]) -> Provenance:
    """Provenance as `plain_provenance` wrote it."""
    made = dict(plain)
    made["start"] = dt.date.fromisoformat(made["start"])
    made["until"] = dt.date.fromisoformat(made["until"]) if made["until"] else None
    made["settings"] = tuple(made["settings"])
    return Provenance(**made)


def read_note(path: Path) -> dict[str, Any]:
    """A manifest or a note on unfinished work; UsageError where it cannot be read or is of a newer make."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        make = int(data.get("format", 0))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(_("{path} cannot be read: {why}.").format(path=path, why=error)) from error
    if make > FORMAT:
        raise UsageError(_("{path} was written by a newer Citerne; update this one.").format(path=path))
    return data


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder; UsageError where there is none or it is of a newer make."""
    path = folder / MANIFEST
    if (folder / UNFINISHED).is_file() and not path.is_file():
        text = _("{path} holds an unfinished run; go on with `citerne run ... --out {path} --resume`.")
        raise UsageError(text.format(path=folder))
    if not path.is_file():
        raise UsageError(_("{path} is not a run folder: it has no manifest.json.").format(path=folder))
    return read_note(path)


def damaged(folder: Path, sums: Mapping[str, str]) -> list[Fault]:
    """Chunk files that are missing or not what was written, as faults with their mend."""
    faults = []
    for name, value in sums.items():
        path = folder / name
        found = checksum(path) if path.is_file() else None
        if found != value:
            what = _("other bytes than were written") if found else _("no such file")
            faults.append(Fault(str(path), 0, "", what, _("sha256 {sum}").format(sum=value[:12]),
                                _("make it again with `citerne run ... --resume`")))  # fmt: skip
    return faults


def open_run(folder: str | Path) -> Results:
    """Read a run folder back into Results, every chunk file checked against its checksum."""
    folder = Path(folder)
    data = read_manifest(folder)
    if "shard" in data:
        text = _("{path} holds shard {shard} of a run; put the shards together with `citerne merge`.")
        raise UsageError(text.format(path=folder, shard=data["shard"]))
    if faults := damaged(folder, data.get("chunks", {})):
        raise DataError(faults)
    pooled = folder / POOLED
    results, _parts = gather(folder, provenance_from(data["provenance"]), data["balance"])
    return dataclasses.replace(results, pooled=unpack_pooled(pooled.read_bytes())) if pooled.is_file() else results


def gather(folder: Path, made: Provenance, balance: Mapping[str, float]) -> tuple[Results, list[MembersFile]]:
    """Whole futures of all chunks in the order of their numbers; also the ledger of each chunk."""
    paths = sorted((folder / "members").glob("chunk_*.nc"))
    if not paths:
        raise UsageError(_("{path} holds no members.").format(path=folder / "members"))
    values: Array | None = None
    parts: list[MembersFile] = []
    for k, path in enumerate(paths):
        part = read_members(path)
        if values is None:
            values = np.empty((*part.values.shape[:2], len(paths) * CHUNK), np.float32)
        values[:, :, k * CHUNK : k * CHUNK + len(part.numbers)] = part.values
        parts.append(dataclasses.replace(part, values=np.empty(0)))
    assert values is not None  # there is at least one file
    count = sum(len(part.numbers) for part in parts)
    names = parts[0].parameters
    results = Results(
        provenance=made,
        keys=parts[0].keys,
        values=values[:, :, :count],
        parameters={name: np.concatenate([part.parameters[name] for part in parts]) for name in names},
        balance=balance,
        member_numbers=np.concatenate([part.numbers for part in parts]),
    )
    return results, parts


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a CSV with a fixed number format: six significant digits, point for decimals."""
    lines = [",".join(header)]
    for row in rows:
        lines.append(",".join(f"{cell:.6g}" if isinstance(cell, float) else _quoted(str(cell)) for cell in row))
    put(path, ("\n".join(lines) + "\n").encode())


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\n') else text
