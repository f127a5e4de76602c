"""`citerne situation`: an empty sheet for this week's counts, and its check."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from citerne.base.errors import EXIT_DATA
from citerne.base.text import _
from citerne.cli.output import print_json


@click.group("situation")
def command() -> None:
    """The sheet in which this week's counts, loads, prices and attacks are kept."""


@command.command("template")
@click.argument("case", default="mali")
@click.option("--out", type=click.Path(path_type=Path), default=Path("situation.xlsx"), show_default=True,
              help="A workbook (.xlsx), or a folder for CSV files.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def template(case: str, out: Path, as_json: bool) -> None:
    """Write an empty sheet for CASE, for your eyes only, headings in the language in use."""
    from citerne.case.case import load
    from citerne.nowcast.template import write_template

    path = write_template(load(case), out)
    if as_json:
        print_json({"out": str(path)})
    else:
        click.echo(_("Written to {out}").format(out=path))


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--case", default="mali", show_default=True, help="Case that the sheet is about.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Day of the check (default: today).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def check(file: Path, case: str, as_of: dt.datetime | None, as_json: bool) -> None:
    """List every fault and every questioned row of FILE, with sheet, row, column and mend."""
    from citerne.case.case import load
    from citerne.nowcast.questions import sort_rows
    from citerne.nowcast.reading import read_situation

    loaded = load(case)
    day = as_of.date() if as_of else dt.date.today()
    found = sort_rows(loaded, read_situation(file, loaded), day)
    count = sum(len(rows) for rows in found.rows.values()) + len(found.rules)
    if as_json:
        print_json({
            "as_of": day.isoformat(), "rows": count, "faults": [vars(f) for f in found.faulty],
            "questions": [vars(f) for f in found.questioned], "later": found.later, "revised": found.revised,
        })  # fmt: skip
    else:
        for fault in found.set_aside:
            click.echo(str(fault))
        text = _("{count} row(s) to use, {faults} fault(s), {questions} question(s), {later} known later.")
        click.echo(text.format(count=count, faults=len(found.faulty), questions=len(found.questioned),
                               later=found.later))  # fmt: skip
    if found.faulty:
        raise SystemExit(EXIT_DATA)
