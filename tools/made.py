"""What the tools that make pages share: write what is stale, or with --check only name it."""

from __future__ import annotations

import sys
from pathlib import Path


def stale(pages: dict[Path, str]) -> list[Path]:
    """Pages that are missing or not as they should be."""
    return [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def finish(pages: dict[Path, str], command: str) -> int:
    """Write the stale pages and return 0; with --check name them, write nothing and return 1 if there are any."""
    old = stale(pages)
    for path in old:
        if "--check" in sys.argv:
            print(f"stale: {path.name}; run {command}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages[path], encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if old and "--check" in sys.argv else 0
