"""Mali made larger: more towns like those it has, or more products like diesel, to see how time grows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from citerne.case.case import Case

Row = dict[str, Any]


def with_more_towns(case: Case, times: int) -> Case:
    """Each town that is fed by a leg and feeds none stands `times` times, with its demand, tanks, leg and last road."""
    feeders = {row["from_place"] for row in case.rows("legs")}
    paths = [*(row["path"] for row in case.rows("corridors")), *(row["path"] for row in case.rows("legs"))]
    passed = {place for path in paths for place in path[:-1]}
    towns = {row["place"] for row in case.rows("legs")} - feeders - passed
    tables = {name: list(rows) for name, rows in case.tables.items()}
    for k in range(1, times):
        for name in ("places", "demand", "storage"):
            tables[name] += [
                {**row, "place": f"{row['place']}_{k}"} for row in case.rows(name) if row["place"] in towns
            ]
        for row in case.rows("legs"):
            if row["place"] in towns:
                twin = f"{row['place']}_{k}"
                tables["legs"].append({**row, "place": twin, "path": (*row["path"][:-1], twin)})
        for row in case.rows("roads"):
            ends = {row["from_place"], row["to_place"]}
            if ends & towns:
                twins = {end: f"{end}_{k}" if end in towns else end for end in ends}
                there = {end: twins[row[end]] for end in ("from_place", "to_place")}
                tables["roads"].append({**row, "segment": f"{row['segment']}_{k}", **there})
    return _with(case, tables.items())


def with_more_products(case: Case, more: int) -> Case:
    """`more` products that are brought, stored, sold and used as diesel is."""
    tables = {name: list(rows) for name, rows in case.tables.items()}
    for k in range(1, more + 1):
        for name in ("products", "demand", "storage", "supply"):
            tables[name] += [{**row, "product": f"diesel_{k}"} for row in case.rows(name) if row["product"] == "diesel"]
    return _with(case, tables.items())


def _with(case: Case, tables: Iterable[tuple[str, list[Row]]]) -> Case:
    return replace(case, tables={name: tuple(rows) for name, rows in tables})
