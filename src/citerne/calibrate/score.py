"""Score a run against a targets file: quantiles, coverage, CRPS, PIT, and skill against "as last observed"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import Faults
from citerne.calibrate.observe import Comparison, Row, compare_all, last_observed, signed_distance
from citerne.ensemble.draws import uniforms
from citerne.metrics.scores import crps_ensemble, skill
from citerne.metrics.windows import allowed
from citerne.results.results import QUANTILES, Results
from citerne.schema.read import read_table
from citerne.schema.tables import TARGETS

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scorecard:
    """Scores of one run: a row per target it can speak to, and what it cannot."""

    rows: tuple[dict[str, Any], ...]
    not_modelled: tuple[dict[str, Any], ...]
    coverage_50: float
    coverage_90: float
    coverage_50_exact: float
    coverage_50_exact_ties: float
    crps_skill: float | None
    with_reference: int

    def payload(self) -> dict[str, Any]:
        """As `citerne score --json` prints it."""
        return {
            "rows": list(self.rows),
            "coverage_50": self.coverage_50,
            "coverage_90": self.coverage_90,
            "coverage_50_exact": self.coverage_50_exact,
            "coverage_50_exact_ties": self.coverage_50_exact_ties,
            "crps_skill": self.crps_skill,
            "with_reference": self.with_reference,
            "scored": len(self.rows),
            "not_modelled": list(self.not_modelled),
        }


def read_targets(path: Path) -> tuple[Row, ...]:
    """Rows of a targets file; DataError with all faults."""
    faults = Faults()
    rows = read_table(path, TARGETS, faults)
    if not path.exists():
        faults.add(path.name, 0, "", "no such file", "a targets file")
    for row in rows:
        needed = {"exact": "best", "interval": "low", "at_least": "low", "at_most": "high"}.get(row["bound"] or "")
        if needed and row[needed] is None and not (needed == "best" and row["low"] is not None):
            faults.add(path.name, row["_row"], needed, "", f"a number for bound {row['bound']}")
        if row["date_start"] and row["date_end"] and row["date_end"] < row["date_start"]:
            faults.add(path.name, row["_row"], "date_end", row["date_end"], "a day not before date_start")
    faults.raise_if_any()
    return rows


# Counts that a run lays down as practice and so confirm themselves: scored, but left out of the skill.
POLICY_INPUTS = ("secured_convoys",)


def score(results: Results, targets: Sequence[Row]) -> Scorecard:
    """Score a run. An observation counts as inside a band that meets what the report allows."""
    made, missing = compare_all(results, targets)
    return score_comparisons(made, missing, targets)


def score_comparisons(made: Sequence[Comparison], missing: Sequence[Row], targets: Sequence[Row]) -> Scorecard:
    """Score comparisons; `targets` are all rows, from which "as last observed" is taken."""
    rows = [_row(comparison, targets) for comparison in made]
    exact = [row for row in rows if row["bound"] == "exact"]
    paired = [
        row
        for row in rows
        if row["crps_reference"] is not None and row["scale"] > 0 and row["variable"] not in POLICY_INPUTS
    ]
    gained = None
    if paired:
        ours = float(np.mean([row["crps"] / row["scale"] for row in paired]))
        theirs = float(np.mean([row["crps_reference"] / row["scale"] for row in paired]))
        gained = skill(ours, theirs)
    return Scorecard(
        rows=tuple(rows),
        not_modelled=tuple(
            {"target_id": r["target_id"], "variable": r["variable"], "place": r["place"], "product": r["product"]}
            for r in missing
        ),
        coverage_50=share_of(rows, "inside_50"),
        coverage_90=share_of(rows, "inside_90"),
        coverage_50_exact=share_of(exact, "inside_50"),
        coverage_50_exact_ties=share_of(exact, "middle_half"),
        crps_skill=gained,
        with_reference=len(paired),
    )


def share_of(rows: Sequence[dict[str, Any]], column: str) -> float:
    """Share of rows in which a column is true; not a number where there are none."""
    return float(np.mean([row[column] for row in rows])) if rows else float("nan")


def _row(comparison: Comparison, targets: Sequence[Row]) -> dict[str, Any]:
    target, predicted = comparison.row, comparison.predicted
    p05, p25, p50, p75, p95 = (float(np.quantile(predicted, p)) for p in QUANTILES)
    low, high = comparison.limits
    reference = last_observed(target, targets, 200)
    return {
        "target_id": target["target_id"], "variable": target["variable"], "place": target["place"],
        "product": target["product"] or "", "unit": target["unit"] or "", "low": target["low"], "best": target["best"],
        "high": target["high"], "bound": target["bound"], "p05": p05, "p25": p25, "p50": p50, "p75": p75, "p95": p95,
        "inside_50": bool(p25 <= high and low <= p75), "inside_90": bool(p05 <= high and low <= p95),
        "crps": _crps(predicted, (low, high)),
        "crps_reference": None if reference is None else _crps(reference, (low, high)),
        "pit": _pit(comparison), "middle_half": _middle_half(comparison), "scale": _scale(target),
    }  # fmt: skip


def _crps(values: Array, limits: tuple[float, float]) -> float:
    """CRPS of the distance to what the report allows; for an exact report the ordinary CRPS."""
    return float(crps_ensemble(signed_distance(values, limits), 0.0))


def _ranks(comparison: Comparison) -> tuple[float, float]:
    """Least and highest rank of the report among predictions, as shares."""
    low, high = comparison.limits
    return float(np.mean(comparison.predicted < low)), float(np.mean(comparison.predicted <= high))


def _middle_half(comparison: Comparison) -> float:
    """Chance that the randomised PIT lies between 1/4 and 3/4.

    Where many futures say exactly nothing and nothing is reported, the closed 50 % band holds the report whenever a
    quarter of the futures say so, which is more often than its name; ties broken at random keep to one half.
    """
    below, upto = _ranks(comparison)
    if upto <= below:
        return float(0.25 <= below <= 0.75)
    return max(min(upto, 0.75) - max(below, 0.25), 0.0) / (upto - below)


def _pit(comparison: Comparison) -> float:
    """Randomised PIT: rank of the report among predictions, ties and open intervals broken at random."""
    below, upto = _ranks(comparison)
    u = float(uniforms(0, f"pit/{comparison.row['target_id']}", np.zeros(1, np.uint32))[0])
    return below + u * max(upto - below, 0.0)


def _scale(row: Row) -> float:
    """Size of the observed quantity, to add up scores of different units: its value, at least one reporting error."""
    low, high = allowed(row)
    value = max(abs(v) for v in (low, high) if np.isfinite(v))
    floor = {"share": 0.1, "h/day": 2.0, "days": 1.0}.get(row["unit"] or "", 0.0)
    return max(value, floor)
