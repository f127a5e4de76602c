"""Which unknowns matter: elementary effects (Morris 1991, Technometrics 33:161-174; Campolongo et al. 2007).

From a random base point in probability space every unknown is moved once, by DELTA, the others held (radial design).
The effect is the change of an output over DELTA; mu* is its mean size over base points, sigma its spread. Luck is held
within a base point (common random numbers), so effects are those of the unknown, not of chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
DELTA = 0.5


@dataclass(frozen=True)
class Effects:
    """mu* and sigma, (output, unknown), of effects over the whole range of an unknown."""

    mu_star: Array
    sigma: Array


def elementary_effects(model: Callable[[Array, Array], Array], unknowns: int, base_points: int, seed: int) -> Effects:
    """Effects of a batched model.

    Parameters
    ----------
    model : (u (unknown, run) in [0, 1], luck (run,)) -> outputs (output, run)
    unknowns, base_points : sizes; base_points x (unknowns + 1) runs are made
    """
    rng = np.random.default_rng([seed, 0xE1])
    base = rng.random((unknowns, base_points))
    moved = (base + DELTA) % 1.0
    points = np.repeat(base, unknowns + 1, axis=1)
    for j in range(unknowns):
        points[j, j + 1 :: unknowns + 1] = moved[j]
    luck = np.repeat(np.arange(base_points, dtype=np.uint32), unknowns + 1)
    outputs = np.asarray(model(points, luck)).reshape(-1, base_points, unknowns + 1)
    sign = np.where(moved > base, 1.0, -1.0).T  # a step that wraps around goes down
    size = np.abs(moved - base).T
    effect = (outputs[:, :, 1:] - outputs[:, :, :1]) * (sign / size)[None]
    return Effects(np.abs(effect).mean(axis=1), effect.std(axis=1, ddof=1))


def leading(effects: Effects, names: Sequence[str], count: int) -> list[str]:
    """Names of the unknowns with the largest mu*, each output scaled by its largest effect."""
    top = effects.mu_star.max(axis=1, keepdims=True)
    score = (effects.mu_star / np.where(top > 0, top, 1.0)).mean(axis=0)
    return [names[k] for k in np.argsort(-score, kind="stable")[:count]]
