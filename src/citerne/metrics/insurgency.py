"""Closed forms of insurgency models: ambush fire-fight, square law, and what force alone can reach.

Every formula is pure algebra on scalars; the daily process of the state and its tests stand on them.
Sources: Deitchman 1962 (Oper. Res. 10:818-827); Lanchester 1916; Kress & Szechtman 2009 (Oper. Res. 57:578-585).
"""

from __future__ import annotations

import math


def deitchman_survivors(guerrillas: float, guard: float, *, aimed_rate: float, area_rate: float) -> tuple[float, float]:
    """People left on each side, (guerrillas, guard), when one side of an ambush is gone.

    The hidden side fires aimed, `dB/dt = -g G`; the surprised guard fires into an area, `dG/dt = -beta B G`. Then
    `g G - beta B^2 / 2` does not change, so the ambush wins only if `G0 > beta B0^2 / (2 g)`.

    Parameters
    ----------
    guerrillas, guard : people at the start, G0 and B0, >= 0
    aimed_rate : g, guard hit by one guerrilla in a unit of time, > 0
    area_rate : beta, share of the guerrillas hit by one guard in a unit of time, > 0
    """
    balance = aimed_rate * guerrillas - area_rate * guard**2 / 2
    if balance >= 0:
        return balance / aimed_rate, 0.0
    return 0.0, math.sqrt(-2 * balance / area_rate)


def lanchester_square_survivors(x: float, y: float, *, x_loses: float, y_loses: float) -> tuple[float, float]:
    """People left on each side, (x, y), when both fire aimed until one is gone.

    `dX/dt = -b Y`, `dY/dt = -a X`; `a X^2 - b Y^2` does not change.

    Parameters
    ----------
    x, y : people at the start, >= 0
    x_loses : b, people of X hit by one of Y in a unit of time, > 0
    y_loses : a, people of Y hit by one of X in a unit of time, > 0
    """
    balance = y_loses * x**2 - x_loses * y**2
    if balance >= 0:
        return math.sqrt(balance / y_loses), 0.0
    return 0.0, math.sqrt(-balance / x_loses)


def insurgent_drift(share: float, *, intelligence: float, recruits_per_harm: float) -> float:
    """Daily change of the armed group's population share per unit of force, without other recruitment.

    A strike hits an insurgent with chance `mu + (1 - mu) i`, else it harms a civilian, who brings `theta` recruits:
    `di/dt = -[mu + (1 - mu) i] + theta (1 - mu)(1 - i)`.

    Parameters
    ----------
    share : i, insurgents over population, 0 to 1
    intelligence : mu, 0 (blind) to 1 (every strike on target)
    recruits_per_harm : theta, recruits per civilian harmed, >= 0
    """
    blind = 1 - intelligence
    return -(intelligence + blind * share) + recruits_per_harm * blind * (1 - share)


def contained_share(*, intelligence: float, recruits_per_harm: float) -> float:
    """Share of insurgents at which force alone stands still: the zero of `insurgent_drift`, or 0 below the threshold.

    `i* = (theta (1 - mu) - mu) / ((1 - mu)(1 + theta))`. Perfect intelligence (mu = 1) gives 0.
    """
    blind = 1 - intelligence
    surplus = recruits_per_harm * blind - intelligence
    return surplus / (blind * (1 + recruits_per_harm)) if surplus > 0 else 0.0


def recruitment_threshold(intelligence: float) -> float:
    """Recruits per civilian harmed above which force alone cannot end the group: `mu / (1 - mu)`."""
    return math.inf if intelligence >= 1 else intelligence / (1 - intelligence)
