"""Each town that reports has an outlook of its own, from the futures that foretold its reports best.

Reports of one town move what the town keeps in every future and leave the unknowns alone, since they must not speak
for the country. But a town that was open three weeks in a row where a future had it dry says that this future is wrong
about *that town*, and a forecast that forgets it is back at the prior in two weeks. So a cloud remembers, by town, how
well each future foretold the town's own reports,

    m_i = sum over its reports of log L(y; x_i before the report was used),

with the errors of the calibration, the model's own discrepancy among them. x_i starts from what the last report left,
so m_i is evidence on the unknowns and not on stocks that are known already; a count that no future comes near is none.
Counts of tanks and of open stations are remembered. Queues, prices and hours of power are not: they speak of supply
only through caps, patience and payment, and on synthetic truth views of them foretell no better than all futures.
For the days ahead the town is looked at in futures drawn by exp(m_i), tempered like all weights; what the town keeps is
given back the distribution that it has in the whole cloud, ranks kept, since its reports have been used there. Only
forecasts of that town are taken from its view: an analysis for every place from its own reports keeps far-off evidence
from deciding by chance
(localisation; Houtekamer & Mitchell 1998, Mon. Weather Rev. 126:796-811; Farchi & Bocquet 2018, Nonlin. Processes
Geophys. 25:765-807). No other town changes by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from citerne.engine.fields import Series
from citerne.model.index import Index
from citerne.nowcast.assimilate import EFFECTIVE, uniform_of
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.outlook import Forecast, Injection, roll
from citerne.nowcast.transport import systematic, tempered

Array = np.ndarray[Any, Any]
PART, LEAST = 4, 256  # a view has one in so many futures; fewer, but not below so many, where many towns report
TOGETHER = 2  # times the size of the cloud: what all views may have
KEPT_BY_A_TOWN = ("stock_l", "backlog_l", "price_multiplier")


def drawn(cloud: Cloud, place: int) -> tuple[Array, float]:
    """Futures of the view of a town, rising, and the power at which its memory was used."""
    weights, power = tempered(cloud.memory[place], EFFECTIVE)
    name = list(Index(cloud.ensemble.case).place)[place]
    u = float(uniform_of(cloud.ensemble.plan.seed, f"view/{name}/{cloud.day}", 1)[0])
    index = np.sort(systematic(weights, u))
    part = min(max(cloud.size // PART, 1), max(TOGETHER * cloud.size // len(cloud.memory), LEAST))
    at = ((np.arange(part) + 0.5) * len(index) / part).astype(np.int64)
    return index[at], power


def view_of(cloud: Cloud, place: int, index: Array) -> Cloud:
    """The cloud as one town sees it: drawn futures, with the distribution of what the town keeps as in all futures."""
    view = cloud.select(index)
    for field in KEPT_BY_A_TOWN:
        whole, own = cloud.gather(field), view.gather(field)
        for f in range(whole.shape[1]):
            put_back = spread_as(own[place, f], whole[place, f])
            if field == "stock_l":
                view.set_stock(place, f, put_back)
            elif field == "price_multiplier":
                view.set_street(place, f, put_back)
            else:
                own[place, f] = put_back
        if field == "backlog_l":
            view.put(field, own)
    return view


def spread_as(values: Array, whole: Array) -> Array:
    """Values (future,) given the distribution of `whole` (another number of futures), ranks kept."""
    n = len(values)
    moved = np.empty(n, whole.dtype)
    at = ((np.arange(n) + 0.5) / n * len(whole)).astype(np.int64)
    moved[np.argsort(values, kind="stable")] = np.sort(whole)[at]
    return moved


def roll_towns(
    cloud: Cloud, days: int, pool: ThreadPoolExecutor, injections: Sequence[Injection] = (),
    watch: Sequence[Series] = (),
) -> Forecast:  # fmt: skip
    """Step the futures over some days as `roll` does; towns that have reported are taken from their own views."""
    views = []
    for place in sorted(cloud.memory):
        index, _power = drawn(cloud, place)
        views.append((place, index, view_of(cloud, place, index)))
    today = cloud.gather("stock_l")
    whole = roll(cloud, days, pool, injections, watch)
    names = list(Index(cloud.ensemble.case).place)
    for place, index, view in views:
        now = view.gather("stock_l")
        loads = [(p, f, litres[index], day[index]) for p, f, litres, day in injections]
        own = [n for n, series in enumerate(watch) if series.place == names[place]]
        part = roll(view, days, pool, loads, [watch[n] for n in own])
        for k, (p, f) in enumerate(whole.cells):
            if p == place:
                where = beside(now[p, f], today[p, f])
                whole.stock_m3[:, k], whole.open_share[:, k] = part.stock_m3[:, k, where], part.open_share[:, k, where]
        where = np.arange(cloud.size) * len(index) // cloud.size
        for m, n in enumerate(own):
            whole.recorded[:, n] = part.recorded[:, m, where]
    return whole


def beside(part: Array, whole: Array) -> Array:
    """Future of a view (future of the whole,) that stands for each future of the whole: the one of the same rank."""
    n, size = len(part), len(whole)
    where = np.empty(size, np.int64)
    where[np.argsort(whole, kind="stable")] = np.argsort(part, kind="stable")[np.arange(size) * n // size]
    return where
