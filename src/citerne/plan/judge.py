"""Judging a plan on the simulator: the same futures for every plan, one number per future, larger being better."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.engine.block import Block, Engine
from citerne.engine.fields import Series, World
from citerne.ensemble.parcels import Recipe, ensemble_from, recipe_of
from citerne.ensemble.run import Ensemble
from citerne.ensemble.workers import Jobs, in_order, kept
from citerne.plan.decision import Decision, Frame, laid

Array = np.ndarray[Any, Any]
Objective = Literal["cover", "people", "hospital", "mixed"]
TAIL = 0.1  # share of worst futures that CVaR averages over
UNITS = {
    "cover": "days of cover at the hub, lowest",
    "people": "share of normal use that people got",
    "hospital": "person-days without hospital, negative",
    "mixed": "standard deviations, mean of the three",
}


def cvar(values: Array, tail: float = TAIL) -> float:
    """Mean of the worst `tail` share of futures, larger values being better (Rockafellar & Uryasev 2000)."""
    count = max(1, int(np.ceil(tail * values.size)))
    return float(np.sort(values)[:count].mean())


def robust(values: Array) -> float:
    """What the search raises: half the mean, half the mean of the worst tenth."""
    return 0.5 * float(values.mean()) + 0.5 * cvar(values)


@dataclass(frozen=True)
class Extra:
    """Loaded trucks that come to one border beyond those of the case: so many of each product, on each of some days."""

    corridor: int
    trucks: tuple[int, ...]
    days: tuple[int, ...]


@dataclass(frozen=True)
class Judgement:
    """Measures of one plan by future, (member,) each: the three objectives and what stands beside them."""

    measures: dict[str, Array]

    def of(self, objective: Objective, against: Judgement | None = None) -> Array:
        """The objective by future; `mixed` is in spreads of `against`."""
        if objective != "mixed":
            return self.measures[objective]
        base = against or self
        parts = [self.measures[k] / max(float(base.measures[k].std()), 1e-9) for k in ("cover", "people", "hospital")
                 if k in self.measures]  # fmt: skip
        return np.asarray(np.mean(parts, axis=0))


class Judge:
    """Runs plans from the morning of the first day of decision on, all over the same futures."""

    def __init__(self, ensemble: Ensemble, frame: Frame) -> None:
        self.frame, self.seed = frame, ensemble.plan.seed
        self.recipe = (recipe_of(ensemble), frame)
        full = ensemble.engine
        self.world: World = full.world
        self.series = _series(ensemble)
        self.engine = Engine(full.processes, full.world, list(self.series.values()))
        self.engine.prepare()
        order = list(self.engine.series)
        self._row = {name: order.index(series) for name, series in self.series.items()}
        self.starts = [ensemble.open(k) for k in ensemble.chunks()]
        for block in self.starts:
            self.engine.run(block, frame.first_day, self.seed)
        self.demand_factor = np.concatenate([block.parameters["demand_factor"] for block in self.starts])
        self.combinations = ensemble.setup.combinations
        case = ensemble.case
        self.theatre_names, self.corridor_names = case.ids("theatres"), case.ids("corridors")
        self.product_names = case.ids("products")
        self.combination = np.concatenate([block.parameters["plan_row"] for block in self.starts]).astype(int)

    def judge(
        self, decision: Decision | None, extra: Extra | None = None, fixed: Mapping[str, float] | None = None,
        world: World | None = None,
    ) -> Judgement:  # fmt: skip
        """One plan; None is the record, day by day.

        Parameters
        ----------
        extra : trucks that come beyond those of the case
        fixed : parameters set to one value in every future
        world : constants instead of the case's own
        """
        base = world or self.world
        engine = copy.copy(self.engine)
        engine.world = base if decision is None else laid(decision, self.frame, base)
        parts = []
        for start in self.starts:
            block = start.copy()
            for name, value in (fixed or {}).items():
                block.parameters[name] = np.full_like(block.parameters[name], value)
            parts.append(self._run(engine, block, extra))
        return self._measure(np.concatenate(parts, axis=2))

    def _run(self, engine: Engine, block: Block, extra: Extra | None) -> Array:
        if extra is None:
            return engine.run(block, self.frame.days, self.seed)
        spans = []
        for day in extra.days:
            spans.append(engine.run(block, day, self.seed))
            block.state["waiting_trucks"][extra.corridor] += np.array(extra.trucks, np.int32)[:, None]
        spans.append(engine.run(block, self.frame.days, self.seed))
        return np.concatenate(spans, axis=0)

    def judge_all(self, decisions: Sequence[Decision], jobs: Jobs) -> list[Judgement]:
        """Several plans at once, one thread or one worker elsewhere each."""
        return self.judge_calls([(decision,) for decision in decisions], jobs)

    def judge_calls(self, calls: Sequence[tuple[Any, ...]], jobs: Jobs) -> list[Judgement]:
        """The same for any arguments of `judge`."""
        return list(in_order(jobs, self.judge, judge_there, self.recipe, calls))

    def standing(self, decision: Decision | None) -> Array:
        """Mean trucks that wait at the border of each corridor, (corridor,)."""
        engine = copy.copy(self.engine)
        engine.world = self.world if decision is None else laid(decision, self.frame, self.world)
        out = engine.run(self.starts[0].copy(), self.frame.days, self.seed).mean(axis=(0, 2))
        names = [name for name in self._row if name.startswith("waiting.")]
        return np.array([out[self._row[name]] for name in names], np.float64)

    def border_flows(self, decision: Decision | None) -> tuple[Array, Array, Array]:
        """Means over futures (theatre, week): trucks that reach the border, that leave it; and waiting at the start."""
        engine = copy.copy(self.engine)
        engine.world = self.world if decision is None else laid(decision, self.frame, self.world)
        start = self.starts[0]
        out = engine.run(start.copy(), self.frame.days, self.seed).mean(axis=2)
        names = [name.removeprefix("sent.") for name in self._row if name.startswith("sent.")]
        theatre = self.world.constants["corridor_theatre"]
        weeks = -(-out.shape[0] // 7)
        reach, leave = np.zeros((len(self.frame.theatres), weeks)), np.zeros((len(self.frame.theatres), weeks))
        opening = np.zeros(len(self.frame.theatres))
        for c, name in enumerate(names):
            j = self.frame.theatres.index(int(theatre[c]))
            sent, waiting = out[:, self._row[f"sent.{name}"]], out[:, self._row[f"waiting.{name}"]]
            before = float(start.state["waiting_trucks"][c].sum(axis=0).mean())
            came = sent + np.diff(waiting, prepend=before)
            opening[j] += before
            for w in range(weeks):
                leave[j, w] += sent[7 * w : 7 * w + 7].sum()
                reach[j, w] += came[7 * w : 7 * w + 7].sum()
        return reach, leave, opening

    def _measure(self, out: Array) -> Judgement:
        def row(name: str) -> Array:
            return np.asarray(out[:, self._row[name]], np.float64)

        found = {
            "cover": row("cover").min(axis=0),
            "people": row("people").mean(axis=0) / self.demand_factor,
            "imports_m3": row("imports_m3").sum(axis=0),
            "trucks_destroyed": row("trucks_destroyed")[-1],
        }
        if "hospital" in self._row:
            found["hospital"] = -row("hospital").sum(axis=0)
        if "civilians_killed" in self._row:
            found["civilians_killed"] = row("civilians_killed").sum(axis=0)
        found["protection_cost_fares"] = row("protection_cost_fares")[-1]
        return Judgement(found)

    def first_low_day(self, decision: Decision, cover_days: float) -> Array:
        """Day of the run on which the hub first has less than `cover_days`, (member,); the end where it never has."""
        engine = copy.copy(self.engine)
        engine.world = laid(decision, self.frame, self.world)
        parts = [engine.run(start.copy(), self.frame.days, self.seed)[:, self._row["cover"]] for start in self.starts]
        low = np.concatenate(parts, axis=1) < cover_days
        return np.where(low.any(axis=0), low.argmax(axis=0) + self.frame.first_day, self.frame.days)

    def require(self, objective: Objective) -> None:
        """UsageError if the case does not record what the objective needs."""
        if objective == "hospital" and "hospital" not in self._row:
            raise UsageError(_("This case has no hospitals (facilities.csv), so --objective hospital has no meaning."))


def judge_there(recipe: tuple[Recipe, Frame], decision: Decision | None, *more: Any) -> Judgement:
    """`Judge.judge` in another process, which makes the judge once and keeps it."""
    return kept(recipe, lambda: Judge(ensemble_from(recipe[0]), recipe[1])).judge(decision, *more)


def _series(ensemble: Ensemble) -> dict[str, Series]:
    """What is recorded of each run, by name."""
    case = ensemble.case
    known = {(s.variable, s.place, s.product): s for s in ensemble.engine.series}
    hub, country = case.header.hub, case.header.country
    wanted = {
        "cover": ("stock_days", hub, "all"),
        "imports_m3": ("imports_volume", country, "all"),
        "trucks_destroyed": ("trucks_destroyed_cumulative", country, "all"),
        "protection_cost_fares": ("protection_cost_cumulative", country, ""),
        "hospital": ("person_days_unserved", country, "hospital"),
    }
    found = {name: known[key] for name, key in wanted.items() if key in known}
    found["people"] = _served(ensemble)
    for corridor in case.ids("corridors"):
        found[f"sent.{corridor}"] = known["trucks_dispatched", corridor, "all"]
        found[f"waiting.{corridor}"] = known["tankers_waiting_border", corridor, "all"]
    killed = [s for key, s in known.items() if key[:2] == ("civilians_killed", country)]
    if killed:
        cells = tuple(cell for s in killed for cell in s.cells)
        weights = tuple(weight for s in killed for weight in s.weights)
        found["civilians_killed"] = Series(
            "civilians_killed", country, "all", "people", killed[0].field, cells, weights
        )
    return found


def _served(ensemble: Ensemble) -> Series:
    """Sold over normal use of all but power plants, averaged over people; divided by the demand factor afterwards."""
    fixed = ensemble.engine.world.constants
    use = fixed["reserved_l"] + fixed["retail_l"] + fixed["bulk_l"]
    people = np.where(use.sum(axis=1) > 0, fixed["people"], 0).astype(float)
    share = people / max(people.sum(), 1.0)
    cells, weights = [], []
    for p, f in zip(*np.nonzero(use), strict=True):
        cells.append(int(p * use.shape[1] + f))
        weights.append(float(share[p] / use[p].sum()))
    return Series("people_served", ensemble.case.header.country, "", "share", "sold_l", tuple(cells), tuple(weights))
