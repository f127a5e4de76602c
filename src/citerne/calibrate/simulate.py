"""Many futures, and of each only what the targets ask for.

The catalogue is cut down to the series of the targets and the horizon to the last target. A chunk's daily values are
summed up to one number per target as soon as the chunk is run, and dropped: memory does not grow with the days.
Futures are given by normal scores of their unknowns, so that samplers work in a space where the prior is N(0, 1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from citerne.calibrate.observe import Row
from citerne.case.case import Case, load
from citerne.case.policies import find_policy
from citerne.engine.block import Engine
from citerne.engine.fields import Parameter, Process, Series
from citerne.ensemble.draws import quantile, uniforms
from citerne.ensemble.members import Setup, prepare
from citerne.ensemble.posterior import LUCK_DAYS, dated_luck
from citerne.ensemble.workers import Jobs, in_order, kept
from citerne.metrics.windows import aggregate, window
from citerne.model.levers import Setting
from citerne.model.outcomes import Catalogue
from citerne.model.priors import choose_variants
from citerne.model.standard import standard_model
from citerne.model.triggers import with_triggers
from citerne.model.world import build_world

Array = np.ndarray[Any, Any]
CHUNK = 256
UNSEEN = 0xC0000000  # first member number of luck that no calibration has used
SAME = {"": "all", "all": ""}
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Futures:
    """Some futures and what they say about the targets.

    Attributes
    ----------
    scores : float64 (parameter, future), normal scores of the unknowns
    members : uint32 (span, future), the member number that decides the luck of each span of LUCK_DAYS days
    combination : int (future,), variant combination
    statistics : float64 (target, future), the quantity of each target as simulated, without reporting error
    """

    scores: Array
    members: Array
    combination: Array
    statistics: Array

    def __len__(self) -> int:
        return int(self.scores.shape[1])

    def only(self, targets: Sequence[int]) -> Futures:
        """The same futures with the statistics of some targets."""
        return replace(self, statistics=self.statistics[list(targets)])


def join(parts: Sequence[Futures]) -> Futures:
    """Futures of several parts, in order."""
    return Futures(
        np.concatenate([part.scores for part in parts], axis=1),
        np.concatenate([part.members for part in parts], axis=-1),
        np.concatenate([part.combination for part in parts]),
        np.concatenate([part.statistics for part in parts], axis=1),
    )


class Simulator:
    """A case made ready to be run many times against its targets.

    Attributes
    ----------
    parameters : priors of the unknowns, in the order of the scores; fixed ones are left out
    targets : rows that the model can speak to, in file order
    not_modelled : the other rows
    setup : variants, plans and priors
    """

    def __init__(
        self,
        case: Case,
        targets: Sequence[Row],
        *,
        days: int | None = None,
        variants: Sequence[str] = (),
        processes: Sequence[Process] | None = None,
        notice: Callable[[], None] | None = None,
    ) -> None:
        self.case = case
        rows = tuple(dict(row) for row in targets)
        own = Recipe(str(case.folder.resolve()), case.until, rows, days, tuple(variants))
        self.recipe = own if processes is None else None  # workers elsewhere have the standard model only
        start = case.header.start
        self.days = days or max([(row["date_end"] - start).days + 1 for row in targets], default=1)
        policy = find_policy(case, "recorded")
        settings = [Setting(s.lever, s.value, s.target or "all", s.start, s.end) for s in policy.sets]
        steps = standard_model().processes if processes is None else processes
        self.setup: Setup = prepare(case, steps, self.days, variants=choose_variants(case, variants), settings=settings)
        world = with_triggers(case, build_world(case, self.setup.plans, self.days), policy.triggers)
        series = Catalogue(case, world, everything=True).series()
        known = {(s.variable, s.place, s.product): s for s in series}
        wanted = [_find(known, row) for row in targets]
        windows = [window(start, self.days, row["date_start"], row["date_end"]) for row in targets]
        kept = [k for k, one in enumerate(wanted) if one is not None and windows[k] is not None]
        self.targets = tuple(targets[k] for k in kept)
        self.not_modelled = tuple(targets[k] for k in range(len(targets)) if k not in kept)
        needed = {id(wanted[k]): wanted[k] for k in kept}
        self.engine = Engine(steps, world, [s for s in needed.values() if s is not None], notice=notice)
        position = {id(s): k for k, s in enumerate(self.engine.series)}
        self._reads = [(position[id(wanted[k])], windows[k], targets[k]["aggregation"]) for k in kept]
        held = {name for fixes in self.setup.fixes for name in fixes} if self._always_fixed() else set()
        self.parameters: tuple[Parameter, ...] = tuple(
            p for p in self.setup.priors.values() if p.distribution != "fixed" and p.name not in held
        )

    def _always_fixed(self) -> bool:
        names = [set(fixes) for fixes in self.setup.fixes]
        return bool(names) and all(one == names[0] for one in names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the unknowns in the order of the scores."""
        return tuple(p.name for p in self.parameters)

    def prior_scores(self, members: Array, seed: int) -> Array:
        """Normal scores (parameter, future) of the prior draws that a run of this seed gives these members."""
        from scipy.special import ndtri

        return np.stack([ndtri(uniforms(seed, p.name, members)) for p in self.parameters])

    def combination(self, u: Array) -> Array:
        """Variant combination of each uniform, by prior weight."""
        edges = np.cumsum(self.setup.weights)
        edges[-1] = 1.0
        return np.searchsorted(edges, u, side="right")

    def switched(self, now: Array, u: Array, v: Array) -> Array:
        """Combinations (future,) with one variant of each drawn anew from its prior; `u` says which, `v` what."""
        axes = np.minimum((u * len(self._switches)).astype(int), len(self._switches) - 1)
        return np.asarray(self._switches[axes, now, self.combination(v)])

    @cached_property
    def _switches(self) -> Array:
        """The combination that takes one axis from another one, (axis with several choices, combination, other)."""
        rows = [dict(one) for one in self.setup.combinations]
        place = {tuple(one.values()): k for k, one in enumerate(rows)}
        axes = [axis for axis in rows[0] if len({one[axis] for one in rows}) > 1]
        return np.array(
            [[[place[tuple({**one, axis: other[axis]}.values())] for other in rows] for one in rows] for axis in axes]
        )

    def values(self, scores: Array, combination: Array) -> dict[str, Array]:
        """Parameter values, float32 (future,), by name; what is fixed, or fixed by a variant, is included."""
        from scipy.special import ndtr

        lanes = scores.shape[1]
        u = np.clip(ndtr(scores), 2.0**-53, 1 - 2.0**-53)
        half = np.full(lanes, 0.5)
        free = {p.name: k for k, p in enumerate(self.parameters)}
        out = {
            name: quantile(prior, u[free[name]] if name in free else half).astype(np.float32)
            for name, prior in self.setup.priors.items()
        }
        out["plan_row"] = combination.astype(np.float32)
        for k, fixes in enumerate(self.setup.fixes):
            for name, value in fixes.items():
                out[name][combination == k] = value
        return out

    def spans(self, members: Array) -> Array:
        """Luck (span, future) for the whole horizon of futures whose luck is given for all spans, or for the first.

        Spans that are not given get numbers that no calibration uses: luck still unseen.
        """
        spans = -(-self.days // LUCK_DAYS)
        if members.ndim == 1:
            return np.tile(members, (spans, 1))
        unseen = np.arange(members.shape[1], dtype=np.uint32) + np.uint32(UNSEEN)
        return np.concatenate([members[:spans], np.tile(unseen, (max(spans - len(members), 0), 1))])

    def run_chunk(self, scores: Array, members: Array, combination: Array, seed: int) -> Futures:
        """Run up to a few hundred futures; `seed` and `members` (span, future) decide their luck."""
        block = self.engine.open(members[0], self.values(scores, combination))
        daily = self.engine.run(block, self.days, seed, luck=dated_luck(members, seed, 0, self.days))
        statistics = np.empty((len(self._reads), len(combination)))
        for k, (series, days, how) in enumerate(self._reads):
            statistics[k] = aggregate(daily[days, series], how)
        return Futures(scores, members, combination, statistics)

    def run(
        self,
        scores: Array,
        members: Array,
        combination: Array,
        seed: int,
        *,
        jobs: Jobs = 0,
        progress: Progress | None = None,
    ) -> Futures:
        """Run any number of futures over threads, or on an executor elsewhere; the result does not depend on `jobs`.

        `members` is uint32 (future,) or (span, future), see `spans`.
        """
        if self.recipe is None and not isinstance(jobs, int):
            raise ValueError("only the standard model can be made again by workers elsewhere")
        self.engine.prepare()
        members, count = self.spans(members), scores.shape[1]
        calls = [
            (scores[:, k : k + CHUNK], members[:, k : k + CHUNK], combination[k : k + CHUNK], seed)
            for k in range(0, count, CHUNK)
        ]
        parts: list[Futures] = []
        for part in in_order(jobs, self.run_chunk, chunk_there, self.recipe, calls):
            parts.append(part)
            if progress:
                progress(min(len(parts) * CHUNK, count), count)
        return join(parts)


@dataclass(frozen=True)
class Recipe:
    """What a simulator of the standard model is made from, for workers elsewhere."""

    case: str
    until: dt.date | None
    targets: tuple[Row, ...]
    days: int | None
    variants: tuple[str, ...]


def chunk_there(recipe: Recipe, scores: Array, members: Array, combination: Array, seed: int) -> Futures:
    """`Simulator.run_chunk` in another process, which makes the simulator once and keeps it."""

    def make() -> Simulator:
        case = load(recipe.case, until=recipe.until)
        return Simulator(case, recipe.targets, days=recipe.days, variants=recipe.variants)

    return kept(recipe, make).run_chunk(scores, members, combination, seed)


def _find(known: Mapping[tuple[str, str, str], Series], row: Row) -> Series | None:
    """Series of a target; an outcome without products also answers to `all` and the reverse."""
    product = row["product"] or ""
    for name in (product, SAME.get(product, product)):
        one = known.get((row["variable"], row["place"], name))
        if one is not None:
            return one
    return None
