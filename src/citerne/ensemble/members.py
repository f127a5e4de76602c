"""What each member of an ensemble is: its variant, its plan, its parameters."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.engine.fields import Parameter, Process
from citerne.ensemble.draws import draw, uniforms
from citerne.ensemble.posterior import Posterior
from citerne.model.levers import Setting, case_settings, lay_plan
from citerne.model.priors import priors_of, variant_fixes

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Setup:
    """Everything that decides the futures of a run, apart from the member numbers.

    Attributes
    ----------
    combinations : variant choices by axis, one per rival combination
    weights : their weights, sum 1
    plans : lever -> (combination, target, day)
    priors, fixes : priors by name, and what each combination fixes
    """

    combinations: tuple[Mapping[str, str], ...]
    weights: tuple[float, ...]
    plans: Mapping[str, Array]
    priors: Mapping[str, Parameter]
    fixes: tuple[Mapping[str, float], ...]


def prepare(
    case: Case,
    processes: Sequence[Process],
    days: int,
    *,
    variants: Mapping[str, str],
    settings: Sequence[Setting] = (),
    fixed: Mapping[str, float] | None = None,
) -> Setup:
    """Lay out variants, plans and priors; `variants` names the axes that are not left open."""
    combinations, weights = _combinations(case, variants)
    laid = [lay_plan(case, days, [*case_settings(case, chosen), *settings]) for chosen in combinations]
    plans = {name: np.stack([plan[name] for plan in laid]) for name in laid[0]}
    priors = priors_of(processes, case, fixed or {})
    held = set(fixed or {})
    fixes = [
        {name: value for name, value in variant_fixes(case, chosen).items() if name not in held}
        for chosen in combinations
    ]
    return Setup(tuple(combinations), tuple(weights), plans, priors, tuple(fixes))


def _combinations(case: Case, chosen: Mapping[str, str]) -> tuple[list[Mapping[str, str]], list[float]]:
    axes: dict[str, list[tuple[str, float]]] = {}
    for row in case.rows("variants"):
        if chosen.get(row["axis"], row["choice"]) == row["choice"]:
            axes.setdefault(row["axis"], []).append((row["choice"], row["weight"]))
    combinations: list[Mapping[str, str]] = []
    weights: list[float] = []
    for picks in itertools.product(*axes.values()):
        combinations.append(dict(zip(axes, (choice for choice, _weight in picks), strict=True)))
        weights.append(float(np.prod([weight for _choice, weight in picks])))
    total = sum(weights)
    return combinations, [weight / total if total > 0 else 1 / len(weights) for weight in weights]


def combination_of(setup: Setup, members: Array, seed: int) -> Array:
    """Index of the variant combination of each member number, drawn by weight."""
    edges = np.cumsum(setup.weights)
    edges[-1] = 1.0
    return np.searchsorted(edges, uniforms(seed, "variant", members), side="right")


def parameters_of(setup: Setup, members: Array, seed: int, posterior: Posterior | None = None) -> dict[str, Array]:
    """Parameter values of each member, float32, variant fixes applied.

    With a posterior, variants and unknowns come from its draws; what a setting fixes stays fixed, what the posterior
    does not hold is drawn from its prior.
    """
    held = {} if posterior is None else posterior.values
    known = [name for name, prior in setup.priors.items() if name in held and prior.distribution != "fixed"]
    values = draw([prior for name, prior in setup.priors.items() if name not in known], members, seed)
    if posterior is None:
        which = combination_of(setup, members, seed)
    else:
        rows, which = posterior.rows_of(members, seed, setup.combinations)
        drawn = posterior.of_rows(rows)
        values |= {name: drawn[name] for name in known}
    values["plan_row"] = which.astype(np.float32)
    for k, fixes in enumerate(setup.fixes):
        for name, value in fixes.items():
            values[name][which == k] = value
    return values
