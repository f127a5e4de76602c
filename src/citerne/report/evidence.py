"""How sure are we: observations inside the bands, and what the spread comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.engine.fields import Parameter
from citerne.metrics.headline import looked_at
from citerne.metrics.sensitivity import BINS, headline_spread
from citerne.report.view import View

Array = np.ndarray[Any, Any]
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


@dataclass(frozen=True)
class Influence:
    """How strongly one uncertain input goes with the lowest days of cover at the hub.

    `rank_correlation` is Spearman's, over futures; its square is read as a share of the spread of ranks.
    """

    parameter: Parameter
    rank_correlation: float

    @property
    def share(self) -> float:
        """Share of the spread of ranks that goes with this input alone."""
        return self.rank_correlation**2


def influences(view: View, most: int = 5) -> list[Influence]:
    """Inputs that go with the lowest cover at the hub more than chance would show, the strongest first.

    Chance: |rank correlation| of unrelated columns exceeds 2 / sqrt(members - 1) in one case of twenty.
    """
    if view.members < 30 or not view.has("stock_days", view.hub):
        return []
    days = looked_at(view.results, view.case.header.record_end)
    lowest = view.values("stock_days", view.hub)[days].min(axis=0)
    priors = view.priors
    ranked = ranks(lowest)
    if not ranked.std() > 0:
        return []
    found = []
    for name, column in view.results.parameters.items():
        if name in priors and np.ptp(column) > 0:
            r = float(np.corrcoef(ranks(column), ranked)[0, 1])
            if abs(r) > 2 / np.sqrt(view.members - 1):
                found.append(Influence(priors[name], r))
    return sorted(found, key=lambda item: (-abs(item.rank_correlation), item.parameter.name))[:most]


def ranks(values: Array) -> Array:
    """Ranks of a column, ties at their mean."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    group = np.cumsum(first) - 1
    ends = np.r_[np.flatnonzero(first), len(values)]
    mean = (ends[:-1] + ends[1:] - 1) / 2
    out = np.empty(len(values))
    out[order] = mean[group]
    return out


def effect_word(influence: Influence) -> str:
    """Which way it pulls, in words."""
    return _("more of it, more cover") if influence.rank_correlation > 0 else _("more of it, less cover")
