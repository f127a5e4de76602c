"""Competing ends day by day: base rates alone give their table, judgement moves them, the first end is the only one."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citerne.engine.block import Block, Engine
from citerne.engine.fields import World
from citerne.ensemble.members import prepare
from citerne.metrics.survival import rate_posterior
from citerne.model.standard import standard_model
from citerne.model.world import build_world
from citerne.outlook.inputs import DEFAULTS
from citerne.process import outcome
from citerne.schema.outcomes import SPLITS
from random_cases import random_case
from random_states import alone, opened

Array = np.ndarray[Any, Any]
SEED, DAYS = 5, 365
RATES = {"rate_deal": 0.4, "rate_broken": 0.7, "rate_coup": 1.1, "rate_collapse": 0.2}
DEAL, BROKEN, COUP, COLLAPSE = range(4)


class Evenings:
    """The outcome process alone, compiled, in a besieged country where nothing else moves."""

    def __init__(self, folder: Path) -> None:
        processes = standard_model().processes
        case = random_case(folder, seed=3)
        self.setup = prepare(case, processes, DAYS, variants={})
        self.world: World = build_world(case, self.setup.plans, DAYS)
        self.engine: Engine = alone(outcome.PROCESS, processes, self.world)
        self.full = Engine(processes, self.world)
        self.hub = int(np.argmin(self.world.constants["hub_km"]))

    def open(self, lanes: int, /, **parameters: float) -> Block:
        """Opening block under siege, levers as when nobody sets them, the hub full."""
        block = opened(self.full, self.setup, lanes, SEED, parameters)
        block.state["declared"][:] = 1
        block.state["place_cover_d"][:] = 30
        return block

    def run(self, block: Block, days: int) -> Block:
        """Move on by some days."""
        self.engine.run(block, block.day + days, SEED)
        return block

    def chances(self, change: dict[str, float], **parameters: float) -> Array:
        """Chance of each end on a day, with some state fields changed; judgement at its best values."""
        best = {p.name: p.best for p in outcome.PARAMETERS}
        block = self.open(1, **(best | parameters))
        block.day = 1
        for name, value in change.items():
            block.state[name][:] = value
        return np.asarray(self.run(block, 1).state["end_chance"][:, 0], np.float64)


@pytest.fixture(scope="module")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> Evenings:
    return Evenings(tmp_path_factory.mktemp("country"))


def test_base_rates_are_those_of_the_table_with_its_intervals() -> None:
    with (DEFAULTS / "base_rates.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["base_rate"]: row for row in csv.DictReader(file)}
    wanted = {
        "rate_deal": ("war_end_late", "split_mixed"),
        "rate_broken": ("war_end_late", "split_state"),
        "rate_coup": ("war_junta_coup", None),
        "rate_collapse": ("war_junta_insurgents", None),
    }
    priors = {p.name: p for p in outcome.PARAMETERS}
    for name, (rate, share) in wanted.items():
        ends, years = float(rows[rate]["ends"]), float(rows[rate]["exposure"])
        part = float(rows[share]["ends"]) / float(rows[share]["exposure"]) if share else 1.0
        assert priors[name].best == pytest.approx(ends / years * part, abs=0.0006), name  # printed to three places
        low, high = rate_posterior(ends, years).interval(0.9)
        if share is None:
            assert (priors[name].low, priors[name].high) == pytest.approx((low, high), abs=0.002), name
        else:  # the share widens the interval a little
            assert priors[name].low < low * part * 1.05
            assert priors[name].high > high * part * 0.95


def test_without_judgement_the_daily_chances_are_the_base_rates_whatever_the_state(evenings: Evenings) -> None:
    worst = {"dry_people_share": 1, "strength_index": 3, "legitimacy": 0, "place_cover_d": 0, "lever_partner": 0}
    for change in ({}, worst):
        found = evenings.chances(change, judgement_weight=0, **RATES)
        assert found == pytest.approx(-np.expm1(-np.array(list(RATES.values())) / 365), rel=1e-5)


def test_with_all_as_usual_judgement_moves_only_what_a_siege_shortens(evenings: Evenings) -> None:
    ratio = evenings.chances({}, **RATES) / evenings.chances({}, judgement_weight=0, **RATES)
    assert ratio == pytest.approx([np.exp(1.6), np.exp(1.6), 1, 1], rel=0.01)  # chances bend a little below rates


def test_cumulative_incidence_of_a_run_is_that_of_competing_constant_rates(evenings: Evenings) -> None:
    lanes = 20_000
    block = evenings.run(evenings.open(lanes, judgement_weight=0, politics=0, **RATES), DAYS)
    rates = np.array(list(RATES.values()))
    wanted = rates / rates.sum() * -np.expm1(-rates.sum())
    found = block.state["ended"].mean(axis=1, dtype=np.float64)
    assert (np.abs(found - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / lanes)).all(), (found, wanted)


def test_only_the_first_end_of_a_future_comes_and_keeps_its_day(evenings: Evenings) -> None:
    block = evenings.open(2_000, **dict.fromkeys(RATES, 9.0))
    seen = np.zeros(2_000, np.int32)
    for _week in range(6):
        evenings.run(block, 7)
        ends, day = block.state["ended"].sum(axis=0), block.state["end_day"]
        assert set(np.unique(ends)) <= {0, 1}
        assert ((day > 0) == (ends == 1)).all()
        assert (day[seen > 0] == seen[seen > 0]).all()
        assert day.max() <= block.day
        seen = day.copy()
    assert np.mean(seen > 0) > 0.5
    assert (block.state["ended"].sum(axis=1) > 0).all()


def test_deal_and_broken_siege_need_a_siege(evenings: Evenings) -> None:
    found = evenings.chances({"declared": 0}, **RATES)
    assert (found[[DEAL, BROKEN]] == 0).all()
    assert (found[[COUP, COLLAPSE]] > 0).all()


@pytest.mark.parametrize(
    ("change", "more", "less"),
    [
        ({"dry_people_share": 1.0}, (DEAL, COUP), ()),
        ({"lever_demands_met": 1.0}, (DEAL,), ()),
        ({"strength_index": 2.0}, (COLLAPSE,), (BROKEN,)),
        ({"legitimacy": 0.3}, (COUP, COLLAPSE), ()),
        ({"place_cover_d": 0.0}, (COLLAPSE,), ()),
        ({"lever_partner": 0.0}, (COLLAPSE,), ()),
    ],
)
def test_each_judgement_moves_its_own_hazards_and_no_other(
    evenings: Evenings, change: dict[str, float], more: tuple[int, ...], less: tuple[int, ...]
) -> None:
    usual, changed = evenings.chances({}, **RATES), evenings.chances(change, **RATES)
    for k in range(4):
        assert np.sign(changed[k] - usual[k]) == (k in more) - (k in less)


def after(evenings: Evenings, rate: str, **parameters: float) -> Block:
    """The evening on which one end came in every future: its chance is all but certain, the others' nil."""
    none = dict.fromkeys(RATES, 0.0)
    return evenings.run(evenings.open(50, judgement_weight=0, **(none | {rate: 365.0}), **parameters), 30)


def test_what_follows_each_end(evenings: Evenings) -> None:
    deal = after(evenings, "rate_deal").state
    assert (deal["settled"] == 1).all()
    assert (deal["pressure_factor"] == 1).all()
    broken = after(evenings, "rate_broken").state
    assert (broken["settled"] == 2).all()
    assert (broken["pressure_factor"] == 0).all()
    coup = after(evenings, "rate_coup", coup_legitimacy_left=0.8, coup_disarray=0.4).state
    assert coup["legitimacy"] == pytest.approx(np.full(50, 0.8), rel=1e-6)
    assert coup["disarray"] == pytest.approx(np.full(50, 0.4), rel=1e-6)
    assert (coup["settled"] == 0).all()
    collapse = after(evenings, "rate_collapse", after_collapse=0.25).state
    assert (collapse["settled"] == 3).all()
    assert (collapse["pressure_factor"] == 0.25).all()
    off = after(evenings, "rate_broken", politics=0).state
    assert (off["ended"][BROKEN] == 1).all()
    assert (off["settled"] == 0).all()
    assert (off["pressure_factor"] == 1).all()


def test_ends_are_recorded_in_the_order_in_which_the_process_counts_them() -> None:
    assert SPLITS["end"] == ("deal", "siege_broken", "coup", "collapse")
    assert (outcome.DEAL, outcome.BROKEN, outcome.COUP, outcome.COLLAPSE) == (0, 1, 2, 3)
