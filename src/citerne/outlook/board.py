"""The indicator board: how a victor would rule, with every driver in sight.

Each indicator counts once, whatever the number of reports about it. Its exponent is weight (costly act or cheap talk)
x quality of the reports x share left by indicators of its cluster; its ratio is that of being seen, or of having been
looked for and not seen. `unclear` has ratio 1. No indicator leaves the prior as it was.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from citerne.metrics.belief import absent_ratio, dependence_weight, posterior
from citerne.outlook.inputs import Evidence, ratio_if_seen
from citerne.schema.read import Row
from citerne.schema.tables_outlook import HYPOTHESES

# A ratio this far from the middle of the row marks a cell of the matrix as consistent or inconsistent.
CLEAR_RATIO = 1.25
SWING = 2.0
SWEEP = (0.1, 0.25, 0.4, 0.55, 0.7)


@dataclass(frozen=True)
class Indicator:
    """One indicator as the evidence leaves it.

    Attributes
    ----------
    row, reports : its row, and the dated reports about it
    ratios : likelihood ratio of what was seen, by hypothesis, in the order of HYPOTHESES; all 1 if unclear
    exponent : 0 to 1, power to which the ratios are taken
    """

    row: Row
    reports: tuple[Row, ...]
    ratios: tuple[float, ...]
    exponent: float

    @property
    def key(self) -> str:
        """Its id."""
        return str(self.row["indicator"])

    @property
    def state(self) -> str:
        """yes, no, mixed, unclear, or not_seen where nobody reported on it."""
        codes = {report["seen"] for report in self.reports} - {"unclear"}
        if not codes:
            return "unclear" if self.reports else "not_seen"
        return codes.pop() if len(codes) == 1 else "mixed"

    def cells(self) -> tuple[str, ...]:
        """Row of the matrix: consistent, inconsistent or neutral, by hypothesis.

        Measured against the geometric middle of the row, so that no hypothesis is favoured by being the reference.
        """
        middle = math.exp(math.fsum(math.log(ratio) for ratio in self.ratios) / len(self.ratios))
        return tuple(
            "consistent"
            if r / middle >= CLEAR_RATIO
            else "inconsistent"
            if r / middle <= 1 / CLEAR_RATIO
            else "neutral"
            for r in self.ratios
        )


@dataclass(frozen=True)
class Board:
    """Priors and indicators, and what follows from them."""

    prior: tuple[float, ...]
    indicators: tuple[Indicator, ...]

    def posterior(self) -> tuple[float, ...]:
        """Belief in each hypothesis, in the order of HYPOTHESES."""
        return _belief(self.prior, self.indicators)

    def without(self, key: str) -> tuple[float, ...]:
        """Belief if one indicator were dropped; those of its cluster regain their weight."""
        return _belief(self.prior, temper([item for item in self.indicators if item.key != key]))

    def swing(self, key: str, hypothesis: str) -> tuple[float, float]:
        """Belief in a hypothesis if the indicator's ratio under it were half, and twice, what is stated.

        An indicator on which nothing is known has nothing to swing.
        """
        column = HYPOTHESES.index(hypothesis)
        ends = []
        for change in (1 / SWING, SWING):
            items = [
                replace(item, ratios=tuple(r * change if h == column else r for h, r in enumerate(item.ratios)))
                if item.key == key
                else item
                for item in self.indicators
            ]
            ends.append(_belief(self.prior, items)[column])
        return ends[0], ends[1]

    def sweep(self, hypothesis: str) -> tuple[tuple[float, float], ...]:
        """(prior, posterior) of a hypothesis as its prior runs over SWEEP; the others keep their proportions."""
        column = HYPOTHESES.index(hypothesis)
        rest = 1 - self.prior[column]
        pairs = []
        for start in SWEEP:
            shares = [1.0] * len(self.prior) if rest == 0 else list(self.prior)
            whole = math.fsum(shares) - shares[column]
            prior = tuple(start if h == column else share * (1 - start) / whole for h, share in enumerate(shares))
            pairs.append((start, _belief(prior, self.indicators)[column]))
        return tuple(pairs)

    def inconsistency(self) -> tuple[float, ...]:
        """Sum of the exponents of inconsistent indicators, by hypothesis: the least is ranked first."""
        return tuple(
            math.fsum(item.exponent for item in self.indicators if item.cells()[h] == "inconsistent")
            for h in range(len(HYPOTHESES))
        )

    def span(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest belief in each hypothesis over every drop and every swing."""
        dropped = [self.without(item.key) for item in self.indicators]
        found = []
        for h, hypothesis in enumerate(HYPOTHESES):
            values = [self.posterior()[h], *(beliefs[h] for beliefs in dropped)]
            for item in self.indicators:
                values.extend(self.swing(item.key, hypothesis))
            found.append((min(values), max(values)))
        return tuple(found)


def _cell(ratio: float) -> str:
    if ratio >= CLEAR_RATIO:
        return "consistent"
    return "inconsistent" if ratio <= 1 / CLEAR_RATIO else "neutral"


def build_board(evidence: Evidence) -> Board:
    """The board that the tables of a case describe."""
    prior = {row["hypothesis"]: row["prior"] for row in evidence.tables["hypotheses"]}
    reports = evidence.tables["indicator_evidence"]
    items = [
        _indicator(row, tuple(report for report in reports if report["indicator"] == row["indicator"]))
        for row in evidence.tables["indicators"]
    ]
    return Board(tuple(prior[h] for h in HYPOTHESES), temper(items))


def _indicator(row: Row, reports: tuple[Row, ...]) -> Indicator:
    """Ratios and untempered exponent from the reports: agreeing reports add up to one full sighting at most."""
    told = [report for report in reports if report["seen"] != "unclear"]
    weight = math.fsum(report["quality"] for report in told)
    if weight == 0:
        return Indicator(row, reports, (1.0,) * len(HYPOTHESES), 0.0)
    logs = [
        math.fsum(report["quality"] * math.log(_ratio(row, h, report["seen"])) for report in told) / weight
        for h in HYPOTHESES
    ]
    return Indicator(row, reports, tuple(math.exp(value) for value in logs), row["weight"] * min(weight, 1.0))


def _ratio(row: Row, hypothesis: str, seen: str) -> float:
    ratio = ratio_if_seen(row, hypothesis)
    assert ratio is not None  # checked when the table was read
    return ratio if seen == "yes" else absent_ratio(ratio, row["chance_reference"])


def temper(items: Sequence[Indicator]) -> tuple[Indicator, ...]:
    """Exponents set anew from the reports, each shared with the indicators of its cluster that say something."""
    fresh = [_indicator(item.row, item.reports) for item in items]
    telling = Counter(item.row["cluster"] for item in fresh if item.exponent > 0)
    return tuple(
        replace(
            item,
            exponent=item.exponent * dependence_weight(max(telling[item.row["cluster"]], 1), item.row["dependence"]),
        )
        for item in fresh
    )


def _belief(prior: Sequence[float], items: Sequence[Indicator]) -> tuple[float, ...]:
    return posterior(prior, [item.ratios for item in items], [item.exponent for item in items])
