"""Text of a CSV file whatever its encoding, and its records whatever its delimiter and broken quotes.

Files come out of Excel, of portals and of mail: with a byte-order mark, in a Windows encoding, with `;` or tabs, with
an HXL line under the header, cut in the middle. What can be read is read, what was assumed is said, nothing is dropped.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from citerne.base.errors import DataError, Fault
from citerne.base.text import _

DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ARCHIVES = {b"PK\x03\x04": "zip or xlsx", b"\x1f\x8b": "gzip", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf"}
_BLANK = " \t\r\n" + "".join(DELIMITERS)  # a line of these alone is what a spreadsheet leaves at the end
BROKEN = "�"  # stands for bytes that are no text


@dataclass(frozen=True)
class Record:
    """One row as cells; `number` counts as a spreadsheet does; `fault` tells what is wrong with its quotes."""

    number: int
    cells: tuple[str, ...]
    fault: str = ""


@dataclass
class CsvText:
    """A decoded file: its lines, and remarks on what was assumed."""

    name: str
    lines: list[str]
    remarks: list[str] = field(default_factory=list)


def read_text(path: Path) -> CsvText:
    """Decode `path`: by its byte-order mark, as UTF-8, else as Windows-1252.

    Raises
    ------
    DataError : no such file, an empty file, an archive or a workbook instead of CSV
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise fault(path.name, 0, "", _("no readable file"), _("a CSV file"), str(error.strerror)) from error
    for magic, kind in _ARCHIVES.items():
        if raw.startswith(magic):
            mend = _("unpack it, or save the sheet as CSV UTF-8")
            raise fault(path.name, 0, "", _("a file of type {kind}").format(kind=kind), _("a CSV file"), mend)
    if not raw.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise fault(path.name, 0, "", _("an empty file"), _("a header row and rows"), _("download it again"))
    text, remarks = _decode(raw)
    if not text.endswith(("\n", "\r")):
        remarks.append(_("the file does not end with a line end: its last row may be cut"))
    return CsvText(path.name, _lines(text), remarks)


def _decode(raw: bytes) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace").removeprefix("\ufeff"), []
    text = raw.decode("utf-8", errors="replace")
    broken = text.count(BROKEN)
    if not broken:
        return text, []
    sound = sum(ord(letter) > 127 for letter in text) - broken
    if broken <= sound:  # UTF-8 with a few spoilt bytes; the rows that hold them are set aside
        return text, [_("{count} byte(s) are not UTF-8").format(count=broken)]
    # bytes that Windows-1252 leaves undefined become the replacement mark
    return raw.decode("cp1252", errors="replace"), [_("not UTF-8: read as Windows-1252")]


def _lines(text: str) -> list[str]:
    """Split at line ends only, not at the other breaks that `splitlines` knows."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return [line + "\n" for line in plain.split("\n")]


def fault(file: str, row: int, column: str, found: str, expected: str, mend: str = "") -> DataError:
    """One fault as an error."""
    return DataError([Fault(file, row, column, found, expected, mend)])


class _Lines:
    """Iterator over lines that can be set back."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.at = lines, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


def records(text: CsvText, delimiter: str, width: int, first_line: int = 0) -> Iterator[Record]:
    """Records from line `first_line` on; blank lines are passed over but counted.

    A quote that never closes would swallow the rows behind it. Such a record is recognised by whole rows of `width`
    cells inside it (or by the end of the file), and read again line by line, so that only the broken line is set aside.
    """
    lines = _Lines(text.lines)
    lines.at = first_line
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while lines.at < len(lines.lines):
        begun = lines.at
        number += 1
        problem = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = []
        if lines.at - begun > 1 and _swallowed(text.lines[begun : lines.at], cells, delimiter, width):
            lines.at = begun + 1
            reader = csv.reader(lines, delimiter=delimiter)
            cells, problem = _alone(text.lines[begun], delimiter), _("a quote is opened and never closed")
        if any(cell.strip(_BLANK) for cell in cells):
            yield Record(number, tuple(cells), problem)


def _swallowed(lines: list[str], cells: list[str], delimiter: str, width: int) -> bool:
    """Whether a record over several lines is rows run together by a stray quote, not one row with line breaks in it."""
    if len(cells) != width or any(len(_alone(line, delimiter)) == width for line in lines[1:]):
        return True
    if lines[0].count(delimiter) == lines[-1].count(delimiter) == width - 1:
        return True  # two stray quotes in one column: each line is a whole row by itself
    try:  # a quote that closes a cell is followed by a delimiter; one that opens another row's cell is not
        return not list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return True


def _alone(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line.strip()]
