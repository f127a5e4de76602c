"""Which law of the error forecasts left-out reports best? Each law is fitted anew to the record of Mali.

    python benchmarks/error_laws.py [SEED ...] [--budget N] [--law TEXT ...]

Prints a JSON object for each law and seed: the sum of left-out log scores over rows that are not rival counts, a row at
a time as well, and the log evidence (thermodynamic integration over the temperatures of the sampler). Laws: the present
mixture of two normals, one with at least one report in ten off by more, Student's t; each with a factor on the scale.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from importlib import import_module
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.special import gammaln, stdtr

fit = import_module("citerne.calibrate.fit")  # `citerne.calibrate` is the public function of that name
likelihood = import_module("citerne.calibrate.likelihood")
observe = import_module("citerne.calibrate.observe")
leave_out = import_module("citerne.calibrate.leave_out")
allowed = import_module("citerne.metrics.windows").allowed

Array = np.ndarray[Any, Any]
Law = Callable[[Array, Any], Array]


def two_normals(factor: float, off: float, least: float = 0.0) -> Law:
    """The present law with another scale, another width of wrong reports, and a least share of them."""

    def one_row(values: Array, row: Any) -> Array:
        sigma, wrong = factor * observe.error_of(row), max(observe.WRONG[row["reliability"]], least)
        x = likelihood.on_scale(values, row)
        usual, wide = likelihood._term(x, row, sigma), likelihood._term(x, row, off * sigma)
        return np.asarray(np.logaddexp(math.log1p(-wrong) + usual, math.log(wrong) + wide))

    return one_row


def student(factor: float, nu: float) -> Law:
    """Student's t with `nu` degrees of freedom, exact rows and bounds as `likelihood` treats them."""

    def one_row(values: Array, row: Any) -> Array:
        sigma, x = factor * observe.error_of(row), likelihood.on_scale(values, row)
        scale = observe.scale_of(row["unit"])
        low, high = allowed(row)
        floor, ceiling = observe.BOUNDS[scale]
        if low == high and not (scale != "log" and low in (floor, ceiling)):
            u = (at(low, row) - x) / sigma
            start = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * math.log(nu * math.pi) - math.log(sigma)
            return np.asarray(start - (nu + 1) / 2 * np.log1p(u * u / nu))
        if scale != "log":
            low, high = -math.inf if low <= floor else low, math.inf if high >= ceiling else high
        a, b = (at(low, row) - x) / sigma, (at(high, row) - x) / sigma
        flip = a > 0
        chance = stdtr(nu, np.where(flip, -a, b)) - stdtr(nu, np.where(flip, -b, a))
        return np.asarray(np.log(np.maximum(chance, 1e-300)))

    return one_row


def at(value: float, row: Any) -> float:
    """A figure on the scale of the error."""
    return value if math.isinf(value) else float(likelihood.on_scale(np.array([value]), row)[0])


LAWS: dict[str, Law] = {
    **{f"two normals, c = {c}": two_normals(c, observe.OFF) for c in (1.0, 0.85, 0.7, 0.5, 1.3, 1.6)},
    **{f"1 in 10 off by 4, c = {c}": two_normals(c, 4.0, 0.1) for c in (1.0, 1.3)},
    **{f"1 in 10 off by 5, c = {c}": two_normals(c, 5.0, 0.1) for c in (0.7, 1.0)},
    **{f"Student 3, c = {c}": student(c, 3.0) for c in (0.6, 0.8, 1.0, 1.3)},
    **{f"Student 6, c = {c}": student(c, 6.0) for c in (0.8, 1.0, 1.3)},
}


def judge(made: Any) -> dict[str, Any]:
    """Left-out log scores and evidence of one calibration."""
    futures, targets = made.population.futures, made.simulator.targets
    every = likelihood.log_likelihoods(futures.statistics, targets)
    rows = {}
    for k, row in enumerate(targets):
        if not row["variant"]:
            top = every[k].max()
            rows[row["target_id"]] = math.log(leave_out.weights_without(every[k]) @ np.exp(every[k] - top)) + top
    start = made.likelihood.total(likelihood.log_likelihoods(made.prior.statistics, targets))
    beta, mean = ([float(line[key]) for line in made.population.trace] for key in ("beta", "loglik"))
    evidence = math.log(np.mean(np.exp(beta[0] * (start - start.max())))) + beta[0] * start.max()
    evidence += sum((beta[i + 1] - beta[i]) * (mean[i] + mean[i + 1]) / 2 for i in range(len(beta) - 1))
    return {"left_out": sum(rows.values()), "log_evidence": evidence, "rows": rows}


def main() -> None:
    """Fit and print."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    ask.add_argument("seeds", nargs="*", type=int, default=[11])
    ask.add_argument("--budget", type=int, default=1_000_000)
    ask.add_argument("--law", nargs="*", default=[""], help="texts; only laws whose name holds one of them")
    chosen = ask.parse_args()
    case = import_module("citerne.case.case").load("mali")
    for seed in chosen.seeds:
        for name, law in LAWS.items():
            if not any(text in name for text in chosen.law):
                continue
            with patch.object(likelihood, "one_row", law):
                made = fit.calibrate(case, case.rows("targets"), budget=chosen.budget, seed=seed)
                found = judge(made)
            print(json.dumps({"law": name, "seed": seed, **fit_digits(found)}), flush=True)


def fit_digits(value: Any) -> Any:
    """Two decimals everywhere."""
    if isinstance(value, dict):
        return {key: fit_digits(item) for key, item in value.items()}
    return round(float(value), 2)


if __name__ == "__main__":
    main()
