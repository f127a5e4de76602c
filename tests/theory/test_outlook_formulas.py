"""The published closed forms behind the outlook, each met a second way where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from citerne.metrics.belief import absent_ratio, dependence_weight, posterior, posterior_of_two
from citerne.metrics.insurgency import (
    contained_share,
    deitchman_survivors,
    insurgent_drift,
    lanchester_square_survivors,
    recruitment_threshold,
)
from citerne.metrics.survival import (
    cumulative_incidence,
    monthly_chances,
    rate_per_year,
    rate_posterior,
    survival_share,
)


def run_until_one_side_is_gone(drift, x, y):
    """Integrate a fire-fight and return what is left."""

    def gone(_t, state):
        return min(state) - 1e-9

    gone.terminal = True
    end = solve_ivp(lambda _t, s: drift(*s), (0, 1e4), (x, y), events=gone, rtol=1e-10, atol=1e-12)
    return end.y[:, -1]


def test_the_ambush_of_deitchman_leaves_one_guerrilla():
    left = deitchman_survivors(10, 30, aimed_rate=0.1, area_rate=0.002)
    assert left == pytest.approx((1.0, 0.0), abs=1e-6)
    ode = run_until_one_side_is_gone(lambda g, b: (-0.002 * b * g, -0.1 * g), 10, 30)
    assert left == pytest.approx(tuple(ode), abs=1e-6)


def test_a_guard_that_outlasts_the_ambush_is_counted_too():
    left = deitchman_survivors(8, 30, aimed_rate=0.1, area_rate=0.002)
    assert left == pytest.approx((0.0, 10.0))


def test_the_square_law_leaves_what_it_should():
    left = lanchester_square_survivors(50, 35, x_loses=0.08, y_loses=0.05)
    assert left == pytest.approx((23.237900, 0.0), abs=1e-6)
    ode = run_until_one_side_is_gone(lambda x, y: (-0.08 * y, -0.05 * x), 50, 35)
    assert left == pytest.approx(tuple(ode), abs=1e-6)


def test_the_square_law_does_not_care_which_side_is_named_first():
    one = lanchester_square_survivors(20, 35, x_loses=0.08, y_loses=0.05)
    other = lanchester_square_survivors(35, 20, x_loses=0.05, y_loses=0.08)
    assert one == pytest.approx(other[::-1])
    assert one[0] == 0


def test_force_alone_contains_the_group_at_the_published_share():
    share = contained_share(intelligence=0.3, recruits_per_harm=0.8)
    assert share == pytest.approx(0.206349, abs=1e-6)
    root = brentq(lambda i: insurgent_drift(i, intelligence=0.3, recruits_per_harm=0.8), 0, 1)
    assert share == pytest.approx(root)


def test_below_the_recruitment_threshold_the_group_declines():
    threshold = recruitment_threshold(0.3)
    assert threshold == pytest.approx(0.428571, abs=1e-6)
    assert contained_share(intelligence=0.3, recruits_per_harm=threshold - 1e-9) == 0
    assert contained_share(intelligence=0.3, recruits_per_harm=threshold + 1e-3) > 0
    assert insurgent_drift(0.01, intelligence=0.3, recruits_per_harm=threshold * 0.99) < 0
    assert recruitment_threshold(1.0) == np.inf
    assert contained_share(intelligence=1.0, recruits_per_harm=50) == 0


def test_three_ratios_move_a_prior_to_the_published_posterior():
    assert posterior_of_two(0.2, [3, 2, 0.5]) == pytest.approx(0.428571, abs=1e-6)


def test_dependent_ratios_move_it_less():
    assert posterior_of_two(0.2, [3, 2, 0.5], weight=0.5) == pytest.approx(0.302169, abs=1e-6)
    assert dependence_weight(3, 0.5) == pytest.approx(0.5)


def test_two_hypotheses_in_the_long_form_agree_with_the_short_one():
    long = posterior((0.2, 0.8), [(3, 1), (2, 1), (0.5, 1)], [0.5, 0.5, 0.5])
    assert long[0] == pytest.approx(posterior_of_two(0.2, [3, 2, 0.5], weight=0.5))


def test_the_ratio_of_absence_is_that_of_the_chances():
    p, r = 0.3, 1.8
    assert absent_ratio(r, p) == pytest.approx((1 - p * r) / (1 - p))
    assert p * r + (1 - p) * absent_ratio(r, p) == pytest.approx(1)  # the sign is seen or not, under each hypothesis


def test_military_regimes_end_at_the_published_rate():
    belief = rate_posterior(76, 579)
    low, high = belief.interval(0.95)
    assert rate_per_year(76, 579) == pytest.approx(0.131261, abs=1e-6)
    assert (low, high) == pytest.approx((0.104185, 0.163332), abs=1e-6)
    assert survival_share(rate_per_year(76, 579), 1) == pytest.approx(0.876989, abs=1e-6)


def test_competing_ends_add_up_as_the_closed_form_says():
    rates, months = np.array([0.3, 0.1, 0.05]), 36
    ended, none_yet = cumulative_incidence(np.broadcast_to(monthly_chances(rates), (months, 3)))
    total, years = rates.sum(), np.arange(1, months + 1) / 12
    exact = (rates / total) * -np.expm1(-total * years)[:, np.newaxis]
    np.testing.assert_allclose(ended, exact, rtol=1e-12)
    np.testing.assert_allclose(none_yet, np.exp(-total * years), rtol=1e-12)


def test_one_minus_kaplan_meier_would_count_futures_twice():
    rates = np.array([0.9, 0.8])
    ended, _none_yet = cumulative_incidence(np.broadcast_to(monthly_chances(rates), (24, 2)))
    alone = -np.expm1(-rates * 2)
    assert (ended[-1] < alone).all()
    assert alone.sum() > 1 >= ended[-1].sum()


def test_simulated_futures_end_as_often_as_the_incidence_says():
    rates, months, futures = np.array([0.4, 0.15, 0.1]), 12, 20_000
    rng = np.random.default_rng(11)
    days = rng.exponential(1 / rates, size=(futures, 3))
    first = days.argmin(axis=1)
    came = days.min(axis=1) <= months / 12
    seen = np.array([(came & (first == k)).mean() for k in range(3)])
    ended, _none_yet = cumulative_incidence(np.broadcast_to(monthly_chances(rates), (months, 3)))
    error = np.sqrt(ended[-1] * (1 - ended[-1]) / futures)
    assert (abs(seen - ended[-1]) < 4 * error).all()


def test_the_estimator_meets_a_sample_worked_by_hand():
    # five at risk: end A at 1, end B at 2, one leaves the study, end A at 3 of the two left
    steps = np.array([[1 / 5, 0], [0, 1 / 4], [1 / 2, 0]])
    ended, none_yet = cumulative_incidence(steps)
    np.testing.assert_allclose(ended[-1], [0.2 + 0.8 * 0.75 * 0.5, 0.8 * 0.25])
    assert none_yet[-1] == pytest.approx(0.8 * 0.75 * 0.5)
