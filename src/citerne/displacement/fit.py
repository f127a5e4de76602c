"""Fits the flow to one conflict: a search, then the set of all parameters that do about as well.

The criterion is the mean of two averaged relative differences, with capacities and without them, under one and the
same parameters; without any capacity it is the second alone. Draws within 5 % of the best are accepted: the target
itself is not known better than that (reading the same reports as steps or as straight lines differs by more). The
middle of the accepted set stands for it, never its best corner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citerne.displacement.flow import Floats, Ground, run_flow
from citerne.displacement.parameters import NAMES, Draws, ParameterSet, from_unit, middle, unit_coordinates

TOLERANCE = 1.05
_BATCH = 128  # draws that run together; keeps the arrays in the cache


@dataclass(frozen=True)
class Target:
    """What a fit is held against: the ground, the camp data [day, camp] and what follows from them."""

    ground: Ground
    data: Floats

    @property
    def total(self) -> Floats:
        """People in all camps [day], given to the flow."""
        return np.asarray(self.data.sum(axis=1))

    def until(self, days: int) -> Target:
        """The same, for the first days only."""
        return Target(self.ground, self.data[:days])

    def capacities(self) -> Floats | None:
        """Capacities of the camps [camp], or None if there are none."""
        return self.ground.capacity_people if self.ground.has_capacities else None


@dataclass(frozen=True)
class Misfit:
    """Mean error of each draw and camp [draw, camp], relative to the total of the day; without capacities, and with
    (None where there are none). The sum over camps is the averaged relative difference."""

    without: Floats
    with_capacity: Floats | None

    def criterion(self, held_out: int | None = None) -> Floats:
        """The criterion of the fit [draw], with one camp left out of it if wanted."""
        lines = [self.without] if self.with_capacity is None else [self.without, self.with_capacity]
        if held_out is not None:
            lines = [np.delete(line, held_out, axis=1) for line in lines]
        return np.asarray(np.mean([line.sum(axis=1) for line in lines], axis=0))

    def take(self, draw: int, camp: int) -> tuple[float, float | None]:
        """Errors of one draw at one camp: without and with capacities."""
        withheld = None if self.with_capacity is None else float(self.with_capacity[draw, camp])
        return float(self.without[draw, camp]), withheld


def misfit(target: Target, draws: Draws) -> Misfit:
    """Run all draws with and without capacities and hold them against the data."""
    capacities = target.capacities()
    return Misfit(_errors(target, draws, None), None if capacities is None else _errors(target, draws, capacities))


def _errors(target: Target, draws: Draws, capacities: Floats | None) -> Floats:
    known = target.total > 0
    weight = np.divide(1.0, target.total, out=np.zeros(len(known)), where=known) / max(known.sum(), 1)
    parts = []
    for first in range(0, len(draws), _BATCH):
        some = Draws(draws.values[first : first + _BATCH])
        flow = run_flow(target.ground, some, target.total, target.data[0], capacities)
        parts.append(np.einsum("tnc,t->nc", np.abs(flow.camps - target.data[:, None, :]), weight))
    return np.concatenate(parts)


def fit(target: Target, seed: int = 0, rounds: int = 10, kept: int = 96) -> ParameterSet:
    """Search the bounds and return the accepted set with as many rejected candidates for later re-weighing.

    Parameters
    ----------
    target : ground and data of one conflict
    seed : of the search; another seed moves the figures in the third digit
    rounds : of the search, 96 draws each, around the best 48 so far
    kept : draws that are kept of the accepted ones and of the rejected ones

    Returns
    -------
    ParameterSet; `source` holds the criterion, the runs and the error of the best draw.
    """
    stream = np.random.default_rng(seed)
    spread = stratified(stream, 384)
    scaled, score = spread, misfit(target, Draws(from_unit(spread))).criterion()
    for _round in range(rounds):
        elite = scaled[np.argsort(score, kind="stable")[:48]]
        step = elite[stream.integers(0, len(elite), 96)] + 0.5 * elite.std(axis=0) * stream.normal(
            size=(96, len(NAMES))
        )
        step = np.where((step < 0) | (step > 1), stream.random(step.shape), step)
        scaled = np.concatenate([scaled, step])
        score = np.concatenate([score, misfit(target, Draws(from_unit(step))).criterion()])
    near = scaled[score <= TOLERANCE * np.min(score)]
    # the search crowds around the best; draws that fill the box of what is acceptable evenly are free of that
    low, high = near.min(axis=0), near.max(axis=0)
    margin = 0.15 * (high - low) + 0.01
    low, high = np.clip(low - margin, 0, 1), np.clip(high + margin, 0, 1)
    even = low + (high - low) * stratified(stream, 768)
    even_score = misfit(target, Draws(from_unit(even))).criterion()
    limit = TOLERANCE * min(np.min(score), np.min(even_score))
    good = even[even_score <= limit][:kept]
    good = near if len(good) < 2 else good
    poor = spread[score[: len(spread)] > limit][:kept]
    values = from_unit(np.concatenate([good, poor]))
    accepted = np.arange(len(values)) < len(good)
    source = {
        "criterion": "mean of the averaged relative differences with and without capacities, camp sum, total given",
        "best_criterion": float(min(np.min(score), np.min(even_score))),
        "accepted_within": TOLERANCE,
        "runs": len(score) + len(even),
        "seed": seed,
    }
    return ParameterSet(Draws(values), accepted, middle(values[: len(good)]), source)


def stratified(stream: np.random.Generator, count: int) -> Floats:
    """Points [count, parameter] of the unit cube, one in each slice of every axis (Latin hypercube)."""
    slices = np.stack([stream.permutation(count) for _name in NAMES], axis=1)
    return np.asarray((slices + stream.random(slices.shape)) / count)


def choose(score: Floats, draws: Draws) -> int:
    """The draw that a fit with this criterion [draw] would print: the middle of those within 5 % of the best."""
    good = np.flatnonzero(score <= TOLERANCE * np.min(score))
    return int(good[middle(draws.values[good])])


def leave_one_camp_out(errors: Misfit, draws: Draws) -> tuple[float, float | None]:
    """Sum over camps of the error at a camp under the draw that was chosen without looking at it.

    Returns
    -------
    The two figures, without and with capacities, to be held beside the averaged relative difference. Only the
    parameters are chosen without the camp: the total that is given still holds its people.
    """
    pairs = [errors.take(choose(errors.criterion(held_out=c), draws), c) for c in range(errors.without.shape[1])]
    withheld = [pair[1] for pair in pairs if pair[1] is not None]
    return sum(pair[0] for pair in pairs), sum(withheld) if withheld else None


def on_bounds(values: Floats) -> list[str]:
    """Names of the parameters of one draw [parameter] that stand within 1 % of the search on a bound."""
    scaled = unit_coordinates(values[None, :])[0]
    return [name for name, place in zip(NAMES, scaled, strict=True) if not 0.01 <= place <= 0.99]
