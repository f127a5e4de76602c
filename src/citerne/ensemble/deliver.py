"""Fill a run folder: members, series.csv, summary.csv, report, and the manifest last of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.block import Block
from citerne.metrics.headline import Figure, headline, weekly_series
from citerne.results.results import Results
from citerne.results.store import write_csv, write_manifest, write_members

SERIES_COLUMNS = ("variable", "place", "product", "unit", "date", "p05", "p25", "p50", "p75", "p95", "mean")
SUMMARY_COLUMNS = ("variable", "place", "product", "unit", "statistic", "p05", "p50", "p95", "observed", "bound")
ReportWriter = Callable[[Results, Case, Path], int]


def case_headline(results: Results, case: Case, regions: Sequence[str] = ()) -> list[Figure]:
    """Headline figures of a run of this case."""
    header = case.header
    return headline(results, header.hub, header.country, header.record_end, case.rows("targets"), regions)


def leading_regions(case: Case, count: int = 4) -> list[str]:
    """Reporting towns to show beside the hub: those with observations first, then the most populous."""
    seen = {row["place"] for row in case.rows("targets")}
    rows = [
        row
        for row in case.rows("places")
        if row["reporting"] and row["kind"] == "town" and row["place"] != case.header.hub
    ]
    rows.sort(key=lambda row: (row["place"] not in seen, -(row["population"] or 0), row["place"]))
    return [row["place"] for row in rows[:count]]


def deliver(
    results: Results,
    case: Case,
    folder: Path,
    *,
    command: Sequence[str],
    seconds: float,
    write_report: ReportWriter | None = None,
    snapshots: Sequence[Block] = (),
) -> tuple[list[Figure], list[dict[str, Any]]]:
    """Write everything a run leaves behind; returns headline and weekly series, as printed and stored."""
    figures = case_headline(results, case, leading_regions(case))
    weekly = weekly_series(results)
    write_members(results, folder)
    write_csv(folder / "series.csv", SERIES_COLUMNS, [[row[c] for c in SERIES_COLUMNS] for row in weekly])
    summary = [
        [f.variable, f.place, f.product, f.unit, f.statistic, f.p05, f.p50, f.p95,
         "" if f.observed is None else f.observed, f.observed_bound]
        for f in figures
    ]  # fmt: skip
    write_csv(folder / "summary.csv", SUMMARY_COLUMNS, summary)
    if snapshots:
        write_snapshots(folder / "snapshot", snapshots, results)
    if write_report is not None:
        write_report(results, case, folder / "report.html")
    write_manifest(results, folder, {"command": list(command), "seconds": round(seconds, 3)})
    return figures, weekly


def write_snapshots(folder: Path, blocks: Sequence[Block], results: Results) -> None:
    """Store the whole state of every chunk, to go on from that morning."""
    folder.mkdir(exist_ok=True)
    for block in blocks:
        arrays: dict[str, Any] = {f"state_{name}": array for name, array in block.state.items()}
        arrays |= {f"parameter_{name}": array for name, array in block.parameters.items()}
        draft = folder / "chunk.part.npz"
        np.savez(draft, members=block.members, day=np.int64(block.day), **arrays)
        draft.replace(folder / f"chunk_{int(block.members[0]) // 256:05d}.npz")
    note = {"day": blocks[0].day, "case_digest": results.provenance.case_digest, "seed": results.provenance.seed}
    (folder / "snapshot.json").write_text(json.dumps(note) + "\n", encoding="utf-8")


def read_snapshots(folder: Path) -> tuple[list[Block], Mapping[str, Any]]:
    """Blocks stored by `write_snapshots` under a run folder, and what they were made from."""
    note_path = folder / "snapshot" / "snapshot.json"
    if not note_path.is_file():
        raise UsageError(_("{path} holds no snapshot; make one with --snapshot-at DATE.").format(path=folder))
    blocks = []
    for path in sorted((folder / "snapshot").glob("chunk_*.npz")):
        with np.load(path) as data:
            state = {k.removeprefix("state_"): data[k] for k in data.files if k.startswith("state_")}
            drawn = {k.removeprefix("parameter_"): data[k] for k in data.files if k.startswith("parameter_")}
            blocks.append(Block(data["members"], state, drawn, int(data["day"])))
    return blocks, json.loads(note_path.read_text(encoding="utf-8"))
