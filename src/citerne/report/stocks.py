"""Stock and pipeline by place: opening stock, stock now, use, cover, what arrived, and the risk ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citerne.report.view import View, demand_of, quantile_triple

AHEAD_DAYS = 30
LOW_DAYS = 3.0


@dataclass(frozen=True)
class StockRow:
    """One place now, or one region in a public view. Triples are 5, 50 and 95 % points over futures.

    Attributes
    ----------
    key, name : which
    use_m3_per_day : normal use of all products; None in a public view
    opening_m3 : stock on day 0; None in a public view
    stock_m3 : stock now, median: cover times normal use
    cover : days of cover now
    by_product : median days of cover now by product, where recorded
    lowest : median of the lowest days of cover so far
    arrived : tankers arrived a day over the last seven days, median; None where not recorded
    risk : share of futures with less than three days of cover at some time in the next thirty days
    """

    key: str
    name: str
    use_m3_per_day: float | None
    opening_m3: float | None
    stock_m3: float | None
    cover: tuple[float, float, float]
    by_product: dict[str, float]
    lowest: float
    arrived: float | None
    risk: float | None


def stock_rows(view: View) -> list[StockRow]:
    """A row for every place with days of cover, the hub first."""
    return [_row(view, key) for key in view.cover_places()]


def _row(view: View, key: str) -> StockRow:
    now, cover = view.now, view.values("stock_days", key)
    ahead = cover[now + 1 : now + 1 + AHEAD_DAYS]
    triple = quantile_triple(cover[now])
    use = None if view.public else demand_of(view.case, key)
    stored = [row["opening_stock_m3"] or 0.0 for row in view.case.rows("storage") if row["place"] == key]
    leading = [p for p in view.case.ids("products") if not view.public and view.results.has("stock_days", key, p)]
    arrived = None
    if not view.public and view.has("tankers_arrived", key):
        arrived = float(np.median(view.recent("tankers_arrived", key, 7)))
    return StockRow(
        key=key,
        name=view.names.of(key),
        use_m3_per_day=use,
        opening_m3=None if view.public else sum(stored),
        stock_m3=None if use is None else triple[1] * use,
        cover=triple,
        by_product={p: float(np.median(view.values("stock_days", key, p)[now])) for p in leading},
        lowest=float(np.median(cover[: now + 1].min(axis=0))),
        arrived=arrived,
        risk=float((ahead.min(axis=0) < LOW_DAYS).mean()) if len(ahead) else None,
    )
