"""How sure are we: observations inside the bands, and what the spread comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.engine.fields import Parameter
from citerne.metrics.sensitivity import BINS, headline_spread
from citerne.report.view import View

FEWEST_FUTURES = 4 * BINS


@dataclass(frozen=True)
class Coverage:
    """Share of scored observations inside the bands."""

    scored: int
    inside_50: float
    inside_90: float


def coverage(view: View) -> Coverage | None:
    """Coverage of the scored observations, None where the run was not scored or speaks to none of them."""
    if not view.scores:
        return None
    half = [bool(row["inside_50"]) for row in view.scores]
    nine = [bool(row["inside_90"]) for row in view.scores]
    return Coverage(len(half), float(np.mean(half)), float(np.mean(nine)))


# Outcomes whose spread the second page splits; the annex splits all of the headline.
LEADING = (
    ("stock_days", "all"), ("imports_volume", "all"), ("person_days_unserved", "hospital"), ("displaced_new", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """Where the spread of one outcome comes from, day 0 to the end of the record.

    Attributes
    ----------
    variable, place, product : which outcome
    inputs : uncertain inputs and the part of the variance that each explains alone, the largest first
    variants : part of the rival assumptions together; luck : what no sum of single inputs explains
    """

    variable: str
    place: str
    product: str
    inputs: tuple[tuple[Parameter | None, str, float], ...]
    variants: float
    luck: float


def spreads(view: View, everything: bool = False) -> list[Spread]:
    """Shares of the spread by input, by rival assumption and by luck; none of a run with too few futures to tell."""
    if view.members < FEWEST_FUTURES:
        return []
    country = view.country
    hub = view.hub if view.has("stock_days", view.hub) else country
    only = () if everything else LEADING
    last = view.case.header.record_end if view.record_days else None
    found = headline_spread(view.results, hub, country, last, only)
    order = {key: k for k, key in enumerate(LEADING)}
    found.sort(key=lambda item: order.get((item["variable"], item["product"]), len(order)))
    return [_spread(item, view.priors) for item in found]


def _spread(item: Mapping[str, Any], priors: Mapping[str, Parameter]) -> Spread:
    shares = item["shares"]
    unknown = [(priors.get(one.name), one.name, one.share) for one in shares if one.kind == "unknown"]
    variants = sum(one.share for one in shares if one.kind == "variant")
    luck = sum(one.share for one in shares if one.kind == "rest")
    return Spread(item["variable"], item["place"], item["product"], tuple(unknown), variants, luck)
