"""A town that reports has an outlook of its own: only its own forecasts change, and what it keeps today stays."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from calibrate_cases import small_country
from citerne.model.index import Index
from citerne.nowcast.assimilate import assimilate
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.nowcast import make_ensemble
from citerne.nowcast.outlook import roll
from citerne.nowcast.reports import Reports
from citerne.nowcast.sheet import SHEETS
from citerne.nowcast.views import beside, drawn, roll_towns, spread_as, view_of
from nowcast_rows import row

CASE = small_country()
INDEX = Index(CASE)
MIDTOWN, GASOLINE = INDEX.place["midtown"], INDEX.product["gasoline"]
LAST, SIZE = 20, 512


def counted(*counts: tuple[str, int, float]) -> dict[str, list[dict[str, Any]]]:
    """A sheet with stock counts of gasoline: town, day, m3."""
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in SHEETS}
    for number, (place, day, m3) in enumerate(counts, start=2):
        on = CASE.header.start + dt.timedelta(days=day)
        rows["stocks"].append(row("stocks", number, on, place=place, product="gasoline", stock_m3=m3))
    return rows


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(os.cpu_count() or 1) as one:
        yield one


def evening(pool: ThreadPoolExecutor, *counts: tuple[str, int, float]) -> Cloud:
    as_of = CASE.header.start + dt.timedelta(days=LAST)
    ensemble = make_ensemble(CASE, as_of, 28, (), members=SIZE, seed=3)
    cloud = Cloud(ensemble, [ensemble.open(k) for k in ensemble.chunks()])
    return assimilate(cloud, Reports(CASE, cloud).of_sheet(counted(*counts)), LAST, pool).cloud


@pytest.fixture(scope="module")
def reported(pool: ThreadPoolExecutor) -> Cloud:
    """Midtown was found with half of what it usually holds, three weeks in a row; the capital was counted once."""
    return evening(pool, ("midtown", 6, 130.0), ("midtown", 13, 120.0), ("midtown", 20, 125.0), ("capital", 13, 2500.0))


def test_only_the_forecasts_of_the_town_that_reported_come_from_its_view(
    reported: Cloud, pool: ThreadPoolExecutor
) -> None:
    assert list(reported.memory) == [MIDTOWN]
    whole, with_views = roll(reported.copy(), 28, pool), roll_towns(reported.copy(), 28, pool)
    for k, (place, _product) in enumerate(whole.cells):
        same = np.array_equal(whole.stock_m3[:, k], with_views.stock_m3[:, k])
        assert same == (place != MIDTOWN)


def test_what_the_town_keeps_today_is_in_its_view_as_in_all_futures_and_the_ledger_closes(reported: Cloud) -> None:
    index, power = drawn(reported, MIDTOWN)
    view = view_of(reported, MIDTOWN, index)
    assert (len(index), view.size) == (SIZE // 4, SIZE // 4)
    assert 0 < power <= 1
    assert not view.imbalance_l().any()
    for field in ("stock_l", "backlog_l", "price_multiplier"):
        whole, own = reported.gather(field)[MIDTOWN, GASOLINE], view.gather(field)[MIDTOWN, GASOLINE]
        assert np.array_equal(np.sort(own), np.sort(whole)[2::4])  # the middle of every four
    # the unknowns are those of the futures that foretold the reports
    assert np.array_equal(view.parameter("demand_factor"), reported.parameter("demand_factor")[index])
    assert reported.memory[MIDTOWN][index].mean() > reported.memory[MIDTOWN].mean()


def test_the_memory_of_a_town_follows_its_futures_when_the_country_is_weighed(pool: ThreadPoolExecutor) -> None:
    cloud = evening(pool, ("midtown", 20, 130.0))
    before, index = cloud.memory[MIDTOWN].copy(), np.arange(SIZE)[::-1].copy()
    cloud.draw(index)
    assert np.array_equal(cloud.memory[MIDTOWN], before[::-1])
    assert np.array_equal(cloud.copy().memory[MIDTOWN], before[::-1])


def test_without_reports_of_towns_there_is_one_view_of_all(pool: ThreadPoolExecutor) -> None:
    cloud = evening(pool, ("capital", 13, 2500.0))
    assert cloud.memory == {}
    one, other = roll(cloud.copy(), 5, pool), roll_towns(cloud.copy(), 5, pool)
    assert np.array_equal(one.stock_m3, other.stock_m3)


def test_a_count_that_no_future_comes_near_is_no_evidence_on_the_unknowns(pool: ThreadPoolExecutor) -> None:
    assert evening(pool, ("far_town", 10, 900.0)).memory == {}
    assert list(evening(pool, ("far_town", 10, 350.0)).memory) == [INDEX.place["far_town"]]


def test_prices_and_queues_are_not_remembered_open_stations_are(pool: ThreadPoolExecutor) -> None:
    on = CASE.header.start + dt.timedelta(days=10)
    base = evening(pool)
    for cells, remembered in (({"price_street": 2.0, "queue_h": 9.0}, False), ({"open_share": 0.5}, True)):
        rows = counted() | {"stations": [row("stations", 2, on, place="midtown", product="gasoline", **cells)]}
        (report, *_more) = Reports(CASE, base).of_sheet(rows)
        assert (report.town == MIDTOWN) == remembered


def test_ranks_are_kept_between_a_view_and_the_whole() -> None:
    assert spread_as(np.array([7, 1, 4]), np.array([60, 10, 20, 50, 30, 40])).tolist() == [60, 20, 40]
    where = beside(np.array([5.0, 1.0]), np.array([4, 9, 1, 7]))
    assert where.tolist() == [1, 0, 1, 0]
