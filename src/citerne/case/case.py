"""A case: one country and period, read from a folder, checked, and frozen."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from citerne.base.errors import Faults, UsageError
from citerne.base.text import _, current_language
from citerne.case.checks import check_tables
from citerne.case.header import Header, read_header
from citerne.schema.cells import closest, shown
from citerne.schema.read import Row, check_references, read_table
from citerne.schema.tables import CASE_TABLES

BUNDLED = Path(__file__).resolve().parents[1] / "cases"


@dataclass(frozen=True)
class Case:
    """Frozen, checked inputs of one country and period.

    Attributes
    ----------
    name : folder name
    folder : where it was read from
    header : what `case.yaml` says
    tables : rows of each declared table, by table name
    until : last day of knowledge, or None; rows known later are not in `tables`
    """

    name: str
    folder: Path
    header: Header
    tables: Mapping[str, tuple[Row, ...]]
    until: dt.date | None = None

    def rows(self, table: str) -> tuple[Row, ...]:
        """Rows of one table, in file order."""
        return self.tables[table]

    def ids(self, table: str) -> tuple[str, ...]:
        """Keys of one table, in file order, which is the order of every array axis."""
        key = next(t.key for t in CASE_TABLES if t.name == table)
        return tuple(row[key] for row in self.tables[table]) if key else ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the files and the knowledge date: equal digests give equal runs."""
        state = hashlib.sha256(str(self.until).encode())
        for path in sorted(self.folder.glob("*")):
            if path.suffix in (".csv", ".yaml") and path.is_file():
                state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return state.hexdigest()

    def title(self) -> str:
        """Name of the case in the language in use."""
        return self.header.name.fr if current_language() == "fr" else self.header.name.en

    def known_until(self, day: dt.date) -> Case:
        """The case as it was known on `day`: rows of any table with a later `known_date` are gone."""
        kept = {
            name: tuple(row for row in rows if row.get("known_date") is None or row["known_date"] <= day)
            for name, rows in self.tables.items()
        }
        return replace(self, tables=MappingProxyType(kept), until=day)


def bundled_cases() -> tuple[str, ...]:
    """Names of the cases that come with the package."""
    return tuple(sorted(path.parent.name for path in BUNDLED.glob("*/case.yaml")))


def find_case(name: str | Path) -> Path:
    """Folder of a bundled case or of a path; UsageError if there is none."""
    path = Path(name)
    try:
        for folder in (path, BUNDLED / path):
            if (folder / "case.yaml").is_file():
                return folder
        is_folder = path.is_dir()
    except OSError:  # such as a name that is too long
        is_folder = False
    if is_folder:
        raise UsageError(_("{path} holds no case.yaml, so it is not a case folder.").format(path=path))
    raise UsageError(
        _("No case called {name}: {mend}").format(name=shown(name), mend=closest(str(name), bundled_cases()))
    )


def load(name: str | Path = "mali", *, until: dt.date | None = None) -> Case:
    """Read, check and freeze a case.

    Parameters
    ----------
    name : bundled case, or a folder with `case.yaml` and its tables
    until : hide every row whose `known_date` is later

    Raises
    ------
    UsageError : no such case
    DataError : all faults of all tables at once
    """
    folder = find_case(name)
    faults = Faults()
    header = read_header(folder / "case.yaml", faults)
    tables = _read_tables(folder, header, faults)
    faults.raise_if_any()
    assert header is not None  # a header that could not be read is a fault
    case = Case(folder.resolve().name, folder, header, MappingProxyType(tables))
    return case.known_until(until) if until else case


def _read_tables(folder: Path, header: Header | None, faults: Faults) -> dict[str, tuple[Row, ...]]:
    """Read every table and check them against each other.

    A table that could not be read at all is left out of the checks of other tables, which else would say of every row
    that it names something unknown.
    """
    tables: dict[str, tuple[Row, ...]] = {}
    ids: dict[str, frozenset[str]] = {}
    unread = set()
    for table in CASE_TABLES:
        before = len(faults.found)
        rows = tables[table.name] = read_table(folder / f"{table.name}.csv", table, faults)
        if not rows and len(faults.found) > before:
            unread.add(table.name)
            continue
        names = table.ids(rows)
        if names is not None:
            ids[table.name] = names
    for table in CASE_TABLES:
        check_references(table, tables[table.name], ids, faults)
    _check_names(folder, faults)
    check_tables(header, tables, ids, frozenset(unread), faults)
    return tables


def _check_names(folder: Path, faults: Faults) -> None:
    """Note a file that must be a misspelt table: an optional table would be missing without a word."""
    declared = {table.name for table in CASE_TABLES}
    present = {path.stem for path in folder.glob("*.csv")}
    for stem in sorted(present - declared):
        near = difflib.get_close_matches(stem.lower(), declared - present, n=1, cutoff=0.8)
        if near:
            faults.add(
                f"{stem}.csv", 0, "", _("a file that no table is called"), f"{near[0]}.csv", _("rename the file")
            )
