"""Functions that kernels call: random draws by counter, and float32 elementary functions.

Plain Python, so that a process can be read and run without a compiler; `engine.compile` compiles them together with
the steps that use them. All float work is IEEE float32 in a fixed order without contraction, so compiled and plain
runs give the same bits. Draws are a hash of (seed, process, entity, day, draw) and the member number: the same
future meets the same luck under every policy, on any number of threads, blocks or shards.

Sources: splitmix64 finaliser (Steele, Lea & Flood 2014) for keys; the 32-bit murmur3 finaliser, applied twice with
two halves of the key, for members; minimax polynomials for log2 and exp2, errors below 3 units in the last place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

U32 = np.uint32
U64 = np.uint64
I32 = np.int32
F32 = np.float32

_M1, _M2, _GAMMA = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_C1, _C2, _SPREAD = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(0x9E3779B1)
_T13, _T16, _T9 = np.uint32(13), np.uint32(16), np.uint32(9)
_ULP23, _HALF23 = np.float32(2.0**-23), np.float32(2.0**-24)

ZERO, HALF, ONE, TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
LN2, INV_LN2 = np.float32(0.6931471805599453), np.float32(1.4426950408889634)


def mix64(z: Any) -> Any:
    """Scramble 64 bits (splitmix64 finaliser)."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


def stream(seed: Any, process: Any, entity: Any, day: Any, draw: Any) -> Any:
    """Key (uint64) of one named random decision; `uniform` turns it into one number per member."""
    z = mix64(U64(seed) + _GAMMA)
    z = mix64(z ^ ((U64(process) << _S32) | U64(draw)))
    return mix64(z ^ ((U64(entity) << _S32) | U64(day)))


def uniform(key: Any, member: Any) -> Any:
    """Uniform float32 strictly between 0 and 1 for one member (uint32)."""
    # every step is cut to 32 bits at once: the compiler then keeps to lanes of 32 bits, twice as many as of 64
    h = U32(U32(U32(member) * _SPREAD) ^ U32(key & _LOW))
    h = U32(U32(h ^ U32(h >> _T16)) * _C1)
    h = U32(U32(h ^ U32(h >> _T13)) * _C2)
    h = U32(U32(h ^ U32(h >> _T16)) + U32(key >> _S32))
    h = U32(U32(h ^ U32(h >> _T16)) * _C1)
    h = U32(U32(h ^ U32(h >> _T13)) * _C2)
    h = U32(h ^ U32(h >> _T16))
    return F32(I32(h >> _T9)) * _ULP23 + _HALF23  # 23 bits: the largest, 1 - 2**-24, is still below 1


_ROOT_BITS = np.int32(0x3F3504F4)  # bits of the float32 next above sqrt(1/2)
_MANTISSA, _BIAS, _EXPONENT_SHIFT = np.int32(0x7FFFFF), np.int32(127), np.int32(23)
_TINY = np.float32(1.2e-38)
_E1, _E2, _E3, _E4, _E5, _E6 = (
    np.float32(v) for v in (0.693147180559945, 0.240226506959101, 0.0555041086648216, 0.00961812910762848,
                            0.00133335581464284, 0.000154035303933816)
)  # fmt: skip
_EXP2_LOW, _EXP2_HIGH = np.float32(-126), np.float32(127.49)
_A3, _A5, _A7, _A9 = (np.float32(2.885390081777927 / k) for k in (3, 5, 7, 9))
_A1 = np.float32(2.885390081777927)


def log2(x: Any) -> Any:
    """Base-2 logarithm of a positive float32; values at or below the smallest normal number give its logarithm."""
    x = max(x, _TINY)
    # split off the exponent so that the mantissa m lies in (sqrt(1/2), sqrt(2)]
    above = I32(F32(x).view(np.int32) - _ROOT_BITS)
    e = F32(I32(above >> _EXPONENT_SHIFT))
    m = I32(I32(above & _MANTISSA) + _ROOT_BITS).view(np.float32)
    t = (m - ONE) / (m + ONE)
    t2 = t * t
    return e + t * (_A1 + t2 * (_A3 + t2 * (_A5 + t2 * (_A7 + t2 * _A9))))


def exp2(x: Any) -> Any:
    """2 to the power x, float32, clamped to the range of normal numbers."""
    x = min(max(x, _EXP2_LOW), _EXP2_HIGH)
    whole = np.floor(x + HALF)
    f = F32(x - whole)
    p = ONE + f * (_E1 + f * (_E2 + f * (_E3 + f * (_E4 + f * (_E5 + f * _E6)))))
    scale = I32(I32(I32(whole) + _BIAS) << _EXPONENT_SHIFT).view(np.float32)
    return p * scale


def exp(x: Any) -> Any:
    """e to the power x, float32."""
    return exp2(x * INV_LN2)


def log(x: Any) -> Any:
    """Natural logarithm, float32."""
    return log2(x) * LN2


def power(x: Any, y: Any) -> Any:
    """x to the power y for x > 0, float32."""
    return exp2(y * log2(x))


def logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)), float32."""
    return ONE / (ONE + exp(-x))


def clip(x: Any, low: Any, high: Any) -> Any:
    """x held between low and high."""
    return min(max(x, low), high)


def poisson(u: Any, mean: Any, count: Any) -> None:
    """Poisson counts (int32) by inversion of one uniform each; all three are rows, shape (member,).

    Counts above 24 are cut, so keep means below about 8. One count for all futures at a time, until none is above it:
    the whole inversion future by future is ten times slower.
    """
    lanes = u.shape[0]
    chance = np.empty(lanes, np.float32)
    total = np.empty(lanes, np.float32)
    for i in range(lanes):
        chance[i] = exp(-mean[i])
        total[i] = chance[i]
        count[i] = 0
    for k in range(1, 25):
        some = I32(0)
        for i in range(lanes):
            above = I32(1) if u[i] > total[i] else I32(0)
            count[i] += above
            some = max(some, above)
            chance[i] = chance[i] * mean[i] / F32(k)
            total[i] = total[i] + chance[i]
        if some == 0:
            break


def binomial_hits(u: Any, groups: Any, hazard: Any) -> Any:
    """How many of `groups` are hit when each meets at least one event of a Poisson(hazard): inversion, float64.

    P(hit) = 1 - exp(-hazard), so P(no group hit) = exp(-groups hazard); `hazard` must be > 0 and `groups` >= 1.
    """
    q = np.exp(-np.float64(hazard))
    p = 1.0 - q
    chance = q if groups == 1 else np.exp(-np.float64(hazard) * groups)
    total = chance
    hits = 0
    odds = p / q
    while hits < groups and np.float64(u) > total:
        chance = chance * ((groups - hits) * odds / (hits + 1.0))
        total += chance
        hits += 1
    return I32(hits)


def beta_binomial(u: Any, n: Any, a: Any, b: Any) -> Any:
    """Beta-binomial count in 0..n by inversion of one uniform, float64; a, b > 0."""
    alpha, beta = np.float64(a), np.float64(b)
    both = alpha + beta
    chance = 1.0
    # each quotient stands in brackets: it does not wait for the chance so far, so that divisions overlap
    for i in range(n):
        chance = chance * ((beta + i) / (both + i))
    total = chance
    count = 0
    while count < n and np.float64(u) > total:
        chance = chance * ((n - count) * (alpha + count) / ((count + 1.0) * (beta + n - count - 1.0)))
        total += chance
        count += 1
    return I32(count)
