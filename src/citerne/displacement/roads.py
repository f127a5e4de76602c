"""Shortest roads from each conflict zone to each camp, for every set of closures that holds on some day."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citerne.displacement.layout import Closure, Conflict

Links = dict[str, list[tuple[str, float]]]


@dataclass(frozen=True)
class Roads:
    """Distances under each state of the roads.

    `state` [day] numbers the state of each day; `length_km` [state, zone, camp] is the shortest open road, infinite
    where none is open or the camp takes nobody.
    """

    state: NDArray[np.int64]
    length_km: NDArray[np.float64]

    def on(self, day: int) -> NDArray[np.float64]:
        """Shortest roads [zone, camp], km, on that day."""
        return np.asarray(self.length_km[self.state[day]])


def roads_of(conflict: Conflict) -> Roads:
    """Work out the roads of every day; days with the same closures share one state."""
    held: dict[tuple[Closure, ...], int] = {}
    state = [
        held.setdefault(tuple(c for c in conflict.closures if c.holds_on(day)), len(held))
        for day in range(conflict.length_days)
    ]
    lengths = [_distances(conflict, closed) for closed in held]
    return Roads(np.array(state, dtype=np.int64), np.stack(lengths))


def _distances(conflict: Conflict, closed: tuple[Closure, ...]) -> NDArray[np.float64]:
    links, shut, left = _open_links(conflict, closed)
    table = np.full((len(conflict.zones), len(conflict.camps)), np.inf)
    for i, zone in enumerate(conflict.zones):
        reach = shortest_roads(links, zone)
        for j, camp in enumerate(conflict.camps):
            # a camp from which everybody is sent on keeps nobody who arrives
            if camp.name not in shut and camp.name not in left:
                table[i, j] = reach.get(camp.name, math.inf)
    return table


def _open_links(conflict: Conflict, closed: Iterable[Closure]) -> tuple[Links, set[str], set[str]]:
    """Open links by place, camps that are shut, and places from which everybody is sent on."""
    country = {place.name: place.country for place in conflict.locations}
    borders, pairs, places, shut, freed = set(), set(), set(), set(), set()
    for closure in closed:
        both = frozenset((closure.name1, closure.name2))
        if closure.kind == "country":
            borders.add(both)
        elif closure.kind == "link":
            pairs.add(both)
        elif closure.kind == "location":
            places.add(closure.name1)
        elif closure.kind == "remove_forced_redirection":
            freed.add(both)
        else:
            shut.add(closure.name1)
    links: Links = {}
    sent_on: dict[str, set[str]] = {}
    for route in conflict.routes:
        both = frozenset((route.name1, route.name2))
        crossed = frozenset((country[route.name1], country[route.name2]))
        if both in pairs or (len(crossed) == 2 and crossed in borders) or both & places:
            continue
        links.setdefault(route.name1, []).append((route.name2, route.length_km))
        links.setdefault(route.name2, []).append((route.name1, route.length_km))
        if route.forced_to is not None and both not in freed:
            source = route.name1 if route.forced_to == route.name2 else route.name2
            sent_on.setdefault(source, set()).add(route.forced_to)
    for source, targets in sent_on.items():
        links[source] = [(name, length) for name, length in links[source] if name in targets]
    return links, shut, set(sent_on)


def shortest_roads(links: Links, source: str) -> dict[str, float]:
    """Length of the shortest way from `source` to every place it can reach, km (Dijkstra)."""
    best = {source: 0.0}
    queue = [(0.0, source)]
    while queue:
        length, place = heapq.heappop(queue)
        if length > best[place]:
            continue
        for neighbour, step in links.get(place, ()):
            if length + step < best.get(neighbour, math.inf):
                best[neighbour] = length + step
                heapq.heappush(queue, (best[neighbour], neighbour))
    return best
