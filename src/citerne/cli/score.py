"""`citerne score`: compare a run with what was observed."""

from __future__ import annotations

from pathlib import Path

import click

from citerne.base.errors import QualityError
from citerne.base.text import _
from citerne.cli.output import print_json


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--targets", type=click.Path(path_type=Path), default=None, help="Targets file (default: the case's).")
@click.option("--fail-under", type=float, default=None, help="Exit 5 if 90 % coverage is below this share.")
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write a page of all rows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(run: Path, targets: Path | None, fail_under: float | None, page: Path | None, as_json: bool) -> None:
    """Score the run folder RUN against a targets file."""
    from citerne.api import load
    from citerne.calibrate.score import read_targets, score
    from citerne.calibrate.score_page import score_page
    from citerne.results.store import open_run

    results = open_run(run)
    rows = read_targets(targets) if targets else load(results.provenance.case).rows("targets")
    card = score(results, rows)
    if page is not None:
        page.write_text(score_page(card, results, load(results.provenance.case).title()), encoding="utf-8")
    if as_json:
        print_json(card.payload())
    else:
        click.echo(f"{'':10}{'':30}{'':12}{_('observed'):>16}  {'5 %':>9} {'50 %':>9} {'95 %':>9}  {_('inside 90 %')}")
        for row in card.rows:
            seen = {"exact": "", "at_least": ">= ", "at_most": "<= ", "interval": ""}[row["bound"]]
            values = (row["best"],) if row["best"] is not None else (row["low"], row["high"])
            seen += " - ".join(f"{value:g}" for value in values if value is not None)
            mark = _("yes") if row["inside_90"] else _("NO")
            click.echo(
                f"{row['target_id']:10}{row['variable']:30}{row['place']:12}{seen:>16}  "
                f"{row['p05']:9.3g} {row['p50']:9.3g} {row['p95']:9.3g}  {mark}"
            )
        text = _("{n} scored; inside 90 %: {c90:.0%}, inside 50 %: {c50:.0%}; not modelled: {missing}")
        missing = ", ".join(item["target_id"] for item in card.not_modelled) or "-"
        click.echo(text.format(n=len(card.rows), c90=card.coverage_90, c50=card.coverage_50, missing=missing))
        if card.crps_skill is not None:
            skill = _("CRPS skill against as last observed: {skill:.2f} over {n} rows")
            click.echo(skill.format(skill=card.crps_skill, n=card.with_reference))
    if fail_under is not None and not card.coverage_90 >= fail_under:
        raise QualityError(_("90 % coverage is {c:.2f}, below {bar}.").format(c=card.coverage_90, bar=fail_under))
