"""`citerne tables`: all tables of a case in a spreadsheet, and back."""

from __future__ import annotations

from pathlib import Path

import click

from citerne.base.text import _
from citerne.cli.output import print_json


@click.group("tables")
def command() -> None:
    """All tables of a case as a spreadsheet (.xlsx), and a spreadsheet as a case."""


@command.command("export")
@click.argument("case")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def export(case: str, file: Path, force: bool, as_json: bool) -> None:
    """Write CASE (a bundled name or a folder) to FILE.xlsx, one sheet a table."""
    from citerne.case.case import load
    from citerne.exchange.case_workbook import export_case
    from citerne.exchange.workbook import refuse_existing

    refuse_existing(file, force)
    count = export_case(load(case), file)
    if as_json:
        print_json({"case": case, "out": str(file), "sheets": count})
        return
    click.echo(_("{count} sheets written to {out}.").format(count=count, out=file))


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("case", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Write over the tables of a folder that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def import_(file: Path, case: Path, force: bool, as_json: bool) -> None:
    """Write FILE.xlsx as the case folder CASE, once all of it is sound."""
    from citerne.exchange.case_workbook import import_case
    from citerne.exchange.workbook import refuse_existing

    refuse_existing(case, force)
    loaded = import_case(file, case)
    rows = {name: len(found) for name, found in loaded.tables.items() if found}
    if as_json:
        print_json({"case": str(case), "tables": rows})
        return
    text = _("{title}: {rows} rows in {count} tables written to {out}.")
    click.echo(text.format(title=loaded.title(), rows=sum(rows.values()), count=len(rows), out=case))
