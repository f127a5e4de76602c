"""What the outlook reads: tables of the case folder, with general base rates where the case has none of its own."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from citerne.base.errors import Faults
from citerne.base.text import _, current_language
from citerne.metrics.belief import absent_ratio
from citerne.schema.columns import Table
from citerne.schema.read import Row, check_references, read_table
from citerne.schema.tables import EVENTS, FIGURES, OBSERVATIONS, TARGETS
from citerne.schema.tables_outlook import (
    DEMANDS,
    HYPOTHESES,
    HYPOTHESIS_TABLE,
    OUTCOME_RISKS,
    OUTCOMES,
    OUTLOOK_TABLES,
    REFERENCE_HYPOTHESIS,
)

DEFAULTS = Path(__file__).resolve().parent / "defaults"
# Tables that the package brings: the case's own rows replace those of the same key (base rates) or all of them.
GENERAL = ("base_rates", "outcome_risks", "hypotheses")
# Tables of the case that evidence may point into, besides those of this module.
CITED_TABLES: tuple[Table, ...] = (EVENTS, OBSERVATIONS, TARGETS, FIGURES, DEMANDS)


@dataclass(frozen=True)
class Evidence:
    """Checked rows behind the outlook.

    Attributes
    ----------
    tables : rows by table name; a table that the folder lacks has no rows
    missing : names of the tables that the folder lacks and the package does not bring
    unchecked : references whose table is missing, so that they could not be followed
    """

    tables: Mapping[str, tuple[Row, ...]]
    missing: tuple[str, ...]
    unchecked: int

    def find(self, reference: str) -> Row | None:
        """The row that `table:id` names, or None."""
        name, _colon, key = reference.partition(":")
        column = next((table.key for table in (*OUTLOOK_TABLES, *CITED_TABLES) if table.name == name), None)
        if column is None:
            return None
        return next((row for row in self.tables[name] if row[column] == key), None)


def read_evidence(folder: Path, *, as_of: dt.date | None = None) -> Evidence:
    """Read the outlook tables of a case folder, and those their evidence points into.

    Parameters
    ----------
    folder : case folder; any of the tables may be absent
    as_of : hide every row that became known later

    Raises
    ------
    DataError : all faults of all these tables at once
    """
    faults = Faults()
    tables: dict[str, tuple[Row, ...]] = {}
    missing = []
    for table in (*OUTLOOK_TABLES, *CITED_TABLES):
        path = folder / f"{table.name}.csv"
        rows = read_table(path, table, faults)
        if table.name in GENERAL:
            rows = _with_defaults(table, rows, faults)
        elif not path.exists():
            missing.append(table.name)
        tables[table.name] = rows
    # A table without rows is no fault: whoever empties the board gets the prior back, not a list of dangling reports.
    ids = {
        table.name: frozenset(row[table.key] for row in tables[table.name] if row[table.key])
        for table in OUTLOOK_TABLES
        if table.key and tables[table.name]
    }
    for table in OUTLOOK_TABLES:
        check_references(table, tables[table.name], ids, faults)
    unchecked = _check_evidence(tables, missing, faults)
    _check_meaning(tables, faults)
    faults.raise_if_any()
    if as_of is not None:
        tables = {name: tuple(row for row in rows if _known(row, as_of)) for name, rows in tables.items()}
    return Evidence(MappingProxyType(tables), tuple(missing), unchecked)


def text_of(row: Row, stem: str) -> str:
    """The text `stem` of a row in the language in use."""
    return str(row[f"{stem}_{current_language()}"] or "")


def references_of(row: Row) -> list[str]:
    """The `table:id` references of a row's evidence cell."""
    return str(row["evidence"] or "").split()


def _with_defaults(table: Table, rows: tuple[Row, ...], faults: Faults) -> tuple[Row, ...]:
    general = read_table(DEFAULTS / f"{table.name}.csv", table, faults)
    if not rows:
        return general
    if table.key is None:
        return rows
    own = {row[table.key] for row in rows}
    return (*(row for row in general if row[table.key] not in own), *rows)


def _known(row: Row, as_of: dt.date) -> bool:
    day = row.get("known_date")
    if day is None:
        day = row.get("date")
    return not isinstance(day, dt.date) or day <= as_of


def _check_evidence(tables: Mapping[str, tuple[Row, ...]], missing: list[str], faults: Faults) -> int:
    """Note references that lead nowhere; count those into tables that the folder lacks."""
    keys = {
        table.name: {row[table.key] for row in tables[table.name]}
        for table in (*OUTLOOK_TABLES, *CITED_TABLES)
        if table.key
    }
    unchecked = 0
    for table in OUTLOOK_TABLES:
        for row in tables[table.name]:
            for reference in str(row.get("evidence") or "").split():
                name, colon, key = reference.partition(":")
                if name in missing or (name in tables and not tables[name]):
                    unchecked += 1
                elif not colon or key not in keys.get(name, ()):
                    faults.add(f"{table.name}.csv", row["_row"], "evidence", reference,
                               _("table:id of a row that exists"), _("mend the id or remove it"))  # fmt: skip
    return unchecked


def _check_meaning(tables: Mapping[str, tuple[Row, ...]], faults: Faults) -> None:
    """Checks over several cells: sums, orders, one leftover end, chances that stay below one."""
    priors = [row["prior"] for row in tables["hypotheses"]]
    named = sorted(row["hypothesis"] or "" for row in tables["hypotheses"])
    if named != sorted(HYPOTHESES) or None in priors or abs(math.fsum(priors) - 1) > 1e-6:
        faults.add(f"{HYPOTHESIS_TABLE.name}.csv", 0, "prior", " + ".join(map(str, priors)),
                   _("the four hypotheses once each, with priors that sum to 1"))  # fmt: skip
    _check_outcomes(tables, faults)
    for row in tables["base_rates"]:
        if row["kind"] in ("rate", "share") and (row["ends"] is None or not row["exposure"]):
            faults.add("base_rates.csv", row["_row"], "ends", row["ends"], _("ends and exposure for this kind"))
        elif row["kind"] == "share" and row["ends"] > row["exposure"]:
            faults.add("base_rates.csv", row["_row"], "ends", row["ends"], _("at most the whole count"))
    for name, low, best, high in (
        ("judgement_factors", "low", "best", "high"),
        ("warning_signs", "ratio_low", "ratio", "ratio_high"),
    ):
        for row in tables[name]:
            values = (row[low], row[best], row[high])
            if None not in values and not values[0] <= values[1] <= values[2]:
                faults.add(f"{name}.csv", row["_row"], best, " / ".join(map(str, values)), _("low <= best <= high"))
    for row in tables["indicators"]:
        for hypothesis in HYPOTHESES:
            ratio, chance = ratio_if_seen(row, hypothesis), row["chance_reference"]
            if ratio is not None and chance is not None and absent_ratio(ratio, chance) <= 0:
                faults.add("indicators.csv", row["_row"], f"ratio_{hypothesis}", ratio,
                           _("below 1 / chance_reference = {limit}").format(limit=f"{1 / chance:.3g}"),
                           _("lower the ratio or the chance: their product is a probability"))  # fmt: skip


def _check_outcomes(tables: Mapping[str, tuple[Row, ...]], faults: Faults) -> None:
    kinds = {row["base_rate"]: row["kind"] for row in tables["base_rates"]}
    found = sorted(row["outcome"] or "" for row in tables["outcome_risks"])
    file = f"{OUTCOME_RISKS.name}.csv"
    if found != sorted(OUTCOMES):
        faults.add(file, 0, "outcome", ", ".join(found), _("each once: {words}").format(words=", ".join(OUTCOMES)))
    for row in tables["outcome_risks"]:
        if (row["base_rate"] is None) != (row["outcome"] == OUTCOMES[-1]):
            faults.add(file, row["_row"], "base_rate", row["base_rate"], _("a rate for every end but the stalemate"))
        for column, kind in (("base_rate", "rate"), ("share", "share")):
            if row[column] is not None and kinds.get(row[column], kind) != kind:
                faults.add(file, row["_row"], column, row[column], _("a row of kind {kind}").format(kind=kind))


def ratio_if_seen(indicator: Row, hypothesis: str) -> float | None:
    """Likelihood ratio of an indicator under a hypothesis against the reference; 1 under the reference itself."""
    if hypothesis == REFERENCE_HYPOTHESIS:
        return 1.0
    ratio: float | None = indicator[f"ratio_{hypothesis}"]
    return ratio
