"""Cumulative chance of each end by month, from draws of the competing hazards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citerne.metrics.survival import cumulative_incidence, monthly_chances
from citerne.outlook.hazards import Floats, Hazard


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence by month.

    Attributes
    ----------
    outcomes : the competing ends, then the one left over
    chances : array [month, draw, outcome]; the outcomes of a month and draw sum to 1
    """

    outcomes: tuple[str, ...]
    chances: Floats

    def quantiles(self) -> Floats:
        """5, 50 and 95 % points over the draws: array [quantile, month, outcome]."""
        return np.quantile(self.chances, (0.05, 0.5, 0.95), axis=1)


def incidence(
    hazards: Sequence[Hazard], left_over: str, *, months: int, draws: int, seed: int, judgement: bool
) -> Incidence:
    """Aalen-Johansen cumulative incidence under constant hazards.

    Parameters
    ----------
    hazards : competing ends; left_over : name of the state in which none has come
    months : months ahead; draws, seed : draws of the hazards
    judgement : False leaves base rates alone
    """
    rates = np.stack([hazard.draw(seed, draws, judgement=judgement) for hazard in hazards], axis=-1)
    steps = np.broadcast_to(monthly_chances(rates), (months, draws, len(hazards)))
    ended, none_yet = cumulative_incidence(steps)
    chances = np.concatenate([ended, none_yet[..., np.newaxis]], axis=-1)
    return Incidence((*(hazard.outcome for hazard in hazards), left_over), chances)
