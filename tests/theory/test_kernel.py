"""The kernel's luck and arithmetic against theory: uniformity, independence, known distributions, errors in ulp.

Every bound on a statistic is a quantile of its own law so far out (one in a million) that a sound generator fails no
test by chance; the members, days and seeds are fixed, so each test gives the same answer every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from types import FunctionType
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats

from citerne.engine import kernel
from citerne.engine.compile import compiled
from citerne.process.reference import draws

Array = np.ndarray[Any, Any]
COUNT = 1 << 20
RARE = 1e-6
FAR = float(stats.norm.isf(RARE / 2))  # standard errors


@cache
def fast(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled form of a kernel function."""
    return cast(Callable[..., Any], compiled(cast(FunctionType, function)))


def key(process: int = 1, entity: int = 2, day: int = 3, draw: int = 4, seed: int = 5) -> np.uint64:
    """One stream key."""
    with np.errstate(over="ignore"):
        return np.uint64(kernel.stream(np.uint64(seed), process, entity, day, draw))


def over_members(one: np.uint64, count: int = COUNT) -> Array:
    """Uniforms of members 0, 1, 2, ... of one decision."""
    return np.asarray(kernel.uniform(one, np.arange(count, dtype=np.uint32)))


def over_days(member: int, count: int = COUNT) -> Array:
    """Uniforms of one member on days 0, 1, 2, ..."""
    with np.errstate(over="ignore"):
        keys = kernel.stream(np.uint64(9), 2, 1, np.arange(count, dtype=np.uint64), 0)
        return np.asarray(kernel.uniform(keys, np.uint32(member)))


def correlation(a: Array, b: Array) -> float:
    """Correlation in standard errors of independent uniforms."""
    return float(np.mean((a.astype(np.float64) - 0.5) * (b.astype(np.float64) - 0.5)) * 12 * math.sqrt(len(a)))


FAR_MEMBERS = np.arange(COUNT, dtype=np.uint32) + np.uint32(3_000_000_000)
LINES: dict[str, Callable[[], Array]] = {
    "members": lambda: over_members(key()),
    "members of another day": lambda: over_members(key(day=170)),
    "members of a far block": lambda: np.asarray(kernel.uniform(key(), FAR_MEMBERS)),
    "days": lambda: over_days(77),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_draws_are_uniform_and_strictly_inside_0_and_1(line: str) -> None:
    u = LINES[line]()
    assert u.dtype == np.float32
    assert u.min() > 0
    assert u.max() < 1
    counts = np.bincount((u * 1024).astype(int), minlength=1024)
    chi2 = float(((counts - COUNT / 1024) ** 2).sum() / (COUNT / 1024))
    assert stats.chi2.ppf(RARE, 1023) < chi2 < stats.chi2.isf(RARE, 1023)
    assert abs(u.astype(np.float64).mean() - 0.5) < FAR / math.sqrt(12 * COUNT)


@pytest.mark.parametrize("line", LINES)
def test_neighbours_on_a_line_are_independent(line: str) -> None:
    u = LINES[line]()
    for lag in (1, 2, 7, 32, 128, 256):
        assert abs(correlation(u[:-lag], u[lag:])) < FAR, f"lag {lag}"
    pairs = np.bincount((u[:-1] * 32).astype(int) * 32 + (u[1:] * 32).astype(int), minlength=1024)
    expected = (COUNT - 1) / 1024
    chi2 = float(((pairs - expected) ** 2).sum() / expected)  # overlapping pairs: about chi2 with 1023 - 31 freedoms
    assert chi2 < stats.chi2.isf(RARE, 1023)


@pytest.mark.parametrize(
    "change", [{"seed": 6}, {"seed": 5 + 2**40}, {"process": 2}, {"entity": 3}, {"day": 4}, {"draw": 5},
               {"entity": 3, "day": 2}]
)  # fmt: skip
def test_decisions_that_differ_in_one_name_are_independent(change: dict[str, int]) -> None:
    a, b = over_members(key()), over_members(key(**change))
    assert abs(correlation(a, b)) < FAR
    assert (a == b).mean() < 1e-4


def test_members_are_independent_over_days() -> None:
    for other in (78, 77 + 256, 77 + 2**16, 77 + 2**31):
        assert abs(correlation(over_days(77), over_days(other))) < FAR, other


def test_names_never_share_a_stream() -> None:
    grid = [
        key(p, e, d, w, s) for s in range(3) for p in range(4) for e in range(12) for d in range(40) for w in range(6)
    ]
    assert len(set(grid)) == len(grid)


def test_draws_of_a_hit_group_are_independent_of_the_draw_that_hit_it() -> None:
    with np.errstate(over="ignore"):
        second = np.uint64(kernel.mix64(key() + np.uint64(1)))
    assert abs(correlation(over_members(key()), over_members(second))) < FAR


def ulp_error(values: list[float], exact: list[float]) -> float:
    """Largest distance from the exact value, in units in the last place of the exact value as float32."""
    unit = np.spacing(np.abs(np.array(exact, np.float64)).astype(np.float32)).astype(np.float64)
    return float(np.max(np.abs(np.array(values, np.float64) - exact) / unit))


def test_log2_and_exp2_are_within_three_units_in_the_last_place() -> None:
    rng = np.random.default_rng(1)
    xs = np.concatenate([np.exp(rng.uniform(-80, 80, 20_000)), rng.uniform(0.5, 2, 20_000)]).astype(np.float32)
    assert ulp_error([fast(kernel.log2)(x) for x in xs], [math.log2(float(x)) for x in xs]) < 3
    ys = rng.uniform(-120, 120, 20_000).astype(np.float32)
    assert (
        ulp_error(
            [fast(kernel.exp2)(y) for y in ys],
            [2.0 ** float(y) for y in ys],
        )
        < 3
    )


def test_plain_and_compiled_kernel_functions_give_the_same_bits() -> None:
    rng = np.random.default_rng(2)
    for x in rng.uniform(-30, 30, 500).astype(np.float32):
        for function in (kernel.exp2, kernel.exp, kernel.logistic):
            assert np.float32(fast(function)(x)) == np.float32(function(x))
        positive = np.float32(abs(x) + np.float32(1e-3))
        assert np.float32(fast(kernel.log2)(positive)) == np.float32(kernel.log2(positive))
        assert np.float32(fast(kernel.power)(positive, x / 30)) == np.float32(
            kernel.power(positive, x / np.float32(30))
        )
    for member in range(500):
        with np.errstate(over="ignore"):
            plain = kernel.uniform(key(), np.uint32(member))
        assert np.float32(fast(kernel.uniform)(key(), np.uint32(member))) == plain


def assert_steps(count_at: Callable[[float], int], cdf: Array, margin: float) -> None:
    """The count that inversion gives steps from k to k + 1 at u = P(X <= k), to within `margin`."""
    for k, (before, here) in enumerate(pairwise([0.0, *cdf.tolist()])):
        if here - before > 4 * margin and here < 1 - 2 * margin:
            assert count_at(here - margin) == k, f"below P(X <= {k})"
            assert count_at(here + margin) > k, f"above P(X <= {k})"


def poisson_count(u: float, mean: float) -> int:
    """One count of the kernel, which takes rows."""
    count = np.empty(1, np.int32)
    fast(kernel.poisson)(np.full(1, u, np.float32), np.full(1, mean, np.float32), count)
    return int(count[0])


@pytest.mark.parametrize("mean", [0.01, 0.3, 1.0, 2.857, 6.0])
def test_poisson_inverts_its_law(mean: float) -> None:
    cdf = stats.poisson.cdf(np.arange(20), mean)
    # the kernel adds up in float32: 20 additions of numbers below 1, and exp within 3 ulp
    assert_steps(lambda u: poisson_count(u, mean), cdf, margin=3e-6)
    assert_steps(lambda u: draws.poisson(u, mean), cdf, margin=1e-12)


@pytest.mark.parametrize(("groups", "hazard"), [(1, 0.5), (4, 0.05), (12, 0.3), (60, 0.02), (60, 1.5)])
def test_hits_of_groups_invert_the_binomial_law(groups: int, hazard: float) -> None:
    cdf = stats.binom.cdf(np.arange(groups + 1), groups, -math.expm1(-hazard))
    assert_steps(lambda u: fast(kernel.binomial_hits)(np.float64(u), groups, hazard), cdf, margin=1e-10)
    assert_steps(lambda u: draws.groups_hit(u, groups, hazard), cdf, margin=1e-10)


@pytest.mark.parametrize(
    ("n", "a", "b"), [(40, 2.0, 3.0), (1, 0.5, 0.5), (150, 0.3, 1.7), (8, 20.0, 40.0), (600, 1.0, 2.0)]
)
def test_losses_invert_the_beta_binomial_law(n: int, a: float, b: float) -> None:
    cdf = stats.betabinom.cdf(np.arange(n + 1), n, a, b)
    assert_steps(lambda u: fast(kernel.beta_binomial)(np.float64(u), n, a, b), cdf, margin=1e-9)
    assert_steps(lambda u: draws.trucks_lost(u, n, a, b), cdf, margin=1e-9)


def test_the_known_loss_of_forty_trucks() -> None:
    # BetaBinomial(40, 2, 3): mean 16, standard deviation 8.485281, P(0) = 0.006342, P(X >= 30) = 0.070578
    count_at = fast(kernel.beta_binomial)
    steps = 200_000
    grid = (np.arange(steps) + 0.5) / steps
    losses = np.array([count_at(u, 40, 2.0, 3.0) for u in grid])
    # a regular grid misses each of the 40 steps of the law by at most half its spacing
    slip = 0.5 / steps
    assert abs(losses.mean() - 16) < 40 * slip
    assert abs(losses.std() - 8.485281) < 40 * 40 * slip
    assert abs((losses == 0).mean() - 0.006342) < slip + 5e-7
    assert abs((losses >= 30).mean() - 0.070578) < slip + 5e-7


def test_a_column_of_loss_parameters_gives_the_mean_it_names() -> None:
    # a = share * spread, b = (1 - share) * spread: mean n * share whatever the spread
    for share, spread in ((0.32, 3.0), (0.1, 1.0), (0.9, 8.0)):
        cdf = stats.betabinom.cdf(np.arange(51), 50, share * spread, (1 - share) * spread)
        assert 50 - cdf[:50].sum() == pytest.approx(50 * share, abs=1e-9)
