"""Shortest road distances between places of a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from citerne.base.sphere import great_circle_km
from citerne.case.case import Case

Array = np.ndarray[Any, Any]
ROAD_OVER_AIR = 1.3  # common ratio of road to air distance (judgement), used only where the table has no road


def road_distances(case: Case, sources: Sequence[str], wanted: Sequence[str]) -> Array:
    """Shortest road distance from each source to each wanted place, km, float64 (source, wanted).

    Two places that no road joins are 1.3 times the great circle apart.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    if not sources or not wanted:
        return np.zeros((len(sources), len(wanted)))
    index = {key: k for k, key in enumerate(case.ids("places"))}
    rows = case.rows("roads")
    start = [index[row["from_place"]] for row in rows]
    end = [index[row["to_place"]] for row in rows]
    graph = coo_array(([row["length_km"] for row in rows], (start, end)), shape=(len(index), len(index))).tocsr()
    km = dijkstra(graph, directed=False, indices=[index[source] for source in sources])
    places = case.rows("places")
    for s, source in enumerate(sources):
        here = places[index[source]]
        air = np.array([great_circle_km(here["lat"], here["lon"], row["lat"], row["lon"]) for row in places])
        km[s] = np.where(np.isfinite(km[s]), km[s], ROAD_OVER_AIR * air)
    return np.asarray(km[:, [index[place] for place in wanted]])


def hub_distances(case: Case, wanted: Sequence[str]) -> Array:
    """Shortest road distance to the hub of a case, km, float32, in the order of `wanted` places."""
    return np.asarray(road_distances(case, [case.header.hub], wanted)[0], np.float32)
