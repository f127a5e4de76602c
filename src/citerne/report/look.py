"""How figures look, and a sheet to draw them on.

One blue for what is simulated, orange for what was observed, grey for the rest. Each colour is doubled by lightness,
line style or shape, so that the figure reads the same in black and white.

A sheet is a list of what is on it, in millimetres. Its SVG is written straight from that list, and the same list
becomes a matplotlib figure for a notebook or a picture file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from citerne.base.text import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
PT = 25.4 / 72  # mm in a point
BOLD_WIDE = 0.56  # width of a bold letter, in its size


@dataclass(frozen=True)
class Table:
    """The numbers behind a figure."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Area:
    """A filled polygon, (n, 2); `hatch` is a pattern of matplotlib laid over it."""

    points: Array
    fill: str
    edge: str
    width: float
    hatch: str | None
    order: float
    name: str | None


@dataclass(frozen=True)
class Lines:
    """Open lines of one colour; `widths` holds one number a line or one for all; dashes are in line widths."""

    segments: tuple[Array, ...]
    color: str
    widths: tuple[float, ...]
    dashes: Dashes
    order: float
    name: str | None


@dataclass(frozen=True)
class Dots:
    """Markers of one shape (`o s D ^ v`), `size` in points across."""

    points: Array
    shape: str
    size: float
    fill: str
    edge: str
    order: float
    name: str | None


@dataclass(frozen=True)
class Words:
    """Words at a point; `halo` keeps them readable over lines."""

    x: float
    y: float
    words: str
    size: float
    bold: bool
    italic: bool
    color: str
    ha: str
    va: str
    halo: bool
    order: float = 6.0
    name: str | None = None


Item = Area | Lines | Dots | Words


class Sheet:
    """A drawing of a given size on paper: a list of what is on it, in mm from the lower left corner.

    It is written as SVG directly (`citerne.report.svg`) and turned into a matplotlib figure where one is asked for
    (`citerne.report.picture`): a report written at the end of every run cannot afford half a second of matplotlib.
    """

    def __init__(self, width_mm: float, height_mm: float) -> None:
        self.width_mm, self.height_mm = width_mm, height_mm
        self._items: list[Item] = []

    def items(self) -> list[Item]:
        """What is on the sheet, the lowest first."""
        return sorted(self._items, key=lambda item: item.order)

    def area(
        self, points: Any, fill: str, *, edge: str = "none", width: float = 0.0, hatch: str | None = None,
        order: float = 1.0, name: str | None = None,
    ) -> None:  # fmt: skip
        """A filled polygon, (n, 2)."""
        self._items.append(Area(np.asarray(points, float), fill, edge, width, hatch, order, name))

    def line(
        self, points: Any, color: str, width: float, *, dashes: Dashes = None, order: float = 2.0,
        name: str | None = None,
    ) -> None:  # fmt: skip
        """A line through points, (n, 2)."""
        self.lines([points], color, width, dashes=dashes, order=order, name=name)

    def lines(
        self, segments: Sequence[Any], color: str, width: float | Sequence[float], *, dashes: Dashes = None,
        order: float = 2.0, name: str | None = None,
    ) -> None:  # fmt: skip
        """Many lines of one style; `width` may hold one number a line."""
        if segments:
            widths = (width,) if isinstance(width, (int, float)) else tuple(width)
            arrays = tuple(np.asarray(segment, float) for segment in segments)
            self._items.append(Lines(arrays, color, widths, dashes, order, name))

    def dots(
        self, points: Any, shape: str, size: float, fill: str, *, edge: str = INK, order: float = 5.0,
        name: str | None = None,
    ) -> None:  # fmt: skip
        """Markers of one shape, `size` in points."""
        if len(points):
            self._items.append(Dots(np.asarray(points, float), shape, size, fill, edge, order, name))

    def text(
        self, x: float, y: float, words: str, size: float = 7.0, *, bold: bool = False, italic: bool = False,
        color: str = INK, ha: str = "left", va: str = "baseline", halo: bool = False,
    ) -> None:  # fmt: skip
        """Words at a point; `halo` keeps them readable over lines."""
        self._items.append(Words(x, y, words, size, bold, italic, color, ha, va, halo))


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


def fitted(words: str, size: float, room_mm: float) -> float:
    """Size of bold letters in points with which words fit into a room, at most `size`.

    >>> fitted("short", 7.0, 50.0)
    7.0
    """
    return min(size, room_mm / (max(len(words), 1) * BOLD_WIDE * PT))


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
        """The drawing as a matplotlib figure."""
        from citerne.report.picture import figure_of

        return figure_of(self.sheet)


def to_svg(chart: Chart) -> str:
    """The figure as one SVG element: text as text, ids prefixed by the chart's name, nothing from outside."""
    from citerne.report.svg import svg_of

    return svg_of(chart.sheet, chart.name, f"{chart.title}. {chart.summary}")


def to_png(chart: Chart, path: Path, simulation: str, dpi: int = 170) -> None:
    """The figure as a picture that can travel alone: title above; signs, source and warning below."""
    from citerne.report.picture import write_png

    write_png(chart, path, simulation, dpi)
