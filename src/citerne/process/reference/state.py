"""State, for one future: force, harm and recruits, then legitimacy, then what the roads of tomorrow feel of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citerne.engine.kernel import exp, power
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added, held

ARMED_GROUP, STATE_SIDE = 0, 1
DEAL, COLLAPSE = 1, 3
FRONT_BEFORE, ESCORT_BEFORE, GARRISON_BEFORE = F32(0.2), F32(0.25), F32(0.5)
DAYS_OF_WEEK, DAYS_OF_YEAR, THOUSAND = F32(7), F32(365), F32(1000)
DETERRED, LEAST_FORCE, MOST, BEST_LEGITIMACY = F32(0.15), F32(0.05), F32(4), F32(2)


@dataclass
class Force:
    """Force of the state side in its three uses, each against day 0."""

    field: Any
    garrison: Any
    escort: Any


def one_day(future: Future) -> None:
    """The evening of one day."""
    state, par = future.state, future.parameters
    gained = feel_want(future)
    force = forces(future)
    by_group, by_state, fallen = harm_and_losses(future, force)
    weighed = by_state - par.harm_symmetry * by_group
    theta = -abs(par.deterred_by_harm) if par.harm_mixture < DETERRED else par.recruits_by_harm
    others = par.other_recruits / DAYS_OF_YEAR * state.fighters
    state.fighters[...] = max(state.fighters + (theta * weighed + others - fallen), ZERO)
    state.strength_index[...] = state.fighters / par.opening_fighters
    state.civilians_killed[ARMED_GROUP], state.civilians_killed[STATE_SIDE] = by_group, by_state
    by_harm = -par.legitimacy_harm * weighed / THOUSAND
    by_want = par.deprivation_effect * state.deprivation / DAYS_OF_WEEK
    by_good = par.restored_effect * gained + par.civic_effect * state.lever_civic_space
    state.legitimacy[...] = held(state.legitimacy + (by_harm + by_want + by_good), ZERO, BEST_LEGITIMACY)
    state.disarray[...] = state.disarray * (ONE - ONE / par.disarray_days)
    couple(future, force)


def feel_want(future: Future) -> Any:
    """Smooth today's want of fuel and power; returns by how much it fell."""
    state, fixed = future.state, future.constants
    loads = [fixed.zone_load_mwh[zone, fixed.month[future.day]] for zone in range(len(state.power_h))]
    lost = []
    for load, hours, usual in zip(loads, state.power_h, state.opening_power_h, strict=True):
        lost.append(load * max(ONE - hours / usual, ZERO) if usual > ZERO else ZERO)
    dark = added(lost) / added(loads) if added(loads) > ZERO else ZERO
    want = (state.dry_people_share + dark) * HALF
    change = (want - state.deprivation) / DAYS_OF_WEEK
    state.deprivation[...] = state.deprivation + change
    return max(-change, ZERO)


def forces(future: Future) -> Force:
    """The budget: what the second front leaves, shared between field, garrisons and escorts."""
    state = future.state
    fit = ONE - state.disarray
    left, before = ONE - state.lever_force_front, ONE - FRONT_BEFORE
    field = max(ONE - state.lever_force_escort - state.lever_force_garrison, ZERO)
    return Force(
        left * field / (before * (ONE - ESCORT_BEFORE - GARRISON_BEFORE)) * fit,
        left * state.lever_force_garrison / (before * GARRISON_BEFORE) * fit,
        left * state.lever_force_escort / (before * ESCORT_BEFORE) * fit,
    )


def harm_and_losses(future: Future, force: Force) -> tuple[Any, Any, Any]:
    """Civilians killed by the armed group and by the state side, and fighters lost; moves intelligence."""
    state, par = future.state, future.parameters
    partner = state.lever_partner - ONE
    mu = par.intelligence_opening + par.intelligence_legitimacy * (state.legitimacy - ONE)
    mu = held(mu + par.partner_intelligence * partner, ZERO, ONE)
    state.intelligence[...] = mu
    among = state.fighters / max(added(future.constants.people), state.fighters, ONE)
    calm = par.truce_factor if state.settled == DEAL else ONE
    fights = state.settled != COLLAPSE and state.fighters > ZERO
    hits = par.hits_per_day * force.field * calm if fights else ZERO
    by_state = hits * (ONE - mu) * (ONE - among) * exp(par.partner_harm * partner)
    burned = added([*state.destroyed_trucks, *state.leg_destroyed_trucks])
    by_group = par.group_harm * state.fighters / THOUSAND * calm + par.killed_per_truck * burned
    return by_group, by_state, hits * (mu + (ONE - mu) * among)


def couple(future: Future, force: Force) -> None:
    """Factors on tomorrow's roads; all 1 where politics is off."""
    state, par = future.state, future.parameters
    if par.politics <= HALF:
        for name in ("strength_factor", "intelligence_factor", "garrison_factor", "escort_factor", "deal_factor"):
            getattr(state, name)[...] = ONE
        return
    strength = min(power(state.strength_index, par.strength_elasticity), MOST) if state.fighters > ZERO else ZERO
    state.strength_factor[...] = strength
    state.intelligence_factor[...] = exp(-par.intelligence_effect * (state.intelligence - par.intelligence_opening))
    state.garrison_factor[...] = min(power(max(force.garrison, LEAST_FORCE), -par.force_elasticity), MOST)
    cover = exp(par.partner_escort * (state.lever_partner - ONE))
    state.escort_factor[...] = min(power(force.escort, par.force_elasticity) * cover, MOST)
    for corridor, share in enumerate(state.lever_local_deal):
        state.deal_factor[corridor] = ONE - par.deal_kept * share
