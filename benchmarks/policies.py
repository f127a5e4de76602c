"""What each policy of the Mali case changes, over the same futures: the table of docs/model/policies.md.

    python benchmarks/policies.py [--members 500] [--seed 1] [--posterior FOLDER]

Prints one row a policy, mean changes against `recorded`; the first two columns with their 90 % interval.
"""

from __future__ import annotations

import argparse
from typing import Any

import citerne
from citerne.case.case import load
from citerne.case.policies import policies_of

COVER, HOSPITAL = ("stock_days", "bamako", "all"), ("person_days_unserved", "mali", "hospital")
WAIT, LOST = ("queue_hours", "bamako", "gasoline"), ("trucks_destroyed_cumulative", "mali", "all")
COST = ("protection_cost_cumulative", "mali", "")
MILLION = 1e-6


def main() -> None:
    """Run the record and every policy, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--posterior", default="case", help="folder of another posterior")
    chosen = parser.parse_args()
    case = load("mali")
    names = [name for name in policies_of(case) if name != "recorded"]
    made = citerne.compare(case, policies=["recorded", *names], days=98, members=chosen.members, seed=chosen.seed,
                           unknowns=chosen.posterior)  # fmt: skip
    rows: dict[str, dict[tuple[str, str, str], Any]] = {name: {} for name in names}
    for one in made.differences:
        rows[one.policy][one.variable, one.place, one.product] = one
    first = rows[names[0]]
    print("record:", {key[0]: round(first[key].baseline_mean, 3) for key in (COVER, HOSPITAL, WAIT, LOST)})
    for name, row in rows.items():
        cells = [f"{part.mean * unit:+.{n}f} ({part.mean_low * unit:.{n}f} to {part.mean_high * unit:.{n}f})"
                 for part, unit, n in ((row[COVER], 1, 2), (row[HOSPITAL], MILLION, 1))]  # fmt: skip
        others = (f"{row[WAIT].mean:+.1f}", f"{row[LOST].mean:+.0f}", f"{row[COST].mean:,.0f}")
        print(f"| `{name}` | {' | '.join((*cells, *others))} |")


if __name__ == "__main__":
    main()
