"""The page "how wrong were we": figures with their tables and counts, both languages, for its owner only."""

from __future__ import annotations

import datetime as dt
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from calibrate_cases import small_country
from citerne.cli.nowcast import command
from citerne.cli.schema import command as schema_command
from citerne.nowcast import ledger
from citerne.nowcast.figures import chance_range, coverage_chart, reliability_chart, score_chart
from citerne.nowcast.page import page_html, review, write_page
from nowcast_rows import made, row, situation

CASE = small_country()
FIRST, LAST = dt.date(2025, 1, 8), dt.date(2025, 1, 20)
Found = dict[str, Any]


def stock(number: int, day: dt.date, m3: float) -> dict[str, Any]:
    return row("stocks", number, day, place="capital", product="gasoline", stock_m3=m3)


def stations(number: int, day: dt.date, share: float) -> dict[str, Any]:
    return row("stations", number, day, place="capital", product="gasoline", open_share=share)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """One nowcast, scored by a count and a label a week later."""
    path = tmp_path_factory.mktemp("ledger")
    early = (stock(2, FIRST, 3000), stations(2, FIRST, 0.0))
    ledger.store(path, situation(CASE, FIRST, *early), made(CASE, FIRST, *early))
    facts = (stock(3, FIRST + dt.timedelta(days=7), 2500), stations(3, FIRST + dt.timedelta(days=7), 0.9))
    return review(CASE, path, situation(CASE, LAST, *early, *facts), LAST)


def test_every_score_has_its_count_and_persistence_is_the_last_row(found: Found) -> None:
    stocks, dry = found["scores"]
    assert (stocks["facts"], stocks["with_persistence"], stocks["persistence"]) == (1, 1, 500)
    assert (dry["facts"], dry["with_persistence"], dry["persistence"]) == (1, 1, 1)
    assert (found["labels"], found["dry_labels"], found["places"], found["nowcasts"]) == (1, 0, 1, 1)
    week = next(rule for rule in found["rules"] if rule["rule"] == "dry_within_7")
    assert [(r.source, r.labels, r.happened) for r in week["records"]] == [("ledger", 1, 0)]


def test_several_nowcasts_of_one_day_count_once_and_the_best_informed_speaks(tmp_path: Path) -> None:
    poor, rich = (stock(2, FIRST, 3000),), (stock(2, FIRST, 3000), stations(2, FIRST, 0.9))
    kept = [ledger.store(tmp_path, situation(CASE, FIRST, *rows), made(CASE, FIRST, *rows)) for rows in (rich, poor)]
    assert ledger.latest_of_days(tmp_path, CASE.name) == [kept[0]]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_stands_alone_with_a_table_beside_each_figure(found: Found, tmp_path: Path, language: str) -> None:
    path = tmp_path / "page.html"
    size = write_page(CASE, found, path, language)
    text = path.read_text(encoding="utf-8")
    assert (len(text.encode()), stat.S_IMODE(path.stat().st_mode)) == (size, 0o600)
    assert f'<html lang="{language}">' in text
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) == 4
    for one in figures:
        assert len(re.findall(r'<svg[^>]*role="img"[^>]*aria-label="[^"]{20,}"', one)) == 1
        assert '<details open="open">' in one
        assert "<table" in one
    assert re.findall(r'(?:src|href)="|url\((?!#)|@import|<script', text) == []
    words = {"en": "FOR ITS OWNER&#x27;S EYES ONLY", "fr": "POUR SON SEUL PROPRIÉTAIRE"}
    assert words[language] in text


def test_figures_show_the_numbers_they_were_given() -> None:
    scores = [{"what": what, "lead": lead, "facts": 20, "with_persistence": 10, "sheet": 0.2, "free": 0.3,
               "persistence": 0.4, "sheet_where_persistence": 0.1, "inside_90": 17 if what == "stock" else None}
              for what in ("stock", "dry") for lead in (7, 28)]  # fmt: skip
    rows = [{"low": 0.6, "high": 0.7, "forecast_mean": 0.65, "observed_share": 0.2, "count": 20}]
    given = {"scores": scores, "reliability": rows, "labels": 20, "dry_labels": 4, "places": 2}
    assert reliability_chart(given, "").table.rows == (("60–70", "20", "65", "20", "45–80", "no"),)
    assert score_chart(given, "dry", "").table.rows[1] == ("28", "20", "0.200", "0.300", "10", "0.100", "0.400")
    assert coverage_chart(given, "").table.rows[0] == ("7", "20", "17", "85", "80–100")
    assert "no fact" in score_chart(given, "stock", "").sheet.items().__repr__()


def test_the_range_of_chance_is_that_of_the_binomial() -> None:
    # of 10 fair coins 2 to 8 fall heads in nine cases of ten: P(<=1) = 0.011, P(<=2) = 0.055
    assert chance_range(0.5, 10) == pytest.approx((0.2, 0.8))


def test_without_facts_the_page_says_so_and_rules_have_no_rate(tmp_path: Path) -> None:
    found = review(CASE, tmp_path / "none", situation(CASE, LAST), LAST)
    text = page_html(CASE, found)
    assert "There is nothing to score yet" in text
    assert "nothing: never scored" in text
    assert "<figure" not in text


def test_the_verb_writes_the_page_and_the_declaration_of_alerts_is_printed(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet"
    sheet.mkdir()
    head = "date,place,product,stock_m3,reliability\n"
    (sheet / "stocks.csv").write_text(head + "2025-01-15,capital,gasoline,3000,B\n", encoding="utf-8")
    page = tmp_path / "page.html"
    words = ["toy_road", "--situation", str(sheet), "--as-of", "2025-01-20", "--ledger", str(tmp_path / "none")]
    told = CliRunner().invoke(command, [*words, "--score", "--page", str(page), "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["page"] == str(page)
    assert page.is_file()
    declared = json.loads(CliRunner().invoke(schema_command, ["alerts", "--json"]).stdout)
    assert set(declared["$defs"]) == {"Alert", "Record", "Words"}
