"""`citerne compare`: policies of a case over the same luck."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from citerne.base.text import _, number
from citerne.cli.output import compiling, print_json
from citerne.cli.workers import where_to_run, workers

if TYPE_CHECKING:
    from citerne.plan.together import Comparison

COST = "protection_cost_cumulative"  # shown as soon as one of the policies pays or insures


@click.command()
@click.argument("case", default="mali")
@click.option("--policy", "policies", multiple=True, required=True, help="Policy or file; the first is the baseline.")
@click.option("--metric", "metrics", multiple=True, metavar="VARIABLE[.PLACE[.PRODUCT]]", help="What to compare.")
@click.option("--matters", type=float, default=None, help="Smallest difference of the leading measure that matters.")
@click.option("--days", type=int, default=None, help="Horizon in days from day 0.")
@click.option("--members", type=int, default=500, show_default=True, help="Number of futures.")
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the ensemble.")
@click.option("--variant", "variants", multiple=True, help="Rival assumption to hold to; repeat for more.")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="Set a lever or a parameter; repeat for more.")
@where_to_run
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No remarks.")
def command(
    case: str,
    policies: tuple[str, ...],
    metrics: tuple[str, ...],
    matters: float | None,
    days: int | None,
    members: int,
    seed: int,
    variants: tuple[str, ...],
    settings: tuple[str, ...],
    jobs: int,
    scheduler: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare policies of CASE over the same futures, each meeting the same luck under every policy."""
    from citerne.api import compare, load

    quiet = quiet or as_json
    notice = compiling(quiet)
    loaded = load(case)
    with workers(jobs, scheduler) as where:
        found = compare(
            loaded, policies=policies, metrics=metrics, matters=matters, jobs=where, days=days, members=members,
            seed=seed, variants=variants, settings=settings, notice=notice,
        )  # fmt: skip
    if as_json:
        print_json(
            {
                "case": loaded.name, "days": days or loaded.header.days, "members": members, "seed": seed,
                "variant": ",".join(variants), "baseline": found.policies[0], "policies": found.policies[1:],
                "differences": [dataclasses.asdict(row) for row in found.differences],
                "selection": {
                    "measure": found.selected, "matters": found.matters,
                    "ranking": [dataclasses.asdict(row) for row in found.ranking],
                },
            }
        )  # fmt: skip
    else:
        _print_table(found, loaded, bool(metrics))


def _print_table(found: Comparison, case: Any, everything: bool) -> None:
    from citerne.cli.table import figure_text, outcome_label, range_text
    from citerne.plan.compare import headline_of
    from citerne.report.words import Names

    names = Names(case)
    headline = headline_of(case.header.hub, case.header.country)
    heads = (_("mean change"), _("its 90 % interval"), _("9 in 10 futures"), _("better"), _("fewer futures"))
    for policy in found.policies[1:]:
        click.echo(_("{policy} against {baseline}").format(policy=policy, baseline=found.policies[0]))
        click.echo(f"  {'':52}{heads[0]:>12}  {heads[1]:>20}  {heads[2]:>21}  {heads[3]:>7}  {heads[4]:>13}")
        for row in found.differences:
            costs = row.variable == COST and (row.mean != 0 or row.baseline_mean != 0)
            shown = everything or costs or (row.variable, row.place, row.product) in headline
            if row.policy != policy or not shown:
                continue
            label = f"{names.of(row.place)}: {outcome_label(row)}"[:51]
            better = "-" if row.probability_better is None else f"{row.probability_better:.0%}"
            click.echo(
                f"  {label:52}{figure_text(row.mean):>12}  {range_text(row.mean_low, row.mean_high):>20}  "
                f"{range_text(row.p05, row.p95):>21}  {better:>7}  {_times(row.variance_reduction):>13}"
            )
    kept = [row.policy for row in found.ranking if row.kept]
    text = _("Best in {measure}, smallest difference that matters {matters}: {kept}.")
    click.echo(text.format(measure=found.selected, matters=figure_text(found.matters), kept=", ".join(kept)))
    if len(kept) > 1:
        click.echo(_("Several may be the best; more futures (--members) would tell them apart."))


def _times(value: float) -> str:
    return "x " + number(value, 1) if value < 1e6 else "-"
