"""`import acled` and `import ucdp`: counts by segment or region and week, hazards, and scored forecasts.

Rows of the source stay in memory; what is written are sums.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citerne.base.errors import Faults, UsageError
from citerne.base.text import _
from citerne.exchange import hazard
from citerne.exchange.common import Field, Report, SheetRow, collect, read_sheet
from citerne.exchange.events import (
    Event,
    RoadLines,
    WeeklyCounts,
    count_by_region,
    count_by_segment,
    monday,
    refuse_exchanged,
    sum_by_corridor,
)
from citerne.metrics.forecast import ForecastScore
from citerne.roads.graph import Network
from citerne.schema.read import Row, read_table
from citerne.schema.tables import CORRIDORS, PLACES, ROAD_VIAS, ROADS
from citerne.schema.write import write_rows

Floats = NDArray[np.float64]
TRAFFIC = (Field("area", ("segment", "corridor"), True), Field("week", ("date",), True), Field("trips", (), True))
LEAST_COUNT = 1e-4  # smaller parts of an event are not written


@dataclass(frozen=True)
class RoadFolder:
    """Roads of a case or of an imported extract; corridors where the folder has them."""

    lines: RoadLines
    length_km: dict[str, float]
    corridors: dict[str, Sequence[str]]


@dataclass(frozen=True)
class EventImport:
    """What the events of a file say.

    Attributes
    ----------
    report : what became of the rows
    counts : by segment, or by region where no roads were given
    areas : hazards by corridor, else by segment, else by region
    weights : `hazard_weight` by segment; empty without roads
    scored : `areas`, or `sum` where each event is shared by too many of them
    scores : forecasts of weekly counts over a rolling origin
    """

    report: Report
    counts: WeeklyCounts
    areas: tuple[hazard.AreaHazard, ...]
    weights: dict[str, float]
    scored: str
    scores: tuple[ForecastScore, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return self.report.as_json() | {
            "areas": len(self.counts.areas),
            "weeks": len(self.counts.weeks),
            "events_counted": float(self.counts.counts.sum()),
            "off_road": self.counts.off_road,
            "region_only": self.counts.region_only,
            "hazard": hazard.hazard_rows(self.areas) if len(self.areas) <= 60 else [],
            "forecast_of": self.scored,
            "forecast": [
                {k: v for k, v in vars(score).items() if k not in ("pit", "reliability")} for score in self.scores
            ],
        }

    def write(self, folder: Path, attribution: str) -> None:
        """Write counts, hazards and scores; never a row of the source."""
        folder.mkdir(parents=True, exist_ok=True)
        counts = self.counts
        rows = [
            {"area": area, "week": counts.weeks[j], "events": round(float(counts.counts[i, j]), 4)}
            for i, area in enumerate(counts.areas)
            for j in np.flatnonzero(counts.counts[i] >= LEAST_COUNT)
        ]
        write_rows(folder / "event_counts.csv", ("area", "week", "events"), rows)
        write_rows(folder / "hazard.csv", tuple(hazard.AreaHazard.__annotations__), hazard.hazard_rows(self.areas))
        if self.weights:
            shown = [{"segment": s, "hazard_weight": round(w, 4)} for s, w in self.weights.items()]
            write_rows(folder / "road_hazard.csv", ("segment", "hazard_weight"), shown)
        columns = tuple(name for name in ForecastScore.__annotations__ if name != "reliability")
        scores = [vars(score) | {"pit": tuple(f"{h:.2f}" for h in score.pit)} for score in self.scores]
        write_rows(folder / "forecast_scores.csv", columns, scores)
        (folder / "ATTRIBUTION.txt").write_text(attribution + "\n", encoding="utf-8")


def read_roads(folder: Path) -> RoadFolder:
    """Tables places, roads, road_vias and, if there, corridors of a folder; all faults at once."""
    faults = Faults()
    places, roads = (read_table(folder / f"{t.name}.csv", t, faults) for t in (PLACES, ROADS))
    vias = read_table(folder / "road_vias.csv", ROAD_VIAS, faults)
    file = folder / "corridors.csv"
    corridors: tuple[Row, ...] = read_table(file, CORRIDORS, faults) if file.exists() else ()
    faults.raise_if_any()
    known = {row["place"] for row in places}
    for row in roads:
        for end in ("from_place", "to_place"):
            if row[end] not in known:
                faults.add("roads.csv", row["_row"], end, row[end], _("an id of table places"))
    faults.raise_if_any()
    network = Network.from_rows(places, roads)
    return RoadFolder(
        RoadLines.from_rows(places, roads, vias),
        {row["segment"]: row["length_km"] for row in roads},
        dict(hazard.corridor_segments(corridors, network)),
    )


def read_traffic(path: Path) -> dict[tuple[str, dt.date], float]:
    """Trips by area and week (any day of it) from a table area, week, trips; rows of one week add up."""
    sheet = read_sheet(path, TRAFFIC, ("week",))

    def parse(row: SheetRow) -> tuple[int, str, dt.date, float]:
        return row.number, row.text("area", True), monday(row.day("week", dt.date.max)), row.numeric("trips", 0, 1e7)

    rows, report = collect(sheet, parse, lambda item: item[0])
    if report.set_aside:
        first = report.set_aside[0]
        raise UsageError(_("{file}, row {row}: {why}").format(file=path.name, row=first.row, why=first.reason))
    trips: dict[tuple[str, dt.date], float] = {}
    for _number, area, week, count in rows:
        trips[(area, week)] = trips.get((area, week), 0.0) + count
    return trips


def import_events(
    events: Sequence[Event],
    report: Report,
    roads: RoadFolder | None,
    trips: dict[tuple[str, dt.date], float] | None = None,
) -> EventImport:
    """Count, estimate and score.

    Parameters
    ----------
    events, report : as the readers of ACLED and UCDP return them
    roads : map events to segments; without, count by first-level region
    trips : exposure; without, a rate is events a week
    """
    if not events:
        raise UsageError(_("No event is left after the filters."))
    if roads is None:
        counts = count_by_region(events)
        groups, weights = counts, {}
        exposure = _exposure(groups, trips, {})
    else:
        refuse_exchanged(events, roads.lines, report.file)
        counts = count_by_segment(events, roads.lines)
        by_segment = hazard.hazards(counts, np.ones_like(counts.counts))
        weights = hazard.hazard_weights(by_segment, roads.length_km)
        groups = sum_by_corridor(counts, roads.corridors) if roads.corridors else counts
        length = {c: sum(roads.length_km[s] for s in parts) for c, parts in roads.corridors.items()} or roads.length_km
        exposure = _exposure(groups, trips, length)
    if not exposure.sum() > 0:
        raise UsageError(_("The traffic table names no area and week of the counts."))
    unseen = float(groups.counts[exposure <= 0].sum())
    if unseen:
        report.remarks.append(_("{count:g} event(s) where the traffic table has no trips").format(count=unseen))
    seen = WeeklyCounts(groups.areas, groups.weeks, np.where(exposure > 0, groups.counts, 0))
    return EventImport(report, counts, hazard.hazards(seen, exposure), weights, *hazard.score_forecasts(seen, exposure))


def _exposure(
    counts: WeeklyCounts, trips: dict[tuple[str, dt.date], float] | None, length_km: dict[str, float]
) -> Floats:
    return np.ones_like(counts.counts) if trips is None else hazard.traffic_exposure(counts, trips, length_km)
