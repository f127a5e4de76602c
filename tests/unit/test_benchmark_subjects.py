"""The larger countries that benchmarks grow out of Mali are what they say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

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


def test_the_phases_of_a_chunk_are_measured_at_every_severity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Correctness only: every phase takes time, and pressure on the roads reaches the futures that are timed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    run = importlib.import_module("run")
    lost = {}
    real = Ensemble.run_chunk

    def watched(ensemble: Ensemble, index: int, **others: Any) -> Any:
        chunk = real(ensemble, index, **others)
        lost[len(lost)] = float(
            chunk.values[-1, [key.variable == "trucks_destroyed_cumulative" for key in ensemble.keys]].sum()
        )
        return chunk

    monkeypatch.setattr(Ensemble, "run_chunk", watched)
    burned = []
    for pressure in run.SEVERITY.values():
        spent = run.phases_of("toy_road", pressure, 64, 1)
        assert set(spent) == {"opening", "days", "record", "writing"}
        assert min(spent["opening"], spent["days"]) > 0
        burned.append(lost[len(lost) - 1])
    calm, _recorded, shut_in = burned
    assert calm == 0 < shut_in
