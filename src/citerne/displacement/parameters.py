"""The parameters of the flow: what they mean, their bounds, and the set that was fitted once and ships as data."""

from __future__ import annotations

import csv
import json
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citerne.base.errors import UsageError
from citerne.base.text import _

Floats = NDArray[np.float64]
_SOURCE_FILE, _DRAWS_FILE = "parameters.toml", "parameters.csv"
NAMES = ("gamma", "beta", "tau_days", "speed_km_per_day", "fill")


@dataclass(frozen=True)
class Parameter:
    """One fitted parameter: its unit, the bounds of the search, and its meaning."""

    name: str
    unit: str
    low: float
    high: float
    meaning: str


PARAMETERS = (
    Parameter("gamma", "1", 0.5, 6.0, "how fast the choice of a camp falls with the road distance"),
    Parameter("beta", "1", 0.0, 1.0, "power of a zone's population in the number that leaves it"),
    Parameter("tau_days", "days", 15.0, 1500.0, "time in which departures from a zone fade after it is switched on"),
    Parameter("speed_km_per_day", "km/day", 40.0, 150.0, "speed of the journey to a camp"),
    Parameter("fill", "share of capacity", 0.5, 1.2, "share of its capacity at which a camp takes no more people"),
)


@dataclass(frozen=True)
class Draws:
    """Many parameter vectors at once: `values` [draw, parameter] in the order of `NAMES`."""

    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    @property
    def gamma(self) -> Floats:
        """[draw]"""
        return self.values[:, 0]

    @property
    def beta(self) -> Floats:
        """[draw]"""
        return self.values[:, 1]

    @property
    def tau_days(self) -> Floats:
        """[draw], days"""
        return self.values[:, 2]

    @property
    def speed_km_per_day(self) -> Floats:
        """[draw], km/day"""
        return self.values[:, 3]

    @property
    def fill(self) -> Floats:
        """[draw], share of the capacity"""
        return self.values[:, 4]

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Draws:
        """The draws that `which` selects."""
        return Draws(self.values[which])


@dataclass(frozen=True)
class ParameterSet:
    """A fit: all candidates that were looked at again, which of them are accepted, and the one that stands for them.

    `point` is the accepted draw nearest to the middle of the accepted set. `source` says on what, when and how it was
    fitted.
    """

    candidates: Draws
    accepted: NDArray[np.bool_]
    point: int
    source: dict[str, Any]

    @property
    def accepted_draws(self) -> Draws:
        """The accepted set."""
        return self.candidates.take(self.accepted)

    @property
    def point_draw(self) -> Draws:
        """The draw that stands for the set, as a set of one."""
        return Draws(self.candidates.values[[self.point]])


def bounds() -> tuple[Floats, Floats]:
    """Lower and upper bounds [parameter] of the search."""
    return np.array([p.low for p in PARAMETERS]), np.array([p.high for p in PARAMETERS])


def unit_coordinates(values: Floats) -> Floats:
    """Values [draw, parameter] on the scale of the search, 0 at the lower and 1 at the upper bound; tau by its log."""
    low, high = bounds()
    scaled = np.clip((values - low) / (high - low), 0.0, 1.0)
    scaled[:, 2] = np.log(values[:, 2] / low[2]) / np.log(high[2] / low[2])
    return scaled


def from_unit(scaled: Floats) -> Floats:
    """The opposite of `unit_coordinates`."""
    low, high = bounds()
    values = low + (high - low) * scaled
    values[:, 2] = low[2] * (high[2] / low[2]) ** scaled[:, 2]
    return values


def middle(values: Floats) -> int:
    """Index of the draw nearest to the median of all draws, measured in units of the search."""
    scaled = unit_coordinates(values)
    return int(np.argmin(((scaled - np.median(scaled, axis=0)) ** 2).sum(axis=1)))


@lru_cache(maxsize=1)
def shipped() -> ParameterSet:
    """The set that ships with the package: fitted on one conflict, named in its source, and on no other."""
    folder = resources.files("citerne.displacement")
    return _parse(*(folder.joinpath(name).read_text(encoding="utf-8") for name in (_SOURCE_FILE, _DRAWS_FILE)))


def load(folder: Path) -> ParameterSet:
    """A set that `save` has written.

    Raises
    ------
    UsageError
        If the folder holds no such set.
    """
    try:
        texts = [(folder / name).read_text(encoding="utf-8") for name in (_SOURCE_FILE, _DRAWS_FILE)]
        return _parse(*texts)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise UsageError(_("{folder} holds no fitted set: {error}").format(folder=folder, error=error)) from None


def save(fitted: ParameterSet, folder: Path) -> None:
    """Write a set as two small files: parameters.toml (where it comes from) and parameters.csv (the draws)."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fitted.source.items()]
    (folder / _SOURCE_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [",".join((*NAMES, "accepted"))]
    for values, good in zip(fitted.candidates.values, fitted.accepted, strict=True):
        rows.append(",".join(f"{value:.5g}" for value in values) + (",yes" if good else ",no"))
    (folder / _DRAWS_FILE).write_text("\n".join(rows) + "\n", encoding="utf-8")


def _parse(source: str, table: str) -> ParameterSet:
    rows = list(csv.DictReader(table.splitlines()))
    values = np.array([[float(row[name]) for name in NAMES] for row in rows])
    accepted = np.array([row["accepted"] == "yes" for row in rows])
    chosen = np.flatnonzero(accepted)
    return ParameterSet(Draws(values), accepted, int(chosen[middle(values[accepted])]), tomllib.loads(source))
