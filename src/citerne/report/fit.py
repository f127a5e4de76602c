"""How high a part of the report prints, estimated, so that a page can choose what fits on it in any language.

The estimate knows only the report's own markup and print style. It errs on the high side; the proof of printing
measures it against a browser.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

PAGE_WIDE_MM, PAGE_HIGH_MM = 190.0, 281.0
PX = 25.4 / 96  # mm
WIDTH = 0.46  # of a letter, in heights of its font
SPLIT = {"two": (82, 104), "halves": (1, 1), "grow": (6, 1.4), "cards": (1,) * 6}
GAP_MM = 4.0
AROUND_PX = {"figure": 4.0, "foot": 9.0, "top": 4.0}  # margins and lines of what holds other parts
INDENT_MM = 3.0


@dataclass(frozen=True)
class Type:
    """A kind of line in print: size of the font and height of a line in px, and what stands around it."""

    size: float
    line: float
    around: float = 0.0


TYPES = {
    "h1": Type(16, 20, 3), "h2": Type(11, 14, 7), "h3": Type(9.5, 12, 2), "p": Type(9.2, 11.5, 2),
    "p.said": Type(8, 10, 2), "p.note": Type(7, 8.8, 1), "p.small": Type(7, 8.8, 1), "li": Type(9.4, 11.9, 1),
    "div.what": Type(8, 9.6), "div.value": Type(16, 17.6), "div.range": Type(7.8, 9.8, 5),
}  # fmt: skip
WITHIN = {
    "halves": {"li": Type(7.9, 9.5)},
    "grow": {"li": Type(8.6, 10.3), "p": Type(8.6, 10.3, 2)},
}  # lines that are smaller within
CELL = Type(7.7, 8.7, 2.0)
VOID = ("br", "meta")
_INSIDE = re.compile(r"(<svg[^>]*>).*?</svg>", re.DOTALL)  # what is drawn does not change how high it is
_FOLDED = re.compile(r"<(details|script|style)\b.*?</\1>", re.DOTALL)


@dataclass
class Node:
    """An element, its text and children, in order."""

    name: str
    class_: str
    box: tuple[float, float] | None = None
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def whole(self) -> str:
        """All text in it."""
        return self.text + "".join(child.whole() for child in self.children)


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("root", "")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = dict(attrs)
        box = None
        if tag == "svg":
            _x, _y, wide, high = (float(v) for v in (words["viewbox"] or "").split())
            box = (wide, high)
        if tag == "br":
            self.open[-1].text += "\n"
        node = Node(tag, words.get("class") or "", box)
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Parts of a drawing: nothing to add."""

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def printed_mm(part: str, width_mm: float = PAGE_WIDE_MM) -> float:
    """Height that a piece of the report takes in print, mm."""
    tree = _Tree()
    tree.feed(_INSIDE.sub(r"\1</svg>", _FOLDED.sub("", part)))
    return _height(tree.open[0], width_mm)


def _height(node: Node, wide: float, within: str = "") -> float:
    if node.box is not None:
        limit = 27.0 if node.box[0] < 100 else wide  # the dot grid is not blown up
        return min(wide, limit) * node.box[1] / node.box[0]
    if node.name == "table":
        return _table(node, wide)
    smaller = WITHIN.get(within, {}).get(node.name)
    kind = TYPES.get(f"{node.name}.{node.class_}") or smaller or TYPES.get(node.name)
    if kind is not None:
        wide -= INDENT_MM if node.name == "li" else 0
        return _text(node.whole(), kind, wide)
    if node.class_ in SPLIT:
        shares = SPLIT[node.class_]
        room = wide - GAP_MM * (len(shares) - 1)
        columns = [room * share / sum(shares) for share in shares]
        heights = (_height(child, columns[k % len(columns)], node.class_) for k, child in enumerate(node.children))
        return max(heights, default=0.0)
    around = AROUND_PX.get(node.class_) or AROUND_PX.get(node.name, 0.0)
    return sum(_height(child, wide, within) for child in node.children) + around * PX


def _text(text: str, kind: Type, wide: float) -> float:
    per_line = max(int(wide / (kind.size * WIDTH * PX)), 1)
    lines = sum(max(1, math.ceil(len(line) / per_line)) for line in text.split("\n"))
    return (lines * kind.line + kind.around) * PX


def _rows(node: Node) -> list[Node]:
    found = [child for child in node.children if child.name == "tr"]
    for child in node.children:
        if child.name in ("thead", "tbody"):
            found += _rows(child)
    return found


def _table(node: Node, wide: float) -> float:
    """Rows of one line where they fit; a row that is too long, heads above all, is broken in proportion."""
    letter = CELL.size * WIDTH * PX
    room = wide / letter
    rows = [[cell.whole() for cell in row.children] for row in _rows(node)]
    # a cell that may not be broken sets the least width of its column; heads and first columns are broken
    columns = max((len(row) for row in rows), default=0)
    stiff = [max((len(row[k]) for row in rows[1:] if k < len(row)), default=0) if k else 0 for k in range(columns)]
    left = max(room - sum(stiff) - 2 * columns, 8.0)
    high = 0.0
    for n, row in enumerate(rows):
        lines = 1
        for k, cell in enumerate(row):
            if k == 0:
                lines = max(lines, math.ceil(len(cell) / left))
            elif n == 0:
                share = stiff[k] + max(left - len(row[0]), 0) / max(columns - 1, 1)
                lines = max(lines, math.ceil(1.1 * len(cell) / max(share, 4)))
        high += (lines * CELL.line + CELL.around) * PX
    return high
