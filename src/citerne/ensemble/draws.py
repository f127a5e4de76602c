"""Draws of the unknowns: one value per parameter and member, by counter, so that shards and order do not matter.

u(member, parameter) is a hash of (seed, name, member) with 53 bits; the value is the prior's inverse distribution
function at u. Normal and lognormal priors are given by their 5 % and 95 % points, beta by the same two points of a
beta law fitted to mean and spread.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from citerne.engine.fields import Parameter

Array = np.ndarray[Any, Any]
_Z95 = 1.6448536269514722


def uniforms(seed: int, name: str, members: Array) -> Array:
    """53-bit uniforms in (0, 1), float64, one per member number."""
    key = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little")
    with np.errstate(over="ignore"):
        z = members.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def quantile(prior: Parameter, u: Array) -> Array:
    """Inverse distribution function of a prior at u, float64, cut at its floor and ceiling."""
    low, best, high = prior.low, prior.best, prior.high
    shape = prior.distribution
    if shape == "fixed":
        value = np.full(u.shape, best)
    elif shape == "uniform":
        value = low + (high - low) * u
    elif shape == "loguniform":
        value = np.exp(math.log(low) + (math.log(high) - math.log(low)) * u)
    elif shape == "triangular":
        value = _triangular(low, best, high, u)
    elif shape == "normal":
        value = best + (high - low) / (2 * _Z95) * _normal(u)
    elif shape == "lognormal":
        value = best * np.exp((math.log(high) - math.log(low)) / (2 * _Z95) * _normal(u))
    elif shape == "beta":
        value = _beta(low, best, high, u)
    else:
        raise ValueError(f"{prior.name}: no distribution called {shape}")
    return np.asarray(np.clip(value, prior.floor, prior.ceiling))


def _normal(u: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(ndtri(u))


def _triangular(low: float, mode: float, high: float, u: Array) -> Array:
    span, cut = high - low, (mode - low) / (high - low)
    rising = low + np.sqrt(u * span * max(mode - low, 0.0))
    falling = high - np.sqrt((1 - u) * span * max(high - mode, 0.0))
    return np.where(u < cut, rising, falling)


def _beta(low: float, best: float, high: float, u: Array) -> Array:
    """Beta law with mean `best` and the variance that a normal with these 5 % and 95 % points has."""
    from scipy.special import betaincinv

    variance = min(((high - low) / (2 * _Z95)) ** 2, 0.999 * best * (1 - best))
    strength = best * (1 - best) / variance - 1
    return np.asarray(betaincinv(best * strength, (1 - best) * strength, u))


def draw(priors: Mapping[str, Parameter] | Iterable[Parameter], members: Array, seed: int) -> dict[str, Array]:
    """Parameter values, float32, by name, one per member number."""
    each = priors.values() if isinstance(priors, Mapping) else priors
    return {p.name: quantile(p, uniforms(seed, p.name, members)).astype(np.float32) for p in each}
