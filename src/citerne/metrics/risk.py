"""Risk of the bad tail: value at risk, its conditional mean, and the chance that a limit is passed, by week."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.results.results import Results

STREET, FAR_ABOVE = "price_multiplier_street", 8.0


def value_at_risk(losses: ArrayLike, level: float = 0.95) -> float:
    """Smallest loss c with P(loss <= c) >= level, of a sample.

    Parameters
    ----------
    losses : array [future], any unit, larger is worse
    level : 0 < level < 1

    Raises
    ------
    ValueError : no losses, or a level outside (0, 1)

    >>> value_at_risk([3, 1, 2, 4], 0.5)
    2.0
    """
    ordered = np.sort(np.asarray(losses, np.float64).ravel())
    if not ordered.size or not 0 < level < 1:
        raise ValueError(f"value at risk needs losses and a level between 0 and 1, got {ordered.size} and {level}")
    return float(ordered[math.ceil(level * ordered.size - 1e-9) - 1])


def conditional_value_at_risk(losses: ArrayLike, level: float = 0.95) -> float:
    """Mean of the worst 1 - level of the losses: min over c of c + E[(loss - c)+] / (1 - level).

    Parameters and errors as for `value_at_risk`, which is a minimiser.

    Notes
    -----
    Source: Rockafellar & Uryasev (2000), Journal of Risk 2:21-41. At 95 % use 2,000 futures or more: the figure rests
    on the worst hundred.

    >>> conditional_value_at_risk([1, 2, 3, 4], 0.5)
    3.5
    """
    c = value_at_risk(losses, level)
    beyond = np.maximum(np.asarray(losses, np.float64) - c, 0.0)
    return float(c + beyond.mean() / (1 - level))


@dataclass(frozen=True)
class WeekChance:
    """Chance that a limit is passed on some day of a week, and by the end of it, in some place."""

    first_day: dt.date
    in_week: float
    by_then: float


def chance_above(results: Results, variable: str = STREET, limit: float = FAR_ABOVE) -> list[WeekChance]:
    """By week, the chance that `variable` is above `limit` in some place that the run recorded.

    The default is the street price over eight times the pump price. A last week that the run cuts short is left out.

    Raises
    ------
    UsageError : the run holds no series of that name
    """
    wanted = [k for k, key in enumerate(results.keys) if key.variable == variable]
    if not wanted:
        raise UsageError(_("No series of {variable} in this run.").format(variable=variable))
    above: Any = (results.values[:, wanted, :] > limit).any(axis=1)
    weeks = []
    for first in range(0, above.shape[0] - 6, 7):
        in_week, by_then = above[first : first + 7].any(axis=0).mean(), above[: first + 7].any(axis=0).mean()
        weeks.append(WeekChance(results.dates[first], float(in_week), float(by_then)))
    return weeks
