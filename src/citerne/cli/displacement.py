"""`citerne displacement`: run a conflict in Flee's file layout and score it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from citerne.base.text import _
from citerne.cli.output import print_json, remark


@click.command("displacement")
@click.argument("input_dir", type=click.Path(path_type=Path))
@click.option("--validation", type=click.Path(path_type=Path), required=True, help="Folder with data_layout.csv.")
@click.option("--days", type=int, default=0, help="Days to run (default: the length in the folder).")
@click.option("--no-capacity", is_flag=True, help="Leave the capacity column aside.")
@click.option("--fit", "refit", is_flag=True, help="Fit the parameters to this conflict (default: the shipped ones).")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the fit.")
@click.option("--parameters", type=click.Path(path_type=Path), help="Folder with a fitted set, instead of the shipped.")
@click.option("--save-fit", type=click.Path(path_type=Path), help="Write the fitted set to this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="No remarks on stderr.")
def command(
    input_dir: Path,
    validation: Path,
    days: int,
    no_capacity: bool,
    refit: bool,
    seed: int,
    parameters: Path | None,
    save_fit: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a conflict in Flee's file layout and score it by averaged relative difference."""
    from citerne.displacement.parameters import load
    from citerne.displacement.study import displacement

    result = displacement(
        input_dir,
        validation,
        days=days,
        capacities=not no_capacity,
        refit=refit,
        seed=seed,
        parameters=load(parameters) if parameters else None,
        save_to=save_fit,
    )
    for text in result["remarks"]:
        remark(text, quiet)
    if as_json:
        print_json(result)
    else:
        click.echo("\n".join(_lines(result)))


def _lines(result: dict[str, Any]) -> list[str]:
    """The result for reading, scores first."""
    with_or_without = _("with capacities") if result["capacities"] else _("without capacities")
    lines = [
        _("{days} days from {start}, total given, {capacities}").format(
            days=result["days"], start=result["start"], capacities=with_or_without
        ),
        _("averaged relative difference {camp_sum:.3f} (camp sum), {flee:.3f} (Flee's definition){sample}").format(
            camp_sum=result["ard_camp_sum"],
            flee=result["ard_flee"],
            sample=_(", in sample") if result["in_sample"] else "",
        ),
        "",
        _("Beside it"),
    ]
    for name, scores in result["baselines"].items():
        if scores is not None:
            lines.append(f"  {name:<28} {scores['ard_camp_sum']:.3f} / {scores['ard_flee']:.3f}")
    lines += [f"  {'target_read_as_' + name:<28} {error:.3f}" for name, error in result["target_noise"].items()]
    held_out = result["leave_one_camp_out"]
    lines += [f"  {name:<28} {_or_dash(held_out[key])}" for name, key in (
        ("leave_one_camp_out", "with_capacities"), ("leave_one_camp_out_no_capac.", "no_capacities"))]  # fmt: skip
    accepted = result["accepted_set"]
    lines.append(
        _("  accepted set of {draws}: {p05:.3f} to {p95:.3f}, its mean {mean:.3f}").format(
            draws=accepted["draws"],
            p05=accepted["ard_camp_sum"]["p05"],
            p95=accepted["ard_camp_sum"]["p95"],
            mean=accepted["mean_of_the_set"]["ard_camp_sum"],
        )
    )
    lines += ["", _("Camp, people on the last day, reported, mean error")]
    lines += [
        f"  {row['camp']:<28} {row['simulated_last_day']:>9} {row['observed_last_day']:>9} {row['error']:>7.3f}"
        for row in result["by_camp"]
    ]
    lines += ["", _("Parameter, value, bounds, accepted")]
    lines += [
        f"  {row['name']:<20} {row['value']:>9.4g} {row['unit']:<18} {row['low']:g} ... {row['high']:g}"
        f"   {row['accepted_low']:.3g} ... {row['accepted_high']:.3g}"
        for row in result["parameters"]
    ]
    lines += ["", _("Forecasts (only reports published by then): error, shares now, with the total forecast too")]
    lines += [
        f"  {row['lead_days']} d  {row['error']:.3f}  {row['parts']['shares_now']:.3f}"
        f"  {_or_dash(row['with_total_forecast'])}"
        for row in result["forecasts"]
    ]
    lines.append(_("Total: error of level + half the last change, of the level alone"))
    lines += [
        f"  {row['lead_days']} d  {row['error']:.3f}  {row['level_alone']:.3f}" for row in result["total_forecast"]
    ]
    return lines


def _or_dash(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.3f}"
