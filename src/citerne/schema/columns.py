"""How a table is declared: columns with dtype, unit, bounds and meaning, read by loader, checks and docs alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from citerne.base.text import _

Kind = Literal["id", "text", "int", "float", "bool", "date", "choice", "ref", "path"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : column heading, quantity first and unit last
    kind : `id` (unique key), `text`, `int`, `float`, `bool` (yes/no), `date` (ISO 8601), `choice`, `ref` (an id of the
        table named in `refers`), `path` (ids of that table joined by `>`)
    meaning : one sentence in English, translated through the text layer
    unit : unit of a number, as printed in messages; empty where there is none
    low, high : inclusive bounds of a number
    required : False lets the cell be empty (read as None)
    choices : allowed words of a `choice`
    refers : table that a `ref` or `path` points into
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    required: bool = True
    choices: tuple[str, ...] = ()
    refers: str = ""

    def expected(self) -> str:
        """The expectation in words, as an error message shows it."""
        if self.kind in ("int", "float"):
            return self._expected_number()
        if self.kind == "choice":
            return _("one of {words}").format(words=", ".join(self.choices))
        if self.kind == "ref":
            return _("an id of table {table}").format(table=self.refers)
        if self.kind == "path":
            return _("ids of table {table} joined by >").format(table=self.refers)
        return {
            "date": _("a date like 2025-09-03"),
            "bool": _("yes or no"),
            "text": _("text"),
            "id": _("an id of letters, digits and _"),
        }[self.kind]

    def _expected_number(self) -> str:
        low, high = self.low, self.high
        noun = _("a whole number") if self.kind == "int" else _("a number")
        if low is not None and high is not None:
            text = _("{noun} from {low} to {high} {unit}").format(
                noun=noun, low=f"{low:,.12g}", high=f"{high:,.12g}", unit=self.unit
            )
        elif low is not None:
            text = _("{noun} of {low} or more {unit}").format(noun=noun, low=f"{low:,.12g}", unit=self.unit)
        else:
            text = _("{noun} in {unit}").format(noun=noun, unit=self.unit) if self.unit else noun
        return text.strip()


@dataclass(frozen=True)
class Table:
    """One table of a case folder, `NAME.csv`.

    `required` False lets the file be absent (read as no rows). `named_by` is the column by which other tables name its
    rows where that is no unique id: the twelve months of a profile share one name.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = True
    named_by: str = ""

    @property
    def key(self) -> str | None:
        """Name of the id column, or None."""
        return next((column.name for column in self.columns if column.kind == "id"), None)

    def ids(self, rows: Iterable[Mapping[str, Any]]) -> frozenset[str] | None:
        """Names by which other tables may refer to `rows`, or None if nothing refers to this table."""
        name = self.key or self.named_by
        return frozenset(row[name] for row in rows if row[name] is not None) if name else None

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


# Columns that say where a number comes from; most tables end with them.
SOURCE = Column("source", "text", "Who says so: title and publisher, or judgement.")
SOURCE_DATE = Column("source_date", "text", "Date of the source: YYYY, YYYY-MM or YYYY-MM-DD.", required=False)
CONFIDENCES = ("A", "B", "C", "D", "E")
CONFIDENCE = Column("confidence", "choice", "A verified, B high, C medium, D low, E guess.", choices=CONFIDENCES)
NOTE = Column("note", "text", "Remark for the reader.", required=False)
PROVENANCE = (SOURCE, SOURCE_DATE, CONFIDENCE, NOTE)
