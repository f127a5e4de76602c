"""The road network as arrays: shortest paths with any cost, many to many, in compiled code.

A network keeps its structure once; a new cost (risk, closure, season) is only a new array. Source of the method:
Dijkstra 1959, as compiled in scipy.sparse.csgraph.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citerne.base.errors import UsageError
from citerne.base.text import _

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SMALLEST_COST = 1e-9  # a cost of zero would vanish in the sparse matrix and cut the road


@dataclass(frozen=True)
class Route:
    """One way through the network.

    Attributes
    ----------
    nodes, segments : ids in travel order
    cost : sum of the cost that was asked for
    length_km, hours : along the way
    shared_share : part of the length shared with the better routes of the same answer; 0 for the first
    """

    nodes: tuple[str, ...]
    segments: tuple[str, ...]
    cost: float
    length_km: float
    hours: float
    shared_share: float = 0.0


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes joined by segments.

    Attributes
    ----------
    nodes : ids of places and junctions
    segments : ids of segments
    tail, head : [segment], index of the node at either end
    length_km, hours : [segment], > 0
    oneway : [segment], True where traffic runs from tail to head only
    """

    nodes: tuple[str, ...]
    segments: tuple[str, ...]
    tail: Ints
    head: Ints
    length_km: Floats
    hours: Floats
    oneway: NDArray[np.bool_]

    @classmethod
    def from_rows(cls, places: Sequence[Mapping[str, Any]], roads: Sequence[Mapping[str, Any]]) -> Network:
        """The network of the tables places and roads of a case; all segments run both ways."""
        nodes = tuple(row["place"] for row in places)
        index = {node: i for i, node in enumerate(nodes)}
        return cls(
            nodes,
            tuple(row["segment"] for row in roads),
            np.array([index[row["from_place"]] for row in roads], np.int64),
            np.array([index[row["to_place"]] for row in roads], np.int64),
            np.array([row["length_km"] for row in roads], float),
            np.array([row["truck_hours"] for row in roads], float),
            np.zeros(len(roads), bool),
        )

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Position of each node."""
        return {node: i for i, node in enumerate(self.nodes)}

    def position(self, node: str) -> int:
        """Position of `node`; UsageError if the network has none of that name."""
        if node not in self.index:
            raise UsageError(_("The road network has no place called {node}.").format(node=node))
        return self.index[node]

    @cached_property
    def _arcs(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Directed arcs sorted by their ends: segment of each, start of each run with equal ends, row and column."""
        both = np.flatnonzero(~self.oneway)
        segment = np.concatenate([np.arange(len(self.segments)), both])
        row = np.concatenate([self.tail, self.head[both]])
        column = np.concatenate([self.head, self.tail[both]])
        key = row * len(self.nodes) + column
        order = np.argsort(key, kind="stable")
        key, segment = key[order], segment[order]
        starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if key.size else np.zeros(0, np.int64)
        rows, columns = np.divmod(key[starts], len(self.nodes))
        pointer = np.searchsorted(rows, np.arange(len(self.nodes) + 1))
        return segment, starts, rows, columns, pointer

    def matrix(self, cost: ArrayLike) -> Any:
        """Sparse matrix of arc costs; of parallel segments the cheapest counts, an infinite cost closes a segment."""
        from scipy.sparse import csr_array

        segment, starts, _rows, columns, pointer = self._arcs
        value = np.maximum(np.asarray(cost, float)[segment], SMALLEST_COST)
        data = np.minimum.reduceat(value, starts) if starts.size else value
        n = len(self.nodes)
        return csr_array((data, columns, pointer), shape=(n, n))

    def many_to_many(self, cost: ArrayLike, sources: Sequence[str], targets: Sequence[str] | None = None) -> Floats:
        """[source, target] cheapest costs, infinite where no way leads; all nodes are targets if none are named.

        `cost` has one number >= 0 for each segment, in any unit.
        """
        from scipy.sparse.csgraph import dijkstra

        found = dijkstra(self.matrix(cost), indices=[self.position(source) for source in sources])
        return np.asarray(found if targets is None else found[:, [self.position(target) for target in targets]])

    def route(self, cost: ArrayLike, source: str, target: str) -> Route | None:
        """The cheapest way from `source` to `target`, or None where no way leads."""
        from scipy.sparse.csgraph import dijkstra

        start, end = self.position(source), self.position(target)
        value = np.asarray(cost, float)
        found, before = dijkstra(self.matrix(value), indices=start, return_predecessors=True)
        if not math.isfinite(found[end]):
            return None
        return self.along(value, path_to(before, start, end))

    def along(self, cost: ArrayLike, path: Sequence[int]) -> Route:
        """The route over the nodes `path` (positions), each step on its cheapest segment."""
        value = np.asarray(cost, float)
        used = [self.cheapest_segment(value, a, b) for a, b in itertools.pairwise(path)]
        return Route(
            tuple(self.nodes[i] for i in path),
            tuple(self.segments[s] for s in used),
            float(value[used].sum()),
            float(self.length_km[used].sum()),
            float(self.hours[used].sum()),
        )

    def cheapest_segment(self, cost: Floats, a: int, b: int) -> int:
        """Position of the cheapest segment from node `a` to node `b`."""
        segment, starts, _rows, columns, pointer = self._arcs
        run = pointer[a] + int(np.searchsorted(columns[pointer[a] : pointer[a + 1]], b))
        end = starts[run + 1] if run + 1 < starts.size else segment.size
        candidates = segment[starts[run] : end]
        return int(candidates[np.argmin(cost[candidates])])

    def components(self) -> Ints:
        """[node], number of the connected part it lies in; part 0 holds most nodes. Directions are ignored."""
        from scipy.sparse.csgraph import connected_components

        count, label = connected_components(self.matrix(np.ones(len(self.segments))), directed=True, connection="weak")
        rank = np.empty(count, np.int64)
        rank[np.argsort(-np.bincount(label, minlength=count), kind="stable")] = np.arange(count)
        return np.asarray(rank[label])


def path_to(before: NDArray[np.int32], start: int, end: int) -> list[int]:
    """Positions from `start` to `end`, read back from the predecessors of one shortest-path tree."""
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]
