"""What every verb prints with: JSON on stdout, progress and remarks on stderr."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import click

from citerne.base.text import _


def _plain(value: Any) -> Any:
    """Make a value fit for JSON: numbers with 6 significant digits, not-a-number as null, labels as text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        return _plain(value.item())
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def print_json(payload: dict[str, Any]) -> None:
    """Print one JSON object on stdout; not-a-number becomes null."""
    click.echo(json_text(payload))


def json_text(payload: dict[str, Any]) -> str:
    """What `print_json` prints."""
    return json.dumps(_plain(payload), ensure_ascii=False, allow_nan=False)


def remark(text: str, quiet: bool = False) -> None:
    """Say something to the person, on stderr, unless `--quiet`."""
    if not quiet:
        click.echo(text, err=True)


def compiling(quiet: bool) -> Callable[[], None]:
    """What to call when the model has to be compiled first: it says so, unless `--quiet`."""
    return lambda: remark(_("Compiling the model; only the first run needs this (about half a minute)."), quiet)
