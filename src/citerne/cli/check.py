"""`citerne check`: all faults of a case at once; of a sound case, what is guessed, old or odd."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from citerne.base.errors import EXIT_DATA, DataError, Fault
from citerne.base.text import _
from citerne.cli.output import print_json

if TYPE_CHECKING:
    from citerne.case.grade import Grade, Sourced

LINES_SHOWN = 12


@click.command(name="check")
@click.argument("case", default="mali")
@click.option("--stale-years", type=float, default=5.0, show_default=True, help="Age from which a source is old.")
@click.option("--all", "show_all", is_flag=True, help="List every guess and every old source.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(case: str, stale_years: float, show_all: bool, as_json: bool) -> None:
    """Check CASE (a bundled name or a folder): faults with their mends, or how good a sound case is."""
    from citerne.case.grade import grade_case
    from citerne.model.check import load_checked
    from citerne.model.names import not_recorded

    try:
        loaded = load_checked(case)
    except DataError as error:
        if as_json:
            print_json(_payload(case, error.faults, None, []))
        else:
            click.echo(str(error))
        raise SystemExit(EXIT_DATA) from None
    grade = grade_case(loaded, stale_years)
    unscored = not_recorded(loaded)
    if as_json:
        print_json(_payload(loaded.name, (), grade, unscored))
        return
    click.echo(_("{title}: no fault.").format(title=loaded.title()))
    _print_confidence(grade)
    limit = None if show_all else LINES_SHOWN
    _print_list(_("Guesses (confidence E), by table and source:"), _guesses(grade.guesses, show_all), limit)
    old = _("Sources older than {years} years at the start:").format(years=f"{stale_years:g}")
    _print_list(old, [f"{_sourced(item)} ({item.source_date})" for item in grade.stale], limit)
    _print_list(_("To look at again:"), [str(question) for question in grade.questions], None)
    _print_list(_("Targets that a run does not record:"), unscored, None)
    if grade.absent:
        click.echo(_("Optional tables that are not there: {tables}").format(tables=", ".join(grade.absent)))


def _payload(case: str, faults: tuple[Fault, ...], grade: Grade | None, unscored: list[str]) -> dict[str, Any]:
    graded: dict[str, Any] = {}
    if grade is not None:
        graded = {"confidence": grade.confidence, "totals": grade.totals, "absent": grade.absent}
    return {
        "case": case,
        "faults": [asdict(fault) for fault in faults],
        "grade": graded,
        "guesses": [asdict(item) for item in grade.guesses] if grade else [],
        "stale": [asdict(item) for item in grade.stale] if grade else [],
        "warnings": [asdict(question) for question in grade.questions] if grade else [],
        "not_modelled": unscored,
    }


def _print_confidence(grade: Grade) -> None:
    """A table of rows by confidence."""
    letters = list(grade.totals)
    click.echo("\n" + _("Rows by confidence (A verified, B high, C medium, D low, E guess)"))
    click.echo(f"  {'':14}" + "".join(f"{letter:>6}" for letter in letters))
    for table, counts in [*grade.confidence.items(), (_("all"), grade.totals)]:
        click.echo(f"  {table:14}" + "".join(f"{counts[letter] or '-':>6}" for letter in letters))


def _print_list(title: str, lines: list[str], limit: int | None) -> None:
    if not lines:
        return
    click.echo("\n" + title)
    for line in lines[:limit]:
        click.echo(f"  {line}")
    if limit is not None and len(lines) > limit:
        click.echo("  " + _("and {count} more; --all lists them").format(count=len(lines) - limit))


def _guesses(guesses: tuple[Sourced, ...], show_all: bool) -> list[str]:
    from citerne.case.grade import grouped

    if show_all:
        return [_sourced(item) for item in guesses]
    text = _("{file}: {count} from {source}")
    return [text.format(file=file, count=len(rows), source=source) for file, source, rows in grouped(guesses)]


def _sourced(item: Sourced) -> str:
    return _("{file}, row {row}: {key}, from {source}").format(
        file=item.file, row=item.row, key=item.key, source=item.source
    )
