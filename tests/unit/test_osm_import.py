"""`import osm` on extracts that the tests draw themselves, and on real ones where they are at hand."""

from __future__ import annotations

import csv
import itertools
import math
import os
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from osm_writing import Drawing

from citerne.base.errors import DataError, Faults, MissingPartError
from citerne.roads.lines import EARTH_KM
from citerne.roads.osm_import import import_osm
from citerne.roads.speeds import FERRY_WAIT_H, SPEED_KMH, WATER_SPEED_KMH
from citerne.schema.read import read_table
from citerne.schema.tables import PLACES, ROADS
from citerne.schema.write import slug

SHARED = Path(os.environ.get("CITERNE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
GEO = SHARED / "data" / "geo"
needs_geo = pytest.mark.skipif(not GEO.is_dir(), reason="shared geodata is not beside the checkout (CITERNE_SHARED)")


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great circle by the spherical law of cosines in vector form: another formula than the importer's."""

    def vector(p: tuple[float, float]) -> np.ndarray:
        lam, phi = math.radians(p[0]), math.radians(p[1])
        return np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])

    u, v = vector(a), vector(b)
    return EARTH_KM * math.atan2(float(np.linalg.norm(np.cross(u, v))), float(u @ v))


def ends(result) -> dict[frozenset[str], float]:
    return {frozenset((r["from_place"], r["to_place"])): r["length_km"] for r in result.roads}


def straight_road(tmp_path: Path, **middle_tags: str) -> Path:
    """A - four points - B, three ways; the third point carries `middle_tags`."""
    d = Drawing()
    a = d.node(0, 10, place="town", name="A")
    inner = [d.node(0.1, 10.05), d.node(0.2, 10), d.node(0.3, 10.02, **middle_tags), d.node(0.4, 10)]
    b = d.node(0.5, 10, place="city", name="B")
    d.way([a, inner[0], inner[1]])
    d.way([inner[1], inner[2]], surface="gravel", bridge="yes", ref="N1")
    d.way([inner[2], inner[3], b], surface="")
    return d.write(tmp_path / "road.osm.pbf")


def test_a_chain_of_degree_two_becomes_one_segment_of_the_drawn_length(tmp_path):
    result = import_osm(straight_road(tmp_path))
    drawn = [(0, 10), (0.1, 10.05), (0.2, 10), (0.3, 10.02), (0.4, 10), (0.5, 10)]
    length = sum(km(p, q) for p, q in itertools.pairwise(drawn))
    assert result.report["places"] == 2
    assert ends(result) == {frozenset("ab"): pytest.approx(length, rel=1e-9)}
    detail = result.details[0]
    assert detail["bridges"] == 1
    assert detail["bridge_km"] == pytest.approx(km(drawn[2], drawn[3]), rel=1e-6)
    assert detail["assumed_surface_km"] == pytest.approx(km(drawn[3], drawn[4]) + km(drawn[4], drawn[5]), rel=1e-6)
    assert result.roads[0]["road_number"] == "N1"
    speed = SPEED_KMH["primary"]
    gravel = km(drawn[2], drawn[3])
    hours = gravel / speed["gravel"] + (length - gravel) / speed["paved"]
    assert result.roads[0]["truck_hours"] == pytest.approx(hours, rel=1e-9)


def test_contraction_never_runs_through_a_named_place(tmp_path):
    path = straight_road(tmp_path, place="town", name="Middle")
    assert set(ends(import_osm(path))) == {frozenset(("a", "middle")), frozenset(("middle", "b"))}


def test_localities_break_a_chain_only_when_asked_for(tmp_path):
    path = straight_road(tmp_path, place="locality", name="Quarry")
    assert set(ends(import_osm(path))) == {frozenset("ab")}
    assert set(ends(import_osm(path, places="all"))) == {frozenset(("a", "quarry")), frozenset(("quarry", "b"))}


def test_a_border_post_without_a_name_is_a_place(tmp_path):
    result = import_osm(straight_road(tmp_path, barrier="border_control"))
    border = [p for p in result.places if p["kind"] == "border"]
    assert [p["place"] for p in border] == ["border_n4"]


def test_a_place_beside_a_long_straight_road_splits_it_and_its_distance_is_shown(tmp_path):
    d = Drawing()
    a, b = d.node(0, 10, place="town", name="A"), d.node(1, 10, place="town", name="B")
    d.node(0.4, 10.02, place="town", name="Beside")
    d.node(0.6, 10.5, place="town", name="Far away")
    d.way([a, b])
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert set(ends(result)) == {frozenset(("a", "beside")), frozenset(("beside", "b"))}
    assert result.report["length_km"] == pytest.approx(km((0, 10), (1, 10)), rel=1e-3)
    snap = {row["place"]: row["distance_km"] for row in result.snapped}
    assert snap["a"] == 0
    assert snap["beside"] == pytest.approx(0.02 * math.pi / 180 * EARTH_KM, rel=0.02)
    assert [row["osm_id"] for row in result.set_aside] == ["n4"]
    assert "within 5 km" in result.set_aside[0]["reason"]


def test_one_way_streets_keep_their_direction(tmp_path):
    d = Drawing()
    a, b = d.node(0, 10, place="town", name="A"), d.node(0.2, 10, place="town", name="B")
    up, down = d.node(0.1, 10.05), d.node(0.1, 9.9)
    d.way([a, up, b], oneway="yes")
    d.way([a, down, b], oneway="-1")
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    there, back = (result.network.route(result.network.length_km, *pair) for pair in (("a", "b"), ("b", "a")))
    assert there.length_km == pytest.approx(km((0, 10), (0.1, 10.05)) + km((0.1, 10.05), (0.2, 10)), rel=1e-6)
    assert back.length_km == pytest.approx(km((0, 10), (0.1, 9.9)) + km((0.1, 9.9), (0.2, 10)), rel=1e-6)


def test_one_way_streets_that_meet_head_on_are_no_way_through(tmp_path):
    d = Drawing()
    a, m, b = d.node(0, 10, place="town", name="A"), d.node(0.1, 10), d.node(0.2, 10, place="town", name="B")
    d.way([a, m], oneway="yes")
    d.way([b, m], oneway="yes")
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert result.network.route(result.network.length_km, "a", "b") is None
    assert result.report["components"] == 1


def test_a_ferry_is_joined_to_the_roads_at_its_landings_and_is_a_segment_of_its_own(tmp_path):
    d = Drawing()
    a, south = d.node(0, 10, place="town", name="A"), d.node(0, 10.1)
    quay, landing = d.node(0, 10.105), d.node(0, 10.14)
    north, b = d.node(0, 10.145), d.node(0, 10.2, place="town", name="B")
    d.way([a, south])
    d.way([quay, landing], highway="", surface="", route="ferry")
    d.way([north, b])
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert result.report["components"] == 1
    ferry = next(row for row in result.roads if row["surface"] == "ferry")
    length = km((0, 10.105), (0, 10.14))
    assert ferry["length_km"] == pytest.approx(length, rel=1e-6)
    assert ferry["truck_hours"] == pytest.approx(length / WATER_SPEED_KMH["ferry"] + FERRY_WAIT_H, rel=1e-6)


def test_a_ferry_that_no_road_reaches_is_named_and_left_out(tmp_path):
    d = Drawing()
    a, b = d.node(0, 10, place="town", name="A"), d.node(0.1, 10, place="town", name="B")
    d.way([a, b])
    d.way([d.node(2, 10), d.node(2.1, 10)], highway="", surface="", route="ferry")
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert result.report["components"] == result.report["segments"] == 1
    assert [row["osm_id"] for row in result.set_aside] == ["w2"]


def test_an_extract_without_roads_says_which_classes_were_asked_for(tmp_path):
    d = Drawing()
    d.way([d.node(0, 10), d.node(0.1, 10)], highway="tertiary")
    path = d.write(tmp_path / "x.osm.pbf")
    with pytest.raises(DataError, match="secondary"):
        import_osm(path)
    assert import_osm(path, down_to="tertiary").report["segments"] == 1


def test_a_navigable_river_is_a_mode_only_when_asked_for(tmp_path):
    d = Drawing()
    a, b = d.node(0, 10, place="town", name="A"), d.node(0.5, 10, place="town", name="B")
    stub_a, stub_b = d.node(0, 9.9), d.node(0.5, 9.9)
    river = [d.node(-0.2, 10.01), d.node(0.001, 10.005), d.node(0.25, 10.05), d.node(0.501, 10.005), d.node(0.8, 10)]
    d.way([a, stub_a])
    d.way([b, stub_b])
    d.way(river, highway="", surface="", waterway="river", boat="yes")
    path = d.write(tmp_path / "x.osm.pbf")
    assert import_osm(path).report["components"] == 2
    afloat = import_osm(path, rivers=True)
    assert afloat.network.route(afloat.network.hours, "a", "b") is not None
    assert "river" in {row["surface"] for row in afloat.roads}


def test_roads_closed_to_trucks_and_ways_cut_by_the_edge_are_named_not_lost_in_silence(tmp_path):
    d = Drawing()
    a, b, c = (d.node(x, 10, place="town", name=n) for x, n in ((0, "A"), (0.1, "B"), (0.2, "C")))
    d.way([a, b])
    d.way([b, c], access="no")
    d.way([b, c], hgv="yes", access="no")
    d.way([c, 99, 98])
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert {frozenset("ab"), frozenset("bc")} == set(ends(result))
    assert {row["osm_id"]: row["reason"] for row in result.set_aside} == {
        "w2": "closed to trucks (access tags)",
        "w4": "part of the way lies outside the extract",
    }


def test_a_ring_and_a_roundabout_lose_no_length_and_make_no_loop(tmp_path):
    d = Drawing()
    a = d.node(0, 10, place="town", name="A")
    ring = [d.node(0.1 + 0.05 * math.cos(t), 10 + 0.05 * math.sin(t)) for t in np.arange(0, 6.2, 0.5)]
    d.way([a, ring[6]])
    d.way([*ring, ring[0]])
    lone = [d.node(1 + 0.05 * math.cos(t), 10 + 0.05 * math.sin(t)) for t in np.arange(0, 6.2, 0.5)]
    d.way([*lone, lone[0]])
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert all(row["from_place"] != row["to_place"] for row in result.roads)
    drawn = sum(km(d.nodes[p][0], d.nodes[q][0]) for refs, _ in d.ways for p, q in itertools.pairwise(refs))
    # coordinates are stored to 1e-7 degree, 1 cm, on 27 points of 74 km
    assert result.report["length_km"] == pytest.approx(drawn, rel=27 * 1e-5 / 74)
    assert result.report["components"] == 2


def test_two_towns_of_one_name_get_two_ids(tmp_path):
    d = Drawing()
    a, b = d.node(0, 10, place="town", name="Éfa"), d.node(0.1, 10, place="town", name="Efa", population="12 000")
    d.way([a, b])
    result = import_osm(d.write(tmp_path / "x.osm.pbf"))
    assert [(p["place"], p["population"]) for p in result.places] == [("efa", 12_000), ("efa_n1", None)]
    assert slug("Bobo-Dioulasso (Ville)") == "bobo_dioulasso_ville"


def test_the_tables_pass_the_reader_of_a_case(tmp_path):
    import_osm(straight_road(tmp_path, place="town", name="Middle")).write(tmp_path / "out")
    faults = Faults()
    places = read_table(tmp_path / "out" / "places.csv", PLACES, faults)
    roads = read_table(tmp_path / "out" / "roads.csv", ROADS, faults)
    assert faults.found == []
    assert {row["from_place"] for row in roads} <= {row["place"] for row in places}
    assert "ODbL" in (tmp_path / "out" / "ATTRIBUTION.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:200], lambda raw: b"not a map", lambda raw: b"", lambda raw: raw[:-9]]
)
def test_a_broken_extract_is_a_data_error(tmp_path, spoil):
    path = straight_road(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match=r"road\.osm\.pbf"):
        import_osm(path)


def test_without_the_osm_part_the_message_tells_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(MissingPartError, match=r"pip install 'citerne\[osm\]'"):
        import_osm(tmp_path / "x.osm.pbf")


def _mali_tables() -> tuple[
    dict[str, dict[str, str]], list[tuple[str, str, list[tuple[float, float]], dict[str, str]]]
]:
    with (GEO / "mali_nodes.csv").open(encoding="utf-8") as file:
        nodes = {row["id"]: row for row in csv.DictReader(file)}
    vias: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with (GEO / "mali_edge_vias.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            vias.setdefault((row["from"], row["to"]), []).append((float(row["lon"]), float(row["lat"])))
    edges = []
    with (GEO / "mali_edges.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            ends_ = [(float(nodes[row[k]]["lon"]), float(nodes[row[k]]["lat"])) for k in ("from", "to")]
            line = [ends_[0], *vias.get((row["from"], row["to"]), []), ends_[1]]
            edges.append((row["from"], row["to"], line, row))
    return nodes, edges


@needs_geo
@pytest.mark.parametrize("places", ["all", "towns"])
def test_an_extract_of_the_mali_tables_comes_back_as_it_was_drawn(tmp_path, places):
    nodes, edges = _mali_tables()
    d, number = Drawing(), {}
    for key, row in nodes.items():
        tags = {"place": "town" if row["kind"] == "town" else "locality", "name": key}
        if row["kind"] == "border":
            tags["barrier"] = "border_control"
        number[key] = d.node(float(row["lon"]), float(row["lat"]), **tags)
    for start, end, line, row in edges:
        between = [d.node(*p) for p in line[1:-1]]
        d.way([number[start], *between, number[end]], highway="trunk", ref=row["road_number"])
    result = import_osm(d.write(tmp_path / "mali.osm.pbf"), places=places)
    kept = {k for k, row in nodes.items() if places == "all" or row["kind"] in ("town", "border")}
    assert result.report["places"] == len(kept)
    assert result.report["set_aside"] == []
    drawn = nx.MultiGraph()
    for start, end, line, _row in edges:
        drawn.add_edge(start, end, km=sum(km(p, q) for p, q in itertools.pairwise(line)))
    if places == "all":
        for start, end, data in drawn.edges(data=True):
            assert ends(result)[frozenset((slug(start), slug(end)))] == pytest.approx(data["km"], rel=1e-3)
        assert len(result.roads) == len(edges)
    assert result.report["length_km"] == pytest.approx(
        sum(data["km"] for _a, _b, data in drawn.edges(data=True)), rel=1e-3
    )
    oracle = dict(nx.all_pairs_dijkstra_path_length(drawn, weight="km"))
    some = sorted(kept)[::6]
    ours = result.network.many_to_many(result.network.length_km, [slug(s) for s in some], [slug(t) for t in some])
    np.testing.assert_allclose(ours, [[oracle[s][t] for t in some] for s in some], rtol=1e-3, atol=1e-9)


@needs_geo
def test_the_synthetic_mali_extract_has_87_places_and_100_segments_of_14203_km():
    report = import_osm(GEO / "mali_pack_synthetic.osm.pbf", places="all").report
    assert (report["places"], report["segments"], report["components"]) == (87, 100, 1)
    assert report["length_km"] == pytest.approx(14_203, rel=1e-3)
    assert report["set_aside"] == []


@needs_geo
def test_a_network_of_places_alone_keeps_each_segment_of_a_network_without_junctions():
    path = GEO / "mali_pack_synthetic.osm.pbf"
    junctions, places = import_osm(path, places="all"), import_osm(path, places="all", network="places")
    cheap = [r for r in places.roads if ends(junctions).get(frozenset((r["from_place"], r["to_place"])))]
    assert len(cheap) == len(places.roads) >= 95  # a few roads are dearer than 1.3 times the way around
    for row in cheap:
        assert row["length_km"] == pytest.approx(ends(junctions)[frozenset((row["from_place"], row["to_place"]))])


@needs_geo
@pytest.mark.parametrize(("name", "places"), [("andorra", "villages"), ("Helsinki", "all")])
def test_real_extracts_parse_connect_and_route(name, places):
    result = import_osm(GEO / f"{name}.osm.pbf", places=places)
    assert result.report["largest_component_share"] > 0.95
    network = result.network
    main = [n for n, part in zip(network.nodes, network.components(), strict=True) if part == 0]
    two_way = network.many_to_many(network.hours, main[:1], main)
    assert np.isfinite(two_way).mean() > 0.5  # one-way streets that the extract's edge cuts can be left, not reached
    graph = nx.MultiDiGraph()
    for i in range(len(network.segments)):
        pair = (network.nodes[network.tail[i]], network.nodes[network.head[i]])
        graph.add_edge(*pair, h=network.hours[i])
        if not network.oneway[i]:
            graph.add_edge(*pair[::-1], h=network.hours[i])
    oracle = nx.single_source_dijkstra_path_length(graph, main[0], weight="h")
    np.testing.assert_allclose(two_way[0], [oracle.get(n, math.inf) for n in main], rtol=1e-9, atol=1e-12)
