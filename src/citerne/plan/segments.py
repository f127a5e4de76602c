"""The supply network of a case, from its corridors, onward legs and roads: segments between towns, volumes a day.

Each corridor brings its normal supply (all products) along its path; each onward leg carries the need of the place it
feeds and of all places fed from there. A segment carries in normal times the sum over corridors and legs that use it,
and at most `spare` times that: trucks, drivers and ports can shift to the roads that stay open, but not without limit.
Sources are the places where corridors begin, sinks the places that use fuel. A closure can fall on segments inside the
country only: between a border post and a hub, or on an onward leg.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.model.world import exposed_path, segments_of
from citerne.plan.cuts import Segment

Flow = tuple[Sequence[str], float, Sequence[str]]  # path, m3 a day, the part that may be closed


@dataclass(frozen=True)
class SupplyNetwork:
    """Segments, and what each place can send or take, m3 a day."""

    segments: tuple[Segment, ...]
    sources: Mapping[str, float]
    sinks: Mapping[str, float]


def supply_network(case: Case, *, spare: float = 1.5) -> SupplyNetwork:
    """Network of a case; `spare` is how many times its normal volume a road or a source can carry.

    Raises
    ------
    UsageError : spare below 1
    """
    if not spare >= 1:
        raise UsageError(_("Spare must be 1 or more: roads carry their normal volume."))
    need = need_of_places(case)
    flow: defaultdict[str, float] = defaultdict(float)
    ends: dict[str, tuple[str, str]] = {}
    inside: set[str] = set()
    sources: defaultdict[str, float] = defaultdict(float)
    for path, volume, exposed in itertools.chain(_corridor_flows(case), _leg_flows(case, need)):
        for row in segments_of(case, path):
            flow[row["segment"]] += volume
            ends[row["segment"]] = (row["from_place"], row["to_place"])
        inside |= {row["segment"] for row in segments_of(case, exposed)}
    for path, volume, _exposed in _corridor_flows(case):
        sources[path[0]] += volume * spare
    segments = tuple(
        Segment(name, *ends[name], capacity=flow[name] * spare, closable=name in inside) for name in sorted(flow)
    )
    touched = {place for segment in segments for place in (segment.tail, segment.head)} - set(sources)
    sinks = {place: volume for place, volume in need.items() if volume > 0 and place in touched}
    return SupplyNetwork(segments, dict(sources), sinks)


def need_of_places(case: Case) -> dict[str, float]:
    """Normal use of each place, all products, m3 a day."""
    need: defaultdict[str, float] = defaultdict(float)
    for row in case.rows("demand"):
        need[row["place"]] += row["demand_m3_per_day"]
    return dict(need)


def _corridor_flows(case: Case) -> Iterator[Flow]:
    by_product: defaultdict[str, float] = defaultdict(float)
    for row in case.rows("demand"):
        by_product[row["product"]] += row["demand_m3_per_day"]
    volume: defaultdict[str, float] = defaultdict(float)
    for row in case.rows("supply"):
        volume[row["corridor"]] += row["share"] * by_product[row["product"]]
    for row in case.rows("corridors"):
        if volume[row["corridor"]] > 0:
            yield row["path"], volume[row["corridor"]], exposed_path(row)


def _leg_flows(case: Case, need: Mapping[str, float]) -> Iterator[Flow]:
    fed: defaultdict[str, list[str]] = defaultdict(list)
    for row in case.rows("legs"):
        fed[row["from_place"]].append(row["place"])

    def through(place: str) -> float:
        return need.get(place, 0.0) + sum(through(further) for further in fed[place])

    for row in case.rows("legs"):
        yield row["path"], through(row["place"]), row["path"]
