"""Text in two languages: gettext at run time, chosen by `--lang`, CITERNE_LANG or the locale.

A process speaks one language; a server that answers several people at once sets the language of one answer with
`speaking`, which no other thread or task sees.

The source language is English. `_("...")` marks and translates a text; keep placeholders named
(`_("{count} fault(s)").format(count=3)`), so that a translator may move them.
"""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "fr")
_LOCALE_DIR = Path(__file__).resolve().parents[1] / "locale"
_current = ["en"]
_spoken: ContextVar[str] = ContextVar("spoken", default="")


def language_of(requested: str | None = None) -> str:
    """The language to use: `requested`, else CITERNE_LANG, else the locale, else English."""
    for candidate in (requested, os.environ.get("CITERNE_LANG"), os.environ.get("LC_ALL"), os.environ.get("LANG")):
        if candidate:
            code = candidate[:2].lower()
            return code if code in LANGUAGES else "en"
    code = (locale.getlocale()[0] or "en")[:2].lower()
    return code if code in LANGUAGES else "en"


def use_language(code: str) -> None:
    """Set the language of all text that follows in this process."""
    _current[0] = code if code in LANGUAGES else "en"


def current_language() -> str:
    """The two-letter code in use."""
    return _spoken.get() or _current[0]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Set the language of what this thread or task says until the block ends."""
    token = _spoken.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


@lru_cache(maxsize=4)
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("citerne", localedir=_LOCALE_DIR, languages=[code], fallback=True)


def _(message: str) -> str:
    """Translate `message` into the language in use."""
    code = current_language()
    return message if code == "en" else _catalogue(code).gettext(message)


def number(value: float, decimals: int = 0, language: str | None = None) -> str:
    """A number for reading: thousands apart by a narrow no-break space, decimal comma in French.

    >>> number(12345.6, 1, "en")
    '12\\u202f345.6'
    """
    text = f"{value:,.{decimals}f}".replace(",", "\u202f")
    return text.replace(".", ",") if (language or current_language()) == "fr" else text
