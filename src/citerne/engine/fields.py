"""What a process declares: its state, its parameters, and one step over a block of futures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Dtype = Literal["f4", "i4", "i8"]
Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Field:
    """One state array, shape (*axes, member), the member last and contiguous.

    Attributes
    ----------
    name : the name by which steps ask for it
    axes : names of the leading axes; their sizes come from the world
    dtype : `f4`, `i4` (trucks, whole litres), `i8` (totals of litres)
    unit, meaning : for readers and docs
    """

    name: str
    axes: tuple[str, ...]
    dtype: Dtype
    unit: str
    meaning: str


@dataclass(frozen=True)
class Parameter:
    """One uncertain number: a generic prior, which a case may replace by its own row of `parameters.csv`.

    `low` and `high` are the 5 % and 95 % points of normal and lognormal priors, the ends of the others;
    `floor` and `ceiling` are where a draw is cut.
    """

    name: str
    unit: str
    meaning: str
    distribution: str
    low: float
    best: float
    high: float
    source: str
    confidence: Literal["A", "B", "C", "D", "E"] = "E"
    floor: float = -np.inf
    ceiling: float = np.inf


@dataclass(frozen=True)
class World:
    """Constant arrays made from a case, by name, and the size of every axis. No member axis."""

    sizes: Mapping[str, int]
    constants: Mapping[str, np.ndarray[Any, Any]]


Start = Callable[[World, Arrays, Arrays], None]  # world, state (zeros), parameters: fill the opening state in place


@dataclass(frozen=True)
class Process:
    """One mechanism.

    `step` is a plain function; the names of its arguments say which arrays it reads and writes: state fields,
    parameters, constants of the world, and `day`, `seed`, `members`. `start` fills the opening state. `reference`
    is the slow scalar twin used as a test oracle: it takes one member's state as a dict and changes it in place.
    """

    name: str
    meaning: str
    state: tuple[Field, ...]
    parameters: tuple[Parameter, ...]
    step: Callable[..., None]
    start: Start | None = None


@dataclass(frozen=True)
class Series:
    """One recorded quantity: a weighted sum of cells of one field, read at the end of each day.

    `cells` are flat indices over the field's leading axes; `weights` also carry the change of unit.
    """

    variable: str
    place: str
    product: str
    unit: str
    field: str
    cells: tuple[int, ...]
    weights: tuple[float, ...]
