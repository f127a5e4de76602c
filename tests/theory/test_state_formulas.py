"""The daily state process against closed forms of force, intelligence and civilian harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citerne.engine.block import Block, Engine
from citerne.engine.fields import World
from citerne.ensemble.members import prepare
from citerne.metrics.insurgency import contained_share, insurgent_drift, recruitment_threshold
from citerne.model.standard import standard_model
from citerne.model.world import build_world
from citerne.process import state
from citerne.schema.levers import LEVER_BY_NAME
from random_cases import random_case
from random_states import alone, opened

Array = np.ndarray[Any, Any]
PEOPLE, SEED = 1000.0, 7
ARMED_GROUP, STATE_SIDE = 0, 1
# force alone: no other recruitment, no harm by the group, nothing that moves intelligence
FORCE_ALONE: dict[str, float] = {"hits_per_day": 20, "other_recruits": 0, "group_harm": 0, "killed_per_truck": 0,
               "intelligence_legitimacy": 0, "harm_mixture": 1, "harm_symmetry": 1}  # fmt: skip


class Evenings:
    """The state process alone, without a compiler, in a country of 1,000 people."""

    def __init__(self, folder: Path) -> None:
        processes = standard_model().processes
        case = random_case(folder, seed=3, without=("inputs",))
        setup = prepare(case, processes, 1, variants={})
        world = build_world(case, setup.plans, 1)
        people = np.full(len(world.constants["people"]), PEOPLE / len(world.constants["people"]), np.float32)
        month = np.zeros(1000, np.int64)
        self.world = World(world.sizes, {**world.constants, "people": people, "month": month})
        self.engine: Engine = alone(state.PROCESS, processes, self.world, plain=True)
        self.full = Engine(processes, self.world, plain=True)
        self.setup = setup

    def open(self, lanes: int = 1, /, **parameters: float) -> Block:
        """Opening block with levers as they are when nobody sets them."""
        block = opened(self.full, self.setup, lanes, SEED, parameters)
        block.state["power_h"][:] = block.state["opening_power_h"]
        return block

    def run(self, block: Block, days: int) -> Block:
        """Move on by some days."""
        self.engine.run(block, block.day + days, SEED)
        return block


@pytest.fixture(scope="module")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> Evenings:
    return Evenings(tmp_path_factory.mktemp("country"))


@pytest.mark.parametrize(("share", "mu", "theta"), [(0.1, 0.3, 0.8), (0.5, 0.3, 0.8), (0.02, 0.7, 0.2), (0.3, 0, 0)])
def test_one_evening_moves_the_group_by_the_drift_of_the_closed_form(
    evenings: Evenings, share: float, mu: float, theta: float
) -> None:
    block = evenings.open(
        **FORCE_ALONE, opening_fighters=share * PEOPLE, intelligence_opening=mu, recruits_by_harm=theta
    )
    before = float(block.state["fighters"][0])
    after = float(evenings.run(block, 1).state["fighters"][0])
    wanted = 20 * insurgent_drift(share, intelligence=mu, recruits_per_harm=theta)
    assert after - before == pytest.approx(wanted, abs=float(8 * np.spacing(np.float32(before))))  # float32


def test_force_alone_stands_still_at_the_contained_share(evenings: Evenings) -> None:
    still = contained_share(intelligence=0.3, recruits_per_harm=0.8)
    assert still == pytest.approx(0.206349, abs=5e-7)
    for start in (0.05, 0.6):
        block = evenings.open(
            **FORCE_ALONE, opening_fighters=start * PEOPLE, intelligence_opening=0.3, recruits_by_harm=0.8
        )
        assert evenings.run(block, 700).state["fighters"][0] / PEOPLE == pytest.approx(still, abs=1e-4)


def test_below_the_recruitment_threshold_the_group_dies_out_and_above_it_does_not(evenings: Evenings) -> None:
    threshold = recruitment_threshold(0.3)
    assert threshold == pytest.approx(0.428571, abs=5e-7)
    left = []
    for theta in (0.9 * threshold, 1.1 * threshold):
        block = evenings.open(**FORCE_ALONE, opening_fighters=20.0, intelligence_opening=0.3, recruits_by_harm=theta)
        left.append(float(evenings.run(block, 400).state["fighters"][0]))
    assert left[0] == 0
    assert left[1] > 20


def test_harm_that_deters_or_recruits_nobody_lets_the_group_decline(evenings: Evenings) -> None:
    for mixture, theta, deterred in ((0.0, 5.0, 0.3), (0.5, 0.0, 0.0)):
        wanted = FORCE_ALONE | {"harm_mixture": mixture}
        block = evenings.open(**wanted, opening_fighters=100, recruits_by_harm=theta, deterred_by_harm=deterred)
        assert evenings.run(block, 1).state["fighters"][0] < 100


def of_harm(evenings: Evenings, state_side: float, armed_group: float) -> tuple[float, float]:
    """Change of fighters and of legitimacy by given civilian deaths alone, in one evening."""
    block = evenings.open(
        **{**FORCE_ALONE, "hits_per_day": state_side, "group_harm": armed_group, "opening_fighters": 1000.0,
           "intelligence_opening": 0.0, "recruits_by_harm": 2.0, "legitimacy_harm": 10.0}
    )  # fmt: skip
    evenings.world.constants["people"][:] = 1e9  # so that no hit meets a fighter by chance
    evenings.run(block, 1)
    evenings.world.constants["people"][:] = PEOPLE / len(evenings.world.constants["people"])
    assert block.state["civilians_killed"][STATE_SIDE, 0] == pytest.approx(state_side, rel=1e-6)
    assert block.state["civilians_killed"][ARMED_GROUP, 0] == pytest.approx(armed_group, rel=1e-6)
    return float(block.state["fighters"][0] - 1000), float(block.state["legitimacy"][0] - 1)


def test_equal_harm_by_either_side_has_equal_and_opposite_effects(evenings: Evenings) -> None:
    by_state, by_group, both = of_harm(evenings, 4, 0), of_harm(evenings, 0, 4), of_harm(evenings, 4, 4)
    assert by_state[0] == pytest.approx(8, abs=1e-3)
    assert by_state[1] == pytest.approx(-0.04, abs=1e-6)
    assert by_group == pytest.approx((-by_state[0], -by_state[1]), abs=1e-6)
    assert both == pytest.approx((0, 0), abs=1e-6)


def test_every_factor_is_exactly_one_as_long_as_nothing_has_changed(evenings: Evenings) -> None:
    nothing = {**FORCE_ALONE, "hits_per_day": 0, "legitimacy_harm": 0, "deprivation_effect": 0}
    block = evenings.run(evenings.open(40, **nothing), 3)
    for name in ("strength_factor", "intelligence_factor", "garrison_factor", "escort_factor", "deal_factor"):
        assert (block.state[name] == 1).all(), name


def factors(evenings: Evenings, **levers: float) -> dict[str, float]:
    """Factors of the evening after levers were set, with effects at their best values."""
    block = evenings.open(**FORCE_ALONE, intelligence_effect=1, force_elasticity=0.5, partner_escort=0.3, deal_kept=0.6)
    for name, value in levers.items():
        block.state[f"lever_{name}"][:] = value
    evenings.run(block, 1)
    names = ("garrison_factor", "escort_factor", "deal_factor")
    return {name: float(block.state[name].flat[0]) for name in names}


def test_force_is_a_budget(evenings: Evenings) -> None:
    usual, more_escort = factors(evenings), factors(evenings, force_escort=0.5)
    assert more_escort["escort_factor"] == pytest.approx(np.sqrt(2) * usual["escort_factor"], rel=1e-6)
    front = factors(evenings, force_front=0.6)  # half of what was left is gone, everywhere
    assert front["escort_factor"] == pytest.approx(np.sqrt(0.5), rel=1e-6)
    assert front["garrison_factor"] == pytest.approx(np.sqrt(2), rel=1e-6)


def test_a_partner_who_leaves_takes_cover_away_and_a_deal_of_hauliers_lowers_their_hazard(evenings: Evenings) -> None:
    assert factors(evenings, partner=0)["escort_factor"] == pytest.approx(np.exp(-0.3), rel=1e-6)
    assert factors(evenings, local_deal=0.5)["deal_factor"] == pytest.approx(0.7, rel=1e-6)


def test_trust_brings_intelligence_and_intelligence_forestalls_attacks(evenings: Evenings) -> None:
    block = evenings.open(
        3,
        **(
            FORCE_ALONE
            | {"intelligence_legitimacy": 0.3, "intelligence_opening": 0.5, "intelligence_effect": 1, "hits_per_day": 0}
        ),
    )
    block.state["legitimacy"][:] = (0.5, 1.0, 1.5)
    known = evenings.run(block, 1).state
    assert np.diff(known["intelligence"]) == pytest.approx([0.15, 0.15], abs=1e-6)
    assert known["intelligence_factor"] == pytest.approx(np.exp([0.15, 0, -0.15]), rel=1e-5)


def test_named_terms_move_legitimacy_and_nothing_else_does(evenings: Evenings) -> None:
    none = FORCE_ALONE | {"hits_per_day": 0, "legitimacy_harm": 0, "deprivation_effect": 0, "restored_effect": 0}
    quiet = evenings.run(evenings.open(**none), 5)
    assert quiet.state["legitimacy"][0] == 1
    pulse = evenings.open(**none, civic_effect=0.02)
    pulse.state["lever_civic_space"][:] = -1
    assert evenings.run(pulse, 1).state["legitimacy"][0] == pytest.approx(0.98, abs=1e-6)
    for effect in (-0.07, 0.07):  # all of the country dry and dark: want moves a seventh of the way
        wants = evenings.open(**(none | {"deprivation_effect": effect}))
        wants.state["dry_people_share"][:] = 1
        wants.state["power_h"][:] = 0
        assert evenings.run(wants, 1).state["legitimacy"][0] == pytest.approx(1 + effect / 49, abs=1e-6)
    restored = evenings.open(**(none | {"restored_effect": 0.7}))
    restored.state["deprivation"][:] = 0.7
    assert evenings.run(restored, 1).state["legitimacy"][0] == pytest.approx(1.07, abs=1e-6)


def test_shares_of_force_on_day_0_are_the_defaults_of_their_levers() -> None:
    for name in ("front", "escort", "garrison"):
        assert float(getattr(state, name.upper())) == pytest.approx(LEVER_BY_NAME[f"force_{name}"].default, abs=1e-7)
