"""`citerne calibrate` on the small country: same seed, resume, knowledge date, faults, what is not modelled, use."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from calibrate_cases import plain_sampler, reports, small_country, target
from citerne.api import make_ensemble
from citerne.base.errors import DataError, UsageError
from citerne.calibrate.explain import misses
from citerne.calibrate.fit import Calibration, calibrate, moves_of, population_size
from citerne.calibrate.score import read_targets
from citerne.calibrate.simulate import Futures, Simulator
from citerne.calibrate.tempering import distinct, kish_of_draws
from citerne.case.case import BUNDLED, Case
from citerne.cli.calibrate import command
from citerne.cli.run import command as run_command
from citerne.ensemble.members import parameters_of
from citerne.ensemble.posterior import read_posterior
from citerne.schema.tables import TARGETS
from citerne.schema.write import write_table

BUDGET = 256 * (1 + 4 * 6)


@pytest.fixture(scope="module")
def case() -> Case:
    return small_country()


@pytest.fixture(scope="module")
def simulator(case: Case) -> Simulator:
    return Simulator(case, [target(k) for k in (0, 2, 3, 6, 7)])


@pytest.fixture(scope="module")
def rows(simulator: Simulator) -> list[dict]:
    numbers = np.arange(256, dtype=np.uint32)
    futures = simulator.run(simulator.prior_scores(numbers, 9), numbers, np.zeros(256, int), 9)
    return reports(simulator, futures, 3, 9)


@pytest.fixture(scope="module")
def made(case: Case, rows: list[dict]) -> Calibration:
    return calibrate(case, rows, budget=BUDGET, seed=4)


def same(a: Futures, b: Futures) -> bool:
    pairs = zip(dataclasses.astuple(a), dataclasses.astuple(b), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def test_the_same_seed_gives_the_same_posterior_on_one_thread_or_two(
    case: Case, rows: list[dict], made: Calibration
) -> None:
    again = calibrate(case, rows, budget=BUDGET, seed=4, jobs=1)
    assert same(again.population.futures, made.population.futures)
    other = calibrate(case, rows, budget=BUDGET, seed=5)
    assert not same(other.population.futures, made.population.futures)


def test_the_budget_is_kept_and_the_posterior_is_reached(made: Calibration) -> None:
    assert made.population.runs <= BUDGET
    assert made.population.beta == 1
    assert distinct(made.population.futures) >= kish_of_draws(made.population.futures) > 50


def test_the_posterior_is_narrower_than_the_prior_where_the_reports_speak(made: Calibration) -> None:
    ratio = {row["name"]: row["ratio"] for row in made.parameters()}
    assert ratio["opening_factor_hub"] < 0.7
    assert made.payload()["width_ratio"] < 1


class StopError(Exception):
    """An interruption."""


def test_an_interrupted_calibration_goes_on_to_the_same_result(
    case: Case, rows: list[dict], made: Calibration, tmp_path: Path
) -> None:
    ran = []

    def interrupt(done: int, _total: int) -> None:
        ran.append(done)
        if len(ran) == 3:
            raise StopError

    with pytest.raises(StopError):
        calibrate(case, rows, budget=BUDGET, seed=4, work=tmp_path, say=interrupt)
    steps: list[int] = []
    after = calibrate(case, rows, budget=BUDGET, seed=4, work=tmp_path, say=lambda done, _total: steps.append(done))
    assert steps[0] > ran[-1], "finished steps are not run again"
    assert same(after.population.futures, made.population.futures)


def test_steps_of_another_calibration_are_not_gone_on_with(case: Case, rows: list[dict], tmp_path: Path) -> None:
    small = 2000
    calibrate(case, rows, budget=small, seed=1, work=tmp_path)
    fresh = calibrate(case, rows, budget=small, seed=2)
    assert same(calibrate(case, rows, budget=small, seed=2, work=tmp_path).population.futures, fresh.population.futures)


def test_a_miss_is_explained_by_its_side_and_what_pulls_against_it(case: Case, rows: list[dict]) -> None:
    far = {**rows[4], "best": 30.0, "reliability": "A"}  # days of stock that no prior future holds
    made = calibrate(case, [*rows[:4], far], budget=2000, seed=1)
    assert [row.target_id for row in made.gate if not row.inside_99] == ["T7"]
    (miss,) = [row for row in misses(made) if row["target_id"] == "T7"]
    assert "too low" in miss["reason"]
    assert "0% of the prior" in miss["reason"]


def test_until_hides_targets_known_later_or_still_under_way(case: Case, rows: list[dict]) -> None:
    day = rows[1]["date_end"]  # the eighth day; T0, T3 and T7 end later
    late = {**rows[3], "known_date": rows[0]["date_end"]}  # T6 ends on the third day and becomes known on the twelfth
    made = calibrate(case.known_until(day), [*rows[:3], late, rows[4]], budget=2000, seed=1)
    assert {row["target_id"] for row in made.simulator.targets} == {"T2"}
    in_time = calibrate(case.known_until(day), rows, budget=2000, seed=1)
    assert {row["target_id"] for row in in_time.simulator.targets} == {"T2", "T6"}
    assert made.simulator.days == max((row["date_end"] - case.header.start).days + 1 for row in made.simulator.targets)


def test_a_target_of_an_unknown_place_is_not_modelled(case: Case) -> None:
    sim = Simulator(case, [target(0, best=1.0), target(6, place="atlantis", best=1.0), target(6, variable="mood")])
    assert [row["target_id"] for row in sim.targets] == ["T0"]
    assert len(sim.not_modelled) == 2


def test_nothing_to_calibrate_to_and_too_small_a_budget_are_refused(case: Case, rows: list[dict]) -> None:
    with pytest.raises(UsageError, match="None of the targets"):
        calibrate(case, [target(6, place="atlantis", best=1.0)], budget=2000)
    with pytest.raises(UsageError, match="at least 2000"):
        calibrate(case, rows, budget=10)


def test_population_grows_with_the_budget_within_bounds() -> None:
    assert population_size(2000) == 256
    assert population_size(200_000) % 256 == 0
    assert population_size(10**9) == 4096


def test_what_a_budget_holds_beyond_enough_futures_goes_into_moves() -> None:
    assert [moves_of(budget) for budget in (2000, 60_000, 200_000, 5_000_000)] == [4, 4, 8, 50]
    sampler = dataclasses.replace(plain_sampler(lambda z: z[0], lambda x: -0.5 * x[0] ** 2), moves=7)
    start = np.random.default_rng(1).standard_normal((1, 64))
    assert sampler.step(sampler.open(start, 0)).runs == 64 * (1 + 7)


def country_folder(rows: list[dict], folder: Path) -> Path:
    """The small country as a folder with its reports."""
    shutil.copytree(BUNDLED / "toy_road", folder)
    text = (folder / "parameters.csv").read_text().splitlines()
    header = "parameter,distribution,low,best,high,source,confidence"
    lines = [header]
    unknown = {row["parameter"]: row for row in small_country().rows("parameters") if row["distribution"] != "fixed"}
    for line in text[1:]:
        name, shape, best = line.split(",")[:3]
        row = unknown.get(name)
        if row:
            lines.append(f"{name},{row['distribution']},{row['low']},{row['best']},{row['high']},judgement,E")
        else:
            lines.append(f"{name},{shape},,{best},,judgement,E")
    (folder / "parameters.csv").write_text("\n".join(lines) + "\n")
    write_table(folder / "targets.csv", TARGETS, rows)
    return folder


def test_the_verb_writes_a_posterior_that_a_run_uses(rows: list[dict], tmp_path: Path) -> None:
    folder = country_folder(rows, tmp_path / "country")
    out = tmp_path / "fit"
    result = CliRunner().invoke(command, [str(folder), "--budget", str(BUDGET), "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    payload = json.loads(result.output)
    assert {"parameters", "variants", "coverage_50", "coverage_90", "runs", "seconds"} <= payload.keys()
    assert {"name", "prior_p05", "prior_p95", "p05", "p50", "p95", "identified"} <= payload["parameters"][0].keys()
    assert "opening_factor_hub" in payload["leading"]
    assert all(row["reason"] for row in payload["misses"])
    draws = read_posterior(out / "posterior")
    assert (out / "targets.md").read_text().count("\n| T") == len(rows)

    shutil.copytree(out / "posterior", folder / "posterior")
    ensemble = make_ensemble(folder, members=300)
    assert ensemble.provenance().prior == draws.label
    values = ensemble.open(0).parameters
    column = draws.values["opening_factor_hub"].astype(np.float32)
    assert np.isin(values["opening_factor_hub"], column).all()
    together = {(a, b) for a, b in zip(column, draws.values["demand_factor"].astype(np.float32), strict=True)}
    pairs = zip(values["opening_factor_hub"], values["demand_factor"], strict=True)
    assert all(pair in together for pair in pairs), "unknowns of one draw stay together"
    assert make_ensemble(folder, unknowns="prior").provenance().prior == "prior"
    fixed = make_ensemble(folder, settings=["opening_factor_hub=1.1"]).open(0).parameters["opening_factor_hub"]
    assert np.all(fixed == np.float32(1.1)), "--set wins over the posterior"
    early = make_ensemble(ensemble.case.known_until(rows[0]["date_end"]))
    assert early.posterior is None
    assert "knows what became known" in early.why_prior


def test_shards_and_chunks_agree_on_the_draws(made: Calibration, tmp_path: Path) -> None:
    from citerne.calibrate.deliver import write_draws

    write_draws(made, made.simulator.case, tmp_path)
    posterior = read_posterior(tmp_path)
    setup = made.simulator.setup
    whole = parameters_of(setup, np.arange(600, dtype=np.uint32), 7, posterior)
    part = parameters_of(setup, np.arange(250, 300, dtype=np.uint32), 7, posterior)
    assert all(np.array_equal(whole[name][250:300], part[name]) for name in whole)
    n = len(next(iter(posterior.values.values())))
    rows, _which = posterior.rows_of(np.arange(n, dtype=np.uint32), 7, setup.combinations)
    assert len(set(rows.tolist())) == n, "any n members in a row meet each draw once"


def test_a_run_meets_the_luck_of_the_record_and_then_its_own(made: Calibration, tmp_path: Path) -> None:
    from citerne.calibrate.deliver import chosen_draws, write_draws

    case, days = made.simulator.case, 24
    write_draws(made, case, tmp_path)
    until = (read_posterior(tmp_path).until - case.header.start).days + 1
    assert 0 < until < days
    lost = {}
    for name, seed, fresh in (("one", 1, False), ("two", 2, False), ("fresh", 1, True)):
        results = make_ensemble(
            case, members=256, seed=seed, days=days, unknowns=str(tmp_path), fresh_luck=fresh
        ).run()[0]
        series = results.series("trucks_destroyed_cumulative", "roadland")
        n = len(chosen_draws(made))
        lost[name] = np.sort(series[:, : min(n, 256)], axis=1)
    # every draw once: the same set of pasts whatever the seed, other futures
    assert np.array_equal(lost["one"][until - 1], lost["two"][until - 1])
    assert not np.array_equal(lost["one"][days - 1], lost["two"][days - 1])
    assert not np.array_equal(lost["one"][until - 1], lost["fresh"][until - 1])
    reported = made.population.futures.statistics[2, chosen_draws(made)]  # lost by the last report of losses
    day = (made.simulator.targets[2]["date_end"] - case.header.start).days
    assert np.array_equal(lost["one"][day], np.sort(reported)), "the past of a run is that of the calibration"


def test_changed_priors_send_a_run_back_to_them(rows: list[dict], made: Calibration, tmp_path: Path) -> None:
    from citerne.calibrate.deliver import write_draws

    folder = country_folder(rows, tmp_path / "country")
    write_draws(made, made.simulator.case, folder / "posterior")
    assert make_ensemble(folder).posterior is not None
    text = (folder / "parameters.csv").read_text()
    assert "opening_factor_hub,lognormal,0.7" in text
    (folder / "parameters.csv").write_text(
        text.replace("opening_factor_hub,lognormal,0.7", "opening_factor_hub,lognormal,0.6")
    )
    ensemble = make_ensemble(folder)
    assert ensemble.posterior is None
    assert "priors have changed since the posterior was made (opening_factor_hub)" in ensemble.why_prior


def test_a_run_says_where_its_unknowns_come_from(tmp_path: Path) -> None:
    out = ["--members", "4", "--days", "3", "--no-report"]
    result = CliRunner().invoke(run_command, ["toy_road", *out, "--out", str(tmp_path / "a")])
    assert "Unknowns: priors" in result.output


def test_a_malformed_targets_file_lists_all_faults(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    good = {**target(0, best=1.0), "obs_ids": "", "note": ""}
    write_table(path, TARGETS, [
        {**good, "target_id": "A", "best": None}, {**good, "target_id": "B", "bound": "about"},
        {**good, "target_id": "C", "date_end": good["date_start"].replace(year=2024)},
        {**good, "target_id": "D", "reliability": "Z"},
    ])  # fmt: skip
    with pytest.raises(DataError) as error:
        read_targets(path)
    assert [fault.row for fault in error.value.faults] == [2, 3, 4, 5]
    result = CliRunner().invoke(command, ["toy_road", "--targets", str(path)])
    assert isinstance(result.exception, DataError)
