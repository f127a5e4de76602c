"""Calibrate a case to its targets: gate, re-weighting in small steps, rival readings, scores; resumable.

Order: futures of the prior pass the gate; the same futures are the population from which `tempering` goes to the
posterior; the rest of the budget moves the population on at the posterior. Every step is stored in the work folder, so
that an interrupted calibration goes on from there, to the same result.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from citerne import __version__
from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.calibrate import tempering
from citerne.calibrate.gate import GateRow, not_ruled_out, prior_gate
from citerne.calibrate.leave_out import left_out
from citerne.calibrate.likelihood import Likelihood, log_likelihoods, on_scale, rivals_of
from citerne.calibrate.moves import weak_unknowns
from citerne.calibrate.observe import Row, comparison_of, error_of
from citerne.calibrate.score import Scorecard, score_comparisons
from citerne.calibrate.simulate import Futures, Simulator
from citerne.calibrate.tempering import Population, Sampler
from citerne.case.case import Case
from citerne.ensemble.draws import quantile
from citerne.ensemble.posterior import LUCK_DAYS
from citerne.ensemble.workers import Jobs

Array = np.ndarray[Any, Any]
SWEEPS = 60, 1200  # moves of each future, at least and where the budget allows it
SMALLEST, ENOUGH, LARGEST = 256, 1024, 4096  # population
TEMPERATURES = 24  # steps of a large budget: about half of them reach the posterior, the others move on there
IDENTIFIED = 0.7  # spread of a posterior over that of its prior, in normal scores, below which an unknown is identified
STRONG = 30  # unknowns that are not counted as weak
RULED_OUT_BUT = 3  # rows that a future may miss and still not be ruled out
Say = Callable[[int, int], None]


@dataclass(frozen=True)
class Calibration:
    """A finished calibration.

    Attributes
    ----------
    simulator : the case with the targets that were used
    prior : futures of the prior, as many as the population
    population : futures of the posterior, equal weights
    gate : prior predictive gate, a row per target
    budget, seed : as asked for
    """

    simulator: Simulator
    prior: Futures
    population: Population
    gate: tuple[GateRow, ...]
    budget: int
    seed: int

    @property
    def likelihood(self) -> Likelihood:
        """How rows and rival readings enter."""
        return rivals_of(self.simulator.targets, reading_weights(self.simulator.case))

    def card(self, futures: Futures) -> Scorecard:
        """Scores of some futures against the targets that were used."""
        return score_futures(futures, self.simulator.targets, self.simulator.not_modelled, self.simulator.targets)

    def values(self, futures: Futures) -> dict[str, Array]:
        """Values of the unknowns by name, (future,)."""
        made = self.simulator.values(futures.scores, futures.combination)
        return {name: made[name] for name in self.simulator.names}

    def parameters(self) -> list[dict[str, Any]]:
        """Prior and posterior of each unknown; `ratio` is posterior over prior spread in normal scores."""
        posterior = self.values(self.population.futures)
        fixed = {name for fixes in self.simulator.setup.fixes for name in fixes}
        out = []
        for k, prior in enumerate(self.simulator.parameters):
            low, high = (float(v) for v in quantile(prior, np.array([0.05, 0.95])))
            p05, p50, p95 = (float(v) for v in np.quantile(posterior[prior.name], [0.05, 0.5, 0.95]))
            ratio = float(self.population.futures.scores[k].std())
            out.append({
                "name": prior.name, "unit": prior.unit, "prior_p05": low, "prior_p95": high, "p05": p05, "p50": p50,
                "p95": p95, "ratio": ratio, "moved": float(self.population.futures.scores[k].mean()),
                "identified": ratio < IDENTIFIED and prior.name not in fixed,
            })  # fmt: skip
        return out

    def readings(self) -> dict[str, float]:
        """Posterior weight of each rival reading."""
        each = log_likelihoods(self.population.futures.statistics, self.simulator.targets)
        return {name: float(share.mean()) for name, share in self.likelihood.readings(each).items()}

    def variants(self) -> list[dict[str, Any]]:
        """Prior and posterior weight of each rival assumption."""
        readings = self.readings()
        out = []
        for row in self.simulator.case.rows("variants"):
            axis, choice = row["axis"], row["choice"]
            is_choice = np.array([c.get(axis) == choice for c in self.simulator.setup.combinations])
            weight = readings.get(choice, float(is_choice[self.population.futures.combination].mean()))
            prior = float(np.array(self.simulator.setup.weights)[is_choice].sum())
            out.append({"name": f"{axis}:{choice}", "prior": prior, "weight": weight})
        return out

    def choices(self, seed: int) -> dict[str, list[str]]:
        """Choice of every future on every axis; that of a rival reading is drawn by its share in the future."""
        setup = self.simulator.setup
        which = self.population.futures.combination
        out = {axis: [setup.combinations[k][axis] for k in which] for axis in setup.combinations[0]}
        each = log_likelihoods(self.population.futures.statistics, self.simulator.targets)
        shares = self.likelihood.readings(each)
        for axis, chosen in out.items():
            names = [row["choice"] for row in self.simulator.case.rows("variants") if row["axis"] == axis]
            if shares and set(shares) <= set(names):
                u = np.random.default_rng([seed, 0xC0]).random(len(chosen))
                edges = np.cumsum(np.stack([shares[name] for name in sorted(shares)]), axis=0)
                out[axis] = [sorted(shares)[min(int((u[k] > edges[:, k]).sum()), len(shares) - 1)]
                             for k in range(len(chosen))]  # fmt: skip
        return out

    def payload(self) -> dict[str, Any]:
        """As `citerne calibrate --json` prints it, seconds left out."""
        after, before = self.card(self.population.futures), self.card(self.prior)
        return {
            "parameters": self.parameters(),
            "variants": self.variants(),
            "coverage_50": after.coverage_50, "coverage_90": after.coverage_90,
            "coverage_50_exact": after.coverage_50_exact,
            "coverage_50_exact_ties": after.coverage_50_exact_ties,
            "left_out": left_out(self.population.futures, self.simulator.targets),
            "prior_coverage_50": before.coverage_50, "prior_coverage_90": before.coverage_90,
            "width_ratio": width_ratio(before, after),
            "kish": tempering.kish_of_draws(self.population.futures),
            "distinct": tempering.distinct(self.population.futures),
            "lucks": len(np.unique(self.population.futures.members, axis=1).T),
            "not_ruled_out": not_ruled_out(self.prior, self.simulator.targets, RULED_OUT_BUT),
            "gate": [row.payload() for row in self.gate],
            "targets": [row["target_id"] for row in self.simulator.targets],
            "not_modelled": [row["target_id"] for row in self.simulator.not_modelled],
            "runs": self.population.runs,
        }  # fmt: skip


def calibrate(
    case: Case,
    targets: Sequence[Row],
    *,
    budget: int,
    seed: int = 1,
    jobs: Jobs = 0,
    work: Path | None = None,
    notice: Callable[[], None] | None = None,
    say: Say | None = None,
    simulator: Simulator | None = None,
) -> Calibration:
    """Calibrate a case.

    Parameters
    ----------
    case : as it was known; `Case.known_until` hides later rows
    targets : observations; those that the case's `until` hides are left out
    budget : futures to run, at least 2,000
    work : folder for finished steps, or None to keep none
    say : told (futures run, budget) after each step

    Raises
    ------
    UsageError : budget too small, or no target that the model can speak to
    """
    if budget < 2000:
        raise UsageError(
            _("A calibration needs a budget of at least 2000 futures, not {budget}.").format(budget=budget)
        )
    known = [row for row in targets if case.until is None or max(row["known_date"], row["date_end"]) <= case.until]
    sim = simulator or Simulator(case, known, notice=notice)
    if not sim.targets:
        raise UsageError(_("None of the targets is modelled and known by then; there is nothing to calibrate to."))
    likelihood = rivals_of(sim.targets, reading_weights(case))
    sampler = Sampler(
        run=lambda scores, members, combination: sim.run(scores, members, combination, seed, jobs=jobs),
        loglik=lambda statistics: likelihood.total(log_likelihoods(statistics, sim.targets)),
        log_start=lambda scores: np.zeros(scores.shape[1]),
        combination=sim.combination,
        seed=seed,
        switched=sim.switched if len(sim.setup.combinations) > 1 else None,
        moves=moves_of(budget),
    )
    size = population_size(budget)
    store = _Store(work, _key(case, sim.targets, budget, seed))
    opening = store.read("prior") or sampler.open(sim.prior_scores(np.arange(size, dtype=np.uint32), seed), 0)
    store.save("prior", opening)
    gate = tuple(prior_gate(opening.futures, sim.targets))
    in_errors = np.stack(
        [on_scale(opening.futures.statistics[k], row) / error_of(row) for k, row in enumerate(sim.targets)]
    )
    sampler = replace(sampler, weak=weak_unknowns(opening.futures.scores, in_errors, STRONG))

    def keep(population: Population) -> None:
        store.save("population", population)
        if say:
            say(min(population.runs, budget), budget)

    final = sampler.to_posterior(store.read("population") or opening, budget, keep=keep)
    return Calibration(sim, opening.futures, final, gate, budget, seed)


def population_size(budget: int) -> int:
    """Futures of a population for a budget, a multiple of 256.

    Enough of them first; then moves, since a population that is seldom moved hangs together; then more of both.
    """
    few, many = SWEEPS
    size = min(budget // few, max(ENOUGH, budget // many))
    return int(min(max(size // 256 * 256, SMALLEST), LARGEST))


def moves_of(budget: int) -> int:
    """Moves of each future in a step: what a budget holds beyond the largest population goes into them."""
    return max(tempering.MOVES, budget // (population_size(budget) * TEMPERATURES))


def reading_weights(case: Case) -> Mapping[str, float]:
    """Prior weight of each rival reading, by its name in the column `variant` of targets: that of the variant's row."""
    return {row["choice"]: row["weight"] for row in case.rows("variants")}


def score_futures(futures: Futures, targets: Sequence[Row], missing: Sequence[Row], every: Sequence[Row]) -> Scorecard:
    """Scores of futures whose statistics stand in the order of `targets`."""
    numbers = np.arange(len(futures), dtype=np.uint32)
    made = [comparison_of(row, futures.statistics[k], numbers) for k, row in enumerate(targets)]
    return score_comparisons(made, missing, every)


def width_ratio(before: Scorecard, after: Scorecard) -> float:
    """Median width of the 90 % band over exact rows, posterior over prior, row by row."""
    pairs = zip(before.rows, after.rows, strict=True)
    ratios = [(b["p95"] - b["p05"]) / (a["p95"] - a["p05"]) for a, b in pairs if a["bound"] == "exact"]
    return float(np.median(ratios)) if ratios else float("nan")


def forecast(
    calibration: Calibration, case: Case, targets: Sequence[Row], *, jobs: Jobs = 0
) -> tuple[Futures, Simulator]:
    """The population run on to the last of `targets`: the same futures, their luck of later days still unseen."""
    sim = Simulator(case, targets)
    if sim.names != calibration.simulator.names:
        raise UsageError(_("The case has other unknowns than the calibration."))
    f = calibration.population.futures
    return sim.run(f.scores, f.members, f.combination, calibration.seed, jobs=jobs), sim


def _key(case: Case, targets: Sequence[Row], budget: int, seed: int) -> str:
    """What a calibration is made from; steps of another one are not gone on with."""
    rows = [{k: v for k, v in row.items() if k != "_row"} for row in targets]
    ways = [population_size(budget), moves_of(budget), tempering.KINDS, tempering.TOGETHER, LUCK_DAYS]
    text = json.dumps([case.digest, rows, budget, seed, __version__, ways], default=_text, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


class _Store:
    """Finished steps of one calibration in a folder."""

    def __init__(self, folder: Path | None, key: str) -> None:
        self.folder = folder
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        mark = folder / "made_from.txt"
        if not mark.is_file() or mark.read_text(encoding="utf-8").strip() != key:
            for name in ("prior", "population"):
                (folder / f"{name}.npz").unlink(missing_ok=True)
            mark.write_text(key + "\n", encoding="utf-8")

    def save(self, name: str, population: Population) -> None:
        """Store one population in place of the last."""
        if self.folder is not None:
            tempering.save(population, self.folder / f"{name}.npz")

    def read(self, name: str) -> Population | None:
        """The stored population, if any."""
        path = self.folder / f"{name}.npz" if self.folder is not None else None
        return tempering.read(path) if path is not None and path.is_file() else None
