"""`citerne nowcast`: today's situation in, tomorrow's outlook out, and the score of past ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click

from citerne.base.errors import UsageError
from citerne.base.text import _, current_language
from citerne.cli.output import compiling, print_json, remark

if TYPE_CHECKING:
    from citerne.case.case import Case
    from citerne.nowcast.questions import Sorted

SHOWN = 15
LONGEST = 36  # letters of a name


@click.command()
@click.argument("case", default="mali")
@click.option("--situation", type=click.Path(path_type=Path), required=True, help="Sheet (.xlsx) or folder of CSV.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Use only what was known that day.")
@click.option("--horizon", type=int, default=30, show_default=True, help="Days ahead.")
@click.option("--members", type=int, default=2048, show_default=True, help="Number of futures.")
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the ensemble.")
@click.option("--policy", default="recorded", show_default=True, help="Named policy of the case, or a file.")
@click.option("--rule", default="life_saving", show_default=True,
              help="Allotment of the pool: life_saving, equal_days or weighted.")  # fmt: skip
@click.option("--ledger", type=click.Path(path_type=Path), default=Path("nowcasts"), show_default=True,
              help="Private folder in which every nowcast is kept.")  # fmt: skip
@click.option("--score", "scoring", is_flag=True, help="Score the nowcasts of the ledger with the rows of the sheet.")
@click.option("--page", type=click.Path(path_type=Path), default=None,
              help="Score, and write the page \"how wrong were we\" (HTML, for its owner only).")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Start from the case, not from a stored snapshot.")
@click.option("--jobs", type=int, default=0, help="Threads; 0 is one per core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    case: str, situation: Path, as_of: dt.datetime, horizon: int, members: int, seed: int, policy: str, rule: str,
    ledger: Path, scoring: bool, page: Path | None, fresh: bool, jobs: int, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Chance of running dry by town and fuel for CASE, from a situation sheet."""
    from citerne.case.case import load
    from citerne.nowcast import ledger as book
    from citerne.nowcast.alerts import as_text
    from citerne.nowcast.moved import moved
    from citerne.nowcast.nowcast import nowcast
    from citerne.nowcast.questions import sort_rows
    from citerne.nowcast.reading import read_situation
    from citerne.nowcast.snapshot import FOLDER

    quiet = quiet or as_json
    if members < 64:
        raise UsageError(_("A nowcast needs at least 64 futures, not {members}.").format(members=members))
    loaded = load(case, until=as_of.date())
    rows = sort_rows(loaded, read_situation(situation, loaded), as_of.date())
    for fault in rows.set_aside:
        remark(_("Set aside: {fault}").format(fault=fault), quiet)
    if scoring or page is not None:
        _score(loaded, ledger, rows, as_of.date(), page, as_json)
        return
    made = nowcast(loaded, rows, as_of.date(), horizon=horizon, members=members, seed=seed, policy=policy, rule=rule,
                   jobs=jobs, notice=compiling(quiet), snapshots=ledger / FOLDER, fresh=fresh,
                   ledger=ledger)  # fmt: skip
    if made.start["from"] == "snapshot":
        remark(_("Starts from the snapshot of the evening of {day}.").format(day=made.start["evening_of"]), quiet)
    made.payload["changes"] = moved(loaded, ledger, rows, made.payload, jobs=jobs,
                                    snapshots=None if fresh else ledger / FOLDER)  # fmt: skip
    folder = book.store(ledger, rows, made, as_text(made.alerts, current_language()))
    if as_json:
        print_json({**book.clean(made.payload), "start": made.start, "out": str(folder)})
    else:
        _print(loaded, made.payload, folder)


def _score(case: Case, ledger: Path, rows: Sorted, as_of: dt.date, page: Path | None, as_json: bool) -> None:
    """Print how past nowcasts fared, and write the page if one is asked for."""
    from citerne.nowcast.ledger import clean
    from citerne.nowcast.page import printed, review, write_page

    found = review(case, ledger, rows, as_of)
    if page is not None:
        write_page(case, found, page, current_language())
    if as_json:
        rules = [rule | {"records": [record.model_dump(mode="json") for record in rule["records"]]}
                 for rule in found["rules"]]  # fmt: skip
        print_json({**clean(found | {"rules": rules}), "page": page and str(page)})
        return
    for line in printed(found):
        click.echo(line)
    if page is not None:
        click.echo(_("Written to {out} (for your eyes only)").format(out=page))


def _print_risk(case: Case, risk: list[dict[str, Any]], named: Callable[[str], str]) -> None:
    """The table of chances, most need at risk first: the chance within a week times normal use."""
    from citerne.model.index import Index, need_of
    from citerne.nowcast.outlook import LEADS

    index = Index(case)
    need = need_of(case, index)

    def at_risk(row: dict[str, Any]) -> float:
        return float(row["dry_within_7"] * need[index.place[row["place"]], index.product[row["product"]]])

    rows = sorted(risk, key=lambda row: (-at_risk(row), row["cover_p50"]))
    head = (_("town"), _("fuel"), "7", "14", "30", _("days of cover"), _("if nothing arrives"), _("order by"))
    cells: list[tuple[str, ...]] = [head]
    for row in rows[:SHOWN]:
        chances = ["-" if row[f"dry_within_{d}"] is None else f"{100 * row[f'dry_within_{d}']:.0f}" for d in LEADS]
        cover = f"{row['cover_p50']:.1f} ({row['cover_p05']:.1f}-{row['cover_p95']:.1f})"
        town, fuel = (shorten(named(row[key]), LONGEST, placeholder="...") for key in ("place", "product"))
        cells.append((town, fuel, *chances, cover, f"{row['if_nothing_arrives_p50']:.0f}", row["order_by"] or "-"))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        places = zip(line, widths, "<<>>><><", strict=True)
        click.echo("  ".join(f"{text:{side}{width}}" for text, width, side in places).rstrip())
    if len(rows) > SHOWN:
        click.echo(_("  and {n} more in nowcast.json").format(n=len(rows) - SHOWN))


def _print(case: Case, payload: dict[str, Any], folder: Path) -> None:
    from citerne.nowcast.alerts import by_rule, not_looked_at
    from citerne.nowcast.moved import moved_words
    from citerne.report.words import Names

    named = Names(case).of
    _print_risk(case, payload["risk"], named)
    language = current_language()
    for rule, said in by_rule(payload["alerts"], language).items():
        click.echo(_("Alerts by rule {text}").format(text=rule))
        for line in said[:SHOWN]:
            click.echo(f"  {line}")
        if len(said) > SHOWN:
            click.echo(_("  and {n} more in alerts.txt").format(n=len(said) - SHOWN))
    for line in not_looked_at(payload["alerts"]["not_looked_at"]):
        click.echo(line)
    for row in payload["changes"][:SHOWN]:
        click.echo(moved_words(row))
    for row in payload["missing"]:
        text = _("A count of {place}, {product} would take away up to {share:.0%} of the spread.")
        click.echo(text.format(place=named(row["place"]), product=named(row["product"]), share=row["share_of_spread"]))
    for row in payload["allotment"]:
        text = _("Pool: {request} gets {litres:.0f} of {asked:.0f} L")
        click.echo(text.format(request=row["request"], litres=row["allotted_l"], asked=row["asked_l"]))
    click.echo(_("Kept in {out} (for your eyes only)").format(out=folder))
