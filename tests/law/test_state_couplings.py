"""What strength, deals and ends do to roads, and that roads are bit-equal where the block is off or absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from citerne.case.case import Case
from citerne.engine.block import Block, Engine
from citerne.ensemble.members import parameters_of, prepare
from citerne.model.levers import Setting
from citerne.model.standard import standard_model
from citerne.model.world import build_world
from random_cases import START, random_case

Array = np.ndarray[Any, Any]
SEED, LANES, DAYS = 3, 6, 26
DEAL_DAY = 14
ROADS = ("hazard", "leg_hazard", "regime", "sent_trucks", "destroyed_total", "leg_destroyed_total", "stock_l",
         "waiting_trucks", "perceived_loss", "price_street", "power_h", "imported_l", "sold_total_l")  # fmt: skip
TRUCE = 2


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return random_case(tmp_path_factory.mktemp("country"), seed=4)


def evenings(
    case: Case,
    *,
    without: Sequence[str] = (),
    settings: Sequence[Setting] = (),
    fields: Mapping[str, float] | None = None,
    **parameters: float,
) -> list[dict[str, Array]]:
    """State of the roads on every evening of a run without a compiler, which gives the same bits as one with."""
    processes = standard_model(without=without).processes
    setup = prepare(case, processes, DAYS, variants={}, settings=settings)
    engine = Engine(processes, build_world(case, setup.plans, DAYS), plain=True)
    members = np.arange(LANES, dtype=np.uint32)
    drawn = parameters_of(setup, members, SEED)
    for name, value in parameters.items():
        drawn[name][:] = value
    block: Block = engine.open(members, drawn)
    for name, value in (fields or {}).items():
        block.state[name][:] = value
    out = []
    for day in range(DAYS):
        engine.run(block, day + 1, SEED)
        out.append({name: array.copy() for name, array in block.state.items()})
    return out


@pytest.fixture(scope="module")
def usual(case: Case) -> list[dict[str, Array]]:
    return evenings(case)


def same(a: dict[str, Array], b: dict[str, Array], names: Sequence[str]) -> bool:
    """Whether these fields are bit-equal."""
    return all(a[name].tobytes() == b[name].tobytes() for name in names)


def test_roads_are_bit_equal_with_the_block_off_and_without_it(case: Case, usual: list[dict[str, Array]]) -> None:
    moved = [Setting(name, value) for name, value in (
        ("local_deal", 0.5), ("national_deal", 1), ("force_garrison", 0.3), ("partner", 0), ("civic_space", -1))
    ]  # fmt: skip
    absent = evenings(case, without=("state", "outcome"), settings=moved)
    off = evenings(case, politics=0, settings=moved)
    names = tuple(absent[0])
    assert {"strength_factor", "stock_l", "hazard"} <= set(names)
    for a, b in zip(absent, off, strict=True):
        assert same(a, b, names)
    assert off[-1]["strength_index"].min() != 1  # it ran beside the roads
    assert not same(usual[-1], absent[-1], ("hazard",))  # and acts on them when it is on


def test_with_zero_group_strength_nothing_is_attacked(case: Case, usual: list[dict[str, Array]]) -> None:
    none = evenings(case, fields={"fighters": 0, "strength_factor": 0})
    for evening in none:
        for name in ("hazard", "leg_hazard", "destroyed_total", "leg_destroyed_total"):
            assert not evening[name].any()
        assert not evening["civilians_killed"].any()
    assert usual[-1]["destroyed_total"].sum() > 0


def test_a_deal_today_changes_the_threat_of_tomorrow_and_nothing_before(
    case: Case, usual: list[dict[str, Array]]
) -> None:
    day = START.fromordinal(START.toordinal() + DEAL_DAY)
    dealt = evenings(case, settings=[Setting("national_deal", 1, "", day)])
    for k in range(DEAL_DAY):
        assert same(usual[k], dealt[k], tuple(usual[k]))
    assert same(usual[DEAL_DAY], dealt[DEAL_DAY], ROADS)
    assert (usual[DEAL_DAY + 1]["regime"] != TRUCE).any()
    assert (dealt[DEAL_DAY + 1]["regime"] == TRUCE).all()
    assert dealt[DEAL_DAY + 1]["hazard"].sum() < 0.5 * usual[DEAL_DAY + 1]["hazard"].sum()


def test_a_deal_that_is_drawn_changes_nothing_before_its_day(case: Case) -> None:
    never = evenings(case, rate_deal=0, rate_broken=0, rate_coup=0, rate_collapse=0)
    soon = evenings(case, rate_deal=15, rate_broken=0, rate_coup=0, rate_collapse=0, judgement_weight=0)
    came = soon[-1]["end_day"]
    assert (came > 0).any()
    for lane in np.flatnonzero(came > 0):
        for k in range(came[lane]):
            assert all(np.array_equal(never[k][name][..., lane], soon[k][name][..., lane]) for name in ROADS)
        if came[lane] < DAYS:
            assert (soon[came[lane]]["regime"][:, lane] == TRUCE).all()


def test_a_deal_of_hauliers_lowers_the_hazard_of_their_corridor_alone(
    case: Case, usual: list[dict[str, Array]]
) -> None:
    day = START.fromordinal(START.toordinal() + DEAL_DAY)
    deal = evenings(case, settings=[Setting("local_deal", 0.5, "c1", day)], deal_kept=0.6)
    a, b = usual[DEAL_DAY + 1]["hazard"], deal[DEAL_DAY + 1]["hazard"]
    assert a[0].any()
    assert b[0] == pytest.approx(0.7 * a[0], rel=1e-6)
    assert (b[1:] == a[1:]).all()


def test_a_broken_siege_takes_all_hazard_off(case: Case) -> None:
    broken = evenings(case, rate_deal=0, rate_broken=3650, rate_coup=0, rate_collapse=0, judgement_weight=0)
    came = broken[-1]["end_day"]
    assert (came > 0).all()
    assert not broken[-1]["hazard"].any()
    assert not broken[-1]["leg_hazard"].any()


def test_a_stronger_group_presses_harder_and_mounts_more(case: Case) -> None:
    nobody = ("state", "outcome")  # so that the factors stay as they are set
    weak, strong = (evenings(case, without=nobody, fields={"strength_factor": f}) for f in (0.5, 2.0))
    day = next(k for k, evening in enumerate(weak) if evening["hazard"].any())
    assert strong[day]["hazard"] == pytest.approx(4 * weak[day]["hazard"], rel=1e-5)
    burned = [sum(int(one[name].sum()) for name in ("destroyed_total", "leg_destroyed_total"))
              for one in (weak[-1], strong[-1])]  # fmt: skip
    assert burned[1] > burned[0]


def test_more_force_in_garrisons_makes_legs_safer_from_tomorrow(case: Case) -> None:
    few, many = (
        evenings(case, settings=[Setting("force_garrison", share)], force_elasticity=1, intelligence_effect=0)
        for share in (0.35, 0.7)
    )
    day = next(k for k, evening in enumerate(few) if evening["leg_hazard"].any())
    for k in (day, day + 1)[day == 0 :]:
        assert (many[k]["leg_hazard"] <= few[k]["leg_hazard"]).all()
    assert many[day + 1]["leg_hazard"].sum() == pytest.approx(few[day + 1]["leg_hazard"].sum() / 2, rel=0.05)
