"""Calibration, comparison and planning on workers in other processes: the same answers as on threads."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

import numpy as np
import pytest

from citerne.api import compare, make_ensemble
from citerne.calibrate.simulate import Simulator
from citerne.case.case import load
from citerne.model.standard import standard_model
from citerne.plan.decision import as_recorded, frame_of, simple_rules
from citerne.plan.judge import Judge


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Executor]:
    """Two fresh interpreters, as a cluster would have them."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


def test_policies_compared_elsewhere_differ_by_the_same(elsewhere: Executor) -> None:
    asked = {"policies": ["recorded", "shut_east"], "days": 12, "members": 300}
    assert compare("toy_depot", jobs=elsewhere, **asked) == compare("toy_depot", **asked)  # type: ignore[arg-type]


def test_the_futures_of_a_calibration_are_the_same_elsewhere(elsewhere: Executor) -> None:
    case = load("mali")
    simulator = Simulator(case, case.rows("targets"), days=40)
    members = np.arange(600, dtype=np.uint32)
    scores, none = simulator.prior_scores(members, 3), np.zeros(600, int)
    here = simulator.run(scores, members, none, 3)
    there = simulator.run(scores, members, none, 3, jobs=elsewhere)
    assert len(here.statistics)
    assert here.statistics.tobytes() == there.statistics.tobytes()


def test_plans_judged_elsewhere_get_the_same_marks(elsewhere: Executor) -> None:
    ensemble = make_ensemble("toy_road", days=24, members=40, settings={"columns_per_week": 3})
    world = ensemble.engine.world
    frame = frame_of(ensemble.case, world, 24, None, None)
    judge = Judge(ensemble, frame)
    plans = list(simple_rules(frame, world, as_recorded(frame, world)).values())
    here, there = judge.judge_all(plans, 1), judge.judge_all(plans, elsewhere)
    assert len(plans) > 1
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one.measures["cover"], other.measures["cover"])


def test_a_model_of_ones_own_is_not_made_again_elsewhere(elsewhere: Executor) -> None:
    case = load("mali")
    own = Simulator(case, case.rows("targets"), days=5, processes=standard_model().processes)
    members = np.arange(3, dtype=np.uint32)
    with pytest.raises(ValueError, match="standard model"):
        own.run(own.prior_scores(members, 1), members, np.zeros(3, int), 1, jobs=elsewhere)
