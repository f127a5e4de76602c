"""The two pages hold in English, French and a language a third longer; what finds no room goes to the annex."""

from __future__ import annotations

import re

import pytest

from citerne.base.text import speaking
from citerne.case.case import load
from citerne.outlook.assess import outlook
from citerne.report.beside import Beside
from citerne.report.fit import PAGE_HIGH_MM, printed_mm
from citerne.report.page import gather, report_html
from pseudo import LONGER, longer, longer_texts
from report_runs import a_plan, made_up_run


@pytest.fixture(scope="module")
def mali():
    return load("mali")


@pytest.fixture(scope="module")
def run(mali):
    return made_up_run(mali, days=180, members=80)


@pytest.fixture(scope="module")
def beside(mali, run):
    return Beside(outlook=outlook(mali.folder, run=run), plan=a_plan())


def pages_of(run, mali, beside, language, public=False, pages="2"):
    with speaking(language):
        text = report_html(gather(run, mali, public, beside), pages)
    return re.findall(r'<section class="page">(.*?)</section>', text, re.DOTALL)


def check_room(run, mali, beside, language):
    for public in (False, True):
        pages = pages_of(run, mali, beside, language, public)
        assert len(pages) == 2
        assert all(100 < printed_mm(page) <= PAGE_HIGH_MM for page in pages)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_both_pages_have_room_in_both_languages(run, mali, beside, language):
    check_room(run, mali, beside, language)


def test_both_pages_have_room_in_a_language_a_third_longer(run, mali, beside):
    with longer_texts() as language:
        check_room(run, mali, beside, language)


def test_the_made_up_language_is_a_third_longer():
    text = "Median and 9-in-10 range over futures, {n} of them."
    assert len(longer(text)) == pytest.approx((1 + LONGER) * len(text), abs=1.5)
    assert "{n}" in longer(text)


def test_long_texts_push_figures_to_the_annex_and_lose_none(run, mali, beside):
    names = ("places", "people", "next", "dots")
    with longer_texts() as language:
        short = "".join(pages_of(run, mali, beside, language))
        full = "".join(pages_of(run, mali, beside, language, pages="full"))
    assert 'id="figure-places"' not in short
    for name in names:
        assert full.count(f'id="figure-{name}"') == 1


def test_a_table_of_more_places_takes_more_paper():
    row = "<tr><th>Name</th><td>12</td></tr>"
    one, ten = (printed_mm(f"<table><thead>{row}</thead><tbody>{row * n}</tbody></table>") for n in (1, 10))
    assert ten - one == pytest.approx(9 * (one / 2), rel=0.01)


def test_columns_beside_each_other_take_the_higher_one():
    text = "<p>" + "word " * 100 + "</p>"
    beside_each_other = printed_mm(f'<div class="halves"><div>{text}</div><div><p>short</p></div></div>')
    assert printed_mm(text) < beside_each_other < 3 * printed_mm(text)


def test_what_is_folded_away_takes_no_paper():
    assert printed_mm("<details><summary>x</summary><table><tr><td>1</td></tr></table></details>") == 0
