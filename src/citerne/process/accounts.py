"""Accounts: the day's totals, made from stocks and flows and never fed back by derivation.

Cover of a cell = stock / normal need, in days; of a product or the country the same with sums. A place counts as dry
where less than a tenth of its retail demand finds an open station. Totals here are what reports and orders look at;
the fuel ledger itself is summed by the processes that move fuel.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Arrays, Field, Process, World
from citerne.engine.kernel import F32, ONE, ZERO

DRY, LONG = np.float32(0.1), np.float32(999)

STATE = (
    Field("national_stock_l", ("product",), "f4", "L", "Stock in all places."),
    Field("opening_stock_l", ("product",), "f4", "L", "The same on the morning of day 0."),
    Field("cover_d", ("place", "product"), "f4", "days", "Stock over normal need."),
    Field("place_cover_d", ("place",), "f4", "days", "Stock of all products over normal need of all."),
    Field("national_cover_d", ("product",), "f4", "days", "National stock over national need."),
    Field("country_cover_d", (), "f4", "days", "The same for all products together."),
    Field("open_all", ("place",), "f4", "", "Share open over retail products, weighted by need."),
    Field("dry", ("place", "product"), "f4", "", "1 where less than a tenth is open."),
    Field("dry_all", ("place",), "f4", "", "The same over retail products."),
    Field("dry_people_share", (), "f4", "", "Share of people who live in dry places."),
)


def step(
    members: Any, demand_l: Any, retail_l: Any, people: Any, demand_factor: Any, stock_l: Any, open_share: Any,
    national_stock_l: Any, cover_d: Any, place_cover_d: Any, national_cover_d: Any, country_cover_d: Any,
    open_all: Any, dry: Any, dry_all: Any, dry_people_share: Any,
) -> None:  # fmt: skip
    """Add up one day."""
    places, products, lanes = stock_l.shape
    stock = np.zeros(lanes, np.float32)
    need_of = np.zeros(products, np.float32)
    all_need = ZERO
    everybody = ZERO
    for i in range(lanes):
        dry_people_share[i] = ZERO
    for f in range(products):
        for i in range(lanes):
            national_stock_l[f, i] = ZERO
    for p in range(places):
        need = ZERO
        retail = ZERO
        everybody += people[p]
        for i in range(lanes):
            stock[i] = ZERO
            open_all[p, i] = ZERO
        for f in range(products):
            need += demand_l[p, f]
            retail += retail_l[p, f]
            need_of[f] += demand_l[p, f]
            take_stock(demand_l[p, f], demand_factor, stock_l[p, f], stock, national_stock_l[f], cover_d[p, f])
            see_open(retail_l[p, f], open_share[p, f], open_all[p], dry[p, f])
        all_need += need
        for i in range(lanes):
            place_cover_d[p, i] = cover(stock[i], need * demand_factor[i])
            open_all[p, i] = open_all[p, i] / retail if retail > ZERO else ONE
            dry_all[p, i] = ONE if open_all[p, i] < DRY else ZERO
            dry_people_share[i] += people[p] * dry_all[p, i]
    for f in range(products):
        for i in range(lanes):
            national_cover_d[f, i] = cover(national_stock_l[f, i], need_of[f] * demand_factor[i])
    for i in range(lanes):
        total = ZERO
        for f in range(products):
            total += national_stock_l[f, i]
        country_cover_d[i] = cover(total, all_need * demand_factor[i])
        dry_people_share[i] = dry_people_share[i] / max(everybody, ONE)


def take_stock(demand: Any, demand_factor: Any, stock: Any, of_place: Any, of_nation: Any, days: Any) -> None:
    """Add the stock of one cell to its place and its product, and say how long it lasts."""
    for i in range(stock.shape[0]):
        litres = F32(stock[i])
        of_place[i] += litres
        of_nation[i] += litres
        days[i] = cover(litres, demand * demand_factor[i])


def see_open(retail: Any, open_share: Any, of_place: Any, dry: Any) -> None:
    """Stations of one cell, added to those of the place; without stations a product is not missed."""
    if retail > ZERO:
        for i in range(dry.shape[0]):
            of_place[i] += retail * open_share[i]
            dry[i] = ONE if open_share[i] < DRY else ZERO
    else:
        for i in range(dry.shape[0]):
            dry[i] = ZERO


def cover(stock: Any, need: Any) -> Any:
    """Days that a stock lasts; without need it lasts 999 days."""
    return min(stock / need, LONG) if need > ZERO else LONG


def start(world: World, state: Arrays, parameters: Arrays) -> None:
    """Opening totals, so that the first orders have something to look at. Runs after allocation has filled tanks."""
    state["opening_stock_l"][:] = state["stock_l"].sum(axis=0).astype(np.float32)
    state["national_stock_l"][:] = state["opening_stock_l"]


PROCESS = Process("accounts", "Totals of the day", STATE, (), step, start)
