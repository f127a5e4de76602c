"""A nowcast of a calibrated case starts at the end of the posterior's record, with its draws and their luck."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from calibrate_cases import UNKNOWN, small_country
from citerne.base.errors import UsageError
from citerne.case.case import Case, load
from citerne.ensemble.posterior import LUCK_DAYS, dated_luck, mark_of, posterior_of, read_posterior, write_posterior
from citerne.ensemble.run import Ensemble, Plan
from citerne.nowcast.nowcast import make_ensemble, opening
from nowcast_rows import SMALL, made, of, row

RECORD = 20  # days of the record, the last one included
DRAWS = 64


def day(k: int) -> dt.date:
    return dt.date(2025, 1, 1) + dt.timedelta(days=k)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The small country with a posterior to day 19: capital opened with two thirds of its stock, in every draw."""
    folder = tmp_path_factory.mktemp("case") / "toy_road"
    shutil.copytree(load("toy_road").folder, folder)
    rng = np.random.default_rng(4)
    values = {name: np.clip(rng.normal(best, 0.02 * best, DRAWS), low, high)
              for name, (_shape, low, best, high) in UNKNOWN.items()}  # fmt: skip
    values["opening_factor_hub"] = np.full(DRAWS, 0.7)
    luck = rng.integers(0, 2**32, ((RECORD + LUCK_DAYS - 1) // LUCK_DAYS, DRAWS), dtype=np.uint32)
    priors = Ensemble(small_country(), Plan(days=1)).setup.priors
    marks = {name: mark_of(priors[name]) for name in values}
    about = {"until": day(RECORD - 1).isoformat(), "seed": 11, "priors": marks}
    write_posterior(folder / "posterior", luck, values, {}, about)
    return dataclasses.replace(small_country(), folder=folder)


def known(case: Case, k: int) -> Case:
    return case.known_until(day(k))


def test_the_futures_of_the_first_evening_are_the_posteriors_with_the_luck_of_the_record(calibrated: Case) -> None:
    case = known(calibrated, 25)
    ensemble = make_ensemble(case, day(25), 7, (), members=SMALL, seed=5)
    cloud = opening(ensemble, 25)
    assert cloud.day == RECORD
    alone = Ensemble(case, Plan(days=33, members=SMALL, seed=9, unknowns="case"))
    found, _why = posterior_of(case, alone.setup.priors)
    assert found is not None
    rows, _which = found.rows_of(np.arange(SMALL, dtype=np.uint32), 5, ensemble.setup.combinations)
    block = ensemble.open(0)
    ensemble.engine.run(block, RECORD, 5, None, dated_luck(found.luck[:, rows], found.luck_seed, 0, RECORD))
    assert np.array_equal(cloud.gather("stock_l"), block.state["stock_l"])
    assert np.array_equal(cloud.blocks[0].members, np.arange(SMALL))
    drawn = found.values["loss_at_50"].astype(np.float32)
    assert sorted(set(cloud.parameter("loss_at_50").tolist())) == sorted(set(drawn.tolist()))


def test_rows_after_the_record_are_used_those_within_it_are_compared_only(calibrated: Case, tmp_path: Path) -> None:
    case = known(calibrated, 27)
    rows = (row("stocks", 2, day(10), place="capital", product="gasoline", stock_m3=3000.0),
            row("stocks", 3, day(26), place="capital", product="gasoline", stock_m3=900.0))  # fmt: skip
    found = made(case, day(27), *rows, snapshots=tmp_path)
    assert found.start == {"from": "posterior", "evening_of": day(RECORD - 1).isoformat(), "passed_over": []}
    assert found.payload["unknowns"].startswith(f"posterior {day(RECORD - 1)}")
    assert [one["date"] for one in found.payload["used"]] == [day(26).isoformat()]
    assert [one["why"] for one in found.payload["compared"]] == ["before the first day of the analysis"]
    assert {abs(one["imbalance_l"]) for one in found.payload["ledger"].values()} == {0}
    bare = made(case, day(27)).payload
    width = [of(p, "capital")["stock_m3_p95"] - of(p, "capital")["stock_m3_p05"] for p in (found.payload, bare)]
    assert width[0] < width[1]


def test_a_snapshot_after_the_record_gives_the_same_bytes_as_the_posterior(calibrated: Case, tmp_path: Path) -> None:
    rows = (row("stocks", 2, day(22), place="capital", product="gasoline", stock_m3=1500.0),
            row("stocks", 3, day(28), place="midtown", product="gasoline", stock_m3=90.0))  # fmt: skip
    made(known(calibrated, 24), day(24), *rows, snapshots=tmp_path)
    case = known(calibrated, 29)
    again = made(case, day(29), *rows, snapshots=tmp_path)
    assert (again.start["from"], again.start["evening_of"]) == ("snapshot", day(24).isoformat())
    fresh = made(case, day(29), *rows)
    assert fresh.start["from"] == "posterior"
    assert again.forecast.stock_m3.tobytes() == fresh.forecast.stock_m3.tobytes()
    assert again.payload == fresh.payload


def test_on_the_last_day_of_the_record_nothing_is_left_to_use_and_before_it_the_prior_is_the_start(
    calibrated: Case,
) -> None:
    count = row("stocks", 2, day(12), place="capital", product="gasoline", stock_m3=3000.0)
    last = made(known(calibrated, RECORD - 1), day(RECORD - 1), count)
    assert last.start["from"] == "posterior"
    assert last.payload["used"] == []
    early = made(known(calibrated, 15), day(15), count)
    assert early.payload["unknowns"] == "prior"
    assert early.start["from"] == "day 0"
    assert len(early.payload["used"]) == 1


def test_a_posterior_says_for_how_many_days_its_luck_holds_and_one_of_before_means_weeks(
    calibrated: Case, tmp_path: Path
) -> None:
    folder = shutil.copytree(calibrated.folder / "posterior", tmp_path / "posterior")
    about = json.loads((folder / "about.json").read_text())
    assert read_posterior(folder).luck_days == about.pop("luck_days") == LUCK_DAYS
    (folder / "about.json").write_text(json.dumps(about))
    before = read_posterior(folder)
    assert before.luck_days == 7
    spans = dated_luck(before.luck, 11, 0, RECORD, before.luck_days)
    assert [span.until for span in spans] == [7, 14, RECORD]
    (folder / "about.json").write_text(json.dumps({**about, "luck_days": 0}))
    with pytest.raises(UsageError, match="no posterior that can be read"):
        read_posterior(folder)
