"""The posterior that the Mali case carries: it fits the case and the model as they are, and a run uses it.

Where a test here turns red after a change of the model or of priors, calibrate again as docs/model/calibration.md says.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from citerne.api import make_ensemble
from citerne.base.errors import UsageError
from citerne.calibrate.fit import width_ratio
from citerne.calibrate.score import Scorecard, score
from citerne.case.case import load
from citerne.ensemble.posterior import read_posterior
from citerne.ensemble.run import Ensemble

MEMBERS, DAYS = 512, 98


@pytest.fixture(scope="module")
def calibrated() -> Ensemble:
    return make_ensemble("mali", members=MEMBERS, days=DAYS)


def card_of(ensemble: Ensemble) -> Scorecard:
    return score(ensemble.run()[0], ensemble.case.rows("targets"))


def test_a_run_of_mali_uses_the_posterior_and_says_so(calibrated: Ensemble) -> None:
    assert calibrated.posterior is not None, calibrated.why_prior
    assert calibrated.provenance().prior.startswith("posterior 2025-11-30")
    assert set(calibrated.posterior.values) <= set(calibrated.setup.priors)


def test_the_posterior_covers_the_record_and_is_narrower_than_the_prior(calibrated: Ensemble) -> None:
    after = card_of(calibrated)
    before = card_of(make_ensemble("mali", members=MEMBERS, days=DAYS, unknowns="prior"))
    assert after.coverage_90 >= 0.8
    assert 0.3 <= after.coverage_50_exact <= 0.8  # the bar is 0.7 with thousands of futures; rows are two dozen
    assert width_ratio(before, after) <= 0.75  # 0.7 with thousands


def test_the_posterior_knows_nothing_later_than_the_record() -> None:
    case = load("mali")
    posterior = read_posterior(case.folder / "posterior")
    assert posterior.until == case.header.record_end == dt.date(2025, 11, 30)
    known = {row["target_id"]: row["date_end"] for row in case.rows("targets")}
    assert all(known[target] <= posterior.until for target in posterior.about["targets"])


def test_a_run_that_stands_in_october_goes_back_to_the_prior() -> None:
    early = make_ensemble(load("mali", until=dt.date(2025, 10, 31)), members=8, days=10)
    assert early.posterior is None
    assert "2025-11-30" in early.why_prior


def test_every_variant_can_be_held_to(calibrated: Ensemble) -> None:
    for word in ("escorts", "truce", "gamma:0", "gamma:half", "gamma:1"):
        ensemble = make_ensemble("mali", members=32, days=10, variants=[word])
        rows = ensemble.open(0).parameters["plan_row"].astype(int)
        axis = "lull" if word in ("escorts", "truce") else "gamma"
        chosen = {ensemble.setup.combinations[k][axis] for k in rows}
        assert chosen == {word.removeprefix("gamma:")}
    assert np.unique(calibrated.open(0).parameters["demand_factor"]).size > 200


def test_a_broken_posterior_is_refused_with_its_path(tmp_path: pytest.TempPathFactory) -> None:
    with pytest.raises(UsageError, match="holds no posterior"):
        make_ensemble("mali", members=8, days=5, unknowns=str(tmp_path))
