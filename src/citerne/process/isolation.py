"""Isolation: which places nothing reaches, for how long, and how hard the armed group presses on each.

Pressure on a place = leg blockade of the theatre through which its onward leg runs, times the regime factor (1 in a
campaign, `quiet_factor`, `truce_factor`), times what an end has left of it (`pressure_factor`); for a hub the largest
of the same over the corridors that end there.
Days cut = days since anything was taken into its tanks. A place is isolated when its road is shut by order or force
(`leg_closed`), or when nothing has come for isolation_days and less than a tenth of its stations is open. Closed share
= share of retail demand without an open station.

Scope: what a siege stops. `embargo_scope` 0 stops fuel alone, 1 all goods, 2 passengers too, wherever the road is shut
or the group presses: goods_stopped = max(shut, min(scope, 1) isolated), seal = clip(scope - 1, 0, 1) where shut or
pressed. A place is besieged as far as goods are stopped there under pressure; want of fuel alone is no siege. A
besieged town and a besieged country are the same mechanism.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.fields import Field, Parameter, Process
from citerne.engine.kernel import HALF, ONE, ZERO, clip

CAMPAIGN, TRUCE = np.int32(1), np.int32(2)
NINE_TENTHS = np.float32(0.9)

STATE = (
    Field("closed_share", ("place",), "f4", "", "Share of retail demand without an open station."),
    Field("pressure", ("place",), "f4", "", "Pressure of the armed group on the place's road."),
    Field("cut_days", ("place",), "f4", "days", "Days since fuel last arrived."),
    Field("isolated", ("place",), "f4", "", "1 where no fuel truck gets through."),
    Field("besieged", ("place",), "f4", "", "1 where other goods are stopped too, under pressure."),
    Field("goods_stopped", ("place",), "f4", "", "Part of other goods that no longer comes."),
    Field("seal", ("place",), "f4", "", "Part of passengers who may not pass."),
)

PARAMETERS = (
    Parameter("isolation_days", "days", "Days without arrival after which a dry place counts as isolated", "uniform",
              7, 14, 21, "judgement"),
)  # fmt: skip


def step(
    members: Any, place_theatre: Any, hub: Any, corridor_theatre: Any, retail_l: Any, received_l: Any, open_share: Any,
    regime: Any, quiet_factor: Any, truce_factor: Any, pressure_factor: Any, isolation_days: Any, lever_blockade: Any,
    lever_leg_blockade: Any, lever_leg_closed: Any, lever_embargo_scope: Any, closed_share: Any, pressure: Any,
    cut_days: Any, isolated: Any, besieged: Any, goods_stopped: Any, seal: Any,
) -> None:  # fmt: skip
    """One day of every place."""
    places, _products, lanes = received_l.shape
    for p in range(places):
        see_stations(retail_l[p], received_l[p], open_share[p], closed_share[p], cut_days[p])
        t = place_theatre[p]
        for i in range(lanes):
            pressure[p, i] = ZERO
        if t >= 0:
            press(lever_leg_blockade[t], regime[t], quiet_factor, truce_factor, pressure_factor, pressure[p])
    for c in range(hub.shape[0]):
        t = corridor_theatre[c]
        press(lever_blockade[c], regime[t], quiet_factor, truce_factor, pressure_factor, pressure[hub[c]])
    for p in range(places):
        for i in range(lanes):
            dry = (cut_days[p, i] >= isolation_days[i]) & (closed_share[p, i] > NINE_TENTHS)
            shut = lever_leg_closed[p, i] > HALF
            pressed = pressure[p, i] > ZERO
            alone = ONE if dry | shut else ZERO
            stopped = max(ONE if shut else ZERO, min(lever_embargo_scope[p, i], ONE) * alone)
            isolated[p, i] = alone
            goods_stopped[p, i] = stopped
            besieged[p, i] = stopped if pressed else ZERO
            seal[p, i] = clip(lever_embargo_scope[p, i] - ONE, ZERO, ONE) if pressed | shut else ZERO


def see_stations(retail_l: Any, received: Any, open_share: Any, closed: Any, cut_days: Any) -> None:
    """Closed stations of one place, and days since something came."""
    total = ZERO
    for i in range(closed.shape[0]):
        closed[i] = ZERO
        cut_days[i] += ONE
    for f in range(retail_l.shape[0]):
        total += retail_l[f]
        if retail_l[f] > ZERO:
            for i in range(closed.shape[0]):
                closed[i] += retail_l[f] * (ONE - open_share[f, i])
        for i in range(closed.shape[0]):
            cut_days[i] = ZERO if received[f, i] > 0 else cut_days[i]
    for i in range(closed.shape[0]):
        closed[i] = closed[i] / total if total > ZERO else ZERO


def press(level: Any, regime: Any, quiet_factor: Any, truce_factor: Any, left: Any, pressure: Any) -> None:
    """The largest pressure on the roads of one place."""
    for i in range(pressure.shape[0]):
        factor = ONE if regime[i] == CAMPAIGN else (truce_factor[i] if regime[i] == TRUCE else quiet_factor[i])
        pressure[i] = max(pressure[i], level[i] * factor * left[i])


PROCESS = Process("isolation", "Places that nothing reaches, and sieges", STATE, PARAMETERS, step)
