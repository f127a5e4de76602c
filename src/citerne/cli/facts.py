"""`citerne facts`: who, what, when, and what the article's claims are worth."""

from __future__ import annotations

from typing import Any

import click

from citerne.base.text import _, number
from citerne.cli.output import print_json, remark


@click.command(name="facts")
@click.argument("case", default="mali")
@click.option("--claims", "claims_only", is_flag=True, help="Show the claims and their verdicts only.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Hide what became known later.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(case: str, claims_only: bool, as_of: Any, as_json: bool) -> None:
    """The evidence base of a case: timeline, actors and checked claims, each with its source.

    CASE is a bundled case or a folder.
    """
    from citerne.case.case import find_case
    from citerne.outlook.facts import facts

    found = facts(find_case(case), as_of=as_of.date() if as_of else None)
    for text in found["remarks"]:
        remark(text)
    for name in found["missing"]:
        remark(_("This case has no {name}.csv.").format(name=name))
    if as_json:
        print_json({"case": case, **found})
        return
    if not claims_only:
        _print_events(found["events"])
        _print_actors(found["actors"])
        _print_demands(found["demands"])
    _print_claims(found)


def _print_events(events: list[dict[str, Any]]) -> None:
    click.echo(_("Timeline"))
    for row in events:
        click.echo(f"  {row['date']} {row['text']} [{row['source']}; {row['confidence']}]")


def _print_actors(actors: list[dict[str, Any]]) -> None:
    click.echo("\n" + _("Actors"))
    for row in actors:
        years = f"{row['active_from'] or ''} – {row['active_to'] or ''}"
        click.echo(f"  {row['name']} ({years}): {row['role']} [{row['source']}; {row['confidence']}]")


def _print_demands(demands: list[dict[str, Any]]) -> None:
    click.echo("\n" + _("Demands of the armed group"))
    for row in demands:
        part = number(row["met"], 1)
        met = _("met to {part} of 1").format(part=part)
        click.echo(f"  {row['demand']}: {met} [{row['source']}; {row['confidence']}]")


def _print_claims(found: dict[str, Any]) -> None:
    click.echo("\n" + _("Claims of the article"))
    words = {
        "supported": _("supported"),
        "contradicted": _("contradicted"),
        "unverified": _("unverified"),
        "too_vague": _("too vague"),
    }
    for row in found["claims"]:
        click.echo(f"  {row['id']} {words[row['verdict']].upper()}: {row['claim']}")
        click.echo(f"      {row['reason']}")
        quantity = row["quantity"] or _("none")
        click.echo("      " + _("source: {source}; model quantity: {q}").format(source=row["source"], q=quantity))
        for item in row["evidence"]:
            click.echo(f"      {item['id']}: {item['text'] or _('(not in this case, or known later)')}")
    counts = ", ".join(f"{words[word]} {count}" for word, count in found["verdicts"].items())
    click.echo("  " + counts)
