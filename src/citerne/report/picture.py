"""A sheet as a matplotlib figure, for notebooks, and as a PNG that can travel alone."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D, Transform

from citerne.report.look import GREY, INK, ORANGE, WHITE, Area, Chart, Dots, Item, Lines, Sheet, Words

MM = 1 / 25.4
STYLE: dict[Any, Any] = {"font.family": ["DejaVu Sans"], "hatch.linewidth": 0.35, "path.simplify": False}


def figure_of(sheet: Sheet, above_mm: float = 0.0, below_mm: float = 0.0, dpi: int = 100) -> Figure:
    """The drawing as a figure, with room above and below."""
    with matplotlib.rc_context(STYLE):
        size = (sheet.width_mm * MM, (sheet.height_mm + above_mm + below_mm) * MM)
        figure = Figure(figsize=size, dpi=dpi)
        mm = Affine2D().scale(MM).translate(0, below_mm * MM) + figure.dpi_scale_trans
        for item in sheet.items():
            _add(figure, mm, item)
    return figure


def _add(figure: Figure, mm: Transform, item: Item) -> None:
    """Draw one item; hatching and letters take their style when they are made."""
    place: dict[str, Any] = {"zorder": item.order, "transform": mm, "gid": item.name}
    if isinstance(item, Area):
        outline: dict[str, Any] = {"closed": True, "edgecolor": item.edge}
        if item.fill != "none":
            figure.add_artist(Polygon(item.points, facecolor=item.fill, linewidth=item.width, **outline, **place))
        if item.hatch:
            place |= {"zorder": item.order + 0.1, "gid": None}
            figure.add_artist(
                Polygon(item.points, facecolor="none", hatch=item.hatch, linewidth=0.0, **outline, **place)
            )
    elif isinstance(item, Lines):
        style: dict[str, Any] = {"colors": item.color, "linewidths": item.widths}
        figure.add_artist(LineCollection(list(item.segments), linestyles=[item.dashes or "solid"], **style, **place))
    elif isinstance(item, Dots):
        x, y = item.points.T
        style = {"marker": item.shape, "markersize": item.size, "markerfacecolor": item.fill}
        edge: dict[str, Any] = {"markeredgecolor": item.edge, "markeredgewidth": 0.5}
        figure.add_artist(Line2D(x, y, linestyle="none", **style, **edge, **place))
    else:
        _write(figure, mm, item)


def _write(figure: Figure, mm: Transform, item: Words) -> None:
    text = figure.text(item.x, item.y, item.words, transform=mm, fontsize=item.size, color=item.color, ha=item.ha,
                       va=item.va, fontweight="bold" if item.bold else "normal",
                       fontstyle="italic" if item.italic else "normal", zorder=item.order)  # fmt: skip
    if item.halo:
        text.set_path_effects([withStroke(linewidth=1.6, foreground=WHITE)])


def write_png(chart: Chart, path: Path, simulation: str, dpi: int = 170) -> None:
    """The figure with its title above; signs, source and the word that it is a simulation below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    sheet = chart.sheet
    head = textwrap.wrap(f"{chart.title} ({chart.unit})" if chart.unit else chart.title, int(sheet.width_mm * 0.52))
    foot = textwrap.wrap(f"{chart.notes} {chart.source}".strip(), int(sheet.width_mm * 0.9))
    above, below = 2.0 + 4.0 * len(head), 7.0 + 2.6 * len(foot)
    figure = figure_of(sheet, above, below, dpi)
    mm = Affine2D().scale(MM).translate(0, below * MM) + figure.dpi_scale_trans
    around = (
        Words(1.5, sheet.height_mm + above - 1.5, "\n".join(head), 9, True, False, INK, "left", "top", False),
        Words(1.5, -4.0, simulation, 7, True, False, ORANGE, "left", "baseline", False),
        Words(1.5, -6.0, "\n".join(foot), 5.5, False, False, GREY, "left", "top", False),
    )
    with matplotlib.rc_context(STYLE):
        for words in around:
            _write(figure, mm, words)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    image.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
