"""Checks of the road network: paths that have no road, drops, onward legs in a circle."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.cells import shown
from citerne.schema.read import Row

Tables = Mapping[str, tuple[Row, ...]]


def check_paths(tables: Tables, unread: frozenset[str], faults: Faults) -> None:
    """Corridors and legs run over declared roads, in the order that their columns promise."""
    if "roads" not in unread:
        _check_segments(tables, faults)
    last: dict[str, str] = {}
    for row in tables["corridors"]:
        path, border = row["path"], row["border_place"]
        if not path:
            continue
        last[row["corridor"]] = path[-1]
        if len(path) < 2:
            faults.add("corridors.csv", row["_row"], "path", shown(path[0]), _("two places or more"),
                       _("write source>border>hub"))  # fmt: skip
        elif border and border not in path[:-1]:
            expected = _("a place of its path before the hub")
            faults.add(
                "corridors.csv", row["_row"], "border_place", shown(border), expected, _("add the border to the path")
            )
    for row in tables["drops"]:
        if row["place"] and row["place"] == last.get(row["corridor"]):
            faults.add("drops.csv", row["_row"], "place", shown(row["place"]), _("a place before the hub"),
                       _("the hub takes what the drops leave; remove the row"))  # fmt: skip
    for row in tables["legs"]:
        path, ends = row["path"], (row["from_place"], row["place"])
        if path and None not in ends and (path[0], path[-1]) != ends:
            faults.add("legs.csv", row["_row"], "path", shown(">".join(path)),
                       _("a path from {start} to {end}").format(start=shown(ends[0]), end=shown(ends[1])),
                       _("mend the ends of the path"))  # fmt: skip


def _check_segments(tables: Tables, faults: Faults) -> None:
    roads = {frozenset((row["from_place"], row["to_place"])) for row in tables["roads"]}
    places = {row["place"] for row in tables["places"]}
    first: dict[frozenset[str], int] = {}
    for row in tables["roads"]:
        ends = (row["from_place"], row["to_place"])
        if None in ends:
            continue
        where, pair = ("roads.csv", row["_row"], "to_place"), frozenset(ends)
        if len(pair) == 1:
            faults.add(*where, shown(ends[1]), _("another place than from_place"), _("mend one end"))
        elif pair in first:
            mend = _("row {row} joins them too; put a place between on one of the two").format(row=first[pair])
            faults.add(*where, shown(">".join(ends)), _("one segment between two places"), mend)
        first.setdefault(pair, row["_row"])
    for table in ("corridors", "legs"):
        for row in tables[table]:
            for start, end in itertools.pairwise(row["path"] or ()):
                # an unknown place is a fault of its own
                if start in places and end in places and frozenset((start, end)) not in roads:
                    faults.add(f"{table}.csv", row["_row"], "path", shown(f"{start}>{end}"),
                               _("a segment of roads.csv"), _("add the road or mend the path"))  # fmt: skip


def check_leg_cycles(rows: Iterable[Row], faults: Faults) -> None:
    """Every chain of onward legs ends at a place that no leg feeds."""
    feeder = {row["place"]: row["from_place"] for row in rows if row["place"] and row["from_place"]}
    number = {row["place"]: row["_row"] for row in rows}
    finished: set[str] = set()
    for start in feeder:
        chain: dict[str, None] = {}  # ordered set
        place = start
        while place in feeder and place not in chain and place not in finished:
            chain[place] = None
            place = feeder[place]
        if place in chain:
            places = list(chain)
            loop = [*places[places.index(place) :], place]
            faults.add("legs.csv", number[place], "from_place", shown(" > ".join(loop)),
                       _("onward legs without a cycle"), _("feed one of them from a hub"))  # fmt: skip
        finished.update(chain)
