"""Figures known from algebra: ambush game, ORIGAMI, escort split, protection, uncertain hits (A01 to A07b)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from citerne.base.errors import InfeasibleError, UsageError
from citerne.plan.coverage import EscortGame, escort_split, origami, quantal_coverage, quantal_response
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import make_graph
from citerne.plan.interdiction import expected_capacity_bound, interdict_stochastic
from citerne.plan.protect import protect
from citerne.plan.routing import route_mix
from interdiction_networks import one_pair, parallel, random_graph

SIX_DIGITS = 5e-7


def corridors(*caught: float):
    graph = make_graph(["s", "t"], [("s", "t")] * len(caught))
    return route_mix(graph, source="s", sink="t", caught_prob=np.array(caught))


@pytest.mark.parametrize(("caught", "value"), [((0.6, 0.3), 0.2), ((0.6, 0.3, 0.5), 0.142857)])
def test_the_ambush_game_on_parallel_corridors_has_the_harmonic_value(caught, value):  # A01, A02
    mix = corridors(*caught)
    assert mix.caught_prob == pytest.approx(value, abs=SIX_DIGITS)
    assert mix.bound == pytest.approx(value, abs=SIX_DIGITS)
    assert sum(probability for _route, probability in mix.routes) == pytest.approx(1.0)
    np.testing.assert_allclose(mix.element_prob * caught, mix.caught_prob, rtol=1e-6)


def test_the_ambush_game_on_a_network_is_one_over_the_smallest_cut():  # A03
    graph = make_graph(["s", "m", "t"], [("s", "m"), ("m", "t"), ("s", "t")])
    mix = route_mix(graph, source="s", sink="t", caught_prob=np.array([0.5, 0.25, 0.4]))
    assert mix.caught_prob == pytest.approx(0.222222, abs=SIX_DIGITS)
    assert mix.bound == pytest.approx(0.222222, abs=SIX_DIGITS)
    assert dict(mix.routes)[("s", "m", "t")] == pytest.approx(4 / 9)
    assert mix.caught_prob_at_most(2) == pytest.approx(4 / 9)
    assert mix.caught_prob_at_most(9) == 1.0


@pytest.mark.parametrize("seed", range(10))
def test_flow_and_cut_sides_of_the_ambush_game_agree_on_random_networks(seed):
    graph = random_graph(seed)
    caught = np.random.default_rng(seed).uniform(0.05, 1.0, graph.element_count)
    mix = route_mix(graph, source=0, sink=7, caught_prob=caught)
    assert mix.caught_prob == pytest.approx(mix.bound, rel=1e-6)
    assert all(route[0] == 0 and route[-1] == 7 for route, _probability in mix.routes)


def test_a_way_without_risk_is_taken():
    graph = make_graph(["s", "m", "t"], [("s", "m"), ("m", "t"), ("s", "t")])
    mix = route_mix(graph, source="s", sink="t", caught_prob=np.array([0.0, 0.0, 0.4]))
    assert mix.caught_prob == mix.bound == 0.0
    assert mix.routes == ((("s", "m", "t"), 1.0),)


def test_the_ambush_game_refuses_what_it_cannot_play():
    graph = make_graph(["s", "t"], [("t", "s")])
    with pytest.raises(InfeasibleError):
        route_mix(graph, source="s", sink="t", caught_prob=np.array([0.5]))
    with pytest.raises(UsageError, match="outside 0 to 1"):
        route_mix(graph, source="s", sink="t", caught_prob=np.array([1.5]))
    with pytest.raises(UsageError, match="same node"):
        route_mix(graph, source="s", sink="s", caught_prob=np.array([0.5]))


def test_origami_covers_three_targets_with_one_patrol():  # A04, A04b, A04c
    cover = origami(np.array([10.0, 8.0, 5.0]), escorts=1)
    assert cover.attacker_value == pytest.approx(4.705882, abs=SIX_DIGITS)
    assert cover.coverage[0] == pytest.approx(0.529412, abs=SIX_DIGITS)
    assert cover.coverage[2] == pytest.approx(0.058824, abs=SIX_DIGITS)
    assert cover.coverage.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(8))
def test_origami_is_the_linear_program_of_the_game(seed):
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    uncovered, covered = rng.uniform(3, 10, 6), rng.uniform(-2, 2.5, 6)
    escorts = rng.uniform(0.2, 5.0)
    rows = np.column_stack([-np.diag(uncovered - covered), -np.ones(6)])  # U^u - c (U^u - U^c) <= v
    program = linprog(
        np.append(np.zeros(6), 1.0),
        A_ub=np.vstack([rows, np.append(np.ones(6), 0.0)]),
        b_ub=np.append(-uncovered, escorts),
        bounds=[(0, 1)] * 6 + [(None, None)],
    )
    cover = origami(uncovered, escorts=escorts, covered=covered)
    assert cover.attacker_value == pytest.approx(program.fun, rel=1e-9)
    assert cover.coverage.sum() <= escorts + 1e-9
    reached = uncovered - cover.coverage * (uncovered - covered)
    assert reached.max() == pytest.approx(cover.attacker_value, rel=1e-9)


def test_origami_with_an_escort_for_each_target_covers_them_all():
    cover = origami(np.array([10.0, 8.0, 5.0]), escorts=7)
    np.testing.assert_array_equal(cover.coverage, 1.0)
    assert cover.attacker_value == 0.0


@pytest.mark.parametrize(("protections", "left"), [(0, 10.0), (1, 14.0), (2, 16.0)])
def test_protecting_parallel_corridors_leaves_the_next_best_attack(protections, left):  # A05, A05b, A05c
    assert protect(parallel([10, 6, 4]), protections=protections, budget=1).objective == left


def test_expected_flow_after_two_uncertain_hits_in_series():  # A06, A06b
    graph = make_graph(["s", "m", "t"], [("s", "m"), ("m", "t")])
    problem = MaxFlow(graph, np.array([10.0, 8.0]), one_pair(graph, np.inf))
    chance = np.array([0.75, 0.75])
    found = interdict_stochastic(problem, budget=2, success_prob=chance)
    assert found.objective == pytest.approx(0.5, abs=SIX_DIGITS)
    assert found.elements == (0, 1)
    assert found.scenarios == 4
    assert expected_capacity_bound(problem, budget=2, success_prob=chance) == pytest.approx(2.0, abs=SIX_DIGITS)


def test_escorts_are_split_so_that_the_hazards_left_are_equal():  # A07, A07b
    split, left = escort_split(np.array([4.0, 1.0]), units=2)
    assert split[0] == pytest.approx(1.693147, abs=SIX_DIGITS)
    assert left == pytest.approx(1.471518, abs=SIX_DIGITS)


def test_a_small_escort_goes_to_the_dangerous_road_alone():
    split, left = escort_split(np.array([1.0, 0.0, 8.0]), units=1, deterrence=2.0)
    np.testing.assert_allclose(split, [0.0, 0.0, 1.0])
    assert left == pytest.approx(1.0 + 8.0 * np.exp(-2.0))


@pytest.mark.parametrize("seed", range(5))
def test_no_shift_between_two_roads_improves_the_escort_split(seed):
    rng = np.random.default_rng(seed)
    hazard, units, deterrence = rng.uniform(0, 5, 6), rng.uniform(0.5, 6), rng.uniform(0.3, 2)
    split, left = escort_split(hazard, units=units, deterrence=deterrence)
    assert split.sum() == pytest.approx(units)
    for giver in np.flatnonzero(split > 1e-3):
        for taker in range(6):
            moved = split.copy()
            moved[giver] -= 1e-3
            moved[taker] += 1e-3
            assert (hazard * np.exp(-deterrence * moved)).sum() >= left - 1e-12


def escort_game(seed: int, targets: int = 3, sharpness: float = 0.8) -> EscortGame:
    rng = np.random.default_rng(seed)
    return EscortGame(
        attacker_uncovered=rng.uniform(1, 10, targets),
        attacker_covered=-rng.uniform(1, 5, targets),
        defender_uncovered=-rng.uniform(1, 10, targets),
        defender_covered=rng.uniform(0, 5, targets),
        sharpness=sharpness,
    )


def test_quantal_response_goes_from_chance_to_the_best_target():
    value = np.array([3.0, 1.0, 2.0])
    np.testing.assert_allclose(quantal_response(value, 0.0), 1 / 3)
    np.testing.assert_allclose(quantal_response(value, 1e4), [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(quantal_response(value, 1.0), np.exp(value) / np.exp(value).sum())


def test_the_slope_of_the_escort_game_is_its_derivative():
    game, coverage, step = escort_game(4, 5), np.array([0.1, 0.5, 0.3, 0.0, 0.9]), 1e-6
    for target in range(5):
        up, down = coverage.copy(), coverage.copy()
        up[target] += step
        down[target] -= step
        numeric = (game.judged(up).defender_value - game.judged(down).defender_value) / (2 * step)
        assert game.slope(coverage)[target] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_quantal_coverage_is_at_least_the_best_of_a_fine_grid(seed):
    game = escort_game(seed)
    found = quantal_coverage(game, escorts=1)
    ticks = np.linspace(0, 1, 41)
    grid = [np.array([a, b, c]) for a in ticks for b in ticks for c in ticks if a + b + c <= 1 + 1e-12]
    assert found.coverage.sum() <= 1 + 1e-9
    assert found.defender_value >= max(game.judged(point).defender_value for point in grid) - 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_more_escorts_never_hurt_against_an_adversary_who_errs(seed):
    game = escort_game(seed, targets=5)
    values = [quantal_coverage(game, escorts=escorts).defender_value for escorts in (0.0, 0.5, 1.0, 2.0, 5.0)]
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(values))


def test_against_a_sharp_adversary_the_zero_sum_plan_is_origami():
    uncovered = np.array([10.0, 8.0, 5.0])
    game = EscortGame(uncovered, np.zeros(3), -uncovered, np.zeros(3), sharpness=50.0)
    found = quantal_coverage(game, escorts=1)
    exact = origami(uncovered, escorts=1)
    # the logit mean lies at most log(targets) / lambda below the best target
    assert found.defender_value == pytest.approx(exact.defender_value, abs=np.log(3) / 50.0 + 1e-6)
    np.testing.assert_allclose(found.coverage, exact.coverage, atol=0.02)
