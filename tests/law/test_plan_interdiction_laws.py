"""Laws of interdiction: programs equal enumeration, budgets only help their owner, protection is worth what it says."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from citerne.plan import enumeration
from citerne.plan.cuts import Segment, criticality, supply_problem, worst_cuts
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import make_graph
from citerne.plan.interdiction import expected_capacity_bound, interdict, interdict_stochastic, partitions
from citerne.plan.protect import protect
from citerne.plan.shortest import ShortestPath, removal_delay, unmet_cost
from interdiction_networks import one_pair, random_flow, random_graph, random_paths

SEEDS = range(5)


def problems(seed: int) -> list[ShortestPath | MaxFlow]:
    return [random_paths(seed), random_paths(seed, followers=3), random_flow(seed)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_program_finds_what_trying_every_attack_finds(seed):
    for problem in problems(seed):
        for budget in (0, 1, 2, 3):
            found = interdict(problem, budget=budget)
            assert found.objective == enumeration.worst_attack(problem, budget)[0]
            assert found.gap == 0.0
            assert found.optimal
            assert len(found.elements) <= budget


@pytest.mark.parametrize("seed", range(4))
def test_attacks_that_cost_different_amounts_stay_within_the_budget(seed):
    graph = random_graph(seed)
    cost = np.random.default_rng(seed).integers(1, 4, graph.element_count).astype(float)
    priced = type(graph)(graph.nodes, graph.tail, graph.head, graph.element, graph.attackable, cost)
    problem = MaxFlow(priced, random_flow(seed).capacity, one_pair(priced, math.inf))
    found = interdict(problem, budget=4)
    assert cost[list(found.elements)].sum() <= 4
    assert found.objective == enumeration.worst_attack(problem, 4)[0]


@pytest.mark.parametrize("seed", range(4))
def test_lengths_that_are_not_whole_agree_with_enumeration_within_the_tolerance_of_the_solver(seed):
    problem = random_paths(seed, followers=2)
    uneven = ShortestPath(
        problem.graph, problem.length / 7.0, problem.delay / 3.0, problem.supply, None, problem.followers
    )
    found = interdict(uneven, budget=3)
    assert not uneven.whole
    assert found.objective == pytest.approx(enumeration.worst_attack(uneven, 3)[0], rel=1e-6)
    assert found.gap == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_protect_attack_operate_equals_trying_everything_and_lies_between_its_ends(seed):
    for problem in (random_paths(seed), random_flow(seed)):
        sign = problem.attacker_sign
        for protections, budget in ((0, 2), (1, 2), (2, 2), (3, 1)):
            shield = protect(problem, protections=protections, budget=budget)
            assert shield.objective == enumeration.best_protection(problem, protections, budget)[0]
            assert shield.gap == 0.0
            assert len(shield.protected) <= protections
            assert not set(shield.protected) & set(shield.attacked)
            assert sign * shield.unattacked <= sign * shield.objective <= sign * shield.unprotected
            assert shield.unprotected == interdict(problem, budget=budget).objective


def test_protection_against_several_followers_equals_trying_everything():
    for seed in range(2):
        problem = random_paths(seed, followers=3)
        shield = protect(problem, protections=2, budget=2)
        assert shield.objective == enumeration.best_protection(problem, 2, 2)[0]


@pytest.mark.parametrize("seed", range(3))
def test_more_budget_for_the_attacker_never_helps_the_defender(seed):
    for problem in problems(seed):
        worst = [problem.attacker_sign * interdict(problem, budget=budget).objective for budget in range(5)]
        guarded = [
            problem.attacker_sign * protect(problem, protections=1, budget=budget).objective for budget in range(4)
        ]
        assert worst == sorted(worst)
        assert guarded == sorted(guarded)


@pytest.mark.parametrize("seed", range(3))
def test_more_protection_never_hurts_the_defender(seed):
    for problem in (random_paths(seed), random_flow(seed)):
        sign = -problem.attacker_sign
        values = [sign * protect(problem, protections=guards, budget=2).objective for guards in range(4)]
        assert values == sorted(values)


@pytest.mark.parametrize("seed", range(6))
def test_more_plans_never_help_the_followers_and_as_many_as_followers_are_one_each(seed):
    problem = random_paths(seed, followers=3)
    one, two, three, four = (interdict(problem, budget=2, plans=plans).objective for plans in (1, 2, 3, 4))
    assert one <= two <= three == four
    assert three == min(interdict(problem.only([follower]), budget=2).objective for follower in range(3))


@pytest.mark.parametrize("seed", range(6))
def test_two_plans_equal_the_best_of_all_pairs_of_attacks(seed):
    problem = random_paths(seed, followers=3)
    attacks = enumeration.all_sets(problem.graph, 1)
    lengths = np.stack([enumeration.values(problem.only([follower]), attacks) for follower in range(3)])
    both = np.maximum(lengths[:, :, None], lengths[:, None, :])  # each follower meets the worse of the two plans
    assert interdict(problem, budget=1, plans=2).objective == both.min(axis=0).max()


def test_followers_who_share_a_weak_arc_meet_the_same_plan():
    graph = make_graph(["s", "t"], [("s", "t"), ("s", "t")])
    length = np.array([[1.0, 10.0], [10.0, 1.0], [1.0, 10.0]])
    problem = ShortestPath(graph, length, np.array([5.0, 5.0]), one_pair(graph, 1.0), None, ("a", "b", "c"))
    found = interdict(problem, budget=1, plans=2)
    assert found.objective == 6
    assert {plan.followers: plan.elements for plan in found.plans} == {("a", "c"): (0,), ("b",): (1,)}


def test_partitions_are_counted_by_stirling_numbers():
    assert [len(list(partitions(range(5), groups))) for groups in range(1, 6)] == [1, 15, 25, 10, 1]


@pytest.mark.parametrize("seed", range(6))
def test_any_removal_delay_above_the_price_of_giving_up_gives_the_same_answer(seed):
    graph, length = random_graph(seed), random_paths(seed).length
    longest, nodes = float(length.max()), len(graph.nodes)
    answers = []
    for factor in (1.0, 25.0):
        delay = np.where(graph.attackable, factor * removal_delay(nodes, longest), 0.0)
        problem = ShortestPath(graph, length, delay, one_pair(graph, 1.0), unmet_cost(nodes, longest), ("one",))
        found = [interdict(problem, budget=budget) for budget in range(4)]
        assert all(worst.optimal for worst in found)
        answers.append([worst.objective for worst in found])
        assert answers[-1] == [enumeration.worst_attack(problem, budget)[0] for budget in range(4)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_largest_flow_equals_the_smallest_cut(seed):
    problem = random_flow(seed)
    for attack in enumeration.all_sets(problem.graph, 1):
        assert problem.evaluate(attack)[0] == enumeration.values(problem, attack[None])[0]
    assert interdict(problem, budget=0).bound == problem.evaluate(problem.graph.nothing())[0]


@pytest.mark.parametrize("seed", range(5))
def test_stochastic_interdiction_equals_trying_every_attack_in_every_scenario(seed):
    flow = random_flow(seed)
    graph = flow.graph
    attackable = graph.attackable & (np.arange(graph.element_count) < 8)
    few = type(graph)(graph.nodes, graph.tail, graph.head, graph.element, attackable, graph.attack_cost)
    problem = MaxFlow(few, flow.capacity, flow.supply)
    chance = np.random.default_rng(seed).choice([0.0, 0.3, 0.75, 1.0], graph.element_count)
    found = interdict_stochastic(problem, budget=2, success_prob=chance)
    assert found.gap == 0.0
    assert found.exact

    def expected(attack: np.ndarray) -> float:
        outcomes = enumeration.all_sets(few, math.inf, attack)
        odds = np.where(outcomes, chance, np.where(attack, 1.0 - chance, 1.0)).prod(axis=1)
        return float(odds @ enumeration.values(problem, outcomes))

    attacks = enumeration.all_sets(few, 2)
    assert found.objective == pytest.approx(min(expected(attack) for attack in attacks), rel=1e-6)
    assert expected_capacity_bound(problem, budget=2, success_prob=chance) >= found.objective - 1e-6


def test_a_sampled_expectation_approaches_the_exact_one():
    problem = random_flow(3)
    chance = np.where(np.arange(problem.graph.element_count) < 8, 0.5, 0.0)
    exact = interdict_stochastic(problem, budget=2, success_prob=chance)
    sample = interdict_stochastic(problem, budget=2, success_prob=chance, samples=400, rng=np.random.default_rng(1))
    # every attack's sample mean is within 4 standard errors of its mean (flows lie within 0 to the whole flow), so the
    # optimum is too
    whole = problem.evaluate(problem.graph.nothing())[0]
    assert not sample.exact
    assert abs(sample.objective - exact.objective) < 4 * (whole / 2) / math.sqrt(400)


def test_a_run_that_is_stopped_early_states_the_gap_it_leaves():
    rng = np.random.default_rng(5)
    side = 14
    nodes = range(side * side)
    arcs = [(n, n + 1) for n in nodes if n % side < side - 1] + [(n, n + side) for n in nodes if n + side < side * side]
    arcs += [(head, tail) for tail, head in arcs]
    graph = make_graph(nodes, arcs)
    length = rng.integers(1, 100, (1, len(arcs))).astype(float)
    delay = rng.integers(1, 100, len(arcs)).astype(float)
    problem = ShortestPath(graph, length, delay, one_pair(graph, 1.0), None, ("one",))
    stopped = interdict(problem, budget=20, time_limit_s=0.05)
    assert not stopped.optimal
    assert stopped.gap > 0.0
    assert stopped.bound > stopped.objective >= stopped.unattacked
    at_once = protect(problem, protections=3, budget=20, time_limit_s=0.0)
    assert not at_once.optimal
    assert at_once.unattacked == at_once.bound < at_once.objective < math.inf


def random_segments(seed: int) -> tuple[list[Segment], dict[str, float], dict[str, float]]:
    rng = np.random.default_rng(seed)
    places = [f"place_{number}" for number in range(7)]
    pairs = list(itertools.pairwise(places))
    pairs += [tuple(rng.choice(places, 2, replace=False)) for _ in range(5)]
    segments = [
        Segment(f"segment_{n:02d}", str(a), str(b), float(rng.integers(1, 20)), closable=bool(rng.random() < 0.9))
        for n, (a, b) in enumerate(pairs)
    ]
    return segments, {"place_0": 25.0, "place_1": 10.0}, {"place_5": 12.0, "place_6": 20.0}


@pytest.mark.parametrize("seed", range(3))
def test_worst_cuts_of_segments_equal_trying_every_closure_and_their_answer_never_leaves_less(seed):
    segments, sources, sinks = random_segments(seed)
    problem = supply_problem(segments, sources, sinks)
    whole = enumeration.worst_attack(problem, 0)[0]
    cuts = worst_cuts(segments, sources, sinks, 3)
    assert [cut.budget for cut in cuts] == [1, 2, 3]
    for cut in cuts:
        assert cut.supply_left == enumeration.worst_attack(problem, cut.budget)[0]
        guarded = enumeration.best_protection(problem, cut.budget, cut.budget)[0]
        assert cut.supply_share_left_protected == pytest.approx(guarded / whole, rel=1e-12)
        assert cut.optimal
        assert cut.protected_optimal
        assert cut.supply_share_left_protected >= cut.supply_share_left
    shares = [cut.supply_share_left for cut in cuts]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("seed", range(6))
def test_the_most_critical_segment_is_the_worst_single_cut(seed):
    segments, sources, sinks = random_segments(seed)
    ranked = criticality(segments, sources, sinks)
    assert [found.drop for found in ranked] == sorted((found.drop for found in ranked), reverse=True)
    assert {found.segment for found in ranked} == {segment.name for segment in segments if segment.closable}
    assert ranked[0].drop == pytest.approx(1 - worst_cuts(segments, sources, sinks, 1)[0].supply_share_left, abs=1e-12)


def test_a_closed_road_is_shut_in_both_directions():
    road = [Segment("west", "port", "town", 10.0), Segment("east", "mine", "town", 6.0)]
    (cut,) = worst_cuts(road, {"port": 8.0, "mine": 8.0}, {"town": 20.0}, 1, protections=0)
    assert cut.segments == ("west",)
    assert cut.supply_left == 6.0
    flipped = [Segment("west", "town", "port", 10.0), Segment("east", "town", "mine", 6.0)]
    assert worst_cuts(flipped, {"port": 8.0, "mine": 8.0}, {"town": 20.0}, 1, protections=0) == (cut,)


def test_a_town_that_nothing_reaches_is_a_normal_state():
    (cut,) = worst_cuts([Segment("road", "port", "town", 0.0)], {"port": 5.0}, {"town": 5.0}, 1)
    assert cut.supply_left == 0.0
    assert math.isnan(cut.supply_share_left)
