"""The outlook of a case in one call: hazards, cumulative chances, the board after a take-over, all with their reasons.

Probabilities and rates leave this module with two digits at most: the evidence bears no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.metrics.belief import two_digits
from citerne.metrics.survival import rate_posterior
from citerne.outlook.board import Board, Indicator, build_board
from citerne.outlook.facts import cited, remarks_on
from citerne.outlook.hazards import Factor, Hazard, build_hazards
from citerne.outlook.incidence import Incidence, incidence
from citerne.outlook.inputs import Evidence, read_evidence, text_of
from citerne.outlook.simulated import simulated_ends
from citerne.results.results import Results
from citerne.schema.read import Row
from citerne.schema.tables_outlook import HYPOTHESES, OUTCOMES, REFERENCE_HYPOTHESIS

OUTLOOK_INPUTS = ("judgement_factors", "warning_signs", "indicators", "indicator_evidence")
MONTHS_MOST = 120


def outlook(
    folder: Path,
    *,
    as_of: dt.date | None = None,
    months: int = 12,
    judgement: bool = True,
    draws: int = 4000,
    seed: int = 1,
    run: Results | None = None,
) -> dict[str, Any]:
    """How it may end, and what may follow, ready to print.

    Parameters
    ----------
    folder : case folder; base rates come with the package, other tables may be absent
    as_of : hide rows that became known later
    months : months ahead, 1 to 120
    judgement : False shows base rates alone in `cumulative`
    draws, seed : draws of the uncertain rates and factors
    run : a run whose simulated ends are to stand beside the rates

    Returns
    -------
    dict with `hazards` (per year, with base rate, factors and signs), `cumulative` and `cumulative_base` (chance of
    each end by month), `simulated` (ends in the futures of `run`), `indicators`, `after_takeover`, `sensitivity`,
    `matrix`, `base_rates`, `missing`, `remarks`

    Raises
    ------
    UsageError : months or draws out of range, or a run that recorded no ends
    DataError : all faults of the tables at once
    """
    if not 1 <= months <= MONTHS_MOST:
        raise UsageError(_("months: found {n}, expected 1 to {most}.").format(n=months, most=MONTHS_MOST))
    if not 100 <= draws <= 1_000_000:
        raise UsageError(_("draws: found {n}, expected 100 to 1,000,000.").format(n=draws))
    evidence = read_evidence(folder, as_of=as_of)
    hazards = build_hazards(evidence)
    base, judged = (
        incidence(hazards, OUTCOMES[-1], months=months, draws=draws, seed=seed, judgement=choice)
        for choice in (False, True)
    )
    board = build_board(evidence)
    missing = [name for name in evidence.missing if name in OUTLOOK_INPUTS]
    return {
        "as_of": as_of,
        "months": months,
        "judgement": judgement,
        "draws": draws,
        "seed": seed,
        "hazards": [_hazard(hazard, evidence, draws, seed) for hazard in hazards],
        "cumulative": _cumulative(judged if judgement else base),
        "cumulative_base": _cumulative(base),
        "simulated": simulated_ends(run) if run is not None else [],
        "outcomes": [_outcome(row) for row in evidence.tables["outcome_risks"]],
        "indicators": [_indicator(item, evidence) for item in board.indicators],
        "after_takeover": _after_takeover(board, evidence),
        "sensitivity": _sensitivity(board),
        "matrix": _matrix(board),
        "base_rates": [_base_rate(row) for row in evidence.tables["base_rates"]],
        "missing": missing,
        "remarks": [*remarks_on(evidence), *_caveats(evidence, missing)],
    }


def _caveats(evidence: Evidence, missing: Sequence[str]) -> list[str]:
    remarks = [
        _("Rates of past wars and regimes bound these chances; they rest on few ends and on stated judgement."),
        _("Chances after a take-over hold only if there is one; they are no chance of a take-over."),
    ]
    if missing:
        text = _("This case has no {tables}; base rates stand alone and the board is as empty as they are.")
        remarks.append(text.format(tables=", ".join(f"{name}.csv" for name in missing)))
    used = {
        row[column]
        for row in evidence.tables["outcome_risks"]
        for column in ("base_rate", "share")
        if row[column] is not None
    }
    recalled = [
        r["base_rate"] for r in evidence.tables["base_rates"] if r["basis"] == "memory" and r["base_rate"] in used
    ]
    if recalled:
        text = _("Recalled from memory of the named work, to be checked against it: {rows}.")
        remarks.append(text.format(rows=", ".join(recalled)))
    return remarks


def _hazard(hazard: Hazard, evidence: Evidence, draws: int, seed: int) -> dict[str, Any]:
    base = np.quantile(hazard.draw(seed, draws, judgement=False), (0.05, 0.95))
    judged = np.quantile(hazard.draw(seed, draws, judgement=True), (0.05, 0.5, 0.95))
    return {
        "outcome": hazard.outcome,
        "name": text_of(hazard.risk, "name"),
        "unit": "per year",
        "base": two_digits(hazard.base_per_year),
        "base_p05": two_digits(base[0]),
        "base_p95": two_digits(base[1]),
        "with_judgement": two_digits(hazard.judged_per_year),
        "p05": two_digits(judged[0]),
        "p50": two_digits(judged[1]),
        "p95": two_digits(judged[2]),
        "base_rate": _base_rate(hazard.rate),
        "share": _base_rate(hazard.share) if hazard.share else None,
        "factors": [_factor(factor, "reason", evidence) for factor in hazard.factors],
        "signs": [_factor(sign, "", evidence) for sign in hazard.signs],
    }


def _base_rate(row: Row) -> dict[str, Any]:
    """A row of base rates beside the interval that its counts give."""
    low, high = row["figure_low"], row["figure_high"]
    if row["kind"] == "rate":
        low, high = rate_posterior(row["ends"], row["exposure"]).interval(0.95)
    figure = row["ends"] / row["exposure"] if row["kind"] != "quoted" else row["figure"]
    return {
        "id": row["base_rate"],
        "name": text_of(row, "name"),
        "kind": row["kind"],
        "cases": row["cases"],
        "ends": row["ends"],
        "exposure": row["exposure"],
        "figure": figure if row["unit"] == "years" else two_digits(figure),
        "low95": None if low is None else two_digits(low),
        "high95": None if high is None else two_digits(high),
        "unit": row["unit"],
        "basis": row["basis"],
        "source": row["source"],
        "source_date": row["source_date"],
        "note": row["note"],
    }


def _factor(factor: Factor, reason: str, evidence: Evidence) -> dict[str, Any]:
    row = factor.row
    return {
        "id": factor.key,
        "name": text_of(row, "name"),
        "low": two_digits(factor.low),
        "best": two_digits(factor.best),
        "high": two_digits(factor.high),
        "weight": two_digits(factor.weight),
        "applied": factor.applied,
        "state": row["applies"] if reason else row["seen"],
        "reason": text_of(row, reason) if reason else row["note"],
        "evidence": cited(row, evidence),
        "source": row["source"],
        "confidence": row["confidence"],
    }


def _outcome(row: Row) -> dict[str, Any]:
    return {"outcome": row["outcome"], "name": text_of(row, "name"), "meaning": text_of(row, "meaning")}


def _cumulative(result: Incidence) -> list[dict[str, Any]]:
    low, middle, high = result.quantiles()
    return [
        {
            "outcome": outcome,
            "month": month + 1,
            "p05": two_digits(low[month, k]),
            "p50": two_digits(middle[month, k]),
            "p95": two_digits(high[month, k]),
        }
        for k, outcome in enumerate(result.outcomes)
        for month in range(len(middle))
    ]


def _indicator(item: Indicator, evidence: Evidence) -> dict[str, Any]:
    """An indicator with its reports; `lr` is HTS-like against Taliban-like, as the evidence leaves it."""
    return {
        "id": item.key,
        "text": text_of(item.row, "text"),
        "state": item.state,
        "lr": two_digits(item.ratios[0] / item.ratios[HYPOTHESES.index(REFERENCE_HYPOTHESIS)]),
        "lr_by_hypothesis": {h: two_digits(r) for h, r in zip(HYPOTHESES, item.ratios, strict=True)},
        "lr_if_seen": item.row["ratio_hts_like"],
        "exponent": two_digits(item.exponent),
        "cluster": item.row["cluster"],
        "evidence": [_report(report, evidence) for report in item.reports],
        "source": item.row["source"],
        "confidence": item.row["confidence"],
    }


def _report(report: Row, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": report["evidence_id"],
        "date": report["date"],
        "seen": report["seen"],
        "text": text_of(report, "text"),
        "quality": report["quality"],
        "rows": cited(report, evidence),
        "source": report["source"],
        "source_date": report["source_date"],
        "confidence": report["confidence"],
    }


def _after_takeover(board: Board, evidence: Evidence) -> list[dict[str, Any]]:
    names = {row["hypothesis"]: row for row in evidence.tables["hypotheses"]}
    after, span, against = board.posterior(), board.span(), board.inconsistency()
    return [
        {
            "hypothesis": hypothesis,
            "name": text_of(names[hypothesis], "name"),
            "prior": two_digits(board.prior[h]),
            "posterior": two_digits(after[h]),
            "lowest": two_digits(span[h][0]),
            "highest": two_digits(span[h][1]),
            "inconsistency": two_digits(against[h]),
            "rank_by_inconsistency": 1 + sum(other < against[h] for other in against),
        }
        for h, hypothesis in enumerate(HYPOTHESES)
    ]


def _by_hypothesis(values: Sequence[float]) -> dict[str, float]:
    return {hypothesis: two_digits(value) for hypothesis, value in zip(HYPOTHESES, values, strict=True)}


def _sensitivity(board: Board) -> dict[str, Any]:
    """What each telling indicator does when dropped or swung by a factor of two, and the priors swept."""
    telling = [item.key for item in board.indicators if item.exponent > 0]
    return {
        "drop_one": [{"indicator": key, **_by_hypothesis(board.without(key))} for key in telling],
        "swing": [
            {"indicator": key, "hypothesis": h, "lowest": two_digits(low), "highest": two_digits(high)}
            for key in telling
            for h in HYPOTHESES
            for low, high in [board.swing(key, h)]
        ],
        "prior_sweep": [
            {"hypothesis": h, "prior": two_digits(start), "posterior": two_digits(end)}
            for h in HYPOTHESES
            for start, end in board.sweep(h)
        ],
    }


def _matrix(board: Board) -> list[dict[str, Any]]:
    return [
        {"indicator": item.key, **dict(zip(HYPOTHESES, item.cells(), strict=True))}
        for item in board.indicators
        if item.exponent > 0
    ]
