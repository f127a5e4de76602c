"""Loads on their way: what arrivals taught about delay and loss, and when the others may arrive.

Delay is the time from departure over the time that was announced. Its logarithm has the prior N(0.2, 0.5^2), judged
from roads under threat, as if two loads had been seen, and a spread of 0.5 between loads. Losses have the prior
Beta(1, 9). Only humanitarian loads come on top of the model's trade; those of traders, the power company and mines are
part of it (see underway).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.nowcast.assimilate import uniform_of

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
PRIOR_LOADS, PRIOR_DELAY, SPREAD = 2.0, 0.2, 0.5
PRIOR_LOST, PRIOR_SAFE = 1.0, 9.0


@dataclass(frozen=True)
class Learned:
    """What loads that arrived or were lost have taught: mean and spread of log delay, chance of loss."""

    loads: int
    log_delay: float
    log_delay_sd: float
    loss: float

    def payload(self) -> dict[str, Any]:
        """Delay as a factor on the announced time."""
        return {"loads": self.loads, "delay_factor": math.exp(self.log_delay), "log_delay_sd": self.log_delay_sd,
                "loss_share": self.loss}  # fmt: skip


def learn(rows: Sequence[Row]) -> Learned:
    """Posterior of delay and loss from the loads that have ended."""
    ratios = []
    for row in rows:
        if row["status"] == "arrived" and row["dispatched_date"] and row["eta_best"] and row["arrived_date"]:
            announced = (row["eta_best"] - row["dispatched_date"]).days
            if announced > 0:
                ratios.append(math.log(max((row["arrived_date"] - row["dispatched_date"]).days, 0.5) / announced))
    n = len(ratios)
    mean = (PRIOR_LOADS * PRIOR_DELAY + sum(ratios)) / (PRIOR_LOADS + n)
    lost = sum(row["status"] == "lost" for row in rows)
    safe = sum(row["status"] == "arrived" for row in rows)
    loss = (PRIOR_LOST + lost) / (PRIOR_LOST + PRIOR_SAFE + lost + safe)
    return Learned(n, mean, SPREAD * math.sqrt(1 + 1 / (PRIOR_LOADS + n)), loss)


def pending(rows: Sequence[Row]) -> list[Row]:
    """Humanitarian loads under way with an expected day."""
    return [row for row in rows if row["owner"] == "humanitarian" and row["eta_best"]
            and row["status"] in ("planned", "moving", "waiting")]  # fmt: skip


def arrival_days(row: Row, learned: Learned, as_of: dt.date, seed: int, size: int) -> Array:
    """Days after `as_of` (future,) on which a load arrives, at least 1; -1 where it is lost."""
    from scipy.special import ndtri

    u = uniform_of(seed, f"load/{row['consignment']}", size)
    lost = uniform_of(seed, f"loss/{row['consignment']}", size) < learned.loss
    if row["dispatched_date"] and row["eta_best"] > row["dispatched_date"]:
        announced = (row["eta_best"] - row["dispatched_date"]).days
        days = announced * np.exp(learned.log_delay + learned.log_delay_sd * ndtri(u))
        days -= (as_of - row["dispatched_date"]).days
    else:
        best = (row["eta_best"] - as_of).days
        low = (row["eta_low"] - as_of).days if row["eta_low"] else best - 1
        high = max((row["eta_high"] - as_of).days if row["eta_high"] else best + 4, best + 1, low + 2)
        cut = (best - low) / (high - low)
        rising, falling = low + np.sqrt(u * (high - low) * (best - low)), (1 - u) * (high - low) * (high - best)
        days = np.where(u < cut, rising, high - np.sqrt(falling))
    return np.asarray(np.where(lost, -1, np.maximum(np.rint(days), 1)).astype(np.int64))
