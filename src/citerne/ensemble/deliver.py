"""Fill a run folder: series.csv, summary.csv, report, and the manifest last of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.block import Block
from citerne.metrics.headline import Figure, headline, weekly_series
from citerne.results.results import Results
from citerne.results.store import write_csv, write_manifest

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


@dataclass(frozen=True)
class Delivered:
    """What a run leaves behind: results, headline and weekly series, as printed and stored."""

    results: Results
    folder: Path
    figures: list[Figure]
    weekly: list[dict[str, Any]]

    def close(self, extra: Mapping[str, Any]) -> None:
        """Write the manifest, last of all."""
        write_manifest(self.results, self.folder, extra)


def deliver(results: Results, case: Case, folder: Path, *, write_report: ReportWriter | None = None) -> Delivered:
    """Write the tables and the report of a run whose members are in the folder; the manifest is left to `close`."""
    figures = case_headline(results, case, leading_regions(case))
    weekly = weekly_series(results)
    write_csv(folder / "series.csv", SERIES_COLUMNS, [[row[c] for c in SERIES_COLUMNS] for row in weekly])
    summary = [
        [f.variable, f.place, f.product, f.unit, f.statistic, f.p05, f.p50, f.p95,
         "" if f.observed is None else f.observed, f.observed_bound]
        for f in figures
    ]  # fmt: skip
    write_csv(folder / "summary.csv", SUMMARY_COLUMNS, summary)
    if write_report is not None:
        write_report(results, case, folder / "report.html")
    return Delivered(results, folder, figures, weekly)


def read_snapshots(folder: Path) -> tuple[list[Block], Mapping[str, Any]]:
    """Blocks stored under a run folder on a morning, one per chunk, and what they were made from."""
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
