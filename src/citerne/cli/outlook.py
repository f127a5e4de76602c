"""`citerne outlook`: how it may end by month, and what may follow a take-over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from citerne.base.text import _
from citerne.cli.output import print_json, remark


@click.command(name="outlook")
@click.argument("case", default="mali")
@click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True, help="Months ahead.")
@click.option("--no-judgement", is_flag=True, help="Leave every judgement factor and warning sign at 1.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Hide what became known later.")
@click.option("--draws", type=click.IntRange(100, 1_000_000), default=4000, show_default=True, help="Draws of rates.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the draws.")
@click.option("--run", "run_folder", type=click.Path(path_type=Path), default=None, help="Show the ends of a run too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    case: str,
    months: int,
    no_judgement: bool,
    as_of: Any,
    draws: int,
    seed: int,
    run_folder: Path | None,
    as_json: bool,
) -> None:
    """Chances of each end by month, with and without judgement, and the board of signs after a take-over.

    CASE is a bundled case or a folder. Base rates of past wars and regimes stand beside every chance.
    """
    from citerne.case.case import find_case
    from citerne.outlook.assess import outlook
    from citerne.results.store import open_run

    day = as_of.date() if as_of else None
    found = outlook(
        find_case(case), as_of=day, months=months, judgement=not no_judgement, draws=draws, seed=seed,
        run=open_run(run_folder) if run_folder else None,
    )  # fmt: skip
    for text in found["remarks"]:
        remark(text)
    if as_json:
        print_json({"case": case, **found})
        return
    _print_hazards(found)
    _print_cumulative(found)
    if run_folder:
        _print_simulated(found, run_folder)
    _print_board(found)


def _print_hazards(found: dict[str, Any]) -> None:
    click.echo(_("How it may end: hazard per year (90 % range)"))
    for row in found["hazards"]:
        base = f"{row['base']:g} ({row['base_p05']:g} – {row['base_p95']:g})"
        judged = f"{row['p50']:g} ({row['p05']:g} – {row['p95']:g})"
        click.echo(
            f"  {row['name']:<30} " + _("base rate {base}, with judgement {judged}").format(base=base, judged=judged)
        )
        click.echo("      " + _counted(row))
        for factor in row["factors"] + row["signs"]:
            click.echo(
                "      "
                + ("x " if factor["applied"] else "- ")
                + f"{factor['best']:g} ({factor['low']:g} – {factor['high']:g}) {factor['name']}"
                + ("" if factor["applied"] else " " + _("[not applied]"))
            )


def _counted(row: dict[str, Any]) -> str:
    rate, share = row["base_rate"], row["share"]
    text = _("{name}: {ends:g} in {years:g} years").format(name=rate["name"], ends=rate["ends"], years=rate["exposure"])
    if share:
        text += "; " + _("{name}: {ends:g} of {whole:g}").format(
            name=share["name"], ends=share["ends"], whole=share["exposure"]
        )
    return text


def _print_cumulative(found: dict[str, Any]) -> None:
    label = _("with judgement") if found["judgement"] else _("base rates alone")
    click.echo("\n" + _("Chance of each end by month, {label} [base rates alone]").format(label=label))
    base = {(row["outcome"], row["month"]): row for row in found["cumulative_base"]}
    names = {row["outcome"]: row["name"] for row in found["outcomes"]}
    shown = sorted({1, 3, 6, 12, found["months"]} & set(range(1, found["months"] + 1)))
    for row in found["cumulative"]:
        if row["month"] in shown:
            other = base[row["outcome"], row["month"]]
            click.echo(
                f"  {names[row['outcome']]:<30} "
                + _("month {month:>3}: ").format(month=row["month"])
                + f"{row['p50']:g} ({row['p05']:g} – {row['p95']:g})  [{other['p50']:g}]"
            )


def _print_simulated(found: dict[str, Any], folder: Path) -> None:
    base = {(row["outcome"], row["month"]): row["p50"] for row in found["cumulative_base"]}
    names = {row["outcome"]: row["name"] for row in found["outcomes"]}
    futures = found["simulated"][0]["futures"]
    text = _("Share of the {n} futures of {run} in which each end had come, by month of the run [base rates alone]")
    click.echo("\n" + text.format(n=futures, run=folder))
    for row in found["simulated"]:
        other = base.get((row["outcome"], row["month"]))
        beside = f"  [{other:g}]" if other is not None else ""
        click.echo(
            f"  {names[row['outcome']]:<30} "
            + _("month {month:>3}: ").format(month=row["month"]) + f"{row['chance']:g}" + beside
        )  # fmt: skip


def _print_board(found: dict[str, Any]) -> None:
    click.echo("\n" + _("If there were a take-over: belief before and after the signs seen so far"))
    for row in found["after_takeover"]:
        span = f"{row['lowest']:g} – {row['highest']:g}"
        click.echo(
            f"  {row['name']:<16} "
            + _("{prior:g} -> {posterior:g}, {span} over every drop and swing; rank by inconsistency {rank}").format(
                prior=row["prior"], posterior=row["posterior"], span=span, rank=row["rank_by_inconsistency"]
            )
        )
    for row in found["indicators"]:
        click.echo(
            f"  {row['state']:<9} "
            + _("LR {lr:g} (if seen {seen:g}), exponent {exponent:g}: {text}").format(
                lr=row["lr"], seen=row["lr_if_seen"], exponent=row["exponent"], text=row["text"]
            )
        )
        for report in row["evidence"]:
            click.echo(f"      {report['date']} {report['text']} [{report['source']}]")
