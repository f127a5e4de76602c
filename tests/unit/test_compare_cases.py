"""`compare` on cases: same luck, nothing changed means nothing differs, and the verb."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import citerne
from citerne.base.errors import UsageError
from citerne.cli.compare import command
from citerne.plan.compare import compare_results

HEAD = "name: {en: Same, fr: Idem}\ndescription: {en: Same., fr: Idem.}\nsets:\n"


@pytest.fixture
def same(tmp_path: Path) -> Path:
    """A policy that sets what is so anyway."""
    path = tmp_path / "same.yaml"
    path.write_text(HEAD + "  - {lever: hazard_pay, value: 0}\n  - {lever: mobility, value: 1}\n")
    return path


def test_a_policy_that_changes_nothing_gives_bit_identical_futures(same: Path) -> None:
    one = citerne.run("toy_road", days=40, members=70, seed=3, record_all=True)
    two = citerne.run("toy_road", days=40, members=70, seed=3, policy=same, record_all=True)
    assert one.values.tobytes() == two.values.tobytes()
    rows = compare_results(one, two, "capital", "toyland")
    assert len(rows) == len(one.keys)
    assert {row.mean for row in rows} == {0.0}
    assert {row.probability_same for row in rows} == {1.0}


def test_a_policy_leaves_the_luck_of_other_days_and_roads_alone() -> None:
    one = citerne.run("toy_depot", days=20, members=5)
    two = citerne.run("toy_depot", days=20, members=5, settings=["ration_share.diesel=0.5"])
    np.testing.assert_array_equal(
        one.series("stock_volume", "town", "gasoline"), two.series("stock_volume", "town", "gasoline")
    )
    saved = two.series("stock_volume", "town", "diesel") - one.series("stock_volume", "town", "diesel")
    # pumps may sell ten times normal need at half of normal: 40 m3 wanted, 10 x 40 x 0.5 allowed, so nothing is saved
    assert (saved == 0).all()


def test_a_shut_border_costs_the_worked_litres_in_every_future() -> None:
    found = citerne.compare(
        "toy_depot", policies=["shut_east"], days=10, members=4, metrics=["stock_volume.town.gasoline"]
    )
    (row,) = found.differences
    assert (row.policy, row.baseline, row.statistic) == ("shut_east", "recorded", "mean")
    # 1,335 m3 every evening against 1,335 - 65 n: the mean over days 0 to 9 differs by 65 x 4.5
    assert row.mean == row.p05 == row.p95 == pytest.approx(-65 * 4.5, rel=1e-6)
    assert row.probability_better == 0.0
    assert found.ranking[0].policy == "recorded"


def test_runs_that_do_not_match_are_not_paired() -> None:
    one = citerne.run("toy_depot", days=5, members=3)
    for other in (
        citerne.run("toy_depot", days=5, members=4),
        citerne.run("toy_depot", days=6, members=3),
        citerne.run("toy_depot", days=5, members=3, seed=2),
    ):
        with pytest.raises(UsageError, match="same case"):
            compare_results(one, other, "town", "toyland")


def test_the_verb_prints_one_object(same: Path) -> None:
    line = ["toy_depot", "--policy", "recorded", "--policy", "shut_east", "--policy", str(same), "--days", "9"]
    done = CliRunner().invoke(command, [*line, "--members", "3", "--json"], catch_exceptions=False)
    found = json.loads(done.stdout)
    keys = {"variable", "place", "product", "policy", "baseline", "mean", "p05", "p95", "probability_better"}
    assert all(keys <= set(row) for row in found["differences"])
    assert {row["policy"] for row in found["differences"]} == {"shut_east", "same"}
    assert all(row["mean"] == 0 for row in found["differences"] if row["policy"] == "same")
    table = CliRunner().invoke(command, [*line, "--members", "3"], catch_exceptions=False)
    assert "shut_east against recorded" in table.stdout


def test_an_unknown_metric_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="No recorded series"):
        citerne.compare("toy_depot", policies=["shut_east"], days=3, members=2, metrics=["stok_days"])
