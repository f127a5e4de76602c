"""Laws of flight, isolation and prices: nobody is lost, a sealed town keeps its people, equal roads share equally."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from citerne.case.case import Case
from citerne.engine.block import Block, Engine
from citerne.engine.fields import Process, World
from citerne.ensemble.members import parameters_of, prepare
from citerne.model.levers import Setting, active_places
from citerne.model.standard import standard_model
from citerne.model.world import build_world
from citerne.process import cost_of_living, people
from random_cases import random_case
from random_states import alone

Array = np.ndarray[Any, Any]
DAYS, LANES, SEED = 60, 32, 9


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A made-up country."""
    made_up: Case = random_case(tmp_path_factory.mktemp("country"), 6)
    return made_up


def ready(
    case: Case, *settings: Setting, only: Process | None = None, fixed: dict[str, float] | None = None
) -> tuple[Engine, World, Block]:
    """Engine (the whole model, or one process), world, opening block."""
    processes = standard_model().processes
    setup = prepare(case, processes, DAYS, variants={}, settings=settings, fixed=fixed or {})
    world = build_world(case, setup.plans, DAYS)
    members = np.arange(LANES, dtype=np.uint32)
    whole = Engine(processes, world)
    block = whole.open(members, parameters_of(setup, members, SEED))
    return (alone(only, processes, world) if only else whole), world, block


def everybody(block: Block) -> Array:
    """People in places, under way and at destinations."""
    state = block.state
    total = state["people_here"].sum(axis=0, dtype=np.int64) + state["at_destination"].sum(axis=0, dtype=np.int64)
    return np.asarray(total + state["under_way"].sum(axis=(0, 1), dtype=np.int64))


def test_people_are_conserved_on_every_day_of_every_future(case: Case) -> None:
    engine, world, block = ready(case, fixed={"return_rate": 0.05, "dep_max": 0.02})
    before = everybody(block)
    assert (before == world.constants["people"].sum() + world.constants["destination_open"].sum()).all()
    left = np.zeros(LANES)
    for day in range(DAYS):
        engine.run(block, day + 1, SEED)
        np.testing.assert_array_equal(everybody(block), before, f"day {day}")
        away = block.state["fled"].sum(axis=0, dtype=np.int64)
        gone = world.constants["people"].sum() - block.state["people_here"].sum(axis=0, dtype=np.int64)
        np.testing.assert_array_equal(away, gone.astype(np.int64), f"day {day}")
        left += block.state["displaced_new"].sum(axis=0) + block.state["refugees_new"].sum(axis=0)
        assert (block.state["people_here"] >= 0).all()
        assert (block.state["at_destination"] >= 0).all()
        assert (block.state["trapped"] <= block.state["people_here"]).all()
    assert (left > 100).all()
    assert block.state["returned"].any()


def pushed(case: Case, **fixed: float) -> tuple[Engine, World, Block]:
    """The people process alone, under a push that does not change, with fuel and open roads at first."""
    engine, world, block = ready(case, only=people.PROCESS, fixed={"conflict_push": 0.01, **fixed})
    block.state["pressure"][:] = 1
    block.state["closed_share"][:] = 0
    return engine, world, block


@pytest.mark.parametrize("how", ["passengers stopped", "nobody can walk"])
def test_a_sealed_town_without_fuel_keeps_its_people_and_they_are_counted_as_trapped(case: Case, how: str) -> None:
    engine, world, block = pushed(case, **({"foot_share": 0.0} if how == "nobody can walk" else {}))
    town = active_places(case).index("town3")
    block.state["closed_share"][town] = 1
    block.state["besieged"][town] = block.state["lever_leg_closed"][town] = 1
    if how == "passengers stopped":
        block.state["seal"][town] = 1
    engine.run(block, DAYS, SEED)
    assert (block.state["people_here"][town] == int(world.constants["people"][town])).all()
    assert (block.state["trapped"][town] > 0).all()
    others = [p for p in range(len(world.constants["people"])) if p != town and world.constants["people"][p] > 1000]
    assert (block.state["people_here"][others] < world.constants["people"][others][:, None]).any()


def test_with_fuel_the_same_town_loses_people_and_fewer_are_trapped(case: Case) -> None:
    town = active_places(case).index("town3")
    kept, trapped = [], []
    for closed in (1.0, 0.5, 0.0):
        engine, _world, block = pushed(case)
        block.state["closed_share"][town] = closed
        block.state["besieged"][town] = block.state["lever_leg_closed"][town] = 1
        engine.run(block, DAYS, SEED)
        kept.append(block.state["people_here"][town].copy())
        trapped.append(block.state["trapped"][town].copy())
    assert (kept[0] > kept[1]).all()
    assert (kept[1] > kept[2]).all()
    assert (trapped[0] > trapped[2]).all()


def test_equal_roads_give_equal_shares(case: Case) -> None:
    row = next(r for r in case.rows("destinations") if r["destination"] == "over1")
    twins = tuple({**row, "destination": name, "opening_people": 0} for name in ("a", "b", "c"))
    engine, _world, block = pushed(replace(case, tables={**case.tables, "destinations": twins}))
    for day in range(DAYS):
        engine.run(block, day + 1, SEED)
        there, way = block.state["at_destination"], block.state["under_way"]
        for d in (1, 2):
            np.testing.assert_array_equal(there[d], there[0])
            np.testing.assert_array_equal(way[d], way[0])
    assert (block.state["at_destination"] > 0).all()


def test_a_full_camp_takes_nobody_and_a_nearer_one_takes_more(case: Case) -> None:
    row = next(r for r in case.rows("destinations") if r["destination"] == "over1")
    rows = tuple(
        {**row, "destination": name, "extra_km": km, "capacity_people": room, "opening_people": there}
        for name, km, room, there in (("near", 10.0, None, 0), ("far", 400.0, None, 0), ("full", 5.0, 500, 500))
    )
    engine, _world, block = pushed(replace(case, tables={**case.tables, "destinations": rows}))
    engine.run(block, DAYS, SEED)
    near, far, full = block.state["at_destination"]
    assert (near > far).all()
    assert (far > 0).all()
    assert (full == 500).all()


def test_people_who_left_use_less_and_hosts_use_more(case: Case) -> None:
    engine, world, block = pushed(case, left_use=1.0)
    engine.run(block, DAYS, SEED)
    fixed, places = world.constants, active_places(case)
    host = places.index("hub")
    d = case.ids("destinations").index("host_hub")
    new = block.state["at_destination"][d] - fixed["destination_open"][d]
    users = (block.state["people_here"][host] + new) / fixed["people"][host]
    np.testing.assert_allclose(block.state["here_factor"][host], users, rtol=1e-5)
    assert (block.state["here_factor"][places.index("town3")] < 1).all()


def test_without_couplings_supply_never_notices_people(case: Case) -> None:
    mine = ("services", "isolation", "cost_of_living", "people")
    states = []
    for names in ((), mine):
        processes = standard_model(without=names).processes
        off = {"facility_pull": 0.0, "fare_trip_elasticity": 0.0, "left_use": 0.0, "politics": 0.0}
        setup = prepare(case, processes, DAYS, variants={}, fixed=off if not names else {"politics": 0.0})
        engine = Engine(processes, build_world(case, setup.plans, DAYS))
        members = np.arange(LANES, dtype=np.uint32)
        block = engine.open(members, parameters_of(setup, members, SEED))
        engine.run(block, DAYS, SEED)
        states.append(block.state)
    for name, values in states[1].items():
        assert values.tobytes() == states[0][name].tobytes(), name


def test_isolation_follows_shut_roads_and_long_waits_and_scope_decides_what_stops(case: Case) -> None:
    places = active_places(case)
    town, cutoff = places.index("town5"), places.index("cutoff")
    shut = Setting("leg_closed", 1, "town5", case.header.start, None)
    for scope, goods in ((0, 1.0), (1, 1.0), (2, 1.0)):
        engine, _world, block = ready(case, shut, Setting("embargo_scope", scope, "all"))
        engine.run(block, 50, SEED)
        state = block.state
        assert (state["isolated"][town] == 1).all()
        assert (state["goods_stopped"][town] == goods).all()  # its road is shut to all
        assert (state["seal"][town] == max(scope - 1, 0)).all()
        assert (state["isolated"][cutoff] == 1).all()  # nothing ever comes there
        assert (state["goods_stopped"][cutoff] == min(scope, 1)).all()
        assert (state["cut_days"][cutoff] == 50).all()


def test_fares_and_food_rise_with_scarcity_and_stay_where_nothing_changes(case: Case) -> None:
    engine, world, block = ready(case, only=cost_of_living.PROCESS)
    block.state["lever_price_pump_factor"][:] = 1
    engine.run(block, 20, SEED)
    for name in ("fare", "food_price", "charcoal_price", "fare_trips"):
        np.testing.assert_allclose(block.state[name], 1, rtol=1e-6, err_msg=name)
    buys = world.constants["retail_l"].sum(axis=1) > 0
    fares = []
    for closed, multiplier in ((0.0, 1.0), (0.0, 2.0), (1.0, 2.0), (1.0, 4.0)):
        block = ready(case, only=cost_of_living.PROCESS)[2]
        block.state["lever_price_pump_factor"][:] = 1
        block.state["closed_share"][:] = closed
        block.state["price_multiplier"][:] = multiplier
        engine.run(block, 60, SEED)
        fares.append(block.state["fare"][buys].copy())
        expected = multiplier ** block.parameters["fare_pass"] * (1 + block.parameters["fare_scarcity"] * closed)
        np.testing.assert_allclose(fares[-1], np.broadcast_to(expected, fares[-1].shape), rtol=0.01)  # 60 days at 0.1
    assert all((after > before).all() for before, after in itertools.pairwise(fares))
