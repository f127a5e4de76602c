"""Files for their owner only: stocks, consignments and outlooks are as sensitive as a plan of convoys."""

from __future__ import annotations

import os
from pathlib import Path


def new_folder(path: Path) -> Path:
    """Make a folder that its owner alone may enter (mode 0700), and those above it where they lack."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_new(path: Path, content: bytes) -> Path:
    """Write a file that its owner alone may read (mode 0600), whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    draft.replace(path)
    return path
