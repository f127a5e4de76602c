"""Interdiction against figures that other people's solvers made, and against networkx."""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from citerne.plan import enumeration
from citerne.plan.interdiction import interdict
from citerne.plan.protect import protect
from citerne.plan.published import max_flow_problem, read_arcs, shortest_path_problem
from citerne.plan.shortest import ShortestPath
from interdiction_networks import BENCHMARKS, needs_benchmarks, random_flow, random_paths
from proving import write_proof


def rows(file: str) -> list[dict[str, str]]:
    path = BENCHMARKS / "spi_arspi" / file
    if not path.exists():
        return []
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def instance(name: str, *followers: str) -> ShortestPath:
    return shortest_path_problem(read_arcs(BENCHMARKS / "spi_arspi" / f"{name}.csv"), followers=followers)


def reproduces(row: dict[str, str]) -> float:
    """Hold one published optimum; returns the seconds it took."""
    found = interdict(instance(row["instance"]), budget=int(row["budget"]), plans=int(row["k_plans"]))
    assert found.objective == float(row["published_optimum"])
    assert found.gap == 0.0
    assert found.optimal
    return found.seconds


# the quick share; the whole list is proven by `make prove` and timed by benchmarks/interdiction.py
QUICK = {("n122_d1", "4"), ("n122_d1", "16")}
PUBLISHED = rows("published_optima.csv")


@needs_benchmarks
@pytest.mark.parametrize(
    "row",
    [row for row in PUBLISHED if row["instance"] != "n122_d1" or (row["instance"], row["budget"]) in QUICK],
    ids=lambda row: f"{row['instance']}-{row['budget']}-{row['k_plans']}",
)
def test_published_optima_are_reproduced_with_gap_zero(row):
    reproduces(row)


@pytest.mark.prove
@needs_benchmarks
def test_every_published_optimum_is_reproduced_with_gap_zero():
    assert len(PUBLISHED) == 188
    seconds = []
    for row in PUBLISHED:
        seconds.append(reproduces(row))
    figures = {
        "published optima": len(PUBLISHED),
        "reproduced with gap 0": len(seconds),
        "slowest seconds": round(max(seconds), 2),
        "mean seconds": round(float(np.mean(seconds)), 3),
    }
    claim = "the published optima of the interdiction benchmarks come out with gap 0"
    command = "python -m pytest -m prove tests/neighbour/test_plan_published_optima.py"
    write_proof("interdiction_optima", claim, command, figures=figures)


@needs_benchmarks
def test_the_raw_delay_is_the_trap_it_is_said_to_be():
    arcs = read_arcs(BENCHMARKS / "spi_arspi" / "n17_d1.csv", delay_column="delay_raw")
    assert interdict(shortest_path_problem(arcs), budget=16).objective > 499


@needs_benchmarks
@pytest.mark.parametrize("row", rows("derived_trilevel.csv"), ids=lambda row: f"{row['instance']}-{row['follower']}")
def test_protect_attack_operate_reproduces_the_enumerated_values(row):
    shield = protect(
        instance(row["instance"], row["follower"]), protections=int(row["protect_P"]), budget=int(row["attack_B"])
    )
    assert shield.unattacked == float(row["shortest_path"])
    assert shield.unprotected == float(row["attacked_no_protection"])
    assert shield.objective == float(row["defender_attacker_defender"])
    assert shield.gap == 0.0


@needs_benchmarks
def test_the_five_node_networks_give_their_published_values():
    folder: Path = BENCHMARKS / "gallery_small"
    paths = shortest_path_problem(read_arcs(folder / "sp_arcs.csv", nodes_path=folder / "sp_nodes.csv"))
    flows = max_flow_problem(read_arcs(folder / "mf_arcs.csv", nodes_path=folder / "mf_nodes.csv"))
    assert [interdict(paths, budget=budget).objective for budget in range(3)] == [5, 17, 100]
    assert [interdict(flows, budget=budget).objective for budget in range(3)] == [80, 10, 0]
    assert enumeration.best_protection(flows, 1, 1)[0] == protect(flows, protections=1, budget=1).objective


@pytest.mark.parametrize("seed", range(15))
def test_path_lengths_equal_those_of_networkx(seed):
    problem = random_paths(seed)
    attack = np.random.default_rng(seed).random(problem.graph.element_count) < 0.2
    graph = nx.MultiDiGraph()
    length = problem.length[0] + problem.delay * attack
    for tail, head, weight in zip(problem.graph.tail, problem.graph.head, length, strict=True):
        graph.add_edge(int(tail), int(head), weight=float(weight))
    assert problem.evaluate(attack)[0] == nx.dijkstra_path_length(graph, 0, 7)


@pytest.mark.parametrize("seed", range(15))
def test_flows_equal_those_of_networkx(seed):
    problem = random_flow(seed)
    attack = np.random.default_rng(seed).random(problem.graph.element_count) < 0.1
    graph = nx.DiGraph()
    graph.add_nodes_from(range(8))
    for tail, head, capacity, hit in zip(problem.graph.tail, problem.graph.head, problem.capacity, attack, strict=True):
        before = graph.get_edge_data(int(tail), int(head), {"capacity": 0.0})["capacity"]
        graph.add_edge(int(tail), int(head), capacity=before + (0.0 if hit else float(capacity)))
    assert problem.evaluate(attack)[0] == nx.maximum_flow_value(graph, 0, 7)
