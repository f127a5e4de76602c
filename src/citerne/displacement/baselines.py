"""What needs no model, and what a model owes to its inputs: the lines to read beside every score.

The capacity column of a published folder may have been written down after the event. Then splitting the total by
capacity already scores well, and a model that is given the capacities must be held against that line.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from citerne.displacement.fit import Target
from citerne.displacement.flow import Floats, run_flow
from citerne.displacement.parameters import Draws

FROZEN_DAY = 13  # the published claim of Flee starts after the first 12 days
BLURS = (0.25, 0.5, 1.0)  # standard deviation of the natural logarithm of the capacity
BLUR_DRAWS = 32
Scorer = Callable[[Floats, int], dict[str, float]]  # (camps [day, camp], first day) -> scores


def baselines(target: Target, draw: Draws, score: Scorer) -> dict[str, dict[str, float] | None]:
    """Scores of all lines; None where a line needs a capacity for every camp and one is missing.

    Parameters
    ----------
    draw : the one draw that also gave the headline
    score : both definitions of the error of camps [day, camp] from a first day on
    """
    total, data = target.total, target.data
    capacities = target.capacities()
    complete = capacities is not None and bool(np.isfinite(capacities).all())
    lines: dict[str, dict[str, float] | None] = {
        "total_x_capacity_shares": None,
        "no_capacities": score(_one(target, draw, None), 0),
        "with_capacities": None if capacities is None else score(_one(target, draw, capacities), 0),
        f"frozen_at_day_{FROZEN_DAY}": None,
        "equal_split": score(np.outer(total, np.full(data.shape[1], 1.0 / data.shape[1])), 0),
    }
    if complete and capacities is not None:
        lines["total_x_capacity_shares"] = score(np.outer(total, capacities / capacities.sum()), 0)
    if len(total) > FROZEN_DAY and total[FROZEN_DAY] > 0:
        frozen = np.outer(total, data[FROZEN_DAY] / total[FROZEN_DAY])
        lines[f"frozen_at_day_{FROZEN_DAY}"] = score(frozen, FROZEN_DAY)
    for blur in BLURS:
        lines[f"capacities_blurred_{blur:g}"] = (
            None if capacities is None else _blurred(target, draw, capacities, blur, score)
        )
    return lines


def _one(target: Target, draw: Draws, capacities: Floats | None) -> Floats:
    return np.asarray(run_flow(target.ground, draw, target.total, target.data[0], capacities).camps[:, 0])


def _blurred(target: Target, draw: Draws, capacities: Floats, blur: float, score: Scorer) -> dict[str, float]:
    """Mean score over capacities that carry a random error, as one might know them beforehand."""
    stream = np.random.default_rng(0)
    noisy = capacities * np.exp(blur * stream.normal(size=(BLUR_DRAWS, len(capacities))))
    many = Draws(np.repeat(draw.values, BLUR_DRAWS, axis=0))
    camps = run_flow(target.ground, many, target.total, target.data[0], noisy).camps
    scores = [score(camps[:, i], 0) for i in range(BLUR_DRAWS)]
    return {key: float(np.mean([one[key] for one in scores])) for key in scores[0]}
