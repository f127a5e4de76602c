"""Values as YAML 1.2 writes them."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"-?\d+(\.\d+)?\Z|\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def scalar(text: str) -> str:
    """One value: numbers and dates plain, all else in quotes, which YAML shares with JSON."""
    return text if _PLAIN.match(text) else json.dumps(text, ensure_ascii=False)
