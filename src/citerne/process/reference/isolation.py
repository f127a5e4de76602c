"""Isolation, for one future: place by place, what still gets through."""

from __future__ import annotations

from typing import Any

from citerne.process.reference.future import F32, HALF, ONE, ZERO, Future, added, held

CAMPAIGN, TRUCE = 1, 2
NEARLY_ALL = F32(0.9)


def one_day(future: Future) -> None:
    """Cover every place once; pressure on hubs comes from the corridors that end there."""
    state, fixed, par = future.state, future.constants, future.parameters
    for place in range(len(state.cut_days)):
        retail = fixed.retail_l[place]
        closed = [need * (ONE - share) for need, share in zip(retail, state.open_share[place], strict=True)]
        state.closed_share[place] = added(closed) / added(retail) if added(retail) > ZERO else ZERO
        state.cut_days[place] = ZERO if state.received_l[place].any() else state.cut_days[place] + ONE
        state.pressure[place] = pressure_on(future, place)
        shut = state.lever_leg_closed[place] > HALF
        pressed = state.pressure[place] > ZERO
        waited = state.cut_days[place] >= par.isolation_days
        cut_off = shut or (waited and state.closed_share[place] > NEARLY_ALL)
        scope = state.lever_embargo_scope[place]
        state.isolated[place] = F32(cut_off)
        stopped = ONE if shut else min(scope, ONE) * F32(cut_off)
        state.goods_stopped[place], state.besieged[place] = stopped, stopped * F32(pressed)
        state.seal[place] = held(scope - ONE, ZERO, ONE) * F32(shut or pressed)


def pressure_on(future: Future, place: int) -> Any:
    """Largest pressure on the roads by which fuel comes to a place."""
    state, fixed = future.state, future.constants
    roads = [
        state.lever_blockade[c] * regime_of(future, fixed.corridor_theatre[c])
        for c in range(len(fixed.hub))
        if fixed.hub[c] == place
    ]
    theatre = fixed.place_theatre[place]
    if theatre >= 0:
        roads.append(state.lever_leg_blockade[theatre] * regime_of(future, theatre))
    return max([road * state.pressure_factor for road in roads], default=ZERO)


def regime_of(future: Future, theatre: int) -> Any:
    """Pressure of a regime against that of a campaign."""
    regime = future.state.regime[theatre]
    if regime == CAMPAIGN:
        return ONE
    return future.parameters.truce_factor if regime == TRUCE else future.parameters.quiet_factor
