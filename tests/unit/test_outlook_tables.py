"""Tables of the outlook: the general ones that ship, and how faults and gaps are told."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from citerne.base.errors import DataError, UsageError
from citerne.case.case import BUNDLED
from citerne.cli.facts import command as facts_command
from citerne.cli.outlook import command as outlook_command
from citerne.metrics.belief import two_digits
from citerne.metrics.survival import rate_posterior
from citerne.outlook.assess import outlook
from citerne.outlook.facts import facts
from citerne.outlook.inputs import DEFAULTS, read_evidence
from citerne.schema.tables_outlook import HYPOTHESES, OUTCOMES, OUTLOOK_TABLES

MALI = BUNDLED / "mali"
TODAY = dt.date(2025, 11, 30)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A folder with the outlook tables of Mali and nothing else: the other tables belong to other tests."""
    (tmp_path / "case.yaml").write_text("", encoding="utf-8")
    for table in OUTLOOK_TABLES:
        source = MALI / f"{table.name}.csv"
        if source.exists():
            shutil.copy(source, tmp_path)
    return tmp_path


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A case without any table of the outlook."""
    (tmp_path / "case.yaml").write_text("", encoding="utf-8")
    return tmp_path


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_printed_base_rate_follows_from_its_counts():
    rows = read_evidence(DEFAULTS).tables["base_rates"]
    counted = [row for row in rows if row["kind"] != "quoted" and row["figure"] is not None]
    assert len(counted) > 20
    for row in counted:
        places = len(f"{row['figure']:g}".partition(".")[2])
        assert round(row["ends"] / row["exposure"], places) == row["figure"], row["base_rate"]


def test_every_printed_interval_follows_from_its_counts():
    rows = [row for row in read_evidence(DEFAULTS).tables["base_rates"] if row["figure_low"] is not None]
    assert len(rows) >= 10
    for row in rows:
        found = rate_posterior(row["ends"], row["exposure"]).interval(0.95)
        for value, printed in zip(found, (row["figure_low"], row["figure_high"]), strict=True):
            places = max(len(f"{printed:g}".partition(".")[2]), 3)
            assert round(value, places) == printed, row["base_rate"]


def test_a_case_without_tables_still_has_base_rates_and_says_what_is_missing(bare):
    found = outlook(bare)
    assert set(found["missing"]) == {"judgement_factors", "warning_signs", "indicators", "indicator_evidence"}
    assert found["cumulative"] == found["cumulative_base"]
    assert {row["outcome"] for row in found["cumulative"]} == set(OUTCOMES)
    assert [row["posterior"] for row in found["after_takeover"]] == [0.25] * 4
    assert any("judgement_factors.csv" in text for text in found["remarks"])
    assert set(facts(bare)["missing"]) == {"actors", "timeline", "claims", "events"}


def test_no_judgement_gives_the_base_rates_back(case):
    alone, judged = outlook(case, judgement=False), outlook(case)
    assert alone["cumulative"] == alone["cumulative_base"] == judged["cumulative_base"]
    assert judged["cumulative"] != judged["cumulative_base"]


def test_the_siege_of_the_capital_is_an_explicit_factor_of_two(case):
    (collapse,) = (row for row in outlook(case)["hazards"] if row["outcome"] == "collapse")
    (siege,) = (factor for factor in collapse["factors"] if factor["id"] == "siege_of_capital")
    assert (siege["low"], siege["best"], siege["high"], siege["applied"]) == (1, 2, 5, True)
    assert collapse["base"] == 0.046
    assert collapse["base_rate"]["ends"] == 10
    assert collapse["base_rate"]["exposure"] == 216


@pytest.mark.parametrize("name", ["indicator_evidence.csv", "indicators.csv"])
def test_emptying_the_board_returns_the_flat_prior(case, name):
    table = case / name
    assert [row["posterior"] for row in outlook(case)["after_takeover"]] != [0.25] * 4
    table.write_text(table.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert [row["posterior"] for row in outlook(case)["after_takeover"]] == [0.25] * 4


def test_an_edited_prior_is_used(case):
    shutil.copy(DEFAULTS / "hypotheses.csv", case)
    replace_in(case / "hypotheses.csv", "hts_like,0.25", "hts_like,0.4")
    replace_in(case / "hypotheses.csv", "negotiated,0.25", "negotiated,0.1")
    assert [row["prior"] for row in outlook(case)["after_takeover"]] == [0.4, 0.25, 0.25, 0.1]


def test_nothing_known_later_is_used(case):
    early = outlook(case, as_of=dt.date(2025, 9, 1))
    assert [row["posterior"] for row in early["after_takeover"]] == [0.25] * 4
    assert not any(factor["id"] == "siege_of_capital" for row in early["hazards"] for factor in row["factors"])
    known = facts(case, as_of=dt.date(2025, 9, 1))
    assert known["claims"] == []
    assert max(row["date"] for row in known["events"]) <= dt.date(2025, 9, 1)


def test_every_probability_shown_has_two_digits(case):
    found = outlook(case)
    shown = [row[key] for row in found["cumulative"] for key in ("p05", "p50", "p95")]
    shown += [row[key] for row in found["hazards"] for key in ("base", "with_judgement", "p05", "p50", "p95")]
    shown += [row[key] for row in found["after_takeover"] for key in ("prior", "posterior", "lowest", "highest")]
    assert all(two_digits(value) == value for value in shown)


def test_the_same_seed_gives_the_same_outlook_and_another_gives_another(case):
    assert outlook(case, seed=4) == outlook(case, seed=4)
    assert outlook(case, seed=4, draws=200)["hazards"] != outlook(case, seed=5, draws=200)["hazards"]


def test_all_faults_are_told_at_once(case):
    shutil.copy(DEFAULTS / "hypotheses.csv", case)
    replace_in(case / "hypotheses.csv", "hts_like,0.25", "hts_like,0.3")
    replace_in(case / "judgement_factors.csv", "siege_of_capital,collapse,1,2,5", "siege_of_capital,collapse,3,2,5")
    replace_in(case / "indicators.csv", ",4,1,2.5,0.05,1,network", ",4,1,2.5,0.5,1,network")
    replace_in(case / "claims.csv", "timeline:ML-T09", "timeline:ML-T99")
    with pytest.raises(DataError) as caught:
        read_evidence(case)
    assert {fault.file for fault in caught.value.faults} == {
        "hypotheses.csv", "judgement_factors.csv", "indicators.csv", "claims.csv"
    }  # fmt: skip


def test_a_base_rate_of_the_case_replaces_the_general_one(case):
    row = "war_junta_insurgents,x,x,rate,,1,100,,,,per year,judgement,judgement,2025,E,\n"
    with (case / "base_rates.csv").open("a", encoding="utf-8") as file:
        file.write(row)
    (collapse,) = (found for found in outlook(case)["hazards"] if found["outcome"] == "collapse")
    assert collapse["base"] == 0.01


@pytest.mark.parametrize("wrong", [{"months": 0}, {"months": 121}, {"draws": 3}])
def test_a_wrong_horizon_is_a_usage_error(case, wrong):
    with pytest.raises(UsageError):
        outlook(case, **wrong)


def test_the_outlook_verb_prints_one_json_object(case):
    result = CliRunner().invoke(outlook_command, [str(case), "--json", "--months", "6"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"hazards", "cumulative", "indicators", "after_takeover"} <= set(found)
    assert {row["month"] for row in found["cumulative"]} == set(range(1, 7))
    assert set(found["cumulative"][0]) == {"outcome", "month", "p05", "p50", "p95"}
    assert {"id", "evidence", "lr", "source"} <= set(found["indicators"][0])
    assert [row["hypothesis"] for row in found["after_takeover"]] == list(HYPOTHESES)


def test_the_facts_verb_prints_one_json_object(case):
    result = CliRunner().invoke(facts_command, [str(case), "--claims", "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"events", "actors", "claims"} <= set(found)
    assert {"id", "claim", "verdict", "evidence"} <= set(found["claims"][0])


def test_the_verbs_read_well_without_json(case):
    text = CliRunner().invoke(outlook_command, [str(case)]).stdout
    assert "Collapse to the armed group" in text
    assert "10 in 216 years" in text
    assert "The capital is under siege" in text
    text = CliRunner().invoke(facts_command, [str(case), "--claims"]).stdout
    assert "CONTRADICTED" in text
    assert "Timeline" not in text
