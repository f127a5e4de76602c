"""Arithmetic of plans: tails, budgets, and fluid plans worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citerne.base.errors import InfeasibleError
from citerne.plan.decision import SIZE_LEAST, Decision, Frame, within_budget
from citerne.plan.fluid import Inflow, solve_fluid
from citerne.plan.judge import cvar
from citerne.plan.optimise import check_feasible, fluid_start
from citerne.plan.search import GROUPS, change
from citerne.plan.worth import per_unit, steer

WEEKS = np.array([2.0, 2.0, 1.0])


def frame(escorts: float = 10.0, trucks: float = 500.0) -> Frame:
    return Frame(0, 35, (0, 1), WEEKS, escorts, trucks, {0: (1, 2), 1: (3,)}, (0, 1))


def decision(rates: np.ndarray, sizes: np.ndarray) -> Decision:
    return Decision(rates, sizes, -1.0, {0: 1.0, 1: 1.0}, {0: 1.0, 1: 1.0})


def inflow(**changes: object) -> Inflow:
    # one week is 70 trucks of use; 100 trucks reach the first border a week, none leave alone
    base = {
        "arrivals": np.array([[100.0] * 5, [0.0] * 5]), "alone": np.zeros((2, 5)), "waiting": np.zeros(2),
        "stock": 140.0, "tanks": 1000.0, "need": 70.0, "hit": np.array([0.5, 0.5]), "loss_at_50": 20.0,
    }  # fmt: skip
    return Inflow(**(base | changes))  # type: ignore[arg-type]


def test_a35_the_tail_mean_of_an_exponential_loss() -> None:
    rng = np.random.default_rng(1)
    loss = rng.exponential(10, 200_000)
    # beyond the 95 % point the excess is exponential again, of mean and spread 10
    error = 10 * math.sqrt(1 + 1) / math.sqrt(0.05 * loss.size)
    assert abs(-cvar(-loss, 0.05) - 39.957323) < 4 * error
    assert cvar(np.array([5.0, 1.0, 3.0]), 0.3) == 1.0


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.floats(0, 20), min_size=6, max_size=6), st.lists(st.floats(1, 900), min_size=6, max_size=6),
    st.floats(0, 30), st.floats(5, 40),
)  # fmt: skip
def test_a_decision_is_brought_within_its_budget(
    rates: list[float], sizes: list[float], escorts: float, size: float
) -> None:
    room = frame(escorts, escorts * size)
    kept = within_budget(decision(np.reshape(rates, (2, 3)), np.reshape(sizes, (2, 3))), room)
    assert kept.columns(room) <= escorts * (1 + 1e-9)
    assert kept.trucks(room) <= max(escorts * size, kept.columns(room) * SIZE_LEAST) * (1 + 1e-6)
    again = within_budget(kept, room)
    np.testing.assert_allclose(again.rates, kept.rates, rtol=1e-9)


def test_random_changes_never_leave_the_budget() -> None:
    rng = np.random.default_rng(2)
    room = frame()
    now = within_budget(decision(np.full((2, 3), 1.0), np.full((2, 3), 50.0)), room)
    for _step in range(300):
        now = change(now, room, GROUPS, 0.5, rng)
        assert now.columns(room) <= 10 * (1 + 1e-9)
        assert now.trucks(room) <= 500 * (1 + 1e-6)
        assert 0.5 <= min(now.rations.values()) <= 1
        assert now.rates.min() >= 0


def test_a_fluid_plan_without_escorts_is_the_stock_over_the_need() -> None:
    # two weeks of stock, five weeks of use, nothing comes: 2/5 is served
    found = solve_fluid(frame(escorts=0.0), inflow(), gamma=None)
    assert found.served_share == pytest.approx(0.4)
    assert found.columns.sum() == 0


def test_a_fluid_plan_uses_its_trucks_where_trucks_wait() -> None:
    # loads of weeks 1 to 4 arrive in weeks 2 to 5; 350 used less 140 in stock leaves 210 to bring
    found = solve_fluid(frame(escorts=10.0, trucks=500.0), inflow(), gamma=None)
    assert found.served_share == pytest.approx(1.0)
    assert found.trucks[1].sum() == pytest.approx(0.0)
    assert found.trucks[0].sum() >= 210 - 1e-6
    tight = solve_fluid(frame(escorts=10.0, trucks=105.0), inflow(), gamma=None)
    assert tight.served_share == pytest.approx((140 + 105) / 350)


def test_losses_follow_the_two_ends_of_the_size_law() -> None:
    # one column of 105 trucks at a chance of 0.5: 10 lost whatever its size, or 0.5 x 20 x 105 / 50 = 21 in proportion
    least = {"escorts": 1.0, "trucks": 105.0}
    flat = solve_fluid(frame(**least), inflow(), gamma=0.0)
    steep = solve_fluid(frame(**least), inflow(), gamma=1.0)
    # spread over several weeks or not, columns add up to one or fewer: fewer, larger columns lose less at gamma 0
    assert flat.served_share == pytest.approx((140 + 105 - 0.5 * 20 * flat.columns.sum()) / 350, abs=1e-6)
    assert flat.columns.sum() == pytest.approx(105 / 500, abs=1e-6)
    assert steep.served_share == pytest.approx((140 + 105 - 21) / 350, abs=1e-6)


def test_more_means_never_lower_the_bound() -> None:
    shares = [solve_fluid(frame(2.0, t), inflow(), gamma=None).served_share for t in (0.0, 50.0, 100.0, 200.0, 400.0)]
    assert shares == sorted(shares)
    covers = [solve_fluid(frame(2.0, t), inflow(), gamma=None).lowest_cover_days for t in (0.0, 100.0, 400.0)]
    assert covers == sorted(covers)


def test_a_cover_that_cannot_be_kept_is_refused_in_words() -> None:
    check_feasible(frame(), inflow(), 5.0)
    with pytest.raises(InfeasibleError, match="trucks in columns"):
        check_feasible(frame(10.0, 20.0), inflow(), 5.0)  # 140 + 20 less half of 350 does not leave 50
    with pytest.raises(InfeasibleError, match="opening stock and the tanks"):
        check_feasible(frame(), inflow(tanks=100.0), 30.0)


def test_a_fluid_plan_becomes_a_decision_within_the_budget() -> None:
    room = frame()
    recorded = decision(np.ones((2, 3)), np.full((2, 3), 40.0))
    start = fluid_start(room, solve_fluid(room, inflow(), gamma=1.0), recorded)
    assert start.columns(room) <= room.escorts * (1 + 1e-9)
    assert start.trucks(room) <= room.trucks * (1 + 1e-6)
    assert start.rates[0].sum() > 0


def test_an_escort_day_goes_to_its_corridor_and_leaves_the_others_theirs() -> None:
    standing = np.array([30.0, 10.0, 0.0])
    # of four columns three take the first road; one more for the second makes it two of five
    weights = steer({}, 1, [0], standing, columns=4.0, extra=1.0)
    pulls = standing[:2] * [weights.get(0, 1.0), weights[1]]
    assert 5 * pulls / pulls.sum() == pytest.approx([3, 2])
    assert steer({1: 2.0}, 0, [], standing, columns=4.0, extra=1.0) == {1: 2.0}, "a road without rivals gets them all"
    assert steer({}, 2, [0, 1], standing, columns=4.0, extra=1.0) == {}, "no truck waits there"


def test_what_one_unit_is_worth_is_the_mean_gain_over_the_units_with_its_interval() -> None:
    mean, low, high = per_unit(np.array([1.0, 3.0, 5.0, 7.0]), 2.0)
    assert mean == pytest.approx(2.0)
    spread = math.sqrt(20 / 3)  # of 1, 3, 5, 7
    assert (high - low) / 2 == pytest.approx(1.6448536 * spread / 2 / 2)


def test_the_search_weighs_only_roads_with_rivals_and_pays_only_within_a_budget() -> None:
    rng = np.random.default_rng(3)
    room = Frame(0, 35, (0, 1), WEEKS, 10, 500, {0: (1, 2), 1: (3,)}, (0, 1), {0: 0, 1: 0, 2: 1}, (0, 1))
    now = within_budget(decision(np.full((2, 3), 1.0), np.full((2, 3), 50.0)), room)
    for _step in range(200):
        now = change(now, room, ("escorts",), 0.5, rng)
    assert set(now.corridor_weights) == {0, 1}, "the third corridor has no rival in its theatre"
    assert set(now.load_weights) == {0, 1}
    assert all(0.1 <= w <= 10 for w in [*now.corridor_weights.values(), *now.load_weights.values()])
    assert (now.hazard_pay, now.insured_share) == (-1.0, -1.0), "without a budget nothing is paid"
