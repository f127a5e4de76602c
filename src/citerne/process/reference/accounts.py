"""Accounts, for one future: cover, open stations and dry places from the stocks at the end of the day."""

from __future__ import annotations

from typing import Any

from citerne.process.reference.future import F32, ONE, ZERO, Future, added

DRY_BELOW, ENDLESS_DAYS = F32(0.1), F32(999)


def one_day(future: Future) -> None:
    """Totals by product, by place, and of the country."""
    state, fixed = future.state, future.constants
    factor = future.parameters.demand_factor
    places, products = range(state.stock_l.shape[0]), range(state.stock_l.shape[1])
    for f in products:
        state.national_stock_l[f] = added(state.stock_l[:, f])
        state.national_cover_d[f] = days_of_cover(state.national_stock_l[f], added(fixed.demand_l[:, f]) * factor)
    for p in places:
        for f in products:
            state.cover_d[p, f] = days_of_cover(F32(state.stock_l[p, f]), fixed.demand_l[p, f] * factor)
            state.dry[p, f] = F32(fixed.retail_l[p, f] > ZERO and state.open_share[p, f] < DRY_BELOW)
        state.place_cover_d[p] = days_of_cover(added(state.stock_l[p]), added(fixed.demand_l[p]) * factor)
        state.open_all[p] = share_open(future, p)
        state.dry_all[p] = F32(state.open_all[p] < DRY_BELOW)
    need = added([added(fixed.demand_l[p]) for p in places])
    state.country_cover_d[...] = days_of_cover(added(state.national_stock_l), need * factor)
    in_dry_places = added([fixed.people[p] * state.dry_all[p] for p in places])
    state.dry_people_share[...] = in_dry_places / max(added(fixed.people), ONE)


def share_open(future: Future, place: int) -> Any:
    """Share of a place's retail need whose station has fuel; a place without retail need is never short."""
    retail = future.constants.retail_l[place]
    if added(retail) <= ZERO:
        return ONE
    return added([need * share for need, share in zip(retail, future.state.open_share[place], strict=True)]) / added(
        retail
    )


def days_of_cover(stock: Any, need: Any) -> Any:
    """Stock over need, at most 999 days; without need it lasts 999 days."""
    return min(stock / need, ENDLESS_DAYS) if need > ZERO else ENDLESS_DAYS
