"""`citerne report`: write the report of a run folder again, in another language, for the public, or with an annex."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citerne.base.text import LANGUAGES, _, current_language, speaking
from citerne.cli.output import print_json, remark

if TYPE_CHECKING:
    from citerne.case.case import Case
    from citerne.report.beside import Beside
    from citerne.results.results import Results

PRIOR_FUTURES = 256  # enough for a band beside the run's own


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Language of the report.")
@click.option("--public", is_flag=True, help="First-level region and week only; no corridor, depot, pipeline or plan.")
@click.option(
    "--pages", type=click.Choice(["2", "full"]), default="2", show_default=True, help="Two pages, or an annex."
)
@click.option("--pdf", is_flag=True, help="Also a PDF of the same pages.")
@click.option("--plan", "plan_folder", type=click.Path(path_type=Path), default=None,
              help="Folder of citerne plan to show (default: plan.json in RUN).")  # fmt: skip
@click.option("--png", is_flag=True, help="Also one picture a figure, and summary.txt to paste.")
@click.option("--case", "case_name", default=None, help="Case of the run, where its name is not enough.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="File to write (default: in RUN).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(
    run: Path,
    lang: str | None,
    public: bool,
    pages: str,
    pdf: bool,
    plan_folder: Path | None,
    png: bool,
    case_name: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the report of the run folder RUN: one HTML file that opens offline and prints to two A4 pages."""
    from citerne.case.case import load
    from citerne.report.page import write_pictures, write_report
    from citerne.report.pdf import write_pdf
    from citerne.results.store import open_run

    results = open_run(run)
    made = results.provenance
    case = load(case_name or made.case, until=made.until)
    if case.digest != made.case_digest:
        remark(_("The case has changed since the run was made; names and observations are those of now."))
    language = lang or current_language()
    mark = "-public" if public else ""
    path = out or run / f"report{mark}.html"
    with speaking(language):
        beside = found_beside(results, case, full=pages == "full", run=run, plan_folder=plan_folder)
    size = write_report(results, case, path, language, public, pages, beside)
    files = [write_pdf(path)] if pdf else []
    if png:
        folder, summary = run / f"figures{mark}", run / f"summary{mark}.txt"
        files += write_pictures(results, case, folder, summary, language, public, beside)
    if as_json:
        names = [str(file) for file in files]
        print_json({"path": str(path), "bytes": size, "language": language, "public": public, "files": names})
        return
    click.echo(_("{path} ({size} kB, opens offline)").format(path=path, size=round(size / 1000)))
    for file in files:
        click.echo(str(file))


def found_beside(
    results: Results, case: Case, *, full: bool = False, run: Path | None = None, plan_folder: Path | None = None
) -> Beside:
    """What other verbs say about a run: scores and outlook; for a full report also claims, and scores of the priors.

    Parameters
    ----------
    full : also what only the annex shows
    run : folder that may hold plan.json, compare.json and stress.json
    plan_folder : folder of a plan that lies elsewhere
    """
    from citerne.base.errors import UsageError
    from citerne.calibrate.score import score
    from citerne.outlook.assess import outlook
    from citerne.report.beside import Beside, read_json_beside

    targets, until = case.rows("targets"), results.provenance.until
    card = score(results, targets)
    try:
        ends = outlook(case.folder, as_of=until, run=results)
    except UsageError:  # a run without the outcome block, or shorter than a month
        ends = outlook(case.folder, as_of=until)
    beside = Beside(scores=card.rows, not_modelled=card.not_modelled, outlook=ends)
    if run is not None:
        told = read_json_beside(run, plan_folder)
        beside = dataclasses.replace(
            beside, plan=told.get("plan"), compare=told.get("compare"), stress=told.get("stress")
        )
    if full:
        from citerne.outlook.facts import facts

        beside = dataclasses.replace(
            beside, facts=facts(case.folder, as_of=until), prior_scores=_prior_scores(results, case)
        )
    return beside


def _prior_scores(results: Results, case: Case) -> tuple[dict[str, Any], ...] | None:
    """The same futures drawn from the priors alone, scored; None where the run was of the priors itself, or
    the case has changed since."""
    from citerne.api import run as simulate
    from citerne.calibrate.score import score
    from citerne.ensemble.again import arguments_of

    made = results.provenance
    if made.prior == "prior" or made.case_digest != case.digest:
        return None
    again = arguments_of(made) | {"unknowns": "prior", "members": min(made.members, PRIOR_FUTURES)}
    return score(simulate(case, **again), case.rows("targets")).rows
