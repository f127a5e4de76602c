"""Where the spread of an outcome comes from: unknowns, variants, luck.

Two ways. `sobol` is the designed one (Saltelli et al. 2010, Comput. Phys. Commun. 181:259-270): first-order and total
indices of a batched function of independent inputs. `variance_split` reads what an ensemble already holds: the
first-order share of an input x is Var(E[y | x]) / Var(y), with E[y | x] taken over bins of equal count and the
variance that bins of pure chance would show taken off; what inputs and variants leave over is luck and interaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.metrics.headline import HEADLINE, statistic
from citerne.results.results import Results

Array = np.ndarray[Any, Any]
BINS = 16


@dataclass(frozen=True)
class Share:
    """Part of the variance of an outcome that one input explains alone; `kind` is `unknown`, `variant` or `rest`."""

    name: str
    kind: str
    share: float


def sobol(model: Callable[[Array], Array], dimensions: int, count: int, seed: int) -> tuple[Array, Array]:
    """First-order and total Sobol indices, (dimension,), of a batched model.

    Parameters
    ----------
    model : u (dimension, run), uniform on [0, 1] -> outcome (run,)
    count : base points, a power of 2; count x (dimensions + 2) runs are made
    """
    from scipy.stats import qmc

    points = qmc.Sobol(2 * dimensions, rng=np.random.default_rng(seed)).random(count).T
    a, b = points[:dimensions], points[dimensions:]
    batch = [a, b]
    for j in range(dimensions):
        mixed = a.copy()
        mixed[j] = b[j]
        batch.append(mixed)
    out = np.asarray(model(np.concatenate(batch, axis=1)), float).reshape(dimensions + 2, count)
    of_a, of_b, of_mixed = out[0], out[1], out[2:]
    variance = np.concatenate([of_a, of_b]).var()
    if variance == 0:
        return np.zeros(dimensions), np.zeros(dimensions)
    first = (of_b * (of_mixed - of_a)).mean(axis=1) / variance
    total = 0.5 * ((of_a - of_mixed) ** 2).mean(axis=1) / variance
    return np.asarray(first), np.asarray(total)


def variance_split(
    outcome: Array, unknowns: Mapping[str, Array], variants: Mapping[str, Array] | None = None
) -> list[Share]:
    """Shares of the variance of `outcome` (member,), largest first, with `luck and interaction` last.

    `unknowns` are numbers, `variants` labels, both (member,). Shares are not negative; where unknowns depend on each
    other (a posterior) they may overlap and sum to more than 1, and the rest is then 0.
    """
    y = np.asarray(outcome, float)
    total = y.var()
    if total == 0 or len(y) < 4 * BINS:
        return [Share("luck and interaction", "rest", 1.0)]
    shares = [Share(name, "unknown", _explained(y, _bins(x), total)) for name, x in unknowns.items()]
    for name, labels in (variants or {}).items():
        shares.append(Share(name, "variant", _explained(y, np.unique(labels, return_inverse=True)[1], total)))
    shares.sort(key=lambda one: -one.share)
    rest = max(1.0 - sum(one.share for one in shares), 0.0)
    return [*shares, Share("luck and interaction", "rest", rest)]


def _bins(x: Array) -> Array:
    """Bin of each member, bins of equal count; one bin where x does not vary."""
    if np.ptp(x) == 0:
        return np.zeros(len(x), np.int64)
    ranks = np.argsort(np.argsort(x, kind="stable"), kind="stable")
    return np.asarray(ranks * BINS // len(x))


def _explained(y: Array, label: Array, total: float) -> float:
    """Var(E[y | label]) / Var(y), corrected for chance as the adjusted R-squared is."""
    count = np.bincount(label)
    groups = int((count > 0).sum())
    if groups < 2:
        return 0.0
    mean = np.bincount(label, y) / np.maximum(count, 1)
    between = float((count * (mean - y.mean()) ** 2).sum() / len(y))
    ratio = between / total
    return max(1 - (1 - ratio) * (len(y) - 1) / (len(y) - groups), 0.0)


def headline_spread(results: Results, hub: str, country: str, last_day: dt.date | None = None) -> list[dict[str, Any]]:
    """Where the spread of each headline outcome of a run comes from.

    Parameters
    ----------
    results : a run; its parameters are the unknowns, `plan_row` marks the combination of variants
    hub, country : places that headline figures speak of
    last_day : last day looked at, by default the last of the run

    Returns
    -------
    one object per headline figure that was recorded: variable, place, product, statistic, `shares` (largest first)
    """
    count = results.values.shape[0]
    if last_day is not None:
        count = max(min((last_day - results.provenance.start).days + 1, count), 1)
    unknowns = {name: x for name, x in results.parameters.items() if name != "plan_row" and np.ptp(x) > 0}
    variants = {"variants": results.parameters["plan_row"]} if "plan_row" in results.parameters else {}
    out = []
    for variable, where, product, how in HEADLINE:
        place = hub if where == "hub" else country
        if results.has(variable, place, product):
            values = statistic(results.series(variable, place, product)[:count], how)
            shares = variance_split(values, unknowns, variants)
            out.append({"variable": variable, "place": place, "product": product, "statistic": how, "shares": shares})
    return out
