"""Positions of keys on the axes of a case, and its needs in counted litres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.model.levers import active_places

Array = np.ndarray[Any, Any]


class Index:
    """Position of every key on its axis."""

    def __init__(self, case: Case) -> None:
        self.place = {key: k for k, key in enumerate(active_places(case))}
        self.product = {key: k for k, key in enumerate(case.ids("products"))}
        self.corridor = {key: k for k, key in enumerate(case.ids("corridors"))}
        self.theatre = {key: k for k, key in enumerate(case.ids("theatres"))}
        self.zone = {key: k for k, key in enumerate(case.ids("zones"))}


def litres(case: Case, m3: float) -> float:
    """Counted litres (units of `quantum_l`) of a volume."""
    return m3 * 1000.0 / case.header.quantum_l


def need_of(case: Case, index: Index, classes: Sequence[str] | None = None) -> Array:
    """Normal need (place, product), counted litres a day, of some user classes or of all."""
    out = np.zeros((len(index.place), len(index.product)))
    for row in case.rows("demand"):
        if classes is None or row["user_class"] in classes:
            out[index.place[row["place"]], index.product[row["product"]]] += litres(case, row["demand_m3_per_day"])
    return out
