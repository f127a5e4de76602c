"""Paired comparison of policies: the same futures, the same luck, one policy against another.

Draws are counted by decision and member (`engine.kernel`), so member i meets the same luck under every policy and the
difference d_i = y_i - x_i holds the policy's effect alone. With standard deviations s1, s2 and correlation rho,

    var(d) = s1^2 + s2^2 - 2 rho s1 s2                                         (science 9.4, check A34)

against s1^2 + s2^2 for two independent samples: the ratio of the two is how many times fewer futures a paired
comparison needs for the same interval. Everything here is arithmetic on arrays by member; nothing is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.metrics.headline import HEADLINE
from citerne.metrics.windows import aggregate
from citerne.results.results import Results, SeriesKey
from citerne.schema.outcomes import OUTCOME_BY_NAME

Array = np.ndarray[Any, Any]
Key = tuple[str, str, str]
Z90 = 1.6448536269514722  # a two-sided 90 % interval of a mean


@dataclass(frozen=True)
class Measure:
    """One number per future: a statistic of a series over the days of a run.

    Attributes
    ----------
    key, statistic, unit : which series, and how its days were summed up
    values : float64 (member,)
    """

    key: SeriesKey
    statistic: str
    unit: str
    values: Array


@dataclass(frozen=True)
class Difference:
    """A policy against a baseline in one measure, over the same futures.

    Attributes
    ----------
    variable, place, product, unit, statistic : the measure
    policy, baseline : names of the two
    baseline_mean : mean of the measure under the baseline
    mean, mean_low, mean_high : mean difference (policy minus baseline) and its 90 % interval
    p05, p95 : nine in ten futures differ by this much
    probability_better, probability_same : share of futures in which the policy does better (None where neither way is
        better), and in which nothing changes
    variance_reduction : how many times fewer futures the pairs need than two independent samples; infinite if the
        difference is the same in every future
    """

    variable: str
    place: str
    product: str
    unit: str
    statistic: str
    policy: str
    baseline: str
    baseline_mean: float
    mean: float
    mean_low: float
    mean_high: float
    p05: float
    p95: float
    probability_better: float | None
    probability_same: float
    variance_reduction: float


@dataclass(frozen=True)
class Ranked:
    """A policy among many.

    Attributes
    ----------
    policy, mean : name and mean of the chosen measure
    kept : whether it may still be the best
    futures : futures looked at when it was set aside, or all of them
    """

    policy: str
    mean: float
    kept: bool
    futures: int


def paired_variance(sd_one: float, sd_other: float, correlation: float) -> float:
    """Variance of a paired difference: s1^2 + s2^2 - 2 rho s1 s2 (check A34: 10, 10, 0.8 give 40)."""
    return sd_one**2 + sd_other**2 - 2 * correlation * sd_one * sd_other


def variance_reduction(one: Array, other: Array) -> float:
    """Variance of the difference of two independent samples over that of the paired one, (member,) each.

    1 if neither varies; infinite if the difference is the same in every future while the values are not.
    """
    apart = float(one.var(ddof=1) + other.var(ddof=1))
    paired = float((other - one).var(ddof=1))
    if paired > 0:
        return apart / paired
    return math.inf if apart > 0 else 1.0


def statistic_of(key: SeriesKey, headline: Mapping[Key, str]) -> str:
    """How the days of a series are summed up: as in the headline, else totals of flows, ends of counts, else means."""
    known = headline.get((key.variable, key.place, key.product))
    if known:
        return known
    outcome = OUTCOME_BY_NAME.get(key.variable)
    if outcome and outcome.kind == "flow":
        return "sum"
    return "last" if key.variable.endswith("_cumulative") else "mean"


def headline_of(hub: str, country: str) -> dict[Key, str]:
    """Statistic by series of the headline of a case."""
    places = {"hub": hub, "country": country}
    return {(variable, places[place], product): how for variable, place, product, how in HEADLINE}


def measures(results: Results, hub: str, country: str, only: Sequence[str] = ()) -> dict[Key, Measure]:
    """Measures of every recorded series, those of the headline first; `only` keeps what is named.

    A word of `only` is `variable`, `variable.place` or `variable.place.product`.

    Raises
    ------
    UsageError : a word names no recorded series
    """
    headline = headline_of(hub, country)
    keys = {(key.variable, key.place, key.product): key for key in results.keys}
    order = [key for key in headline if key in keys] + [key for key in keys if key not in headline]
    if only:
        for word in only:
            if not any(_named(key, word) for key in order):
                text = _("No recorded series is called {word}; say variable, variable.place or variable.place.product.")
                raise UsageError(text.format(word=word))
        order = [key for key in order if any(_named(key, word) for word in only)]
    found = {}
    for key in order:
        how = statistic_of(keys[key], headline)
        unit = "days" if key[0] == "dry_share" and how == "sum" else keys[key].unit
        found[key] = Measure(keys[key], how, unit, aggregate(results.series(*key), how))
    return found


def _named(key: Key, word: str) -> bool:
    return all(part == given for part, given in zip(key, word.split("."), strict=False)) and word.count(".") < 3


def compare_results(baseline: Results, other: Results, hub: str, country: str) -> list[Difference]:
    """Differences between two runs of the same futures, every recorded series.

    Raises
    ------
    UsageError : the runs do not hold the same futures of the same case over the same days
    """
    one, two = baseline.provenance, other.provenance
    same = (one.case_digest, one.seed, one.start, one.days) == (two.case_digest, two.seed, two.start, two.days)
    if not same or not np.array_equal(baseline.member_numbers, other.member_numbers):
        raise UsageError(_("Only runs of the same case, days, seed and futures can be paired."))
    return differences(measures(baseline, hub, country), measures(other, hub, country), two.policy, one.policy)


def differences(
    baseline: Mapping[Key, Measure], other: Mapping[Key, Measure], policy: str, against: str
) -> list[Difference]:
    """Paired differences of measures that both runs hold, in the order of the baseline."""
    return [difference(baseline[key], other[key].values, policy, against) for key in baseline if key in other]


def difference(base: Measure, values: Array, policy: str, against: str) -> Difference:
    """One paired difference; `values` are the policy's, (member,), of the same futures as the baseline's."""
    gain = values - base.values
    error = float(gain.std(ddof=1)) / math.sqrt(gain.size) if gain.size > 1 else math.nan
    mean = float(gain.mean())
    low, high = (float(q) for q in np.quantile(gain, (0.05, 0.95)))
    return Difference(
        variable=base.key.variable,
        place=base.key.place,
        product=base.key.product,
        unit=base.unit,
        statistic=base.statistic,
        policy=policy,
        baseline=against,
        baseline_mean=float(base.values.mean()),
        mean=mean,
        mean_low=mean - Z90 * error,
        mean_high=mean + Z90 * error,
        p05=low,
        p95=high,
        probability_better=_better(base.key.variable, gain),
        probability_same=float((gain == 0).mean()),
        variance_reduction=variance_reduction(base.values, values) if gain.size > 1 else math.nan,
    )


def sign_of(variable: str) -> int:
    """1 if more is better for civilians, -1 if less is, 0 if neither or unknown."""
    outcome = OUTCOME_BY_NAME.get(variable)
    return {"more": 1, "less": -1}.get(outcome.better, 0) if outcome else 0


def _better(variable: str, gain: Array) -> float | None:
    sign = sign_of(variable)
    return float((sign * gain > 0).mean()) if sign else None


def select_best(
    values: Mapping[str, Array], *, matters: float, confidence: float = 0.95, first: int = 20
) -> list[Ranked]:
    """Which of several policies is best: the procedure KN of Kim & Nelson (2001), larger values being better.

    Futures are looked at one after the other, common to all policies. With n0 = `first`, k policies and
    eta = ((2 (1 - confidence) / (k - 1))^(-2 / (n0 - 1)) - 1) / 2, h2 = 2 eta (n0 - 1), policy i is set aside after r
    futures when another one l leads it by more than max(0, matters / (2 r) (h2 S2_il / matters^2 - r)), S2_il the
    variance of their difference over the first n0. With normal differences the one kept is, at the given confidence,
    the best whenever it leads by at least `matters`. More than one kept: the futures were too few to tell.

    Parameters
    ----------
    values : measure by policy, (member,) each, the same futures
    matters : smallest difference that matters, above 0
    """
    names = list(values)
    table = np.stack([values[name] for name in names])
    count, futures = table.shape
    if matters <= 0:
        raise UsageError(_("The smallest difference that matters must be above 0."))
    if count < 2 or futures <= first:
        return [Ranked(name, float(table[k].mean()), True, futures) for k, name in enumerate(names)]
    eta = ((2 * (1 - confidence) / (count - 1)) ** (-2 / (first - 1)) - 1) / 2
    start = table[:, :first]
    spread = (start[:, None, :] - start[None, :, :]).var(axis=2, ddof=1)
    allowance = 2 * eta * (first - 1) * spread / matters**2
    means = np.cumsum(table, axis=1) / np.arange(1, futures + 1)
    alive = np.ones(count, bool)
    seen = np.full(count, futures)
    for r in range(first, futures + 1):
        margin = np.maximum(0.0, matters / (2 * r) * (allowance - r))
        lead = means[None, :, r - 1] - means[:, None, r - 1] > margin
        beaten = alive & (lead & alive[None, :]).any(axis=1)
        seen[beaten] = r
        alive &= ~beaten
        if alive.sum() == 1:
            break
    ranked = [Ranked(name, float(table[k].mean()), bool(alive[k]), int(seen[k])) for k, name in enumerate(names)]
    return sorted(ranked, key=lambda item: (not item.kept, -item.futures if not item.kept else 0, -item.mean))
