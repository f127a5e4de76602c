"""Analytic checks that hold through `run` on the toy cases, within four standard errors where luck plays."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import citerne
from citerne.case.case import BUNDLED

START = dt.date(2025, 1, 1)
P_HIT = 1 - math.exp(-0.0004 * 480)


def toy(tmp_path: Path, name: str, **edits: tuple[tuple[str, str], ...]) -> Path:
    """A copy of a toy case with texts of its tables replaced; each text must be there."""
    folder = tmp_path / name
    shutil.copytree(BUNDLED / name, folder)
    for table, pairs in edits.items():
        path = folder / f"{table}.csv"
        text = path.read_text()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
    return folder


def policy(folder: Path, rows: str) -> Path:
    path = folder / "policies" / "check.yaml"
    path.write_text(f"name: {{en: c, fr: c}}\ndescription: {{en: c, fr: c}}\nsets:\n{rows}")
    return path


def mean_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(values.size))


def lost_per_day(results: citerne.Results, sent: int | None = None) -> np.ndarray:
    """Trucks lost each day on the west road, (day, member), or on the days when exactly `sent` trucks left."""
    lost = np.diff(results.series("trucks_destroyed_cumulative", "west_road"), axis=0)[3:]
    if sent is None:
        return lost
    full = results.series("trucks_dispatched", "west_road")[4:] == sent
    assert full.mean() > 0.5, "most days must be the worked ones"
    return lost[full]


@pytest.mark.parametrize("escorted", [False, True])
def test_a08_a_group_is_hit_with_the_probability_of_a_poisson_ambush(escorted: bool) -> None:
    # a + b = 60 makes a hit group of ten all but sure to lose a truck; the rest is in the expected value
    fixed = {"loss_spread": 60.0}
    hazard, name = 0.0004 * 480, "hit without escort"
    if escorted:
        hazard, name = hazard * 0.4, "hit under escort"
        fixed |= {"columns_per_week.west": 7.0, "column_trucks_max.west": 10.0, "escort_needed.west": 1.0}
    results = citerne.run("toy_road", days=60, members=2000, seed=5, settings=fixed, record_all=True)
    lost = lost_per_day(results)
    columns = results.series("secured_convoys", "west")[4:] if escorted else np.ones_like(lost)
    one = columns == 1  # days with exactly one group
    no_loss = stats.betabinom(10, 36, 24).pmf(0)
    expected = (1 - math.exp(-hazard)) * (1 - no_loss)
    if not escorted:
        assert 1 - math.exp(-hazard) == pytest.approx(0.174693, abs=5e-7)
    else:
        assert 1 - math.exp(-hazard) == pytest.approx(0.073925, abs=5e-7)
    mean, error = mean_error((lost[one] > 0).astype(float))
    assert abs(mean - expected) < 4 * error, name


def test_a09_losses_of_a_hit_group_are_beta_binomial() -> None:
    fixed = {"demand_factor": 4, "group_trucks": 40, "hazard_per_km": 1, "loss_at_50": 16, "loss_spread": 5}
    lost = lost_per_day(citerne.run("toy_road", days=40, members=2000, seed=6, settings=fixed), sent=40)
    mean, error = mean_error(lost)
    assert abs(mean - 16.0) < 4 * error
    spread = float(lost.std(ddof=1))
    kurtosis = float(stats.kurtosis(lost, fisher=False))
    assert abs(spread - 8.485281) < 4 * spread * math.sqrt((kurtosis - 1) / (4 * lost.size))
    for share, expected in (((lost == 0).mean(), 0.006342), ((lost >= 30).mean(), 0.070578)):
        assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / lost.size)


@pytest.mark.parametrize(("size", "expected"), [(10, 25.155811), (40, 6.288953)])
def test_a11_few_large_convoys_lose_less_when_each_hit_costs_the_same(size: int, expected: float) -> None:
    fixed = {"demand_factor": 24, "group_trucks": size, "loss_at_50": 6, "loss_spread": 60}
    lost = lost_per_day(citerne.run("toy_road", days=40, members=1000, seed=7, settings=fixed), sent=240)
    mean, error = mean_error(lost)
    assert 240 / size * P_HIT * 6 == pytest.approx(expected, abs=1e-5)
    assert abs(mean - expected) < 4 * error


def test_a14_half_the_hauliers_stay_away_at_the_break_even_loss() -> None:
    fixed = {"truck_value": 30, "fare_margin": 0.4, "willing_spread": 0.01, "memory_week": 0.3, "hazard_per_km": 0.0002}
    results = citerne.run("toy_road", days=120, members=2000, seed=8, settings=fixed, record_all=True)
    p = results.series("perceived_loss", "west_road").ravel()
    willing = results.series("willing_alone", "west_road").ravel()
    below, above = p[willing >= 0.5].max(), p[willing < 0.5].min()
    assert below <= above
    assert above - below < 1e-4, "the futures must reach both sides of the break-even point"
    assert below - 1e-6 <= 0.012903 <= above + 1e-6


@pytest.mark.parametrize(("name", "expected"), [("shut_east", 21.538462), ("shut_east_rush", 18.461538)])
def test_a22_a_cut_supply_empties_the_tank_on_the_worked_day(name: str, expected: float) -> None:
    results = citerne.run("toy_depot", days=30, members=1, policy=name)
    stock = results.series("stock_volume", "town", "gasoline")[:, 0]
    last = int(np.flatnonzero(stock > 0)[-1])
    assert last + 1 + stock[last] / 65 == pytest.approx(expected, abs=1e-5)


def test_a23_poisson_columns_keep_a_depot_alive_as_long_as_the_theory_says(tmp_path: Path) -> None:
    # sixty days of stock are used up while trucks gather at the border; then ten days of use are left and
    # columns of three days of use come 0.2 a day; arrivals begin on day 60
    folder = toy(
        tmp_path, "toy_depot",
        supply=(("east,diesel,0.5", "east,diesel,0"), ("west,diesel,0.5", "west,diesel,1")),
        storage=(("town,gasoline,3000,1335", "town,gasoline,50000,6900"),),
    )  # fmt: skip
    rows = (
        "  - {lever: closed, target: west, value: 1}\n"
        "  - {lever: escort_needed, target: plain, value: 1}\n"
        "  - {lever: column_trucks_max, target: plain, value: 60}\n"
        f"  - {{lever: columns_per_week, target: plain, value: 1.4, from: {START + dt.timedelta(days=59)}}}\n"
    )
    # trucks already past the borders on day 0 bring the 100 m3 that the tank lacks
    fixed = {"column_rate_factor": 1, "station_days": 0.001}
    results = citerne.run(
        folder, days=460, members=4000, seed=9, policy=policy(folder, rows), settings=fixed, record_all=True
    )
    stock = results.series("stock_volume", "town", "gasoline")
    assert (stock[59] == 1000).all()
    empty = (stock == 0).argmax(axis=0) - 59
    assert (stock == 0).any(axis=0).all()
    mean, error = mean_error(empty.astype(float))
    assert abs(mean - 25.0) < 4 * error
    spread = float(empty.std(ddof=1))
    kurtosis = float(stats.kurtosis(empty, fisher=False))
    assert abs(spread - 16.770510) < 4 * spread * math.sqrt((kurtosis - 1) / (4 * empty.size))


def test_a26_the_street_clears_at_the_elasticity_when_all_fuel_is_sold_there(tmp_path: Path) -> None:
    folder = toy(
        tmp_path, "toy_depot",
        supply=(("west,gasoline,0.35", "west,gasoline,0.6"), ("east,gasoline,0.65", "east,gasoline,0.4")),
    )  # fmt: skip
    fixed = {
        "leak_base": 1, "leak_max": 1, "street_elasticity": -0.25, "street_speed": 1, "street_cap": 50,
        "station_days": 0.001, "closed.east": 1,
    }  # fmt: skip
    results = citerne.run(folder, days=60, members=1, settings=fixed, record_all=True)
    assert results.series("stock_volume", "town", "gasoline")[-1, 0] == 0
    ratio = results.series("price_multiplier_street", "town", "gasoline")[-1, 0]
    # float32 power: error of the exponent times log2 of the result
    assert ratio == pytest.approx(7.716049, rel=1e-5)


def test_a27_a_plant_with_55_percent_of_its_fuel_leaves_65_megawatts_unserved() -> None:
    results = citerne.run("toy_road", days=1, members=1)
    # float32 over a handful of operations: 5 units in the last place
    assert results.series("power_unserved", "capital")[0, 0] == pytest.approx(65 * 24, rel=3e-7)
    assert results.series("power_hours_per_day", "capital")[0, 0] == pytest.approx(24 - 3.25, rel=3e-7)
