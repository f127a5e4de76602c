"""Triggers fire on the days that the toy depot's README works out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import citerne
from citerne.case.case import load
from citerne.case.triggers import Trigger, parse_trigger
from citerne.ensemble.run import Ensemble, Plan
from citerne.model.levers import Setting

CUT = (Setting("closed", 1.0, "east"),)
RULE = "when stock_days(town, gasoline) < 5 for 2 days then ration_share(gasoline) = 0.05 for 3 days, wait 2 days"


def acting_days(triggers: tuple[Trigger, ...], days: int, settings: tuple[Setting, ...] = CUT) -> list[list[int]]:
    """Days on which each rule acted, read from the state morning by morning."""
    ensemble = Ensemble(load("toy_depot"), Plan(days=days, members=1, triggers=triggers, policy_settings=settings))
    block = ensemble.open(0)
    acted: list[list[int]] = [[] for _rule in triggers]
    for day in range(days):
        ensemble.engine.run(block, day + 1, 1)
        for k, left in enumerate(block.state["trigger_left"][:, 0]):
            if left > 0:
                acted[k].append(day)
    return acted


def test_the_rule_acts_on_the_worked_days_and_saves_the_worked_fuel() -> None:
    results = citerne.run("toy_depot", days=24, members=3, policy="shut_east_ration")
    stock = results.series("stock_volume", "town", "gasoline")
    expected = [1335 - 65 * n for n in range(15)] + [410, 395, 380, 315, 250, 235, 220, 205, 140]
    np.testing.assert_allclose(stock, np.array(expected)[:, None] * np.ones(3), rtol=1e-6)
    assert acting_days((parse_trigger(RULE),), 24) == [[15, 16, 17, 20, 21, 22]]


@pytest.mark.parametrize(
    ("after", "lasts", "wait", "days"),
    [
        (1, 1, 0, list(range(14, 21))),  # while the stock is low
        (1, 30, 0, list(range(14, 21))),
        (3, 2, 0, [16, 17, 18, 19, 20]),
        (1, 2, 3, [14, 15, 19, 20]),
        (1, 1, 1, [14, 16, 18, 20]),
        (8, 1, 0, []),
    ],
)
def test_count_length_and_rest_of_a_rule(after: int, lasts: int, wait: int, days: list[int]) -> None:
    # evening 13 is the first below five days, whatever mobility is set to: it is set to what it is
    rule = f"when stock_days(town, gasoline) < 5 for {after} days then mobility = 1 for {lasts} days, wait {wait} days"
    assert acting_days((parse_trigger(rule),), 21) == [days]


def test_no_rule_looks_before_there_is_a_yesterday() -> None:
    # on the morning of day 0 nothing has been counted yet, so every recorded stock is still 0
    always = parse_trigger("when stock_days(town, gasoline) < 300 then mobility = 1")
    assert acting_days((always,), 4) == [[1, 2, 3]]


def test_of_two_rules_on_one_lever_the_later_counts() -> None:
    early = parse_trigger("when stock_days(town, gasoline) < 13 then ration_share(gasoline) = 0.05 for 90 days")
    late = parse_trigger("when stock_days(town, gasoline) < 12 then ration_share = 0.02 for 90 days")
    ensemble = Ensemble(load("toy_depot"), Plan(days=9, members=1, triggers=(early, late), policy_settings=CUT))
    sold = ensemble.run()[0].series("sales_volume", "town", "gasoline")[:, 0]
    # 12.70 on evening 1, so the first acts from day 2: 50 m3 sold, tank 1,255, 1,240, ... 1,195 on day 6: 11.95
    assert sold.tolist() == [100, 100, 50, 50, 50, 50, 50, 20, 20]


def test_a_rule_that_never_acts_leaves_every_bit_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "never.yaml"
    path.write_text(
        "name: {en: Never, fr: Jamais}\ndescription: {en: Never., fr: Jamais.}\ntriggers:\n"
        "  - when queue_hours(capital, gasoline) > 100000 then closed = 1 for 20 days\n"
    )
    one = citerne.run("toy_road", days=30, members=60, seed=4, record_all=True)
    two = citerne.run("toy_road", days=30, members=60, seed=4, policy=path, record_all=True)
    assert one.values.tobytes() == two.values.tobytes()


def test_futures_act_on_their_own_days() -> None:
    rule = parse_trigger("when trucks_destroyed_cumulative(west_road) > 3 then columns_per_week(west) = 14 for 60 days")
    ensemble = Ensemble(load("toy_road"), Plan(days=60, members=200, seed=2, triggers=(rule,)), model=None)
    block = ensemble.open(0)
    ensemble.engine.run(block, 60, 2)
    acted = block.state["trigger_acted_total"][0]
    lost = block.state["destroyed_total"][0]
    assert np.unique(acted).size > 10
    assert ((acted > 0) <= (lost > 3)).all()
