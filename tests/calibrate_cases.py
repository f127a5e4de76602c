"""A small country with unknowns, and reports of it that we wrote ourselves; a sampler on plain functions."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from citerne.calibrate.observe import BOUNDS, error_of, report_noise, scale_of
from citerne.calibrate.simulate import Futures, Simulator
from citerne.calibrate.tempering import MOVES, Population, Sampler
from citerne.case.case import Case, load

# unknown -> prior (distribution, low, best, high); everything else stays as the toy case has it
UNKNOWN = {
    "hazard_per_km": ("lognormal", 0.0003, 0.0008, 0.002),
    "loss_at_50": ("lognormal", 2.5, 5.0, 9.0),
    "demand_factor": ("lognormal", 0.8, 1.0, 1.25),
    "opening_factor_hub": ("lognormal", 0.7, 1.0, 1.4),
}
# variable, place, product, first day, last day, aggregation, unit
SEEN = (
    ("imports_volume", "roadland", "all", 1, 12, "sum", "m3"),
    ("imports_volume", "roadland", "all", 13, 24, "sum", "m3"),
    ("trucks_destroyed_cumulative", "roadland", "all", 1, 8, "last", "trucks"),
    ("trucks_destroyed_cumulative", "roadland", "all", 1, 16, "last", "trucks"),
    ("trucks_destroyed_cumulative", "roadland", "all", 1, 24, "last", "trucks"),
    ("tankers_arrived", "capital", "all", 10, 20, "sum", "trucks"),
    ("stock_days", "capital", "all", 1, 3, "mean", "days"),
    ("stock_days", "capital", "all", 10, 12, "mean", "days"),
    ("stock_days", "capital", "all", 22, 24, "mean", "days"),
)


def target(k: int, **other: Any) -> dict[str, Any]:
    """Row k of what is seen, exact, reliability B, without a value yet."""
    variable, place, product, first, last, how, unit = SEEN[k]
    start = dt.date(2025, 1, 1)
    row: dict[str, Any] = {
        "target_id": f"T{k}", "variable": variable, "place": place, "product": product,
        "date_start": start + dt.timedelta(days=first - 1), "date_end": start + dt.timedelta(days=last - 1),
        "aggregation": how, "low": None, "best": None, "high": None, "unit": unit, "bound": "exact", "reliability": "B",
        "variant": "", "known_date": start + dt.timedelta(days=last - 1),
    }  # fmt: skip
    return row | other


def small_country(unknown: dict[str, tuple[str, float, float, float]] = UNKNOWN) -> Case:
    """The toy of two roads, some of its fixed numbers replaced by priors."""
    case = load("toy_road")
    rows = [row for row in case.rows("parameters") if row["parameter"] not in unknown]
    for name, (shape, low, best, high) in unknown.items():
        rows.append({"parameter": name, "distribution": shape, "low": low, "best": best, "high": high,
                     "source": "judgement", "confidence": "E", "_row": 0})  # fmt: skip
    return dataclasses.replace(case, tables=MappingProxyType({**case.tables, "parameters": tuple(rows)}))


def reports(simulator: Simulator, futures: Futures, which: int, seed: int, bias: float = 0.0) -> list[dict[str, Any]]:
    """Reports of one future as the observation model has them; `bias` is added to the standardised error."""
    out = []
    for k, row in enumerate(simulator.targets):
        noise = report_noise(row, np.array([which], np.uint32), seed)[0] + bias
        x, sigma, scale = futures.statistics[k, which], error_of(row), scale_of(row["unit"])
        seen = x * np.exp(sigma * noise) if scale == "log" else np.clip(x + sigma * noise, *BOUNDS[scale])
        out.append({**row, "best": float(seen)})
    return out


def plain_sampler(
    statistic: Callable[[np.ndarray], np.ndarray],
    loglik: Callable[[np.ndarray], np.ndarray],
    seed: int = 1,
    weak: np.ndarray | None = None,
) -> Sampler:
    """A sampler on a function of the scores, without luck or variants."""

    def run(scores: np.ndarray, members: np.ndarray, combination: np.ndarray) -> Futures:
        return Futures(scores, np.atleast_2d(members), combination, np.atleast_2d(statistic(scores)))

    return Sampler(
        run, loglik, lambda z: np.zeros(z.shape[1]), lambda u: np.zeros(len(u), np.int64), seed,
        weak=weak,
    )  # fmt: skip


def posterior(sampler: Sampler, unknowns: int, size: int, steps: int) -> Population:
    """The population after a budget of `steps` steps."""
    start = np.random.default_rng([sampler.seed, 99]).standard_normal((unknowns, size))
    return sampler.to_posterior(sampler.open(start, 0), size * (1 + MOVES * steps))
