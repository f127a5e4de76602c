"""How sure are we: observations inside the bands, and which guesses the result hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.engine.fields import Parameter
from citerne.metrics.headline import looked_at
from citerne.report.view import View

Array = np.ndarray[Any, Any]


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
    from citerne.model.priors import priors_of
    from citerne.model.standard import standard_model

    if view.members < 30 or not view.has("stock_days", view.hub):
        return []
    days = looked_at(view.results, view.case.header.record_end)
    lowest = view.values("stock_days", view.hub)[days].min(axis=0)
    priors = priors_of(standard_model().processes, view.case, {})
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
