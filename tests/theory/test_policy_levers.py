"""Levers of allocation by hand: columns by weight, fences and pools, who is first, odd-even days, dear petrol, cost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import citerne
from citerne.case.case import load
from citerne.process.market import serve_first
from citerne.process.parties import fill_columns, form_columns, split
from citerne.process.sharing import fair_parts, fence
from citerne.schema.levers import LEVERS

Array = np.ndarray[Any, Any]
BY_DAYS, BY_WEIGHT = 1.0, 2.0
EPSILON = float(np.finfo(np.float32).eps)


def f4(*values: float) -> Array:
    return np.array(values, np.float32)


def filled(waiting: list[int], weights: list[float], trucks: int) -> list[int]:
    parts = np.zeros((len(waiting), 1), np.int32)
    column = np.array(waiting, np.int32)[:, None]
    fill_columns(column, np.ones(len(waiting), np.float32), f4(*weights)[:, None], np.array([trucks], np.int32), parts)
    return [int(n) for n in parts[:, 0]]


def test_a_product_of_three_times_the_weight_gets_three_places_in_four() -> None:
    assert filled([40, 40], [1, 3], 20) == [5, 15]


def test_places_that_a_preferred_product_cannot_fill_go_to_the_others() -> None:
    # by weight they would get 1, 17 and 2 places; the eleven left go to the first in the file
    assert filled([40, 6, 40], [1, 100, 1], 20) == [12, 6, 2]
    assert filled([40, 6, 40], [0, 0, 0], 20) == [20, 0, 0]  # no weight at all: in order


@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(0, 100, width=32)), min_size=1, max_size=4), st.floats(0, 1),
)  # fmt: skip
def test_a_column_is_full_and_takes_no_truck_that_does_not_wait(rows: list[tuple[int, float]], share: float) -> None:
    waiting = [n for n, _weight in rows]
    trucks = int(share * sum(waiting))
    parts = filled(waiting, [weight for _n, weight in rows], trucks)
    assert sum(parts) == trucks
    assert all(0 <= part <= n for part, n in zip(parts, waiting, strict=True))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=4), st.floats(0, 1))
def test_equal_weights_fill_a_column_as_every_other_party(waiting: list[int], share: float) -> None:
    trucks = int(share * sum(waiting))
    parts = np.zeros((len(waiting), 1), np.int32)
    column = np.array(waiting, np.int32)[:, None]
    split(column, np.ones(len(waiting), np.float32), np.array([trucks], np.int32), False, parts)
    assert filled(waiting, [1.0] * len(waiting), trucks) == [int(n) for n in parts[:, 0]]


def chosen(weights: tuple[float, ...]) -> Array:
    """Share of columns by corridor; 20, 20 and 40 willing trucks wait in 4000 futures."""
    lanes = 4000
    waiting = np.array([20, 20, 40], np.int32)[:, None, None] * np.ones((1, 1, lanes), np.int32)
    columns, in_column = np.zeros((3, lanes), np.int32), np.zeros((3, lanes), np.int32)
    full = np.ones(lanes, np.float32)
    with np.errstate(over="ignore"):  # the hash wraps around on purpose
        form_columns(
            3, np.uint64(7), np.arange(lanes, dtype=np.uint32), 0, np.zeros(3, np.int64), np.ones((3, 1), np.float32),
            700 * full, full, 100 * full, f4(*weights)[:, None] * full, np.ones((3, lanes), np.float32),
            np.zeros((3, lanes), np.float32), waiting, np.zeros(lanes, np.int32), in_column, columns,
        )  # fmt: skip
    assert ((columns > 0).sum(axis=0) == 1).all()
    return np.asarray((columns > 0).mean(axis=1))


def test_columns_choose_a_corridor_by_its_trucks_times_its_weight() -> None:
    for weights, expected in (((1, 1, 1), (0.25, 0.25, 0.5)), ((3, 1, 0), (0.75, 0.25, 0)), ((0, 0, 2), (0, 0, 1))):
        share = chosen(weights)
        error = 4 * np.sqrt(np.array(expected) * (1 - np.array(expected)) / 4000)
        assert (np.abs(share - expected) <= error).all()


def served(stock: int, fenced: int, bulk_share: float) -> tuple[int, int, int]:
    """Reserved and bulk sales, and what pumps may sell; 100 L reserved, 400 L bulk need, seen over one day."""
    sold, reserved, rest = (np.zeros(1, np.int32) for _ in range(3))
    serve_first(
        np.float32(100), np.float32(400), f4(1), f4(1), f4(1), np.array([fenced], np.int32), f4(bulk_share), reserved,
        np.array([stock], np.int32), sold, rest,
    )  # fmt: skip
    return int(reserved[0]), int(sold[0] - reserved[0]), int(rest[0])


def test_bulk_users_and_pumps_stop_at_the_fence_and_reserved_users_pass_it() -> None:
    assert served(1000, 0, 1) == (100, 400, 500)
    assert served(1000, 700, 1) == (100, 200, 0)  # 200 L outside the fence are half of what bulk users want to see
    assert served(1000, 950, 1) == (100, 0, 0)
    assert served(60, 950, 1) == (60, 0, 0)
    assert served(1000, 0, 0.25) == (100, 100, 800)
    assert served(300, 0, 0.75) == (100, 200, 0)  # what is left caps before the lever does


def test_the_fence_holds_pool_days_of_reserved_need_and_reserve_days_of_all() -> None:
    fenced = np.zeros((1, 2, 1), np.int32)
    fence(np.array([[100, 0]], np.float32), np.array([[900, 50]], np.float32), f4(1), f4(3)[None], f4(2)[None], fenced)
    assert fenced[0, :, 0].tolist() == [3 * 100 + 2 * 900, 2 * 50]


def shares(
    rule: float, tiers: list[list[int]], need: list[float], stock: list[float], tank: list[float], litres: float
) -> tuple[Array, Array]:
    """Litres bought by each facility and its wish; refill share 1/2."""
    pointers = np.concatenate([[0], np.cumsum([len(tier) for tier in tiers])]).astype(np.int64)
    whom = np.array([k for tier in tiers for k in tier], np.int64)
    fair = np.zeros((len(need), 1), np.float32)
    fair_parts(
        f4(rule), 0, len(tiers), pointers, whom, f4(*tank), f4(0.5), f4(*need)[:, None], f4(*stock)[:, None],
        f4(litres), fair,
    )  # fmt: skip
    wish = f4(*need) + np.maximum(f4(*tank) - f4(*stock), 0) * np.float32(0.5)
    return np.asarray(fair[:, 0] * wish), wish


def test_equal_days_fill_up_those_who_have_least() -> None:
    # needs 10 and 20; one holds 30 (3 days), the other nothing: 50 L bring the second to 2.5 days and leave the first
    bought, _wish = shares(BY_DAYS, [[0], [1]], [10, 20], [30, 0], [100, 200], 50)
    assert bought == pytest.approx([0, 50], rel=1e-5)
    # 90 L: both to 4 days
    bought, _wish = shares(BY_DAYS, [[0], [1]], [10, 20], [30, 0], [100, 200], 90)
    assert bought == pytest.approx([10, 80], rel=1e-5)


def test_weights_fall_as_one_over_the_rank_and_what_is_left_goes_down_the_tiers() -> None:
    # wishes 60 and 60, weights 1 and 1/2: two thirds and one third of 60
    bought, _wish = shares(BY_WEIGHT, [[0], [1]], [10, 10], [0, 0], [100, 100], 60)
    assert bought == pytest.approx([40, 20], rel=1e-5)
    bought, _wish = shares(BY_WEIGHT, [[0], [1]], [10, 10], [0, 0], [100, 100], 105)
    assert bought == pytest.approx([60, 45], rel=1e-5)


facility = st.tuples(st.floats(1, 500, width=32), st.floats(0, 3, width=32), st.floats(0.25, 8, width=32))


@given(st.lists(facility, min_size=1, max_size=6), st.floats(0, 1.5), st.sampled_from([BY_DAYS, BY_WEIGHT]))
def test_every_rule_gives_out_what_there_is_and_to_nobody_more_than_the_wish(
    rows: list[tuple[float, float, float]], supply: float, rule: float
) -> None:
    need = [row[0] for row in rows]
    tank = [row[0] * row[2] for row in rows]
    stock = [min(row[0] * row[1], size) for row, size in zip(rows, tank, strict=True)]
    tiers = [list(range(0, len(rows), 2)), list(range(1, len(rows), 2))] if len(rows) > 1 else [[0]]
    wished = sum(n + max(size - s, 0) / 2 for n, size, s in zip(need, tank, stock, strict=True))
    litres = supply * wished
    bought, wish = shares(rule, tiers, need, stock, tank, litres)
    rounding = 32 * EPSILON * (wished + sum(stock))  # sums of a dozen float32 of that size
    assert (bought >= 0).all()
    assert (bought <= wish * (1 + 4 * EPSILON)).all()
    assert bought.sum() == pytest.approx(min(litres, wished), abs=rounding)
    if rule == BY_DAYS:
        days = (np.array(stock) + bought) / np.array(need)
        wanting = bought < wish * (1 - 1e-4) - 1e-4
        if wanting.any():  # nobody who got something has more days than one who wants more
            got = bought > rounding
            assert days[got].max(initial=0) <= days[wanting].min() + 1e-3


SERIES = ("sales_volume", "stock_days", "imports_volume", "price_street", "people_without_hospital")


@pytest.fixture(scope="module")
def recorded() -> citerne.Results:
    return citerne.run("mali", days=70, members=48, seed=3, record_all=True)


def same(a: citerne.Results, b: citerne.Results, variables: tuple[str, ...] = ()) -> None:
    for key in a.keys:
        if not variables or key.variable in variables:
            np.testing.assert_array_equal(
                a.series(key.variable, key.place, key.product), b.series(key.variable, key.place, key.product)
            )


def test_levers_set_to_their_defaults_leave_every_bit(recorded: citerne.Results) -> None:
    new = ("column_weight", "load_weight", "reserve_keep_days", "pool_days", "pool_rule", "bulk_share", "plate_share",
           "price_pump_factor")  # fmt: skip
    defaults = {lever.name: lever.default for lever in LEVERS if lever.name in new}
    assert len(defaults) == len(new)
    same(recorded, citerne.run("mali", days=70, members=48, seed=3, record_all=True, settings=defaults))


def test_odd_even_days_halve_the_wait_and_save_no_fuel(recorded: citerne.Results) -> None:
    base = {"queue_base_h": 0.1, "queue_h_max": 168.0}
    before = citerne.run("mali", days=70, members=48, seed=3, record_all=True, settings=base)
    half = citerne.run("mali", days=70, members=48, seed=3, record_all=True, settings={**base, "plate_share": 0.5})
    same(before, half, ("sales_volume", "stock_volume", "price_street", "imports_volume"))
    old, new = (run.series("queue_hours", "bamako", "gasoline") for run in (before, half))
    below = old < 168
    assert below.mean() > 0.5
    assert new[below] - 0.1 == pytest.approx((old[below] - 0.1) / 2, rel=1e-4, abs=1e-5)


def test_a_pump_price_twice_as_high_cuts_trips_by_its_elasticity() -> None:
    fixed = {"retail_elasticity": -0.3, "fare_trip_elasticity": 0.0, "blockade": 0.0}
    dear = citerne.run("toy_depot", days=6, members=4, record_all=True, settings={**fixed, "price_pump_factor": 2})
    usual = citerne.run("toy_depot", days=6, members=4, record_all=True, settings=fixed)
    ratio = dear.series("sales_volume", "town", "gasoline") / usual.series("sales_volume", "town", "gasoline")
    assert ratio[:3] == pytest.approx(np.full((3, 4), 2**-0.3), rel=1e-3)


def test_pay_and_insurance_are_counted_in_fares() -> None:
    settings = {"hazard_pay": 2.0, "insured_share": 0.5, "truck_value": 30.0, "gift_trucks": 0.0}
    run = citerne.run("mali", days=60, members=32, seed=4, settings=settings)
    trips = run.series("trucks_dispatched", "mali").cumsum(axis=0)
    lost = run.series("trucks_destroyed_cumulative", "mali")
    assert lost[-1].mean() > 10
    assert run.series("protection_cost_cumulative", "mali") == pytest.approx(2 * trips + 0.5 * 30 * lost, rel=1e-5)


def test_a_reserve_is_there_until_it_is_released(tmp_path: Path) -> None:
    start = load("toy_depot").header.start
    held = (start + dt.timedelta(days=19)).isoformat()
    path = tmp_path / "reserve.yaml"
    path.write_text(
        "name: {en: Reserve, fr: Réserve}\ndescription: {en: Kept for twenty days, fr: Gardée vingt jours}\nsets:\n"
        "  - {lever: closed, target: all, value: 1}\n"
        f"  - {{lever: reserve_keep_days, target: town, value: 2, until: {held}}}\n",
        encoding="utf-8",
    )
    run = citerne.run("toy_depot", days=40, members=8, policy=path, record_all=True)
    stock, sold = (run.series(name, "town", "diesel") for name in ("stock_days", "sales_volume"))
    assert stock[15:20] == pytest.approx(np.full((5, 8), 2.0), abs=0.05)  # down to the reserve and no further
    assert (sold[19] < 1).all()  # m3 of 40
    assert (sold[20] > 10).all()
    assert (stock[30] < 1).all()
