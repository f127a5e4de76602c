"""Interdiction on public test networks: optima reached, proven gaps, and seconds on one core.

    python benchmarks/interdiction.py [--quick]

Reads `data/benchmarks` of the folder in CITERNE_SHARED, or of `../shared` beside the checkout. Prints one line a
family: published optima of shortest-path interdiction (rows, reproduced, largest gap, seconds), protect-attack-operate
values, and the mixed-integer program against trying every attack on random networks. Exits with 1 if a published value
is missed.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from citerne.plan import enumeration
from citerne.plan.flow import MaxFlow
from citerne.plan.graph import make_graph
from citerne.plan.interdiction import interdict
from citerne.plan.protect import protect
from citerne.plan.published import read_arcs, shortest_path_problem

SHARED = Path(os.environ.get("CITERNE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
NETWORKS = SHARED / "data" / "benchmarks" / "spi_arspi"


def rows(name: str) -> Iterator[dict[str, str]]:
    with (NETWORKS / name).open(newline="") as file:
        yield from csv.DictReader(file)


def published(quick: bool) -> bool:
    """Every published optimum, by instance and number of plans."""
    families: dict[tuple[str, str], list[tuple[bool, float, float]]] = {}
    for row in rows("published_optima.csv"):
        if quick and int(row["budget"]) % 10:
            continue
        start = time.perf_counter()
        problem = shortest_path_problem(read_arcs(NETWORKS / f"{row['instance']}.csv"))
        found = interdict(problem, budget=int(row["budget"]), plans=int(row["k_plans"]))
        seconds = time.perf_counter() - start
        same = found.objective == float(row["published_optimum"])
        families.setdefault((row["instance"], row["k_plans"]), []).append((same, found.gap, seconds))
    print(f"{'instance':10} {'plans':>5} {'rows':>5} {'equal':>6} {'max gap':>8} {'mean s':>7} {'max s':>7}")
    for (instance, plans), results in sorted(families.items()):
        equal, gaps, seconds = (np.array(part) for part in zip(*results, strict=True))
        print(
            f"{instance:10} {plans:>5} {len(equal):5} {equal.sum():6} {gaps.max():8.1g} "
            f"{seconds.mean():7.3f} {seconds.max():7.3f}"
        )
    return all(same and gap == 0 for results in families.values() for same, gap, _seconds in results)


def three_levels() -> bool:
    """Protect, attack, operate: the enumerated values (a second line of evidence), and the largest network."""
    good = True
    seconds = []
    for row in rows("derived_trilevel.csv"):
        problem = shortest_path_problem(read_arcs(NETWORKS / f"{row['instance']}.csv"), followers=[row["follower"]])
        found = protect(problem, protections=int(row["protect_P"]), budget=int(row["attack_B"]))
        good &= found.objective == float(row["defender_attacker_defender"]) and found.gap == 0
        seconds.append(found.seconds)
    print(f"protect-attack-operate: {len(seconds)} values, all equal: {good}, max {max(seconds):.3f} s")
    problem = shortest_path_problem(read_arcs(NETWORKS / "n122_d1.csv"), followers=["cost_f1"])
    for protections, budget in ((1, 2), (2, 3), (3, 3)):
        found = protect(problem, protections=protections, budget=budget)
        print(
            f"  n122_d1 cost_f1, protect {protections}, attack {budget}: {found.objective:g} "
            f"(unprotected {found.unprotected:g}), gap {found.gap:.1g}, {found.rounds} rounds, {found.seconds:.2f} s"
        )
    return good


def against_enumeration() -> bool:
    """Maximum-flow interdiction on random networks of 24 arcs: program over enumeration, in the same run."""
    good = True
    print(f"{'24 arcs':10} {'budget':>6} {'program ms':>11} {'all attacks ms':>15} {'ratio':>6}")
    for budget in (1, 2, 3, 4):
        spent = np.zeros(2)
        for seed in range(5):
            rng = np.random.default_rng(seed)
            arcs = [(n, n + 1) for n in range(7)] + [tuple(rng.choice(8, 2, replace=False).tolist()) for _ in range(17)]
            graph = make_graph(range(8), arcs)
            supply = np.zeros(8)
            supply[0], supply[7] = np.inf, -np.inf
            problem = MaxFlow(graph, rng.integers(1, 21, 24).astype(float), supply)
            start = time.perf_counter()
            program = interdict(problem, budget=budget).objective
            middle = time.perf_counter()
            tried, _elements = enumeration.worst_attack(problem, budget)
            spent += (middle - start, time.perf_counter() - middle)
            good &= program == tried
        program_ms, tried_ms = spent / 5 * 1000
        print(f"{'':10} {budget:6} {program_ms:11.1f} {tried_ms:15.1f} {tried_ms / program_ms:6.2f}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every tenth budget only")
    quick = parser.parse_args().quick
    if not NETWORKS.is_dir():
        print("No data/benchmarks found: set CITERNE_SHARED.", file=sys.stderr)
        return 2
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    parts = [published(quick), three_levels(), against_enumeration()]
    return 0 if all(parts) else 1


if __name__ == "__main__":
    sys.exit(main())
