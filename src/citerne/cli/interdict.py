"""`citerne interdict`: worst case and protection of a published test network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.cli.output import print_json, remark


@click.command()
@click.argument("arcs_file", metavar="ARCS.csv", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["shortest-path", "max-flow"]), required=True, help="What is operated.")
@click.option("--source", default=None, help="Node of supply (default: first number, or Start).")
@click.option("--sink", default=None, help="Node of demand (default: last number, or End).")
@click.option("--budget", type=int, required=True, help="Arcs that can be hit at once.")
@click.option(
    "--plans", type=click.IntRange(1, 3), default=1, show_default=True, help="Sets of arcs, shared by followers."
)
@click.option("--protect", "protections", type=int, default=None, help="Arcs that can be protected first.")
@click.option("--delay-column", default=None, help="Column of delays (default: delay_effective where present).")
@click.option("--follower", "followers", multiple=True, help="Cost column to use (repeatable; default: all).")
@click.option("--nodes", "nodes_file", type=click.Path(path_type=Path), default=None, help="File of nodes.")
@click.option(
    "--time", "time_limit_s", type=click.FloatRange(min=0.0), default=None, help="Stop after so many seconds."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    arcs_file: Path,
    kind: str,
    source: str | None,
    sink: str | None,
    budget: int,
    plans: int,
    protections: int | None,
    delay_column: str | None,
    followers: tuple[str, ...],
    nodes_file: Path | None,
    time_limit_s: float | None,
    as_json: bool,
) -> None:
    """Worst case of a published test network, and the protection that answers it.

    Takes the two layouts of public benchmarks (tail, head, cost_*, delay_*; StartNode, EndNode, Cost or Capacity,
    Attackable). Refuses cases and files with coordinates.
    """
    from citerne.plan.published import max_flow_problem, read_arcs, shortest_path_problem

    arcs = read_arcs(arcs_file, nodes_path=nodes_file, delay_column=delay_column)
    if kind == "shortest-path":
        problem: Any = shortest_path_problem(arcs, source=source, sink=sink, followers=followers)
    elif followers or delay_column:
        raise UsageError(_("--follower and --delay-column belong to --kind shortest-path."))
    else:
        problem = max_flow_problem(arcs, source=source, sink=sink)
    head = {"file": arcs.name, "kind": kind, "budget": budget}
    if protections is None:
        from citerne.plan.interdiction import interdict

        result = interdict(problem, budget=budget, plans=plans, time_limit_s=time_limit_s)
        payload = head | {"plans": plans} | _attack(arcs, result)
    else:
        if plans > 1:
            raise UsageError(_("--protect answers one attack plan; leave out --plans."))
        from citerne.plan.protect import protect

        shield = protect(problem, protections=protections, budget=budget, time_limit_s=time_limit_s)
        payload = head | {"protect": protections} | _protection(arcs, shield)
    if kind == "shortest-path" and payload["unmet"]:
        remark(_("{unmet} of the demand cannot be met; the objective counts its cost.").format(unmet=payload["unmet"]))
    if as_json:
        print_json(payload)
    else:
        _print(payload)


def _plain(value: float) -> float | int:
    """Whole objectives stay whole, so that no digit is rounded away when printed."""
    return int(value) if float(value).is_integer() else value


def _attack(arcs: Any, result: Any) -> dict[str, Any]:
    return {
        "objective": _plain(result.objective),
        "arcs": [arcs.arc(element) for element in result.elements],
        "optimal": result.optimal,
        "gap": result.gap,
        "bound": _plain(result.bound),
        "seconds": result.seconds,
        "without_attack": _plain(result.unattacked),
        "unmet": _plain(result.unmet),
        "by_plan": [
            {
                "followers": list(plan.followers),
                "objective": _plain(plan.objective),
                "arcs": [arcs.arc(element) for element in plan.elements],
            }
            for plan in result.plans
        ],
    }


def _protection(arcs: Any, shield: Any) -> dict[str, Any]:
    return {
        "objective": _plain(shield.objective),
        "arcs": [arcs.arc(element) for element in shield.attacked],
        "protected": [arcs.arc(element) for element in shield.protected],
        "optimal": shield.optimal,
        "gap": shield.gap,
        "bound": _plain(shield.bound),
        "seconds": shield.seconds,
        "without_attack": _plain(shield.unattacked),
        "without_protection": _plain(shield.unprotected),
        "unmet": _plain(shield.unmet),
        "rounds": shield.rounds,
    }


def _print(payload: dict[str, Any]) -> None:
    lines = [
        _("objective            {objective:g}").format(**payload),
        _("without attack       {without_attack:g}").format(**payload),
    ]
    if "without_protection" in payload:
        lines.append(_("without protection   {without_protection:g}").format(**payload))
        lines.append(_("protected            {arcs}").format(arcs=_listed(payload["protected"])))
    lines.append(_("arcs hit             {arcs}").format(arcs=_listed(payload["arcs"])))
    proof = (
        _("proven best") if payload["optimal"] else _("not proven: gap {gap:.2%}, bound {bound:g}").format(**payload)
    )
    lines.append(_("proof                {proof}, {seconds:.2f} s").format(proof=proof, seconds=payload["seconds"]))
    click.echo("\n".join(lines))


def _listed(arcs: list[dict[str, Any]]) -> str:
    return ", ".join("{tail} > {head}".format(**arc) for arc in arcs) or _("none")
