"""Yearly hazards of the competing ends: counted base rates, then visible judgement factors and warning signs.

`h_k = (ends / years) x share_k x prod factor x prod ratio^weight`. A base rate is uncertain as Gamma(ends + 1/2,
years), a share as Beta with half a count on each side, a factor by its three stated points. With every factor and
ratio at 1 the hazards are those of the base-rate table.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citerne.metrics.belief import dependence_weight
from citerne.metrics.survival import JEFFREYS_SHAPE
from citerne.outlook.inputs import Evidence
from citerne.schema.read import Row

Floats = NDArray[np.float64]
Z95 = 1.6448536269514722  # 95 % point of the standard normal


@dataclass(frozen=True)
class Factor:
    """One multiplier of a hazard: a judgement, or a warning sign with its ratio already taken to its weight."""

    key: str
    low: float
    best: float
    high: float
    applied: bool
    weight: float
    row: Row

    def draw(self, seed: int, draws: int) -> Floats:
        """Draws from the two-piece lognormal through low (5 %), best (50 %) and high (95 %).

        Each factor has a stream of its own, named by its key, so that removing one leaves the others as they were.
        """
        z = _stream(seed, self.key).standard_normal(draws)
        below, above = np.log(self.best / self.low) / Z95, np.log(self.high / self.best) / Z95
        return np.asarray(self.best * np.exp(z * np.where(z < 0, below, above)))


@dataclass(frozen=True)
class Hazard:
    """Hazard of one end.

    Attributes
    ----------
    outcome : key of the end
    risk, rate, share : rows of outcome_risks and base_rates it stands on; `share` may be None
    factors : judgements, applied or not; signs : warning signs, seen or not
    """

    outcome: str
    risk: Row
    rate: Row
    share: Row | None
    factors: tuple[Factor, ...]
    signs: tuple[Factor, ...]

    @property
    def base_per_year(self) -> float:
        """The base rate as counted: ends over years, times the share of ends of this kind."""
        rate: float = self.rate["ends"] / self.rate["exposure"]
        return rate * (self.share["ends"] / self.share["exposure"] if self.share else 1.0)

    @property
    def judged_per_year(self) -> float:
        """The base rate times the median of every factor and sign that applies."""
        product = 1.0
        for factor in (*self.factors, *self.signs):
            product *= factor.best if factor.applied else 1.0
        return self.base_per_year * product

    def draw(self, seed: int, draws: int, *, judgement: bool) -> Floats:
        """Draws of the yearly hazard; the same base draws with and without judgement."""
        rate_stream = _stream(seed, f"rate:{self.rate['base_rate']}")
        values: Floats = rate_stream.gamma(JEFFREYS_SHAPE + self.rate["ends"], 1 / self.rate["exposure"], draws)
        if self.share:
            inside, whole = self.share["ends"], self.share["exposure"]
            share_stream = _stream(seed, f"share:{self.share['base_rate']}")
            values = values * share_stream.beta(JEFFREYS_SHAPE + inside, JEFFREYS_SHAPE + whole - inside, draws)
        if judgement:
            for factor in (*self.factors, *self.signs):
                if factor.applied:
                    values = values * factor.draw(seed, draws)
        return values


def build_hazards(evidence: Evidence) -> tuple[Hazard, ...]:
    """The hazard of every end that has a base rate, in the order of the outcome table."""
    rates = {row["base_rate"]: row for row in evidence.tables["base_rates"]}
    factors = evidence.tables["judgement_factors"]
    signs = _signs(evidence.tables["warning_signs"])
    return tuple(
        Hazard(
            risk["outcome"],
            risk,
            rates[risk["base_rate"]],
            rates[risk["share"]] if risk["share"] else None,
            tuple(_factor(row) for row in factors if row["outcome"] == risk["outcome"]),
            tuple(sign for sign in signs if sign.row["outcome"] == risk["outcome"]),
        )
        for risk in evidence.tables["outcome_risks"]
        if risk["base_rate"]
    )


def _factor(row: Row) -> Factor:
    return Factor(row["factor"], row["low"], row["best"], row["high"], row["applies"] == "yes", 1.0, row)


def _signs(rows: Sequence[Row]) -> tuple[Factor, ...]:
    """Warning signs as factors; those seen within a cluster on one outcome share their weight."""
    seen = [(row["outcome"], row["cluster"]) for row in rows if row["seen"] == "yes"]
    signs = []
    for row in rows:
        alike = max(seen.count((row["outcome"], row["cluster"])), 1)
        weight = row["weight"] * dependence_weight(alike, row["dependence"])
        low, best, high = (row[column] ** weight for column in ("ratio_low", "ratio", "ratio_high"))
        signs.append(Factor(row["sign"], low, best, high, row["seen"] == "yes", weight, row))
    return tuple(signs)


def _stream(seed: int, key: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(key.encode())]))
