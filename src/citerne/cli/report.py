"""`citerne report`: write the report of a run folder again, in another language, for the public, or with an annex."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citerne.base.text import LANGUAGES, _, current_language
from citerne.cli.output import print_json, remark

if TYPE_CHECKING:
    from citerne.case.case import Case
    from citerne.results.results import Results


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Language of the report.")
@click.option("--public", is_flag=True, help="First-level region and week only; no corridor, depot, pipeline or plan.")
@click.option(
    "--pages", type=click.Choice(["2", "full"]), default="2", show_default=True, help="Two pages, or an annex."
)
@click.option("--png", is_flag=True, help="Also one picture a figure, and summary.txt to paste.")
@click.option("--case", "case_name", default=None, help="Case of the run, where its name is not enough.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="File to write (default: in RUN).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(
    run: Path,
    lang: str | None,
    public: bool,
    pages: str,
    png: bool,
    case_name: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the report of the run folder RUN: one HTML file that opens offline and prints to two A4 pages."""
    from citerne.case.case import load
    from citerne.report.page import write_pictures, write_report
    from citerne.results.store import open_run

    results = open_run(run)
    made = results.provenance
    case = load(case_name or made.case, until=made.until)
    if case.digest != made.case_digest:
        remark(_("The case has changed since the run was made; names and observations are those of now."))
    language = lang or current_language()
    scores = scored_rows(results, case)
    mark = "-public" if public else ""
    path = out or run / f"report{mark}.html"
    size = write_report(results, case, path, language, public, pages, scores)
    pictures = []
    if png:
        folder, summary = run / f"figures{mark}", run / f"summary{mark}.txt"
        pictures = write_pictures(results, case, folder, summary, language, public, scores)
    if as_json:
        files = [str(picture) for picture in pictures]
        print_json({"path": str(path), "bytes": size, "language": language, "public": public, "files": files})
        return
    click.echo(_("{path} ({size} kB, opens offline)").format(path=path, size=round(size / 1000)))
    for picture in pictures:
        click.echo(str(picture))


def scored_rows(results: Results, case: Case) -> tuple[dict[str, Any], ...]:
    """The case's observations scored against a run, as the report shows their coverage."""
    from citerne.calibrate.score import score

    return score(results, case.rows("targets")).rows
