"""The larger countries that benchmarks grow out of Mali are what they say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from citerne.case.case import Case, load
from citerne.ensemble.run import Ensemble, Plan


@pytest.fixture(scope="module")
def grown() -> ModuleType:
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "subjects"))
    try:
        return importlib.import_module("grown")
    finally:
        sys.path.pop(0)


def need(case: Case, product: str) -> float:
    """Demand of one product, m3 a day."""
    return float(sum(row["demand_m3_per_day"] for row in case.rows("demand") if row["product"] == product))


def test_more_towns_use_more_and_run(grown: ModuleType) -> None:
    case = load("mali")
    more = grown.with_more_towns(case, 3)
    towns = len(more.rows("legs")) - len(case.rows("legs"))
    assert towns > 0
    assert len(more.rows("places")) == len(case.rows("places")) + towns
    assert need(more, "diesel") > need(case, "diesel")
    ensemble = Ensemble(more, Plan(days=3, members=4))
    assert ensemble.engine.world.sizes["place"] > len(case.rows("legs"))
    assert max(abs(share) for share in ensemble.run()[0].balance.values()) == 0


def test_more_products_are_used_as_diesel_is_and_run(grown: ModuleType) -> None:
    case = load("mali")
    more = grown.with_more_products(case, 2)
    assert need(more, "diesel_2") == need(case, "diesel")
    results = Ensemble(more, Plan(days=3, members=4)).run()[0]
    assert max(abs(share) for share in results.balance.values()) == 0
    assert results.series("stock_days", "mali", "diesel_1").shape == (3, 4)
