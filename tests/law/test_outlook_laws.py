"""Laws of the outlook: neutral factors change nothing, silence changes nothing, chances add up."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citerne.metrics.belief import dependence_weight, posterior, two_digits
from citerne.outlook.board import Board, build_board
from citerne.outlook.hazards import Factor, build_hazards
from citerne.outlook.incidence import incidence
from citerne.outlook.inputs import DEFAULTS, Evidence, read_evidence
from citerne.schema.tables_outlook import HYPOTHESES

EMPTY = DEFAULTS  # a folder with the general tables and none of a case's own


def with_rows(evidence: Evidence, **tables):
    """The evidence with some tables replaced."""
    rows = {name: tuple(MappingProxyType(row) for row in given) for name, given in tables.items()}
    return Evidence(MappingProxyType({**evidence.tables, **rows}), evidence.missing, evidence.unchecked)


def factor_row(key, outcome, low, best, high, applies="yes"):
    return {"factor": key, "outcome": outcome, "low": low, "best": best, "high": high, "applies": applies}


def sign_row(key, outcome, ratio, weight=1.0, seen="yes", cluster="c", dependence=0.0):
    return {
        "sign": key, "outcome": outcome, "ratio_low": ratio, "ratio": ratio, "ratio_high": ratio, "weight": weight,
        "seen": seen, "cluster": cluster, "dependence": dependence,
    }  # fmt: skip


def indicator_row(key, ratio, cluster="c", dependence=0.0, weight=1.0):
    return {
        "indicator": key, "ratio_hts_like": ratio, "ratio_fragmented": 1.0, "ratio_negotiated": ratio,
        "chance_reference": 0.1, "weight": weight, "cluster": cluster, "dependence": dependence,
    }  # fmt: skip


def report_row(key, indicator, seen, quality=1.0):
    return {"evidence_id": key, "indicator": indicator, "seen": seen, "quality": quality}


@pytest.fixture(scope="module")
def plain() -> Evidence:
    return read_evidence(EMPTY)


def test_hazards_are_the_base_rates_when_every_factor_is_one(plain):
    rows = {row["base_rate"]: row for row in plain.tables["base_rates"]}
    ones = [factor_row(f"f{k}", o, 1, 1, 1) for k, o in enumerate(("deal", "siege_broken", "coup", "collapse"))]
    signs = [sign_row("s", "collapse", 1.0)]
    hazards = build_hazards(with_rows(plain, judgement_factors=ones, warning_signs=signs))
    assert [hazard.outcome for hazard in hazards] == ["deal", "siege_broken", "coup", "collapse"]
    for hazard in hazards:
        assert hazard.judged_per_year == hazard.base_per_year
        base, judged = (hazard.draw(3, 200, judgement=choice) for choice in (False, True))
        np.testing.assert_array_equal(base, judged)
        if hazard.share is None:
            assert two_digits(hazard.base_per_year) == two_digits(rows[hazard.rate["base_rate"]]["figure"])


def test_a_factor_multiplies_its_own_outcome_only(plain):
    hazards = build_hazards(with_rows(plain, judgement_factors=[factor_row("f", "coup", 2, 2, 2)]))
    for hazard in hazards:
        expected = 2 if hazard.outcome == "coup" else 1
        assert hazard.judged_per_year == pytest.approx(expected * hazard.base_per_year)


def test_a_factor_that_does_not_apply_changes_nothing(plain):
    quiet = [factor_row("f", "coup", 2, 4, 8, "no"), factor_row("g", "coup", 2, 4, 8, "unclear")]
    for hazard in build_hazards(with_rows(plain, judgement_factors=quiet)):
        assert hazard.judged_per_year == hazard.base_per_year
        base, judged = (hazard.draw(3, 200, judgement=choice) for choice in (False, True))
        np.testing.assert_array_equal(base, judged)


def test_removing_one_factor_leaves_the_luck_of_the_others(plain):
    both = [factor_row("f", "coup", 1, 2, 5), factor_row("g", "coup", 0.5, 1, 3)]
    (with_both,) = (h for h in build_hazards(with_rows(plain, judgement_factors=both)) if h.outcome == "coup")
    (with_one,) = (h for h in build_hazards(with_rows(plain, judgement_factors=both[:1])) if h.outcome == "coup")
    ratio = with_both.draw(5, 300, judgement=True) / with_one.draw(5, 300, judgement=True)
    np.testing.assert_allclose(ratio, with_both.factors[1].draw(5, 300), rtol=1e-12)


def test_each_factor_has_luck_of_its_own():
    draws = 2_000
    first, second = (Factor(key, 1, 2, 5, True, 1.0, MappingProxyType({})).draw(2, draws) for key in ("f", "g"))
    assert abs(np.corrcoef(np.log(first), np.log(second))[0, 1]) < 4 / np.sqrt(draws)


def test_a_factor_is_drawn_through_its_three_stated_points():
    draws = 40_000
    factor = Factor("siege", 1, 2, 5, True, 1.0, MappingProxyType({}))
    low, middle, high = np.log(np.quantile(factor.draw(2, draws), (0.05, 0.5, 0.95)))
    spread = np.log(5 / 2) / 1.645
    error_at = {"tail": np.sqrt(0.05 * 0.95 / draws) / 0.1031, "middle": np.sqrt(0.25 / draws) / 0.3989}
    assert low == pytest.approx(np.log(1), abs=4 * error_at["tail"] * spread)
    assert middle == pytest.approx(np.log(2), abs=4 * error_at["middle"] * spread)
    assert high == pytest.approx(np.log(5), abs=4 * error_at["tail"] * spread)


def test_copies_of_a_warning_sign_count_as_one(plain):
    one = [sign_row("a", "collapse", 1.6)]
    copies = [sign_row(key, "collapse", 1.6, dependence=1.0) for key in "abcd"]
    first, second = (
        next(h for h in build_hazards(with_rows(plain, warning_signs=rows)) if h.outcome == "collapse")
        for rows in (one, copies)
    )
    assert first.judged_per_year == pytest.approx(second.judged_per_year)


@given(st.lists(st.floats(0.01, 50), min_size=4, max_size=4), st.integers(1, 24))
def test_chances_of_a_month_sum_to_one_and_never_fall(factors, months):
    evidence = read_evidence(EMPTY)
    names = ("deal", "siege_broken", "coup", "collapse")
    rows = [factor_row(f"f{k}", o, f, f, f) for k, (o, f) in enumerate(zip(names, factors, strict=True))]
    hazards = build_hazards(with_rows(evidence, judgement_factors=rows))
    found = incidence(hazards, "stalemate", months=months, draws=100, seed=1, judgement=True)
    np.testing.assert_allclose(found.chances.sum(axis=-1), 1, rtol=1e-12)
    assert (np.diff(found.chances[..., :-1], axis=0) >= 0).all()
    assert (np.diff(found.chances[..., -1], axis=0) <= 0).all()


def test_a_higher_hazard_of_one_end_leaves_less_room_for_the_others(plain):
    low, high = (
        incidence(
            build_hazards(with_rows(plain, judgement_factors=[factor_row("f", "deal", f, f, f)])),
            "stalemate", months=12, draws=200, seed=1, judgement=True,
        ).chances
        for f in (1, 10)
    )  # fmt: skip
    assert (high[-1, :, 0] > low[-1, :, 0]).all()
    assert (high[-1, :, 1:] < low[-1, :, 1:]).all()


priors = st.lists(st.floats(0.01, 1), min_size=4, max_size=4)
ratios = st.lists(st.lists(st.floats(0.2, 5), min_size=4, max_size=4), max_size=6)


@given(priors)
def test_removing_every_indicator_returns_the_prior(prior):
    scaled = tuple(share / sum(prior) for share in prior)
    assert Board(scaled, ()).posterior() == pytest.approx(scaled, rel=1e-12)


@given(priors, ratios)
def test_weight_zero_and_ratio_one_leave_the_prior(prior, rows):
    scaled = tuple(share / sum(prior) for share in prior)
    assert posterior(prior, rows, [0.0] * len(rows)) == pytest.approx(scaled)
    assert posterior(prior, [[1.0] * 4] * len(rows)) == pytest.approx(scaled)


@given(priors, ratios, st.permutations(range(4)))
def test_the_order_of_hypotheses_does_not_matter(prior, rows, order):
    straight = posterior(prior, rows)
    turned = posterior([prior[k] for k in order], [[row[k] for k in order] for row in rows])
    assert turned == pytest.approx([straight[k] for k in order])
    assert sum(straight) == pytest.approx(1)


def test_what_is_unclear_has_ratio_one_and_changes_nothing(plain):
    rows, reports = [indicator_row("i", 4.0)], [report_row("e", "i", "unclear")]
    board = build_board(with_rows(plain, indicators=rows, indicator_evidence=reports))
    assert board.indicators[0].ratios == (1.0,) * 4
    assert board.posterior() == pytest.approx(board.prior, rel=1e-12)


def test_seen_and_not_seen_pull_in_opposite_directions(plain):
    beliefs = {}
    for code in ("yes", "no"):
        reports = [report_row("e", "i", code)]
        board = build_board(with_rows(plain, indicators=[indicator_row("i", 4.0)], indicator_evidence=reports))
        beliefs[code] = board.posterior()[HYPOTHESES.index("hts_like")]
    assert beliefs["no"] < 0.25 < beliefs["yes"]


def test_ten_reports_of_one_sign_count_as_one_sighting(plain):
    rows = [indicator_row("i", 3.0)]
    one, ten = (
        build_board(with_rows(plain, indicators=rows,
                              indicator_evidence=[report_row(f"e{k}", "i", "yes") for k in range(n)])).posterior()
        for n in (1, 10)
    )  # fmt: skip
    assert one == pytest.approx(ten)


def test_copies_within_a_cluster_count_as_one_indicator(plain):
    one, copies = (
        build_board(
            with_rows(
                plain,
                indicators=[indicator_row(f"i{k}", 3.0, dependence=1.0) for k in range(n)],
                indicator_evidence=[report_row(f"e{k}", f"i{k}", "yes") for k in range(n)],
            )
        ).posterior()
        for n in (1, 5)
    )
    assert one == pytest.approx(copies)


def test_dropping_an_indicator_gives_its_cluster_the_weight_back(plain):
    rows = [indicator_row("a", 3.0, dependence=0.5), indicator_row("b", 2.0, dependence=0.5)]
    reports = [report_row("e", "a", "yes"), report_row("f", "b", "yes")]
    board = build_board(with_rows(plain, indicators=rows, indicator_evidence=reports))
    assert [item.exponent for item in board.indicators] == pytest.approx([dependence_weight(2, 0.5)] * 2)
    alone = build_board(with_rows(plain, indicators=rows[:1], indicator_evidence=reports[:1]))
    assert board.without("b") == pytest.approx(alone.posterior())


def test_a_swing_holds_the_stated_belief_between_its_ends(plain):
    rows, reports = [indicator_row("a", 3.0)], [report_row("e", "a", "yes")]
    board = build_board(with_rows(plain, indicators=rows, indicator_evidence=reports))
    for h, hypothesis in enumerate(HYPOTHESES):
        low, high = board.swing("a", hypothesis)
        assert low < board.posterior()[h] < high
        assert board.span()[h][0] <= low <= high <= board.span()[h][1]


def test_the_prior_sweep_passes_through_the_posterior(plain):
    rows, reports = [indicator_row("a", 3.0)], [report_row("e", "a", "yes")]
    board = build_board(with_rows(plain, indicators=rows, indicator_evidence=reports))
    for h, hypothesis in enumerate(HYPOTHESES):
        sweep = dict(board.sweep(hypothesis))
        assert sweep[0.25] == pytest.approx(board.posterior()[h])
        assert list(sweep.values()) == sorted(sweep.values())


@given(st.floats(1e-9, 1 - 1e-12))
def test_no_shown_probability_has_more_than_two_digits_or_claims_certainty(probability):
    shown = two_digits(probability)
    assert float(f"{shown:.1e}") == shown
    assert 0 < shown < 1
