"""The report as one file: whole, closed, honest, and without what the public must not see."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import re

import numpy as np
import pytest

from citerne.base.text import current_language
from citerne.case.case import load
from citerne.report.beside import Beside
from citerne.report.page import gather, report_html, write_pictures, write_report
from citerne.report.public import public_view, regions_of
from report_runs import made_up_run, with_rows

SIMULATION = "SIMULATION, NOT A REPORT OF EVENTS"
MOST_BYTES = 500_000


@pytest.fixture(scope="module")
def mali():
    return load("mali")


@pytest.fixture(scope="module")
def run(mali):
    return made_up_run(mali)


@pytest.fixture(scope="module")
def page(run, mali):
    return report_html(gather(run, mali), "2")


class Elements(html.parser.HTMLParser):
    """All start tags of a page, checking that they close in order."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_asks_for_nothing_from_outside(page):
    elements = Elements(page)
    assert elements.open == []
    for tag, attributes in elements.found:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "form", "input")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", page)


def test_the_only_script_is_data_and_tells_how_the_run_was_made(page, run):
    scripts = [attributes for tag, attributes in Elements(page).found if tag == "script"]
    assert [attributes["type"] for attributes in scripts] == ["application/json"]
    data = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert data["provenance"]["case_digest"] == run.provenance.case_digest
    assert data["provenance"]["seed"] == run.provenance.seed
    kept = {(row["variable"], row["place"]): row for row in data["series"]}
    hub = kept["stock_days", "bamako"]
    assert hub["p50"][0] == pytest.approx(np.median(run.series("stock_days", "bamako", "all")[6]), rel=0.01)


def test_every_id_is_used_once(page):
    ids = [attributes["id"] for _tag, attributes in Elements(page).found if attributes.get("id")]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("pages", ["2", "full"])
@pytest.mark.parametrize("public", [False, True])
def test_each_page_says_that_it_is_a_simulation(run, mali, tmp_path, pages, public):
    path = tmp_path / "report.html"
    size = write_report(run, mali, path, public=public, pages=pages)
    text = path.read_text(encoding="utf-8")
    parts = text.split('<section class="page">')[1:]
    assert len(parts) == (3 if pages == "full" else 2)
    assert all(SIMULATION in part for part in parts)
    assert size == path.stat().st_size <= MOST_BYTES


def test_the_parts_stand_in_the_order_of_a_logistics_report(page):
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads == [
        "Highlights", "Access and stocks", "Border and corridors", "Stock and pipeline by place", "What happens next",
        "What it does to people", "The state, civilian harm, and how it may end", "Recommended actions",
        "Triggers to watch", "How sure are we", "In how many futures?", "Sources",
    ]  # fmt: skip


def test_every_figure_has_title_summary_source_and_table(page):
    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(figures) == 6
    for figure in figures:
        assert "Source: Citerne" in figure
        assert re.search(r'<p class="said">[^<]{20,}</p>', figure)
        assert re.search(r"<details>.*<tbody><tr>", figure, re.DOTALL)
        assert re.search(r'role="img" aria-label="[^"]{20,}"', figure)


def test_the_map_carries_attribution_and_the_disclaimer_in_both_languages(run, mali, tmp_path):
    for language, words in (("en", "legal status"), ("fr", "statut juridique")):
        write_report(run, mali, tmp_path / "r.html", language=language)
        figure = re.search(r'<figure id="figure-map".*?</figure>', (tmp_path / "r.html").read_text("utf-8"), re.DOTALL)[
            0
        ]
        assert words in figure
        assert "OpenStreetMap" in figure


def test_key_figures_show_median_range_and_observation(page, run):
    lowest = run.series("stock_days", "bamako", "all")[:98].min(axis=0)
    low, middle, high = np.quantile(lowest, (0.05, 0.5, 0.95))
    card = re.search(r'Days of cover, lowest, Bamako</div><div class="value">([\d.]+) .*?futures: ([\d.–]+)', page)
    assert float(card[1]) == pytest.approx(middle, abs=0.5)
    shown_low, shown_high = (float(v) for v in card[2].split("–"))
    assert shown_low == pytest.approx(low, abs=0.5)
    assert shown_high == pytest.approx(high, abs=0.5)
    assert page.count('class="card"') == 6
    assert "observed: ≥ 130" in page


def test_coverage_is_that_of_the_scores_and_said_to_be_missing_without_them(run, mali, page):
    assert "This run was not scored" in page
    row = {"target_id": "a", "inside_50": False, "inside_90": True}
    scores = [row, {**row, "inside_50": True}, {**row, "inside_90": False}, row]
    text = report_html(gather(run, mali, beside=Beside(scores=scores)))
    assert "Of 4 observations that this run speaks to, 75 % lie inside the 90 % band and 25 % inside the 50 %" in text


def test_a_hostile_name_is_shown_not_run(run, mali):
    evil = '<script>alert(1)</script>"onload="x'
    bad = mali
    for table in ("places", "corridors", "products"):
        bad = with_rows(bad, table, [{**row, "name_en": evil} for row in mali.rows(table)])
    text = report_html(gather(run, bad), "full")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    elements = Elements(text)
    assert elements.open == []
    assert [a.get("type") for tag, a in elements.found if tag == "script"] == ["application/json"]
    assert not any("onload" in attributes for _tag, attributes in elements.found)


def test_two_reports_of_one_run_are_the_same_bytes(run, mali, tmp_path):
    write_report(run, mali, tmp_path / "a.html")
    write_report(run, mali, tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_french_report_leaves_the_language_as_it_was(run, mali, tmp_path):
    write_report(run, mali, tmp_path / "fr.html", language="fr")
    text = (tmp_path / "fr.html").read_text("utf-8")
    assert current_language() == "en"
    assert '<html lang="fr">' in text
    assert SIMULATION not in text
    shown = re.sub(r"<script.*?</script>|<style>.*?</style>", "", text, flags=re.DOTALL)
    shown = " ".join([re.sub(r"<[^>]+>", " ", shown), *re.findall(r'aria-label="([^"]+)"', shown)])
    for english in ("Highlights", "observed", "Border and corridors", "median", "How sure are we", "futures"):
        assert english not in shown


def test_what_was_not_kept_is_said_not_hidden(run, mali):
    kept = [k for k, key in enumerate(run.keys) if key.variable in ("stock_days", "imports_volume")]
    short = dataclasses.replace(run, keys=tuple(run.keys[k] for k in kept), values=run.values[:, kept])
    text = report_html(gather(short, mali))
    assert text.count("not kept in this run") == 5
    assert "No corridor was recorded in this run." in text


@pytest.mark.parametrize("days", [1, 5, 20, 98])
@pytest.mark.parametrize("public", [False, True])
def test_short_runs_and_single_futures_are_reported_too(mali, days, public):
    run = made_up_run(mali, days=days, members=1)
    assert "</html>" in report_html(gather(run, mali, public), "full")


def test_pictures_are_small_and_the_text_to_paste_is_complete(run, mali, tmp_path):
    paths = write_pictures(run, mali, tmp_path / "figures", tmp_path / "summary.txt")
    pictures = [path for path in paths if path.suffix == ".png"]
    assert [path.stem for path in pictures] == ["map", "cover", "next", "places", "people", "dots"]
    assert all(path.stat().st_size <= 100_000 for path in pictures)
    text = (tmp_path / "summary.txt").read_text("utf-8")
    assert SIMULATION in text
    assert text.count("\n- ") == 3
    assert text.count("9 in 10 futures") == 6


def test_the_public_report_names_no_corridor_segment_place_below_region_or_product(run, mali):
    text = report_html(gather(run, mali, public=True), "full")
    regions = {row["admin1"] for row in mali.rows("places")}
    banned = {str(row[c]) for row in mali.rows("corridors") for c in ("name_en", "corridor")}
    banned |= {row["segment"] for row in mali.rows("roads")}
    banned |= {row["name_en"] for row in mali.rows("places") if row["name_en"] not in regions}
    banned |= {row["name_en"] for row in mali.rows("plants")} | {"Heavy fuel oil", "m3 in tanks"}
    shown = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    neighbours = {"Niger"}  # a country as well as part of longer names
    anything = "|".join(re.escape(name) for name in sorted(banned - neighbours))
    assert re.findall(rf"\b(?:{anything})\b", shown) == []
    assert "Detail by corridor is not part of the public report." in text


def test_the_public_view_knows_only_regions_and_whole_weeks(run, mali):
    view = public_view(run, mali)
    allowed = {*regions_of(mali).values(), "mali"}
    assert {key.place for key in view.results.keys} <= allowed
    weeks = view.results.values[: 7 * (view.days // 7)].reshape(-1, 7, *view.results.values.shape[1:])
    assert np.ptp(weeks, axis=1).max() == 0
    assert all(row["place"] in allowed for row in view.targets)
    assert all((row["date_start"] - view.start).days % 7 == 0 for row in view.targets if row["aggregation"] != "sum")
