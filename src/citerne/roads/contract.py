"""From steps to segments: chains of degree two become one segment each, never through a place.

A chain also ends where the mode changes (road, ferry, river) and where one-way traffic does not run on in the same
sense, so a segment is one thing and its direction has one meaning.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citerne.roads.graph import Network
from citerne.roads.lines import Lines, Snapped
from citerne.roads.speeds import ASSUMED_SURFACE, FERRY_WAIT_H, speed_kmh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MAX_VIAS = 12  # points kept within a segment, for drawing only


@dataclass
class Segment:
    """One contracted chain from point `tail` to point `head`, with what its steps say.

    `surface_km` and `class_km` hold km by surface and class; `assumed_km` the part whose surface is not tagged.
    """

    tail: int
    head: int
    mode: str
    oneway: bool
    length_km: float = 0.0
    hours: float = 0.0
    surface_km: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    class_km: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    ref_km: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    assumed_km: float = 0.0
    bridge_km: float = 0.0
    bridges: int = 0
    seasonal_km: float = 0.0
    toll: bool = False
    lowest_maxspeed_kmh: float = 0.0
    points: tuple[int, ...] = ()


def contract(lines: Lines, snapped: tuple[Snapped, ...]) -> tuple[Segment, ...]:
    """The segments of the junction graph, in a fixed order."""
    keep = _kept_points(lines, snapped)
    steps_at = _StepsAt(lines)
    used = bytearray(len(lines.a))
    tail, head = lines.a.tolist(), lines.b.tolist()
    length, facts = lines.length_km.tolist(), _facts(lines)
    kept = keep.tolist()
    chains: list[tuple[list[int], list[int]]] = []
    ordered = np.flatnonzero(keep).tolist()
    rings = [p for p in range(len(kept)) if not kept[p]]  # points of rings that no kept point touches come last
    for begin in (*ordered, *rings):
        for step in steps_at(begin):
            if not used[step]:
                chains.append(_walk(begin, step, tail, head, kept, used, steps_at))
    segments: list[Segment] = []
    for points, steps in chains:
        for part_points, part_steps in _without_loop(points, steps, length):
            segments.append(_segment(lines, part_points, part_steps, tail, length, facts))
    return tuple(segments)


def _kept_points(lines: Lines, snapped: tuple[Snapped, ...]) -> NDArray[np.bool_]:
    """Junctions, ends, places, changes of mode, and points where one-way traffic does not run straight on."""
    n = len(lines.lon)
    oneway = np.array([way.oneway for way in lines.ways], np.int64)[lines.way]
    mode = np.array([("road", "ferry", "river").index(way.mode) for way in lines.ways], np.int64)[lines.way]
    ends = np.r_[lines.a, lines.b]
    degree = np.bincount(ends, minlength=n)
    may_leave = np.bincount(np.r_[lines.a[oneway >= 0], lines.b[oneway <= 0]], minlength=n)
    may_reach = np.bincount(np.r_[lines.b[oneway >= 0], lines.a[oneway <= 0]], minlength=n)
    modes = np.bincount(ends, weights=np.r_[mode, mode].astype(float) ** 2, minlength=n)
    mode_sum = np.bincount(ends, weights=np.r_[mode, mode].astype(float), minlength=n)
    mixed = modes * degree != mode_sum**2  # the variance of the modes that meet is not zero
    keep = (degree != 2) | (may_leave != may_reach) | mixed
    keep[[s.point for s in snapped]] = True
    return np.asarray(keep & (degree > 0))


class _StepsAt:
    """Steps that touch a point, from one sorted table."""

    def __init__(self, lines: Lines) -> None:
        ends = np.r_[lines.a, lines.b]
        order = np.argsort(ends, kind="stable")
        self._step: list[int] = (order % max(len(lines.a), 1)).tolist()
        self._from: list[int] = np.searchsorted(ends[order], np.arange(len(lines.lon) + 1)).tolist()

    def __call__(self, point: int) -> list[int]:
        return self._step[self._from[point] : self._from[point + 1]]


def _walk(
    begin: int, step: int, tail: list[int], head: list[int], kept: list[bool], used: bytearray, steps_at: _StepsAt
) -> tuple[list[int], list[int]]:
    """Follow the chain from `begin` over `step` to the next kept point, or round a ring back to `begin`."""
    points, steps, at = [begin], [], begin
    while True:
        used[step] = 1
        steps.append(step)
        at = head[step] if tail[step] == at else tail[step]
        points.append(at)
        if kept[at] or at == begin:
            return points, steps
        following = [other for other in steps_at(at) if not used[other]]
        if not following:
            return points, steps
        step = following[0]


def _without_loop(points: list[int], steps: list[int], length: list[float]) -> list[tuple[list[int], list[int]]]:
    """A chain that comes back to its start is cut in two at its middle, so that no segment is a loop."""
    if points[0] != points[-1] or len(steps) < 2:
        return [(points, steps)]
    total = np.cumsum([length[s] for s in steps])
    middle = int(np.clip(np.searchsorted(total, total[-1] / 2), 1, len(steps) - 1))
    return [(points[: middle + 1], steps[:middle]), (points[middle:], steps[middle:])]


@dataclass(frozen=True)
class _WayFacts:
    speed_kmh: float
    surface: str
    assumed: bool


def _facts(lines: Lines) -> list[_WayFacts]:
    found = []
    for way in lines.ways:
        surface = way.surface or ASSUMED_SURFACE[way.road_class]
        speed = speed_kmh(way.mode, way.road_class, way.surface, way.maxspeed_kmh)
        found.append(_WayFacts(speed, surface, not way.surface))
    return found


def _segment(
    lines: Lines, points: list[int], steps: list[int], tail: list[int], length: list[float], facts: list[_WayFacts]
) -> Segment:
    first = lines.ways[lines.way[steps[0]]]
    # a one-way chain is turned so that traffic runs from tail to head
    along = tail[steps[0]] == points[0]
    against = first.oneway != 0 and (first.oneway == 1) != along
    segment = Segment(points[0], points[-1], first.mode, first.oneway != 0)
    previous = -1
    for step in steps:
        index = int(lines.way[step])
        _add(segment, lines, index, length[step], facts[index], index != previous)
        previous = index
    if segment.mode == "ferry":
        segment.hours += FERRY_WAIT_H
    if against:
        segment.tail, segment.head = segment.head, segment.tail
        points = points[::-1]
    inner = points[1:-1]
    chosen = np.unique(np.linspace(0, len(inner) - 1, min(MAX_VIAS, len(inner))).round().astype(int)) if inner else ()
    segment.points = tuple(inner[i] for i in chosen)
    return segment


def _add(segment: Segment, lines: Lines, index: int, km: float, facts: _WayFacts, new_way: bool) -> None:
    way = lines.ways[index]
    segment.length_km += km
    segment.hours += km / facts.speed_kmh
    segment.surface_km[facts.surface] += km
    segment.class_km[way.road_class or way.mode] += km
    if way.ref:
        segment.ref_km[way.ref] += km
    if facts.assumed:
        segment.assumed_km += km
    if way.bridge:
        segment.bridge_km += km
        segment.bridges += new_way
    if way.seasonal:
        segment.seasonal_km += km
    segment.toll |= way.toll
    if way.maxspeed_kmh:
        lowest = segment.lowest_maxspeed_kmh
        segment.lowest_maxspeed_kmh = min(lowest, way.maxspeed_kmh) if lowest else way.maxspeed_kmh


def network_of(segments: tuple[Segment, ...], names: dict[int, str]) -> Network:
    """The junction graph; `names` gives the id of each end point, in the order that the network shall have."""
    position = {point: i for i, point in enumerate(names)}
    return Network(
        tuple(names.values()),
        tuple(f"s{i + 1}" for i in range(len(segments))),
        np.array([position[s.tail] for s in segments], np.int64),
        np.array([position[s.head] for s in segments], np.int64),
        np.array([s.length_km for s in segments], float),
        np.array([s.hours for s in segments], float),
        np.array([s.oneway for s in segments], bool),
    )
