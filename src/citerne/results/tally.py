"""Counts that can be added up: quantiles of any number of futures in flat memory.

Each outcome has a declared grid. A bounded one (a share, hours of a day) has 1,000 equal steps from 0 to its bound; any
other has 1,000 equal ratios between the two limits of its unit, below. Values at or below the lower limit share one
class that stands for 0, values at or above the upper limit one that stands for the limit. A quantile is found in its
class by the rank inside it, so it is off by at most one step: a thousandth of the bound, or the ratio below.

| unit | limits | ratio of neighbours |
|---|---|---|
| m3 | 0.01 to 1e8 | 1.023 |
| trucks, convoys | 0.1 to 1e5 | 1.014 |
| days, h | 0.001 to 1000 | 1.014 |
| any other | 0.0001 to 1e9 | 1.030 |

A chunk keeps its classes sorted by series and week, with the sums of its values; chunks are added in the order of their
numbers, so the pooled figures do not depend on who computed what, or when.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.results.results import QUANTILES, SeriesKey
from citerne.schema.outcomes import OUTCOME_BY_NAME

Array = np.ndarray[Any, Any]
STEPS = 1000
CLASSES = STEPS + 2  # one below, one above
LIMITS = {"m3": (1e-2, 1e8), "trucks": (0.1, 1e5), "convoys": (0.1, 1e5), "days": (1e-3, 1e3), "h": (1e-3, 1e3)}
OTHER_LIMITS = (1e-4, 1e9)
Statistics = Mapping[tuple[str, str, str, str], Array]  # variable, place, product, statistic -> (member,)


@dataclass(frozen=True)
class Grid:
    """Classes of one outcome."""

    low: float
    high: float
    linear: bool

    def classes(self, values: Array) -> Array:
        """Class of each value, uint16."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.linear:
                at = values * np.float32(STEPS / self.high)
            else:
                at = np.log(values * np.float32(1 / self.low)) * np.float32(STEPS / np.log(self.high / self.low))
        at = np.where(values >= np.float32(self.high), STEPS, np.where(values > self.low, at, -1))
        return (np.clip(np.floor(at), -1, STEPS) + 1).astype(np.uint16)

    def value(self, where: Array) -> Array:
        """Value at a place on the grid: class number plus the part of the class that lies below, float64."""
        part = np.clip((where - 1) / STEPS, 0, 1)
        inside = part * self.high if self.linear else self.low * (self.high / self.low) ** part
        return np.where(where < 1, 0.0, inside)


def grid_of(key: SeriesKey) -> Grid:
    """The declared grid of a series."""
    outcome = OUTCOME_BY_NAME.get(key.variable)
    if outcome is not None and outcome.high is not None:
        return Grid(0.0, float(outcome.high), True)
    return Grid(*LIMITS.get(key.unit, OTHER_LIMITS), False)


def weeks(days: int) -> list[int]:
    """Days on which series are reported: every seventh, or the last one of a shorter run."""
    return list(range(6, days, 7)) or [days - 1]


def pack(keys: Sequence[SeriesKey], values: Array, statistics: Statistics, ledger: Array) -> bytes:
    """The tally of one chunk as a file: sorted classes and sums by week and series, statistics by member.

    `values` is float32 (day, series, member), `ledger` int64 (2, product): largest imbalance and throughput, litres.
    Equal input gives equal bytes.
    """
    picked = values[weeks(values.shape[0])]
    classes = np.empty(picked.shape, np.uint16)
    for s, key in enumerate(keys):
        classes[:, s] = grid_of(key).classes(picked[:, s])
    classes.sort(axis=2)
    names = np.array(["\t".join(name) for name in statistics], dtype=np.str_)
    table = np.array(list(statistics.values()), np.float64).reshape(len(statistics), values.shape[2])
    sums = picked.sum(axis=2, dtype=np.float64)
    return _squeezed({"classes": classes, "sums": sums, "names": names, "statistics": table, "ledger": ledger})


def _squeezed(arrays: Mapping[str, Array]) -> bytes:
    """Arrays as a compressed `.npz` file, by the fastest level: the usual one takes as long as simulating the chunk
    and saves a fifth of the room."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980: equal arrays give equal bytes
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return file.getvalue()


@dataclass(frozen=True)
class Pooled:
    """What is kept of all futures of a large run.

    Attributes
    ----------
    counts : int64 (week, series, class)
    sums : float64 (week, series)
    statistics : float64 (member,) by variable, place, product and statistic
    members : number of futures
    ledger : int64 (2, product), largest imbalance and largest throughput of a future, litres
    """

    counts: Array
    sums: Array
    statistics: Statistics
    members: int
    ledger: Array

    def quantiles(self, keys: Sequence[SeriesKey], probabilities: Sequence[float] = QUANTILES) -> Array:
        """Quantiles (probability, week, series), linear between order statistics as for whole futures."""
        below = np.cumsum(self.counts, axis=2)
        out = np.empty((len(probabilities), *self.sums.shape))
        for s, key in enumerate(keys):
            grid = grid_of(key)
            for q, p in enumerate(probabilities):
                at = p * (self.members - 1)
                low = int(np.floor(at))
                first = self._at_rank(grid, below[:, s], s, low)
                second = self._at_rank(grid, below[:, s], s, min(low + 1, self.members - 1))
                out[q, :, s] = first + (second - first) * (at - low)
        return out

    def _at_rank(self, grid: Grid, below: Array, s: int, rank: int) -> Array:
        where = (below <= rank).sum(axis=1)
        rows = np.arange(len(where))
        inside = self.counts[rows, s, where]
        before = below[rows, where] - inside
        return grid.value(where + (rank - before + 0.5) / np.maximum(inside, 1))

    def means(self) -> Array:
        """Means (week, series)."""
        return self.sums / self.members

    def file(self) -> bytes:
        """As stored in the run folder."""
        names = np.array(["\t".join(name) for name in self.statistics], dtype=np.str_)
        table = np.array(list(self.statistics.values()), np.float64).reshape(len(names), self.members)
        file = io.BytesIO()
        np.savez_compressed(file, counts=self.counts, sums=self.sums, names=names, statistics=table,
                            members=np.int64(self.members), ledger=self.ledger)  # fmt: skip
        return file.getvalue()


def unpack_pooled(data: bytes) -> Pooled:
    """Read what `Pooled.file` wrote."""
    with np.load(io.BytesIO(data)) as file:
        return Pooled(file["counts"], file["sums"], _named(file), int(file["members"]), file["ledger"])


def _named(file: Any) -> dict[tuple[str, str, str, str], Array]:
    names = [tuple(str(name).split("\t")) for name in file["names"]]
    return {(n[0], n[1], n[2], n[3]): row for n, row in zip(names, file["statistics"], strict=True)}


def pool(tallies: Iterable[bytes]) -> Pooled:
    """Add up the tallies of chunks, given in the order of their numbers; one is in memory at a time."""
    counts: Array | None = None
    sums: Array | None = None
    statistics: dict[tuple[str, str, str, str], list[Array]] = {}
    members = 0
    ledgers = []
    for data in tallies:
        with np.load(io.BytesIO(data)) as file:
            classes = file["classes"]
            if counts is None or sums is None:
                counts = np.zeros((*classes.shape[:2], CLASSES), np.int64)
                sums = np.zeros(classes.shape[:2])
            flat = counts.reshape(-1, CLASSES)
            row = np.arange(len(flat))[:, None] * CLASSES + classes.reshape(len(flat), -1)
            np.add.at(counts.reshape(-1), row.ravel(), 1)
            sums += file["sums"]
            for name, values in _named(file).items():
                statistics.setdefault(name, []).append(values)
            ledgers.append(file["ledger"])
            members += classes.shape[2]
    assert counts is not None  # a run has at least one chunk
    assert sums is not None
    named = {name: np.concatenate(parts) for name, parts in statistics.items()}
    return Pooled(counts, sums, named, members, np.max(ledgers, axis=0))
