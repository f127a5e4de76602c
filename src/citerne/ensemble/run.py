"""Run an ensemble: chunks of 256 futures by member number, over threads, gathered in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citerne import __version__
from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.case.triggers import Trigger
from citerne.engine.block import Block, Engine, Luck, empty_record
from citerne.engine.fields import Process
from citerne.ensemble.ledger import fuel_imbalance_l, opened_l, relative_error
from citerne.ensemble.members import Setup, parameters_of, prepare
from citerne.ensemble.posterior import Posterior, dated_luck, posterior_of, read_posterior
from citerne.ensemble.workers import on_threads
from citerne.model.levers import Setting
from citerne.model.outcomes import Catalogue
from citerne.model.priors import choose_variants, priors_of
from citerne.model.standard import Model, standard_model
from citerne.model.triggers import with_triggers
from citerne.model.world import build_world
from citerne.results.results import Provenance, Results, SeriesKey

Array = np.ndarray[Any, Any]
CHUNK = 256
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What to run: everything but the machine.

    Attributes
    ----------
    days : horizon, counted from the case's day 0
    members, seed : size and luck of the ensemble
    policy, policy_settings, triggers : name, lever settings and rules of the policy
    variants : words that choose rival assumptions; axes not named are drawn by weight
    settings, fixed : single lever settings and fixed parameters, both laid over the rest
    everything : record all places and products
    unknowns : `prior`, `case` (the posterior that the case carries, else the prior), or the folder of a posterior
    fresh_luck : with a posterior, luck of the run's own seed from day 0, not that of the record
    """

    days: int
    members: int = 500
    seed: int = 1
    policy: str = "recorded"
    policy_settings: tuple[Setting, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    variants: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    fixed: Mapping[str, float] | None = None
    words: tuple[str, ...] = ()
    everything: bool = False
    unknowns: str = "prior"
    fresh_luck: bool = False

    def check(self) -> None:
        """UsageError on sizes that cannot run."""
        if self.days < 1:
            raise UsageError(_("A run needs at least one day, not {days}.").format(days=self.days))
        if self.members < 1:
            raise UsageError(_("A run needs at least one future, not {members}.").format(members=self.members))
        if not 0 <= self.seed < 2**63:
            raise UsageError(_("The seed must be a whole number from 0 to 2^63 - 1."))


@dataclass(frozen=True)
class Chunk:
    """Result of one chunk: recorded values (day, series, member), imbalance and throughput (product, member)."""

    index: int
    values: Array
    parameters: Mapping[str, Array]
    members: Array
    imbalance_l: Array
    throughput_l: Array
    snapshot: Block | None


class Room:
    """Memory for one record after the other: fresh pages cost as much time as a tenth of the days."""

    def __init__(self) -> None:
        self._record: Array | None = None

    def of(self, shape: tuple[int, ...]) -> Array:
        """Room for a record of this shape; what was written into it before is gone."""
        if self._record is None or self._record.shape != shape:
            self._record = None  # before the new one is asked for, so that there are never two
            self._record = empty_record(shape)
        return self._record


class Ensemble:
    """A case, a plan and a model made ready: priors drawn per chunk, loop compiled once."""

    def __init__(
        self,
        case: Case,
        plan: Plan,
        *,
        model: Model | None = None,
        notice: Callable[[], None] | None = None,
        plain: bool = False,
    ) -> None:
        plan.check()
        self.case, self.plan = case, plan
        processes = (model or standard_model()).processes
        variants = choose_variants(case, plan.variants)
        settings = [*plan.policy_settings, *plan.settings]
        self.setup: Setup = prepare(
            case, processes, plan.days, variants=variants, settings=settings, fixed=plan.fixed or {}
        )
        self.posterior, self.why_prior = self._find_posterior(processes)
        world = with_triggers(case, build_world(case, self.setup.plans, plan.days), plan.triggers)
        declared = {field.name for process in processes for field in process.state}  # a model may lack some processes
        series = [one for one in Catalogue(case, world, plan.everything).series() if one.field in declared]
        self.engine = Engine(processes, world, series, notice=notice, plain=plain)

    @property
    def record_days(self) -> int:
        """Days from day 0 whose luck is that of the record: none without a posterior or with fresh luck."""
        if self.posterior is None or self.plan.fresh_luck:
            return 0
        return max((self.posterior.until - self.case.header.start).days + 1, 0)

    def _find_posterior(self, processes: Sequence[Process]) -> tuple[Posterior | None, str]:
        """The posterior that the plan asks for, or None and why not."""
        wanted = self.plan.unknowns
        if wanted == "prior":
            return None, ""
        if wanted == "case":
            return posterior_of(self.case, priors_of(processes, self.case, {}))
        return read_posterior(Path(wanted)), ""

    @property
    def keys(self) -> tuple[SeriesKey, ...]:
        """Recorded series in the order of the values."""
        return tuple(SeriesKey(s.variable, s.place, s.product, s.unit) for s in self.engine.series)

    def chunks(self) -> range:
        """Indices of the chunks of this ensemble."""
        return range((self.plan.members + CHUNK - 1) // CHUNK)

    def open(self, index: int) -> Block:
        """Opening block of one chunk."""
        members = np.arange(index * CHUNK, min((index + 1) * CHUNK, self.plan.members), dtype=np.uint32)
        return self.engine.open(members, parameters_of(self.setup, members, self.plan.seed, self.posterior))

    def run_chunk(
        self, index: int, start: Block | None = None, snapshot_day: int | None = None, room: Room | None = None
    ) -> Chunk:
        """Run one chunk from its opening, or from a snapshot block, to the horizon.

        `snapshot_day` keeps a copy of the state on the morning of that day. `room` lends the memory of the record,
        which is then good until the next chunk takes it.
        """
        block = start.copy() if start is not None else self.open(index)
        opening = opened_l(block)
        first, days, kept = block.day, self.plan.days, None
        shape = (max(days - first, 0), len(self.engine.series), len(block.members))
        values = empty_record(shape) if room is None else room.of(shape)
        if snapshot_day is not None and first <= snapshot_day <= days:
            self._advance(block, snapshot_day, values[: snapshot_day - first])
            kept = block.copy()
        self._advance(block, days, values[block.day - first :])
        throughput = opening + block.state["imported_l"]
        imbalance = fuel_imbalance_l(block, opening)
        return Chunk(index, values, block.parameters, block.members, imbalance, throughput, kept)

    def _advance(self, block: Block, last_day: int, out: Array) -> None:
        """Run a block to `last_day`, with the luck of the record as far as that goes and its own beyond.

        `out` (day, series, member) takes the record of these days.
        """
        luck: list[Luck] = []
        if self.posterior is not None and block.day < min(self.record_days, last_day):
            rows, _which = self.posterior.rows_of(block.members, self.plan.seed, self.setup.combinations)
            end = min(self.record_days, last_day)
            known = self.posterior
            luck = dated_luck(known.luck[:, rows], known.luck_seed, block.day, end, known.luck_days)
        self.engine.run(block, last_day, self.plan.seed, out, luck)

    def run(
        self,
        *,
        jobs: int = 0,
        progress: Progress | None = None,
        start: Sequence[Block] | None = None,
        snapshot_day: int | None = None,
    ) -> tuple[Results, list[Block]]:
        """Run every chunk; returns the results and, if asked for, the snapshots.

        Results do not depend on `jobs` (0: one thread per core).
        """
        self.engine.prepare()
        calls = [(k, start[k] if start else None, snapshot_day) for k in self.chunks()]
        chunks: list[Chunk] = []
        for chunk in on_threads(jobs, self.run_chunk, calls):
            chunks.append(chunk)
            if progress:
                progress(min(len(chunks) * CHUNK, self.plan.members), self.plan.members)
        first_day = start[0].day if start else 0
        return self.gathered(chunks, first_day), [chunk.snapshot for chunk in chunks if chunk.snapshot is not None]

    def gathered(self, chunks: Sequence[Chunk], first_day: int) -> Results:
        """Results of all chunks, given in order."""
        products = self.case.ids("products")
        imbalance = np.concatenate([chunk.imbalance_l for chunk in chunks], axis=1)
        throughput = np.concatenate([chunk.throughput_l for chunk in chunks], axis=1)
        values = chunks[0].values if len(chunks) == 1 else np.concatenate([c.values for c in chunks], axis=2)
        names = chunks[0].parameters
        return Results(
            provenance=self.provenance(first_day),
            keys=self.keys,
            values=values,
            parameters={name: np.concatenate([c.parameters[name] for c in chunks]) for name in names},
            balance=relative_error(imbalance, throughput, products),
            member_numbers=np.concatenate([chunk.members for chunk in chunks]),
        )

    def _source(self) -> str:
        if self.posterior is None:
            return "prior"
        return self.posterior.label + (", fresh luck" if self.plan.fresh_luck else "")

    def provenance(self, first_day: int = 0) -> Provenance:
        """What the run was made from."""
        case, plan = self.case, self.plan
        return Provenance(
            case=case.name,
            case_title={"en": case.header.name.en, "fr": case.header.name.fr},
            case_digest=case.digest,
            start=case.header.start + dt.timedelta(days=first_day),
            days=plan.days,
            members=plan.members,
            seed=plan.seed,
            policy=plan.policy,
            variant=",".join(plan.variants),
            settings=plan.words,
            version=__version__,
            until=case.until,
            prior=self._source(),
        )
