"""Named loads of traders, power and mines: a bound on the model's own trucks, nothing made, nothing lost."""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from calibrate_cases import small_country
from citerne.calibrate.observe import WRONG
from citerne.ensemble.ledger import fleet, leg_fleet
from citerne.model.index import Index
from citerne.model.levers import Setting
from citerne.nowcast.cloud import Cloud
from citerne.nowcast.consignments import learn
from citerne.nowcast.nowcast import make_ensemble
from citerne.nowcast.underway import AT_THE_END, NO_PLACE, NO_ROAD, NOT_BY_ROAD, OUT_OF_DATE, place_loads
from nowcast_rows import made, row

CASE = small_country()
INDEX = Index(CASE)
DAY = 12
TODAY = CASE.header.start + dt.timedelta(days=DAY)
SIZE = 256
WEST, GASOLINE = INDEX.corridor["west_road"], INDEX.product["gasoline"]


def load(number: int, place_now: str, m3: float = 1840.0, **cells: Any) -> dict[str, Any]:
    """A load of a trader to the capital, 46 tankers unless told otherwise, expected in two days."""
    base = {
        "consignment": f"T{number}",
        "owner": "trade",
        "product": "gasoline",
        "volume_m3": m3,
        "place": "capital",
        "place_now": place_now,
        "mode": "road",
        "status": "moving",
        "eta_best": TODAY + dt.timedelta(days=2),
    }
    return row("consignments", number, cells.pop("day", TODAY), **{**base, **cells})  # fmt: skip


@pytest.fixture(scope="module")
def evening() -> Cloud:
    """Futures of an evening; the west road has been shut for three days, so that trucks stand at its border."""
    shut = Setting("closed", 1, "west_road", TODAY - dt.timedelta(days=3), None)
    ensemble = make_ensemble(CASE, TODAY, 14, [shut], members=SIZE, seed=3)
    cloud = Cloud(ensemble, [ensemble.open(k) for k in ensemble.chunks()])
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        cloud.step(pool, DAY + 1)
    return cloud


def placed(cloud: Cloud, *rows: dict[str, Any], counts: tuple[dict[str, Any], ...] = ()) -> tuple[Cloud, list[Any]]:
    after = cloud.copy()
    return after, place_loads(after, rows, counts, learn([]), TODAY)


def trucks(cloud: Cloud, stage: str, roads: tuple[int, ...] = (WEST,)) -> np.ndarray:
    """Trucks (future,) of a stage of some roads with gasoline."""
    held = cloud.gather(f"{stage}_trucks")[list(roads)].sum(axis=0)
    return np.asarray(held[GASOLINE] if stage == "waiting" else held[:, GASOLINE].sum(axis=0), np.int64)


def conserved(before: Cloud, after: Cloud) -> bool:
    """Whether the ledger closes, the fleets are what they were, and no stage went below zero."""
    fleets = all(np.array_equal(of(a), of(b)) for of in (fleet, leg_fleet)
                 for a, b in zip(before.blocks, after.blocks, strict=True))  # fmt: skip
    lowest = min(int(after.gather(name).min()) for name in after.blocks[0].state if "trucks" in name or "leg_" in name)
    return not after.imbalance_l().any() and fleets and lowest >= 0 and int(after.gather("stock_l").min()) >= 0


EAST = INDEX.corridor["east_road"]
# the port serves both roads
SOMEWHERE = (("west_border", "waiting", "waiting", (WEST,)), ("west_road", "inland", "moving", (WEST,)),
             ("port", "outbound", "moving", (WEST, EAST)))  # fmt: skip


@pytest.mark.parametrize(("place_now", "stage", "status", "on"), SOMEWHERE, ids=[s[1] for s in SOMEWHERE])
def test_every_future_that_believes_holds_at_least_the_named_trucks_and_nothing_is_made(
    evening: Cloud, place_now: str, stage: str, status: str, on: tuple[int, ...]
) -> None:
    after, told = placed(evening, load(2, place_now, status=status))
    before, now = trucks(evening, stage, on), trucks(after, stage, on)
    assert conserved(evening, after)
    assert (before < 46).mean() > 0.1
    # some do not believe the row: each with the chance that such a report is wrong, give or take 4 standard errors
    chance = WRONG["B"]
    believed = now >= 46
    assert np.mean(~believed) <= chance + 4 * (chance * (1 - chance) / SIZE) ** 0.5
    assert np.array_equal(now, np.where(believed, np.maximum(before, 46), before))
    assert told == [{"consignment": "T2", "owner": "trade", "stage": stage, "trucks_missing": 0,
                     "trucks_moved": pytest.approx((now - before).mean())}]  # fmt: skip


def test_what_the_model_has_further_back_moves_on_before_idle_trucks_load(evening: Cloud) -> None:
    after, _told = placed(evening, load(2, "west_road"))
    moved = trucks(after, "inland") - trucks(evening, "inland")
    left = trucks(evening, "waiting") - trucks(after, "waiting")
    assert np.array_equal(left, np.minimum(moved, trucks(evening, "waiting")))
    out = trucks(evening, "outbound") - trucks(after, "outbound")
    assert np.array_equal(out, np.minimum(moved - left, trucks(evening, "outbound")))
    litres = np.floor(evening.parameter("truck_m3") * np.float32(1000)).astype(np.int64)
    assert np.array_equal((after.gather("imported_l") - evening.gather("imported_l"))[GASOLINE], moved * litres)


def test_no_two_loads_count_the_same_truck_and_the_same_load_once_more_changes_nothing(evening: Cloud) -> None:
    two, _told = placed(evening, load(2, "west_border", status="waiting"), load(3, "west_border", status="waiting"))
    one, _told = placed(evening, load(2, "west_border", status="waiting"))
    again, told = placed(one, load(2, "west_border", status="waiting"))
    both_believe = trucks(two, "waiting") >= 92
    assert both_believe.mean() > 0.85
    assert told[0]["trucks_moved"] == 0
    assert np.array_equal(trucks(again, "waiting"), trucks(one, "waiting"))
    assert conserved(evening, two)


def test_loads_of_power_and_mines_are_the_models_own_trade_too(evening: Cloud) -> None:
    bounds = [placed(evening, load(2, "west_road", owner=owner))[0] for owner in ("trade", "power", "mine")]
    for other in bounds[1:]:
        assert np.array_equal(trucks(other, "inland"), trucks(bounds[0], "inland"))


def test_a_load_on_an_onward_leg_leaves_its_feeder_or_is_found_where_that_was_counted(evening: Cloud) -> None:
    named = load(2, "midtown", 138.0, place="far_town")
    after, told = placed(evening, named)
    leg, midtown = 1, INDEX.place["midtown"]
    way, left = (after.gather(n)[at] - evening.gather(n)[at].astype(np.int64) for n, at in
                 (("leg_way_l", (leg, GASOLINE)), ("stock_l", (midtown, GASOLINE))))  # fmt: skip
    assert told[0]["stage"] == "leg"
    assert way.max() > 20_000
    assert np.array_equal(way, -left)
    assert np.array_equal(
        after.gather("leg_load_l")[leg, :, GASOLINE].sum(axis=0), after.gather("leg_way_l")[leg, GASOLINE]
    )
    assert conserved(evening, after)
    count = row("stocks", 3, TODAY, place="midtown", product="gasoline", stock_m3=200.0)
    found, _told = placed(evening, named, counts=(count,))
    assert np.array_equal(found.gather("stock_l"), evening.gather("stock_l"))
    more = found.gather("leg_way_l")[leg, GASOLINE] - evening.gather("leg_way_l")[leg, GASOLINE]
    assert np.array_equal((found.found_l - evening.found_l)[GASOLINE], more)
    assert conserved(evening, found)


def test_a_load_that_nobody_can_place_changes_nothing_and_says_why(evening: Cloud) -> None:
    rows = (load(2, "somewhere"), load(3, ""), load(4, "capital"), load(5, "west_border", mode="rail"),
            load(6, "west_border", day=TODAY - dt.timedelta(days=4)), load(7, "west_border", status="planned"),
            load(8, "east_border", eta_best=TODAY - dt.timedelta(days=1)), load(9, "west_border", place="plant_town"),
            load(10, "west_border", owner="humanitarian"))  # fmt: skip
    after, told = placed(evening, *rows)
    assert {t["consignment"]: t.get("why") for t in told} == {
        "T2": NO_PLACE, "T3": NO_PLACE, "T4": AT_THE_END, "T5": NOT_BY_ROAD, "T6": OUT_OF_DATE, "T8": OUT_OF_DATE,
        "T9": NO_ROAD}  # fmt: skip
    for name in evening.blocks[0].state:
        assert np.array_equal(after.gather(name), evening.gather(name))


def test_a_nowcast_with_named_loads_is_exact_tells_of_them_and_keeps_them_out_of_its_snapshot(tmp_path: Any) -> None:
    rows = (load(2, "West border", 4600.0, status="waiting", product="diesel"), load(3, "west_road", 1840.0))
    found = made(CASE, TODAY, *rows, snapshots=tmp_path)
    bare = made(CASE, TODAY, snapshots=tmp_path)
    assert {abs(one["imbalance_l"]) for one in found.payload["ledger"].values()} == {0}
    assert [one["consignment"] for one in found.payload["consignments"]["named"]] == ["T3", "T2"]
    assert bare.start["from"] == "snapshot"
    assert bare.payload["risk"] == made(CASE, TODAY).payload["risk"]
    capital = bare.forecast.cells.index((INDEX.place["capital"], GASOLINE))
    ours, theirs = (n.forecast.stock_m3[:, capital] for n in (found, bare))
    assert ours[5].mean() > theirs[5].mean()
