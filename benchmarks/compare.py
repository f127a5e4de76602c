"""How many times fewer futures a paired comparison needs than an unpaired one, on the Mali case.

    python benchmarks/compare.py [--members 2000]

Standard comparison: customs in a day against the record, lowest days of cover at the hub. Two ways: (1) from the
variances of one paired sample; (2) measured, by splitting the futures into batches and looking at how much the mean
difference scatters when batch k is paired with itself and when it is set against batch k + 1. Exits with 1 below 5.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

import citerne
from citerne.plan.compare import measures, variance_reduction

POLICIES = ("customs_24h", "ration_diesel", "capital_first", "more_columns_south")
KEYS = (("stock_days", "bamako", "all"), ("imports_volume", "mali", "all"), ("dry_share", "mali", "all"))
BATCH = 20


def scatter(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Variance of unpaired over that of paired batch differences."""
    count = one.size // BATCH
    first = one[: count * BATCH].reshape(count, BATCH).mean(axis=1)
    second = other[: count * BATCH].reshape(count, BATCH).mean(axis=1)
    return float((second - np.roll(first, 1)).var(ddof=1) / (second - first).var(ddof=1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=2000)
    members = parser.parse_args().members
    base = measures(citerne.run("mali", members=members), "bamako", "mali")
    least = np.inf
    print(f"{'policy':20} {'measure':28} {'by variance':>12} {'by batches':>11}")
    for policy in POLICIES:
        other = measures(citerne.run("mali", members=members, policy=policy), "bamako", "mali")
        for key in KEYS:
            factor = variance_reduction(base[key].values, other[key].values)
            measured = scatter(base[key].values, other[key].values)
            print(f"{policy:20} {'.'.join(key):28} {factor:12.1f} {measured:11.1f}")
            if policy == "customs_24h" and key == KEYS[0]:
                least = min(factor, measured)
    print(f"standard comparison: at least {least:.1f} times fewer futures")
    return 0 if least >= 5 else 1


if __name__ == "__main__":
    sys.exit(main())
