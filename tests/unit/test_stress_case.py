"""`stress` on cases: cuts worked by hand on the toy depot, break-points by halving, and the verb."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import citerne
from citerne.base.errors import UsageError
from citerne.case.case import load
from citerne.cli.stress import command
from citerne.plan.segments import supply_network


def test_cuts_of_the_toy_depot_are_those_worked_by_hand() -> None:
    # west brings 35 + 20 = 55 m3 a day, east 65 + 20 = 85; each can carry half as much again; the town uses 140
    found = citerne.stress("toy_depot", budget=2, breakpoints=False)
    one, two = found.cuts
    assert one.segments == ("east_town",)
    assert one.supply_share_left == pytest.approx(55 * 1.5 / 140)
    assert one.protected == ("east_town",)
    assert one.closed_despite == ("west_town",)
    assert one.supply_share_left_protected == pytest.approx(85 * 1.5 / 140)
    assert two.supply_share_left == 0
    assert two.supply_share_left_protected == 1
    assert {(item.segment, round(item.drop, 6)) for item in found.criticality} == {
        ("east_town", round(1 - 82.5 / 140, 6)), ("west_town", round(1 - 127.5 / 140, 6)),
    }  # fmt: skip
    assert all(cut.optimal and cut.gap == 0 for cut in found.cuts)


@pytest.mark.parametrize("name", ["toy_road", "mali"])
def test_the_normal_supply_fits_the_network_and_reaches_every_user(name: str) -> None:
    network = supply_network(load(name), spare=1.0)
    from citerne.plan.cuts import supply_problem

    whole, _unmet = supply_problem(network.segments, network.sources, network.sinks).evaluate(
        supply_problem(network.segments, network.sources, network.sinks).graph.nothing()
    )
    # supply shares are rounded in the tables, and towns on several roads share them out
    assert whole >= 0.97 * sum(network.sinks.values())


def test_only_segments_inside_the_country_may_close_and_no_place_is_finer_than_a_town() -> None:
    case = load("mali")
    abroad = {row["place"] for row in case.rows("places") if row["country_iso2"] != "ML" and row["kind"] != "border"}
    for segment in supply_network(case).segments:
        if segment.tail in abroad and segment.head in abroad:
            assert not segment.closable
    assert {segment.name for segment in supply_network(case).segments} <= set(case.ids("roads"))


def test_more_closures_never_leave_more_and_protection_never_leaves_less() -> None:
    cuts = citerne.stress("mali", budget=3, breakpoints=False).cuts
    shares = [cut.supply_share_left for cut in cuts]
    assert shares == sorted(shares, reverse=True)
    assert all(cut.protected and cut.supply_share_left_protected >= cut.supply_share_left for cut in cuts)


def test_a_smaller_spare_makes_every_cut_worse() -> None:
    tight = citerne.stress("toy_depot", budget=1, spare=1.0, breakpoints=False).cuts[0]
    assert tight.supply_share_left == pytest.approx(55 / 140)
    with pytest.raises(UsageError, match="Spare"):
        citerne.stress("toy_depot", spare=0.5, breakpoints=False)


def test_the_share_of_imports_that_must_pass_is_the_worked_one() -> None:
    # 1,715 m3 in the tank, 140 used a day: after 20 days 12.25 - 20 (1 - s) days are left, 6 at s = 0.6875
    found = citerne.stress("toy_depot", budget=0, days=20, members=2, halvings=7, cover_days=6)
    point = next(point for point in found.breakpoints if point.name == "imports")
    assert point.strength_holds is not None
    assert point.strength_fails is not None
    assert point.strength_holds - point.strength_fails == pytest.approx(1.2 / 2**7)
    # what arrived decides, and trucks are whole: 1,715 + 20 x 140 r - 2,800 is six days of use, 840, at r = 0.6875
    assert point.holds is not None
    assert point.fails is not None
    assert point.fails < 0.6875 <= point.holds
    assert point.holds - point.fails < 0.02


def test_without_threat_no_share_of_trucks_is_lost_and_the_hub_holds_throughout() -> None:
    found = citerne.stress("toy_depot", budget=0, days=20, members=2, halvings=3)
    point = next(point for point in found.breakpoints if point.name == "trucks_lost")
    assert point.fails is None
    assert point.as_recorded.reading == 0
    assert point.as_recorded.cover_days == pytest.approx(12.25)


def test_customs_of_three_weeks_hold_back_all_that_comes_and_nothing_that_came_before() -> None:
    # the toy's customs take no time, so none stands there on day 0, and for eight days only the tank is used
    found = citerne.stress("toy_depot", budget=0, days=8, members=2, halvings=0, cover_days=6)
    recorded, none, long = next(point for point in found.breakpoints if point.name == "customs").trials
    assert none.cover_days == recorded.cover_days
    assert long.cover_days == pytest.approx(12.25 - 8, abs=0.05)


def test_the_verb_prints_one_object_and_never_a_cut_without_its_answer() -> None:
    line = ["toy_depot", "--budget", "2", "--no-breakpoints"]
    found = json.loads(CliRunner().invoke(command, [*line, "--json"], catch_exceptions=False).stdout)
    assert {"cuts", "criticality", "breakpoints"} <= set(found)
    for cut in found["cuts"]:
        assert {"budget", "segments", "supply_share_left", "optimal", "gap", "protected"} <= set(cut)
    assert {"segment", "drop"} <= set(found["criticality"][0])
    table = CliRunner().invoke(command, line, catch_exceptions=False).stdout
    assert table.count("protect ") == 2
