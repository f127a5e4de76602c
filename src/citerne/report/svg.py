"""A sheet as light SVG: short paths, text as text, ids prefixed, nothing from outside."""

from __future__ import annotations

import itertools
from html import escape
from typing import Any

import numpy as np

from citerne.report.look import WHITE, Area, Dashes, Dots, Lines, Sheet, Words

Array = np.ndarray[Any, Any]
POINTS = 72 / 25.4  # points in a mm
HATCH_PT = 5.0  # side of a tile of hatching
HATCH_WIDTH = 0.35
RISING = "M0 5L5 0M-1 1L1 -1M4 6L6 4"
FALLING = "M0 0L5 5M-1 4L1 6M4 -1L6 1"
UPRIGHT = "M1.2 0V5M3.7 0V5"
TILES = {"/": RISING, "\\": FALLING, "|": UPRIGHT, "x": RISING + FALLING}
ANCHORS = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}
DROP = {"baseline": 0.0, "center": 0.35, "top": 0.78}  # of the size of the letters, from the point to the baseline
LINE = 1.15  # of the size of the letters, from one line to the next
HALO = f'fill="{WHITE}" stroke="{WHITE}" stroke-width="2" stroke-linejoin="round"'
SQUARE = ((-1, -1), (1, -1), (1, 1), (-1, 1))
DIAMOND = ((0, -1.41), (1.41, 0), (0, 1.41), (-1.41, 0))
SHAPES = {"s": SQUARE, "D": DIAMOND, "^": ((0, -1), (1, 1), (-1, 1)), "v": ((0, 1), (1, -1), (-1, -1))}


def svg_of(sheet: Sheet, name: str, label: str) -> str:
    """The drawing as one SVG element.

    Parameters
    ----------
    name : prefix of all ids, one for each drawing of a page
    label : what a screen reader says
    """
    page = _Page(sheet.height_mm, name)
    body = "".join(page.draw(item) for item in sheet.items())
    wide, high = sheet.width_mm * POINTS, sheet.height_mm * POINTS
    defs = f"<defs>{''.join(page.patterns.values())}</defs>" if page.patterns else ""
    return (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.1f} {high:.1f}" role="img"'
        f' aria-label="{escape(label, quote=True)}" font-family="Arial,Helvetica,sans-serif">{defs}{body}</svg>'
    )


class _Page:
    """Writes items one by one, and keeps the hatching that they use."""

    def __init__(self, height_mm: float, name: str) -> None:
        self.height_mm, self.name = height_mm, name
        self.patterns: dict[tuple[str, str], str] = {}

    def draw(self, item: Area | Lines | Dots | Words) -> str:
        if isinstance(item, Area):
            return self._area(item)
        if isinstance(item, Lines):
            return self._lines(item)
        return self._dots(item) if isinstance(item, Dots) else self._words(item)

    def _points(self, points: Array) -> Array:
        """Millimetres from below to points from above."""
        return np.column_stack([points[:, 0], self.height_mm - points[:, 1]]) * POINTS

    def _id(self, name: str | None) -> str:
        return f' id="{self.name}-{escape(name, quote=True)}"' if name else ""

    def _area(self, item: Area) -> str:
        path = f'd="{_path(self._points(item.points))}Z"'
        out = ""
        if item.fill != "none":
            edge = f' stroke="{item.edge}" stroke-width="{item.width:g}"' if item.edge != "none" else ""
            out = f'<path{self._id(item.name)} {path} fill="{item.fill}"{edge}/>'
        if item.hatch:
            name = item.name and (f"{item.name}-hatch" if out else item.name)
            out += f'<path{self._id(name)} {path} fill="url(#{self._pattern(item.hatch[0], item.edge)})"/>'
        return out

    def _pattern(self, kind: str, color: str) -> str:
        key = (kind, color)
        names = [*self.patterns, key]
        name = f"{self.name}-tile-{names.index(key)}"
        self.patterns[key] = (
            f'<pattern id="{name}" width="{HATCH_PT:g}" height="{HATCH_PT:g}" patternUnits="userSpaceOnUse">'
            f'<path d="{TILES[kind]}" stroke="{color}" stroke-width="{HATCH_WIDTH}" fill="none"/></pattern>'
        )
        return name

    def _lines(self, item: Lines) -> str:
        paths = [_path(self._points(segment)) for segment in item.segments]
        widths = item.widths
        if len(widths) == 1:
            paths = ["".join(paths)]
        drawn = "".join(
            f'<path d="{path}" stroke-width="{width:.3g}"{_dashes(item.dashes, width)}/>'
            for path, width in zip(paths, widths, strict=True)
        )
        return f'<g{self._id(item.name)} fill="none" stroke="{item.color}">{drawn}</g>'

    def _dots(self, item: Dots) -> str:
        half = item.size / 2
        if item.shape == "o":
            drawn = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half:.3g}"/>' for x, y in self._points(item.points)]
        else:
            corners = np.array(SHAPES[item.shape]) * half
            drawn = [f'<path d="{_path(corners + point)}Z"/>' for point in self._points(item.points)]
        style = f'fill="{item.fill}" stroke="{item.edge}" stroke-width=".5"'
        return f"<g{self._id(item.name)} {style}>{''.join(drawn)}</g>"

    def _words(self, item: Words) -> str:
        """Words; a halo is the same words in a white outline below them, which every reader of SVG can draw."""
        x, y = item.x * POINTS, (self.height_mm - item.y) * POINTS + DROP[item.va] * item.size
        style = ANCHORS[item.ha] + (' font-weight="bold"' if item.bold else "")
        style += ' font-style="italic"' if item.italic else ""
        first, *more = (escape(line, quote=False) for line in item.words.split("\n"))
        rest = "".join(f'<tspan x="{x:.1f}" dy="{LINE * item.size:.1f}">{line}</tspan>' for line in more)
        place = f'x="{x:.1f}" y="{y:.1f}" font-size="{item.size:g}"{style}'
        halo = f"<text {place} {HALO}>{first}{rest}</text>" if item.halo else ""
        return f'{halo}<text {place} fill="{item.color}">{first}{rest}</text>'


def _path(points: Array) -> str:
    """`M x y L x y ...` with a tenth of a point, points that coincide with the one before left out."""
    cells = [f"{x:.1f} {y:.1f}" for x, y in points.tolist()]
    kept = cells[:1] + [cell for before, cell in itertools.pairwise(cells) if cell != before]
    if len(kept) == 1:
        kept.append(kept[0])
    return "M" + "L".join(kept)


def _dashes(dashes: Dashes, width: float) -> str:
    if dashes is None:
        return ""
    lengths = " ".join(f"{length * width:.3g}" for length in dashes[1])
    return f' stroke-dasharray="{lengths}"'
