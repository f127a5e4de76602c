"""Tolerant reading of other people's tables: columns by name and synonym, every row used or set aside with a reason.

The promise of every importer: rows read = rows used + rows set aside, each of the latter with its row number (as a
spreadsheet counts) and a reason; a file of which no row can be used is an error that says why.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeVar

from citerne.base.errors import DataError, Fault
from citerne.base.text import _
from citerne.exchange.csv_text import BROKEN, DELIMITERS, CsvText, Record, fault, read_text, records
from citerne.exchange.dates import DateOrder, order_of, read_day

HEADER_WITHIN_LINES = 6  # a title or two may stand above the header
REASONS_SHOWN = 12
T = TypeVar("T")


class Unfit(Exception):  # noqa: N818  # not an error of the program: the reason why one row is set aside
    """A row cannot be used; the text says why."""


@dataclass(frozen=True)
class Field:
    """A column that an importer looks for, by its name or a synonym; `required` of the file, not of each cell."""

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class SetAside:
    """One row that was read and not used."""

    row: int
    reason: str


@dataclass(frozen=True)
class SheetRow:
    """One row by field name; the readers raise `Unfit` with a reason that names the column and what stands there."""

    number: int
    cells: Mapping[str, str]
    decimal_comma: bool
    dates: DateOrder

    def text(self, name: str, required: bool = False) -> str:
        """The cell without surrounding blanks; empty where the file has no such column."""
        value = self.cells.get(name, "").strip()
        if required and not value:
            raise Unfit(_("{column}: empty").format(column=name))
        return value

    def numeric(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number within bounds."""
        value = self.maybe(name, low, high)
        if value is None:
            raise Unfit(_("{column}: empty, expected a number").format(column=name))
        return value

    def maybe(self, name: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A finite number within bounds, or None where the cell is empty or says `-` (not stated)."""
        shown = self.text(name)
        if shown in ("", "-"):
            return None
        plain = re.sub(r"[\s\u00a0\u202f]", "", shown)
        if self.decimal_comma or re.fullmatch(r"[-+]?\d+,\d{1,2}", plain):
            plain = plain.replace(".", "").replace(",", ".") if "," in plain else plain
        try:
            value = float(plain) if re.fullmatch(r"[-+]?[\d.]+([eE][-+]?\d{1,3})?", plain) else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Unfit(_("{column}: found {found}, expected a number").format(column=name, found=short(shown)))
        if not low <= value <= high:
            bounds = _("{low:g} to {high:g}").format(low=low, high=high)
            text = _("{column}: found {found}, expected {bounds}")
            raise Unfit(text.format(column=name, found=short(shown), bounds=bounds))
        return value

    def day(self, name: str, latest: dt.date) -> dt.date:
        """A date that is not later than `latest`."""
        shown = self.text(name, required=True)
        value = read_day(shown, self.dates)
        if value is None:
            text = _("{column}: found {found}, expected a date like 2025-09-03")
            raise Unfit(text.format(column=name, found=short(shown)))
        if value > latest:
            text = _("{column}: {found} lies in the future of {latest}")
            raise Unfit(text.format(column=name, found=value.isoformat(), latest=latest.isoformat()))
        return value

    def place(self) -> tuple[float, float] | None:
        """latitude, longitude; None where both are empty."""
        if self.text("latitude") in ("", "-") and self.text("longitude") in ("", "-"):
            return None
        return self.numeric("latitude", -90, 90), self.numeric("longitude", -180, 180)


@dataclass(frozen=True)
class Sheet:
    """A table read by name."""

    file: str
    fields: frozenset[str]
    rows: tuple[SheetRow, ...]
    broken: tuple[SetAside, ...]
    remarks: tuple[str, ...]


@dataclass
class Report:
    """What became of the rows of one file."""

    file: str
    rows_read: int = 0
    rows_used: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The keys that every `import` verb prints."""
        return {
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "set_aside": [{"row": s.row, "reason": s.reason} for s in sorted(self.set_aside, key=lambda s: s.row)],
            "remarks": self.remarks,
        }


def short(text: str) -> str:
    """A cell as a reason shows it."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."


def heading(text: str) -> str:
    """A column heading as it is compared: lower case, without accents, blanks and marks as `_`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9#+]+", "_", plain).strip("_")


def read_sheet(path: Path, fields: Sequence[Field], date_fields: Sequence[str] = (), others: bool = False) -> Sheet:
    """Read a CSV file by the names of its columns.

    Takes any of `,` `;` tab `|` as delimiter, UTF-8, UTF-16 or Windows-1252, a title above the header and an HXL line
    below it. `date_fields` are looked through once to see whether 03/04/2020 means March or April. `others` keeps
    unknown columns too, under their own headings.

    Raises
    ------
    DataError : the file cannot be read, or columns are missing; all of them are named
    """
    text = read_text(path)
    known = {heading(word): f.name for f in fields for word in (f.name, *f.synonyms)}
    line, delimiter = _find_header(text, known)
    header = next(records(CsvText(text.name, text.lines[line : line + 1]), delimiter, 0)).cells
    columns = _columns(text.name, header, known, fields)
    if others:
        columns |= {i: heading(cell) for i, cell in enumerate(header) if i not in columns and heading(cell)}
    decimal_comma = delimiter == ";"
    kept: list[Record] = []
    broken: list[SetAside] = []
    first = True
    for record in records(text, delimiter, len(header), line):
        number = record.number + line
        if record.number == 1:
            continue  # the header itself
        if first and _is_hxl(record.cells):
            first = False
            continue
        first = False
        reason = record.fault or _shape_fault(record.cells, len(header))
        if reason:
            broken.append(SetAside(number, reason))
        else:
            kept.append(Record(number, record.cells))
    cells = [{name: record.cells[i] for i, name in columns.items()} for record in kept]
    dates = order_of(c[name] for c in cells for name in date_fields if name in c)
    remarks = list(text.remarks)
    if delimiter != ",":
        shown = {"\t": _("tab")}.get(delimiter, delimiter)
        remarks.append(_("columns are divided by {delimiter}").format(delimiter=shown))
    rows = tuple(SheetRow(r.number, c, decimal_comma, dates) for r, c in zip(kept, cells, strict=True))
    return Sheet(text.name, frozenset(columns.values()), rows, tuple(broken), tuple(remarks))


def _find_header(text: CsvText, known: Mapping[str, str]) -> tuple[int, str]:
    """Line and delimiter under which most of the known headings are found."""
    best = (0, 0, ",")
    for line in range(min(HEADER_WITHIN_LINES, len(text.lines))):
        for delimiter in DELIMITERS:
            cells = next(iter(records(CsvText("", text.lines[line : line + 1]), delimiter, 0)), None)
            hits = len({known[heading(c)] for c in cells.cells if heading(c) in known}) if cells else 0
            if hits > best[0]:
                best = (hits, line, delimiter)
    if best[0] == 0:
        expected = _("a header with columns such as {names}").format(names=", ".join(list(known)[:6]))
        found = short(text.lines[0]) or _("an empty line")
        raise fault(text.name, 1, "", found, expected, _("is this the right file for this verb?"))
    return best[1], best[2]


def _columns(file: str, header: Sequence[str], known: Mapping[str, str], fields: Sequence[Field]) -> dict[int, str]:
    """Position of each field; of several columns for one field the one whose heading stands first in its list."""
    headings = [heading(cell) for cell in header]
    faults = [
        Fault(file, 1, word, _("the column twice"), _("each column once"), _("remove one"))
        for word, count in Counter(headings).items()
        if count > 1 and word in known
    ]
    columns: dict[int, str] = {}
    for f in fields:
        words = [heading(word) for word in (f.name, *f.synonyms)]
        found = next((word for word in words if word in headings and known[word] == f.name), None)
        if found is not None:
            columns[headings.index(found)] = f.name
        elif f.required:
            expected = _("a column {names}").format(names=" / ".join((f.name, *f.synonyms[:3])))
            faults.append(Fault(file, 1, f.name, _("no such column"), expected, _("is the header cut or renamed?")))
    if faults:
        raise DataError(faults)
    return columns


def _is_hxl(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and sum(cell.startswith("#") for cell in filled) * 2 > len(filled)


def _shape_fault(cells: Sequence[str], width: int) -> str:
    if any(BROKEN in cell for cell in cells):
        return _("bytes that are no text")
    if len(cells) < width:
        return _("cut: {found} cells of {width}").format(found=len(cells), width=width)
    if any(cell.strip() for cell in cells[width:]):
        return _("{found} cells, the header has {width}").format(found=len(cells), width=width)
    return ""


def collect(
    sheet: Sheet,
    parse: Callable[[SheetRow], T],
    key: Callable[[T], Hashable],
    keep: Literal["first", "last"] = "first",
    odd: Callable[[Sequence[T]], Mapping[int, str]] | None = None,
) -> tuple[list[T], Report]:
    """Parse every row; rows that do not fit and rows of a key seen before are set aside.

    `keep` says which of two rows with one key counts: the first, or the last (a correction). `odd` looks at all items
    together and gives the reason for each, by position, that does not fit the others.

    Raises
    ------
    DataError : no row at all, or none that can be used
    """
    report = Report(sheet.file, len(sheet.rows) + len(sheet.broken), 0, list(sheet.broken), list(sheet.remarks))
    used: dict[Hashable, tuple[int, T]] = {}
    for row in sheet.rows:
        try:
            item = parse(row)
        except Unfit as reason:
            report.set_aside.append(SetAside(row.number, str(reason)))
            continue
        mark = key(item)
        if mark in used:
            other = used[mark][0]
            if keep == "first":
                report.set_aside.append(SetAside(row.number, _("the same as row {row}").format(row=other)))
                continue
            report.set_aside.append(SetAside(other, _("replaced by row {row}").format(row=row.number)))
        used[mark] = (row.number, item)
    kept = sorted(used.values(), key=lambda pair: pair[0])
    reasons = odd([item for _row, item in kept]) if odd else {}
    report.set_aside += [SetAside(kept[i][0], reason) for i, reason in reasons.items()]
    report.rows_used = len(kept) - len(reasons)
    _refuse_if_nothing(report)
    return [item for i, (_row, item) in enumerate(kept) if i not in reasons], report


def _refuse_if_nothing(report: Report) -> None:
    if report.rows_used:
        return
    if not report.rows_read:
        raise fault(report.file, 0, "", _("a header and no rows"), _("rows"), _("is the file cut?"))
    shown = sorted(report.set_aside, key=lambda s: s.row)[:REASONS_SHOWN]
    faults = [Fault(report.file, s.row, "", s.reason, _("a row that can be used")) for s in shown]
    more = _("none of {count} rows can be used").format(count=report.rows_read)
    raise DataError([Fault(report.file, 0, "", more, _("rows that fit the header"), _("see the rows below")), *faults])


FAR_DEGREES, NEAR_DEGREES = 15.0, 6.0
FEWEST_ROWS = 8


def swapped_places(places: Sequence[tuple[str, float | None, float | None]]) -> dict[int, str]:
    """Rows (country, latitude, longitude) that lie far from their country's others and, turned round, lie among them.

    A file whose two columns are exchanged as a whole cannot be told this way.
    """
    by_country: dict[str, list[int]] = {}
    for i, (country, latitude, longitude) in enumerate(places):
        if latitude is not None and longitude is not None:
            by_country.setdefault(country, []).append(i)
    found: dict[int, str] = {}
    for members in by_country.values():
        if len(members) < FEWEST_ROWS:
            continue
        middle_lat = median([places[i][1] or 0.0 for i in members])
        middle_lon = median([places[i][2] or 0.0 for i in members])
        for i in members:
            lat, lon = places[i][1] or 0.0, places[i][2] or 0.0
            away = max(abs(lat - middle_lat), abs(lon - middle_lon))
            turned = max(abs(lon - middle_lat), abs(lat - middle_lon))
            if away > FAR_DEGREES and turned < NEAR_DEGREES:
                found[i] = _("latitude {lat:g} and longitude {lon:g} look exchanged").format(lat=lat, lon=lon)
    return found
