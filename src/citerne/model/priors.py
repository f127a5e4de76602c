"""Priors of a run: what the processes declare, what the case replaces, what variants and settings fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from citerne.base.errors import Faults, UsageError
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.fields import Parameter, Process
from citerne.model.standard import standard_model
from citerne.schema.read import closest


def priors_of(processes: Sequence[Process], case: Case, fixed: Mapping[str, float]) -> dict[str, Parameter]:
    """Priors by name, in the order the processes declare them.

    Raises
    ------
    UsageError : `fixed`, or the case, names a parameter that no process declares
    """
    priors = {p.name: p for process in processes for p in process.parameters}
    # a model may leave processes out; what the case says of their parameters is then passed over
    left_out = {p.name for process in standard_model().processes for p in process.parameters}
    for row in case.rows("parameters"):
        name = row["parameter"]
        if name not in priors and name in left_out:
            continue
        if name not in priors:
            raise UsageError(_unknown(f"parameters.csv, row {row['_row']}: {name}", name, priors))
        best = row["best"]
        priors[name] = replace(
            priors[name],
            distribution=row["distribution"],
            low=best if row["low"] is None else row["low"],
            best=best,
            high=best if row["high"] is None else row["high"],
            source=row["source"],
            confidence=row["confidence"],
        )
    for name, value in fixed.items():
        if name not in priors:
            raise UsageError(_unknown(name, name, priors))
        priors[name] = replace(priors[name], distribution="fixed", low=value, best=value, high=value)
    return priors


def variant_fixes(case: Case, variants: Mapping[str, str]) -> dict[str, float]:
    """Parameters that the chosen variants fix (column `sets`: name=value joined by ;)."""
    fixes: dict[str, float] = {}
    for row in case.rows("variants"):
        if variants.get(row["axis"]) == row["choice"] and row["sets"]:
            for part in row["sets"].split(";"):
                name, _equals, value = part.partition("=")
                fixes[name.strip()] = float(value)
    return fixes


def choose_variants(case: Case, chosen: Sequence[str]) -> dict[str, str]:
    """Variant choices by axis from `axis:choice` or plain `choice` words; axes not named are left open.

    Raises
    ------
    DataError : every word that the case's variants do not hold, and every second choice of one axis
    """
    known = {f"{row['axis']}:{row['choice']}": row for row in case.rows("variants")}
    by_choice = {row["choice"]: key for key, row in known.items()}
    picked: dict[str, str] = {}
    faults = Faults()
    for word in chosen:
        key = word if word in known else by_choice.get(word, "")
        if not key:
            faults.add("--variant", 0, "", word, _("a variant of the case"), closest(word, [*known, *by_choice]))
            continue
        axis, choice = key.split(":")
        if picked.setdefault(axis, choice) != choice:
            faults.add("--variant", 0, "", word, _("one choice of {axis}").format(axis=axis), _("name one"))
    faults.raise_if_any()
    return picked


def _unknown(where: str, name: str, priors: Mapping[str, Parameter]) -> str:
    return _("No parameter called {name}: {mend}.").format(name=where, mend=closest(name, priors))
