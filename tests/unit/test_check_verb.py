"""`citerne check` and `citerne schema`: what they print, as text and as JSON, and how they end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from citerne.case.case import BUNDLED, load
from citerne.case.grade import grade_case, latest_day
from citerne.case.header import Header
from citerne.cli.main import main
from citerne.schema.levers import LEVERS
from citerne.schema.outcomes import OUTCOMES
from citerne.schema.tables import CASE_TABLES

Answer = tuple[int, str, str]


@pytest.fixture
def citerne(capsys) -> Callable[..., Answer]:
    """Run the command line; exit code, stdout, stderr."""

    def call(*words: str) -> Answer:
        code = 0
        try:
            main(["--lang", "en", *words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED / "toy_road", tmp_path / "copy"))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_faults_end_with_3_and_are_listed_with_their_mend(citerne, folder):
    replace(folder / "storage.csv", "capital,gasoline,8000,4000", "capital,gasoline,8000,-4")
    replace(folder / "roads.csv", "480", "480 km")
    code, out, _err = citerne("check", str(folder))
    assert code == 3
    assert "3 fault(s)" in out
    assert "storage.csv, row 2, `opening_stock_m3`: found -4" in out
    assert "roads.csv, row 5, `length_km`: found 480 km" in out
    code, out, err = citerne("check", str(folder), "--json")
    answer = json.loads(out)
    assert (code, err) == (3, "")
    assert [fault["row"] for fault in answer["faults"]] == [4, 5, 2]
    assert set(answer["faults"][0]) == {"file", "row", "column", "found", "expected", "mend"}


def test_a_parameter_that_no_process_declares_and_a_bad_policy_are_faults(citerne, folder):
    replace(folder / "parameters.csv", "hazard_per_km", "hazard_per_kn")
    replace(folder / "policies" / "towns_cut_off.yaml", "leg_closed", "leg_close")
    code, out, _err = citerne("check", str(folder), "--json")
    assert code == 3
    assert [(f["file"], f["mend"]) for f in json.loads(out)["faults"]] == [
        ("parameters.csv", "did you mean hazard_per_km?"),
        ("towns_cut_off.yaml", "did you mean leg_closed?"),
    ]


def test_a_sound_case_is_graded(citerne, folder):
    replace(folder / "zones.csv", ",A", ",E")
    code, out, err = citerne("check", str(folder), "--json")
    answer = json.loads(out)
    assert (code, err, answer["faults"]) == (0, "", [])
    assert {"case", "faults", "grade", "guesses", "stale", "warnings"} <= set(answer)
    assert answer["grade"]["confidence"]["zones"] == {"A": 0, "B": 0, "C": 0, "D": 0, "E": 1}
    assert [(guess["file"], guess["row"], guess["key"]) for guess in answer["guesses"]] == [("zones.csv", 2, "grid")]
    assert "events" in answer["grade"]["absent"]
    code, out, _err = citerne("check", str(folder))
    assert code == 0
    assert "zones.csv: 1 from" in out


def test_a_case_that_is_not_there_is_wrong_usage(citerne):
    code, _out, err = citerne("check", "toy_rod")
    assert code == 2
    assert "did you mean toy_road" in err


def test_old_sources_are_listed_with_their_age(folder):
    head = "event_id,date,date_precision,type,role,summary,known_date,source,source_date,confidence\n"
    rows = "a,2025-01-03,day,attack,outcome,x,2025-01-02,p,2018,B\n"
    rows += "b,2025-01-03,day,attack,outcome,x,2025-01-04,p,autumn,B\n"
    (folder / "events.csv").write_text(head + rows)
    grade = grade_case(load(folder))
    assert [(item.key, item.age_years) for item in grade.stale] == [("a", 6.0)]
    assert [(q.file, q.row, q.text.split()[0]) for q in grade.questions if q.file == "events.csv"] == [
        ("events.csv", 2, "known"),
        ("events.csv", 3, "source_date"),
    ]


def test_a_source_date_means_the_last_day_it_may():
    assert [str(latest_day(text)) for text in ("2023", "2024-02", "2024-12", "2024-12-05")] == [
        "2023-12-31",
        "2024-02-29",
        "2024-12-31",
        "2024-12-05",
    ]
    assert [latest_day(text) for text in (None, "", "autumn", "2024-13", "2023-02-30")] == [None] * 5


ODD = [
    ("storage.csv", "midtown,gasoline,1000,400", "midtown,gasoline,70,70", "less than a day of gasoline"),
    ("roads.csv", "midtown,far_town,250", "midtown,far_town,20", "through the air"),
    ("roads.csv", "480,paved,9.6", "480,paved,2", "a tanker at 240 km/h"),
    ("zones.csv", "480", "700", "serves 79% of its load"),
    ("legs.csv", "midtown,capital,inner,capital>midtown", "midtown,port,inner,port>west_border>capital>midtown",
     "fed from port, which no corridor reaches"),
    ("places.csv", "5.5,1,1000", "5.55,1,1000", "coordinates finer than 0.1 degree"),
    ("places.csv", "5.5,1,1000", "5.5,1,90000000", "litres a head"),
    ("demand.csv", "capital,gasoline,private,280", "plant_town,diesel,private,1",
     "plant_town uses fuel, but no corridor, drop or leg reaches it"),
    ("demand.csv", "capital,gasoline,private,280", "capital,gasoline,private,28000", "days of need; is that so?"),
    ("supply.csv", "gasoline", "diesel", "no corridor brings gasoline"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "text"), ODD)
def test_what_looks_odd_is_asked_about(folder, file, old, new, text):
    before = {str(question) for question in grade_case(load(folder)).questions}
    assert not any(text in question for question in before)
    replace(folder / file, old, new)
    if file == "supply.csv":  # keep the shares sound: all trade in diesel
        rows = "west_road,diesel,0.6,x,A\neast_road,diesel,0.4,x,A\n"
        (folder / file).write_text("corridor,product,share,source,confidence\n" + rows)
    found = [str(question) for question in grade_case(load(folder)).questions]
    assert any(text in question for question in found), found


def test_targets_that_cannot_be_scored_are_named(citerne, folder):
    head = "target_id,variable,place,date_start,date_end,aggregation,best,unit,bound,reliability,known_date\n"
    rows = (
        "a,fuel_mood,capital,2025-01-02,2025-01-03,mean,2,,exact,B,2025-01-04\n"
        "b,stock_days,atlantis,2025-01-02,2025-01-03,mean,2,weeks,exact,B,2025-01-04\n"
        "c,stock_days,roadland,2024-01-02,2025-01-03,mean,2,days,exact,B,2025-01-04\n"
    )
    (folder / "targets.csv").write_text(head + rows)
    answer = json.loads(citerne("check", str(folder), "--json")[1])
    assert answer["not_modelled"] == ["a", "b"]
    assert [(w["row"], w["text"].split(",")[0]) for w in answer["warnings"] if w["file"] == "targets.csv"] == [
        (2, "fuel_mood is not in the catalogue of outcomes"),
        (3, "atlantis is no place"),
        (3, "unit weeks"),
        (4, "the window leaves the record of the case"),
    ]


def test_schema_lists_every_table_outcome_and_lever(citerne):
    tables = json.loads(citerne("schema", "--json")[1])["tables"]
    assert {table.name for table in CASE_TABLES} <= {table["table"] for table in tables}
    assert all(table["meaning"] and all(column["meaning"] for column in table["columns"]) for table in tables)
    outcomes = json.loads(citerne("schema", "outcomes", "--json")[1])["outcomes"]
    assert [row["variable"] for row in outcomes] == [outcome.name for outcome in OUTCOMES]
    levers = json.loads(citerne("schema", "levers", "--json")[1])["levers"]
    assert [row["lever"] for row in levers] == [lever.name for lever in LEVERS]
    storage = json.loads(citerne("schema", "storage", "--json")[1])
    assert [column["column"] for column in storage["columns"]][:3] == ["place", "product", "capacity_m3"]
    case = json.loads(citerne("schema", "case", "--json")[1])
    assert set(case["properties"]) == set(Header.model_fields)


@pytest.mark.parametrize("what", ["tables", "storage", "outcomes", "levers", "case", "policy"])
def test_schema_prints_for_people_too(citerne, what):
    code, out, err = citerne("schema", what)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) >= 4


def test_an_unknown_table_gets_a_mend(citerne):
    code, _out, err = citerne("schema", "storag")
    assert code == 2
    assert "did you mean storage?" in err
