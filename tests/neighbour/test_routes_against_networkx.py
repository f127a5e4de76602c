"""Shortest paths, alternatives and corridors against networkx on the same graph."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest

from citerne.base.errors import UsageError
from citerne.metrics.hazard import probability_of_ambush
from citerne.roads.graph import Network
from citerne.roads.routes import alternatives, corridor_rows, corridor_table, direct_links, risk_cost, route_rows


def random_network(seed: int, nodes: int = 60, extra: int = 90, oneway: float = 0.2) -> Network:
    rng = np.random.default_rng(seed)
    tree = [(int(rng.integers(0, i)), i) for i in range(1, nodes)]
    more = [tuple(int(v) for v in rng.choice(nodes, 2, replace=False)) for _ in range(extra)]
    pairs = np.array(tree + more)
    length = rng.uniform(1, 100, len(pairs))
    return Network(
        tuple(f"p{i}" for i in range(nodes)), tuple(f"s{i}" for i in range(len(pairs))), pairs[:, 0], pairs[:, 1],
        length, length / rng.uniform(15, 45, len(pairs)), rng.random(len(pairs)) < oneway,
    )  # fmt: skip


def as_networkx(network: Network, cost: np.ndarray) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(network.nodes)
    for i, segment in enumerate(network.segments):
        pair = (network.nodes[network.tail[i]], network.nodes[network.head[i]])
        graph.add_edge(*pair, segment=segment, w=cost[i])
        if not network.oneway[i]:
            graph.add_edge(*pair[::-1], segment=segment, w=cost[i])
    return graph


@pytest.mark.parametrize("seed", range(5))
def test_many_to_many_equals_networkx_for_any_weights(seed):
    network = random_network(seed)
    rng = np.random.default_rng(seed + 100)
    for _weighting in range(3):
        cost = risk_cost(network, rng.exponential(0.001, len(network.segments)), 500)
        oracle = dict(nx.all_pairs_dijkstra_path_length(as_networkx(network, cost), weight="w"))
        expected = [[oracle[s].get(t, math.inf) for t in network.nodes] for s in network.nodes]
        np.testing.assert_allclose(network.many_to_many(cost, network.nodes), expected, rtol=1e-12)


def test_a_route_is_a_connected_way_whose_parts_sum_to_its_cost():
    network = random_network(7)
    cost = network.hours
    for source, target in itertools.product(network.nodes[:6], network.nodes[40:46]):
        route = network.route(cost, source, target)
        oracle = nx.DiGraph(as_networkx(network, cost))
        assert (route is None) == (not nx.has_path(oracle, source, target))
        if route is None:
            continue
        index = {s: i for i, s in enumerate(network.segments)}
        at = source
        for segment in route.segments:
            tail, head = (network.nodes[v[index[segment]]] for v in (network.tail, network.head))
            assert at == tail or (at == head and not network.oneway[index[segment]])
            at = head if at == tail else tail
        assert at == target
        assert route.cost == pytest.approx(sum(cost[index[s]] for s in route.segments))
        assert route.cost == pytest.approx(network.many_to_many(cost, [source], [target])[0, 0])


def test_a_closed_segment_is_not_used_and_a_free_one_does_not_vanish():
    network = Network(
        ("a", "b", "c"), ("ab", "bc", "ac"), np.array([0, 1, 0]), np.array([1, 2, 2]),
        np.array([1.0, 1.0, 5.0]), np.array([0.0, 1.0, 5.0]), np.zeros(3, bool),
    )  # fmt: skip
    assert network.route(network.hours, "a", "c").segments == ("ab", "bc")
    closed = np.where(np.array(network.segments) == "bc", np.inf, network.hours)
    assert network.route(closed, "a", "c").segments == ("ac",)
    assert network.route(np.array([np.inf, 1, np.inf]), "a", "c") is None
    with pytest.raises(UsageError, match="nowhere"):
        network.route(network.hours, "a", "nowhere")


def ladder() -> Network:
    """Three rails from west to east, of 10, 11 and 14 hours, and short rungs."""
    rails = {"n": 10.0, "m": 11.0, "s": 14.0}
    nodes = ["west", "east", *(f"{r}{i}" for r in rails for i in range(4))]
    rows = []
    for rail, hours in rails.items():
        chain = ["west", *(f"{rail}{i}" for i in range(4)), "east"]
        rows += [(a, b, hours / 5) for a, b in itertools.pairwise(chain)]
    rows += [(f"n{i}", f"m{i}", 0.5) for i in range(4)] + [(f"m{i}", f"s{i}", 0.5) for i in range(4)]
    index = {n: i for i, n in enumerate(nodes)}
    hours = np.array([h for _a, _b, h in rows])
    return Network(
        tuple(nodes), tuple(f"{a}-{b}" for a, b, _h in rows), np.array([index[a] for a, _b, _h in rows]),
        np.array([index[b] for _a, b, _h in rows]), hours * 40, hours, np.zeros(len(rows), bool),
    )  # fmt: skip


def test_alternatives_really_differ_and_the_first_is_the_shortest():
    network = ladder()
    routes = alternatives(network, network.hours, "west", "east", count=3, max_shared=0.3)
    assert [round(r.cost, 6) for r in routes] == [10, 11, 14]
    assert [r.shared_share for r in routes] == [0, 0, 0]
    assert len(alternatives(network, network.hours, "west", "east", count=3, max_shared=0.3, max_stretch=1.2)) == 2


@pytest.mark.parametrize("seed", range(4))
def test_no_two_alternatives_share_more_than_asked(seed):
    network = random_network(seed, oneway=0)
    routes = alternatives(network, network.hours, "p0", "p59", count=4, max_shared=0.5)
    assert routes[0].cost == pytest.approx(network.route(network.hours, "p0", "p59").cost)
    length = dict(zip(network.segments, network.length_km, strict=True))
    for a, b in itertools.combinations(routes, 2):
        shared = sum(length[s] for s in set(a.segments) & set(b.segments))
        assert min(shared / a.length_km, shared / b.length_km) <= 0.5 + 1e-12
        assert a.cost <= b.cost


def test_a_dearer_risk_moves_the_route_to_the_safer_rail_and_its_chance_of_ambush_falls():
    network = ladder()
    hazard = np.where([s.startswith("n") for s in network.segments], 0.001, 0.0)
    fast, safe = (network.route(risk_cost(network, hazard, worth), "west", "east") for worth in (0, 200))
    index = {s: i for i, s in enumerate(network.segments)}
    risk = []
    for route in (fast, safe):
        used = [index[s] for s in route.segments]
        risk.append(probability_of_ambush(hazard[used], network.length_km[used]))
    assert risk[0] > 0.2 > risk[1]
    assert fast.hours < safe.hours


def test_corridors_pass_their_border_post_once_and_equal_the_two_shortest_halves():
    network = ladder()
    rows = corridor_table(network, network.hours, ["west"], ["n2", "m2", "s1", "s2"], ["east"])
    oracle = nx.Graph(as_networkx(network, network.hours))
    for row in rows:
        assert len(set(row.route.nodes)) == len(row.route.nodes)
        halves = [
            nx.dijkstra_path_length(oracle, a, b, weight="w")
            for a, b in (("west", row.borders[0]), (row.borders[0], "east"))
        ]
        assert row.route.cost <= sum(halves) + 1e-9 or len(row.borders) > 1
        assert set(row.borders) <= set(row.route.nodes)
    assert rows[0].borders == ("n2",)
    assert len({row.route.nodes for row in rows}) == len(rows)
    costs = [row.route.cost for row in rows]
    assert costs == sorted(costs)
    assert rows[0].km_to_border == pytest.approx(3 * 2 * 40)


def test_tables_of_routes_and_corridors_name_places_and_leave_junctions_out():
    network = ladder()
    rows = corridor_rows(network, network.hours, [("west", "east")], ["n2", "m2"])
    assert [row["borders"] for row in rows][:2] == [("n2",), ("n2", "m2")]
    assert rows[0]["path"] == ("west", "n0", "n1", "n2", "n3", "east")
    ways = route_rows(network, network.hours, [("west", "east")], 2)
    assert [way["rank"] for way in ways] == [1, 2]
    assert ways[0]["over"] == ["n0", "n1", "n2", "n3"]


def test_direct_links_pass_no_other_named_place():
    network = random_network(11, oneway=0)
    places = list(network.nodes[::5])
    links = direct_links(network, network.hours, places, slack=1.0)
    assert links
    for link in links:
        assert not set(link.nodes[1:-1]) & set(places)
    graph = nx.Graph()
    graph.add_nodes_from(places)
    graph.add_weighted_edges_from((link.nodes[0], link.nodes[-1], link.cost) for link in links)
    oracle = network.many_to_many(network.hours, places, places)
    ours = dict(nx.all_pairs_dijkstra_path_length(graph))
    np.testing.assert_allclose([[ours[s][t] for t in places] for s in places], oracle, rtol=1e-9, atol=1e-12)


def test_components_count_parts_and_put_the_largest_first():
    network = Network(
        ("a", "b", "c", "d", "e"),
        ("x", "y"),
        np.array([0, 2]),
        np.array([1, 3]),
        np.ones(2),
        np.ones(2),
        np.ones(2, bool),
    )
    label = network.components()
    assert len(set(label)) == 3
    assert label[0] == label[1] != label[2] == label[3]
    assert label[4] == 2
