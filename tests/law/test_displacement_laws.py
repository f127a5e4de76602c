"""Laws of the flow of people: nobody lost, nobody through a shut road, no place or camp preferred for its name."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flee_folders as toy
from citerne.displacement.flow import SCALE_KM, SOFTENING_KM, ground_of, headcount, run_flow, sealed_days
from citerne.displacement.parameters import Draws

DRAWS = Draws(np.array([[2.0, 0.5, 100.0, 60.0, 0.9], [4.0, 0.0, 1000.0, 140.0, 0.6], [0.5, 1.0, 20.0, 40.0, 1.1]]))
NO_FILES: dict[str, str | None] = {"closures.csv": None, "registration_corrections.csv": None}


@pytest.fixture
def ground(tmp_path: Path):
    return ground_of(toy.conflict(tmp_path))


# a given total that starts at 150, rises and falls by whole people, and never ends
totals = st.lists(st.integers(-200, 3000), min_size=39, max_size=39).map(
    lambda steps: np.maximum(150.0 + np.cumsum([0, *steps]), 1.0)
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(total=totals, with_capacity=st.booleans())
def test_every_person_is_in_a_camp_or_still_out_on_every_day(ground, total, with_capacity: bool) -> None:
    capacity = ground.capacity_people if with_capacity else None
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), capacity)
    assert (flow.camps >= 0).all()
    gap = flow.camps.sum(axis=2) + flow.waiting - total[:, None]
    # 40 days of a few float additions each: a hundred rounding steps of the largest number
    assert np.abs(gap).max() <= 100 * np.spacing(total.max())
    for draw in range(len(DRAWS)):
        count = headcount(flow.camps[:, draw], total)
        assert (count.camps.sum(axis=1) + count.still_out == total.astype(int)).all()
        outside = count.still_out - np.floor(flow.waiting[:, draw])
        assert ((outside >= 0) & (outside <= len(ground.camps))).all()


def test_a_place_that_is_sealed_keeps_its_people(tmp_path: Path) -> None:
    ground = ground_of(toy.conflict(tmp_path, {**NO_FILES, "closures.csv": "link,Uphill,Market,0,\n"}))
    total = np.linspace(150, 4000, 40)
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), None)
    assert (flow.came[:, 0] == 0).all()
    assert flow.came[:, 1].sum(axis=1) + flow.waiting[-1] == pytest.approx([3850.0] * 3)
    assert sealed_days(ground).tolist() == [40, 0]


def test_people_whose_every_road_is_shut_wait_and_come_when_one_opens(tmp_path: Path) -> None:
    ground = ground_of(toy.conflict(tmp_path, {**NO_FILES, "closures.csv": "location,Market,,10,20\n"}))
    total = np.linspace(150, 4050, 40)
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), None)
    assert (flow.camps[10:20] == flow.camps[9]).all()
    assert flow.waiting[19] == pytest.approx([1000.0] * 3)
    assert (flow.waiting[20:] == 0).all()
    assert flow.camps[20].sum(axis=1) == pytest.approx([total[20]] * 3)


def test_a_falling_total_takes_those_who_wait_along(tmp_path: Path) -> None:
    ground = ground_of(toy.conflict(tmp_path, {**NO_FILES, "closures.csv": "location,Market,,0,\n"}))
    total = np.concatenate([np.linspace(150, 1150, 20), np.linspace(1150, 575, 20)])
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), None)
    assert flow.camps[-1].sum(axis=1) + flow.waiting[-1] == pytest.approx([575.0] * 3)
    assert flow.waiting[-1] == pytest.approx([500.0] * 3)


def test_equal_routes_give_equal_shares(tmp_path: Path) -> None:
    alike = toy.INPUT["locations.csv"].replace("camp,,3000", "camp,,5000")
    ground = ground_of(toy.conflict(tmp_path, {**NO_FILES, "locations.csv": alike}))
    total = np.linspace(100, 9001, 40).round()
    for capacity in (None, ground.capacity_people):
        flow = run_flow(ground, DRAWS, total, np.array([50.0, 50.0]), capacity)
        assert (flow.camps[:, :, 0] == flow.camps[:, :, 1]).all()
        count = headcount(flow.camps[:, 0], total)
        assert (count.camps[:, 0] == count.camps[:, 1]).all()


def test_new_names_and_another_order_change_nothing(tmp_path: Path) -> None:
    plain = ground_of(toy.conflict(tmp_path / "plain", NO_FILES))
    renamed = {}
    for name in ("locations.csv", "routes.csv", "conflicts.csv", "data_layout.csv"):
        text = toy.INPUT.get(name) or toy.VALIDATION[name]
        for old, new in (("Uphill", "Zulu"), ("East camp", "zz"), ("West camp", "Aa"), ("Market", "Bazaar")):
            text = text.replace(old, new)
        lines = text.splitlines(keepends=True)
        # conflicts.csv and data_layout.csv keep their order of rows, as it is their meaning
        renamed[name] = "".join(lines[:1] + lines[:0:-1]) if name in ("locations.csv", "routes.csv") else text
    other = ground_of(toy.conflict(tmp_path / "other", {**NO_FILES, **renamed}))
    assert other.camps == ("Aa", "zz")
    total = np.linspace(150, 7000, 40)
    for capacity in (True, False):
        one = run_flow(plain, DRAWS, total, np.array([100.0, 50.0]), plain.capacity_people if capacity else None)
        two = run_flow(other, DRAWS, total, np.array([50.0, 100.0]), other.capacity_people if capacity else None)
        np.testing.assert_allclose(two.camps[:, :, ::-1], one.camps, rtol=1e-12)


def test_a_longer_road_never_brings_more_people(tmp_path: Path) -> None:
    routes = toy.INPUT["routes.csv"]
    total = np.linspace(150, 4000, 40)
    arrived = []
    for length in (50, 100, 200, 400, 800):
        changed = {**NO_FILES, "routes.csv": routes.replace("West camp,150", f"West camp,{length}")}
        ground = ground_of(toy.conflict(tmp_path / str(length), changed))
        arrived.append(run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), None).camps[-1, :, 1])
    assert (np.diff(arrived, axis=0) < 0).all()


def test_more_room_never_brings_fewer_people(ground) -> None:
    total = np.linspace(150, 4000, 40)
    arrived = [
        run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), np.array([2000.0, room])).camps[-1, :, 1]
        for room in (500.0, 1000.0, 2000.0, 4000.0, np.inf)
    ]
    assert (np.diff(arrived, axis=0) > 0).all()


def test_camps_that_are_all_full_overflow_and_lose_nobody(ground) -> None:
    total = np.linspace(150, 9000, 40)
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), np.array([300.0, 300.0]))
    assert flow.camps.sum(axis=2) == pytest.approx(np.repeat(total[:, None], 3, axis=1))
    assert (flow.waiting == 0).all()


def test_arrivals_go_on_when_no_conflict_is_flagged_any_more(tmp_path: Path) -> None:
    ended = "#Day,Uphill,Downhill\n" + "".join(f"{day},{int(5 <= day < 9)},0\n" for day in range(40))
    ground = ground_of(toy.conflict(tmp_path, {**NO_FILES, "conflicts.csv": ended}))
    total = np.linspace(150, 4000, 40)
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), None)
    assert (flow.waiting == 0).all()
    assert flow.camps[-1].sum(axis=1) == pytest.approx([4000.0] * 3)


def by_hand(ground, draw: Draws, total, opening, capacity):
    """The equations of the flow written out once more: one number at a time, no batch."""
    gamma, beta, tau, speed, fill = (float(value) for value in draw.values[0])
    camps, waiting, history = [float(x) for x in opening], 0.0, [[float(x) for x in opening]]
    for day in range(1, len(total)):
        if total[day] < total[day - 1]:
            camps = [x * total[day] / total[day - 1] for x in camps]
            waiting *= total[day] / total[day - 1]
            history.append(camps)
            continue
        waiting += total[day] - total[day - 1]
        roads, flow = ground.roads.on(day), [0.0] * len(camps)
        for z, population in enumerate(ground.people):
            pull = []
            for c, length in enumerate(roads[z]):
                free = 1.0 if capacity is None else max(0.0, 1.0 - camps[c] / (fill * capacity[c]))
                pull.append(free * ((length + SOFTENING_KM) / SCALE_KM) ** -gamma if math.isfinite(length) else 0.0)
            for c, length in enumerate(roads[z]):
                if sum(pull) > 0 and pull[c] > 0:
                    left = max(0, day - int(length / speed))
                    active = [d for d in range(left + 1) if ground.intensity[d, z] > 0]
                    if left in active:
                        begun = left
                        while begun > 0 and ground.intensity[begun - 1, z] > 0:
                            begun -= 1
                        weight = ground.intensity[left, z] * population**beta * math.exp(-(left - begun) / tau)
                        flow[c] += weight * pull[c] / sum(pull)
        if sum(flow) > 0:
            camps = [x + waiting * part / sum(flow) for x, part in zip(camps, flow, strict=True)]
            waiting = 0.0
        history.append(camps)
    return np.array(history)


@pytest.mark.parametrize("draw", range(3))
@pytest.mark.parametrize("with_capacity", [False, True])
def test_the_batch_agrees_with_the_equations_written_out(tmp_path: Path, draw: int, with_capacity: bool) -> None:
    spells = [(1, int(day in range(6, 15) or day > 22), 0) for day in range(40)]
    ground = ground_of(
        toy.conflict(
            tmp_path,
            {
                "routes.csv": toy.INPUT["routes.csv"] + "Uphill,East camp,170,0\nDownhill,West camp,90,0\n",
                "conflicts.csv": "#Day,Uphill,Downhill,Market\n"
                + "".join(f"{day},{up},{down * 0.7},{market}\n" for day, (up, down, market) in enumerate(spells)),
            },
        )
    )
    total = 150 + 90 * np.arange(40.0) - 300 * (np.arange(40) > 25)
    capacity = ground.capacity_people if with_capacity else None
    flow = run_flow(ground, DRAWS, total, np.array([100.0, 50.0]), capacity)
    alone = by_hand(ground, DRAWS.take(np.array([draw])), total, [100.0, 50.0], capacity)
    np.testing.assert_allclose(flow.camps[:, draw], alone, rtol=1e-10)
