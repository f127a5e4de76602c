"""What the report says of people, of the state, of a plan, of observations: the numbers are those of the run."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from citerne.base.errors import DataError
from citerne.case.case import load
from citerne.metrics.risk import chance_above
from citerne.outlook.assess import outlook
from citerne.outlook.facts import facts
from citerne.report import actions, people, politics, targets
from citerne.report.beside import Beside, read_json_beside
from citerne.report.evidence import spreads
from citerne.report.page import gather, report_html, write_report
from citerne.report.public import public_view
from citerne.report.view import detailed_view
from report_runs import a_plan, made_up_run


@pytest.fixture(scope="module")
def mali():
    return load("mali")


@pytest.fixture(scope="module")
def run(mali):
    return made_up_run(mali, days=180, members=100)


def shown(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_days_without_hospital_are_person_days_over_people_served(run, mali):
    view = detailed_view(run, mali)
    served = sum(r["people_served"] for r in mali.rows("facilities") if r["kind"] in ("hospital", "clinic"))
    lost = run.series("person_days_unserved", "mali", "hospital")[: view.now + 1].sum(axis=0, dtype=np.float64)
    np.testing.assert_allclose(people.days_without(view, "hospital"), lost / served, rtol=1e-6)
    first = people.effects(view)[0]
    assert first.middle == pytest.approx(np.median(lost / served))


def test_facilities_that_stop_after_today_have_not_stopped(run, mali):
    view = detailed_view(run, mali)
    stops = run.series("facility_stop_day", "hospitals_bamako")[view.now]
    row = next(r for r in people.first_to_stop(run, view.now) if r.facility == "hospitals_bamako")
    assert row.chance == pytest.approx(np.mean(stops > 0))
    whole = next(r for r in people.first_to_stop(run) if r.facility == "hospitals_bamako")
    assert whole.chance > row.chance


def test_the_chance_of_a_far_higher_street_price_is_told_by_week(run, mali):
    weeks = chance_above(run)
    text = shown(people.annex(detailed_view(run, mali)))
    for week in (weeks[0], weeks[9], weeks[-1]):
        counts = [round(100 * share) for share in (week.in_week, week.by_then)]
        assert re.search(rf"{week.first_day.isoformat()} .*?{counts[0]} of 100 futures {counts[1]} of 100", text)


def test_a_run_without_these_series_says_so(run, mali):
    kept = [k for k, key in enumerate(run.keys) if key.variable == "stock_days"]
    short = dataclasses.replace(run, keys=tuple(run.keys[k] for k in kept), values=run.values[:, kept])
    view = detailed_view(short, mali)
    assert "Not computed in this run." in people.section(view, None)
    assert people.sentences(view) == []
    assert "verb outlook gives chances" in politics.section(view)
    assert "Civilian harm was not computed in this run." in politics.section(view)


def test_harm_by_either_side_stands_with_its_meaning_and_source(run, mali):
    view = detailed_view(run, mali)
    text = shown(politics.section(view))
    for side, words in (("armed_group", "by the armed group"), ("state_side", "by the state side")):
        killed = run.series("civilians_killed", "mali", side)[: view.now + 1].sum(axis=0, dtype=np.float64)
        assert f"Civilians killed {words} {round(np.median(killed))} " in text
        assert view.priors[politics.BASIS[side]].source in text
    assert "not a count" in text
    assert "1 is day 0" in text


def test_chances_of_an_end_stand_with_and_without_judgement_and_two_digits_at_most(run, mali):
    found = outlook(mali.folder, run=run)
    text = shown(politics.section(detailed_view(run, mali, Beside(outlook=found))))
    months = politics.whole_months(detailed_view(run, mali))
    deal = {name: next(r for r in found[name] if (r["outcome"], r["month"]) == ("deal", months))
            for name in ("cumulative", "cumulative_base")}  # fmt: skip
    row = re.search(r"Deal ([\d.]+) % \(.*?\) ([\d.]+) % \(.*?\) ([\d.]+) %", text)
    assert float(row[1]) == pytest.approx(100 * deal["cumulative_base"]["p50"], rel=0.06)
    assert float(row[2]) == pytest.approx(100 * deal["cumulative"]["p50"], rel=0.06)
    assert float(row[3]) == pytest.approx(10, abs=0.01)  # one future in ten reaches it
    for number in re.findall(r"([\d.]+) %", text):
        assert len(number.replace(".", "").strip("0")) <= 2


def test_the_annex_holds_board_hazards_and_claims_with_verdicts(run, mali):
    beside = Beside(outlook=outlook(mali.folder, run=run), facts=facts(mali.folder))
    text = shown(report_html(gather(run, mali, beside=beside), "full"))
    claims = beside.facts["claims"]
    assert sum(claim["claim"][:40] in text for claim in claims) == len(claims) >= 20
    for row in beside.outlook["indicators"]:
        assert row["text"] in text
    assert "they are no chance of a take-over" in text


def test_the_public_annex_keeps_private_files_and_names_out(run, mali):
    beside = Beside(outlook=outlook(mali.folder, run=run), facts=facts(mali.folder), plan=a_plan())
    text = shown(report_html(gather(run, mali, True, beside), "full"))
    assert "Escorted columns" not in text
    assert "hospitals_bamako" not in text
    assert "Hospitals, Bamako" not in text
    assert public_view(run, mali, beside).beside.plan is None
    assert "Without hospital or clinic power" in text


def test_a_plan_is_told_with_gain_interval_worst_variant_and_what_is_worth_it(run, mali):
    view = detailed_view(run, mali, Beside(plan=a_plan()))
    text = shown(actions.section(view, 9))
    assert "3.6 (3.5–3.8, 90 % interval) days of cover at the hub, lowest, better in 97 of 100" in text
    assert "least under gamma:1: 2.2 (1.9–2.5)" in text
    assert "Southern roads (Sikasso, Bougouni) 2.5 of at most 120 tankers" in text
    assert "Western roads" not in text  # a column in two years is no advice, and a gain that may be nil is none
    assert "one more column, Southern roads (Sikasso, Bougouni): 0.03 (0.01–0.05)" in text
    assert "only if going now would lose 25 % more" in text


def test_the_annex_of_a_plan_holds_the_size_law_and_the_worth_by_way_and_fuel(run, mali):
    full = shown(actions.annex(detailed_view(run, mali, Beside(plan=a_plan())), "Source"))
    assert "size law 0.5 in all futures" in full
    ways, loads = full.index("One more, by way"), full.index("A consignment by")
    first = full.index("escort-day", ways)
    assert ways < first < full.index("loaded truck", ways) < loads, "the dearest stands first"
    assert "0.02 … 0.06" in full[first:loads]
    assert "−0.001 … 0.005" in full[first:loads]
    assert "wait" in full[loads:]
    older = {key: value for key, value in a_plan().items() if key not in ("by_gamma", "values_by_corridor")}
    older["wait_or_go"] = {"break_even_extra_loss": 0.25}
    assert "One more, by way" not in shown(actions.annex(detailed_view(run, mali, Beside(plan=older)), "Source"))


def test_a_report_with_a_plan_is_for_its_owner_only(run, mali, tmp_path):
    path = tmp_path / "report.html"
    write_report(run, mali, path, beside=Beside(plan=a_plan()))
    assert path.stat().st_mode & 0o077 == 0
    write_report(run, mali, tmp_path / "public.html", public=True, beside=Beside(plan=a_plan()))
    assert "Escorted columns" not in (tmp_path / "public.html").read_text("utf-8")


def test_comparison_and_stress_are_told_with_their_harm_and_their_answer(run, mali):
    road = mali.rows("roads")[0]
    row = {"variable": "stock_days", "place": "bamako", "product": "all", "unit": "days", "statistic": "min",
           "policy": "capital_first", "baseline": "recorded", "mean": 2.0, "mean_low": 1.5, "mean_high": 2.5,
           "p05": -1.0, "p95": 4.0, "probability_better": 0.9}  # fmt: skip
    worse = {**row, "variable": "displaced_new", "place": "mali", "product": "", "unit": "people", "mean": 900.0,
             "mean_low": 800.0, "mean_high": 1000.0, "probability_better": 0.01}  # fmt: skip
    selection = {"measure": "stock_days.bamako.all", "ranking": [{"policy": "capital_first", "kept": True}]}
    compare = {"baseline": "recorded", "differences": [row, worse], "selection": selection}
    cut = {"budget": 2, "segments": [road["segment"]], "supply_share_left": 0.4, "protected": [road["segment"]],
           "supply_share_left_protected": 0.7, "optimal": True}  # fmt: skip
    point = {"name": "trucks_lost", "cover_days": 2.0, "holds": None, "fails": 0.029, "as_recorded": {"reading": 0.053}}
    stress = {"cuts": [{**cut, "budget": 0}, cut], "breakpoints": [point]}
    text = shown(actions.section(detailed_view(run, mali, Beside(compare=compare, stress=stress)), 9))
    assert "Days of cover, Bamako: 2 days (1.5–2.5), better in 90 of 100; People newly displaced, Mali: 900" in text
    assert "If the worst 2 roads close 40 % of supply is left; guarding" in text
    assert "leaves 70 % at worst" in text
    drawn = actions.cuts_chart(stress, "")
    assert drawn.table.rows == (("0", "40", "70"), ("2", "40", "70"))
    full = shown(actions.annex(detailed_view(run, mali, Beside(compare=compare, stress=stress)), "Source"))
    assert "Stress test, with the protection that answers it" in full
    assert "share of trucks lost – 0.029 0.05" in full


def test_files_beside_a_run_are_read_and_all_their_faults_told(tmp_path):
    assert read_json_beside(tmp_path) == {}
    (tmp_path / "plan.json").write_text(json.dumps(a_plan()))
    assert read_json_beside(tmp_path)["plan"]["gain"]["mean"] == 3.6
    (tmp_path / "compare.json").write_text("{")
    (tmp_path / "stress.json").write_text('{"cuts": []}')
    with pytest.raises(DataError) as problem:
        read_json_beside(tmp_path)
    assert {fault.file for fault in problem.value.faults} == {"compare.json", "stress.json"}
    with pytest.raises(DataError):
        read_json_beside(tmp_path, tmp_path / "nowhere")


SCORE = {"target_id": "T1", "variable": "stock_days", "place": "bamako", "product": "all", "unit": "days", "low": None,
         "best": 5.0, "high": None, "bound": "exact", "p05": 4.0, "p25": 4.5, "p50": 5.0, "p75": 6.0, "p95": 9.0,
         "inside_50": True, "inside_90": True}  # fmt: skip
MISSED = {**SCORE, "best": 12.0, "inside_50": False, "inside_90": False}


@pytest.mark.parametrize(
    ("row", "before", "words"),
    [
        (SCORE, None, "Inside half of the futures"),
        (MISSED, None, "too low by 3 days, 1.2 of its half width; no run from the priors alone"),
        (MISSED, {**MISSED, "inside_90": True}, "the priors alone hold it, so other observations draw"),
        (MISSED, MISSED, "the priors alone do not hold it either"),
        ({**MISSED, "best": 1.0}, MISSED, "too high by 3 days"),
    ],
)
def test_a_miss_is_told_with_side_size_and_reason(run, mali, row, before, words):
    assert words in targets.verdict(row, before, detailed_view(run, mali, Beside(scores=[row])))


def test_a_rival_count_is_the_reason_where_there_is_one(run, mali):
    twins = [{**MISSED, "target_id": "MT01a"}, {**SCORE, "target_id": "MT01b"}]
    said = targets.verdict(twins[0], None, detailed_view(run, mali, Beside(scores=twins)))
    assert "MT01b is a rival count of the same thing" in said


def test_every_scored_observation_has_its_part(run, mali):
    rows = [{**SCORE, "target_id": row["target_id"]} for row in mali.rows("targets")]
    text = targets.annex(detailed_view(run, mali, Beside(scores=rows, prior_scores=rows)), "")
    assert text.count("<figure") == len(rows)
    assert "futures from the priors alone" in text


def test_the_guess_that_an_outcome_hangs_on_is_found(run, mali):
    hub = next(k for k, key in enumerate(run.keys)
               if (key.variable, key.place, key.product) == ("stock_days", "bamako", "all"))  # fmt: skip
    values = run.values.copy()
    values[:, hub] = run.parameters["hazard_per_km"] * 10
    planted = dataclasses.replace(run, values=values)
    found = spreads(detailed_view(planted, mali))[0]
    _parameter, name, share = found.inputs[0]
    assert (found.variable, name) == ("stock_days", "hazard_per_km")
    assert share > 0.95
    assert found.luck < 0.05
    text = shown(report_html(gather(planted, mali)))
    assert f"{round(100 * share)} % of the spread of Days of cover, Bamako comes from one guess" in text
