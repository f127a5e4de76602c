"""Break-points: how far a strain can go before the hub runs low, found by halving on the simulator with common luck.

A strain x is tried on the same futures; the hub holds at x if the median over futures of its lowest days of cover is
`cover_days` or more. The interval between holding and failing is halved until it is narrow. Strains:

* trucks_lost: ambush hazard and the armed group's capacity, both times x; read off as the share of trucks destroyed;
* imports: no blockade, every source loads x of its normal volume; read off as the imports that came, over normal need;
* customs: hours at customs, x from the first day on;
* columns: columns under escort, times x; read off as columns a week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from citerne.case.case import Case
from citerne.engine.block import Block
from citerne.ensemble.run import Ensemble
from citerne.results.results import Results

Strain = Callable[[Ensemble, float], list[Block]]  # puts the strain on; returns the opening blocks to run from


@dataclass(frozen=True)
class Trial:
    """One strength tried: the median lowest days of cover at the hub, and the quantity it is read off as.

    `strength` is None without any strain, as recorded.
    """

    strength: float | None
    cover_days: float
    reading: float


@dataclass(frozen=True)
class Breakpoint:
    """Where the hub stops holding.

    Attributes
    ----------
    name, unit, sense : which strain, unit of the readings, `more` if more of it fails and `less` if less does
    cover_days : days of cover that must hold
    holds, fails : readings of the last trial that held and of the first that failed; None if none did
    as_recorded : the trial without any strain
    strength_holds, strength_fails : the strengths tried for these two
    """

    name: str
    unit: str
    sense: str
    cover_days: float
    holds: float | None
    fails: float | None
    as_recorded: Trial
    strength_holds: float | None
    strength_fails: float | None
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Question:
    """A strain, its strength from easy to hard, and how to read off a run what a person would count.

    `read` is None where the strength itself is that.
    """

    name: str
    unit: str
    sense: str
    easy: float
    hard: float
    apply: Strain
    read: Callable[[Results], float] | None


def find_breakpoint(
    question: Question, make: Callable[[], Ensemble], hub: str, *, cover_days: float, halvings: int, jobs: int = 0
) -> Breakpoint:
    """Halve between the easy and the hard end of a question.

    Parameters
    ----------
    make : a fresh ensemble of the same futures
    hub : place whose cover must hold
    """
    tried: list[Trial] = []

    def attempt(strength: float | None) -> Trial:
        ensemble = make()
        blocks = _opening(ensemble) if strength is None else question.apply(ensemble, strength)
        results = ensemble.run(jobs=jobs, start=blocks)[0]
        cover = float(np.median(results.series("stock_days", hub, "all").min(axis=0)))
        reading = question.read(results) if question.read else strength
        tried.append(Trial(strength, cover, float("nan") if reading is None else reading))
        return tried[-1]

    recorded, easy, hard = attempt(None), attempt(question.easy), attempt(question.hard)
    holds = easy if easy.cover_days >= cover_days else None
    fails = hard if hard.cover_days < cover_days else None
    low, high = question.easy, question.hard
    for _halving in range(halvings if holds and fails else 0):
        middle = (low + high) / 2
        trial = attempt(middle)
        if trial.cover_days >= cover_days:
            holds, low = trial, middle
        else:
            fails, high = trial, middle
    return Breakpoint(
        question.name, question.unit, question.sense, cover_days,
        holds.reading if holds else None, fails.reading if fails else None, recorded,
        holds.strength if holds else None, fails.strength if fails else None, tuple(tried),
    )  # fmt: skip


def find_breakpoints(
    case: Case, make: Callable[[], Ensemble], *, cover_days: float, halvings: int, jobs: int = 0
) -> tuple[Breakpoint, ...]:
    """The break-points of a case, one a question; `make` gives a fresh ensemble of the same futures."""
    hub, need = case.header.hub, sum(row["demand_m3_per_day"] for row in case.rows("demand"))
    return tuple(
        find_breakpoint(question, make, hub, cover_days=cover_days, halvings=halvings, jobs=jobs)
        for question in questions(hub, case.header.country, need)
    )


def questions(hub: str, country: str, need_m3_per_day: float) -> Sequence[Question]:
    """The strains that every case has; `need_m3_per_day` is the country's normal use."""

    def lost_share(results: Results) -> float:
        lost = results.series("trucks_destroyed_cumulative", country)[-1].sum()
        sent = results.series("trucks_dispatched", country).sum()
        return float(lost / max(sent, 1.0))

    def import_share(results: Results) -> float:
        return float(results.series("imports_volume", country, "all").mean() / need_m3_per_day)

    def columns_a_week(results: Results) -> float:
        return float(results.series("secured_convoys", country).mean() * 7)

    return (
        Question("trucks_lost", "share", "more", 0.0, 30.0, _attacks, lost_share),
        Question("imports", "share", "less", 1.2, 0.0, _imports, import_share),
        Question("customs", "h", "more", 0.0, 480.0, _customs, None),
        Question("columns", "columns/week", "less", 6.0, 0.0, _columns, columns_a_week),
    )


def _opening(ensemble: Ensemble) -> list[Block]:
    return [ensemble.open(k) for k in ensemble.chunks()]


def _scale(ensemble: Ensemble, factors: dict[str, float]) -> None:
    """Multiply constants of an ensemble, in arrays of its own."""
    world = ensemble.engine.world
    changed = {name: world.constants[name] * np.float32(factor) for name, factor in factors.items()}
    ensemble.engine.world = replace(world, constants={**world.constants, **changed})


def _attacks(ensemble: Ensemble, strength: float) -> list[Block]:
    blocks = _opening(ensemble)
    for block in blocks:
        for name in ("hazard_per_km", "attack_capacity"):
            block.parameters[name] = (block.parameters[name] * np.float32(max(strength, 1e-6))).astype(np.float32)
    return blocks


def _imports(ensemble: Ensemble, strength: float) -> list[Block]:
    _scale(ensemble, {"supply_l": strength, "plan_blockade": 0.0, "plan_leg_blockade": 0.0})
    return _opening(ensemble)


def _customs(ensemble: Ensemble, strength: float) -> list[Block]:
    blocks = _opening(ensemble)  # first, so that as many trucks stand at customs on day 0 as ever
    world = ensemble.engine.world
    hours = np.full_like(world.constants["plan_customs_h"], strength)
    ensemble.engine.world = replace(world, constants={**world.constants, "plan_customs_h": hours})
    return blocks


def _columns(ensemble: Ensemble, strength: float) -> list[Block]:
    _scale(ensemble, {"plan_columns_per_week": strength})
    return _opening(ensemble)
