"""Outcome, for one future: the chance of each end, the end that comes, and what it changes."""

from __future__ import annotations

from typing import Any

from citerne.engine.kernel import exp
from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, held

STREAM = 11
DEAL, BROKEN, COUP, COLLAPSE = 0, 1, 2, 3
NOTHING_SETTLED, A_DEAL, A_BROKEN_SIEGE, A_COLLAPSE = 0, 1, 2, 3
ENOUGH_COVER_D, DAYS_OF_YEAR, MOST_PULL, MOST_LEGITIMACY, SMALL = F32(7), F32(365), F32(4), F32(2), F32(0.01)


def one_day(future: Future) -> None:
    """Chances, then luck, then consequences."""
    state, par = future.state, future.parameters
    for k, x in enumerate(daily_hazards(future)):
        state.end_chance[k] = x * (ONE - HALF * x) if x < SMALL else ONE - exp(-x)
    if state.end_day == 0:
        come = first_end(future)
        if come is not None:
            state.ended[come] = ONE
            state.end_day[...] = future.day + 1
        if come == COUP:
            state.legitimacy[...] = held(state.legitimacy * par.coup_legitimacy_left, ZERO, MOST_LEGITIMACY)
            state.disarray[...] = par.coup_disarray
    settle(future)


def daily_hazards(future: Future) -> list[Any]:
    """Hazard of each end in one day: base rate times what judgement makes of the state of the country."""
    state, par = future.state, future.parameters
    siege = ONE if max(state.declared) > ZERO else ZERO
    hub = list(future.constants.hub_km).index(min(future.constants.hub_km))
    short = held(ONE - state.place_cover_d[hub] / ENOUGH_COVER_D, ZERO, ONE) if future.day > 0 else ZERO
    dry, met = state.dry_people_share, state.lever_demands_met
    strong, lost, alone = state.strength_index - ONE, ONE - state.legitimacy, ONE - state.lever_partner
    terms = [
        (par.rate_deal * siege, par.siege_shorter * siege + par.deal_dry * dry + par.deal_demands * met),
        (par.rate_broken * siege, par.siege_shorter * siege + par.broken_strength * strong),
        (par.rate_coup, par.coup_dry * dry + par.coup_legitimacy * lost),
        (
            par.rate_collapse,
            par.collapse_short * short
            + par.collapse_strength * strong
            + par.collapse_legitimacy * lost
            + par.collapse_alone * alone,
        ),
    ]
    return [rate / DAYS_OF_YEAR * exp(par.judgement_weight * held(z, -MOST_PULL, MOST_PULL)) for rate, z in terms]


def first_end(future: Future) -> int | None:
    """The end that comes today; of several, the one whose luck lies deepest within its chance."""
    shares = {}
    for k, chance in enumerate(future.state.end_chance):
        if chance > ZERO:
            shares[k] = future.luck(STREAM, k, 0) / chance
    today = [k for k, share in shares.items() if share < ONE]
    return min(today, key=lambda k: shares[k]) if today else None


def settle(future: Future) -> None:
    """What holds from tomorrow on."""
    state, par = future.state, future.parameters
    if par.politics <= HALF:
        now = NOTHING_SETTLED
    elif state.ended[DEAL] > HALF or state.lever_national_deal > HALF:
        now = A_DEAL
    elif state.ended[BROKEN] > HALF:
        now = A_BROKEN_SIEGE
    else:
        now = A_COLLAPSE if state.ended[COLLAPSE] > HALF else NOTHING_SETTLED
    state.settled[...] = now
    state.pressure_factor[...] = {A_BROKEN_SIEGE: ZERO, A_COLLAPSE: par.after_collapse}.get(now, ONE)
