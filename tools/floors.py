"""Draw the floors of the package from the import contract in pyproject.toml; `--check` changes nothing."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

from made import finish

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "floors.svg"
WIDTH, HEIGHT, GAP, MARGIN = 760, 34, 12, 16


def layers() -> list[list[str]]:
    """Floors from the top down, each with its rooms."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (floors,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [[room.strip() for room in floor.split("|")] for floor in floors]


def picture(floors: list[list[str]]) -> str:
    """The floors as SVG: one line of boxes a floor, an arrow down between them."""
    total = len(floors) * (HEIGHT + GAP) - GAP + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" '
        'font-family="sans-serif" font-size="13">',
        "<title>Floors of the package: imports run downward only</title>",
        f'<rect width="{WIDTH}" height="{total}" fill="white"/>',
    ]
    for k, rooms in enumerate(floors):
        top = MARGIN + k * (HEIGHT + GAP)
        width = (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) / len(rooms)
        for j, room in enumerate(rooms):
            left = MARGIN + j * (width + GAP)
            lines.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HEIGHT}" rx="4" '
                         'fill="#eef3f7" stroke="#3b5b75"/>')  # fmt: skip
            lines.append(f'<text x="{left + width / 2:.1f}" y="{top + HEIGHT / 2 + 5:.1f}" text-anchor="middle" '
                         f'fill="#1d2f3d">{escape(room)}</text>')  # fmt: skip
        if k + 1 < len(floors):
            y = top + HEIGHT
            lines.append(f'<path d="M{WIDTH / 2 - 5} {y + 3} h10 l-5 {GAP - 5} z" fill="#3b5b75"/>')
    return "\n".join([*lines, "</svg>", ""])


def pages() -> dict[Path, str]:
    """The picture and its text."""
    return {PICTURE: picture(layers())}


if __name__ == "__main__":
    sys.exit(finish(pages(), "python tools/floors.py"))
