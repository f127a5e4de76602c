"""COD-AB tables of administrative units: P-codes as text, names, parents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.exchange.common import Field, Report, SheetRow, Unfit, collect, read_sheet

LEVELS = range(5)
FIELDS = tuple(
    field
    for level in LEVELS
    for field in (
        Field(f"adm{level}_pcode", (f"admin{level}pcode", f"admin{level}_pcode", f"#adm{level}+code")),
        Field(f"adm{level}_en", (f"admin{level}name_en", f"adm{level}_name", f"admin{level}name", f"#adm{level}+name")),
        Field(f"adm{level}_fr", (f"admin{level}name_fr", f"adm{level}_name1", f"adm{level}_ref")),
    )
)
_PCODE = re.compile(r"[A-Z]{2,3}[A-Z0-9]*\Z", re.ASCII)
COLUMNS = ("pcode", "level", "name_en", "name_fr", "parent_pcode")


@dataclass(frozen=True)
class Unit:
    """One administrative unit."""

    pcode: str
    level: int
    name_en: str
    name_fr: str
    parent_pcode: str


def read_units(path: Path) -> tuple[list[Unit], Report]:
    """All units of a table, those above its own level too, each once, from the country down.

    Rows whose P-code lost its letters (the column was read as a number) or does not begin with its parent's are set
    aside.
    """
    sheet = read_sheet(path, FIELDS)
    levels = [level for level in LEVELS if f"adm{level}_pcode" in sheet.fields]
    rows, report = collect(sheet, lambda row: _chain(row, levels), lambda chain: chain[-1].pcode)
    units = {unit.pcode: unit for chain in rows for unit in chain}
    return sorted(units.values(), key=lambda unit: (unit.level, unit.pcode)), report


def _chain(row: SheetRow, levels: list[int]) -> tuple[Unit, ...]:
    if not levels:
        raise Unfit(_("no column with P-codes"))
    chain: list[Unit] = []
    for level in levels:
        pcode = row.text(f"adm{level}_pcode", required=True)
        if not _PCODE.match(pcode):
            text = _("adm{level}_pcode: found {found}, expected letters of the country and digits; store it as text")
            raise Unfit(text.format(level=level, found=pcode[:40]))
        parent = chain[-1].pcode if chain else ""
        if chain and not pcode.startswith(parent):
            text = _("adm{level}_pcode: {found} does not begin with its parent's {parent}")
            raise Unfit(text.format(level=level, found=pcode, parent=parent))
        english, french = row.text(f"adm{level}_en"), row.text(f"adm{level}_fr")
        if not (english or french):
            raise Unfit(_("adm{level}: no name").format(level=level))
        chain.append(Unit(pcode, level, english or french, french or english, parent))
    return tuple(chain)


def unit_rows(units: list[Unit]) -> list[dict[str, Any]]:
    """Rows for admin_units.csv."""
    return [vars(unit) for unit in units]
