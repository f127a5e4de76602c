"""Laws of facilities: nothing is bought twice, more fuel never stops one earlier, shares are fair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citerne.case.case import Case
from citerne.engine.block import Block, Engine
from citerne.engine.fields import Process, World
from citerne.ensemble.members import parameters_of, prepare
from citerne.model.standard import standard_model
from citerne.model.world import build_world
from citerne.process.services import PROCESS as SERVICES
from random_cases import random_case
from random_states import alone

Array = np.ndarray[Any, Any]
DAYS, LANES, SEED = 40, 32, 5


def made(case: Case, *, alone_in: Process | None = None) -> tuple[Engine, World, Block]:
    """Engine, world and opening block of a case, with the whole model or with one process that moves."""
    processes = standard_model().processes
    setup = prepare(case, processes, DAYS, variants={})
    world = build_world(case, setup.plans, DAYS)
    engine = alone(alone_in, processes, world) if alone_in else Engine(processes, world)
    full = Engine(processes, world)
    members = np.arange(LANES, dtype=np.uint32)
    return engine, world, full.open(members, parameters_of(setup, members, SEED))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made_up: Case = random_case(tmp_path_factory.mktemp("country"), 3)
    return made_up


@pytest.fixture(scope="module")
def services(case: Case) -> tuple[Engine, World, Block]:
    return made(case, alone_in=SERVICES)


def sold_as(block: Block, world: World, share: Array) -> None:
    """Reserved users get a share of what they ask for today, in whole litres."""
    fixed, state = world.constants, block.state
    asked = fixed["reserved_l"][..., None] * block.parameters["demand_factor"] * state["reserved_factor"]
    state["reserved_sold_l"][:] = np.floor(asked * share)
    state["sold_l"][:] = state["reserved_sold_l"]


def test_facilities_buy_no_litre_that_reserved_or_bulk_users_were_not_sold(case: Case) -> None:
    engine, world, block = made(case)
    fixed, state = world.constants, block.state
    bought_any = False
    for day in range(DAYS):
        engine.run(block, day + 1, SEED)
        for c in range(len(fixed["counter_place"])):
            p, f = fixed["counter_place"][c], fixed["counter_product"][c]
            first, last = fixed["tier_pointers"][fixed["counter_tiers"][[c, c + 1]]]
            bought = state["facility_bought_l"][fixed["tier_facility"][first:last]].sum(axis=0, dtype=np.float64)
            reserved = state["reserved_sold_l"][p, f]
            bulk = state["sold_l"][p, f] - state["pump_sold_l"][p, f] - reserved
            sold = bulk if fixed["counter_bulk"][c] else reserved
            assert (bought <= sold * (1 + 1e-5) + 1e-3).all(), (day, c)  # float32 sums of up to 8 purchases
            bought_any |= bool((bought > 0).any())
    assert bought_any


def test_what_is_bought_is_burned_or_stays_in_the_tank(services: tuple[Engine, World, Block]) -> None:
    engine, world, opening = services
    block, rng = opening.copy(), np.random.default_rng(1)
    for day in range(DAYS):
        before = block.state["facility_stock_l"].astype(np.float64)
        sold_as(block, world, rng.uniform(0, 1.2, LANES))
        engine.run(block, day + 1, SEED)
        state = block.state
        left = before + state["facility_bought_l"] - state["facility_burned_l"] - state["facility_stock_l"]
        assert np.abs(left).max() <= 4 * 2**-23 * max(float(before.max()), 1) + 1e-3
        tank = np.maximum(world.constants["facility_tank_l"][:, None], before)
        assert (state["facility_stock_l"] <= tank * (1 + 1e-6) + 1e-2).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), more=st.floats(0.01, 1.0))
def test_more_fuel_never_stops_a_facility_earlier(
    services: tuple[Engine, World, Block], seed: int, more: float
) -> None:
    # The same power on every day; on each day the reserved users of one future get a larger part of what they ask.
    engine, world, opening = services
    rng = np.random.default_rng(seed)
    share = rng.uniform(0, 1, (DAYS, LANES)) * (rng.random((DAYS, LANES)) < 0.7)
    power = rng.uniform(0, 24, (DAYS, *opening.state["power_h"].shape))
    stops, hours = [], []
    for extra in (0.0, more):
        block = opening.copy()
        given_h = []
        for day in range(DAYS):
            block.state["power_h"][:] = block.state["power_priority_h"][:] = power[day]
            sold_as(block, world, np.minimum(share[day] + extra, 1))
            engine.run(block, day + 1, SEED)
            given_h.append(block.state["facility_service"].copy())
        stops.append(np.where(block.state["facility_stop_d"] == 0, np.inf, block.state["facility_stop_d"]))
        hours.append(np.array(given_h))
    assert (stops[1] >= stops[0]).all()
    assert np.isfinite(stops[0]).any()


def test_equal_facilities_get_equal_shares_and_the_first_priority_is_served_first(case: Case) -> None:
    rows = [row for row in case.rows("facilities") if row["place"] == "hub" and row["kind"] in ("hospital", "clinic")]
    model = {**rows[0], "litres_per_hour": 100.0, "hours_per_day": 10.0, "tank_l": 1000.0, "stock_l": 200.0,
             "solar_share": 0.0, "kind": "hospital"}  # fmt: skip
    three = tuple(
        {**model, "facility": name, "priority": priority} for name, priority in (("a", 1), ("b", 1), ("c", 2))
    )
    engine, world, block = made(replace(case, tables={**case.tables, "facilities": three}), alone_in=SERVICES)
    apart = False
    for day in range(10):
        sold_as(block, world, np.linspace(0, 1, LANES))
        engine.run(block, day + 1, SEED)
        bought = block.state["facility_bought_l"]
        np.testing.assert_array_equal(bought[0], bought[1])
        first_wish = block.state["facility_need_l"][0]
        assert ((bought[2] == 0) | (bought[0] >= first_wish * (1 - 1e-5))).all()
        apart |= bool((bought[2] < bought[0]).any())
    assert apart


def test_with_pull_outages_make_reserved_users_buy_more(case: Case) -> None:
    engine, world, block = made(case)
    engine.run(block, DAYS, SEED)
    assert block.state["reserved_factor"].max() > 1.05
    assert (block.state["reserved_factor"] >= 1).all()
    del world


def test_a_case_without_facilities_is_a_normal_case(tmp_path: Path) -> None:
    engine, _world, block = made(random_case(tmp_path / "country", 4, without=["facilities"]))
    engine.run(block, DAYS, SEED)
    assert block.state["facility_stock_l"].shape[0] == 0
    assert (block.state["unserved_people"] == 0).all()
