"""Conservation, checked in whole litres and trucks, per future."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from citerne.engine.block import Block

Array = np.ndarray[Any, Any]


def fuel_in_country_l(block: Block) -> Array:
    """Litres in tanks, on legs, on inland roads, at customs and in unloading queues: int64 (product, member)."""
    state = block.state
    trucks = state["inland_trucks"].astype(np.int64).sum(axis=(0, 1))
    trucks = trucks + state["customs_trucks"].sum(axis=(0, 1), dtype=np.int64)
    trucks = trucks + state["queued_trucks"].sum(axis=0, dtype=np.int64)
    litres = np.floor(block.parameters["truck_m3"] * np.float32(1000)).astype(np.int64)
    tanks = state["stock_l"].sum(axis=0, dtype=np.int64)
    legs = state["leg_load_l"].sum(axis=(0, 1), dtype=np.int64)
    return np.asarray(tanks + legs + trucks * litres)


def opened_l(block: Block) -> Array:
    """closing + sold + burned in plants + lost - imported: what was there on day 0, int64 litres (product, member)."""
    state = block.state
    used = state["sold_total_l"] + state["burned_total_l"] + state["lost_l"] + state["leg_lost_l"]
    return np.asarray(fuel_in_country_l(block) + used - state["imported_l"])


def fuel_imbalance_l(block: Block, opening_l: Array) -> Array:
    """opening + imported - sold - burned in plants - lost - closing, litres (product, member); 0 when conserved."""
    return np.asarray(opening_l - opened_l(block))


def fleet(block: Block) -> Array:
    """Trucks of each corridor wherever they are, the destroyed included, gifts taken out: int64 (corridor, member).

    Constant over time when trucks are conserved.
    """
    state = block.state
    total = state["idle_trucks"].astype(np.int64) + state["destroyed_total"] - state["gifted_total"]
    for name in ("outbound_trucks", "inland_trucks", "customs_trucks"):
        total = total + state[name].sum(axis=(1, 2), dtype=np.int64)
    for name in ("waiting_trucks", "queued_trucks", "returning_trucks"):
        total = total + state[name].sum(axis=1, dtype=np.int64)
    return np.asarray(total)


def leg_fleet(block: Block) -> Array:
    """Trucks of each onward leg wherever they are, the destroyed included: int64 (leg, member)."""
    state = block.state
    back = state["leg_back_trucks"].sum(axis=1, dtype=np.int64)
    return np.asarray(state["leg_idle_trucks"] + back + state["leg_destroyed_total"])


def relative_error(imbalance_l: Array, throughput_l: Array, products: Sequence[str]) -> dict[str, float]:
    """Largest imbalance over members against the largest throughput, by product."""
    out = {}
    for f, product in enumerate(products):
        out[product] = float(np.abs(imbalance_l[f]).max(initial=0) / max(throughput_l[f].max(initial=1), 1))
    return out
