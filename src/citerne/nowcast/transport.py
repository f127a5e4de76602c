"""Weights and marginals: how an ensemble of equal futures is moved towards a report.

Global reports weigh whole futures. Weights L^b, b the largest exponent in [0, 1] that keeps the effective size
1 / sum(w^2) above a share of the futures, then systematic resampling (Gordon, Salmond & Smith 1993; tempering as in
Frei & Künsch 2013). Local reports move one quantity of each future: its posterior distribution on a grid is

    p(g) ~ [(1 - broad) KDE(g) + broad / range] L(g)

and a future of rank r in the ensemble takes the same rank in it (a rank-preserving map, so that what goes together in
the ensemble stays together; Anderson 2010, Mon. Weather Rev. 138:4186-4198). `broad` is the chance that the model is
wrong about the tanks, so that one count outside the ensemble is believed rather than dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.calibrate.tempering import kish_size, normalised

Array = np.ndarray[Any, Any]
BROAD = 0.1
GRID = 800


def tempered(loglik: Array, share: float) -> tuple[Array, float]:
    """Weights (future,) and their exponent b: all of the likelihood if `share` of the futures stays effective."""
    low, high = 0.0, 1.0
    if kish_size(normalised(loglik)) >= share * len(loglik):
        return normalised(loglik), 1.0
    for _step in range(40):
        middle = (low + high) / 2
        if kish_size(normalised(middle * loglik)) >= share * len(loglik):
            low = middle
        else:
            high = middle
    return normalised(low * loglik), low


def systematic(weights: Array, u: float) -> Array:
    """Indices (future,) drawn by weight from one uniform `u`; a future that is kept stays at its place."""
    n = len(weights)
    edges = np.cumsum(weights)
    edges[-1] = 1.0
    drawn = np.searchsorted(edges, (np.arange(n) + u) / n, side="right")
    counts = np.bincount(drawn, minlength=n)
    index = np.arange(n)
    index[counts == 0] = np.repeat(np.arange(n), np.maximum(counts - 1, 0))
    return index


def move(values: Array, grid: Array, likelihood: Array, broad: float = BROAD) -> Array:
    """Values (future,) moved to the posterior on `grid` (rising, even steps), ranks kept, ties as futures come."""
    n = len(values)
    order = np.argsort(values, kind="stable")
    spread = float(values.std())
    width = max(0.9 * spread * n**-0.2, float(grid[-1] - grid[0]) / len(grid))
    edges = np.concatenate([[-np.inf], (grid[1:] + grid[:-1]) / 2, [np.inf]])
    ranked = values[order]
    # counts by cell, then a kernel over cells: as good as a kernel over futures, and fast
    counts = np.histogram(ranked, bins=edges)[0].astype(float)
    steps = len(grid) - 1
    reach = np.arange(-steps, steps + 1) * (float(grid[-1] - grid[0]) / steps / width)
    density = np.convolve(counts, np.exp(-0.5 * reach**2))[steps : 2 * steps + 1]
    cell = np.gradient(grid)
    density = density / max(float((density * cell).sum()), 1e-300)
    mixed = ((1 - broad) * density + broad / (grid[-1] - grid[0])) * likelihood * cell
    total = float(mixed.sum())
    if not total > 0:
        return values.copy()
    cdf = np.cumsum(mixed) - mixed / 2
    moved = np.empty(n)
    moved[order] = np.interp((np.arange(n) + 0.5) / n, cdf / total, grid)
    return moved


def reweighted(values: Array, weights: Array) -> Array:
    """Values (future,) with the distribution that `weights` give them, ranks kept; equal weights change nothing."""
    n = len(values)
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[order])
    upto[-1] = max(float(upto[-1]), 1.0)
    drawn = np.searchsorted(upto, (np.arange(n) + 0.5) / n, side="right")
    moved = np.empty_like(values)
    moved[order] = values[order][np.minimum(drawn, n - 1)]
    return moved
