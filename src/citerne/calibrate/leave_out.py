"""Each observation judged by the futures that all the others choose: coverage without counting a report twice.

Bands of the posterior hold more reports than their name says, since the futures were chosen to agree with them and the
reporting error is added again. Left out, report k is forecast by futures with weights w_i ~ 1 / p(y_k | future i),
which take its part of the likelihood out again; large weights are cut at sqrt(N) times their mean (truncated
importance sampling, Ionides 2008, Journal of Computational and Graphical Statistics 17, 295). Where few futures carry
the weight the band is rough; their effective number stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from citerne.calibrate.likelihood import log_likelihoods
from citerne.calibrate.observe import Row, comparison_of
from citerne.calibrate.score import share_of
from citerne.calibrate.simulate import Futures
from citerne.calibrate.tempering import kish_size
from citerne.results.results import QUANTILES

Array = np.ndarray[Any, Any]


def weights_without(log_likelihood: Array) -> Array:
    """Weights (future,) that sum to 1 and take one row's likelihood out of equally weighted futures."""
    wild = np.exp(-(log_likelihood - log_likelihood.min()))
    weights = np.minimum(wild, wild.mean() * np.sqrt(len(wild)))
    return np.asarray(weights / weights.sum())


def weighted_quantiles(values: Array, weights: Array, probabilities: Sequence[float]) -> Array:
    """Quantiles of weighted values, linear between the middles of their weights."""
    order = np.argsort(values, kind="stable")
    middles = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.asarray(np.interp(probabilities, middles, values[order]))


def left_out(futures: Futures, targets: Sequence[Row]) -> dict[str, Any]:
    """Coverage of each target by the futures that the others choose.

    Returns
    -------
    dict : `rows` (target_id, p05 to p95, inside_50, inside_90, effective futures), `coverage_50`, `coverage_90`, and
        `coverage_50_exact` over rows with an exact figure
    """
    numbers = np.arange(len(futures), dtype=np.uint32)
    every = log_likelihoods(futures.statistics, targets)
    rows = []
    for k, target in enumerate(targets):
        comparison = comparison_of(target, futures.statistics[k], numbers)
        weights = weights_without(every[k])
        p05, p25, p50, p75, p95 = map(float, weighted_quantiles(comparison.predicted, weights, QUANTILES))
        low, high = comparison.limits
        rows.append(
            {
                "target_id": target["target_id"], "bound": target["bound"],
                "p05": p05, "p25": p25, "p50": p50, "p75": p75, "p95": p95,
                "inside_50": bool(p25 <= high and low <= p75), "inside_90": bool(p05 <= high and low <= p95),
                "effective": kish_size(weights),
            }
        )  # fmt: skip
    exact = [row for row in rows if row["bound"] == "exact"]
    return {
        "rows": rows,
        "coverage_50": share_of(rows, "inside_50"),
        "coverage_90": share_of(rows, "inside_90"),
        "coverage_50_exact": share_of(exact, "inside_50"),
    }
