"""Stored snapshots: a nowcast starts where an earlier one stopped, if nothing that led there has changed.

A snapshot is the cloud of an evening, whole: states and unknowns of every future, the litres that counts put in, the
kept evenings, and what was done with each report. It is good for a nowcast if

* the levers, tables, priors, policy, members, seed and program that decide the futures up to its day are the same:
  its `world` digest over every constant array, plans cut at that day;
* the reports of the days up to its own are the same, none late, none revised, none gone;
* the days before it that a later report also speaks of are among its kept evenings.

Then the nowcast from it equals the one from day 0 byte for byte, because luck is drawn by future and day. Files are for
their owner only, begin with the SHA-256 of the rest, and are bounded in number; one that cannot be read is passed over.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import numpy as np

from citerne.base.private import own_folder, replace_own
from citerne.calibrate import likelihood, observe
from citerne.engine.block import Block
from citerne.engine.compile import digest_of, sources
from citerne.ensemble.run import CHUNK, Ensemble
from citerne.model import outcomes
from citerne.model.index import Index
from citerne.nowcast import assimilate, cloud, local, reports, transport
from citerne.nowcast.assimilate import Analysis, window_of
from citerne.nowcast.cloud import KEPT_DAYS, Cloud
from citerne.nowcast.reports import Report

Array = np.ndarray[Any, Any]
FORMAT = 1
FOLDER = "snapshots"
NEWEST, WEEKS = 3, 3  # of a case stay the newest, and the newest of as many weeks before


@dataclass(frozen=True)
class Found:
    """Where a nowcast starts: an analysis to go on with, or None and, for each snapshot passed over, why."""

    analysis: Analysis | None
    passed_over: tuple[dict[str, Any], ...] = ()


def world_digest(ensemble: Ensemble, day: int) -> str:
    """Digest of all that decides the futures of an ensemble up to the morning of `day`, reports left out."""
    state = hashlib.sha256(_program(ensemble).encode())
    setup, plan, case = ensemble.setup, ensemble.plan, ensemble.case
    keys = (case.header.start, vars(Index(case)), case.ids("facilities"), sorted(ensemble.engine.world.sizes.items()))
    drawn = (sorted(setup.priors.items()), setup.combinations, setup.weights, setup.fixes, ensemble.provenance().prior)
    for text in (repr(keys), repr(drawn), repr((plan.seed, plan.members, plan.fresh_luck))):
        state.update(text.encode() + b"\0")
    for name, array in sorted(ensemble.engine.world.constants.items()):
        by_day = name.startswith("plan_") or name == "month"
        part = np.ascontiguousarray(array[:day] if by_day else array)
        state.update(f"{name} {part.dtype} {part.shape}".encode() + part.tobytes())
    return state.hexdigest()


def _program(ensemble: Ensemble) -> str:
    """Digest of the sources of the model's steps and of the filter."""
    texts: set[str] = set()
    for process in ensemble.engine.processes:
        texts |= sources(cast(FunctionType, process.step))
    for module in (assimilate, cloud, local, reports, transport, likelihood, observe, outcomes):
        texts.add(Path(cast(str, module.__file__)).read_text(encoding="utf-8"))
    return digest_of([*sorted(texts), *(version(name) for name in ("numpy", "scipy"))])


def marks_before(all_reports: Sequence[Report], ensemble: Ensemble, day: int) -> list[str]:
    """Marks of the reports that have been used, or passed over as too early, by the morning of `day`."""
    start = ensemble.case.header.start
    return sorted(report.mark() for report in all_reports if window_of(report, start)[1] < day)


def keep(folder: Path, analysis: Analysis, all_reports: Sequence[Report]) -> Path:
    """Store where an analysis stands; of the older snapshots of the case some are thrown away."""
    now = analysis.cloud
    ensemble, case = now.ensemble, now.ensemble.case
    world, marks = world_digest(ensemble, now.day), marks_before(all_reports, ensemble, now.day)
    about = {"format": FORMAT, "case": case.name, "day": now.day, "first_day": analysis.first_day, "world": world,
             "reports": marks, "used": analysis.used}  # fmt: skip
    arrays: dict[str, Array] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    arrays |= {f"state.{name}": now.gather(name) for name in now.blocks[0].state}
    arrays |= {f"parameter.{name}": now.parameter(name) for name in now.blocks[0].parameters}
    arrays |= {name: getattr(now, name) for name in ("opening_l", "found_l", "consigned_l")}
    arrays |= {f"evening.{day}.{name}": values for day, kept in now.evenings.items() for name, values in kept.items()}
    arrays |= {f"memory.{place}": values for place, values in now.memory.items()}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    content = file.getvalue()
    mark = hashlib.sha256("\n".join([world, *marks]).encode()).hexdigest()[:10]
    path = own_folder(folder) / f"{case.name}-{now.day:05d}-{mark}.npz"
    replace_own(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    _throw_away(folder, case.name, path)
    return path


def _names(folder: Path, case: str) -> list[tuple[int, Path]]:
    """Day and path of the snapshots of a case, newest day first, then by the time of writing."""
    found = []
    for path in folder.glob(f"{case}-*.npz"):
        name, day, _mark = path.stem.rsplit("-", 2)
        if name == case and day.isdigit() and path.is_file():
            found.append((int(day), path))
    return sorted(found, key=lambda one: (-one[0], -one[1].stat().st_mtime_ns, one[1].name))


def _throw_away(folder: Path, case: str, written: Path) -> None:
    """Keep what was just written, the newest, and the newest of some weeks before."""
    weeks: set[int] = set()
    newest = 0
    for day, path in _names(folder, case):
        if path == written or newest < NEWEST:
            newest += path != written
            continue
        if day // 7 in weeks or len(weeks) >= WEEKS:
            path.unlink(missing_ok=True)
        weeks.add(day // 7)


def find(folder: Path, ensemble: Ensemble, all_reports: Sequence[Report], as_of_day: int) -> Found:
    """The newest snapshot that is good for a nowcast as of a day, with every snapshot passed over before it."""
    passed: list[dict[str, Any]] = []
    for day, path in _names(folder, ensemble.case.name):
        if day > as_of_day + 1:
            continue
        with _opened(path) as file:
            about = json.loads(file["about"].tobytes()) if file is not None else None
            why = "not whole" if about is None else _misfit(about, ensemble, all_reports)
            if file is not None and about is not None and not why:
                return Found(_restored({n: file[n] for n in file.files}, about, ensemble), tuple(passed))
        passed.append({"day": day, "why": why})
    return Found(None, tuple(passed))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A snapshot whose arrays can be read by name, or None where it cannot be read or its checksum does not fit."""
    try:
        given, _line, content = path.read_bytes().partition(b"\n")
    except OSError:
        yield None
        return
    if hashlib.sha256(content).hexdigest().encode() != given:
        yield None
        return
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        yield file


def _misfit(about: Mapping[str, Any], ensemble: Ensemble, all_reports: Sequence[Report]) -> str:
    """Why a snapshot is no good for this nowcast; empty if it is."""
    if about["format"] != FORMAT:
        return "written by another version"
    day, start = int(about["day"]), ensemble.case.header.start
    if about["world"] != world_digest(ensemble, day):
        return "made under other levers, tables, settings or another version"
    if about["reports"] != marks_before(all_reports, ensemble, day):
        return "a row about a day before it is new, changed or gone"
    for report in all_reports:
        low, high = window_of(report, start)
        low = max(low, int(about["first_day"]))
        if low < day <= high and report.series is not None and day - low > KEPT_DAYS.get(report.series.field, 0):
            return "a row speaks of more days before it than are kept"
    return ""


def _restored(arrays: Mapping[str, Array], about: Mapping[str, Any], ensemble: Ensemble) -> Analysis:
    blocks = []
    for k in ensemble.chunks():
        lanes = slice(k * CHUNK, min((k + 1) * CHUNK, ensemble.plan.members))
        own: dict[str, dict[str, Array]] = {"state": {}, "parameter": {}}
        for name, values in arrays.items():
            kind, _dot, field = name.partition(".")
            if kind in own:
                own[kind][field] = np.ascontiguousarray(values[..., lanes])
        members = np.arange(lanes.start, lanes.stop, dtype=np.uint32)
        blocks.append(Block(members, own["state"], own["parameter"], int(about["day"])))
    cloud = Cloud(ensemble, blocks)
    for name in ("opening_l", "found_l", "consigned_l"):
        setattr(cloud, name, arrays[name])
    for name, values in arrays.items():
        if name.startswith("evening."):
            _word, day, field = name.split(".")
            cloud.evenings.setdefault(int(day), {})[field] = values
        elif name.startswith("memory."):
            cloud.memory[int(name.removeprefix("memory."))] = values
    return Analysis(cloud, int(about["first_day"]), list(about["used"]))
