"""Errors that a user can mend.

Every error that Citerne raises on purpose derives from `CiterneError` and carries the exit code of the command
line. Faults of data are collected in `Faults` and raised together, so that one reading shows them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from citerne.base.text import _

EXIT_DONE, EXIT_INTERNAL, EXIT_USAGE, EXIT_DATA, EXIT_INFEASIBLE, EXIT_QUALITY, EXIT_MISSING_PART = range(7)
EXIT_INTERRUPTED = 130


class CiterneError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line returns."""

    exit_code = EXIT_INTERNAL


class UsageError(CiterneError):
    """The call itself is wrong: unknown option value, unknown policy, a folder that already exists."""

    exit_code = EXIT_USAGE


class InfeasibleError(CiterneError):
    """A plan cannot meet its constraints; the text says which of them clash."""

    exit_code = EXIT_INFEASIBLE


class QualityError(CiterneError):
    """A quality bar that the caller set was missed."""

    exit_code = EXIT_QUALITY


class MissingPartError(CiterneError):
    """An optional part is not installed; the text says how to install it."""

    exit_code = EXIT_MISSING_PART


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a file: where, what was found, what is expected, and the mend.

    `row` counts as a spreadsheet does: the header is row 1. `row` 0 speaks of the whole file.
    """

    file: str
    row: int
    column: str
    found: str
    expected: str
    mend: str = ""

    def __str__(self) -> str:
        where = self.file
        if self.row:
            where += _(", row {row}").format(row=self.row)
        if self.column:
            where += f", `{self.column}`"
        text = _("{where}: found {found}, expected {expected}.").format(
            where=where, found=self.found, expected=self.expected
        )
        return text + (_(" Mend: {mend}").format(mend=self.mend) if self.mend else "")


class DataError(CiterneError):
    """One or more faults of the data, listed all at once.

    Attributes
    ----------
    faults : tuple of Fault, in file, row and column order
    """

    exit_code = EXIT_DATA

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        lines = [_("{count} fault(s); nothing was run.").format(count=len(self.faults))]
        lines += [f"  {fault}" for fault in self.faults]
        super().__init__("\n".join(lines))


@dataclass
class Faults:
    """Collector: readers and checks add to it and go on; `raise_if_any` stops at the end."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, row: int, column: str, found: object, expected: str, mend: str = "") -> None:
        """Note one fault; `found` is shown as the user wrote it, empty cells as `(empty)`."""
        shown = _("(empty)") if found in ("", None) else str(found)
        self.found.append(Fault(file, row, column, shown, expected, mend))

    def raise_if_any(self) -> None:
        """Raise `DataError` with everything noted so far, if there is any."""
        if self.found:
            raise DataError(self.found)

    def __bool__(self) -> bool:
        return bool(self.found)
