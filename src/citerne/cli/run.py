"""`citerne run`: simulate a case and report it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citerne.base.errors import UsageError
from citerne.base.text import _, current_language
from citerne.cli.output import compiling, print_json, remark

if TYPE_CHECKING:
    from citerne.ensemble.deliver import Delivered
    from citerne.ensemble.run import Ensemble
    from citerne.results.results import Results


@click.command()
@click.argument("case", default="mali")
@click.option("--days", type=int, default=None, help="Horizon in days from day 0.")
@click.option("--members", type=int, default=500, show_default=True, help="Number of futures.")
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the ensemble.")
@click.option("--policy", default="recorded", show_default=True, help="Named policy of the case, or a file.")
@click.option("--variant", "variants", multiple=True, help="Rival assumption to hold to; repeat for more.")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="Set a lever or a parameter; repeat for more.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Hide what became known later.")
@click.option("--prior", is_flag=True, help="Draw the unknowns from their priors, not from the case's posterior.")
@click.option("--posterior", type=click.Path(path_type=Path), default=None, help="Folder of another posterior.")
@click.option("--fresh-luck", is_flag=True, help="With a posterior: luck of the record drawn anew.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Run folder (default: runs/NAME).")
@click.option("--force", is_flag=True, help="Replace an existing run folder.")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped; finished chunks are kept.")
@click.option("--shard", default=None, metavar="I/N", help="Run only part I of N, to be put together by merge.")
@click.option("--jobs", type=int, default=0, help="Threads or processes; 0 is one per core.")
@click.option(
    "--executor",
    type=click.Choice(["threads", "processes"]),
    default="threads",
    show_default=True,
    help="Where chunks of futures are computed.",
)
@click.option("--scheduler", default=None, metavar="ADDRESS|FILE", help="Dask cluster to compute on instead.")
@click.option("--record", type=click.Choice(["standard", "all"]), default="standard", help="What to keep.")
@click.option("--snapshot-at", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Keep the state of that morning.")
@click.option("--from-snapshot", type=click.Path(path_type=Path), default=None, help="Go on from a stored state.")
@click.option("--case", "case_folder", default=None, help="With a report as CASE: the case it was made from.")
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    case: str,
    days: int | None,
    members: int,
    seed: int,
    policy: str,
    variants: tuple[str, ...],
    settings: tuple[str, ...],
    until: dt.datetime | None,
    prior: bool,
    posterior: Path | None,
    fresh_luck: bool,
    out: Path | None,
    force: bool,
    resume: bool,
    shard: str | None,
    jobs: int,
    executor: str,
    scheduler: str | None,
    record: str,
    snapshot_at: dt.datetime | None,
    from_snapshot: Path | None,
    case_folder: str | None,
    no_report: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate CASE (a bundled name or a folder) and report it.

    CASE may be a report.html of an earlier run: that run is repeated, and its figures are checked against the file.
    """
    from citerne.api import load, make_ensemble
    from citerne.ensemble.again import arguments_of, check_bands, check_same, is_report, read_report
    from citerne.ensemble.deliver import read_snapshots
    from citerne.ensemble.durable import parse_shard, run_into

    began = time.perf_counter()
    quiet = quiet or as_json
    told = read_report(Path(case)) if is_report(case) else None
    last = until.date() if until else None
    unknowns = _unknowns(prior, posterior)
    if told is not None:
        _refuse_changes()
        case, last, again = case_folder or told.provenance.case, told.provenance.until, arguments_of(told.provenance)
        days, members, seed, policy = again["days"], again["members"], again["seed"], again["policy"]
        variants, settings = again["variants"], again["settings"]
        unknowns, fresh_luck = again["unknowns"], again["fresh_luck"]
    loaded = load(case, until=last)
    notice = compiling(quiet)

    def made_ready(everything: bool) -> Ensemble:
        return make_ensemble(
            loaded, days=days, members=members, seed=seed, policy=policy, variants=variants, settings=settings,
            record_all=everything, notice=notice, unknowns=unknowns, fresh_luck=fresh_luck,
        )  # fmt: skip

    ensemble = made_ready(record == "all")
    if told is not None:
        check_same(told.provenance, ensemble.provenance())
        if told.kept not in (None, len(ensemble.keys)):
            ensemble = made_ready(True)
    blocks = None
    if from_snapshot is not None:
        blocks, note = read_snapshots(from_snapshot)
        _check_snapshot(note, ensemble, sum(len(block.members) for block in blocks))
    folder = out or Path("runs") / f"{loaded.name}-{ensemble.plan.policy}-{seed}"
    part = parse_shard(shard)
    text = _("{title}: {members} futures, {days} days from {start}, seed {seed}")
    title = text.format(
        title=loaded.title(), members=members, days=ensemble.plan.days, start=loaded.header.start, seed=seed
    )
    remark(title, quiet)
    remark(_where_from(ensemble), quiet)
    snapshot_day = (snapshot_at.date() - loaded.header.start).days if snapshot_at else None
    with _Progress(members, quiet) as progress:
        delivered = run_into(
            ensemble, folder, resume=resume, force=force, shard=part, executor=scheduler or executor, jobs=jobs,
            progress=progress.to, start=blocks, snapshot_day=snapshot_day, command=["citerne", *sys.argv[1:]],
            write_report=None if no_report else write_run_report,
        )  # fmt: skip
    seconds = time.perf_counter() - began
    if told is not None and delivered is not None:
        check_bands(told, delivered.results)
        remark(_("Repeated: every weekly band of the report came out the same."), quiet)
    if delivered is None:
        _print_shard(ensemble, folder, str(shard), seconds, as_json)
    elif as_json:
        print_json(_payload(delivered.results, folder, seconds, delivered.figures, delivered.weekly))
    else:
        print_run(delivered, loaded, seconds)


def _print_shard(ensemble: Ensemble, folder: Path, shard: str, seconds: float, as_json: bool) -> None:
    plan = ensemble.plan
    if as_json:
        print_json({
            "case": ensemble.case.name, "days": plan.days, "members": plan.members, "seed": plan.seed, "shard": shard,
            "out": str(folder), "seconds": round(seconds, 3),
        })  # fmt: skip
    else:
        text = _("Shard {shard} is done in {seconds:.1f} s; put all together with `citerne merge {path}/*`.")
        click.echo(text.format(shard=shard, seconds=seconds, path=folder))


def _refuse_changes() -> None:
    """A run repeated from its report takes nothing else that decides its figures."""
    context = click.get_current_context()
    source = click.core.ParameterSource.COMMANDLINE
    deciding = ("days", "members", "seed", "policy", "variants", "settings", "until", "prior", "posterior",
                "fresh_luck", "from_snapshot", "shard")  # fmt: skip
    given = [name for name in deciding if context.get_parameter_source(name) == source]
    if given:
        text = _("A run repeated from its report takes its own {names}; leave them out, or name the case.")
        raise UsageError(text.format(names=", ".join(given)))


def _unknowns(prior: bool, posterior: Path | None) -> str:
    if prior and posterior:
        raise UsageError(_("--prior and --posterior exclude each other; give one."))
    return "prior" if prior else (str(posterior) if posterior else "case")


def _where_from(ensemble: Ensemble) -> str:
    """Which draws of the unknowns the run uses, and why."""
    if ensemble.posterior is not None:
        text = _("Unknowns: posterior of the record until {day} ({targets} targets); --prior goes back to the priors.")
        return text.format(day=ensemble.posterior.until, targets=len(ensemble.posterior.about.get("targets", ())))
    if ensemble.why_prior:
        return _("Unknowns: priors, because {why}.").format(why=ensemble.why_prior)
    return _("Unknowns: priors.")


def write_run_report(results: Any, case: Any, path: Path) -> int:
    """The report of a run folder; the deliverer calls it."""
    from citerne.cli.report import found_beside
    from citerne.report.page import write_report

    return write_report(results, case, path, language=current_language(), beside=found_beside(results, case))


def _check_snapshot(note: Any, ensemble: Ensemble, members: int) -> None:
    if note["case_digest"] != ensemble.case.digest:
        raise UsageError(_("The snapshot was made from another state of the case; make it again."))
    if note["seed"] != ensemble.plan.seed or members != ensemble.plan.members:
        text = _("The snapshot holds {members} futures of seed {seed}; ask for the same.")
        raise UsageError(text.format(members=members, seed=note["seed"]))
    if note["day"] >= ensemble.plan.days:
        raise UsageError(_("The snapshot is of day {day}; --days must be larger.").format(day=note["day"]))


class _Progress:
    """A bar on stderr when a person looks, nothing otherwise."""

    def __init__(self, total: int, quiet: bool) -> None:
        self.shown = not quiet and sys.stderr.isatty()
        self.bar = click.progressbar(length=total, label=_("Simulating"), file=sys.stderr) if self.shown else None
        self.at = 0

    def __enter__(self) -> _Progress:
        if self.bar:
            self.bar.__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        if self.bar:
            self.bar.__exit__(*problem)

    def to(self, done: int, _total: int) -> None:
        if self.bar:
            self.bar.update(done - self.at)
        self.at = done


def _payload(results: Results, folder: Path, seconds: float, figures: list[Any], weekly: list[Any]) -> dict[str, Any]:
    made = results.provenance
    keys = ("variable", "place", "product", "unit", "statistic", "p05", "p50", "p95", "observed")
    rows = [{k: v for k, v in dataclasses.asdict(f).items() if k in keys} for f in figures]
    return {
        "case": made.case, "days": made.days, "members": made.members, "seed": made.seed,
        "start": made.start.isoformat(), "policy": made.policy, "variant": made.variant, "out": str(folder),
        "prior": made.prior, "seconds": round(seconds, 3),
        "headline": rows, "series": weekly, "balance": dict(results.balance),
    }  # fmt: skip


def print_run(delivered: Delivered, case: Any, seconds: float) -> None:
    """Print the headline of a run as a table."""
    from citerne.cli.table import figure_text, outcome_label, range_text
    from citerne.report.words import Names

    results, folder, figures = delivered.results, delivered.folder, delivered.figures
    labels = [outcome_label(f) for f in figures]
    width = max(map(len, labels)) + 2
    heads = (_("median"), _("9 in 10 futures"), _("observed"))
    medians = [figure_text(f.p50) for f in figures]
    ranges = [range_text(f.p05, f.p95) for f in figures]
    wide = [max(map(len, column), default=0) for column in ([*medians, heads[0]], [*ranges, heads[1]])]
    click.echo(f"{'':{width}}{heads[0]:>{wide[0]}}  {heads[1]:>{wide[1]}}  {heads[2]:>10}")
    place = ""
    for f, label, median, spread in zip(figures, labels, medians, ranges, strict=True):
        if f.place != place:
            place = f.place
            click.echo(Names(case).of(place))
        sign = {"at_least": ">= ", "at_most": "<= "}.get(f.observed_bound, "")
        seen = "-" if f.observed is None else sign + figure_text(f.observed)
        click.echo(f"  {label:{width - 2}}{median:>{wide[0]}}  {spread:>{wide[1]}}  {seen:>10}")
    click.echo()
    text = _("Figures are of {start} to {end}; this is a simulation, not a report of events.")
    click.echo(text.format(start=case.header.start, end=min(case.header.record_end, results.dates[-1])))
    worst = max(results.balance.values(), default=0.0)
    click.echo(_("Fuel ledger: largest relative error {error:g}.").format(error=worst))
    click.echo(_("{seconds:.1f} s. Report: {path}").format(seconds=seconds, path=folder / "report.html"))
