"""Routes that a planner asks for: risk-weighted, really different, over border posts, and between named places."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citerne.roads.graph import Network, Route, path_to

Floats = NDArray[np.float64]
PENALTY = 1.4  # factor on the cost of segments already used, each time another alternative is sought
TRIES_PER_ROUTE = 12
JUNCTION = re.compile(r"j\d+\Z")  # id of a junction without a name, as the importer gives it


def risk_cost(network: Network, hazard_per_km: ArrayLike, hours_per_ambush: float) -> Floats:
    """[segment] generalised cost in hours: driving time plus the expected ambushes times what one is worth in hours.

    `hazard_per_km` holds expected ambushes for each km and trip, on each segment or one number for all. The sum over a
    route is what the chance of at least one ambush, 1 - exp(-sum h l), grows with.
    """
    return np.asarray(network.hours + hours_per_ambush * np.asarray(hazard_per_km, float) * network.length_km)


def alternatives(
    network: Network,
    cost: ArrayLike,
    source: str,
    target: str,
    count: int = 3,
    max_shared: float = 0.6,
    max_stretch: float = 2.0,
) -> tuple[Route, ...]:
    """Up to `count` routes that really differ, cheapest first.

    The cheapest route, then again and again the cheapest after used segments were made dearer (penalty method). A
    candidate counts when no better route shares more than `max_shared` of its length and it costs at most `max_stretch`
    times the best. Fewer are returned where the country has no more.
    """
    value = np.asarray(cost, float)
    best = network.route(value, source, target)
    if best is None:
        return ()
    found, penalised = [best], value.copy()
    segment_index = {segment: i for i, segment in enumerate(network.segments)}
    latest = best
    for _attempt in range(TRIES_PER_ROUTE * count):
        if len(found) == count:
            break
        penalised[[segment_index[s] for s in latest.segments]] *= PENALTY
        candidate = network.route(penalised, source, target)
        if candidate is None:
            break
        used = [segment_index[s] for s in candidate.segments]
        latest = replace(candidate, cost=float(value[used].sum()))
        if latest.cost > max_stretch * best.cost:
            continue
        shared = max(shared_share(network, latest, other, segment_index) for other in found)
        if shared <= max_shared:
            found.append(latest)
    return _with_shares(network, found, segment_index)


def shared_share(network: Network, route: Route, other: Route, segment_index: dict[str, int]) -> float:
    """Part of the length of `route` that runs on segments of `other`."""
    common = [segment_index[s] for s in set(route.segments) & set(other.segments)]
    return float(network.length_km[common].sum()) / route.length_km if route.length_km else 1.0


def _with_shares(network: Network, routes: list[Route], segment_index: dict[str, int]) -> tuple[Route, ...]:
    routes = sorted(routes, key=lambda route: route.cost)
    return tuple(
        replace(
            route,
            shared_share=max((shared_share(network, route, b, segment_index) for b in routes[:i]), default=0.0),
        )
        for i, route in enumerate(routes)
    )


@dataclass(frozen=True)
class CorridorRow:
    """A way from a supply source over a border post to a hub; several posts on one way stand in `borders`."""

    source: str
    borders: tuple[str, ...]
    hub: str
    route: Route
    km_to_border: float


def corridor_table(
    network: Network,
    cost: ArrayLike,
    sources: Sequence[str],
    borders: Sequence[str],
    hubs: Sequence[str],
    max_stretch: float = 2.0,
) -> tuple[CorridorRow, ...]:
    """For each source and hub the cheapest way over each border post, without doubling back, cheapest first.

    A way that passes two posts (one on either side) is listed once. Ways dearer than `max_stretch` times the cheapest
    of their pair are left out.
    """
    from scipy.sparse.csgraph import dijkstra

    value = np.asarray(cost, float)
    matrix = network.matrix(value)
    posts = [network.position(border) for border in borders]
    rows: list[CorridorRow] = []
    for source, hub in itertools.product(sources, hubs):
        start, end = network.position(source), network.position(hub)
        outward, before = dijkstra(matrix, indices=start, return_predecessors=True)
        onward, before_post = dijkstra(matrix, indices=posts, return_predecessors=True)
        pair: dict[tuple[str, ...], CorridorRow] = {}
        for k, post in enumerate(posts):
            if not np.isfinite(outward[post] + onward[k, end]):
                continue
            path = path_to(before, start, post) + path_to(before_post[k], post, end)[1:]
            if len(set(path)) < len(path):
                continue  # it would come back the way it went
            route = network.along(value, path)
            passed = tuple(node for node in route.nodes if node in set(borders))
            to_border = network.along(value, path[: path.index(network.position(passed[0])) + 1]).length_km
            pair.setdefault(route.nodes, CorridorRow(source, passed, hub, route, to_border))
        rows += _cheapest_first(pair.values(), max_stretch)
    return tuple(rows)


def _cheapest_first(rows: Iterable[CorridorRow], max_stretch: float) -> list[CorridorRow]:
    ranked = sorted(rows, key=lambda row: row.route.cost)
    return [row for row in ranked if row.route.cost <= max_stretch * ranked[0].route.cost]


def direct_links(network: Network, cost: ArrayLike, places: Sequence[str], slack: float = 1.3) -> tuple[Route, ...]:
    """The network of named places alone: for each pair the cheapest way that passes no other named place.

    Each place is doubled into one that can only be left and one that can only be reached, so a path cannot run through
    it. A link is kept when it costs at most `slack` times the cheapest way through all places. Links are found in
    both directions; of each pair one is returned, from the place that stands first in `places`.
    """
    from scipy.sparse import csr_array, vstack
    from scipy.sparse.csgraph import dijkstra

    value = np.asarray(cost, float)
    whole = network.matrix(value)
    kept = np.array([network.position(place) for place in places], np.int64)
    n, k = len(network.nodes), len(kept)
    leaving = whole[kept]
    closed = whole.copy()
    is_kept = np.zeros(n, bool)
    is_kept[kept] = True
    row_of = np.repeat(np.arange(n), np.diff(closed.indptr))
    closed.data[is_kept[row_of]] = np.inf
    tall = vstack([closed, leaving], format="csr")
    doubled = csr_array((tall.data, tall.indices, tall.indptr), shape=(n + k, n + k))
    links = []
    for first in range(0, k, 64):  # a block of sources at a time keeps the predecessor table small
        block = range(first, min(first + 64, k))
        direct, before = dijkstra(doubled, indices=[n + i for i in block], return_predecessors=True)
        through = dijkstra(whole, indices=kept[first : first + 64])
        for row, i in enumerate(block):
            for j in range(i + 1, k):
                if np.isfinite(direct[row, kept[j]]) and direct[row, kept[j]] <= slack * through[row, kept[j]]:
                    path = path_to(before[row], n + i, int(kept[j]))
                    links.append(network.along(value, [int(kept[i]), *path[1:]]))
    return tuple(links)


def corridor_rows(
    network: Network, cost: ArrayLike, pairs: Sequence[tuple[str, str]], borders: Sequence[str]
) -> list[dict[str, Any]]:
    """The corridor table of each (source, hub) as rows; `path` holds the places on the way, junctions left out."""
    found = [row for source, hub in pairs for row in corridor_table(network, cost, [source], borders, [hub])]
    return [
        {
            "source": row.source,
            "borders": row.borders,
            "hub": row.hub,
            "length_km": row.route.length_km,
            "hours": row.route.hours,
            "km_to_border": row.km_to_border,
            "path": tuple(n for n in row.route.nodes if not JUNCTION.match(n)),
        }
        for row in found
    ]


def route_rows(
    network: Network, cost: ArrayLike, pairs: Sequence[tuple[str, str]], count: int = 3
) -> list[dict[str, Any]]:
    """For each pair its routes that really differ, as rows; `over` holds the places on the way, junctions left out."""
    return [
        {
            "from": source, "to": target, "rank": rank, "length_km": route.length_km, "hours": route.hours,
            "shared_share": route.shared_share, "over": [n for n in route.nodes[1:-1] if not JUNCTION.match(n)],
            "segments": list(route.segments),
        }
        for source, target in pairs
        for rank, route in enumerate(alternatives(network, cost, source, target, count), start=1)
    ]  # fmt: skip
