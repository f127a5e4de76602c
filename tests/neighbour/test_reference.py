"""Compiled processes against their slow scalar references, each alone for one day from the same random states.

Integers must be equal and floats within four units in the last place; the branches that matter must have been taken.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citerne.case.triggers import parse_trigger
from citerne.engine.block import Block
from citerne.engine.fields import Process, World
from citerne.ensemble.members import Setup, prepare
from citerne.model.standard import standard_model
from citerne.model.triggers import with_triggers
from citerne.model.world import build_world
from citerne.process.reference import (
    accounts,
    allocation,
    convoys,
    cost_of_living,
    hauliers,
    isolation,
    market,
    outcome,
    people,
    policy,
    power,
    services,
    state,
    threat,
    triggers,
)
from citerne.process.reference.future import future_of
from proving import write_proof
from random_cases import random_case
from random_states import States, alone

MOST_ULP = 4
STATES_PROVED = 2000
CLAIM = "one day of each compiled process equals its slow scalar reference, alone, from random states"
COMMAND = "python -m pytest -m prove tests/neighbour/test_reference.py"
SEED, DAY, HORIZON = 20_300_520, 17, 30
REFERENCES: dict[str, Callable[..., None]] = {
    "policy": policy.one_day,
    "triggers": triggers.one_day,
    "threat": threat.one_day,
    "hauliers": hauliers.one_day,
    "convoys": convoys.one_day,
    "allocation": allocation.one_day,
    "market": market.one_day,
    "power": power.one_day,
    "services": services.one_day,
    "isolation": isolation.one_day,
    "cost_of_living": cost_of_living.one_day,
    "people": people.one_day,
    "state": state.one_day,
    "outcome": outcome.one_day,
    "accounts": accounts.one_day,
}
RULES = (
    "when stock_days(hub, diesel) < 20 then ration_share(diesel) = 0.5 for 5 days",
    "when stock_days(hub, diesel) < 8 for 2 days then ration_share(diesel) = 0.2 for 4 days, wait 3 days",
    "when stock_days(madeup) <= 30 then hub_reserve_days = 2",
    "when stock_volume(madeup, gasoline) > 1 then mobility = 0.7 for 2 days",
    "when stations_open_share(town1, gasoline) < 0.5 for 3 days then leg_weight(town1) = 4 for 9 days",
    "when queue_hours(hub, gasoline) > 20 then street_ban = 0.8 for 3 days, wait 9 days",
    "when tankers_waiting_border(c1) >= 50 then columns_per_week = 9",
    "when trucks_destroyed_cumulative(madeup) > 900 then closed(c2) = 1 for 30 days",
    "when power_hours_per_day(hub, priority) < 12 then power_share = 0.9 for 2 days",
    "when dry_share(madeup) > 0.2 then customs_h = 24 for 7 days",
    "when stock_days(hub) < 25 then pool_days(town1) = 3 for 3 days",
    "when stock_days(town1) < 25 then bulk_share = 0.4",
    "when queue_hours(hub, gasoline) > 5 then plate_share = 0.5 for 7 days, wait 2 days",
    "when tankers_waiting_border(c1) >= 20 then column_weight(c1) = 5 for 2 days",
    "when stock_days(hub, diesel) < 25 then load_weight(diesel) = 9 for 7 days",
    "when stock_days(hub) < 15 then reserve_keep_days(hub) = 0 for 7 days",
    "when stock_days(hub) < 18 then loading_max(hub) = 0.5 for 2 days",
    "when dry_share(madeup) > 0.1 then pool_rule = 1 for 2 days",
    "when trucks_destroyed_cumulative(madeup) > 300 then force_escort = 0.6 for 20 days",
    "when trucks_destroyed_cumulative(madeup) > 500 then force_garrison = 0.3 for 20 days",
)
PROCESSES = {process.name: process for process in standard_model().processes}
Array = np.ndarray[Any, Any]


Country = tuple[World, Setup]


def made_up(folder: Path, *, big_tanks: bool) -> Country:
    """World and setup of a random country."""
    case = random_case(folder, seed=3, big_tanks=big_tanks)
    setup = prepare(case, standard_model().processes, HORIZON, variants={})
    world = build_world(case, setup.plans, HORIZON)
    return with_triggers(case, world, [parse_trigger(rule) for rule in RULES]), setup


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """A country with tanks of usual size."""
    return made_up(tmp_path_factory.mktemp("country"), big_tanks=False)


def distance_ulp(a: Array, b: Array) -> int:
    """Largest distance in units in the last place of two float32 arrays; values of opposite sign are far apart."""
    assert np.isfinite(a).all()
    assert np.isfinite(b).all()
    near = np.abs(a.view(np.int32).astype(np.int64) - b.view(np.int32).astype(np.int64))
    return int(np.where(a == b, 0, near).max(initial=0))


def compare(process: Process, country: Country, count: int, day: int) -> tuple[Block, Block, int]:
    """Run `count` futures both ways; returns the block before, the block after, and the largest float distance, ulp.

    Integers that differ fail here, with the place where they do.
    """
    world, setup = country
    engine = alone(process, tuple(PROCESSES.values()), world)
    states = States(engine, seed=day)
    before = states.block(np.arange(1000, 1000 + count), setup.priors, len(setup.combinations), day)
    after = before.copy()
    engine.run(after, day + 1, SEED)
    worst = 0
    for lane in range(count):
        future = future_of(before.state, before.parameters, world.constants, lane, day, SEED, int(before.members[lane]))
        REFERENCES[process.name](future)
        for name, array in after.state.items():
            mine, theirs = getattr(future.state, name), array[..., lane]
            if array.dtype.kind == "i":
                np.testing.assert_array_equal(mine, theirs, f"{name}, lane {lane}")
            else:
                away = distance_ulp(np.asarray(mine), np.ascontiguousarray(theirs))
                assert away <= MOST_ULP, f"{name}, lane {lane}: {away} ulp, {mine} against {theirs}"
                worst = max(worst, away)
    return before, after, worst


def turned(before: Block, after: Block, name: str) -> Array:
    """Change of an integer field over the day."""
    return after.state[name].astype(np.int64) - before.state[name]


def branches_of(world: World, before: Block, after: Block) -> dict[str, dict[str, Any]]:
    """By process: what must have happened somewhere among the futures, for the comparison to mean something."""
    fixed, a, b = world.constants, after.state, before.state
    reached = b["outbound_trucks"][:, before.day % b["outbound_trucks"].shape[1]]
    returned = turned(before, after, "waiting_trucks") - reached
    town = fixed["leg_to"]
    tank = fixed["capacity_l"][..., None]
    par = before.parameters
    return {
        "policy": {
            "both plans": np.ptp(par["plan_row"]) > 0,
            "a closure": a["lever_closed"].max() == 1,
        },
        "triggers": {
            "a rule sets out": (a["trigger_left"] > 1) & (b["trigger_left"] == 0),
            "a rule ends": (a["trigger_left"] == 0) & (b["trigger_left"] == 1),
            "a rule goes on": (a["trigger_left"] > 0) & (b["trigger_left"] > 1),
            "a rule waits": (a["trigger_wait_left"] > 0) & (b["trigger_left"] == 1),
            "a rule keeps still while its test holds": (a["trigger_left"] == 0) & (a["trigger_held"] > 0),
            "a lever moves": a["lever_ration_share"] != b["lever_ration_share"],
        },
        "threat": {
            "a lull": (b["regime"] == 1) & (a["regime"] == 0) & (a["declared"] > 0),
            "a flare": (b["regime"] == 0) & (a["regime"] == 1) & (a["declared"] <= b["declared"]),
            "a declaration": (b["regime"] == 0) & (a["declared"] > b["declared"]),
            "a truce": a["regime"] == 2,
            "a truce that ends": (b["regime"] == 2) & (a["regime"] == 1) & (a["declared"] <= b["declared"]),
            "a leg at risk": a["leg_hazard"] > 0,
        },
        "hauliers": {
            "a strike begins": (b["strike"] == 0) & (a["strike"] == 1),
            "a strike ends": (b["strike"] == 1) & (a["strike"] == 0),
            "fear fades": (b["sent_trucks"] == 0) & (a["perceived_loss"] < b["perceived_loss"]),
            "fear rises": a["perceived_loss"] > b["perceived_loss"],
            "no trucks left": (a["idle_trucks"] == 0) & (b["idle_trucks"] > 0),
            "plenty": b["national_stock_l"] > b["opening_stock_l"],
            "a shipload sails": turned(before, after, "outbound_trucks")[fixed["parcel_l"] > 0] > 5,
            "a shipload is not full": turned(before, after, "outbound_trucks")[fixed["parcel_l"] > 0].max(axis=1) == 0,
            "orders cut": b["lever_orders"] < 1,
        },
        "convoys": {
            "a column": a["columns_today"] > 1,
            "an ambush": a["destroyed_trucks"] > 0,
            "gifts set out": b["lever_gift_trucks"] > 0,
            "gifts arrive": turned(before, after, "gifted_total") > 0,
            "turning back": returned.sum(axis=1) + a["sent_trucks"] - turned(before, after, "gifted_total") > 0,
            "all products burn": (turned(before, after, "lost_l") > 0).any(axis=1).all(),
            "customs": np.ptp(b["lever_customs_h"]) > 24,
            "a column by weight": (a["columns_today"] > 0).any(axis=0) & (np.ptp(b["lever_load_weight"], axis=0) > 1),
            "pay and insurance": a["fares_paid"] > b["fares_paid"],
        },
        "allocation": {
            "a full tank turns trucks away": (a["queued_trucks"] > 0) & (b["queued_trucks"] > 0),
            "a drop": a["received_l"][fixed["drop_place"]] > 0,
            "a town receives": a["received_l"][town] > 0,
            "a load waits before a full tank": (a["stock_l"] == tank)[town]
            & (b["leg_load_l"][:, before.day % b["leg_load_l"].shape[1]] > a["received_l"][town]),
            "a trip": a["leg_sent_trucks"] > 1,
            "no leg trucks left": (a["leg_idle_trucks"] == 0) & (a["leg_sent_trucks"] > 0),
            "an ambush on a leg": a["leg_destroyed_trucks"] > 0,
            "a gate that is shut": (b["lever_loading_max"] == 0)[fixed["leg_from"]] & (a["leg_sent_trucks"] == 0),
            "a gate that is narrow": (b["lever_loading_max"] > 0)[fixed["leg_from"]] & (a["leg_sent_trucks"] > 0),
            "a fence": a["fenced_l"] > 0,
            "a feeder below its reserve": (b["stock_l"] == 0)[fixed["leg_from"]],
        },
        "market": {
            "a shortage": a["unserved_l"] > 0,
            "a wait at its longest": a["queue_h"] == par["queue_h_max"],
            "a rising street price": a["price_multiplier"] > b["price_multiplier"],
            "a falling street price": a["price_multiplier"] < b["price_multiplier"],
            "a street price at the pump's": a["price_multiplier"] == 1,
            "hoarding": a["hoard_days"] > b["hoard_days"],
            "fear fades": a["fear"] < b["fear"],
            "a new pump price": a["price_pump"] != b["price_pump"],
            "all is sold but the pool": (a["stock_l"] == b["fenced_l"]) & (b["stock_l"] > b["fenced_l"]),
            "bulk users capped": (b["lever_bulk_share"] < 0.9)[None] & (a["sold_l"] > a["pump_sold_l"]),
            "all is sold": (a["stock_l"] == 0) & (b["stock_l"] > 0),
        },
        "power": {
            "unserved": a["unserved_mwh"] > 0,
            "all served": (a["unserved_mwh"] == 0) & (a["served_share"] == 1),
            "burned": a["burned_l"] > 0,
            "a fence that power may not pass": (a["stock_l"] == b["fenced_l"]) & (a["stock_l"] < b["stock_l"]),
            "payment falls": a["pay"] < b["pay"],
            "payment recovers": a["pay"] > b["pay"],
            "the edge is dark": (a["power_edge_h"] == 0) & (a["power_priority_h"] > 0),
        },
        "services": {
            "a facility stops": (b["facility_stop_d"] == 0) & (a["facility_stop_d"] == before.day + 1),
            "a tank fills": a["facility_stock_l"] > b["facility_stock_l"],
            "a reservoir is drawn": a["facility_buffer_d"] < b["facility_buffer_d"],
            "a reservoir fills": a["facility_buffer_d"] > b["facility_buffer_d"],
            "people without water": a["unserved_people"][:, 1] > 0,
            "full service": (a["facility_service"] == 1) & (a["facility_need_l"] > 0),
            "reserved users ask for more": a["reserved_factor"] > 1,
            "equal days": (b["lever_pool_rule"] == 1) & (a["facility_bought_l"] > 0),
            "shares by weight": (b["lever_pool_rule"] == 2) & (a["facility_bought_l"] > 0),
            "an airport flies": a["facility_burned_l"][fixed["facility_product"] == 2] > 0,
        },
        "isolation": {
            "a place is cut off": (a["isolated"] == 1) & (b["lever_leg_closed"] <= 0.5),
            "a shut road": (a["isolated"] == 1) & (a["cut_days"] == 0),
            "fuel arrives": (a["cut_days"] == 0) & (b["cut_days"] > 0),
            "a hub under pressure": a["pressure"][fixed["hub"]] > 0,
            "a siege that stops passengers": a["seal"] > 0,
            "goods stopped": a["goods_stopped"] > 0,
        },
        "cost_of_living": {
            "fares rise": a["fare"] > b["fare"],
            "food falls": a["food_price"] < b["food_price"],
            "trips are lost": a["fare_trips"] < 1,
            "a place without motor fuel": np.all(a["fare"] == b["fare"], axis=1),
        },
        "people": {
            "people flee inside": a["displaced_new"] > 0,
            "people flee abroad": a["refugees_new"] > 0,
            "people return": a["returned"] > 0,
            "people are trapped": a["trapped"] > b["trapped"],
            "a sealed place keeps its people": (b["seal"] == 1) & (a["displaced_new"] == 0) & (b["people_here"] > 1000),
            "people arrive": b["under_way"][:, before.day % b["under_way"].shape[1]] > 0,
            "a host grows": a["here_factor"] > 1,
        },
        "state": {
            "the group grows": a["strength_index"] * par["opening_fighters"] > b["fighters"],
            "the group is gone": (a["fighters"] == 0) & (a["strength_factor"] == 0),
            "legitimacy gained": a["legitimacy"] > b["legitimacy"],
            "legitimacy gone": a["legitimacy"] == 0,
            "services restored": a["deprivation"] < b["deprivation"],
            "harm that deters": par["harm_mixture"] < 0.15,
            "no state side after a collapse": (b["settled"] == 3) & (a["civilians_killed"][1] == 0),
            "a deal of hauliers": a["deal_factor"] < 1,
            "politics off": (par["politics"] == 0) & (a["strength_factor"] == 1),
        },
        "outcome": {
            "a deal": a["ended"][0] > 0,
            "a siege broken": (a["ended"][1] > 0) & (a["pressure_factor"] == 0),
            "a coup": (a["ended"][2] > 0) & (a["disarray"] == par["coup_disarray"]),
            "a collapse": (a["ended"][3] > 0) & (a["settled"] == 3),
            "a deal laid down": (a["ended"].sum(axis=0) == 0) & (a["settled"] == 1),
            "an end long since": (b["end_day"] > 0) & (a["ended"].sum(axis=0) == 0),
            "politics off": (par["politics"] == 0) & (a["ended"].sum(axis=0) > 0) & (a["settled"] == 0),
        },
        "accounts": {
            "a dry place": a["dry_all"] == 1,
            "people in dry places": a["dry_people_share"] > 0,
            "no need": a["cover_d"] == 999,
            "cover": (a["cover_d"] > 0) & (a["cover_d"] < 999),
        },
    }  # fmt: skip


@pytest.mark.parametrize("name", PROCESSES)
def test_compiled_process_equals_its_reference_on_random_states(country: Country, name: str) -> None:
    before, after, _worst = compare(PROCESSES[name], country, count=250, day=DAY)
    missed = [what for what, seen in branches_of(country[0], before, after)[name].items() if not np.any(seen)]
    assert not missed, f"no future took these branches: {missed}"


def test_allocation_equals_its_reference_where_float32_no_longer_counts_litres(tmp_path: Path) -> None:
    compare(PROCESSES["allocation"], made_up(tmp_path / "big", big_tanks=True), count=100, day=DAY)


@pytest.mark.parametrize("name", ["power", "services"])
def test_a_process_that_remembers_day_0_equals_its_reference_on_day_0(country: Country, name: str) -> None:
    compare(PROCESSES[name], country, count=40, day=0)


def test_every_process_has_a_reference() -> None:
    assert set(REFERENCES) == set(PROCESSES)


@pytest.mark.prove
def test_two_thousand_random_states_of_each_process(country: Country, tmp_path: Path) -> None:
    countries = {"usual tanks": country, "tanks beyond 2**24 litres": made_up(tmp_path / "big", big_tanks=True)}
    rows = []
    for name, process in PROCESSES.items():
        for tanks, place in countries.items():
            for day in (0, DAY):
                _before, _after, worst = compare(process, place, count=STATES_PROVED // 4, day=day)
                rows.append({"process": name, "country": tanks, "day": day, "states": STATES_PROVED // 4,
                             "integers_differing": 0, "largest_float_distance_ulp": worst})  # fmt: skip
    write_proof("reference", CLAIM, COMMAND, states_per_process=STATES_PROVED, allowed_ulp=MOST_ULP, rows=rows)
