"""What a report of one town teaches about what the town keeps, and about nothing else.

All reports of one day that tell of one quantity x of a town (its tank, those who wait, the street's multiple of the
pump price, what its utility pays) weigh the futures for that quantity alone: weights w ~ L^b, tempered as for whole
futures. Then x is moved to its weighted marginal, ranks kept: a future of rank r in the ensemble gets the quantile
(r + 1/2) / n of x under w. That is the marginal which resampling the town alone would give (a particle filter by
blocks; Rebeschini & van Handel 2015, Ann. Appl. Probab. 25:2809-2866), with the ties between the town and its future
kept by rank (Anderson 2010). Equal weights change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from citerne.calibrate.likelihood import one_row
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.reports import Quantity, Report
from citerne.nowcast.transport import reweighted, tempered

Array = np.ndarray[Any, Any]


def weigh_towns(cloud: Cloud, reports: Sequence[Report], values: Mapping[int, Array], share: float) -> dict[int, float]:
    """Use the reports of a day that touch something of a town.

    Parameters
    ----------
    values : what each future shows for each report (future,), by id of the report
    share : part of the futures that stays effective

    Returns
    -------
    dict : by id of the report, the smallest power b at which it was used
    """
    of: dict[Quantity, list[Report]] = defaultdict(list)
    for r in reports:
        for quantity in r.touches:
            of[quantity].append(r)
    likelihood = {id(r): one_row(values[id(r)], r.row) for r in reports if r.touches}
    used: dict[int, float] = {}
    found = {}
    for quantity, own in of.items():
        weights, power = tempered(np.sum([likelihood[id(r)] for r in own], axis=0), share)
        found[quantity] = weights
        for r in own:
            used[id(r)] = min(power, used.get(id(r), 1.0))
    for (field, at), weights in found.items():
        whole = cloud.gather(field)
        moved = reweighted(whole[at], weights)
        if field == "stock_l":
            cloud.set_stock(at[0], at[1], moved)
        elif field == "price_multiplier":
            cloud.set_street(at[0], at[1], moved)
        else:
            whole[at] = moved
            cloud.put(field, whole)
    return used
