"""`citerne plan`: escorts, allocation and rationing that do better than the record on the same means."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citerne.base.text import _
from citerne.cli.output import compiling, json_text, print_json, remark
from citerne.cli.workers import where_to_run, workers

if TYPE_CHECKING:
    from citerne.plan.optimise import PlanFound


@click.command()
@click.argument("case", default="mali")
@click.option("--escorts", type=float, default=None, help="Columns a week, on average (default: as recorded).")
@click.option(
    "--trucks", type=float, default=None, help="Tankers in columns a week, on average (default: as recorded)."
)
@click.option("--budget", "budget_fares", type=float, default=None,
              help="Most that hazard pay and insurance may cost, in trip fares (default: as recorded).")  # fmt: skip
@click.option("--objective", type=click.Choice(["cover", "people", "hospital", "mixed"]), default="mixed",
              show_default=True, help="What to raise.")  # fmt: skip
@click.option("--change", "groups", multiple=True, type=click.Choice(["escorts", "allocation", "rationing", "pay"]),
              help="What the plan may change; repeat for more (default: all).")  # fmt: skip
@click.option("--min-cover", "min_cover_days", type=float, default=0.0, help="Days of cover of the country to keep.")
@click.option("--time", "seconds", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Seconds.")
@click.option("--days", type=int, default=None, help="Horizon in days from day 0 (default: the dated record).")
@click.option("--members", type=click.IntRange(min=20), default=192, show_default=True, help="Futures of the search.")
@click.option("--fresh", type=click.IntRange(min=20), default=768, show_default=True, help="Futures of the proof.")
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the ensemble.")
@click.option("--variant", "variants", multiple=True, help="Rival assumption to hold to; repeat for more.")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="Set a lever or a parameter; repeat for more.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="New folder for the private files.")
@click.option("--no-files", is_flag=True, help="Write no files.")
@where_to_run
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No remarks.")
def command(
    case: str,
    escorts: float | None,
    trucks: float | None,
    budget_fares: float | None,
    objective: str,
    groups: tuple[str, ...],
    min_cover_days: float,
    seconds: float,
    days: int | None,
    members: int,
    fresh: int,
    seed: int,
    variants: tuple[str, ...],
    settings: tuple[str, ...],
    out: Path | None,
    no_files: bool,
    jobs: int,
    scheduler: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Find a plan for CASE: columns by theatre and fortnight, allocation and rationing, on the recorded means."""
    from citerne.api import load, plan
    from citerne.base.private import write_own
    from citerne.plan.files import new_plan_folder, schedule_rows, write_plan

    quiet = quiet or as_json
    notice = compiling(quiet)
    loaded = load(case)
    with workers(jobs, scheduler) as where:
        found = plan(
            loaded, objective=objective, seconds=seconds, escorts=escorts, trucks=trucks, budget_fares=budget_fares,
            change=groups, min_cover_days=min_cover_days, members=members, fresh_members=fresh, seed=seed, jobs=where,
            days=days, variants=variants, settings=settings, notice=notice,
        )  # fmt: skip
    files: list[Path] = []
    if not no_files:
        folder = new_plan_folder(out or Path("plans") / f"{loaded.name}-{objective}")
        files = write_plan(loaded, found, folder)
        whole = json_text(_payload(found, schedule_rows(loaded, found), files, loaded.name, seed))
        files.append(write_own(folder / "plan.json", whole.encode()))
        if not any(path.suffix == ".xlsx" for path in files):
            remark(_("No plan.xlsx: pip install 'citerne[excel]' adds it."), quiet)
    rows = schedule_rows(loaded, found)
    if as_json:
        print_json(_payload(found, rows, files, loaded.name, seed))
    else:
        _print(found, rows, files)


def _payload(found: PlanFound, rows: list[dict[str, Any]], files: list[Path], case: str, seed: int) -> dict[str, Any]:
    budget = {"columns": found.frame.escorts, "trucks": found.frame.trucks, "fares": found.frame.budget_fares}
    used = {"columns": found.decision.columns(found.frame), "trucks": found.decision.trucks(found.frame),
            "fares": found.plan_fares, "fares_recorded": found.recorded_fares}  # fmt: skip
    gain = dataclasses.asdict(found.gain)
    gain |= {"objective": found.objective, "unit": found.unit, "recorded": found.recorded_mean,
             "plan": found.plan_mean, "parts": found.parts}  # fmt: skip
    return {
        "case": case, "seed": seed, "objective": found.objective, "unit": found.unit, "schedule": rows,
        "budget": budget, "used": used, "gain": gain, "bound": found.bound.value, "gap": found.bound.gap,
        "bound_details": dataclasses.asdict(found.bound),
        "regret": [dataclasses.asdict(row) for row in found.regret],
        "robust_over": [{"variant": row.variant, "futures": row.futures, **dataclasses.asdict(row.gain)}
                        for row in found.robust_over],
        "by_gamma": [{"gamma": float(row.variant), "futures": row.futures, **dataclasses.asdict(row.gain)}
                     for row in found.by_gamma],
        "values": [dataclasses.asdict(row) for row in found.worth.values],
        "values_by_corridor": [dataclasses.asdict(row) for row in found.worth.by_corridor],
        "beside": {name: {"recorded": a, "plan": b} for name, (a, b) in found.beside.items()},
        "wait_or_go": {"break_even_extra_loss": found.break_even_loss,
                       "by_corridor": [dataclasses.asdict(row) for row in found.worth.consignments]},
        "latest_dispatch_day": found.latest_dispatch,
        "start": found.start, "tried": found.tried, "fresh_futures": found.fresh_futures,
        "seconds": found.seconds, "files": [str(path) for path in files],
    }  # fmt: skip


def _print(found: PlanFound, rows: list[dict[str, Any]], files: list[Path]) -> None:
    from citerne.cli.table import figure_text, range_text

    click.echo(_("Plan for {what}").format(what=found.unit))
    for row in rows:
        if row["kind"] == "escorts":
            text = _("  {first} to {last}  {theatre}: {columns} columns a week of at most {trucks} trucks")
            click.echo(
                text.format(
                    first=row["first_day"], last=row["last_day"], theatre=row["theatre"],
                    columns=figure_text(row["columns_per_week"]), trucks=figure_text(row["column_trucks_max"]),
                )
            )  # fmt: skip
        else:
            click.echo(f"  {row['lever']}({row['target']}) = {figure_text(row['value'])}")
    gain = found.gain
    text = _("Gain over the record {mean} (90 % interval {interval}), better in {share:.0%} of {count} fresh futures")
    click.echo(
        text.format(
            mean=figure_text(gain.mean), interval=range_text(gain.mean_low, gain.mean_high),
            share=gain.probability_better, count=found.fresh_futures,
        )
    )  # fmt: skip
    parts = ", ".join(f"{_(name)} {figure_text(value)}" for name, value in found.parts.items())
    click.echo(_("Of it: {parts}").format(parts=parts))
    bound = found.bound
    text = _("Record {recorded}, plan {plan}, ceiling {bound}: {share:.0%} of that way stays open")
    click.echo(
        text.format(
            recorded=figure_text(found.recorded_mean), plan=figure_text(found.plan_mean),
            bound=figure_text(bound.value), share=bound.open_share,
        )
    )  # fmt: skip
    text = _("Ceilings: no threat at all {free}, columns without limit that are never hit {safe}")
    click.echo(text.format(free=figure_text(bound.no_threat), safe=figure_text(bound.safe_columns)))
    for item in found.by_gamma:
        one = item.gain
        click.echo(f"  gamma {item.variant:14} {figure_text(one.mean):>8}  {range_text(one.mean_low, one.mean_high)}")
    for item in found.robust_over:
        one = item.gain
        click.echo(f"  {item.variant:20} {figure_text(one.mean):>8}  {range_text(one.mean_low, one.mean_high)}")
    click.echo(_("Beside it, record and plan:"))
    for name, (before, after) in found.beside.items():
        click.echo(f"  {name:20} {figure_text(before):>12}  {figure_text(after):>12}")
    if found.frame.budget_fares is not None:
        text = _("Pay and insurance cost {fares} trip fares on average, as recorded {recorded}")
        click.echo(text.format(fares=figure_text(found.plan_fares), recorded=figure_text(found.recorded_fares)))
    click.echo(_("Largest regret in any variant:"))
    for regret in found.regret:
        click.echo(f"  {regret.rule:20} {figure_text(regret.most):>8}  ({regret.variant})")
    _print_worth(found)
    if files:
        click.echo(_("Private files: {paths}").format(paths=", ".join(map(str, files))))


def _print_worth(found: PlanFound) -> None:
    from citerne.cli.table import figure_text, range_text
    from citerne.report.words import advice_names, resource_names

    click.echo(_("Worth of one more, where it stands out from chance:"))
    names, words = resource_names(), advice_names()
    for row in sorted(found.worth.by_corridor, key=lambda row: -row.per_unit):
        if row.low > 0:
            what = f"{names[row.resource]}, {row.corridor}, {row.product}"
            click.echo(f"  {what:48} {figure_text(row.per_unit):>10}  {range_text(row.low, row.high)}")
    click.echo(_("A consignment at the border now, or a week later:"))
    for one in found.worth.consignments:
        limit = "-" if math.isnan(one.break_even_loss) else f"{one.break_even_loss:.0%}"
        text = _("{advice}; waiting is as good if going now loses {loss} more")
        click.echo(f"  {one.corridor:24} " + text.format(advice=words[one.advice], loss=limit))
    days = ", ".join(f"{theatre} {day}" for theatre, day in found.latest_dispatch.items())
    click.echo(_("Latest safe dispatch, days from day 0: {days}").format(days=days))
