"""A made-up language in which every text is 35 % longer than in English, to see whether layouts hold."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from citerne.base import text

LONGER = 0.35
FILLER = "wort lengro anderes moli tastend"


def longer(message: str) -> str:
    """The text with a third more letters: short ones grow at their end, long ones gain words before the last sign."""
    if not message.strip():
        return message
    count = math.ceil(LONGER * len(message))
    more = (" " + FILLER * (1 + count // len(FILLER)))[:count] if count > 4 else "wxyz"[:count]
    body = message.rstrip()
    end = body[-1] if body[-1] in ".:;" else ""
    return body[: len(body) - len(end)] + more.rstrip() + end + message[len(body) :]


class Longer:
    """Stands in for the French catalogue."""

    def gettext(self, message: str) -> str:
        """The longer text; names of months stay twelve words."""
        if message.startswith(("Jan Feb", "January February")):
            return " ".join(word + "wxyz"[: math.ceil(LONGER * len(word))] for word in message.split())
        return longer(message)


@contextmanager
def longer_texts() -> Iterator[str]:
    """Within, the language `fr` is the made-up one."""
    kept = text._catalogue
    text._catalogue = lambda _code: Longer()  # type: ignore[assignment]
    try:
        yield "fr"
    finally:
        text._catalogue = kept
