"""`citerne export`: a run in the forms of other programs."""

from __future__ import annotations

from pathlib import Path

import click

from citerne.base.text import _
from citerne.cli.output import print_json, remark


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--as", "kind", type=click.Choice(["csv", "xlsx", "geojson", "netcdf", "parquet"]), default="csv",
              show_default=True, help="Form of the file.")  # fmt: skip
@click.option("--every", type=click.Choice(["day", "week"]), default=None, help="Rows (default: day; week in xlsx).")
@click.option("--hxl", is_flag=True, help="A row of HXL tags below the header (csv, xlsx).")
@click.option("--public", is_flag=True, help="First-level region and week only; no corridor, depot or pipeline.")
@click.option("--case", "case_name", default=None, help="Case of the run, where its name is not enough.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="File to write (default: in RUN).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(
    run: Path,
    kind: str,
    every: str | None,
    hxl: bool,
    public: bool,
    case_name: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write the run folder RUN as a file for other programs: quantiles over futures by series and day."""
    from citerne.case.case import load
    from citerne.report.export import KINDS, write_export
    from citerne.report.public import public_view
    from citerne.report.view import detailed_view
    from citerne.results.store import open_run

    results = open_run(run)
    case = load(case_name or results.provenance.case, until=results.provenance.until)
    if case.digest != results.provenance.case_digest:
        remark(_("The case has changed since the run was made; names and observations are those of now."), as_json)
    view = public_view(results, case) if public else detailed_view(results, case)
    path = out or run / f"export{'-public' if public else ''}{KINDS[kind]}"
    weekly = public or (every or ("week" if kind == "xlsx" else "day")) == "week"
    size = write_export(view, kind, path, every=7 if weekly else 1, hxl=hxl)
    if as_json:
        print_json({"path": str(path), "bytes": size, "as": kind, "every_days": 7 if weekly else 1, "public": public})
    else:
        click.echo(_("{path} ({size} kB)").format(path=path, size=round(size / 1000)))
