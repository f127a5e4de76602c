"""The evidence base of Mali: every claim judged, every row sourced, every reference leads somewhere."""

from __future__ import annotations

import csv
import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import pytest

from citerne.base.errors import Faults
from citerne.base.text import use_language
from citerne.case.case import BUNDLED, load
from citerne.model.levers import case_settings, lay_plan
from citerne.outlook.assess import outlook
from citerne.outlook.facts import facts
from citerne.outlook.inputs import read_evidence
from citerne.schema.read import read_table
from citerne.schema.tables_outlook import OUTCOMES, OUTLOOK_TABLES

MALI = BUNDLED / "mali"
SHARED = Path(os.environ.get("CITERNE_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data" / "mali"
RECORD_END = dt.date(2025, 11, 30)
RAW_KEYS = {"events": "event_id", "observations": "obs_id", "targets": "target_id", "figures": "name"}
RAW_FILES = {"figures": "parameters"}


@pytest.fixture(scope="module")
def found():
    return facts(MALI)


def test_at_least_twenty_claims_are_listed_and_twelve_judged(found):
    assert len(found["claims"]) >= 20
    assert sum(claim["verdict"] != "unverified" for claim in found["claims"]) >= 12


def test_every_claim_has_a_source_other_than_the_article_or_says_unverified(found):
    for claim in found["claims"]:
        assert claim["source"], claim["id"]
        if claim["verdict"] == "unverified":
            assert "unverified" in claim["source"], claim["id"]
        assert "Nation Under Siege" not in claim["source"]


def test_every_supported_or_contradicted_claim_names_evidence_or_an_outside_source(found):
    for claim in found["claims"]:
        if claim["verdict"] in ("supported", "contradicted"):
            assert claim["evidence"] or claim["source_date"], claim["id"]


def test_the_ninety_five_percent_claim_is_contradicted_by_its_own_figure(found):
    (claim,) = (row for row in found["claims"] if "95" in row["claim"])
    assert claim["verdict"] == "contradicted"
    assert {"figures:imports_exposed_to_blockade", "events:ML-E035"} <= {item["id"] for item in claim["evidence"]}


def test_the_timeline_begins_with_the_conflict_and_ends_with_the_record(found):
    days = [row["date"] for row in found["events"]]
    assert min(days).year == 2012
    assert max(days) <= RECORD_END
    assert all(row["source"] for row in found["events"])


def test_the_actors_named_by_the_case_are_there(found):
    named = {row["id"] for row in found["actors"]}
    assert {
        "jnim", "ansar_dine", "katiba_macina", "al_mourabitoun", "aqim_sahara", "fla", "transition", "fama", "wagner",
        "africa_corps", "ecowas", "aes", "france", "minusma", "senegal", "cote_divoire", "niger", "burkina_faso",
    } <= named  # fmt: skip
    assert {actor for row in found["events"] for actor in row["actors"] if row["id"].startswith("ML-T")} <= named


def test_every_text_stands_in_both_languages():
    for table in OUTLOOK_TABLES:
        rows = read_table(MALI / f"{table.name}.csv", table, Faults()) if (MALI / f"{table.name}.csv").exists() else ()
        pairs = [column.name[:-3] for column in table.columns if column.name.endswith("_en")]
        for row in rows:
            assert all(row[f"{stem}_en"] != row[f"{stem}_fr"] or stem == "name" for stem in pairs), row


def test_the_language_in_use_is_the_language_read():
    use_language("fr")
    try:
        assert "Bamako manque de carburant" in facts(MALI)["claims"][0]["claim"]
        assert any(row["name"] == "Coup d’État" for row in outlook(MALI, months=1, draws=100)["hazards"])
    finally:
        use_language("en")


def test_every_reference_leads_to_a_row_of_the_record():
    if not SHARED.exists():
        pytest.skip(f"the raw record is not at {SHARED}; set CITERNE_SHARED")
    known = {}
    for table, key in RAW_KEYS.items():
        path = SHARED / f"{RAW_FILES.get(table, table)}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            known[table] = {row[key] for row in csv.DictReader(file)}
    evidence = read_evidence(MALI)
    checked = 0
    for table in OUTLOOK_TABLES:
        for row in evidence.tables[table.name]:
            for reference in str(row.get("evidence") or "").split():
                name, _colon, key = reference.partition(":")
                if name in known:
                    assert key in known[name], reference
                    checked += 1
    assert checked > 60


def test_the_board_rests_on_dated_evidence_of_the_record():
    board = {row["id"]: row for row in outlook(MALI, months=1, draws=100)["indicators"]}
    assert len(board) == 14
    (veil,) = board["dress_patrols"]["evidence"]
    assert veil["date"] == dt.date(2025, 10, 17)
    assert board["dress_patrols"]["lr"] == 0.35
    assert board["keeps_deals"]["lr"] == 1.5
    assert board["women_barred"]["lr"] == 1  # unclear
    assert board["civil_cabinet"]["lr"] == 1  # nobody reported on it


def test_embassy_drawdowns_carry_a_stated_weight():
    (collapse,) = (row for row in outlook(MALI, months=1, draws=100)["hazards"] if row["outcome"] == "collapse")
    signs = {sign["id"]: sign for sign in collapse["signs"]}
    assert signs["us_drawdown"]["applied"]
    assert 0 < signs["us_drawdown"]["weight"] < 0.5  # four embassies follow one another, so each counts less
    assert not signs["ministers_abroad"]["applied"]


def test_the_ends_add_up_in_the_middle_of_the_draws():
    found = outlook(MALI, months=12)
    year = {row["outcome"]: row for row in found["cumulative"] if row["month"] == 12}
    assert set(year) == set(OUTCOMES)
    assert all(row["p05"] <= row["p50"] <= row["p95"] for row in year.values())


def test_demands_on_record_set_the_part_that_is_met_from_their_days_on() -> None:
    case = load("mali")
    rows = [dict(row) for row in case.rows("demands")]
    assert {row["demand"] for row in rows} >= {"public_channel", "prisoners", "village_fuel", "veil"}
    start = case.header.start
    for row, met, days in zip(rows, (1.0, 0.5, 0.0, 1.0), (0, 3, 3, 5), strict=True):
        row |= {"weight": 2.0, "met": met, "met_date": start + dt.timedelta(days=days) if days else None}
    changed = replace(case, tables={**case.tables, "demands": tuple(rows)})
    plan = lay_plan(changed, 8, case_settings(changed, {}))["demands_met"][0]
    assert plan.tolist() == [0.25, 0.25, 0.25, 0.375, 0.375, 0.625, 0.625, 0.625]


def test_the_demands_of_mali_are_on_record_and_none_is_met_by_the_end_of_it() -> None:
    case = load("mali")
    assert lay_plan(case, 98, case_settings(case, {}))["demands_met"].max() == 0
    found = facts(MALI)["demands"]
    assert all(row["evidence"][0]["text"] for row in found)
