"""A randomised escort schedule over corridors and days that keeps given chances and cannot be foreseen.

A plan says how often each corridor is escorted on each day (marginal coverage, 0 to 1). One schedule is drawn from it
by the pivotal method (Deville & Tille 1998, Biometrika 85:89-101): two undecided cells meet, chance moves from one to
the other until one of them is decided, and each cell keeps its marginal exactly. Pairs meet within a day first, so that
the number of escorts of each day is the planned number up to rounding, and then across days, so that the total is too.

The draw comes from the entropy of the system: two plans from the same inputs do not draw the same schedule. Its seed is
written to the private plan file only, so that the plan's owner can check the draw. Corridors and days, nothing finer.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.private import write_own
from citerne.base.text import _
from citerne.plan.program import BoolArray, FloatArray

Cell = tuple[int, int]  # corridor, day


@dataclass(frozen=True)
class Schedule:
    """One drawn schedule.

    Attributes
    ----------
    corridors, days : names of the axes
    coverage : [corridor, day] chance of an escort that the draw keeps
    escorted : [corridor, day] the draw
    seed : what it was drawn with; never shown in a representation, kept in the private file only
    """

    corridors: tuple[str, ...]
    days: tuple[dt.date, ...]
    coverage: FloatArray
    escorted: BoolArray
    seed: int = field(repr=False)

    def rows(self) -> list[dict[str, str]]:
        """The escorted corridor-days in order of day: corridor and day, nothing finer."""
        return [
            {"day": day.isoformat(), "corridor": corridor}
            for d, day in enumerate(self.days)
            for c, corridor in enumerate(self.corridors)
            if self.escorted[c, d]
        ]


def draw_schedule(
    coverage: FloatArray, *, corridors: Sequence[str], days: Sequence[dt.date], seed: int | None = None
) -> Schedule:
    """Draw one schedule whose chance of an escort in each cell is the coverage of the cell.

    Parameters
    ----------
    coverage : [corridor, day] between 0 and 1
    seed : leave out to draw from the entropy of the system; give only to check a draw that has been made

    Raises
    ------
    UsageError : wrong shape, or a coverage outside 0 to 1
    """
    coverage = np.asarray(coverage, np.float64)
    if coverage.shape != (len(corridors), len(days)):
        text = _("coverage has shape {shape}; expected {corridors} corridors by {days} days.")
        raise UsageError(text.format(shape=coverage.shape, corridors=len(corridors), days=len(days)))
    if not np.all((coverage >= 0) & (coverage <= 1)):
        raise UsageError(_("A coverage lies outside 0 to 1."))
    drawn_with = secrets.randbits(128) if seed is None else seed
    escorted = _pivotal(coverage, np.random.default_rng(drawn_with))
    return Schedule(tuple(corridors), tuple(days), coverage, escorted, drawn_with)


def _pivotal(coverage: FloatArray, rng: np.random.Generator) -> BoolArray:
    """[corridor, day] 0/1 draw with exact marginals; sums of days and the total are kept up to rounding."""
    chance = coverage.copy()
    undecided = [
        cell for day in range(chance.shape[1]) if (cell := _settle(chance, _shuffled_cells(chance, day, rng), rng))
    ]
    rng.shuffle(undecided)
    last = _settle(chance, undecided, rng)
    if last is not None:
        chance[last] = float(rng.random() < chance[last])
    return chance > 0.5


def _shuffled_cells(chance: FloatArray, day: int, rng: np.random.Generator) -> list[Cell]:
    return [(int(corridor), day) for corridor in rng.permutation(chance.shape[0])]


def _settle(chance: FloatArray, cells: list[Cell], rng: np.random.Generator) -> Cell | None:
    """Let the cells meet in pairs until at most one is undecided; returns it. Chances change in place."""
    left: Cell | None = None
    for cell in cells:
        if chance[cell] in (0.0, 1.0):
            continue
        if left is None:
            left = cell
            continue
        left = _meet(chance, left, cell, rng)
    return left


def _meet(chance: FloatArray, first: Cell, second: Cell, rng: np.random.Generator) -> Cell | None:
    """One pivotal step: the sum stays, at least one of the two becomes 0 or 1; returns the undecided one, if any."""
    a, b = float(chance[first]), float(chance[second])
    total = a + b
    # below 1 one of them gets everything; from 1 on one of them gets a whole escort
    rest = total if total < 1.0 else total - 1.0
    decided = 0.0 if total < 1.0 else 1.0
    first_gets_rest = a / total if total < 1.0 else (1.0 - a) / (2.0 - total)
    keeper, other = (first, second) if rng.random() < first_gets_rest else (second, first)
    chance[keeper], chance[other] = rest, decided
    return keeper if 0.0 < rest < 1.0 else None


def write_private(schedule: Schedule, path: Path) -> None:
    """Write the schedule with its seed to a new file that only its owner can read (mode 0600).

    Raises
    ------
    UsageError : the file exists; a realised schedule is never overwritten
    """
    payload = {
        "days": [day.isoformat() for day in schedule.days],
        "corridors": list(schedule.corridors),
        "coverage": schedule.coverage.tolist(),
        "escorted": schedule.rows(),
        "seed": str(schedule.seed),
    }
    try:
        write_own(path, json.dumps(payload, indent=1).encode())
    except FileExistsError:
        raise UsageError(_("{path} exists; a drawn schedule is not overwritten.").format(path=path)) from None
