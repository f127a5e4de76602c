"""What holds in every future of every country: nothing is made or lost, and bytes do not depend on how it is run.

Fuel is compared in whole litres and trucks in whole trucks, so the laws are equalities.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citerne.case.case import Case
from citerne.engine.block import Block, Engine
from citerne.engine.fields import Series
from citerne.ensemble.ledger import fleet, fuel_imbalance_l, fuel_in_country_l, leg_fleet
from citerne.ensemble.members import Setup, parameters_of, prepare
from citerne.model.levers import Setting, active_places
from citerne.model.outcomes import Catalogue
from citerne.model.standard import standard_model
from citerne.model.world import build_world
from random_cases import random_case

DAYS, SEED, MEMBERS = 60, 11, 64
RECORDED = {"leg_destroyed_total", "leg_sent_trucks", "power_h", "power_priority_h", "power_edge_h", "unserved_mwh"}
Array = np.ndarray[Any, Any]


@dataclass
class Run:
    """One country made ready for the whole standard model."""

    engine: Engine
    setup: Setup

    def open(self, members: Array) -> Block:
        """Opening block."""
        return self.engine.open(members, parameters_of(self.setup, members, SEED))

    def outcomes(self, members: Array, days: int = DAYS) -> Array:
        """Recorded values, shape (day, series, member)."""
        return self.engine.run(self.open(members), days, SEED)


def ready(case: Case, days: int = DAYS, *, plain: bool = False, settings: Sequence[Setting] = ()) -> Run:
    """Engine and setup of a case."""
    processes = standard_model().processes
    setup = prepare(case, processes, days, variants={}, settings=settings)
    world = build_world(case, setup.plans, days)
    series = Catalogue(case, world, everything=True).series()
    # the recorded fields are part of what is compiled: a country that lacks one records none of its cells
    series += [
        Series("nothing", "", "", "", field, (), ()) for field in sorted(RECORDED - {item.field for item in series})
    ]
    return Run(Engine(processes, world, series, plain=plain), setup)


def first(count: int) -> Array:
    """Member numbers from 0."""
    return np.arange(count, dtype=np.uint32)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One random country."""
    return ready(random_case(tmp_path_factory.mktemp("country"), seed=1))


def assert_laws(run: Run, days: int = DAYS, members: int = MEMBERS) -> Block:
    """Run day by day; nothing is made, lost or negative on any evening."""
    block = run.open(first(members))
    opening, trucks, leg_trucks = fuel_in_country_l(block), fleet(block), leg_fleet(block)
    capacity = run.engine.world.constants["capacity_l"][..., None]
    for day in range(days):
        outcomes = run.engine.run(block, day + 1, SEED)
        assert np.isfinite(outcomes).all(), f"an outcome is not finite on day {day}"
        np.testing.assert_array_equal(fuel_imbalance_l(block, opening), 0, f"fuel, day {day}")
        np.testing.assert_array_equal(fleet(block), trucks, f"trucks, day {day}")
        np.testing.assert_array_equal(leg_fleet(block), leg_trucks, f"trucks of legs, day {day}")
        assert (block.state["stock_l"] <= capacity).all(), f"more than a tank holds on day {day}"
        for name, values in block.state.items():
            assert np.isfinite(values).all(), f"{name} is not finite on day {day}"
            assert (values >= 0).all() or name in SIGNED, f"{name} is negative on day {day}"
    return block


# -1 leaves the prior or sets no limit; hoards are drawn down
SIGNED = ("lever_hub_reserve_days", "lever_power_share", "lever_loading_max", "hoard_days")


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("big_tanks", [False, True], ids=["usual_tanks", "big_tanks"])
def test_fuel_and_trucks_are_conserved_on_every_day_of_every_future(tmp_path: Path, seed: int, big_tanks: bool) -> None:
    block = assert_laws(ready(random_case(tmp_path / "country", seed, big_tanks=big_tanks)))
    state = block.state
    for happened in ("lost_l", "leg_lost_l", "sold_total_l", "burned_total_l", "imported_l", "gifted_total"):
        assert state[happened].any(), f"{happened} stayed 0: the law was not put to the test"


@pytest.mark.parametrize(
    "without", ["legs", "drops", "zones", "plants", "feeders", "columns", "inputs", "legs drops zones columns inputs"]
)
def test_a_country_without_some_part_is_a_normal_country(tmp_path: Path, without: str) -> None:
    assert_laws(ready(random_case(tmp_path / "country", 7, without=without.split())), members=16)


def test_a_run_of_one_day_is_a_run(tmp_path: Path) -> None:
    assert_laws(ready(random_case(tmp_path / "country", 8), days=1), days=1)


def test_a_cut_off_town_runs_dry_and_an_empty_tank_without_need_stays_empty(run: Run, tmp_path: Path) -> None:
    case = random_case(tmp_path / "country", 1)
    block = run.open(first(16))
    run.engine.run(block, DAYS, SEED)
    places = active_places(case)
    assert (block.state["stock_l"][places.index("cutoff")] == 0).all()
    assert (block.state["dry_all"][places.index("cutoff")] == 1).all()
    assert (block.state["stock_l"][places.index("nobody")] == 0).all()
    assert (block.state["dry_all"][places.index("nobody")] == 0).all()


@pytest.mark.parametrize("lanes", [1, 7, 64, 256])
def test_bytes_do_not_depend_on_the_size_of_blocks(run: Run, lanes: int) -> None:
    together = run.outcomes(first(300))
    parts = [run.outcomes(first(300)[k : k + lanes]) for k in range(0, 300, lanes)]
    assert np.concatenate(parts, axis=2).tobytes() == together.tobytes()


def test_bytes_do_not_depend_on_threads(run: Run) -> None:
    run.engine.prepare()
    chunks = [first(256)[k : k + 32] for k in range(0, 256, 32)]
    alone = [run.outcomes(chunk).tobytes() for chunk in chunks]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda chunk: run.outcomes(chunk).tobytes(), chunks)) == alone


def test_a_run_resumed_on_day_30_equals_a_straight_run(run: Run) -> None:
    straight = run.open(first(MEMBERS))
    values = run.engine.run(straight, DAYS, SEED)
    block = run.open(first(MEMBERS))
    before = run.engine.run(block, 30, SEED)
    snapshot = block.copy()
    run.engine.run(block, DAYS, SEED)  # the block goes on; its snapshot must not
    after = run.engine.run(snapshot, DAYS, SEED)
    assert np.concatenate([before, after]).tobytes() == values.tobytes()
    for name, array in straight.state.items():
        assert snapshot.state[name].tobytes() == array.tobytes(), name


def test_plain_python_equals_compiled_bit_for_bit(run: Run, tmp_path: Path) -> None:
    days, members = 20, first(3)
    plain = ready(random_case(tmp_path / "country", 1), plain=True)
    slow, fast = plain.open(members), run.open(members)
    assert plain.engine.run(slow, days, SEED).tobytes() == run.engine.run(fast, days, SEED).tobytes()
    for name, array in fast.state.items():
        assert slow.state[name].tobytes() == array.tobytes(), name


def reordered(case: Case, table: str, order: Callable[[list[Any]], Iterable[Any]]) -> Case:
    """The same case with the rows of one table in another order."""
    return replace(case, tables={**case.tables, table: tuple(order(list(case.rows(table))))})


def by_name(run: Run, values: Array) -> dict[tuple[str, str, str], Array]:
    """Recorded values by (variable, place, product)."""
    return {(s.variable, s.place, s.product): values[:, k] for k, s in enumerate(run.engine.series)}


LOCAL = ("stations_open_share", "queue_hours", "price_street", "sales_volume", "stock_volume", "imports_volume",
         "tankers_waiting_border", "power_hours_per_day")  # fmt: skip


@pytest.mark.parametrize("table", ["roads", "zones", "plants", "demand", "storage", "supply", "inputs"])
def test_the_order_of_rows_does_not_matter_where_no_stream_is_named_by_it(tmp_path: Path, table: str) -> None:
    # Streams carry the index of a corridor, leg or theatre, so those three may not be reordered; nothing else is drawn.
    # Places and products are left out for rounding: national stock is a float32 sum in file order, orders hang on it.
    case = random_case(tmp_path / "country", 4)
    turned = reordered(case, table, reversed)
    if table == "inputs":  # later rows of the same day win; the drawn case has no such pair
        keys = {(row["lever"], row["target"], row["date_start"]) for row in case.rows("inputs")}
        assert len(keys) == len(case.rows("inputs"))
    one, two = ready(case), ready(turned)
    before, after = by_name(one, one.outcomes(first(16))), by_name(two, two.outcomes(first(16)))
    assert before.keys() == after.keys()
    for key in before:
        if key[0] in LOCAL:
            np.testing.assert_array_equal(before[key], after[key], str(key))


def test_the_order_of_theatres_does_not_matter_where_nothing_is_drawn(tmp_path: Path) -> None:
    case = random_case(tmp_path / "country", 4, without=["inputs"])
    one, two = ready(case), ready(reordered(case, "theatres", reversed))
    before, after = by_name(one, one.outcomes(first(16))), by_name(two, two.outcomes(first(16)))
    for key in before:
        np.testing.assert_array_equal(before[key], after[key], str(key))


def test_the_same_future_meets_the_same_luck_under_another_policy(tmp_path: Path) -> None:
    # A lever that no process reads before day 30 leaves the first 30 days byte for byte as they were.
    case = random_case(tmp_path / "country", 5)
    ration = Setting("ration_share", 0.3, "all", case.header.start + dt.timedelta(days=30))
    usual, rationed = ready(case).outcomes(first(32)), ready(case, settings=[ration]).outcomes(first(32))
    assert usual[:30].tobytes() == rationed[:30].tobytes()
    assert usual[30:].tobytes() != rationed[30:].tobytes()


def test_ambushes_do_not_depend_on_who_else_is_in_the_run(run: Run) -> None:
    many = run.open(first(200))
    few = run.open(first(200)[[3, 77, 199]])
    run.engine.run(many, DAYS, SEED)
    run.engine.run(few, DAYS, SEED)
    np.testing.assert_array_equal(many.state["destroyed_total"][:, [3, 77, 199]], few.state["destroyed_total"])
