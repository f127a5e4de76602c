"""`citerne stress`: worst cuts with the protection that answers them, criticality, and break-points of a case."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from citerne.base.text import _
from citerne.cli.output import compiling, print_json

if TYPE_CHECKING:
    from citerne.plan.stress import Stress


@click.command()
@click.argument("case", default="mali")
@click.option("--budget", type=click.IntRange(0, 6), default=3, show_default=True, help="Most segments closed at once.")
@click.option("--protect", "protections", type=click.IntRange(0), default=None,
              help="Segments protected in the answer (default: as many as are closed).")  # fmt: skip
@click.option("--spare", type=float, default=1.5, show_default=True, help="Most that a road carries against normal.")
@click.option("--cover", "cover_days", type=float, default=2.0, show_default=True, help="Days of cover that must hold.")
@click.option("--no-breakpoints", is_flag=True, help="Leave out the break-points, which simulate.")
@click.option("--days", type=int, default=None, help="Horizon of the break-points in days from day 0.")
@click.option("--members", type=int, default=256, show_default=True, help="Number of futures.")
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the ensemble.")
@click.option("--variant", "variants", multiple=True, help="Rival assumption to hold to; repeat for more.")
@click.option("--jobs", type=int, default=0, help="Threads; 0 is one per core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No remarks.")
def command(
    case: str,
    budget: int,
    protections: int | None,
    spare: float,
    cover_days: float,
    no_breakpoints: bool,
    days: int | None,
    members: int,
    seed: int,
    variants: tuple[str, ...],
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Stress-test CASE: how badly few closures could hurt its supply, what answers them, and where it breaks."""
    from citerne.api import load, stress

    quiet = quiet or as_json
    notice = compiling(quiet)
    loaded = load(case)
    found = stress(
        loaded, budget=budget, protections=protections, spare=spare, cover_days=cover_days, days=days,
        members=members, seed=seed, variants=variants, jobs=jobs, breakpoints=not no_breakpoints, notice=notice,
    )  # fmt: skip
    if as_json:
        payload = {"case": loaded.name, "budget": budget, "spare": spare, "members": members, "seed": seed}
        print_json(payload | dataclasses.asdict(found))
    else:
        _print(found, loaded)


def _print(found: Stress, case: Any) -> None:
    from citerne.cli.table import figure_text
    from citerne.report.words import Names

    called = Names(case)
    names = {
        row["segment"]: f"{called.of(row['from_place'])} - {called.of(row['to_place'])}" for row in case.rows("roads")
    }
    click.echo(_("Worst closures of segments between towns, and the protection that answers them"))
    for cut in found.cuts:
        proof = _("proven") if cut.optimal and cut.protected_optimal else _("not proven")
        click.echo(
            _("  {count} closed: {share:.0%} of the supply left ({proof})").format(
                count=cut.budget, share=cut.supply_share_left, proof=proof
            )
        )
        click.echo("    " + "; ".join(names[name] for name in cut.segments))
        text = _("    protect {segments}: {share:.0%} left at worst")
        shield = "; ".join(names[name] for name in cut.protected) or _("nothing")
        click.echo(text.format(segments=shield, share=cut.supply_share_left_protected))
    click.echo(_("Segments whose closure alone costs most"))
    for item in found.criticality[:10]:
        click.echo(f"  {item.drop:6.1%}  {names[item.segment]}")
    if found.breakpoints:
        click.echo(_("Break-points: the median lowest cover at the hub falls below {days} days").format(
            days=figure_text(found.breakpoints[0].cover_days)))  # fmt: skip
    for point in found.breakpoints:
        click.echo("  " + _sentence(point, figure_text))


def _sentence(point: Any, figure_text: Any) -> str:
    names = {
        "trucks_lost": _("share of trucks lost"),
        "imports": _("imports against normal need, no blockade"),
        "customs": _("hours at customs"),
        "columns": _("columns a week"),
    }
    name = names[point.name]
    if point.fails is None:
        return _("{name}: holds over the whole range tried").format(name=name)
    if point.holds is None:
        return _("{name}: fails over the whole range tried").format(name=name)
    return _("{name}: holds at {holds}, fails at {fails} (as recorded {recorded}, cover {cover} days)").format(
        name=name, holds=figure_text(point.holds), fails=figure_text(point.fails),
        recorded=figure_text(point.as_recorded.reading), cover=figure_text(point.as_recorded.cover_days),
    )  # fmt: skip
