"""The page "how wrong were we" in a real browser: alone, accessible, fit for a telephone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from browsing import Watch, a_browser, axe_script
from calibrate_cases import small_country
from citerne.nowcast import ledger
from citerne.nowcast.page import review, write_page
from nowcast_rows import made, row, situation
from proving import write_proof

pytestmark = pytest.mark.prove
CASE = small_country()
FIRST, LAST = dt.date(2025, 1, 8), dt.date(2025, 2, 12)
WIDTHS = (1366, 390)


def week(number: int) -> list[dict]:
    """Counts and stations of one week: one town is dry every other week."""
    day, rows = FIRST + dt.timedelta(days=7 * number), []
    for place, m3 in (("capital", 3000.0), ("midtown", 300.0), ("far_town", 200.0)):
        rows.append(row("stocks", 2 + number, day, place=place, product="gasoline", stock_m3=m3 * (1 + number % 3) / 2))
        share = 0.0 if place == "far_town" and number % 2 else 0.9
        rows.append(row("stations", 2 + number, day, place=place, product="gasoline", open_share=share))
    return rows


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The page of a small ledger and of an empty one, in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    rows = [one for number in range(6) for one in week(number)]
    for number in range(3):
        day = FIRST + dt.timedelta(days=7 * number)
        known = [one for one in rows if one["date"] <= day]
        ledger.store(folder / "ledger", situation(CASE, day, *known), made(CASE, day, *known, horizon=31))
    paths = []
    for name in ("ledger", "none"):
        found = review(CASE, folder / name, situation(CASE, LAST, *rows), LAST)
        for language in ("en", "fr"):
            paths.append(folder / f"{name}_{language}.html")
            write_page(CASE, found, paths[-1], language)
    return paths


def test_the_page_asks_nothing_breaks_no_rule_and_fits_a_telephone(pages: list[Path]) -> None:
    script = axe_script()
    violations, passed, spills, outside, wrong = 0, 0, 0, 0, 0
    with a_browser() as browser:
        for path in pages:
            for width in WIDTHS:
                page = browser.new_page(viewport={"width": width, "height": 800})
                watch = Watch(page, path.as_uri())
                page.goto(path.as_uri())
                page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                spills += int(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))
                page.evaluate(script)
                found = page.evaluate("axe.run(document)")
                violations += len(found["violations"])
                passed = max(passed, len(found["passes"]))
                outside += len(watch.asked) - 1
                wrong += len(watch.wrong)
                page.close()
    write_proof(
        "nowcast_page",
        "The page of past nowcasts stands alone, is accessible and fits a telephone, in both languages.",
        "pytest -m prove tests/law/test_nowcast_page_browser.py", pages=len(pages), widths=list(WIDTHS),
        axe={"violations": violations, "rules_passed": passed}, spills=spills, requests_besides_the_page=outside,
        errors=wrong,
    )  # fmt: skip
    assert (violations, spills, outside, wrong) == (0, 0, 0, 0)
    assert passed > 20
