"""Allotment of a ring-fenced humanitarian pool by a stated rule. Pure functions.

life_saving   hospitals first, then water, then the rest; within a class equal days
equal_days    every request the same days of its use, at most what it asks for
weighted      every request in proportion to weight times litres asked, at most what it asks for
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
RULES = ("life_saving", "equal_days", "weighted")
ORDER = {"hospital": 0, "water": 1}


def fill(asked: Sequence[float], pull: Sequence[float], pool: float) -> list[float]:
    """Share a pool in proportion to `pull`, nobody above what is asked; what is left goes round again."""
    given = [0.0] * len(asked)
    left = pool
    open_ = [k for k, want in enumerate(asked) if want > 0 and pull[k] > 0]
    while open_ and left > 1e-9:
        total = sum(pull[k] for k in open_)
        full = [k for k in open_ if asked[k] - given[k] <= left * pull[k] / total + 1e-12]
        if not full:
            for k in open_:
                given[k] += left * pull[k] / total
            return given
        for k in full:
            left -= asked[k] - given[k]
            given[k] = asked[k]
        open_ = [k for k in open_ if k not in full]
    return given


def allot(requests: Sequence[Row], pools: Mapping[tuple[str, str], float], rule: str) -> list[dict[str, Any]]:
    """Litres for each request from the pool of its town and product (`pools`, litres)."""
    rows = []
    for key in sorted({(row["place"], row["product"]) for row in requests}):
        own = [row for row in requests if (row["place"], row["product"]) == key]
        left = pools.get(key, 0.0)
        tier: Callable[[Row], int] = lambda row: ORDER.get(row["user_class"], 2) if rule == "life_saving" else 0  # noqa: E731
        for rank in sorted({tier(row) for row in own}):
            group = [row for row in own if tier(row) == rank]
            asked = [float(row["litres"]) for row in group]
            if rule == "weighted":
                pull = [(1.0 if row["weight"] is None else row["weight"]) * row["litres"] for row in group]
            else:
                pull = [max(float(row["litres_per_day"]), 1e-9) for row in group]
            given = fill(asked, pull, left)
            left -= sum(given)
            rows += [
                {"request": row["request"], "place": key[0], "product": key[1], "asked_l": row["litres"],
                 "allotted_l": litres, "days": litres / row["litres_per_day"] if row["litres_per_day"] else None}
                for row, litres in zip(group, given, strict=True)
            ]  # fmt: skip
    return rows
