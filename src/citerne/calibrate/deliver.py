"""Fill the folder of a calibration: the posterior, one JSON object, and the tables of the targets for people."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne import __version__
from citerne.calibrate.fit import Calibration
from citerne.calibrate.score import Scorecard
from citerne.case.case import Case
from citerne.ensemble.posterior import FOLDER, mark_of, write_posterior

Array = np.ndarray[Any, Any]
DRAWS = 600
SAME, MOVED = 0.8, 0.4  # spread and shift, in normal scores, of an unknown that the record tells nothing about
SIGN = {"at_least": ">= ", "at_most": "<= "}


def chosen_draws(calibration: Calibration, count: int = DRAWS) -> Array:
    """Futures of the population to keep as draws: spread over it by chance, distinct ones first."""
    scores = calibration.population.futures.scores
    order = np.random.default_rng([calibration.seed, 0xD0]).permutation(scores.shape[1])
    _rows, first = np.unique(scores[:, order], axis=1, return_index=True)
    is_first = np.zeros(len(order), bool)
    is_first[first] = True
    ranked = np.concatenate([order[is_first], order[~is_first]])
    return np.asarray(ranked[:count])


def write_draws(calibration: Calibration, case: Case, folder: Path) -> None:
    """Write the posterior as a table of draws."""
    which = chosen_draws(calibration)
    values = {name: column[which] for name, column in calibration.values(calibration.population.futures).items()}
    choices = {axis: [each[k] for k in which] for axis, each in calibration.choices(calibration.seed).items()}
    targets = calibration.simulator.targets
    until = case.until or max(max(row["known_date"], row["date_end"]) for row in targets)
    about = {
        "case": case.name, "until": min(until, case.header.record_end).isoformat(), "seed": calibration.seed,
        "budget": calibration.budget, "runs": calibration.population.runs, "draws": len(which),
        "targets": [row["target_id"] for row in targets],
        "version": __version__,
        "informed": [p["name"] for p in calibration.parameters() if p["ratio"] < SAME or abs(p["moved"]) > MOVED],
        "priors": {name: mark_of(calibration.simulator.setup.priors[name]) for name in values},
    }  # fmt: skip
    write_posterior(folder, calibration.population.futures.members[:, which], values, choices, about)


def write_calibration(calibration: Calibration, case: Case, folder: Path, payload: Mapping[str, Any]) -> None:
    """Write `posterior/`, `calibration.json` and `targets.md` under `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_draws(calibration, case, folder / FOLDER)
    before, after = calibration.card(calibration.prior), calibration.card(calibration.population.futures)
    (folder / "targets.md").write_text(
        "\n".join(target_table(before, after, payload["left_out"]["rows"])) + "\n", encoding="utf-8"
    )
    text = json.dumps(plain(payload), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "calibration.json").write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """Numbers with six significant digits, not-a-number as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, dt.date) else value


def target_table(before: Scorecard, after: Scorecard, alone: Sequence[Mapping[str, Any]]) -> list[str]:
    """Markdown: prior, posterior, forecast by the other rows, and report of each target, row by row."""
    lines = [
        "| target | what | reported | prior 5 - 50 - 95 % | posterior 5 - 50 - 95 % | inside 90 % | inside 50 % "
        "| from the other rows | inside 90 % | inside 50 % | futures |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for a, b, c in zip(before.rows, after.rows, alone, strict=True):
        what = " ".join(filter(None, (a["variable"], a["place"], a["product"])))
        bands = [" - ".join(f"{row[p]:.3g}" for p in ("p05", "p50", "p95")) for row in (a, b, c)]
        marks = [" | ".join("yes" if row[key] else "**no**" for key in ("inside_90", "inside_50")) for row in (b, c)]
        lines.append(
            f"| {a['target_id']} | {what} | {reported(a)} | {bands[0]} | {bands[1]} | {marks[0]} | {bands[2]} "
            f"| {marks[1]} | {c['effective']:.0f} |"
        )
    return lines


def forecast_table(card: Scorecard) -> list[str]:
    """Markdown: forecast, report and scores of each row, good or bad."""
    lines = [
        "| target | what | reported | 5 - 25 - 50 - 75 - 95 % | inside 90 % | inside 50 % | CRPS | as last observed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in card.rows:
        what = " ".join(filter(None, (row["variable"], row["place"], row["product"])))
        band = " - ".join(f"{row[p]:.3g}" for p in ("p05", "p25", "p50", "p75", "p95"))
        marks = " | ".join("yes" if row[key] else "**no**" for key in ("inside_90", "inside_50"))
        other = "-" if row["crps_reference"] is None else f"{row['crps_reference']:.3g}"
        lines.append(
            f"| {row['target_id']} | {what} | {reported(row)} | {band} | {marks} | {row['crps']:.3g} | {other} |"
        )
    return lines


def reported(row: Mapping[str, Any]) -> str:
    """What was reported, as text."""
    numbers: Sequence[float | None] = (row["best"],) if row["best"] is not None else (row["low"], row["high"])
    return SIGN.get(row["bound"], "") + " - ".join(f"{v:g}" for v in numbers if v is not None) + f" {row['unit']}"
