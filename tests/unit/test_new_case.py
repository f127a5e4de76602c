"""A new case from whatever is known is complete, runs, and says of every guess that it is one."""

from __future__ import annotations

import contextlib
import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from exchange_files import acled_current, gppd

import citerne
from citerne.base.errors import DataError, UsageError
from citerne.case.case import Case, load
from citerne.case.grade import grade_case
from citerne.cli.main import main
from citerne.exchange.find_out import MEMBERS, USUAL, page, ranked, usual
from citerne.exchange.known import Fuel, Known, Source
from citerne.exchange.new_case import build_case
from citerne.exchange.questionnaire import read_answers, write_template
from citerne.model.check import load_checked

TOWNS = "name,population,latitude,longitude\nPort Azur,200000,10,20\nMont,50000,10.4,20.3\nVal,30000,10.2,19.6\n"


def verb(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    """What `citerne new ... --json` prints."""
    with contextlib.suppress(SystemExit):  # what it prints tells whether it went well
        main(["new", *map(str, words), "--start", "2026-01-01", "--json"])
    out: dict[str, Any] = json.loads(capsys.readouterr().out)
    return out


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def runs(folder: Path) -> citerne.Results:
    """A small run; the ledger closes in every future."""
    results = citerne.run(folder, members=8, days=40)
    assert max(results.balance.values()) == 0
    return results


def assert_open(case: Case) -> None:
    """Whatever is a judgement or a generic prior is an E, and nothing that nobody gave is anything else."""
    for table, rows in case.tables.items():
        for row in rows:
            if "confidence" in row and str(row["source"]).startswith(("judgement", "generic prior")):
                assert row["confidence"] == "E", (table, row)
    grade = grade_case(case, 5.0)
    assert grade.totals["A"] == grade.totals["B"] == 0
    assert grade.totals["E"] > 150


def test_an_island_from_a_population_table_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    towns = file(tmp_path, "towns.csv", TOWNS)
    said = verb(capsys, "Azur Island", "--population", towns, "--out", tmp_path / "azur", "--no-rank")
    case = load_checked(tmp_path / "azur")
    assert_open(case)
    assert case.header.country == "azur_island"
    assert case.header.hub == said["hub"] == "port_azur"
    (way,) = case.rows("corridors")
    assert way["path"] == ("sea_port_azur", "port_azur")
    need = sum(r["demand_m3_per_day"] for r in case.rows("demand")) / len({r["product"] for r in case.rows("demand")})
    assert way["parcel_m3"] == pytest.approx(14 * need, rel=0.01)  # a ship of one product holds a fortnight
    assert ["port_azur" in remark for remark in said["remarks"]] == [True, True]  # the hub, and that fuel comes by sea
    assert runs(tmp_path / "azur").series("imports_volume", "azur_island", "all").sum() > 0


def answered(folder: Path, cells: dict[str, list[list[Any]]], facts: dict[str, str]) -> Path:
    """A filled questionnaire."""
    write_template(folder / "questions.xlsx", "Testland")
    book = openpyxl.load_workbook(folder / "questions.xlsx")
    for row in book["country"].iter_rows(min_row=2):
        row[1].value = facts.get(row[0].value)
    for sheet, rows in cells.items():
        for cells_of_row in rows:
            book[sheet].append(cells_of_row)
    book.save(folder / "questions.xlsx")
    return folder / "questions.xlsx"


ENCLAVE: dict[str, list[list[Any]]] = {
    "places": [["gate", "Gate", "border", 5.0, 10.0, None], ["town", "The town", "capital", 5.4, 10.3, 80_000],
               ["suburb", "Suburb", "town", 5.5, 10.35, 9_000], ["quay", "Quay", "port", 5.4, 10.2, None]],
    "roads": [["gate", "town", 70, "gravel", None], ["town", "suburb", None, None, None],
              ["quay", "town", 12, None, 0.5]],
    "sources": [["gate", "land", 0.7, 2], ["quay", "sea", None, None]],
    "fuels": [["diesel", 1.2, 20, "somebody", "2026-01"]],
}  # fmt: skip
FACTS = {"start": "2026-02-01", "days": "60", "currency": "XTS", "iso3": "XTE", "hub": "town", "iso2": "XT",
         "blockade_from": "2026-02-20"}  # fmt: skip


def test_a_besieged_town_with_a_gate_and_a_quay_from_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = answered(tmp_path, ENCLAVE, FACTS)
    verb(capsys, "Testland", "--from", book, "--out", tmp_path / "siege", "--no-rank")
    case = load_checked(tmp_path / "siege")
    assert_open(case)
    header = case.header
    assert (header.start.isoformat(), header.days, header.currency, header.iso3) == ("2026-02-01", 60, "XTS", "XTE")
    share = {(r["corridor"], r["product"]): r["share"] for r in case.rows("supply")}
    assert share["land_gate", "diesel"] == pytest.approx(0.7)
    assert share["sea_quay", "diesel"] == pytest.approx(0.3)
    assert {r["confidence"] for r in case.rows("supply") if r["corridor"] == "land_gate"} == {"D"}
    gate, quay = case.rows("corridors")
    assert (gate["path"], gate["foreign_days"]) == (("gate", "town"), 2)
    assert (quay["path"], quay["border_place"]) == (("sea_quay", "quay", "town"), "quay")
    diesel = sum(r["demand_m3_per_day"] for r in case.rows("demand") if r["product"] == "diesel")
    assert diesel == pytest.approx(20, rel=1e-3)
    road = next(r for r in case.rows("roads") if r["from_place"] == "gate")
    assert (road["length_km"], road["surface"], road["confidence"]) == (70, "gravel", "D")
    assert {r["date_start"].isoformat() for r in case.rows("inputs") if r["lever"] == "blockade"} == {"2026-02-20"}
    runs(tmp_path / "siege")


def test_wrong_answers_are_all_named_with_sheet_row_and_column(tmp_path: Path) -> None:
    book = answered(tmp_path, ENCLAVE, FACTS | {"iso3": "xt", "start": "soon"})
    spoilt = openpyxl.load_workbook(book)
    spoilt["places"]["D3"] = "north"
    spoilt["sources"]["A2"] = "gat"
    spoilt.save(book)
    known = Known("Testland", "testland", load("mali").header.start)
    with pytest.raises(DataError) as error:
        read_answers(known, book)
    found = [str(fault) for fault in error.value.faults]
    for words in (("sheet places, row 3, `lat`", "north"), ("sheet sources, row 2, `place`", "gate"),
                  ("sheet country, row 3, `answer`", "xt"), ("sheet country, row 6, `answer`", "soon")):  # fmt: skip
        assert any(all(word in text for word in words) for text in found), (words, found)


def landlocked(**more: Any) -> Known:
    """A country with two ways in by road, drawn by nobody."""
    start = load("mali").header.start
    known = Known("Landlocked", "landlocked", start, **more)
    for k, (name, kind, people) in enumerate(
        (("near_gate", "border", None), ("hub_town", "capital", 500_000), ("mid", "town", 80_000),
         ("end", "town", None), ("far_gate", "border", None))
    ):  # fmt: skip
        known.places.append({"place": name, "name_en": name, "name_fr": name, "kind": kind, "country_iso2": "XX",
                             "lat": 1.0, "lon": float(k), "population": people, "reporting": True, "source": "x",
                             "confidence": "C"})  # fmt: skip
    return known


def test_a_landlocked_country_gets_its_ways_by_the_inverse_of_their_hours(tmp_path: Path) -> None:
    made = build_case(landlocked())
    made.write(tmp_path / "land")
    case = load_checked(tmp_path / "land")
    share = {r["corridor"]: r["share"] for r in case.rows("supply") if r["product"] == "diesel"}
    assert share["land_near_gate"] == pytest.approx(3 * share["land_far_gate"], rel=1e-3)  # one degree against three
    assert sum(share.values()) == pytest.approx(1)
    feeder = {r["place"]: r["from_place"] for r in case.rows("legs")}
    assert feeder == {"mid": "hub_town", "end": "mid"}
    guessed = next(r for r in case.rows("places") if r["place"] == "end")
    assert (guessed["population"], guessed["confidence"]) == (20_000, "E")
    runs(tmp_path / "land")


def test_plants_burn_a_product_that_the_case_then_has(tmp_path: Path) -> None:
    known = landlocked()
    known.fuels["gasoline"] = Fuel("gasoline", price=2.0, source="somebody", source_date="2026")
    from citerne.exchange.gather import add_plants

    add_plants(known, gppd().write(tmp_path / "plants.csv"), "grid")
    build_case(known).write(tmp_path / "power")
    case = load_checked(tmp_path / "power")
    burned = {r["product"] for r in case.rows("plants") if r["kind"] == "thermal"}
    assert burned
    assert burned <= set(case.ids("products"))
    assert all(r["product"] for r in case.rows("plants") if r["kind"] == "thermal")
    runs(tmp_path / "power")


def test_a_city_state_and_names_that_are_cut_keep_their_keys_apart(tmp_path: Path) -> None:
    known = Known("Solo", "solo", load("mali").header.start)
    row = {"name_en": "x", "name_fr": "x", "kind": "town", "country_iso2": "XX", "lat": 1.0, "population": 9000,
           "reporting": True, "source": "x", "confidence": "C"}  # fmt: skip
    long = "a_town_whose_name_is_as_long_as_a_key_ma"
    known.places = [{"place": "solo", "lon": 0.0, **row}]
    build_case(known).write(tmp_path / "solo")
    case = load_checked(tmp_path / "solo")
    assert (case.header.country, case.header.hub) == ("solo_country", "solo")
    runs(tmp_path / "solo")
    known = Known("Names", "names", load("mali").header.start)
    star = ((0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.5))  # all roads begin at the first
    known.places = [row | {"place": f"{long}{k}", "lon": lon, "lat": lat} for k, (lon, lat) in enumerate(star)]
    build_case(known).write(tmp_path / "names")
    segments = load_checked(tmp_path / "names").ids("roads")
    assert len({name[:42] for name in segments}) < len(set(segments)) == 4  # three roads and the sea lane


def test_without_figures_the_hub_is_the_middle_and_neighbours_use_no_fuel(tmp_path: Path) -> None:
    known = landlocked(iso2="LL")
    for row in known.places:
        row |= {"population": None, "kind": "border" if "gate" in row["place"] else "town", "country_iso2": "LL"}
    known.place("end")["country_iso2"] = "NN"  # type: ignore[index]
    known.places.append(dict(known.place("mid")) | {"place": "south", "lat": 0.2})
    made = build_case(known)
    made.write(tmp_path / "land")
    case = load_checked(tmp_path / "land")
    assert case.header.hub == "mid"  # hub_town at 1, mid at 2, south beside mid
    assert {row["place"] for row in case.rows("demand")} == {"hub_town", "mid", "south"}


def test_an_island_off_the_coast_gets_a_ferry_and_a_remark(tmp_path: Path) -> None:
    known = landlocked()
    known.roads = [
        {"segment": f"s{k}", "from_place": a, "to_place": b, "length_km": 100.0, "surface": "paved",
         "truck_hours": 3.0, "hazard_weight": 1.0, "source": "x", "confidence": "C"}
        for k, (a, b) in enumerate((("near_gate", "hub_town"), ("hub_town", "mid"), ("mid", "hub_town")))
    ]  # fmt: skip
    made = build_case(known)
    made.write(tmp_path / "isle")
    case = load_checked(tmp_path / "isle")
    ferries = [r for r in case.rows("roads") if r["surface"] == "ferry"]
    assert {(r["from_place"], r["to_place"]) for r in ferries} == {("mid", "end"), ("mid", "far_gate")}
    assert sum("ferry" in remark for remark in known.remarks) == 2


def test_names_that_are_no_place_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean hub_town"):
        build_case(landlocked(hub="hub_twn"))
    with pytest.raises(UsageError, match="near_gate"):
        build_case(landlocked(sources=[Source("near_gat", "land")]))
    with pytest.raises(UsageError, match="No place is known"):
        build_case(Known("Nowhere", "nowhere", load("mali").header.start))


def test_of_acled_nothing_is_written_but_weights_of_roads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = acled_current().write(tmp_path / "events.csv")
    with events.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    at = {(float(row["latitude"]), float(row["longitude"])) for row in rows[:4]}
    lines = "".join(f"Town {k},1000,{lat},{lon}\n" for k, (lat, lon) in enumerate(sorted(at)))
    towns = file(tmp_path, "towns.csv", "name,population,latitude,longitude\n" + lines)
    out = tmp_path / "case"
    verb(capsys, "Weights", "--population", towns, "--events", events, "--out", out, "--no-rank")
    case = load_checked(out)
    assert case.rows("events") == ()
    assert len({row["hazard_weight"] for row in case.rows("roads") if row["surface"] != "sea"}) > 1
    written = "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
    for row in rows:
        assert row["event_id_cnty"] not in written
        assert row["notes"] not in written


def test_people_go_to_the_place_of_their_name_or_the_nearest_and_the_rest_is_told(tmp_path: Path) -> None:
    from citerne.exchange.gather import add_people

    known = landlocked()
    known.roads = [{"segment": "s", "from_place": "mid", "to_place": "end"}]  # places are those of an extract
    table = "name,population,latitude,longitude\nMid,111,,\nVillage,5,1.05,2.0\nElsewhere,7,40,40\nNo point,9,,\n"
    report = add_people(known, file(tmp_path, "towns.csv", table))
    assert known.place("mid")["population"] == 116
    assert report.rows_read == 4
    assert [remark.split(":")[0] for remark in known.remarks] == ["Elsewhere", "No point"]


def test_a_folder_that_is_there_is_not_written_over_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file(tmp_path, "old.txt", "x")
    with pytest.raises(SystemExit) as stop:
        main(["new", "X", "--population", str(file(tmp_path, "towns.csv", TOWNS)), "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert "--force" in capsys.readouterr().err


def test_what_to_find_out_first_is_what_moves_the_headline(tmp_path: Path) -> None:
    build_case(landlocked()).write(tmp_path / "land")
    case = load_checked(tmp_path / "land")
    asks = ranked(case)
    assert [ask.rank for ask in asks] == list(range(1, len(asks) + 1))
    shares = [ask.share or 0.0 for ask in asks]
    assert shares == sorted(shares, reverse=True)
    assert "demand_factor" in [ask.name for ask in asks[:3]]  # need is known to a factor of two and a half only
    assert str(MEMBERS) in page(case, asks)
    stated = {row["parameter"] for row in case.rows("parameters")}
    assert set(USUAL) <= stated
    assert all(ask.share is None for ask in usual())
    assert "No run was made" in page(case, usual())
