"""`citerne list`: the runs in a folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from citerne.base.text import _
from citerne.cli.output import print_json


@click.command()
@click.argument("folder", default="runs", type=click.Path(path_type=Path))
@click.option("--clean", "cleaning", is_flag=True, help="Take away unfinished runs that nobody is working on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
def command(folder: Path, cleaning: bool, as_json: bool) -> None:
    """List the runs in FOLDER with their size; writes FOLDER/index.csv for other programs."""
    from citerne.results.shelf import clean, runs_in

    entries = runs_in(folder) if folder.is_dir() else []
    freed = clean(folder, entries) if cleaning else 0.0
    if cleaning:
        entries = runs_in(folder) if folder.is_dir() else []
    if as_json:
        print_json({"folder": str(folder), "runs": [asdict(entry) for entry in entries], "freed_mb": freed})
        return
    width = max([len(entry.run) for entry in entries], default=0) + 2
    words = {"finished": _("finished"), "shard": _("shard"), "unfinished": _("unfinished"),
             "unreadable": _("unreadable")}  # fmt: skip
    for entry in entries:
        click.echo(
            f"{entry.run:{width}}{words[entry.state]:13}{entry.case:14}{entry.policy:16}"
            f"{entry.members:>9,} x {entry.days:<5}{entry.size_mb:>10,.1f} MB"
        )
    total = sum(entry.size_mb for entry in entries)
    click.echo(_("{count} runs in {folder}, {size:,.1f} MB").format(count=len(entries), folder=folder, size=total))
    if freed:
        click.echo(_("{size:,.1f} MB set free").format(size=freed))
