"""How a table is declared: columns with dtype, unit, bounds and meaning, read by loader, checks and docs alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
            noun = "a whole number" if self.kind == "int" else "a number"
            unit = f" {self.unit}" if self.unit else ""
            if self.low is not None and self.high is not None:
                return f"{noun} from {self.low:,g} to {self.high:,g}{unit}"
            if self.low is not None:
                return f"{noun} of {self.low:,g} or more{unit}"
            return noun + (f" in{unit}" if unit else "")
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "ref":
            return f"an id of table {self.refers}"
        if self.kind == "path":
            return f"ids of table {self.refers} joined by >"
        if self.kind == "date":
            return "a date like 2025-09-03"
        if self.kind == "bool":
            return "yes or no"
        return "text" if self.kind == "text" else "an id of letters, digits and _"


@dataclass(frozen=True)
class Table:
    """One table of a case folder, `NAME.csv`.

    `required` False lets the file be absent (read as no rows). `private` marks what `--public` must not show.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    required: bool = True

    @property
    def key(self) -> str | None:
        """Name of the id column, or None."""
        return next((column.name for column in self.columns if column.kind == "id"), None)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


# Columns that say where a number comes from; most tables end with them.
SOURCE = Column("source", "text", "Who says so: title and publisher, or judgement.")
SOURCE_DATE = Column("source_date", "text", "Date of the source: YYYY, YYYY-MM or YYYY-MM-DD.", required=False)
CONFIDENCE = Column(
    "confidence", "choice", "A verified, B high, C medium, D low, E guess.", choices=("A", "B", "C", "D", "E")
)
NOTE = Column("note", "text", "Remark for the reader.", required=False)
PROVENANCE = (SOURCE, SOURCE_DATE, CONFIDENCE, NOTE)
