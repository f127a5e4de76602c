"""Roads: import of a large extract against reading alone, and many-to-many routing against networkx.

    python benchmarks/roads.py SMALL.osm.pbf [--side 13] [--keep TILED.osm.pbf]

The large extract is SMALL written side x side times with shifted coordinates and ids spread as in real files (13 x 13
copies of a 0.7 MB city make about 65 MB). Each measurement runs in a process of its own; the best of three counts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ID_SPREAD = 3170  # ids of real files are sparse; a reader that indexes by id must bear it
CLASSES = [c + link for c in ("motorway", "trunk", "primary", "secondary") for link in ("", "_link")]


def tile(small: Path, large: Path, side: int) -> None:
    """Write `small` side x side times, nodes first, ids ascending."""
    import osmium
    from osmium.osm import mutable

    nodes: list[tuple[int, float, float, dict[str, str]]] = []
    ways: list[tuple[list[int], dict[str, str]]] = []
    for item in osmium.FileProcessor(str(small), osmium.osm.NODE | osmium.osm.WAY):
        if item.is_node():
            nodes.append((item.id, item.location.lon, item.location.lat, dict(item.tags)))
        else:
            ways.append(([n.ref for n in item.nodes], dict(item.tags)))
    position = {node[0]: k for k, node in enumerate(nodes)}
    outside = len(nodes) * side * side + 1  # nodes that the small extract lacks stay missing
    writer = osmium.SimpleWriter(str(large), overwrite=True)
    for copy in range(side * side):
        east, north = copy % side * 0.2, copy // side * 0.12
        for k, (_id, lon, lat, tags) in enumerate(nodes):
            number = (copy * len(nodes) + k + 1) * ID_SPREAD
            writer.add_node(mutable.Node(id=number, location=(lon + east, lat + north), tags=tags))
    for copy in range(side * side):
        for k, (refs, tags) in enumerate(ways):
            moved = [(copy * len(nodes) + position.get(ref, outside) + 1) * ID_SPREAD for ref in refs]
            writer.add_way(mutable.Way(id=(copy * len(ways) + k + 1) * ID_SPREAD, nodes=moved, tags=tags))
    writer.close()


def read_only(path: Path) -> dict[str, Any]:
    """One pass with locations over the same roads, every point looked at, nothing built: the time to compare with."""
    import osmium

    points = 0
    ways = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in ways.with_filter(osmium.filter.TagFilter(*(("highway", c) for c in CLASSES))):
        for node in way.nodes:
            points += node.location.valid()
    return {"points": points}


def run_import(path: Path) -> dict[str, Any]:
    """The whole importer, tables written."""
    from citerne.roads.osm_import import import_osm

    found = import_osm(path)
    with tempfile.TemporaryDirectory() as folder:
        found.write(Path(folder))
    return {key: found.report[key] for key in ("places", "segments", "length_km", "components")}


def routing(nodes: int = 7_000, ends: int = 60, weightings: int = 5) -> dict[str, Any]:
    """`ends` x `ends` risk-weighted costs on a planar-like random graph; results must be identical."""
    import networkx as nx
    from scipy.spatial import Delaunay

    from citerne.roads.graph import Network
    from citerne.roads.lines import distance_km
    from citerne.roads.routes import risk_cost

    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-12, 4, nodes), rng.uniform(10, 24, nodes)
    edges = {
        tuple(sorted(map(int, pair)))
        for t in Delaunay(np.c_[lon, lat]).simplices
        for pair in zip(t, np.roll(t, 1), strict=True)
    }
    pairs = np.array(sorted(edges))
    length = distance_km(lon[pairs[:, 0]], lat[pairs[:, 0]], lon[pairs[:, 1]], lat[pairs[:, 1]])
    spanning = nx.minimum_spanning_tree(_as_nx(pairs, length, nodes))
    keep = rng.random(len(pairs)) < 0.12  # about 1.25 edges for each node, as road networks have
    keep |= np.array([spanning.has_edge(*map(int, pair)) for pair in pairs])
    pairs, length = pairs[keep], length[keep]
    names = tuple(f"p{i}" for i in range(nodes))
    network = Network(
        names, tuple(f"s{i}" for i in range(len(pairs))), pairs[:, 0], pairs[:, 1], length, length / 35,
        np.zeros(len(pairs), bool),
    )  # fmt: skip
    chosen = [int(i) for i in rng.choice(nodes, ends, replace=False)]
    picked = [names[i] for i in chosen]
    ours, theirs, worst = [], [], 0.0
    for _weighting in range(weightings):
        cost = risk_cost(network, rng.exponential(2e-4, len(pairs)), 500)
        started = time.perf_counter()
        found = network.many_to_many(cost, picked, picked)
        ours.append(time.perf_counter() - started)
        graph = _as_nx(pairs, cost, nodes)
        started = time.perf_counter()
        lengths = [nx.single_source_dijkstra_path_length(graph, s, weight="w") for s in chosen]
        oracle = np.array([[row[t] for t in chosen] for row in lengths])
        theirs.append(time.perf_counter() - started)
        worst = max(worst, float(np.abs(found - oracle).max() / oracle.max()))
    assert worst < 1e-12, worst
    return {
        "nodes": nodes, "segments": len(pairs), "ends": ends, "citerne_s": min(ours), "networkx_s": min(theirs),
        "times_faster": min(theirs) / min(ours), "largest_relative_difference": worst,
    }  # fmt: skip


def _as_nx(pairs: np.ndarray, cost: np.ndarray, nodes: int) -> Any:
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_weighted_edges_from(
        ((int(a), int(b), float(w)) for (a, b), w in zip(pairs, cost, strict=True)), weight="w"
    )
    return graph


def measure(task: str, path: Path, repeats: int = 3) -> dict[str, Any]:
    """Best time and the peak memory of `task` in processes of their own, start-up of Python left out."""
    rows = []
    for _repeat in range(repeats):
        done = subprocess.run(
            [sys.executable, __file__, str(path), "--task", task], capture_output=True, text=True, check=True
        )
        rows.append(json.loads(done.stdout))
    best = min(rows, key=lambda row: row["seconds"])
    return best | {"peak_mb": max(row["peak_mb"] for row in rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extract", type=Path)
    parser.add_argument("--side", type=int, default=13)
    parser.add_argument("--keep", type=Path, help="keep the large extract here, or use it if it is there")
    parser.add_argument("--task", choices=["read", "import"])
    options = parser.parse_args()
    if options.task:
        started = time.perf_counter()
        result = read_only(options.extract) if options.task == "read" else run_import(options.extract)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(json.dumps(result | {"seconds": seconds, "peak_mb": peak}))
        return
    with tempfile.TemporaryDirectory() as folder:
        large = options.keep or Path(folder) / "tiled.osm.pbf"
        if not large.exists():
            tile(options.extract, large, options.side)
        read, whole = measure("read", large), measure("import", large)
        size = large.stat().st_size / 1e6
    found = {
        "extract_mb": size,
        "read": read,
        "import": whole,
        "import_against_read": whole["seconds"] / read["seconds"],
    }
    print(json.dumps(found | {"routing": routing()}, indent=2))


if __name__ == "__main__":
    main()
