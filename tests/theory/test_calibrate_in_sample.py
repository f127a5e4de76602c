"""How often must a 50 % band hold the very reports it was fitted to? More than half, by what each report decides."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from calibrate_cases import reports, target
from citerne.calibrate import observe
from citerne.calibrate.fit import calibrate
from citerne.calibrate.leave_out import left_out
from citerne.calibrate.observe import comparison_of, error_of
from citerne.calibrate.score import score_comparisons
from citerne.calibrate.simulate import Simulator
from citerne.case.case import load
from proving import write_proof

REPORTS, UNKNOWNS, COUNTRIES, DRAWS = 8, 5, 200, 400


def in_sample(leverage: np.ndarray) -> np.ndarray:
    """Chance that the 50 % band for a repeated report holds the report it was fitted to, in the normal linear case.

    With leverage h the report lies (1 - h) s^2 about the posterior mean and its repetition (1 + h) s^2.
    """
    return 2 * norm.cdf(norm.ppf(0.75) * np.sqrt((1 + leverage) / (1 - leverage))) - 1


def test_bands_hold_their_own_reports_as_often_as_leverage_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(observe.WRONG, "B", 0.0)  # the closed form knows normal errors only
    sigma = error_of(target(0))
    rng = np.random.default_rng(5)
    design = 0.15 * rng.normal(size=(REPORTS, UNKNOWNS))
    covariance = np.linalg.inv(np.eye(UNKNOWNS) + design.T @ design / sigma**2)
    leverage = np.einsum("ij,jk,ik->i", design, covariance, design) / sigma**2
    root, hits = np.linalg.cholesky(covariance), np.zeros(REPORTS)
    numbers = np.arange(DRAWS, dtype=np.uint32)
    for _country in range(COUNTRIES):
        seen = design @ rng.standard_normal(UNKNOWNS) + sigma * rng.standard_normal(REPORTS)
        mean = covariance @ design.T @ seen / sigma**2
        z = mean[:, None] + root @ rng.standard_normal((UNKNOWNS, DRAWS))
        rows = [target(0, target_id=f"R{k}", best=float(np.exp(seen[k]))) for k in range(REPORTS)]
        made = [comparison_of(row, np.exp(design[k] @ z), numbers) for k, row in enumerate(rows)]
        hits += [row["inside_50"] for row in score_comparisons(made, [], rows).rows]
    wanted = in_sample(leverage)
    assert wanted.mean() > 0.65, "else it could not be told from one half: 4 standard errors of all rows are 0.05"
    assert np.all(np.abs(hits / COUNTRIES - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / COUNTRIES))


def test_ties_broken_at_random_keep_a_band_of_many_nothings_to_one_half() -> None:
    """Where 60 % of futures say nothing and the report says so too, its rank is even between 0 and 0.6."""
    row = target(0, unit="ratio", best=0.0)
    values = np.where(np.arange(1000) < 600, 0.0, 1.0)
    card = score_comparisons([comparison_of(row, values, np.arange(1000, dtype=np.uint32))], [], [row])
    assert card.coverage_50_exact == 1.0
    assert card.coverage_50_exact_ties == pytest.approx((0.6 - 0.25) / 0.6)
    sure = target(0, best=1.0)
    spread = np.exp(0.3 * ndtri((np.arange(1000) + 0.5) / 1000))
    card = score_comparisons([comparison_of(sure, spread, np.arange(1000, dtype=np.uint32))], [], [sure])
    assert card.coverage_50_exact_ties == card.coverage_50_exact == 1.0
    assert math.isfinite(card.rows[0]["pit"])


@pytest.mark.prove
def test_a_right_model_with_right_errors_holds_the_exact_rows_of_mali_as_often_as_the_page_says() -> None:
    """Records of the prior's own futures with the observation model's own errors, in the layout of the real record."""
    case, seed, records = load("mali"), 70_000, 5
    rows = [dict(row) | {"low": None, "high": None} for row in case.rows("targets") if row["bound"] == "exact"]
    layout = Simulator(case, rows)
    numbers = np.arange(records, dtype=np.uint32)
    combination = layout.combination(np.random.default_rng(seed).random(records))
    truth = layout.run(layout.prior_scores(numbers, seed), numbers, combination, seed)
    figures: dict[str, list[float]] = {"in_50": [], "in_50_ties": [], "in_90": [], "left_out_50": [], "left_out_90": []}
    for k in range(records):
        # both counts of one month are reports of the same truth here, so there are no rivals
        seen = [row | {"variant": ""} for row in reports(layout, truth, k, seed)]
        made = calibrate(case, seen, budget=600_000, seed=seed + k)
        card = made.card(made.population.futures)
        alone = left_out(made.population.futures, made.simulator.targets)
        found = (card.coverage_50_exact, card.coverage_50_exact_ties, card.coverage_90, alone["coverage_50"],
                 alone["coverage_90"])  # fmt: skip
        for name, share in zip(figures, found, strict=True):
            figures[name].append(share)
    means = {name: float(np.mean(shares)) for name, shares in figures.items()}
    write_proof(
        "in_sample_mali", "of a right model's own reports a 50 % band fitted to them holds well over half",
        "python -m pytest -m prove tests/theory/test_calibrate_in_sample.py",
        records=records, exact_rows=len(rows), means=means, records_one_by_one=figures,
    )  # fmt: skip
    # rows of a record go together: the error is that between records
    error = {name: float(np.std(shares, ddof=1)) / math.sqrt(records) for name, shares in figures.items()}
    assert means["in_50"] - 2 * error["in_50"] > 0.5
    assert abs(means["left_out_50"] - 0.5) < 4 * error["left_out_50"]
