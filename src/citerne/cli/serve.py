"""`citerne serve`: the dashboard, on this machine only unless told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from citerne.base.errors import MissingPartError
from citerne.base.text import _, current_language
from citerne.cli.output import remark

if TYPE_CHECKING:
    from citerne.web.app import Settings


@click.command()
@click.argument("case", default="mali")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 finds a free one."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; beyond this machine a token is needed.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option("--public", is_flag=True, help="First-level region and week only; no corridor, depot, pipeline or plan.")
@click.option("--days", type=int, default=None, help="Horizon in days from day 0.")
@click.option(
    "--members",
    type=click.IntRange(min=100),
    default=500,
    show_default=True,
    help="Futures that a run is filled up to.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the ensemble.")
@click.option("--prior", is_flag=True, help="Draw the unknowns from their priors, not from the case's posterior.")
@click.option("--fresh-luck", is_flag=True, help="With a posterior: luck of the record drawn anew.")
@click.option("--jobs", type=int, default=0, help="Threads; 0 is one per core.")
@click.option("-q", "--quiet", is_flag=True, help="No remarks.")
def command(
    case: str,
    port: int,
    host: str,
    open_page: bool,
    public: bool,
    days: int | None,
    members: int,
    seed: int,
    prior: bool,
    fresh_luck: bool,
    jobs: int,
    quiet: bool,
) -> None:
    """Show CASE, or the run in a folder, in a browser: move levers, compare, download."""
    try:
        from citerne.web.server import application, bind, serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11"):
            raise
        text = _("The dashboard needs an optional part: pip install 'citerne[serve]'")
        raise MissingPartError(text) from None
    import secrets
    from dataclasses import replace

    from citerne.web.guard import is_loopback

    settings = replace(_settings(case, days, seed, prior, fresh_luck, public, jobs), full=members)
    listener = bind(host, port)
    token = "" if is_loopback(host) else secrets.token_urlsafe(18)
    dashboard, app = application(settings, host=host, token=token)
    shown = host if is_loopback(host) or host not in ("0.0.0.0", "::") else "localhost"
    address = f"http://{shown}:{listener.getsockname()[1]}/" + (f"?token={token}" if token else "")
    click.echo(address)
    if token:
        remark(_("Anyone on the network who has this address sees the dashboard. The line is not encrypted."), quiet)
    remark(_("Ctrl-C stops it. The first page takes longer: the model is loaded or compiled."), quiet)
    dashboard.desk.ask(dashboard.reader.read("").run)
    if open_page:
        click.launch(address)
    try:
        serve(app, listener)
    finally:
        dashboard.close()


def _settings(
    case: str, days: int | None, seed: int, prior: bool, fresh_luck: bool, public: bool, jobs: int
) -> Settings:
    """What to serve: a case, or the case, horizon and luck of a stored run."""
    from citerne.case.case import load
    from citerne.results.store import MANIFEST, open_run
    from citerne.web.app import Settings

    made = open_run(Path(case)).provenance if (Path(case) / MANIFEST).is_file() else None
    loaded = load(made.case if made else case, until=made.until if made else None)
    if made and loaded.digest != made.case_digest:
        remark(_("The case has changed since the run was made; names and observations are those of now."))
    return Settings(
        case=loaded,
        days=days or (made.days if made else loaded.header.days),
        seed=made.seed if made else seed,
        unknowns="prior" if prior or (made and made.prior == "prior") else "case",
        fresh_luck=fresh_luck,
        public=public,
        language=current_language(),
        threads=jobs,
    )
