"""Checks that need more than one cell: sums, cycles, roles, paths that have no road."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.case.header import Header
from citerne.schema.levers import LEVER_BY_NAME
from citerne.schema.read import Row, closest

Tables = Mapping[str, tuple[Row, ...]]


def check_tables(header: Header, tables: Tables, faults: Faults) -> None:
    """Run every check of this file over the rows read."""
    places = {row["place"] for row in tables["places"]}
    if header.hub not in places:
        faults.add("case.yaml", 0, "hub", header.hub, _("an id of table places"), closest(header.hub, places))
    _check_shares(tables["supply"], "supply.csv", "product", "share", faults)
    _check_shares(tables["feeders"], "feeders.csv", "zone", "load_share", faults)
    _check_shares(tables["variants"], "variants.csv", "axis", "weight", faults)
    _check_unique(tables["demand"], "demand.csv", ("place", "product", "user_class"), faults)
    _check_unique(tables["storage"], "storage.csv", ("place", "product"), faults)
    _check_unique(tables["legs"], "legs.csv", ("place",), faults)
    _check_unique(tables["supply"], "supply.csv", ("corridor", "product"), faults)
    _check_storage(tables, faults)
    _check_paths(tables, faults)
    _check_leg_cycles(tables["legs"], faults)
    _check_inputs(tables, faults)
    _check_priors(tables["parameters"], faults)
    _check_plants(tables["plants"], faults)
    _check_targets(tables["targets"], faults)


def _check_shares(rows: Iterable[Row], file: str, by: str, column: str, faults: Faults) -> None:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[by]].append(row)
    for key, members in groups.items():
        values = [row[column] for row in members]
        if None in values:
            continue  # the empty cell is a fault of its own
        total = math.fsum(values)
        if abs(total - 1) > 1e-6:
            mend = _("the rows of {key} sum to {total}").format(key=key, total=f"{total:g}")
            faults.add(
                file,
                members[-1]["_row"],
                column,
                f"{total:g}",
                _("shares of {key} that sum to 1").format(key=key),
                mend,
            )


def _check_unique(rows: Iterable[Row], file: str, columns: tuple[str, ...], faults: Faults) -> None:
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in first:
            mend = _("it stands in row {row} too; add the two up").format(row=first[key])
            faults.add(file, row["_row"], columns[0], " / ".join(map(str, key)), _("each combination once"), mend)
        first.setdefault(key, row["_row"])


def _check_storage(tables: Tables, faults: Faults) -> None:
    stored = {(row["place"], row["product"]) for row in tables["storage"]}
    for row in tables["storage"]:
        capacity, opening = row["capacity_m3"], row["opening_stock_m3"]
        if capacity is not None and opening is not None and opening > capacity:
            faults.add("storage.csv", row["_row"], "opening_stock_m3", opening,
                       _("at most the capacity, {m3} m3").format(m3=capacity), _("check both numbers"))  # fmt: skip
    for row in tables["demand"]:
        if row["demand_m3_per_day"] and (row["place"], row["product"]) not in stored:
            faults.add("demand.csv", row["_row"], "place", f"{row['place']} / {row['product']}",
                       _("a row of storage.csv for it"), _("add the tank, even an empty one"))  # fmt: skip


def _check_paths(tables: Tables, faults: Faults) -> None:
    roads = {frozenset((row["from_place"], row["to_place"])) for row in tables["roads"]}
    for table in ("corridors", "legs"):
        for row in tables[table]:
            path = row["path"] or ()
            for start, end in itertools.pairwise(path):
                if frozenset((start, end)) not in roads:
                    faults.add(f"{table}.csv", row["_row"], "path", f"{start}>{end}", _("a segment of roads.csv"),
                               _("add the road or mend the path"))  # fmt: skip
    for row in tables["corridors"]:
        if row["path"] and row["border_place"] and row["border_place"] not in row["path"]:
            faults.add("corridors.csv", row["_row"], "border_place", row["border_place"], _("a place of its path"))
    drops = {row["corridor"]: row for row in tables["corridors"]}
    for row in tables["drops"]:
        corridor = drops.get(row["corridor"])
        if corridor and corridor["path"] and row["place"] == corridor["path"][-1]:
            faults.add("drops.csv", row["_row"], "place", row["place"], _("a place before the hub"),
                       _("the hub takes what the drops leave; remove the row"))  # fmt: skip
    for row in tables["legs"]:
        path = row["path"]
        if path and (path[0] != row["from_place"] or path[-1] != row["place"]):
            faults.add("legs.csv", row["_row"], "path", ">".join(path), _("a path from from_place to place"))


def _check_leg_cycles(rows: Iterable[Row], faults: Faults) -> None:
    feeder = {row["place"]: row["from_place"] for row in rows}
    number = {row["place"]: row["_row"] for row in rows}
    reported: set[str] = set()
    for start in feeder:
        seen, place = [start], feeder[start]
        while place in feeder and place not in seen:
            seen.append(place)
            place = feeder[place]
        if place in seen and not reported & set(seen):
            loop = [*seen[seen.index(place) :], place]
            faults.add("legs.csv", number[place], "from_place", " > ".join(loop), _("onward legs without a cycle"),
                       _("feed one of them from a hub"))  # fmt: skip
            reported.update(seen)


def _check_inputs(tables: Tables, faults: Faults) -> None:
    roles = {row["event_id"]: row["role"] for row in tables["events"]}
    axes = {
        "theatre": {row["theatre"] for row in tables["theatres"]},
        "corridor": {row["corridor"] for row in tables["corridors"]},
        "place": {row["place"] for row in tables["places"]},
        "product": {row["product"] for row in tables["products"]},
        "none": set(),
    }
    variants = {f"{row['axis']}:{row['choice']}" for row in tables["variants"]}
    for row in tables["inputs"]:
        where = ("inputs.csv", row["_row"])
        if row["role"] in ("outcome", "context"):
            faults.add(*where, "role", row["role"], _("input or variant: an outcome may not drive a run"),
                       _("move the row to targets.csv or events.csv"))  # fmt: skip
        event_role = roles.get(row["event_id"])
        if event_role in ("outcome", "context"):
            faults.add(*where, "event_id", f"{row['event_id']} ({event_role})",
                       _("an event whose role is input or variant"),
                       _("an outcome may not drive a run; remove the row"))  # fmt: skip
        if row["variant"] and row["variant"] not in variants:
            faults.add(
                *where, "variant", row["variant"], _("axis:choice of variants.csv"), closest(row["variant"], variants)
            )
        if row["date_end"] and row["date_start"] and row["date_end"] < row["date_start"]:
            faults.add(*where, "date_end", row["date_end"], _("a day not before date_start"))
        _check_lever(row, axes, faults)


def _check_lever(row: Row, axes: Mapping[str, set[str]], faults: Faults) -> None:
    lever = LEVER_BY_NAME.get(row["lever"] or "")
    if lever is None:
        faults.add(
            "inputs.csv", row["_row"], "lever", row["lever"], _("a lever"), closest(row["lever"] or "", LEVER_BY_NAME)
        )
        return
    if row["value"] is not None and not lever.low <= row["value"] <= lever.high:
        expected = _("a number from {low} to {high} {unit}").format(low=lever.low, high=lever.high, unit=lever.unit)
        faults.add("inputs.csv", row["_row"], "value", row["value"], expected.strip())
    target = row["target"] or "all"
    if target != "all" and target not in axes[lever.by]:
        expected = _("a target of {lever}: {axis}").format(lever=lever.name, axis=lever.by)
        faults.add("inputs.csv", row["_row"], "target", target, expected, closest(target, axes[lever.by] | {"all"}))


def _check_priors(rows: Iterable[Row], faults: Faults) -> None:
    for row in rows:
        low, best, high, shape = row["low"], row["best"], row["high"], row["distribution"]
        if best is None or shape is None or shape == "fixed":
            continue
        where = ("parameters.csv", row["_row"])
        if low is None or high is None:
            faults.add(*where, "low", "", _("low and high for a prior that is not fixed"))
        elif not low <= best <= high or low == high:
            faults.add(*where, "best", f"{low} / {best} / {high}", _("low <= best <= high, low < high"))
        elif shape in ("lognormal", "loguniform") and low <= 0:
            faults.add(*where, "low", low, _("a number above 0 for this shape"))


def _check_plants(rows: Iterable[Row], faults: Faults) -> None:
    for row in rows:
        if row["kind"] == "thermal":
            for column in ("product", "fuel_l_per_kwh"):
                if not row[column]:
                    faults.add("plants.csv", row["_row"], column, "", _("a value for a thermal plant"))


def _check_targets(rows: Iterable[Row], faults: Faults) -> None:
    needed = {"exact": ("best",), "interval": ("low", "high"), "at_least": ("low",), "at_most": ("high",)}
    for row in rows:
        for column in needed.get(row["bound"] or "", ()):
            if row[column] is None and not (row["bound"] == "exact" and row["low"] is not None):
                faults.add(
                    "targets.csv", row["_row"], column, "", _("a number for bound {bound}").format(bound=row["bound"])
                )
        if row["date_start"] and row["date_end"] and row["date_end"] < row["date_start"]:
            faults.add("targets.csv", row["_row"], "date_end", row["date_end"], _("a day not before date_start"))
