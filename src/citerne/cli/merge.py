"""`citerne merge`: put the shards of a run together."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.cli.output import print_json

if TYPE_CHECKING:
    from citerne.case.case import Case


@click.command()
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Run folder to make.")
@click.option("--case", "case_name", default=None, help="Case folder, where it is not a bundled one.")
@click.option("--force", is_flag=True, help="Replace an existing run folder.")
@click.option("--resume", is_flag=True, help="Go on with a merge that was stopped.")
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(
    shards: tuple[Path, ...],
    out: Path,
    case_name: str | None,
    force: bool,
    resume: bool,
    no_report: bool,
    as_json: bool,
) -> None:
    """Put the SHARDS of one run together; the result has the bytes of a run that was never split."""
    from citerne.case.case import load
    from citerne.cli.run import print_run, write_run_report
    from citerne.ensemble.durable import merge

    found: list[Case] = []

    def find_case(made: Mapping[str, Any]) -> Case:
        case = load(case_name or made["case"], until=dt.date.fromisoformat(made["until"]) if made["until"] else None)
        if case.digest != made["case_digest"]:
            text = _("The shards were made from another state of the case {name}; name its folder with --case.")
            raise UsageError(text.format(name=made["case"]))
        found.append(case)
        return case

    began = time.perf_counter()
    delivered = merge(
        shards, out, find_case, force=force, resume=resume, command=["citerne", *sys.argv[1:]],
        write_report=None if no_report else write_run_report,
    )  # fmt: skip
    if as_json:
        made = delivered.results.provenance
        print_json({"case": made.case, "members": made.members, "shards": len(shards), "out": str(out),
                    "seconds": round(time.perf_counter() - began, 3)})  # fmt: skip
    else:
        print_run(delivered, found[0], time.perf_counter() - began)
