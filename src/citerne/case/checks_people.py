"""Checks of facilities that need more than one cell."""

from __future__ import annotations

from collections.abc import Mapping

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.read import Row

Tables = Mapping[str, tuple[Row, ...]]


def check_people(tables: Tables, faults: Faults) -> None:
    """No tank holds more than it can; an airport says what a flight takes."""
    for row in tables["facilities"]:
        tank, stock = row["tank_l"], row["stock_l"]
        if tank is not None and stock is not None and stock > tank:
            expected = _("at most the tank, {litres} L").format(litres=f"{tank:g}")
            faults.add("facilities.csv", row["_row"], "stock_l", f"{stock:g}", expected, _("check both numbers"))
        if row["kind"] == "airport" and row["litres_per_rotation"] is None:
            faults.add("facilities.csv", row["_row"], "litres_per_rotation", "", _("a number for an airport"),
                       _("fill in the fuel of one flight there and back"))  # fmt: skip
