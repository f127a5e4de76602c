"""The evidence base: who takes part, what happened since the conflict began, and what is claimed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.outlook.inputs import Evidence, read_evidence, references_of, text_of
from citerne.schema.read import Row
from citerne.schema.tables_outlook import VERDICTS

SOURCE_COLUMNS = ("source", "source_date", "confidence")


def facts(folder: Path, *, as_of: dt.date | None = None) -> dict[str, Any]:
    """Everything dated and sourced about a case, ready to print.

    Parameters
    ----------
    folder : case folder
    as_of : hide rows that became known later

    Returns
    -------
    dict with `events` (background and blockade in date order), `actors`, `demands` (what the armed group asks for and
    how far it is met), `claims` (each with verdict, reason, evidence rows, source and model quantity), `verdicts`
    (count of each), `missing` (tables that the folder lacks), `remarks`

    Raises
    ------
    DataError : all faults of the tables at once
    """
    evidence = read_evidence(folder, as_of=as_of)
    claims = [_claim(row, evidence) for row in evidence.tables["claims"]]
    return {
        "as_of": as_of,
        "events": sorted(_events(evidence), key=lambda item: (item["date"], item["id"])),
        "actors": [_actor(row, evidence) for row in evidence.tables["actors"]],
        "demands": [_demand(row, evidence) for row in evidence.tables["demands"]],
        "claims": claims,
        "verdicts": {word: sum(claim["verdict"] == word for claim in claims) for word in VERDICTS},
        "missing": [name for name in evidence.missing if name in ("actors", "timeline", "claims", "events")],
        "remarks": remarks_on(evidence),
    }


def remarks_on(evidence: Evidence) -> list[str]:
    """What the reader should know about gaps: references that could not be followed."""
    if not evidence.unchecked:
        return []
    text = _("{count} references lead into tables that this case lacks; they were not followed.")
    return [text.format(count=evidence.unchecked)]


def cited(row: Row, evidence: Evidence) -> list[dict[str, Any]]:
    """The evidence rows of `row`: reference, words, source and date; words are None where a table is missing."""
    found = []
    for reference in references_of(row):
        target = evidence.find(reference)
        found.append(
            {
                "id": reference,
                "text": None if target is None else _words(reference.partition(":")[0], target),
                "source": None if target is None else target.get("source") or target.get("obs_ids"),
                "source_date": None if target is None else target.get("source_date") or target.get("known_date"),
            }
        )
    return found


def _words(table: str, row: Row) -> str:
    """A row in words: its summary or text, or for a figure made comparable, what was measured where and when."""
    if table == "targets":
        ends = (row["low"], row["best"], row["high"])
        value = " / ".join("–" if end is None else f"{end:g}" for end in ends)
        days = f"{row['date_start']} – {row['date_end']}"
        return f"{row['variable']}, {row['place']}, {days}: {value} {row['unit'] or ''} ({row['bound']})"
    if "summary" in row:
        return str(row["summary"])
    return next((text_of(row, stem) for stem in ("text", "claim", "name") if f"{stem}_en" in row), "")


def _events(evidence: Evidence) -> list[dict[str, Any]]:
    background = [
        {
            "id": row["timeline_id"],
            "date": row["date"],
            "date_precision": row["date_precision"],
            "place": None,
            "actors": str(row["actors"] or "").split(),
            "text": text_of(row, "text"),
            "role": "context",
            **{column: row[column] for column in SOURCE_COLUMNS},
        }
        for row in evidence.tables["timeline"]
    ]
    blockade = [
        {
            "id": row["event_id"],
            "date": row["date"],
            "date_precision": row["date_precision"],
            "place": row["place"],
            "actors": [row["actor"]] if row["actor"] else [],
            "text": row["summary"],
            "role": row["role"],
            **{column: row[column] for column in SOURCE_COLUMNS},
        }
        for row in evidence.tables["events"]
    ]
    return background + blockade


def _actor(row: Row, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": row["actor"],
        "name": text_of(row, "name"),
        "kind": row["kind"],
        "part_of": row["part_of"],
        "active_from": row["active_from"],
        "active_to": row["active_to"],
        "role": text_of(row, "role"),
        "evidence": cited(row, evidence),
        **{column: row[column] for column in SOURCE_COLUMNS},
        "note": row["note"],
    }


def _demand(row: Row, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": row["demand"],
        "demand": text_of(row, "name"),
        **{column: row[column] for column in ("weight", "met", "met_date")},
        "evidence": cited(row, evidence),
        **{column: row[column] for column in SOURCE_COLUMNS},
        "note": row["note"],
    }


def _claim(row: Row, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": row["claim_id"],
        "claim": text_of(row, "claim"),
        "verdict": row["verdict"],
        "reason": text_of(row, "reason"),
        "quantity": row["quantity"],
        "evidence": cited(row, evidence),
        **{column: row[column] for column in SOURCE_COLUMNS},
        "note": row["note"],
    }
