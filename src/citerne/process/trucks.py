"""Truck arithmetic that several processes share: volumes, normal numbers, whole trucks of a steady trade."""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.engine.kernel import I32

THOUSAND = np.float32(1000)


def any_above_zero(numbers: Any) -> Any:
    """Whether any future has a number above zero here."""
    most = I32(0)
    for i in range(numbers.shape[0]):
        most = max(most, numbers[i])
    return most > 0


def litres_per_truck(truck_m3: Any) -> Any:
    """Whole litres of one tanker, as float32 (exact)."""
    return np.floor(truck_m3 * THOUSAND)


def normal_trucks(supply_l: Any, demand_factor: Any, truck_m3: Any) -> Any:
    """Trucks a day, float32, that carry a normal supply of `supply_l` litres a day."""
    return supply_l * demand_factor / litres_per_truck(truck_m3)


def whole_trucks(rate: np.ndarray[Any, Any], days: int) -> np.ndarray[Any, Any]:
    """Whole trucks (day, *rate) on the first days of a steady trade of `rate` trucks a day.

    Sums over days stay within one truck of the rate.
    """
    day = np.arange(days + 1).reshape(-1, *(1 for _axis in rate.shape))
    return np.diff(np.floor(rate.astype(np.float64) * day), axis=0).astype(np.int32)
