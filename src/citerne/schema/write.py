"""Write CSV tables the way `read` reads them: UTF-8, a header, points for decimals, empty cells for None; make ids."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from citerne.schema.columns import Table


def cell(value: Any) -> str:
    """One value as a cell; numbers keep nine significant digits, not-a-number becomes an empty cell."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return ">".join(str(part) for part in value)
    return str(value)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `rows` under the headings `columns`; a row without a column leaves the cell empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(row.get(column)) for column in columns])


def write_table(path: Path, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `rows` with all columns that `table` declares, in its order."""
    write_rows(path, [column.name for column in table.columns], rows)


def slug(name: str) -> str:
    """An id of letters, digits and _ from a name; empty where no letter can be carried over."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:40]
