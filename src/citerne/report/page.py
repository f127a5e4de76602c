"""The report of a run: one self-contained HTML file, two A4 pages in print, no outside request, no script that runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from citerne.base.text import current_language, use_language
from citerne.case.case import Case
from citerne.report import sections
from citerne.report.corridors import CorridorRow, corridor_rows
from citerne.report.html import tag
from citerne.report.look import Chart
from citerne.report.public import public_view
from citerne.report.sheetstyle import CSS
from citerne.report.stocks import StockRow, stock_rows
from citerne.report.text import KeyFigure, highlights, key_figures, paste_text
from citerne.report.view import View, detailed_view
from citerne.report.words import simulation_line
from citerne.results.results import Results


@dataclass(frozen=True)
class Content:
    """All that a report shows, gathered once."""

    view: View
    corridors: Sequence[CorridorRow]
    stocks: Sequence[StockRow]
    cards: Sequence[KeyFigure]
    said: Sequence[str]
    charts: Mapping[str, Chart]


def write_report(
    results: Results,
    case: Case,
    path: Path,
    language: str = "en",
    public: bool = False,
    pages: str | int = 2,
    scores: Sequence[Mapping[str, Any]] | None = None,
) -> int:
    """Write the report of a run.

    Parameters
    ----------
    results, case : the run and the case it was made from
    path : file to write
    language : `en` or `fr`
    public : first-level region and week only: no corridor, segment, depot, pipeline or plan
    pages : 2, or `full` for an annex with all rows, inputs and the method
    scores : rows of `citerne score`, for the coverage of observations; without them the report says it is not scored

    Returns
    -------
    int : size of the file in bytes
    """
    before = current_language()
    use_language(language)
    try:
        text = report_html(gather(results, case, public, scores), str(pages))
    finally:
        use_language(before)
    data = text.encode()
    path.write_bytes(data)
    return len(data)


def write_pictures(
    results: Results, case: Case, folder: Path, summary: Path, language: str = "en", public: bool = False,
    scores: Sequence[Mapping[str, Any]] | None = None,
) -> list[Path]:  # fmt: skip
    """Write one PNG a figure into `folder`, and a text to paste: the forms in which a report travels by message."""
    from citerne.report.look import to_png

    before = current_language()
    use_language(language)
    try:
        content = gather(results, case, public, scores)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for chart in content.charts.values():
            path = folder / f"{chart.name}.png"
            to_png(chart, path, simulation_line())
            paths.append(path)
        summary.write_text(paste_text(content.view, content.cards, content.said), encoding="utf-8")
        return [*paths, summary]
    finally:
        use_language(before)


def gather(
    results: Results, case: Case, public: bool = False, scores: Sequence[Mapping[str, Any]] | None = None
) -> Content:
    """Everything a report needs, in the language in use."""
    view = public_view(results, case, scores) if public else detailed_view(results, case, scores)
    corridors = [] if public else corridor_rows(view)
    stocks = stock_rows(view)
    return Content(
        view, corridors, stocks, key_figures(view), highlights(view, stocks), sections.charts(view, corridors, stocks)
    )


def report_html(content: Content, pages: str = "2") -> str:
    """The whole file as text."""
    view = content.view
    first = [
        sections.top(view),
        sections.highlights(content.said),
        sections.cards(view, content.cards),
        sections.access_and_cover(view, content.charts),
        sections.corridor_table(view, content.corridors),
        sections.stock_table(view, content.stocks, sections.stock_rows_that_fit(len(content.corridors))),
    ]
    second = [
        sections.top(view, again=True),
        sections.what_next(view, content.charts),
        sections.actions(view, content.charts),
        sections.how_sure(view),
        sections.sources(view),
    ]
    both = [first, second]
    if pages == "full":
        from citerne.report.annex import annex

        both.append(
            [_repeated(sections.top(view, again=True), "".join(annex(view, content.corridors, content.stocks)))]
        )
    body = "".join(tag("section", "".join(part), class_="page") for part in both)
    title = escape(f"{view.case.title()} – {simulation_line()}")
    return (
        f'<!DOCTYPE html><html lang="{current_language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>'
        f"<style>{CSS}</style></head><body><main>{body}</main>{_data(view)}</body></html>\n"
    )


def _repeated(head: str, body: str) -> str:
    """A part that may run over several printed pages, its head on each of them."""
    rows = tag("thead", tag("tr", tag("td", head))) + tag("tbody", tag("tr", tag("td", body)))
    return tag("table", rows, class_="pages", role="presentation")


def _data(view: View) -> str:
    """What the run was made from and its weekly bands, for a machine; not a script that runs."""
    payload = {"provenance": sections.provenance(view), "series": sections.weekly(view)}
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="citerne-run">{text}</script>'
