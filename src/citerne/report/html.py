"""Small pieces of HTML, all text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from citerne.base.text import _
from citerne.report.look import Chart, Table, to_svg

NARROW_MM = 120.0  # a wider drawing cannot be read on a telephone without scrolling


def tag(name: str, content: str, **attributes: str) -> str:
    """An element whose content is HTML already; `class_` stands for class, `_` for `-`."""
    words = "".join(f' {k.rstrip("_").replace("_", "-")}="{escape(v, quote=True)}"' for k, v in attributes.items() if v)
    return f"<{name}{words}>{content}</{name}>"


def paragraph(text: str, class_: str = "") -> str:
    """A paragraph of plain text."""
    return tag("p", escape(text), class_=class_)


def bullets(items: Iterable[str], class_: str = "") -> str:
    """A list of plain texts."""
    return tag("ul", "".join(tag("li", escape(item)) for item in items), class_=class_)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], class_: str = "") -> str:
    """A table of plain texts; the first column heads its row, the others are figures."""
    head = "".join(tag("th", escape(cell), scope="col") for cell in header)
    body = []
    for row in rows:
        cells = [tag("th", escape(row[0]), scope="row"), *(tag("td", escape(cell)) for cell in row[1:])]
        body.append(tag("tr", "".join(cells)))
    return tag("table", tag("thead", tag("tr", head)) + tag("tbody", "".join(body)), class_=class_)


def scroll(content: str, label: str) -> str:
    """A part that scrolls sideways on a narrow screen, with the keyboard too."""
    return tag("div", content, class_="wide", role="region", aria_label=label, tabindex="0")


def wide_table(header: Sequence[str], rows: Iterable[Sequence[str]], class_: str = "") -> str:
    """A table that scrolls sideways, named by its first column."""
    return scroll(table(header, rows, class_), header[0])


def details(content: Table, opened: bool = False) -> str:
    """The numbers behind a figure, closed until asked for unless told otherwise."""
    inside = tag("summary", escape(_("The numbers"))) + table(content.header, content.rows, class_="data")
    return tag("details", inside, open="open" if opened else "")


def figure(chart: Chart, heading: bool = True, class_: str = "", notes: bool = True, opened: bool = False) -> str:
    """A chart with title, unit, summary, notes, source and numbers; notes may be left out where they stand above.

    `opened` shows the numbers from the start.
    """
    unit = f' <span class="unit">{escape(chart.unit)}</span>' if chart.unit else ""
    title = tag("h3", escape(chart.title) + unit) if heading else ""
    foot = [tag("p", escape(chart.summary), class_="said")]
    foot.append(tag("p", escape(f"{chart.notes if notes else ''} {chart.source}".strip()), class_="note"))
    caption = tag("figcaption", "".join(foot) + details(chart.table, opened))
    return tag("figure", title + drawing(chart) + caption, id=f"figure-{chart.name}", class_=class_)


def drawing(chart: Chart) -> str:
    """The drawing alone; a wide one scrolls on a telephone."""
    svg = to_svg(chart)
    return scroll(svg, chart.title) if chart.sheet.width_mm > NARROW_MM else svg
