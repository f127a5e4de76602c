"""Conflict events on roads: each event spread over near segments and over the weeks it may belong to.

An event at distance d from a segment counts exp(-d^2 / (2 s^2)) there, s by the precision of its coordinates; an
exactly placed event on the road counts 1. What several segments claim is shared so that no event counts more than once.
An event dated to a month or a span is spread evenly over its days. Rows of the source never leave: only sums by segment
or region and week do.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citerne.base.errors import DataError, Fault, UsageError
from citerne.base.text import _
from citerne.roads.lines import EARTH_KM
from citerne.schema.read import Row

Floats = NDArray[np.float64]
REACH = 3.0  # an event counts up to this many s from a road
SPREAD_KM = {1: 5.0, 2: 25.0}  # s by precision: 1 exact, 2 near a named place; 3 and above is only a region


@dataclass(frozen=True)
class Event:
    """One event as the model needs it.

    `precision` 1 exact, 2 near, 3 region only; the event happened on some day from `first` to `last`; `region` is the
    first-level unit; `kind` a word of the source, for filters.
    """

    event_id: str
    first: dt.date
    last: dt.date
    lat: float
    lon: float
    precision: int
    region: str
    country: str
    kind: str


@dataclass(frozen=True)
class RoadLines:
    """Segments as straight pieces between their ends and vias; `piece_segment` gives each piece's segment."""

    segments: tuple[str, ...]
    piece_segment: NDArray[np.int64]
    lon: Floats
    lat: Floats

    @classmethod
    def from_rows(cls, places: Sequence[Row], roads: Sequence[Row], vias: Sequence[Row]) -> RoadLines:
        """From the tables places, roads and road_vias of a case."""
        if not roads:
            raise UsageError(_("No roads to map events to: the folder needs places.csv and roads.csv."))
        at = {row["place"]: (row["lon"], row["lat"]) for row in places}
        between: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
        for row in vias:
            between[row["segment"]].append((row["seq"], row["lon"], row["lat"]))
        segment, lon, lat = [], [], []
        for i, row in enumerate(roads):
            inner = [(x, y) for _seq, x, y in sorted(between[row["segment"]])]
            chain = [at[row["from_place"]], *inner, at[row["to_place"]]]
            for start, end in itertools.pairwise(chain):
                segment.append(i)
                lon.append((start[0], end[0]))
                lat.append((start[1], end[1]))
        names = tuple(row["segment"] for row in roads)
        return cls(names, np.array(segment, np.int64), np.array(lon, float), np.array(lat, float))

    def distances_km(self, lon: float, lat: float) -> Floats:
        """[segment] distance of a point from each segment, on the plane that touches the globe at the point."""
        shrink = math.cos(math.radians(lat))
        x, y = (self.lon - lon) * shrink, self.lat - lat
        dx, dy = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]
        square = dx * dx + dy * dy
        share = np.clip(-(x[:, 0] * dx + y[:, 0] * dy) / np.where(square > 0, square, 1), 0, 1)
        far = np.radians(np.hypot(x[:, 0] + share * dx, y[:, 0] + share * dy)) * EARTH_KM
        nearest = np.full(len(self.segments), np.inf)
        np.minimum.at(nearest, self.piece_segment, far)
        return nearest


@dataclass(frozen=True)
class WeeklyCounts:
    """Events by area (segment, corridor or region) and week.

    Attributes
    ----------
    areas : ids
    weeks : Mondays, without a gap
    counts : [area, week], parts of events allowed
    off_road : sum of weights that lie on no segment; 0 for regions
    region_only : events whose place is known to the region only, which no segment can claim
    """

    areas: tuple[str, ...]
    weeks: tuple[dt.date, ...]
    counts: Floats
    off_road: float = 0.0
    region_only: int = 0


def monday(day: dt.date) -> dt.date:
    """The Monday of the week of `day`."""
    return day - dt.timedelta(days=day.weekday())


def week_shares(event: Event) -> dict[dt.date, float]:
    """Weeks of an event with the share of its days in each; the shares sum to 1."""
    days = (event.last - event.first).days + 1
    shares: dict[dt.date, float] = defaultdict(float)
    week = monday(event.first)
    while week <= event.last:
        start, end = max(week, event.first), min(week + dt.timedelta(days=6), event.last)
        shares[week] = ((end - start).days + 1) / days
        week += dt.timedelta(days=7)
    return shares


def segment_weights(event: Event, lines: RoadLines) -> dict[int, float]:
    """Segments that an event counts for, with weights that sum to at most 1; none for an event known by region only."""
    spread = SPREAD_KM.get(event.precision)
    if spread is None:
        return {}
    far = lines.distances_km(event.lon, event.lat)
    near = np.flatnonzero(far <= REACH * spread)
    if not near.size:
        return {}
    kernel = np.exp(-(far[near] ** 2) / (2 * spread**2))
    # the chance that it concerns a road at all is that of the nearest; segments share it by their kernels
    shared = kernel.max() * kernel / kernel.sum()
    return dict(zip(near.tolist(), shared.tolist(), strict=True))


def weeks_between(events: Sequence[Event]) -> tuple[dt.date, ...]:
    """All Mondays from the first event to the last."""
    first, last = monday(min(e.first for e in events)), monday(max(e.last for e in events))
    return tuple(first + dt.timedelta(days=7 * i) for i in range((last - first).days // 7 + 1))


def count_by_region(events: Sequence[Event]) -> WeeklyCounts:
    """Events by first-level region (the country where none is named) and week."""
    name = [e.region or e.country or "?" for e in events]
    return _count(events, tuple(sorted(set(name))), [{n: 1.0} for n in name])


def count_by_segment(events: Sequence[Event], lines: RoadLines) -> WeeklyCounts:
    """Events by road segment and week; segments without events stay in, with zeros."""
    claimed = [segment_weights(e, lines) for e in events]
    named = [{lines.segments[i]: w for i, w in weights.items()} for weights in claimed]
    region_only = sum(e.precision not in SPREAD_KM for e in events)
    off_road = len(events) - region_only - math.fsum(w for weights in claimed for w in weights.values())
    counts = _count(events, lines.segments, named)
    return WeeklyCounts(counts.areas, counts.weeks, counts.counts, max(off_road, 0.0), region_only)


def _count(events: Sequence[Event], areas: tuple[str, ...], weights: Iterable[dict[str, float]]) -> WeeklyCounts:
    weeks = weeks_between(events)
    row = {area: i for i, area in enumerate(areas)}
    column = {week: i for i, week in enumerate(weeks)}
    counts = np.zeros((len(areas), len(weeks)))
    for event, claimed in zip(events, weights, strict=True):
        for week, share in week_shares(event).items():
            for area, weight in claimed.items():
                counts[row[area], column[week]] += share * weight
    return WeeklyCounts(areas, weeks, counts)


def sum_by_corridor(by_segment: WeeklyCounts, corridors: dict[str, Sequence[str]]) -> WeeklyCounts:
    """Counts of segments added up along each corridor; a segment of two corridors counts in both."""
    row = {area: i for i, area in enumerate(by_segment.areas)}
    counts = np.array([by_segment.counts[[row[s] for s in segments]].sum(0) for segments in corridors.values()])
    return WeeklyCounts(tuple(corridors), by_segment.weeks, counts, by_segment.off_road, by_segment.region_only)


NEAR_A_ROAD_KM = 200.0


def refuse_exchanged(events: Sequence[Event], lines: RoadLines, file: str) -> None:
    """DataError where hardly any event is near the roads but nearly all would be with latitude and longitude turned."""

    def near(turned: bool) -> float:
        points = [(e.lat, e.lon) if turned else (e.lon, e.lat) for e in events[:: max(1, len(events) // 200)]]
        legal = [(x, y) for x, y in points if abs(y) < 90]
        return sum(bool(np.min(lines.distances_km(x, y)) <= NEAR_A_ROAD_KM) for x, y in legal) / len(points)

    if near(turned=False) < 0.1 and near(turned=True) > 0.9:
        found = _("positions that lie near the roads only when latitude and longitude are exchanged")
        mend = _("exchange the two column headings")
        raise DataError([Fault(file, 1, "latitude", found, _("latitude, then longitude"), mend)])
