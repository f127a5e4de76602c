"""Every page of the dashboard, in both languages, with its files, from its address alone."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from xml.etree import ElementTree

import numpy as np
import pytest

from citerne.api import load, make_ensemble
from citerne.case.policies import policies_of
from citerne.web.desk import FIRST
from citerne.web.state import Run
from web_pages import PAGES, SOUTH, Client, Seen, dashboard_of, path_of

WARNING = {"en": "SIMULATION, NOT A REPORT OF EVENTS", "fr": "SIMULATION, NON UN COMPTE RENDU D'ÉVÉNEMENTS"}


@pytest.fixture(scope="module")
def board():
    dashboard, app = dashboard_of(full=FIRST)
    yield dashboard, Client(app)
    dashboard.close()


@pytest.fixture(scope="module")
def client(board):
    return board[1]


def futures_of(board, query):
    """Results of the first futures of an address."""
    dashboard, _client = board
    return dashboard.desk.ask(dashboard.reader.read(query).run, fill=False).result(timeout=120)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_says_what_it_is_in_its_language(client, page, language):
    answer = client.get(path_of(page, f"lang={language}&{SOUTH}"))
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    seen = Seen(answer.text)
    assert WARNING[language] in seen.words
    assert sum(tag == "h1" for tag, _a in seen.tags) == 1
    assert [a["aria-current"] for tag, a in seen.tags if tag == "a" and a.get("aria-current") == "page"] == ["page"]


@pytest.mark.parametrize("page", [page for page in PAGES if page != "evidence"])  # its sources are data, in English
def test_no_sentence_of_a_french_page_is_english(client, page):
    english, french = (
        set(Seen(client.get(path_of(page, f"lang={language}&{SOUTH}")).text).words) for language in ("en", "fr")
    )
    same = {words for words in english & french if len(re.findall(r"[A-Za-z]{3,}", words)) > 4}
    commands = {words for words in same if words.startswith("citerne plan")}
    assert same - commands == set()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_holds_a_style_or_a_script_of_its_own_or_an_address_outside(client, page):
    answer = client.get(path_of(page, SOUTH))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag, attributes in Seen(answer.text).tags:
        assert "style" not in attributes
        assert tag != "style"
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "script" or attributes["src"].startswith("/static/")
        for name in ("href", "src", "action"):
            assert (
                attributes.get(name) is None
                or attributes[name].startswith(("/", "?", "#", "data:,"))
                or not attributes[name]
            )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_and_each_of_its_parts_are_there_as_files(client, page):
    answer = client.get(path_of(page, SOUTH))
    links = [a["href"] for tag, a in Seen(answer.text).tags if tag == "a" and "download" in a]
    assert {f"/{page}.{form}" for form in ("csv", "svg", "json")} <= {link.partition("?")[0] for link in links}
    for link in links:
        got = client.get(link)
        assert got.status_code == 200, link
        form = link.partition("?")[0].rpartition(".")[2]
        if form == "json":
            data = json.loads(got.text)
            assert data["notice"] == WARNING["en"]
            assert all(len(row) == len(part["columns"]) for part in data["parts"] for row in part["rows"])
            assert page == "plan" or any(part["rows"] for part in data["parts"])
        elif form == "svg":
            root = ElementTree.fromstring(got.text)
            assert WARNING["en"] in "".join(root.itertext())
        elif form == "csv":
            assert got.text.startswith("# " + WARNING["en"])
            rows = list(csv.reader(io.StringIO(got.text)))
            assert page == "plan" or len([row for row in rows if row and not row[0].startswith("#")]) > 1


def test_the_files_of_a_page_hold_the_numbers_of_its_run(board, client):
    results = futures_of(board, SOUTH)
    data = json.loads(client.get(f"/part/overview/cover.json?{SOUTH}").text)
    rows = [dict(zip(data["parts"][0]["columns"], row, strict=True)) for row in data["parts"][0]["rows"]]
    values = results.series("stock_days", "bamako", "all")
    assert [row["p50"] for row in rows] == pytest.approx(np.median(values, axis=1), rel=1e-4)
    assert [row["date"] for row in rows] == [day.isoformat() for day in results.dates]


@pytest.mark.parametrize("policy", ["power_first", "ration_when_low"])  # levers set, and rules
def test_what_the_dashboard_shows_is_what_the_command_line_runs_from_the_file_it_offers(
    board, client, tmp_path, policy
):
    query = f"{SOUTH}&customs=24&columns_south=4&policy={policy}"
    text = client.get(f"/policy.yaml?{query}").text
    path = tmp_path / "what-if.yaml"
    path.write_text(text, encoding="utf-8")
    again = make_ensemble(load("mali"), policy=path, members=40).run(jobs=2)[0]
    shown = futures_of(board, query)
    assert np.array_equal(again.values, shown.values[:, :, :40])
    plain = futures_of(board, "")
    assert not np.array_equal(plain.values[:, :, :40], again.values)


def test_futures_do_not_depend_on_how_they_were_computed(board):
    straight = make_ensemble(load("mali"), members=FIRST + 30, variants=("lull:truce",)).run(jobs=1)[0]
    dashboard, _app = dashboard_of(full=FIRST + 30, threads=3)
    try:
        run = dashboard.reader.read("assume_lull=truce").run
        dashboard.desk.ask(run).result(timeout=120)
        for _turn in range(600):
            if dashboard.desk.progress(run) == FIRST + 30:
                break
            time.sleep(0.05)
        assert np.array_equal(dashboard.desk.ask(run).result().values, straight.values)
    finally:
        dashboard.close()


def test_a_run_compared_with_itself_shows_no_difference(client):
    answer = client.get(path_of("overview", f"diesel=60&pin={'diesel%3D60'}"))
    assert "Instead of" not in answer.text
    assert "figure-difference" not in answer.text


def test_the_difference_is_taken_future_by_future(board, client):
    ours, theirs = futures_of(board, SOUTH), futures_of(board, "")
    data = json.loads(client.get(f"/part/overview/difference.json?{SOUTH}&span=30").text)
    part = data["parts"][0]
    gaps = {row[0]: row[3] for row in part["rows"]}
    first = (load("mali").header.record_end - ours.provenance.start).days + 1
    window = slice(first, first + 30)
    for k in (0, 7, FIRST - 1):
        means = [one.series("stock_days", "bamako", "all")[window, k].mean(dtype=np.float64) for one in (ours, theirs)]
        assert gaps[k] == pytest.approx(means[0] - means[1], rel=1e-4, abs=1e-5)


def test_rival_assumptions_are_not_compared_future_by_future(client):
    answer = client.get(path_of("overview", "assume_lull=truce"))
    assert "the futures are not the same ones" in answer.text
    assert client.get("/part/overview/difference.json?assume_lull=truce").status_code == 404


def test_a_public_view_names_no_corridor_depot_facility_or_plan():
    dashboard, app = dashboard_of(public=True, full=FIRST)
    client = Client(app)
    case = load("mali")
    corridors = [row["name_en"] for row in case.rows("corridors")]
    facilities = [row["name_en"] for row in case.rows("facilities")]
    towns = [row["name_en"] for row in case.rows("places") if row["kind"] == "mine"]
    try:
        for page in PAGES:
            for form in ("", ".csv"):
                address = f"/{page}{form}" if form else path_of(page)
                text = client.get(address).text
                for name in (*corridors, *facilities, *towns):
                    assert name not in text, (page, form, name)
            assert "trucks_dispatched,dakar" not in client.get(f"/{page}.csv").text
        assert "regions shown" in client.get("/map").text
        assert client.get("/policy.yaml?close=roads_south").status_code == 404
        assert client.get("/?close=abidjan_zegoua").status_code == 400
    finally:
        dashboard.close()


def test_the_same_address_gives_the_same_page_after_a_restart(client):
    query = f"lang=fr&{SOUTH}&span=60"
    dashboard, app = dashboard_of(full=FIRST)
    again = Client(app)
    try:
        for address in (path_of("overview", query), path_of("map", query), f"/part/prices/hub.csv?{query}"):
            assert client.get(address).text == again.get(address).text
    finally:
        dashboard.close()


def test_the_plan_page_ranks_every_policy_of_the_case(client):
    until = time.monotonic() + 120
    while "data-waiting" in client.get("/plan").text and time.monotonic() < until:
        time.sleep(0.1)
    part = json.loads(client.get("/part/plan/policies.json").text)["parts"][0]
    assert {row[0] for row in part["rows"]} == set(policies_of(load("mali")))
    assert json.loads(client.get("/progress").text)["futures"] >= FIRST


def test_a_run_with_no_changes_is_the_recorded_one(board):
    dashboard, _client = board
    assert dashboard.reader.read("policy=recorded&diesel=&from=2025-10-01&days=20").run == Run({})


def test_one_who_goes_away_does_not_take_the_answer_from_others(board):
    dashboard, _client = board
    run = dashboard.reader.read("petrol=35").run
    waiting = dashboard.desk.ask(run)
    assert not waiting.cancel()
    assert waiting.result(timeout=120).values.shape[2] == FIRST


def test_a_run_that_fails_is_told_and_the_desk_goes_on(board, monkeypatch):
    dashboard, _client = board
    plan = dashboard.desk.plan_of
    monkeypatch.setattr(dashboard.desk, "plan_of", lambda run, members: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dashboard.desk.ask(Run({"petrol": "31"})).result(timeout=60)
    monkeypatch.setattr(dashboard.desk, "plan_of", plan)
    assert dashboard.desk.ask(Run({"petrol": "31"})).result(timeout=120).values.shape[2] == FIRST
