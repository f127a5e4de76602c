"""A part of a page: a chart or a table, with its numbers in a form for machines and its twins as files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from citerne.base.text import _
from citerne.report import html
from citerne.report.html import tag
from citerne.report.look import Chart, to_svg
from citerne.report.words import simulation_line

Rows = Callable[[], list[tuple[Any, ...]]]
FORMS = ("csv", "svg", "json")
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Part:
    """One chart or table of a page.

    Attributes
    ----------
    name : key, unique on its page, used in addresses
    title : heading
    columns, rows : the numbers for machines, plain and untranslated; rows are made when asked for
    chart : the drawing, or None for a table
    header, cells : the table for readers, where it is one
    note : small print below
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Rows
    chart: Chart | None = None
    header: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    class_: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """Files it is also there as; a table has no drawing."""
        return FORMS if self.chart is not None else ("csv", "json")


Block = str | Part  # a piece of a page: HTML, or a part


def part_html(part: Part, link: Callable[[str, str], str]) -> str:
    """A part as HTML, with links to its files; `link` gives the address of a part in a form."""
    links = " ".join(
        tag("a", form.upper(), href=link(part.name, form), download=f"{part.name}.{form}",
            aria_label=f"{form.upper()}: {part.title}")
        for form in part.forms
    )  # fmt: skip
    files = tag("p", links, class_="files")
    if part.chart is not None:
        return chart_html(part.chart, files, part.class_)
    if not part.cells:
        return tag("section", tag("h2", escape(part.title)) + html.paragraph(_("Nothing to show in this run.")))
    table = html.scroll(html.table(part.header, part.cells, part.class_), part.title)
    note = html.paragraph(part.note, "note") if part.note else ""
    return tag("section", tag("h2", escape(part.title)) + table + note + files, class_="part", id=f"part-{part.name}")


def chart_html(chart: Chart, files: str, class_: str = "") -> str:
    """A chart with its title, what it says, what its signs mean, its numbers and its files."""
    unit = f' <span class="unit">{escape(chart.unit)}</span>' if chart.unit else ""
    title = tag("h2", escape(chart.title) + unit)
    drawing = drawing_of(chart)
    if chart.sheet.width_mm > html.NARROW_MM:
        drawing = html.scroll(drawing, chart.title)
    said = tag("p", escape(chart.summary), class_="said")
    note = tag("p", escape(f"{chart.notes} {chart.source}".strip()), class_="note")
    table = html.scroll(html.table(chart.table.header, chart.table.rows, "data"),
                        _("The numbers: {title}").format(title=chart.title))  # fmt: skip
    numbers = tag("details", tag("summary", escape(_("The numbers"))) + table)
    caption = tag("figcaption", said + note + numbers + files)
    return tag("figure", title + drawing + caption, id=f"figure-{chart.name}", class_=f"part {class_}".strip())


def drawing_of(chart: Chart) -> str:
    """The drawing as SVG that may stand in a page whose policy allows no style in attributes."""
    drawing = to_svg(chart)
    assert " style=" not in drawing  # would be dropped by the page's content security policy
    return drawing


_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def svg_file(charts: Sequence[Chart], title: str) -> str:
    """Drawings below each other as one SVG file, each under its title, with what it is on top."""
    wide, down, parts = 0.0, 40.0, []
    for chart in charts:
        drawing = drawing_of(chart)
        found = _VIEW.search(drawing)
        assert found is not None  # every drawing has its size
        width, height = float(found[1]), float(found[2])
        words = f"{chart.title} ({chart.unit})" if chart.unit else chart.title
        parts.append(f'<text x="4" y="{down + 12:.0f}" font-size="10" font-weight="bold">{escape(words)}</text>')
        parts.append(drawing.replace("<svg ", f'<svg x="0" y="{down + 18:.0f}" width="{width}" height="{height}" ', 1))
        down += height + 26
        wide = max(wide, width, 6.0 * len(words))
    wide = max(wide, 320.0)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {down:.0f}" width="{wide * 1.5:.0f}"'
        f' height="{down * 1.5:.0f}" font-family="Arial,Helvetica,sans-serif" fill="#222222">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="4" y="15" font-size="9" font-weight="bold" fill="#a84400">{escape(simulation_line())}</text>'
        f'<text x="4" y="29" font-size="9">{escape(title)}</text>'
    )
    return head + "".join(parts) + "</svg>\n"


def csv_file(parts: Sequence[Part], about: Mapping[str, Any]) -> str:
    """Numbers of parts below each other; a first line says what it is, comments say which run and which part."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    out.write(f"# {simulation_line()}\n")
    for name, value in about.items():
        out.write(f"# {name}: {_one_line(value)}\n")
    for part in parts:
        if len(parts) > 1:
            out.write(f"# part: {part.name}\n")
        writer.writerow(part.columns)
        writer.writerows([[_cell(value) for value in row] for row in part.rows()])
    return out.getvalue()


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())


def _cell(value: Any) -> Any:
    """A cell: six digits; text that a spreadsheet would take for a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return "'" + text if text.startswith(STARTS_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def plain(value: Any) -> Any:
    """A value fit for JSON: six digits, not-a-number as null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.6g}") if abs(value) < float("inf") else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def json_of(parts: Sequence[Part], about: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers of parts as one object."""
    found = []
    for part in parts:
        item: dict[str, Any] = {"name": part.name, "title": part.title, "columns": list(part.columns)}
        if part.chart is not None:
            item |= {"unit": part.chart.unit, "summary": part.chart.summary}
        item["rows"] = [plain(row) for row in part.rows()]
        found.append(item)
    return {"notice": simulation_line(), **plain(about), "parts": found}
