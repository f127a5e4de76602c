"""Files for their owner only: stocks, consignments, outlooks and plans of convoys are sensitive."""

from __future__ import annotations

import os
from pathlib import Path


def own_folder(path: Path) -> Path:
    """Make a folder that its owner alone may enter (mode 0700), and those above it where they lack."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_own(path: Path, content: bytes) -> Path:
    """Write a new file that its owner alone may read (mode 0600); FileExistsError where one is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path


def replace_own(path: Path, content: bytes) -> Path:
    """Write such a file, whole or not at all, over one that may be there."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    write_own(draft, content).replace(path)
    return path
