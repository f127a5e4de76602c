"""Citerne: simulate, stress-test and plan the fuel supply of a country under blockade.

The public functions are loaded on first use, so that `import citerne` stays light.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
_FUNCTIONS = (
    "load", "check", "run", "score", "calibrate", "compare", "nowcast", "plan", "stress", "displacement", "outlook",
    "report",
)  # fmt: skip
_API = (*_FUNCTIONS, "Case", "Policy", "Results")
__all__ = ["__version__", *_API]


def __getattr__(name: str) -> Any:
    if name in _API:
        from citerne import api

        return getattr(api, name)
    raise AttributeError(f"module 'citerne' has no attribute {name!r}")


class _Package(ModuleType):
    """Some rooms are called like the public function that leads into them; the name is that of the function.

    Python would set the room as an attribute of the package once something in it is imported, and a second call of
    `citerne.calibrate` would call a module.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _FUNCTIONS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
