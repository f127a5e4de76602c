"""Threat, for one future: the regime of each theatre, then the ambush hazard of each corridor and leg."""

from __future__ import annotations

from typing import Any

from citerne.engine.kernel import exp
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added

STREAM = 1
QUIET, CAMPAIGN, TRUCE = 0, 1, 2
DAYS_OF_WEEK, TINY = F32(7), F32(1e-6)
DEAL, BROKEN = 1, 2  # what may have been settled
KEPT, NEW = F32(0.8), F32(0.2)  # weights of the smoothed traffic


def one_day(future: Future) -> None:
    """Regimes switch on the pressure declared today; hazards follow regime, pressure and traffic."""
    state, fixed, par = future.state, future.constants, future.parameters
    for theatre in range(len(state.regime)):
        pressure = declared_pressure(future, theatre)
        state.regime[theatre] = next_regime(future, theatre, pressure)
        state.declared[theatre] = pressure
    weights = shifted_effort(future)
    for corridor, theatre in enumerate(fixed.corridor_theatre):
        full = par.hazard_per_km * fixed.exposed_km[corridor] * state.lever_blockade[corridor]
        left = attack_left(future) * state.deal_factor[corridor]
        state.hazard[corridor] = full * intensity(future, theatre) * weights[corridor] * left
    for leg, theatre in enumerate(fixed.leg_theatre):
        full = par.hazard_per_km * par.leg_hazard_factor * fixed.leg_km[leg] * state.lever_leg_blockade[theatre]
        state.leg_hazard[leg] = full * intensity(future, theatre) * (attack_left(future) * state.garrison_factor)


def attack_left(future: Future) -> Any:
    """What strength, intelligence and an end leave of the attacks of day 0."""
    state = future.state
    return state.strength_factor * state.intelligence_factor * state.pressure_factor


def declared_pressure(future: Future, theatre: int) -> Any:
    """Highest pressure declared today on the legs or any corridor of a theatre."""
    levels = [future.state.lever_leg_blockade[theatre]]
    for corridor, its_theatre in enumerate(future.constants.corridor_theatre):
        if its_theatre == theatre:
            levels.append(future.state.lever_blockade[corridor])
    return max(levels)


def next_regime(future: Future, theatre: int, pressure: Any) -> int:
    """One day of the Markov chain; truce and deal overrule all, a broken siege pressure, pressure the chain."""
    state, par = future.state, future.parameters
    if state.lever_truce[theatre] > HALF or state.settled == DEAL:
        return TRUCE
    if pressure <= ZERO or state.settled == BROKEN:
        return QUIET
    if pressure > state.declared[theatre]:
        return CAMPAIGN
    u = future.luck(STREAM, theatre, 0)
    now = state.regime[theatre]
    if now == CAMPAIGN:
        return QUIET if u < par.lull_per_week / DAYS_OF_WEEK else CAMPAIGN
    if now == QUIET:
        return CAMPAIGN if u < par.flare_per_week / DAYS_OF_WEEK else QUIET
    return CAMPAIGN  # a truce that ends while pressure stands


def intensity(future: Future, theatre: int) -> Any:
    """g(r): hazard against that of a campaign."""
    g = {QUIET: future.parameters.quiet_factor, CAMPAIGN: ONE, TRUCE: future.parameters.truce_factor}
    return g[int(future.state.regime[theatre])]


def shifted_effort(future: Future) -> list[Any]:
    """w_c of each corridor after smoothing its traffic; 0 where nothing is declared; mean 1 over the others."""
    state, lure = future.state, future.parameters.lure
    corridors = range(len(state.traffic))
    blockaded = [state.lever_blockade[c] > ZERO for c in corridors]
    for c in corridors:
        state.traffic[c] = KEPT * state.traffic[c] + NEW * F32(state.sent_trucks[c])
    busiest = max([TINY, *(state.traffic[c] for c in corridors if blockaded[c])])
    pull = [exp(lure * (min(state.traffic[c] / busiest, ONE) - ONE)) if blockaded[c] else ZERO for c in corridors]
    mean = added(pull) / F32(max(sum(blockaded), 1))
    return [p / max(mean, TINY) for p in pull]
