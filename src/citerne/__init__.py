"""Citerne: simulate, stress-test and plan the fuel supply of a country under blockade.

The public functions are loaded on first use, so that `import citerne` stays light.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
_API = ("load", "check", "run", "score", "calibrate", "compare", "stress", "Case", "Policy", "Results")
__all__ = ["__version__", *_API]


def __getattr__(name: str) -> Any:
    if name in _API:
        from citerne import api

        return getattr(api, name)
    raise AttributeError(f"module 'citerne' has no attribute {name!r}")
