"""How good a sound case is: what is guessed, what is old, and what looks odd."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from citerne.case.case import Case
from citerne.case.questions import Question, questions_of
from citerne.schema.columns import CONFIDENCES, Table
from citerne.schema.read import Row
from citerne.schema.tables import CASE_TABLES

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?\Z", re.ASCII)
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Sourced:
    """A row and where it comes from; `key` names it in its table, `age_years` is at the start of the case."""

    file: str
    row: int
    key: str
    source: str
    source_date: str
    age_years: float | None


@dataclass(frozen=True)
class Grade:
    """What stands behind a case.

    Attributes
    ----------
    confidence : rows by table and letter, A verified to E guess
    absent : optional tables that the case does not have
    guesses : rows that are a guess (E)
    stale : rows whose source was older than the limit at the start of the case, the oldest first
    questions : what a reader should look at again; none of it stops a run
    """

    confidence: dict[str, dict[str, int]]
    absent: tuple[str, ...]
    guesses: tuple[Sourced, ...]
    stale: tuple[Sourced, ...]
    questions: tuple[Question, ...]

    @property
    def totals(self) -> dict[str, int]:
        """Rows by letter over all tables."""
        return {letter: sum(counts[letter] for counts in self.confidence.values()) for letter in CONFIDENCES}


def grade_case(case: Case, stale_years: float = 5.0) -> Grade:
    """Grade a sound case; `stale_years` is the age from which a source counts as old."""
    rows = [(table, row) for table in CASE_TABLES for row in case.rows(table.name) if row.get("confidence")]
    confidence = {
        table.name: dict.fromkeys(CONFIDENCES, 0)
        | Counter(row["confidence"] for row in case.rows(table.name) if row.get("confidence"))
        for table in CASE_TABLES
        if any(row.get("confidence") for row in case.rows(table.name))
    }
    sourced = [(row["confidence"], _sourced(case, table, row)) for table, row in rows]
    stale = [item for _letter, item in sourced if item.age_years is not None and item.age_years > stale_years]
    return Grade(
        confidence=confidence,
        absent=tuple(table.name for table in CASE_TABLES if not table.required and not case.rows(table.name)),
        guesses=tuple(item for letter, item in sourced if letter == "E"),
        stale=tuple(sorted(stale, key=lambda item: -(item.age_years or 0))),
        questions=tuple(questions_of(case)),
    )


def _sourced(case: Case, table: Table, row: Row) -> Sourced:
    day = latest_day(row.get("source_date"))
    age = None if day is None else round((case.header.start - day).days / DAYS_A_YEAR, 1)
    source, date = row.get("source") or "", row.get("source_date") or ""
    return Sourced(f"{table.name}.csv", row["_row"], name_of(table, row), source, date, age)


def grouped(items: Iterable[Sourced]) -> list[tuple[str, str, list[Sourced]]]:
    """Rows of the same file and source together: file, source and rows, the largest groups first."""
    groups: dict[tuple[str, str], list[Sourced]] = {}
    for item in items:
        groups.setdefault((item.file, item.source), []).append(item)
    return sorted(((file, source, rows) for (file, source), rows in groups.items()), key=lambda group: -len(group[2]))


def name_of(table: Table, row: Row) -> str:
    """The words that tell a row from its neighbours: its id, else what it refers to and its choices."""
    if table.key:
        return str(row[table.key])
    telling = [c.name for c in table.columns if c.kind in ("ref", "choice") or c.name in (table.named_by, "month")]
    return " / ".join(str(row[name]) for name in telling if name != "confidence" and row[name] is not None)


def latest_day(text: str | None) -> dt.date | None:
    """Last day that a source date may mean (YYYY, YYYY-MM or YYYY-MM-DD); None if it is empty or not readable.

    >>> latest_day("2024-02")
    datetime.date(2024, 2, 29)
    """
    found = _DATE.match(text or "")
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if year and month and day:
            return dt.date(year, month, day)
        if year and month and month <= 12:
            return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
        return None if month else dt.date(year or 0, 12, 31)
    except ValueError:
        return None
