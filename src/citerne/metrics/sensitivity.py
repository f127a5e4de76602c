"""Where the spread of an outcome comes from: unknowns, variants, luck.

Two ways. `sobol` is the designed one (Saltelli et al. 2010, Comput. Phys. Commun. 181:259-270): first-order and total
indices of a batched function of independent inputs. `variance_split` reads what an ensemble already holds: the
first-order share of an input x is Var(E[y | x]) / Var(y), with E[y | x] taken over bins of equal count and the
variance that bins of pure chance would show taken off (adjusted R-squared; n is the number of distinct values of x, as
draws may repeat). Shares within three standard deviations of chance count as none. Luck and interaction is what the sum
of one function of each leading input leaves over, least squares on the bins of all of them together.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.metrics.headline import HEADLINE, statistic
from citerne.results.results import Results

Array = np.ndarray[Any, Any]
BINS = 16
LEADING = 12  # inputs whose joint share is counted
SWEEPS, STILL = 200, 1e-7  # sweeps at most, and the gain in share below which they end


@dataclass(frozen=True)
class Share:
    """Part of the variance of an outcome that one input explains alone; `kind` is `unknown`, `variant` or `rest`."""

    name: str
    kind: str
    share: float


@dataclass(frozen=True)
class _Input:
    """An input of an ensemble, (member,), cut into bins; `distinct` is the number of its values."""

    name: str
    kind: str
    label: Array
    distinct: int


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

    `unknowns` are numbers, `variants` labels, both (member,). Inputs that depend on each other (a posterior) share what
    they explain, so shares may sum to more than 1 less the rest.
    """
    return _split(np.asarray(outcome, float), _labelled(unknowns, variants or {}))


def _labelled(unknowns: Mapping[str, Array], variants: Mapping[str, Array]) -> list[_Input]:
    """Inputs cut into bins once, for any number of outcomes."""
    found = [_Input(name, "unknown", _bins(x), len(np.unique(x))) for name, x in unknowns.items()]
    for name, text in variants.items():
        label = np.unique(text, return_inverse=True)[1]
        found.append(_Input(name, "variant", label, len(label)))
    return found


def _split(y: Array, inputs: Sequence[_Input]) -> list[Share]:
    total = float(y.var())
    if total == 0 or len(y) < 4 * BINS:
        return [Share("luck and interaction", "rest", 1.0)]
    shares = [(Share(one.name, one.kind, _explained(y, one.label, total, one.distinct)), one.label) for one in inputs]
    shares = sorted((pair for pair in shares if pair[0].share > 0), key=lambda pair: -pair[0].share)
    together = _together(y, [label for _share, label in shares[:LEADING]], total)
    return [*(share for share, _label in shares), Share("luck and interaction", "rest", 1.0 - together)]


def _bins(x: Array) -> Array:
    """Bin of each member, bins of equal count over distinct values; equal values share a bin."""
    _values, rank = np.unique(x, return_inverse=True)
    return np.asarray(rank * BINS // (np.max(rank) + 1))


def _explained(y: Array, label: Array, total: float, distinct: int) -> float:
    """Var(E[y | label]) / Var(y), adjusted for chance; 0 where chance alone could show as much."""
    count = np.bincount(label)
    groups, n = int((count > 0).sum()), min(len(y), distinct if distinct > BINS else len(y))
    if groups < 2:
        return 0.0
    mean = np.bincount(label, y) / np.maximum(count, 1)
    ratio = float((count * (mean - y.mean()) ** 2).sum() / len(y)) / total
    share = 1 - (1 - ratio) * (n - 1) / (n - groups)
    return float(share) if share > 3 * math.sqrt(2 * (groups - 1)) / n else 0.0


def _together(y: Array, labels: list[Array], total: float) -> float:
    """Adjusted share of the variance that a sum of functions of all labels explains.

    Least squares by backfitting (Hastie & Tibshirani 1990, ch. 4): each function in turn takes up the means, over its
    bins, of what all of them leave. It spares the threads that a linear algebra library starts for so small a system.
    """
    left = y - y.mean()
    counts = [np.maximum(np.bincount(label), 1) for label in labels]
    for _sweep in range(SWEEPS):
        before = float(left.var())
        for label, count in zip(labels, counts, strict=True):
            left = left - (np.bincount(label, left, len(count)) / count)[label]
        if before - float(left.var()) <= STILL * total:
            break
    columns = 1 + sum(len(count) - 1 for count in counts)
    share = 1 - float(left.var()) / total * (len(y) - 1) / max(len(y) - columns, 1)
    return float(min(max(share, 0.0), 1.0))


def headline_spread(
    results: Results, hub: str, country: str, last_day: dt.date | None = None, only: Sequence[tuple[str, str]] = ()
) -> list[dict[str, Any]]:
    """Where the spread of each headline outcome of a run comes from.

    Parameters
    ----------
    results : a run; its parameters are the unknowns, `plan_row` marks the combination of variants
    hub, country : places that headline figures speak of
    last_day : last day looked at, by default the last of the run
    only : variable and product of the headline figures wanted; all if empty

    Returns
    -------
    one object per headline figure that was recorded: variable, place, product, statistic, `shares` (largest first)
    """
    count = results.values.shape[0]
    if last_day is not None:
        count = max(min((last_day - results.provenance.start).days + 1, count), 1)
    unknowns = {name: x for name, x in results.parameters.items() if name != "plan_row" and np.ptp(x) > 0}
    variants = {"variants": results.parameters["plan_row"]} if "plan_row" in results.parameters else {}
    inputs = _labelled(unknowns, variants)
    out = []
    for variable, where, product, how in HEADLINE:
        place = hub if where == "hub" else country
        if results.has(variable, place, product) and (not only or (variable, product) in only):
            values = statistic(results.series(variable, place, product)[:count], how)
            shares = _split(np.asarray(values, float), inputs)
            out.append({"variable": variable, "place": place, "product": product, "statistic": how, "shares": shares})
    return out
