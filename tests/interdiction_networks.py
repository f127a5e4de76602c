"""Random networks and the public benchmark folder for tests of interdiction."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from citerne.plan.flow import MaxFlow
from citerne.plan.graph import Graph, make_graph
from citerne.plan.shortest import ShortestPath

SHARED = Path(os.environ.get("CITERNE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
BENCHMARKS = SHARED / "data" / "benchmarks"
needs_benchmarks = pytest.mark.skipif(
    not BENCHMARKS.is_dir(), reason="the public interdiction benchmarks are not beside the checkout (CITERNE_SHARED)"
)


def random_graph(seed: int, nodes: int = 8, arcs: int = 24) -> Graph:
    """A graph with a chain from first to last node, so that a way exists, and random arcs beside it."""
    rng = np.random.default_rng(seed)
    chain = [(node, node + 1) for node in range(nodes - 1)]
    pairs = [tuple(int(end) for end in rng.choice(nodes, 2, replace=False)) for _ in range(arcs - len(chain))]
    attackable = rng.random(arcs) < 0.9
    return make_graph(range(nodes), [*chain, *pairs], attackable=attackable)


def random_paths(seed: int, followers: int = 1) -> ShortestPath:
    """Delays of 1 to 20 on lengths of 1 to 20, whole numbers, from the first to the last node."""
    graph, rng = random_graph(seed), np.random.default_rng(seed + 1)
    length = rng.integers(1, 21, (followers, graph.arc_count)).astype(float)
    delay = np.where(graph.attackable, rng.integers(1, 21, graph.arc_count), 0).astype(float)
    names = tuple(f"follower_{number}" for number in range(followers))
    return ShortestPath(graph, length, delay, one_pair(graph, 1.0), None, names)


def random_flow(seed: int) -> MaxFlow:
    """Capacities of 1 to 20, whole numbers, from the first to the last node."""
    graph, rng = random_graph(seed), np.random.default_rng(seed + 1)
    return MaxFlow(graph, rng.integers(1, 21, graph.arc_count).astype(float), one_pair(graph, np.inf))


def one_pair(graph: Graph, amount: float) -> np.ndarray:
    """Supply of `amount` at the first node, the same demand at the last."""
    supply = np.zeros(len(graph.nodes))
    supply[0], supply[-1] = amount, -amount
    return supply


def parallel(capacities: list[float]) -> MaxFlow:
    """Corridors side by side from one source to one sink."""
    graph = make_graph(["s", "t"], [("s", "t")] * len(capacities))
    return MaxFlow(graph, np.array(capacities, float), one_pair(graph, np.inf))
