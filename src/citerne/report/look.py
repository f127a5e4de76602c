"""How figures look, a sheet to draw them on, and turning a drawn figure into light SVG or PNG.

One blue for what is simulated, orange for what was observed, grey for the rest. Each colour is doubled by lightness,
line style or shape, so that the figure reads the same in black and white.

Figures are matplotlib figures. A sheet draws in millimetres without matplotlib's own axes: their ticks cost 40 ms a
panel, which a report written at the end of every run cannot afford.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.transforms import Affine2D

from citerne.base.text import number

Array = np.ndarray[Any, Any]
Dashes = tuple[int, tuple[float, ...]] | None

BLUE = "#1d4e89"
HALF = "#7da7d0"
NINE = "#cfdff0"
ORANGE = "#c85200"
INK = "#222222"
GREY = "#626262"
FAINT = "#c4c4c4"
WHITE = "#ffffff"

DPI = 72.0
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "citerne",
    "font.family": ["DejaVu Sans"],
    "hatch.linewidth": 0.35,
    "path.simplify": False,
    "figure.dpi": DPI,
}
MM = 1 / 25.4


@dataclass(frozen=True)
class Table:
    """The numbers behind a figure."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Sheet:
    """A figure of a given size on paper; all positions in mm from the lower left corner."""

    def __init__(self, width_mm: float, height_mm: float) -> None:
        self.width_mm, self.height_mm = width_mm, height_mm
        self.figure = Figure(figsize=(width_mm * MM, height_mm * MM), dpi=DPI)
        self.place = Affine2D().scale(MM)
        self.mm = self.place + self.figure.dpi_scale_trans

    def area(
        self, points: Array, fill: str, *, edge: str = "none", width: float = 0.0, hatch: str | None = None,
        order: float = 1.0, name: str | None = None,
    ) -> None:  # fmt: skip
        """A filled polygon, (n, 2)."""
        if fill != "none":
            patch = Polygon(points, closed=True, facecolor=fill, edgecolor=edge, linewidth=width, zorder=order,
                            transform=self.mm, gid=name)  # fmt: skip
            self.figure.add_artist(patch)
        if hatch:
            with matplotlib.rc_context(STYLE):  # the width of hatching is read when a patch is made
                lines = Polygon(points, closed=True, facecolor="none", edgecolor=edge, hatch=hatch, linewidth=0.0,
                                zorder=order + 0.1, transform=self.mm, gid=name and f"{name}-hatch")  # fmt: skip
            self.figure.add_artist(lines)

    def line(
        self, points: Array, color: str, width: float, *, dashes: Dashes = None, order: float = 2.0,
        name: str | None = None,
    ) -> None:  # fmt: skip
        """A line through points, (n, 2)."""
        line = Line2D(points[:, 0], points[:, 1], color=color, linewidth=width, linestyle=dashes or "-", zorder=order,
                      transform=self.mm, gid=name)  # fmt: skip
        self.figure.add_artist(line)

    def lines(
        self, segments: Sequence[Any], color: Any, width: Any, *, dashes: Dashes = None, order: float = 2.0,
        name: str | None = None,
    ) -> None:  # fmt: skip
        """Many lines of one style; `width` may hold one number a line."""
        if segments:
            drawn = LineCollection(segments, colors=color, linewidths=width, linestyles=[dashes or "solid"],
                                   zorder=order, transform=self.mm, gid=name)  # fmt: skip
            self.figure.add_artist(drawn)

    def dots(
        self, points: Any, shape: str, size: float, fill: str, *, edge: str = INK, order: float = 5.0,
        name: str | None = None,
    ) -> None:  # fmt: skip
        """Markers of one shape, `size` in points."""
        if len(points):
            xy = np.asarray(points, float)
            dots = Line2D(xy[:, 0], xy[:, 1], linestyle="none", marker=shape, markersize=size, gid=name,
                          markerfacecolor=fill, markeredgecolor=edge, markeredgewidth=0.5, zorder=order,
                          transform=self.mm)  # fmt: skip
            self.figure.add_artist(dots)

    def text(
        self, x: float, y: float, words: str, size: float = 7.0, *, bold: bool = False, italic: bool = False,
        color: str = INK, ha: str = "left", va: str = "baseline", halo: bool = False,
    ) -> None:  # fmt: skip
        """Words at a point; `halo` keeps them readable over lines: by style sheet in SVG, drawn in PNG."""
        text = self.figure.text(x, y, words, transform=self.mm, fontsize=size, color=color, ha=ha, va=va,
                                fontweight="bold" if bold else "normal", fontstyle="italic" if italic else "normal",
                                zorder=6)  # fmt: skip
        if halo:
            text.set_gid(f"halo-{len(self.figure.texts)}")


@dataclass(frozen=True)
class Panel:
    """A rectangle of a sheet with its own scales, linear in both directions; values outside are cut off."""

    sheet: Sheet
    left: float
    bottom: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, values: Any) -> Any:
        """Horizontal positions in mm."""
        low, high = self.x_range
        return self.left + np.clip((np.asarray(values, float) - low) / (high - low), 0, 1) * self.width

    def y(self, values: Any) -> Any:
        """Vertical positions in mm."""
        low, high = self.y_range
        return self.bottom + np.clip((np.asarray(values, float) - low) / (high - low), 0, 1) * self.height

    def points(self, x: Any, y: Any) -> Array:
        """Positions (n, 2) in mm."""
        return np.column_stack([self.x(x), self.y(y)])

    def numbers(self, ticks: Sequence[float], size: float = 6.0) -> None:
        """Tick values left of the left axis, with as many decimals as their step needs."""
        self.y_labels(ticks, tick_words(ticks), size)

    def frame(self, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> None:
        """Left and lower axis with ticks."""
        base, side, right, top = self.bottom, self.left, self.left + self.width, self.bottom + self.height
        marks = [[(side, top), (side, base), (right, base)]]
        marks += [[(float(v), base), (float(v), base - 0.8)] for v in self.x(list(x_ticks))]
        marks += [[(side, float(v)), (side - 0.8, float(v))] for v in self.y(list(y_ticks))]
        self.sheet.lines(marks, GREY, 0.5, order=3)

    def x_labels(self, ticks: Sequence[float], words: Sequence[str], size: float = 6.0) -> None:
        """Words below the lower axis."""
        for tick, word in zip(self.x(list(ticks)), words, strict=True):
            self.sheet.text(float(tick), self.bottom - 1.3, word, size, ha="center", va="top")

    def y_labels(self, ticks: Sequence[float], words: Sequence[str], size: float = 6.0) -> None:
        """Words left of the left axis."""
        for tick, word in zip(self.y(list(ticks)), words, strict=True):
            self.sheet.text(self.left - 1.3, float(tick), word, size, ha="right", va="center")


def nice_ticks(top: float, most: int = 4, low: float = 0.0) -> list[float]:
    """Round tick values from `low` to at most `top`, no more than `most` steps.

    >>> nice_ticks(14.3)
    [0.0, 5.0, 10.0]
    """
    span = max(top - low, 1e-12)
    size = 10.0 ** np.floor(np.log10(span / most))
    step = float(next(size * k for k in (1, 2, 2.5, 5, 10, 20) if span / (size * k) <= most))
    first = np.ceil(low / step - 1e-9)
    return [float(v) for v in (first + np.arange(most + 2)) * step if v <= top * (1 + 1e-9) + 1e-12]


def tick_words(ticks: Sequence[float]) -> list[str]:
    """Tick values in words, all with the decimals that their step needs.

    >>> tick_words([0.0, 0.25, 0.5])
    ['0', '0.25', '0.50']
    """
    step = min((abs(b - a) for a, b in pairwise(ticks)), default=1.0)
    decimals = next((d for d in range(7) if abs(step - round(step, d)) < 1e-6 * step), 7)
    return [number(tick, decimals).replace("-", "\u2212") if tick else "0" for tick in ticks]


@dataclass(frozen=True)
class Chart:
    """A drawn figure with all that must go with it.

    Attributes
    ----------
    name : short key, used for element ids and file names
    title, unit, source, summary : shown beside it; the summary is made from the data
    sheet : the drawing
    table : the numbers behind it
    notes : what the signs mean
    """

    name: str
    title: str
    unit: str
    summary: str
    source: str
    sheet: Sheet
    table: Table
    notes: str = field(default="")

    @property
    def figure(self) -> Figure:
        """The matplotlib figure."""
        return self.sheet.figure


_NUMBER = re.compile(r"(\d\.\d\d)\d+")
_FONT = re.compile(r"'DejaVu Sans'(?:, [^;\"]*)?")
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_DROPPED = re.compile(r"<metadata>.*?</metadata>|<style type=\"text/css\">.*?</style>|<!--.*?-->", re.DOTALL)
_HEAD = re.compile(r"^.*?<svg [^>]*?viewBox=\"([^\"]+)\"[^>]*>", re.DOTALL)
_SPACES = re.compile(r">\s+<")
_LINE_TO = re.compile(r"\s*\nL ")


def to_svg(chart: Chart) -> str:
    """The figure as one inline SVG element: text as text, ids prefixed by the chart's name, nothing from outside."""
    buffer = io.StringIO()
    with matplotlib.rc_context(STYLE):
        chart.figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = _DROPPED.sub("", buffer.getvalue())
    text = _NUMBER.sub(r"\1", text)
    text = _FONT.sub("Arial,Helvetica,sans-serif", text)
    text = _IDS.sub(rf"\g<1>{chart.name}-", text)
    text = _LINE_TO.sub(" ", _SPACES.sub("><", text))
    label = escape(f"{chart.title}. {chart.summary}", quote=True)
    head = f'<svg class="chart" viewBox="{{}}" role="img" aria-label="{label}">'
    return _HEAD.sub(lambda found: head.format(found[1]), text, count=1).strip()


def to_png(chart: Chart, path: Path, simulation: str, dpi: int = 170) -> None:
    """The figure as a picture that can travel alone: title above; signs, source and warning below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.patheffects import withStroke
    from PIL import Image

    sheet = chart.sheet
    head = textwrap.wrap(f"{chart.title} ({chart.unit})" if chart.unit else chart.title, int(sheet.width_mm * 0.52))
    foot = textwrap.wrap(f"{chart.notes} {chart.source}".strip(), int(sheet.width_mm * 0.9))
    above, below = 2.0 + 4.0 * len(head), 7.0 + 2.6 * len(foot)
    figure = sheet.figure
    with matplotlib.rc_context(STYLE):
        figure.set_size_inches(sheet.width_mm * MM, (sheet.height_mm + above + below) * MM)
        sheet.place.translate(0, below * MM)
        before = list(figure.texts)
        for text in before:
            if (text.get_gid() or "").startswith("halo"):
                text.set_path_effects([withStroke(linewidth=1.6, foreground=WHITE)])
        sheet.text(1.5, sheet.height_mm + above - 1.5, "\n".join(head), 9, bold=True, va="top")
        sheet.text(1.5, -4.0, simulation, 7, bold=True, color=ORANGE)
        sheet.text(1.5, -6.0, "\n".join(foot), 5.5, color=GREY, va="top")
        figure.set_dpi(dpi)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        image.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
        for text in [text for text in figure.texts if text not in before]:
            text.remove()
        for text in before:
            text.set_path_effects([])
        sheet.place.translate(0, -below * MM)
        figure.set_dpi(DPI)
        figure.set_size_inches(sheet.width_mm * MM, sheet.height_mm * MM)
