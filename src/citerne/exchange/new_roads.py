"""Roads of a new case: guessed where no table gives them, joined where they lie apart; the tree that feeds towns."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.base.sphere import great_circle_km
from citerne.base.text import _
from citerne.exchange.known import Known, Row
from citerne.roads.graph import Network

ROAD_OVER_AIR = 1.3
GUESSED_KM_H, FERRY_KM_H, FERRY_WAIT_H = 30.0, 8.0, 1.0
HOURS_A_DAY = 9.0
GUESS = "judgement"


def guessed_road(a: Row, b: Row, ferry: bool = False) -> Row:
    """A road, or a ferry, that nobody has drawn: 1.3 times the great circle (a ferry 1.1 times)."""
    air = max(great_circle_km(a["lat"], a["lon"], b["lat"], b["lon"]), 0.5)
    km = air * (1.1 if ferry else ROAD_OVER_AIR)
    return {
        "segment": f"{a['place']}-{b['place']}"[:60], "from_place": a["place"], "to_place": b["place"],
        "length_km": round(km, 1), "surface": "ferry" if ferry else "paved_poor",
        "truck_hours": round(km / FERRY_KM_H + FERRY_WAIT_H if ferry else km / GUESSED_KM_H, 2),
        "hazard_weight": 0.0 if ferry else 1.0, "source": GUESS, "confidence": "E",
        "note": _("great circle times a detour factor"),
    }  # fmt: skip


def draw_roads(known: Known) -> None:
    """With no road table: the shortest net of straight roads that joins all places (minimum spanning tree)."""
    from scipy.sparse.csgraph import minimum_spanning_tree

    places = known.places
    air = np.array([[great_circle_km(a["lat"], a["lon"], b["lat"], b["lon"]) for b in places] for a in places])
    tree = minimum_spanning_tree(np.maximum(air, 0.01) * (1 - np.eye(len(places)))).tocoo()
    known.roads = [guessed_road(places[i], places[j]) for i, j in zip(tree.row, tree.col, strict=True)]


def keep_one_of_each(known: Known) -> None:
    """The case tables hold one segment between two places: of several the quickest; none from a place to itself."""
    best: dict[frozenset[str], Row] = {}
    for row in known.roads:
        ends = frozenset((row["from_place"], row["to_place"]))
        if len(ends) == 2 and (ends not in best or row["truck_hours"] < best[ends]["truck_hours"]):
            best[ends] = row
    known.roads = list(best.values())
    kept = {row["segment"] for row in known.roads}
    known.vias = [row for row in known.vias if row["segment"] in kept]


def join_parts(known: Known, wanted: set[str]) -> None:
    """Parts of the network with a wanted place and without the hub get a guessed ferry from their nearest point."""
    network = Network.from_rows(known.places, known.roads)
    part = network.components()
    home = part[network.index[known.hub]]
    by_part: dict[int, list[Row]] = {}
    for row in known.places:
        by_part.setdefault(int(part[network.index[row["place"]]]), []).append(row)
    for number, rows in by_part.items():
        if number == home or not any(row["place"] in wanted for row in rows):
            continue
        pairs = ((a, b) for a in by_part[int(home)] for b in rows)
        a, b = min(pairs, key=lambda ab: great_circle_km(ab[0]["lat"], ab[0]["lon"], ab[1]["lat"], ab[1]["lon"]))
        known.roads.append(guessed_road(a, b, ferry=True))
        text = _("no road joins {place} to {hub}; a ferry is guessed")
        known.remarks.append(text.format(place=b["place"], hub=known.hub))


@dataclass(frozen=True)
class Tree:
    """Quickest ways from the hub to every place.

    `path` holds places from the hub; `hours` from the hub, infinite where no way leads.
    """

    path: dict[str, tuple[str, ...]]
    hours: dict[str, float]

    def feeder(self, place: str, towns: set[str]) -> str:
        """The last town before `place` on its way, which feeds it; the hub if there is none."""
        return next((p for p in reversed(self.path[place][:-1]) if p in towns), self.path[place][0])


def tree_of(known: Known) -> Tree:
    """Quickest ways from the hub over the known roads."""
    from scipy.sparse.csgraph import dijkstra

    from citerne.roads.graph import path_to

    network = Network.from_rows(known.places, known.roads)
    start = network.index[known.hub]
    hours, before = dijkstra(network.matrix(network.hours), directed=False, indices=start, return_predecessors=True)
    reached = [k for k in range(len(network.nodes)) if math.isfinite(hours[k])]
    paths = {network.nodes[k]: tuple(network.nodes[p] for p in path_to(before, start, k)) for k in reached}
    return Tree(paths, {network.nodes[k]: float(hours[k]) for k in reached})


def travel_days(hours: float, most: int) -> int:
    """Whole days on the road at nine hours a day, at least one."""
    return min(max(math.ceil(hours / HOURS_A_DAY), 1), most)


def path_hours(known: Known, path: tuple[str, ...] | list[str]) -> float:
    """Hours along a path of places."""
    by_ends = {frozenset((r["from_place"], r["to_place"])): r for r in known.roads}
    return float(sum(by_ends[frozenset(pair)]["truck_hours"] for pair in itertools.pairwise(path)))


def row_with_guess(row: dict[str, Any], note: str | None = None) -> Row:
    """A row that is a judgement."""
    return row | {"source": GUESS, "confidence": "E", "note": note}
