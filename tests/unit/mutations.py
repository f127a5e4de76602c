"""Spoil a table the way mail, spreadsheets and portals do."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange_files import Table


@dataclass
class Spoilt:
    """A file after some mutations.

    `rows` is the number of data rows a person would count, None where the cut makes that unclear; `same` is True while
    the meaning of every row is untouched, so that the result must be that of the sound file.
    """

    table: Table
    raw: bytes = b""
    rows: int | None = None
    same: bool = True
    done: list[str] = field(default_factory=list)


Change = Callable[[Spoilt, random.Random], None]


def _encode(s: Spoilt, encoding: str, delimiter: str = ",", end: str = "\n") -> None:
    s.raw = s.table.text(delimiter, end).encode(encoding, errors="replace")
    s.rows = len(s.table.rows)


# --- changes of the table, before it is written ---------------------------------------------------------------------
def move_columns(s: Spoilt, rng: random.Random) -> None:
    order = list(range(len(s.table.header)))
    rng.shuffle(order)
    s.table.header = [s.table.header[i] for i in order]
    s.table.rows = [[row[i] for i in order if i < len(row)] for row in s.table.rows]


def extra_columns(s: Spoilt, rng: random.Random) -> None:
    s.table.header = [*s.table.header, "remark of the office", "zz"]
    s.table.rows = [[*row, "été", "1"] for row in s.table.rows]


def swap_headings(s: Spoilt, rng: random.Random) -> None:
    i, j = rng.sample(range(len(s.table.header)), 2)
    s.table.header[i], s.table.header[j] = s.table.header[j], s.table.header[i]
    s.same = False


def swap_cells(s: Spoilt, rng: random.Random) -> None:
    for row in rng.sample(s.table.rows, min(5, len(s.table.rows))):
        if len(row) > 1:
            i, j = rng.sample(range(len(row)), 2)
            row[i], row[j] = row[j], row[i]
    s.same = False


def _spoil_cells(s: Spoilt, rng: random.Random, column: str, values: tuple[str, ...]) -> None:
    if column in s.table.header:
        i = s.table.header.index(column)
        for row in rng.sample(s.table.rows, min(6, len(s.table.rows))):
            if i < len(row):
                row[i] = rng.choice(values)
        s.same = False


def nan_coordinates(s: Spoilt, rng: random.Random) -> None:
    _spoil_cells(s, rng, s.table.latitude, ("NaN", "nan", "inf", "-inf", "", "north", "1e400", "999", "12,5°", "--3"))


def broken_numbers(s: Spoilt, rng: random.Random) -> None:
    _spoil_cells(s, rng, s.table.number, ("NaN", "", "n/a", "-5", "1.2.3", "1e999", "#REF!", "1 234", "١٢", "9" * 400))


def future_dates(s: Spoilt, rng: random.Random) -> None:
    _spoil_cells(
        s, rng, s.table.date, ("2099-01-15", "2026-12-31", "0000-00-00", "31/02/2025", "9999-99-99", "tomorrow", "")
    )


def repeat_rows(s: Spoilt, rng: random.Random) -> None:
    for row in rng.sample(s.table.rows, min(4, len(s.table.rows))):
        s.table.rows.insert(rng.randrange(len(s.table.rows)), list(row))
    s.same = False


def repeat_ids(s: Spoilt, rng: random.Random) -> None:
    if s.table.ident in s.table.header and len(s.table.rows) > 1:
        i = s.table.header.index(s.table.ident)
        a, b = rng.sample(s.table.rows, 2)
        if i < min(len(a), len(b)):
            b[i] = a[i]
        s.same = False


def drop_a_column(s: Spoilt, rng: random.Random) -> None:
    i = rng.randrange(len(s.table.header))
    del s.table.header[i]
    for row in s.table.rows:
        del row[i : i + 1]
    s.same = False


def rename_a_heading(s: Spoilt, rng: random.Random) -> None:
    s.table.header[rng.randrange(len(s.table.header))] = rng.choice(["", "x", s.table.header[0], "latitude", "#"])
    s.same = False


def short_rows(s: Spoilt, rng: random.Random) -> None:
    for row in rng.sample(s.table.rows, min(3, len(s.table.rows))):
        del row[rng.randrange(1, max(2, len(row))) :]
    s.same = False


# --- how it is written ------------------------------------------------------------------------------------------------
def plain(s: Spoilt, rng: random.Random) -> None:
    _encode(s, "utf-8", end=rng.choice(["\n", "\r\n"]))


def with_mark(s: Spoilt, rng: random.Random) -> None:
    _encode(s, rng.choice(["utf-8-sig", "utf-16"]), end="\r\n")


def windows(s: Spoilt, rng: random.Random) -> None:
    _encode(s, "cp1252", end="\r\n")


def other_delimiter(s: Spoilt, rng: random.Random) -> None:
    _encode(s, rng.choice(["utf-8", "cp1252"]), rng.choice([";", "\t", "|"]), rng.choice(["\n", "\r\n", "\r"]))


# --- changes of the bytes ---------------------------------------------------------------------------------------------
def cut(s: Spoilt, rng: random.Random) -> None:
    s.raw = s.raw[: rng.randrange(len(s.raw))]
    s.rows, s.same = None, False


def wrong_delimiter(s: Spoilt, rng: random.Random) -> None:
    """Header or body alone in another delimiter, as when two files were pasted together."""
    head, _end, body = s.raw.partition(b"\n")
    if rng.random() < 0.5:
        s.raw = head.replace(b",", b";") + b"\n" + body
    else:
        s.raw = head + b"\n" + body.replace(b",", b";")
    s.same = False


def stray_quote(s: Spoilt, rng: random.Random) -> None:
    lines = s.raw.split(b"\n")
    for _time in range(rng.randint(1, 3)):
        k = rng.randrange(len(lines) - 1) + 1 if len(lines) > 1 else 0
        cells = lines[k].split(b",")
        i = rng.randrange(len(cells))
        cells[i] = b'"' + cells[i]
        lines[k] = b",".join(cells)
    s.raw, s.same = b"\n".join(lines), False
    if s.raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        s.rows = None  # one byte more shifts all that follow


def garbled_bytes(s: Spoilt, rng: random.Random) -> None:
    raw = bytearray(s.raw)
    for _time in range(rng.randint(1, 8)):
        raw[rng.randrange(len(raw))] = rng.choice([0x81, 0xFF, 0xE9, 0x00, 0xC3])
    s.raw, s.rows, s.same = bytes(raw), None, False


def blank_lines(s: Spoilt, rng: random.Random) -> None:
    if b"\n" in s.raw and s.raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        s.raw = s.raw.replace(b"\n", b"\n\n", 5) + b"\n\n,,,\n"


def title_line(s: Spoilt, rng: random.Random) -> None:
    if s.raw[:1] not in (b"\xff", b"\xfe", b"\xef"):
        s.raw = b"Extract of the office\n" + s.raw


TABLE_CHANGES: tuple[Change, ...] = (
    move_columns, extra_columns, swap_headings, swap_cells, nan_coordinates, broken_numbers, future_dates, repeat_rows,
    repeat_ids, drop_a_column, rename_a_heading, short_rows,
)  # fmt: skip
WRITERS: tuple[Change, ...] = (plain, with_mark, windows, other_delimiter)
BYTE_CHANGES: tuple[Change, ...] = (cut, wrong_delimiter, stray_quote, garbled_bytes, blank_lines, title_line)


def spoil(table: Table, seed: int) -> Spoilt:
    """One to four changes, chosen and placed by `seed`."""
    rng = random.Random(seed)
    s = Spoilt(table)
    for change in rng.sample(TABLE_CHANGES, rng.randint(0, 2)):
        change(s, rng)
        s.done.append(change.__name__)
    writer = rng.choice(WRITERS)
    writer(s, rng)
    s.done.append(writer.__name__)
    if rng.random() < 0.6:
        change = rng.choice(BYTE_CHANGES)
        change(s, rng)
        s.done.append(change.__name__)
    return s
