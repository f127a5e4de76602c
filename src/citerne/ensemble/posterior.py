"""Draws of a posterior: a table that a calibration wrote, and which of them a member of an ensemble gets.

`posterior/draws.csv` holds one draw a row: the choice on every variant axis and the value of every unknown;
`posterior/about.json` says what it was made from. A case may carry such a folder, and `citerne calibrate` writes one.
Member k gets row (k * stride + shift) mod n, stride coprime to n, shift from the seed: any n members in a row meet each
draw once, whatever the chunks or shards.

A draw is a future that agrees with the record, so its luck belongs to it: columns `luck:0`, `luck:1` ... hold the
member numbers under which the calibration ran its spans of a few days. A run takes over that luck up to the last day of
the record and goes on with its own, or uses its own from day 0 (`fresh luck`: what could have happened instead).
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.block import Luck
from citerne.engine.fields import Parameter
from citerne.results.store import write_csv

Array = np.ndarray[Any, Any]
FOLDER, DRAWS, ABOUT = "posterior", "draws.csv", "about.json"
FORMAT = 1
# days under one member number: few, so that an ambush can be kept while the days around it are drawn anew
LUCK_DAYS = 3
LUCK_DAYS_BEFORE = 7  # of posteriors that do not say
STRIDE = 0.6180339887498949  # golden section: neighbouring members get far-away rows


@dataclass(frozen=True)
class Posterior:
    """Equal-weight draws.

    Attributes
    ----------
    label : what provenance calls it
    values : float64 (draw,) by parameter
    choices : choice (draw,) by variant axis
    luck : uint32 (span, draw), member numbers that the draw had in the calibration, each for `luck_days` days
    about : what it was made from
    """

    label: str
    values: Mapping[str, Array]
    choices: Mapping[str, tuple[str, ...]]
    luck: Array
    about: Mapping[str, Any]

    @property
    def until(self) -> dt.date:
        """Last day of knowledge that entered it."""
        return dt.date.fromisoformat(self.about["until"])

    @property
    def luck_seed(self) -> int:
        """Seed of the calibration, which together with `luck` decides the luck of the record."""
        return int(self.about["seed"])

    @property
    def luck_days(self) -> int:
        """Days under one row of `luck`."""
        return int(self.about.get("luck_days", LUCK_DAYS_BEFORE))

    @cached_property
    def _table(self) -> Array:
        return np.array(list(self.values.values()), np.float32)

    def of_rows(self, rows: Array) -> dict[str, Array]:
        """Values of all unknowns, float32, in these draws."""
        return dict(zip(self.values, self._table[:, rows], strict=True))

    @cached_property
    def _choices(self) -> dict[str, Array]:
        return {axis: np.array(words) for axis, words in self.choices.items()}

    def rows_of(self, members: Array, seed: int, combinations: Sequence[Mapping[str, str]]) -> tuple[Array, Array]:
        """Draw and variant combination of each member; draws that agree with no combination are passed over.

        Raises
        ------
        UsageError : no draw agrees with the variants that were chosen
        """
        match = np.full(self.luck.shape[1], -1)
        for k, chosen in reversed(list(enumerate(combinations))):
            agrees = np.ones(len(match), bool)
            for axis, choice in chosen.items():
                if axis in self.choices:
                    agrees &= self._choices[axis] == choice
            match[agrees] = k
        open_rows = np.flatnonzero(match >= 0)
        n = len(open_rows)
        if n == 0:
            text = _("The posterior leaves no draw for these variants; add --prior to run them from the prior.")
            raise UsageError(text)
        stride = next(s for s in range(max(int(n * STRIDE), 1), 2 * n + 2) if math.gcd(s, n) == 1)
        shift = int.from_bytes(hashlib.sha256(f"{seed}/posterior".encode()).digest()[:4], "little")
        at = open_rows[(members.astype(np.int64) * stride + shift) % n]
        return at, match[at]


def dated_luck(luck: Array, seed: int, first_day: int, last_day: int, days: int = LUCK_DAYS) -> list[Luck]:
    """Luck from one day to another, each span of `days` under its row of `luck` (span, member)."""
    spans = range(first_day // days, -(-last_day // days))
    return [Luck(min((span + 1) * days, last_day), luck[min(span, len(luck) - 1)], seed) for span in spans]


def mark_of(prior: Parameter | None) -> str:
    """Mark of the prior that a column of draws was made from; `absent` for a parameter that is no more."""
    if prior is None:
        return "absent"
    text = f"{prior.distribution} {prior.low:.9g} {prior.best:.9g} {prior.high:.9g}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_posterior(
    folder: Path,
    luck: Array,
    values: Mapping[str, Array],
    choices: Mapping[str, Sequence[str]],
    about: Mapping[str, Any],
) -> None:
    """Write draws and what they were made from; the draws first under another name."""
    folder.mkdir(parents=True, exist_ok=True)
    spans = range(len(luck))
    header = [*(f"luck:{span}" for span in spans), *(f"variant:{axis}" for axis in choices), *values]
    rows = [
        # nine digits hold a float32 exactly, so that a draw is the future that the calibration ran
        [
            *(int(luck[span, k]) for span in spans),
            *(choices[axis][k] for axis in choices),
            *(f"{values[name][k]:.9g}" for name in values),
        ]
        for k in range(luck.shape[1])
    ]
    draft = folder / "draws.part"
    write_csv(draft, header, rows)
    draft.replace(folder / DRAWS)
    text = json.dumps({"format": FORMAT, "luck_days": LUCK_DAYS, **about}, indent=1, ensure_ascii=False)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8")


def read_posterior(folder: Path) -> Posterior:
    """Read what `write_posterior` wrote.

    Raises
    ------
    UsageError : not such a folder, or not readable
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        text = (folder / DRAWS).read_text(encoding="utf-8")
        header, *rows = csv.reader(text.splitlines())
        columns = dict(zip(header, zip(*rows, strict=True), strict=True))
        choices = {k.removeprefix("variant:"): v for k, v in columns.items() if k.startswith("variant:")}
        luck = np.array([columns.pop(name) for name in list(columns) if name.startswith("luck:")], np.uint32)
        values = {k: np.array(v, float) for k, v in columns.items() if not k.startswith("variant:")}
        dt.date.fromisoformat(about["until"])
        int(about["seed"])
        if int(about.get("luck_days", LUCK_DAYS_BEFORE)) < 1:
            raise ValueError
        if not values or luck.ndim != 2 or about["format"] > FORMAT:
            raise ValueError
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(_("{path} holds no posterior that can be read.").format(path=folder)) from error
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Posterior(f"posterior {about['until']} {mark}", values, choices, luck, about)


def posterior_of(case: Case, priors: Mapping[str, Parameter]) -> tuple[Posterior | None, str]:
    """The posterior that a case carries, if this run may use it; else None and the reason, empty if it has none."""
    folder = case.folder / FOLDER
    if not (folder / ABOUT).is_file():
        return None, ""
    found = read_posterior(folder)
    if case.until is not None and found.until > case.until:
        return None, _("the posterior knows what became known until {day}").format(day=found.until)
    marks = found.about.get("priors", {})
    changed = {name for name in found.values if marks.get(name) != mark_of(priors.get(name))}
    told = sorted(changed & set(found.about.get("informed", found.values)))
    if told:
        return None, _("priors have changed since the posterior was made ({names}); calibrate again").format(
            names=", ".join(told)
        )
    # what the record says nothing about may be drawn from its new prior
    return replace(found, values={k: v for k, v in found.values.items() if k not in changed}), ""
