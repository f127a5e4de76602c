"""Threat: the armed group's regime in each theatre and the ambush hazard it puts on roads.

Regime r of a theatre is quiet (0), campaign (1) or truce (2), a Markov chain (science: regime switching):
a new declaration starts a campaign; a campaign lulls with probability lull_per_week / 7 a day and flares up again
with flare_per_week / 7; a truce holds while its lever is set.

Hazard of corridor c, in ambushes met by one unescorted group on one passage:

    h_c = hazard_per_km * exposed_km_c * level_c * g(r) * w_c,
    g = 1 in a campaign, quiet_factor when quiet, truce_factor under a truce,
    w_c = exp(lure (x_c - 1)) / mean of the same over blockaded corridors,

where level_c is the declared pressure and x_c in [0, 1] the corridor's recent traffic against the busiest one: the
group shifts a limited effort to where traffic is worth most (logit response; McKelvey & Palfrey 1995), so the mean of
w over blockaded corridors is 1. P(at least one ambush) = 1 - exp(-h). Onward legs carry
leg_hazard = hazard_per_km * leg_hazard_factor * leg_km * leg level * g(r).

What the armed group can mount, and what deals and garrisons take away, comes from the evening before (state, outcome):
both hazards are multiplied by attack = strength_factor * intelligence_factor * pressure_factor, the corridor's by its
deal_factor, the legs' by garrison_factor. All are exactly 1 unless those processes change them, which keeps every bit.
`settled` overrules the chain: 1 (a deal) is a truce everywhere, 2 (the siege is broken) is quiet everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Parameter, Process, World
from citerne.engine.kernel import F32, HALF, ONE, ZERO, exp, stream, uniform

STREAM = 1
QUIET, CAMPAIGN, TRUCE = np.int32(0), np.int32(1), np.int32(2)
DEAL, BROKEN = 1, 2
SEVEN, KEEP, FRESH, TINY = np.float32(7), np.float32(0.8), np.float32(0.2), np.float32(1e-6)

STATE = (
    Field("regime", ("theatre",), "i4", "", "0 quiet, 1 campaign, 2 truce."),
    Field("declared", ("theatre",), "f4", "", "Highest declared pressure in the theatre yesterday."),
    Field("traffic", ("corridor",), "f4", "trucks/day", "Smoothed trucks sent over the border."),
    Field("hazard", ("corridor",), "f4", "ambushes/passage", "Ambushes met by one unescorted group on one passage."),
    Field("leg_hazard", ("leg",), "f4", "ambushes/passage", "The same for one day's group on an onward leg."),
    Field("strength_factor", (), "f4", "", "Attacks that the armed group can mount against day 0."),
    Field("intelligence_factor", (), "f4", "", "Attacks left by what people tell the state, against day 0."),
    Field("pressure_factor", (), "f4", "", "Declared pressure that is left after an end."),
    Field("garrison_factor", (), "f4", "", "Hazard on onward legs by force in garrisons, against day 0."),
    Field("escort_factor", (), "f4", "", "Escort strength by force and partners, against day 0."),
    Field("deal_factor", ("corridor",), "f4", "", "Hazard left where hauliers have a deal of their own."),
    Field("settled", (), "i4", "", "1 a deal holds, 2 the siege is broken, 3 collapse, else 0."),
)
NEUTRAL = tuple(field.name for field in STATE if field.name.endswith("_factor"))

PARAMETERS = (
    Parameter("hazard_per_km", "1/km", "Ambushes per group and weighted km in a campaign", "lognormal",
              0.0005, 0.0015, 0.0045, "judgement: about half of the large columns of autumn 2025 were hit"),
    Parameter("quiet_factor", "", "Hazard in quiet times against a campaign", "uniform", 0.0, 0.03, 0.1, "judgement"),
    Parameter("truce_factor", "", "Hazard under a truce against a campaign", "uniform", 0.0, 0.05, 0.15, "judgement"),
    Parameter("lull_per_week", "1/week", "Chance that a campaign lulls", "uniform", 0.0, 0.05, 0.15, "judgement"),
    Parameter("flare_per_week", "1/week", "Chance that a lull ends", "uniform", 0.2, 0.5, 0.8, "judgement"),
    Parameter("lure", "", "Pull of traffic on attacks (logit)", "uniform", 0.0, 0.8, 1.6,
              "judgement: elasticity to traffic 0.5-1; Yang et al. 2011 for the logit form"),
    Parameter("leg_hazard_factor", "", "Hazard per km on onward legs against corridors", "lognormal", 0.1, 0.3, 0.9,
              "judgement"),
)  # fmt: skip


def step(
    day: Any, seed: Any, members: Any, corridor_theatre: Any, leg_theatre: Any, exposed_km: Any, leg_km: Any,
    lever_blockade: Any, lever_leg_blockade: Any, lever_truce: Any, sent_trucks: Any,
    hazard_per_km: Any, quiet_factor: Any, truce_factor: Any, lull_per_week: Any, flare_per_week: Any, lure: Any,
    leg_hazard_factor: Any, strength_factor: Any, intelligence_factor: Any, pressure_factor: Any, garrison_factor: Any,
    deal_factor: Any, settled: Any, regime: Any, declared: Any, traffic: Any, hazard: Any, leg_hazard: Any,
) -> None:  # fmt: skip
    """Regimes, then hazards, of one day."""
    lanes = members.shape[0]
    level = np.zeros((regime.shape[0], lanes), np.float32)
    for t in range(regime.shape[0]):
        for i in range(lanes):
            level[t, i] = lever_leg_blockade[t, i]
    for c in range(hazard.shape[0]):
        t = corridor_theatre[c]
        for i in range(lanes):
            level[t, i] = max(level[t, i], lever_blockade[c, i])
    for t in range(regime.shape[0]):
        switch_regime(day, seed, members, t, level[t], lever_truce[t], settled, lull_per_week, flare_per_week,
                      regime[t], declared[t])  # fmt: skip
    attack = np.empty(lanes, np.float32)
    for i in range(lanes):
        attack[i] = strength_factor[i] * intelligence_factor[i] * pressure_factor[i]
    pull, total, blockaded = lured(sent_trucks, lever_blockade, lure, traffic)
    for c in range(hazard.shape[0]):
        t = corridor_theatre[c]
        for i in range(lanes):
            mean = total[i] / max(blockaded[i], ONE)
            weight = pull[c, i] / max(mean, TINY)
            factor = regime_factor(regime[t, i], quiet_factor[i], truce_factor[i])
            full = hazard_per_km[i] * exposed_km[c] * lever_blockade[c, i] * factor * weight
            hazard[c, i] = full * (attack[i] * deal_factor[c, i])
    for leg in range(leg_hazard.shape[0]):
        t = leg_theatre[leg]
        for i in range(lanes):
            factor = regime_factor(regime[t, i], quiet_factor[i], truce_factor[i])
            base = hazard_per_km[i] * leg_hazard_factor[i] * leg_km[leg]
            leg_hazard[leg, i] = base * lever_leg_blockade[t, i] * factor * (attack[i] * garrison_factor[i])


def regime_factor(regime: Any, quiet_factor: Any, truce_factor: Any) -> Any:
    """Hazard against that of a campaign."""
    return ONE if regime == CAMPAIGN else (truce_factor if regime == TRUCE else quiet_factor)


def switch_regime(
    day: Any, seed: Any, members: Any, theatre: Any, level: Any, truce: Any, settled: Any, lull_per_week: Any,
    flare_per_week: Any, regime: Any, declared: Any,
) -> None:  # fmt: skip
    """One day of the Markov chain of one theatre; all arrays have shape (member,)."""
    key = stream(seed, STREAM, theatre, day, 0)
    for i in range(members.shape[0]):
        u = uniform(key, members[i])
        now = regime[i]
        lulled = QUIET if u < lull_per_week[i] / SEVEN else CAMPAIGN
        flared = CAMPAIGN if u < flare_per_week[i] / SEVEN else QUIET
        following = lulled if now == CAMPAIGN else (flared if now == QUIET else CAMPAIGN)
        following = CAMPAIGN if level[i] > declared[i] else following
        following = QUIET if level[i] <= ZERO else following
        following = QUIET if settled[i] == BROKEN else following
        regime[i] = TRUCE if truce[i] > HALF or settled[i] == DEAL else following
        declared[i] = level[i]


def lured(sent_trucks: Any, lever_blockade: Any, lure: Any, traffic: Any) -> Any:
    """Smooth the traffic; return pull (corridor, member), its total and the count over blockaded corridors."""
    corridors, lanes = traffic.shape
    busiest = np.full(lanes, TINY, np.float32)
    for c in range(corridors):
        for i in range(lanes):
            traffic[c, i] = KEEP * traffic[c, i] + FRESH * F32(sent_trucks[c, i])
            busiest[i] = max(busiest[i], traffic[c, i] if lever_blockade[c, i] > ZERO else ZERO)
    pull = np.zeros((corridors, lanes), np.float32)
    total = np.zeros(lanes, np.float32)
    blockaded = np.zeros(lanes, np.float32)
    for c in range(corridors):
        for i in range(lanes):
            on = ONE if lever_blockade[c, i] > ZERO else ZERO
            pull[c, i] = on * exp(lure[i] * (min(traffic[c, i] / busiest[i], ONE) - ONE))
            total[i] += pull[c, i]
            blockaded[i] += on
    return pull, total, blockaded


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Nothing has changed yet: every factor is 1."""
    for name in NEUTRAL:
        state[name][:] = 1


PROCESS = Process("threat", "The armed group's pressure on roads", STATE, PARAMETERS, step, start)
