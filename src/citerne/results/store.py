"""The run folder: manifest.json, members in NetCDF, and reading them back.

Only `manifest.json` may hold a time, a path or a machine. Members are NetCDF 3 classic files, one per chunk of 256
futures: `value` (day, series, member) float32 with the labels of each series as text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.results.results import Provenance, Results, SeriesKey

Array = np.ndarray[Any, Any]
FORMAT = 1
CHUNK = 256
LABELS = ("variable", "place", "product", "unit")


def new_folder(path: Path, force: bool) -> None:
    """Make an empty run folder; an existing one is refused unless `force`, and only a run folder is replaced."""
    if path.exists() and any(path.iterdir() if path.is_dir() else [path]):
        if not force:
            raise UsageError(_("{path} exists; give another --out, or --force to replace it.").format(path=path))
        if not (path / "manifest.json").exists():
            raise UsageError(_("{path} is not a run folder, so it is left alone.").format(path=path))
        _clear(path)
    try:
        (path / "members").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(_("{path} cannot be written: {why}.").format(path=path, why=error.strerror)) from error


def _clear(path: Path) -> None:
    for name in ("members", "figures", "snapshot"):
        for file in (path / name).glob("*"):
            file.unlink()
    for name in ("manifest.json", "summary.csv", "series.csv", "report.html", "summary.txt"):
        (path / name).unlink(missing_ok=True)


def write_members(results: Results, folder: Path) -> list[Path]:
    """Write the members, one file per 256, each first under another name and then put in its place."""
    from scipy.io import netcdf_file

    paths = []
    for k in range(0, len(results.member_numbers), CHUNK):
        numbers = results.member_numbers[k : k + CHUNK]
        path = folder / "members" / f"chunk_{int(numbers[0]) // CHUNK:05d}.nc"
        draft = path.with_suffix(".part")
        with netcdf_file(draft, "w") as file:
            file.title = "Citerne: simulation, not a report of events"
            _write_chunk(file, results, k, numbers)
        draft.replace(path)
        paths.append(path)
    return paths


def _write_chunk(file: Any, results: Results, first: int, numbers: Array) -> None:
    days, series, _members = results.values.shape
    for name, size in (("day", days), ("series", series), ("member", len(numbers))):
        file.createDimension(name, size)
    day = file.createVariable("day", "i4", ("day",))
    day.units = f"days since {results.provenance.start.isoformat()}"
    day[:] = np.arange(days)
    file.createVariable("member", "i4", ("member",))[:] = numbers
    for label in LABELS:
        words = [getattr(key, label).encode() for key in results.keys]
        width = max(map(len, words), default=1) or 1
        file.createDimension(f"{label}_length", width)
        text = file.createVariable(label, "c", ("series", f"{label}_length"))
        text._Encoding = "utf-8"
        text[:] = np.array([list(word.ljust(width, b"\0").decode("latin-1")) for word in words], "S1").reshape(
            -1, width
        )
    value = file.createVariable("value", "f4", ("day", "series", "member"))
    value[:] = results.values[:, :, first : first + len(numbers)]
    for name, column in results.parameters.items():
        file.createVariable(f"parameter_{name}", "f4", ("member",))[:] = column[first : first + len(numbers)]


def read_members(path: Path) -> tuple[tuple[SeriesKey, ...], Array, dict[str, Array], Array]:
    """Keys, values, parameters and member numbers of one chunk file."""
    from scipy.io import netcdf_file

    with netcdf_file(path, "r", mmap=False) as file:
        columns = []
        for label in LABELS:
            rows = file.variables[label].data
            columns.append([b"".join(row).rstrip(b"\0").decode() for row in rows])
        keys = tuple(SeriesKey(*words) for words in zip(*columns, strict=True))
        values = file.variables["value"].data.astype(np.float32)
        parameters = {
            name.removeprefix("parameter_"): variable.data.astype(np.float32)
            for name, variable in file.variables.items()
            if name.startswith("parameter_")
        }
        return keys, values, parameters, file.variables["member"].data.astype(np.uint32)


def write_manifest(results: Results, folder: Path, extra: Mapping[str, Any]) -> None:
    """Write what the run was made from, last of all: a folder without manifest is not a run."""
    plain = dataclasses.asdict(results.provenance)
    for name in ("start", "until"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    payload = {"format": FORMAT, "provenance": plain, "balance": dict(results.balance), **extra}
    draft = folder / "manifest.part"
    draft.write_text(json.dumps(payload, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(folder / "manifest.json")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder; UsageError where there is none or it is of a newer make."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise UsageError(_("{path} is not a run folder: it has no manifest.json.").format(path=folder))
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(_("{path} cannot be read: {why}.").format(path=path, why=error)) from error
    if data.get("format", 0) > FORMAT:
        raise UsageError(_("{path} was written by a newer Citerne; update this one.").format(path=path))
    return data


def open_run(folder: str | Path) -> Results:
    """Read a run folder back into Results."""
    folder = Path(folder)
    data = read_manifest(folder)
    plain = dict(data["provenance"])
    plain["start"] = dt.date.fromisoformat(plain["start"])
    plain["until"] = dt.date.fromisoformat(plain["until"]) if plain["until"] else None
    plain["settings"] = tuple(plain["settings"])
    paths = sorted((folder / "members").glob("chunk_*.nc"))
    if not paths:
        raise UsageError(_("{path} holds no members.").format(path=folder / "members"))
    parts = [read_members(path) for path in paths]
    return Results(
        provenance=Provenance(**plain),
        keys=parts[0][0],
        values=np.concatenate([part[1] for part in parts], axis=2),
        parameters={name: np.concatenate([part[2][name] for part in parts]) for name in parts[0][2]},
        balance=data["balance"],
        member_numbers=np.concatenate([part[3] for part in parts]),
    )


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a CSV with a fixed number format: six significant digits, point for decimals."""
    lines = [",".join(header)]
    for row in rows:
        lines.append(",".join(f"{cell:.6g}" if isinstance(cell, float) else _quoted(str(cell)) for cell in row))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(c in text for c in ',"\n') else text
