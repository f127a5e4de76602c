"""Run several policies of a case over the same futures and keep what a comparison needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from citerne.plan.compare import Array, Difference, Key, Measure, Ranked, differences, select_best, sign_of

PART_OF_SPREAD = 0.1


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes
    ----------
    policies : names, the baseline first
    differences : one per policy but the baseline and measure
    selected : the measure that the policies are ranked by, as variable.place.product
    matters : smallest difference of it that matters
    ranking : all policies; those that may be the best come first
    """

    policies: tuple[str, ...]
    differences: list[Difference]
    selected: str
    matters: float
    ranking: list[Ranked]


def compare_policies(
    run: Callable[[str | Path], tuple[str, dict[Key, Measure]]],
    policies: Sequence[str | Path],
    *,
    lead: Key | None = None,
    matters: float | None = None,
) -> Comparison:
    """Compare each policy with the first.

    Parameters
    ----------
    run : simulates one policy; returns its name and its measures, over futures that are the same for all policies
    policies : baseline first
    lead : measure to rank by (default: the first that has a better way)
    matters : smallest difference of it that matters (default: a tenth of its spread under the baseline)
    """
    ran = [run(policy) for policy in policies]
    against, base = ran[0]
    found = [row for name, other in ran[1:] for row in differences(base, other, name, against)]
    leading = lead if lead in base else next((key for key in base if sign_of(key[0])), next(iter(base)))
    sign = sign_of(leading[0]) or 1
    least = matters if matters is not None else PART_OF_SPREAD * float(base[leading].values.std()) or 1.0
    values: dict[str, Array] = {name: sign * measured[leading].values for name, measured in ran}
    ranking = [replace(item, mean=sign * item.mean) for item in select_best(values, matters=least)]
    return Comparison(tuple(name for name, _measured in ran), found, ".".join(leading), least, ranking)
