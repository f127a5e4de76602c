"""What queues, street prices, open stations and hours of power of one town teach about it, on synthetic truth."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from calibrate_cases import UNKNOWN, small_country
from citerne.calibrate.likelihood import one_row
from citerne.calibrate.observe import DISCREPANCY, DISCREPANCY_OF, REPORTING
from citerne.case.case import Case
from citerne.metrics.scores import crps_ensemble
from citerne.model.index import Index
from citerne.model.levers import Setting
from citerne.nowcast.assimilate import EFFECTIVE, Analysis, assimilate
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.nowcast import make_ensemble
from citerne.nowcast.reports import OFFICIAL_PRICE, Reports
from citerne.nowcast.sheet import SHEETS
from citerne.nowcast.transport import reweighted, tempered
from nowcast_rows import row

TRUTHS, FUTURES, DAY = 24, 256, 16
Drawn = Callable[[float, np.random.Generator], float]


def cut_off() -> Case:
    """A small country in which towns differ in stocks, people wait, and a plant has fuel for about a week."""
    more = {"opening_factor_towns": ("lognormal", 0.4, 1.0, 2.0), "backlog_persist": ("uniform", 0.5, 0.75, 0.92),
            "backlog_days_max": ("uniform", 1.5, 3.0, 6.0)}  # fmt: skip
    case = small_country({**UNKNOWN, **more})
    storage = [
        {**r, "capacity_m3": 90_000.0, "opening_stock_m3": 25_000.0} if r["place"] == "plant_town" else r
        for r in case.rows("storage")
    ]
    return dataclasses.replace(case, tables=MappingProxyType({**case.tables, "storage": tuple(storage)}))


CASE = cut_off()
INDEX = Index(CASE)
TODAY = CASE.header.start + dt.timedelta(days=DAY)
MIDTOWN, PLANT = INDEX.place["midtown"], INDEX.place["plant_town"]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(os.cpu_count() or 1) as one:
        yield one


@pytest.fixture(scope="module")
def before(pool: ThreadPoolExecutor) -> Cloud:
    """Futures on the morning of the day, all roads shut since the third day."""
    return futures(FUTURES, 3, DAY, pool)


@pytest.fixture(scope="module")
def truth(pool: ThreadPoolExecutor) -> Cloud:
    """Other futures on its evening, each a truth."""
    return futures(TRUTHS, 77, DAY + 1, pool)


def futures(size: int, seed: int, day: int, pool: ThreadPoolExecutor) -> Cloud:
    shut = Setting("closed", 1, "all", CASE.header.start + dt.timedelta(days=3), None)
    ensemble = make_ensemble(CASE, TODAY, 1, [shut], members=size, seed=seed)
    cloud = Cloud(ensemble, [ensemble.open(k) for k in ensemble.chunks()])
    cloud.step(pool, day)
    return cloud


def learned(before: Cloud, pool: ThreadPoolExecutor, sheet: str, **cells: Any) -> Analysis:
    """The evening with one row of a sheet."""
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in SHEETS}
    rows[sheet] = [row(sheet, 2, TODAY, **cells)] if cells else []
    cloud = before.copy()
    return assimilate(cloud, Reports(CASE, cloud).of_sheet(rows), DAY, pool)


def in_log(variable: str) -> Drawn:
    sd = np.hypot(REPORTING["log"]["B"], DISCREPANCY_OF[variable])
    return lambda x, rng: max(x * float(np.exp(sd * rng.standard_normal())), 0.01)


def within(scale: str, top: float) -> Drawn:
    sd = np.hypot(REPORTING[scale]["B"], DISCREPANCY[scale])
    return lambda x, rng: float(np.clip(x + sd * rng.standard_normal(), 0, top))


SEEN: tuple[tuple[str, str, str, tuple[int, ...], tuple[int, int], Drawn], ...] = (
    ("stations", "price_street", "price_street", (MIDTOWN, 0), (MIDTOWN, 0), in_log("price_street")),
    ("stations", "queue_h", "queue_h", (MIDTOWN, 0), (MIDTOWN, 0), in_log("queue_hours")),
    ("stations", "open_share", "open_share", (MIDTOWN, 0), (MIDTOWN, 0), within("share", 1)),
    ("power", "power_h", "power_h", (0,), (PLANT, 1), within("h/day", 24)),
)  # fmt: skip


@pytest.mark.parametrize(("sheet", "column", "field", "at", "cell", "drawn"), SEEN, ids=[s[1] for s in SEEN])
def test_one_row_of_a_town_brings_its_stock_nearer_to_the_truth(
    before: Cloud, truth: Cloud, pool: ThreadPoolExecutor, sheet: str, column: str, field: str, at: tuple[int, ...],
    cell: tuple[int, int], drawn: Drawn,
) -> None:  # fmt: skip
    rng = np.random.default_rng(5)
    bare = learned(before, pool, sheet).cloud.gather("stock_l")[cell]
    scores = []
    for k in range(TRUTHS):
        cells = {"zone": "grid"} if sheet == "power" else {"place": "midtown", "product": "gasoline"}
        found = learned(before, pool, sheet, **cells, **{column: drawn(float(truth.gather(field)[at][k]), rng)})
        assert not found.cloud.imbalance_l().any()
        assert found.used[0]["how"] in ("its town weighed", "moved there alone")
        real = float(truth.gather("stock_l")[cell][k])
        scores.append([float(crps_ensemble(x, real)) for x in (found.cloud.gather("stock_l")[cell], bare)])
    with_row, without = np.mean(scores, axis=0)
    assert with_row < 0.92 * without


def test_a_price_and_a_queue_of_a_town_move_no_other_place_and_no_unknown(
    before: Cloud, pool: ThreadPoolExecutor
) -> None:
    bare = learned(before, pool, "stations").cloud
    found = learned(before, pool, "stations", place="midtown", product="gasoline", queue_h=40.0, price_street=3.0).cloud
    own = (MIDTOWN, 0)
    for field in ("stock_l", "backlog_l", "price_multiplier", "price_street", "open_share"):
        one, other = bare.gather(field), found.gather(field)
        assert (one[own] != other[own]).any() == (field != "open_share")
        one[own] = other[own]
        assert np.array_equal(one, other)
    for name in bare.blocks[0].parameters:
        assert np.array_equal(bare.parameter(name), found.parameter(name))


def test_two_rows_of_one_day_count_as_two_and_not_as_more(before: Cloud, pool: ThreadPoolExecutor) -> None:
    """Price and queue together weigh as the product of what each says, whatever their order."""
    cells = {"place": "midtown", "product": "gasoline"}
    both = learned(before, pool, "stations", **cells, queue_h=20.0, price_street=1.5)
    cloud = learned(before, pool, "stations").cloud
    reports = {u["variable"]: u for u in both.used}
    rows = [r.row for r in Reports(CASE, cloud).of_sheet(
        {table.name: [row("stations", 2, TODAY, **cells, queue_h=20.0, price_street=1.5)]
         if table.name == "stations" else [] for table in SHEETS})]  # fmt: skip
    shown = {
        "queue_hours": cloud.gather("queue_h")[MIDTOWN, 0],
        "price_street": cloud.gather("price_street")[MIDTOWN, 0],
    }
    total = np.sum([one_row(shown[r["variable"]].astype(float), r) for r in rows], axis=0)
    weights, power = tempered(total, EFFECTIVE)
    assert reports["queue_hours"]["power"] == reports["price_street"]["power"] == pytest.approx(power)
    stock = cloud.gather("stock_l")[MIDTOWN, 0]
    order = np.argsort(stock)
    at = np.searchsorted(np.cumsum(weights[order]), [0.1, 0.5, 0.9])
    found = np.sort(both.cloud.gather("stock_l")[MIDTOWN, 0])
    expected = stock[order][at]
    # a quantile among n futures is that of the weighted sample, give or take one rank
    ranks = (np.array([0.1, 0.5, 0.9]) * FUTURES).astype(int)
    assert np.all(found[ranks - 1] <= expected)
    assert np.all(expected <= found[ranks + 1])


def test_a_pump_price_is_compared_only_and_says_why(before: Cloud, pool: ThreadPoolExecutor) -> None:
    bare = learned(before, pool, "stations").cloud
    found = learned(before, pool, "stations", place="midtown", product="gasoline", price_pump=9.0)
    assert [(u["variable"], u["how"], u["why"]) for u in found.used] == [
        ("price_pump", "compared only", OFFICIAL_PRICE)
    ]
    assert np.array_equal(bare.gather("stock_l"), found.cloud.gather("stock_l"))


def test_equal_weights_change_nothing_and_a_sure_future_is_everybodys() -> None:
    values = np.array([5, 0, 3, 0, 9])
    assert np.array_equal(reweighted(values, np.full(5, 0.2)), values)
    assert np.array_equal(reweighted(values, np.array([0.0, 0, 1, 0, 0])), np.full(5, 3))
    assert np.array_equal(reweighted(values, np.array([0.4, 0, 0, 0, 0.6])), [9, 5, 9, 5, 9])
