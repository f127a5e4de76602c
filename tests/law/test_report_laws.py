"""Laws of what the report computes itself: aggregation, counts, ranks, clipping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citerne.case.case import load
from citerne.report.corridors import corridor_rows, country_row
from citerne.report.frames import Frame, clip_ring
from citerne.report.maps import segment_lines
from citerne.report.public import public_view, regions_of
from citerne.report.stocks import stock_rows
from citerne.report.triggers import AHEAD, LOW_DAYS, triggers
from citerne.report.view import detailed_view, week_mean
from report_runs import made_up_run

values = st.lists(st.floats(-100, 100, allow_nan=False), min_size=2, max_size=40)


@pytest.fixture(scope="module")
def mali():
    return load("mali")


@pytest.fixture(scope="module")
def run(mali):
    return made_up_run(mali, members=80)


@given(values)
def test_a_week_mean_is_the_mean_of_the_days_it_covers(column):
    column = np.array(column)[:, None]
    direct = np.array([column[max(k - 6, 0) : k + 1].mean(axis=0) for k in range(len(column))])
    np.testing.assert_allclose(week_mean(column), direct, atol=1e-9)


def test_a_region_lies_between_its_places(run, mali):
    view, regions = public_view(run, mali), regions_of(mali)
    for key in view.results.keys:
        members = [
            run.series(key.variable, place, key.product).astype(float)
            for place, region in regions.items()
            if region == key.place and run.has(key.variable, place, key.product)
        ]
        if not members:
            continue
        weeks = [np.stack([m[k : k + 7].mean(axis=0) for k in range(0, len(m), 7)]) for m in members]
        got = view.results.series(key.variable, key.place, key.product)[::7]
        assert np.all(got <= np.max(weeks, axis=0) + 1e-3)
        assert np.all(got >= np.min(weeks, axis=0) - 1e-3)


def test_what_a_region_of_one_place_shows_is_that_place(run, mali):
    view = public_view(run, mali)
    got = view.results.series("stock_days", "region_bamako", "all")
    want = run.series("stock_days", "bamako", "all")[:7].mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(got[0], want, rtol=1e-6)


def test_losses_per_hundred_sent_are_the_ratio_in_each_future(run, mali):
    view = detailed_view(run, mali)
    row, key = corridor_rows(view)[0], mali.ids("corridors")[0]
    sent = run.series("trucks_dispatched", key, "all")[: view.now + 1].sum(axis=0)
    lost = run.series("trucks_destroyed_cumulative", key, "all")[view.now]
    np.testing.assert_allclose(row.lost, np.quantile(100 * lost / sent, (0.05, 0.5, 0.95)), rtol=1e-5)


@pytest.mark.parametrize(("factor", "status"), [(1.0, "open"), (0.5, "restricted"), (0.05, "closed"), (0.0, "closed")])
def test_the_status_of_a_corridor_follows_its_traffic(run, mali, factor, status):
    key = mali.ids("corridors")[0]
    k = next(i for i, item in enumerate(run.keys) if (item.variable, item.place) == ("trucks_dispatched", key))
    before = run.values[:, k].copy()
    try:
        run.values[:, k] = 10
        run.values[20:, k] = 10 * factor
        assert corridor_rows(detailed_view(run, mali))[0].status == status
    finally:
        run.values[:, k] = before


def test_a_blockade_is_declared_where_the_inputs_say_so_that_day(run, mali):
    view = detailed_view(run, mali)
    declared = {row.key: row.declared for row in corridor_rows(view)}
    named = {row["target"] for row in mali.rows("inputs") if row["lever"] == "blockade" and row["value"] > 0}
    assert {key for key, value in declared.items() if value} <= named
    assert any(declared.values())
    assert country_row(view).declared is None


def test_the_risk_of_a_place_is_the_share_of_futures_that_fall_low(run, mali):
    view = detailed_view(run, mali)
    row = next(row for row in stock_rows(view) if row.key == "mopti")
    ahead = run.series("stock_days", "mopti", "all")[view.now + 1 : view.now + 31]
    assert row.risk == pytest.approx((ahead < 3).any(axis=0).mean())
    assert row.stock_m3 == pytest.approx(row.cover[1] * row.use_m3_per_day)


def test_a_trigger_counts_what_followed_it():
    """Cover that falls one day a day from a level known in advance: low cover is a perfect sign."""
    mali = load("mali")
    run = made_up_run(mali, days=120, members=200)
    k = next(
        i
        for i, item in enumerate(run.keys)
        if (item.variable, item.place, item.product) == ("stock_days", "bamako", "all")
    )
    start = np.random.default_rng(3).integers(20, 200, 200)
    run.values[:, k] = np.maximum(start - np.arange(120)[:, None], 0)
    found = next(t for t in triggers(detailed_view(run, mali)) if "days of cover" in t.sign)
    threshold = float(found.sign.split("less than ")[1].split(" ")[0])
    cover = run.values[:, k]
    with_it, without = [], []
    for day in range(6, 120 - AHEAD, 7):
        for member in range(200):
            if cover[day, member] >= LOW_DAYS:
                trouble = (cover[day + 1 : day + 1 + AHEAD, member] < LOW_DAYS).any()
                (with_it if cover[day, member] < threshold else without).append(trouble)
    assert found.followed == pytest.approx(np.mean(with_it))
    assert found.otherwise == pytest.approx(np.mean(without))
    assert found.cases == len(with_it)


def test_a_sign_that_says_nothing_is_not_a_trigger(mali):
    run = made_up_run(mali, days=120, members=200)
    arrived = [t for t in triggers(detailed_view(run, mali)) if "tankers reach" in t.sign]
    assert arrived == []


corners = st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=3, max_size=12)


@given(corners)
def test_a_clipped_ring_stays_in_the_frame_and_keeps_what_is_inside(ring):
    frame = Frame(-5, -5, 5, 5, 50)
    points = np.array(ring)
    cut = clip_ring(points, frame)
    if len(cut):
        assert np.abs(cut).max() <= 5 + 1e-9
    inside = points[(np.abs(points) < 5).all(axis=1)]
    for point in inside:
        assert len(cut)
        assert (np.abs(cut - point).max(axis=1) < 1e-9).any()


def test_a_square_over_the_corner_of_the_frame_is_cut_to_its_quarter():
    cut = clip_ring(np.array([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], float), Frame(-5, -5, 5, 5, 50))
    x, y = cut[:, 0], cut[:, 1]
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert area == pytest.approx(25)


def test_every_step_of_a_corridor_is_a_road_of_the_map(mali, run):
    lines = segment_lines(detailed_view(run, mali))
    for row in mali.rows("corridors"):
        for a, b in zip(row["path"], row["path"][1:], strict=False):
            assert frozenset((a, b)) in lines
