"""The toy cases give the answers that their README files work out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import citerne

NEAR = {"abs": 2e-3}  # m3: stocks are whole litres, and float32 of thousands of m3 is good to a litre


def depot(policy: str) -> tuple[np.ndarray, np.ndarray]:
    """Evening stock and sales of gasoline in town, m3."""
    results = citerne.run("toy_depot", policy=policy, members=1, record_all=True)
    return tuple(results.series(name, "town", "gasoline")[:, 0] for name in ("stock_volume", "sales_volume"))


def day_empty(stock: np.ndarray, sales: np.ndarray, drain: float) -> float:
    """When the tank runs empty, in days: the last evening with stock, and the part of the day after that it lasts."""
    last = int(np.flatnonzero(stock > 0.001)[-1])
    assert sales[last + 1] < sales[last]
    return last + 1 + stock[last] / drain


def test_supply_that_equals_use_keeps_the_tank_as_it_is():
    stock, sales = depot("recorded")
    assert stock == pytest.approx(np.full(30, 1335.0), **NEAR)
    assert sales == pytest.approx(np.full(30, 100.0), **NEAR)


def test_a22_fourteen_days_of_stock_and_a_third_of_supply_last_21_and_a_half_days():
    stock, sales = depot("shut_east")
    assert stock[:21] == pytest.approx(1335 - 65 * np.arange(21), **NEAR)
    assert (sales[21], sales[22]) == pytest.approx((70, 35), **NEAR)
    assert day_empty(stock, sales, 65) == pytest.approx(21.538462, abs=1e-4)


def test_a22b_a_rush_of_five_days_costs_three():
    stock, sales = depot("shut_east_rush")
    assert stock[4] == pytest.approx(875, **NEAR)
    assert day_empty(stock, sales, 65) == pytest.approx(18.461538, abs=1e-4)


@pytest.fixture(scope="module")
def road() -> citerne.Results:
    return citerne.run("toy_road", members=1024, record_all=True)


def test_a08_share_of_groups_that_are_hit(road):
    lost = np.diff(road.series("trucks_destroyed_cumulative", "west_road", "all"), axis=0, prepend=0)
    some = 1 - math.exp(-0.192)
    none_lost = math.prod((2 + k) / (5 + k) for k in range(10))  # beta-binomial(10, 3, 2) at zero
    chance = some * (1 - none_lost)
    assert abs((lost > 0).mean() - chance) < 4 * math.sqrt(chance * (1 - chance) / lost.size)


def test_a11_trucks_lost_of_240_in_groups_of_ten(road):
    total = road.series("trucks_destroyed_cumulative", "roadland", "all")[11]
    one = 0.174693 * (36 + 6) - 1.048157**2
    assert abs(total.mean() - 25.155811) < 4 * math.sqrt(24 * one / total.size)


def test_a27_hours_of_power_on_half_the_fuel(road):
    hours = road.series("power_hours_per_day", "capital", "")
    assert hours[0] == pytest.approx(np.full(1024, 24 - 3.25), abs=1e-4)
    assert hours[1:] == pytest.approx(np.full((23, 1024), 12.5), abs=1e-4)


def test_towns_live_on_what_is_sent_on_and_on_their_tanks_when_cut_off(road):
    def evenings(results: citerne.Results, place: str) -> np.ndarray:
        return results.series("stock_volume", place, "gasoline")[:, 0]

    assert evenings(road, "midtown") == pytest.approx(np.full(24, 280.0), **NEAR)
    assert evenings(road, "far_town") == pytest.approx([360.0] + [320.0] * 23, **NEAR)
    alone = citerne.run("toy_road", policy="towns_cut_off", members=1, record_all=True)
    assert evenings(alone, "midtown") == pytest.approx(np.maximum(320 - 80 * np.arange(24.0), 0), **NEAR)
    assert evenings(alone, "far_town") == pytest.approx(np.maximum(360 - 40 * np.arange(24.0), 0), **NEAR)
