"""Beliefs over rival hypotheses: likelihood ratios, tempered for weak sources and for evidence that repeats itself.

`log P(h | evidence) = log P(h) + sum_i w_i log LR_ih + constant`, with `LR_ih` the chance of seeing sign i under h over
that under the reference hypothesis, and `w_i` in [0, 1]. Weight 0 leaves the prior as it was. Sources: Good 1950;
tempering as in Heuer 1999 (kept apart from weight of sources) and power likelihoods (Bissiri et al. 2016).
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def posterior(
    prior: Sequence[float], ratios: Sequence[Sequence[float]], weights: Sequence[float] | None = None
) -> tuple[float, ...]:
    """Belief in each hypothesis after all the signs.

    Parameters
    ----------
    prior : belief before, one a hypothesis, >= 0; scaled to sum 1
    ratios : for each sign its likelihood ratio under each hypothesis, > 0; only ratios between hypotheses matter
    weights : for each sign its weight, 0 (ignore) to 1 (take whole); all 1 if None
    """
    total = math.fsum(prior)
    if not ratios:
        return tuple(share / total for share in prior)
    used = [1.0] * len(ratios) if weights is None else weights
    logs = [
        math.log(share / total) + math.fsum(w * math.log(row[h]) for w, row in zip(used, ratios, strict=True))
        if share > 0
        else -math.inf
        for h, share in enumerate(prior)
    ]
    top = max(logs)
    scaled = [math.exp(value - top) for value in logs]
    return tuple(value / math.fsum(scaled) for value in scaled)


def posterior_of_two(prior: float, ratios: Sequence[float], weight: float = 1.0) -> float:
    """Belief in a hypothesis against its opposite: prior odds times each ratio to the power `weight`."""
    rows = [(ratio, 1.0) for ratio in ratios]
    return posterior((prior, 1 - prior), rows, [weight] * len(rows))[0]


def dependence_weight(signs: int, dependence: float) -> float:
    """Weight of each of `signs` alike signs: `1 / (1 + (signs - 1) dependence)`.

    Independent signs (0) count whole; copies of one another (1) count together as one; three signs at 0.5 count half.
    The form is the effective number of equally correlated observations (Kish 1965).
    """
    return 1 / (1 + (signs - 1) * dependence)


def absent_ratio(ratio: float, chance_under_reference: float) -> float:
    """Likelihood ratio of *not* seeing a sign, `(1 - p r) / (1 - p)`, from its ratio when seen.

    Parameters
    ----------
    ratio : r, likelihood ratio when seen
    chance_under_reference : p, chance to have seen it by now under the reference; needs p r < 1 and p < 1
    """
    return (1 - chance_under_reference * ratio) / (1 - chance_under_reference)


def two_digits(probability: float) -> float:
    """The number as it may be shown: two significant digits, and never 1 (or 0) unless it is exactly that."""
    shown = float(f"{probability:.2g}")
    if shown >= 1 > probability:
        return 0.99
    return shown
