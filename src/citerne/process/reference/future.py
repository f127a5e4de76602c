"""One future as the references see it: names for numbers, and its own luck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from citerne.engine.kernel import mix64, stream, uniform

F32 = np.float32
ZERO, HALF, ONE = F32(0), F32(0.5), F32(1)


@dataclass
class Future:
    """One member on one day.

    Attributes
    ----------
    state : arrays by field name, without the member axis; a field without axes is an array of shape ()
    parameters : float32 by name
    constants : arrays of the world by name
    day, seed, number : day of the run, seed of the run, number of the member
    """

    state: SimpleNamespace
    parameters: SimpleNamespace
    constants: SimpleNamespace
    day: int
    seed: int
    number: int

    def luck(self, process: int, entity: int, draw: int, hit: int = 0) -> Any:
        """Uniform float32 of one named decision; `hit` counts what is decided after it (1, 2, ... hit groups)."""
        with np.errstate(over="ignore"):  # the hash wraps around on purpose
            key = stream(np.uint64(self.seed), process, entity, self.day, draw)
            if hit:
                key = mix64(key + np.uint64(hit))
            return uniform(key, np.uint32(self.number))

    def tanker_l(self) -> int:
        """Whole litres of one tanker."""
        return int(np.floor(self.parameters.truck_m3 * F32(1000)))

    def normal_trucks(self, supply_l: Any) -> Any:
        """Trucks a day, float32, that carry a normal supply of `supply_l` litres a day."""
        return supply_l * self.parameters.demand_factor / F32(self.tanker_l())


def future_of(
    state: Mapping[str, Any], parameters: Mapping[str, Any], constants: Mapping[str, Any], lane: int, day: int,
    seed: int, number: int,
) -> Future:  # fmt: skip
    """Copy one lane out of the arrays of a block, whose last axis is the member."""
    return Future(
        SimpleNamespace(**{name: np.array(array[..., lane]) for name, array in state.items()}),
        SimpleNamespace(**{name: array[lane] for name, array in parameters.items()}),
        SimpleNamespace(**constants),
        day,
        seed,
        number,
    )


def held(x: Any, low: Any, high: Any) -> Any:
    """x held between low and high."""
    return min(max(x, low), high)


def added(values: Sequence[Any]) -> Any:
    """Float32 sum in the order given."""
    total = ZERO
    for value in values:
        total = total + F32(value)
    return total


def dealt(whole: int, weights: Sequence[int], start: float = 0.0) -> list[int]:
    """Split a whole number over whole weights: part k ends at floor(whole (w_1 + ... + w_k) / sum w + start)."""
    total, upto, parts, before = sum(weights), 0, [], 0
    for weight in weights:
        upto += weight
        end = math.floor(Fraction(whole * upto, total) + Fraction(start)) if total else 0
        parts.append(end - before)
        before = end
    return parts
