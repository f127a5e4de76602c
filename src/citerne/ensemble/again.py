"""Read from a report what its run was made from, and run it again.

A report holds, as data that no browser runs, the provenance of its run and the weekly bands that it shows. Equal
provenance gives equal bytes, so that the file is enough to repeat the run where the case is at hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citerne.base.errors import QualityError, UsageError
from citerne.base.text import _
from citerne.results.results import Provenance, Results, quantiles
from citerne.results.store import provenance_from

_DATA = re.compile(r'<script type="application/json" id="citerne-run">(.*?)</script>', re.DOTALL)
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Told:
    """What a report says about its run.

    Attributes
    ----------
    provenance : what the run was made from
    series : weekly bands as the report holds them
    kept : number of series that the run recorded; None in a public report
    """

    provenance: Provenance
    series: tuple[Mapping[str, Any], ...]
    kept: int | None = None


def is_report(word: str) -> bool:
    """Whether the case of a run is given by a report."""
    return word.lower().endswith((".html", ".htm"))


def read_report(path: Path) -> Told:
    """Read the data of a report.

    Raises
    ------
    UsageError : no such file, not a report of Citerne, or one whose data are damaged
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(_("{path} is too large for a report.").format(path=path))
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(_("{path} cannot be read: {problem}.").format(path=path, problem=problem)) from problem
    found = _DATA.search(text)
    if found is None:
        raise UsageError(_("{path} is no report of Citerne: it holds no data of a run.").format(path=path))
    try:
        data = json.loads(found[1])
        return Told(provenance_from(data["provenance"]), tuple(data["series"]), data.get("kept"))
    except (ValueError, KeyError, TypeError) as problem:
        text = _("The data in {path} are damaged: {problem}.")
        raise UsageError(text.format(path=path, problem=problem)) from problem


def arguments_of(made: Provenance) -> dict[str, Any]:
    """Arguments of `citerne.run` that give the run again, the case and `until` left out."""
    return {
        "days": made.days,
        "members": made.members,
        "seed": made.seed,
        "policy": made.policy,
        "variants": tuple(word for word in made.variant.split(",") if word),
        "settings": tuple(made.settings),
        "unknowns": "prior" if made.prior == "prior" else "case",
        "fresh_luck": "fresh" in made.prior,
    }


def check_bands(told: Told, results: Results) -> None:
    """Compare the weekly bands of a report with those of the repeated run, digit for digit.

    Raises
    ------
    QualityError : they differ
    """
    differ = [
        row
        for row in told.series
        if results.has(row["variable"], row["place"], row["product"])  # a public report speaks of regions
        and band_row(results, row["variable"], row["place"], row["product"]) != row
    ]
    if differ:
        names = ", ".join(f"{row['variable']} {row['place']}" for row in differ[:3])
        text = _("The repeated run differs from the report in {count} of {all} series ({names}).")
        raise QualityError(text.format(count=len(differ), all=len(told.series), names=names))


def band_row(results: Results, variable: str, place: str, product: str) -> dict[str, Any]:
    """5, 50 and 95 % points of a series on every seventh day, as a report holds them: three digits."""
    days = list(range(6, results.values.shape[0], 7)) or [results.values.shape[0] - 1]
    key = results.key(variable, place, product)
    bands = quantiles(results.series(variable, place, product)[days], (0.05, 0.5, 0.95))
    plain = [[float(f"{v:.3g}") for v in band] for band in bands.astype(float)]
    return {"variable": variable, "place": place, "product": key.product, "unit": key.unit, "first_day": days[0],
            "every": 7, "p05": plain[0], "p50": plain[1], "p95": plain[2]}  # fmt: skip


def check_same(told: Provenance, made: Provenance) -> None:
    """Refuse to pass another run off as the same.

    Raises
    ------
    UsageError : case, unknowns or start differ
    """
    pairs = (
        (_("case"), told.case_digest[:16], made.case_digest[:16]),
        (_("unknowns"), told.prior, made.prior),
        (_("first day"), told.start.isoformat(), made.start.isoformat()),
    )
    parts = [
        _("{what} of the report {told}, of now {made}").format(what=what, told=a, made=b)
        for what, a, b in pairs
        if a != b
    ]
    if parts:
        text = _("This run cannot be repeated from its report: {parts}. It was made by Citerne {version}.")
        raise UsageError(text.format(parts="; ".join(parts), version=told.version))
