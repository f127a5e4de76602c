"""The report of a run: one self-contained HTML file, two A4 pages in print, no outside request, no script that runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from citerne.base.private import replace_own
from citerne.base.text import current_language, speaking
from citerne.case.case import Case
from citerne.report import people, politics, sections
from citerne.report.beside import Beside
from citerne.report.corridors import CorridorRow, corridor_rows
from citerne.report.evidence import Spread, spreads
from citerne.report.fit import PAGE_HIGH_MM, printed_mm
from citerne.report.html import figure, tag
from citerne.report.look import Chart
from citerne.report.public import public_view
from citerne.report.sheetstyle import CSS
from citerne.report.stocks import StockRow, stock_rows
from citerne.report.text import KeyFigure, highlights, key_figures, paste_text
from citerne.report.view import NOTHING, View, detailed_view
from citerne.report.words import simulation_line
from citerne.results.results import Results

FULL_MM = PAGE_HIGH_MM - 3.0  # the estimate is not exact


@dataclass(frozen=True)
class Content:
    """All that a report shows, gathered once."""

    view: View
    corridors: Sequence[CorridorRow]
    stocks: Sequence[StockRow]
    cards: Sequence[KeyFigure]
    said: Sequence[str]
    charts: Mapping[str, Chart]
    guesses: Sequence[Spread]


def write_report(
    results: Results,
    case: Case,
    path: Path,
    language: str = "en",
    public: bool = False,
    pages: str | int = 2,
    beside: Beside = NOTHING,
) -> int:
    """Write the report of a run.

    Parameters
    ----------
    results, case : the run and the case it was made from
    path : file to write
    language : `en` or `fr`
    public : first-level region and week only: no corridor, segment, depot, pipeline or plan
    pages : 2, or `full` for an annex with all rows, inputs and the method
    beside : what other verbs have found: scores, outlook, claims, plan; what is not there is said not to be

    Returns
    -------
    int : size of the file in bytes
    """
    with speaking(language):
        data = report_html(gather(results, case, public, beside), str(pages)).encode()
    if beside.plan is not None and not public:
        replace_own(path, data)  # a plan is for its owner's eyes
    else:
        path.write_bytes(data)
    return len(data)


def write_pictures(
    results: Results, case: Case, folder: Path, summary: Path, language: str = "en", public: bool = False,
    beside: Beside = NOTHING,
) -> list[Path]:  # fmt: skip
    """Write one PNG a figure into `folder`, and a text to paste: the forms in which a report travels by message."""
    from citerne.report.look import to_png

    with speaking(language):
        content = gather(results, case, public, beside)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for chart in content.charts.values():
            path = folder / f"{chart.name}.png"
            to_png(chart, path, simulation_line())
            paths.append(path)
        summary.write_text(paste_text(content.view, content.cards, content.said), encoding="utf-8")
        return [*paths, summary]


def gather(results: Results, case: Case, public: bool = False, beside: Beside = NOTHING) -> Content:
    """Everything a report needs, in the language in use."""
    view = public_view(results, case, beside) if public else detailed_view(results, case, beside)
    corridors = [] if public else corridor_rows(view)
    stocks = stock_rows(view)
    return Content(
        view,
        corridors,
        stocks,
        key_figures(view),
        highlights(view, stocks),
        sections.charts(view, corridors, stocks),
        spreads(view),
    )


def report_html(content: Content, pages: str = "2") -> str:
    """The whole file as text."""
    view = content.view
    both = [_first_page(content), _second_page(content)]
    if pages == "full":
        from citerne.report.annex import annex

        parts = [*_left_out(content, "".join(both[1])), *annex(view, content.corridors, content.stocks)]
        both.append([_repeated(sections.top(view, again=True), "".join(parts))])
    body = "".join(tag("section", "".join(part), class_="page") for part in both)
    title = escape(f"{view.case.title()} – {simulation_line()}")
    return (
        f'<!DOCTYPE html><html lang="{current_language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{CSS}</style></head><body><main>{body}</main>{_data(view)}</body></html>\n"
    )


def _first_page(content: Content) -> list[str]:
    """Highlights to stock and pipeline; the table of places holds as many rows as the paper has room for."""
    view = content.view
    parts = [
        sections.top(view),
        sections.highlights(content.said),
        sections.cards(view, content.cards),
        sections.access_and_cover(view, content.charts),
        sections.corridor_table(view, content.corridors),
    ]
    room = FULL_MM - _high(parts)
    rows = min(len(content.stocks), sections.MOST_ROWS)
    while rows > sections.FEWEST_ROWS and printed_mm(sections.stock_table(view, content.stocks, rows)) > room:
        rows -= 1
    return [*parts, sections.stock_table(view, content.stocks, rows)]


# What the second page gives up, in order, where texts are long: guesses, lines of actions, panels on people.
CUTS = ((4, 9, True), (3, 9, True), (2, 9, True), (1, 7, True), (1, 5, True), (1, 4, True), (1, 3, True), (1, 3, False))


def _second_page(content: Content) -> list[str]:
    """What comes next to sources; what finds no room on the paper stands in the annex."""
    found: list[str] = []
    for guesses, lines, panels in CUTS:
        found = _second_parts(content, guesses, lines, panels)
        if _high(found) <= FULL_MM:
            break
    places = sections.by_place(content.charts)
    return [*found[:2], places, *found[2:]] if _high([*found, places]) <= FULL_MM else found


def _second_parts(content: Content, guesses: int, lines: int, panels: bool) -> list[str]:
    view = content.view
    return [
        sections.top(view, again=True),
        sections.what_next(view, content.charts),
        people.section(view, content.charts.get("people") if panels else None),
        politics.section(view),
        sections.act_watch_and_doubt(view, content.charts, content.guesses[:guesses], lines),
        sections.sources(view),
    ]


def _left_out(content: Content, page: str) -> list[str]:
    """Figures that found no room on the second page."""
    left = [content.charts[name] for name in ("places", "people") if name in content.charts]
    return [figure(chart) for chart in left if f'id="figure-{chart.name}"' not in page]


def _high(parts: Sequence[str]) -> float:
    return sum(map(printed_mm, parts))


def _repeated(head: str, body: str) -> str:
    """A part that may run over several printed pages, its head on each of them."""
    rows = tag("thead", tag("tr", tag("td", head))) + tag("tbody", tag("tr", tag("td", body)))
    return tag("table", rows, class_="pages", role="presentation")


def _data(view: View) -> str:
    """What the run was made from and its weekly bands, for a machine; not a script that runs."""
    payload: dict[str, Any] = {"provenance": sections.provenance(view), "series": sections.weekly(view)}
    if not view.public:
        payload["kept"] = len(view.results.keys)
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="citerne-run">{text}</script>'
