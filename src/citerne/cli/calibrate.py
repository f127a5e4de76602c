"""`citerne calibrate`: fit a case to what was observed."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from citerne.base.text import _
from citerne.cli.output import compiling, print_json, remark
from citerne.cli.workers import where_to_run, workers

if TYPE_CHECKING:
    from citerne.calibrate.fit import Calibration
    from citerne.calibrate.score import Scorecard
    from citerne.case.case import Case
    from citerne.ensemble.workers import Jobs


@click.command()
@click.argument("case", default="mali")
@click.option("--targets", type=click.Path(path_type=Path), default=None, help="Targets file (default: the case's).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Hide what became known later.")
@click.option("--budget", type=int, default=5_000_000, show_default=True, help="Futures to run.")
@click.option("--seed", type=int, default=1, show_default=True, help="Luck of the calibration.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Folder; finished steps in it are kept.")
@click.option("--resume", is_flag=True, help="Go on from finished steps in --out; done anyway where they fit.")
@where_to_run
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    case: str,
    targets: Path | None,
    until: dt.datetime | None,
    budget: int,
    seed: int,
    out: Path | None,
    resume: bool,
    jobs: int,
    scheduler: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit CASE to its targets: prior, gate, posterior, rival explanations, scores.

    With --until, nothing known later is used, and the rows after that day are forecast and scored.
    """
    del resume  # steps of the same calibration are always gone on with
    for library in ("OPENBLAS", "MKL", "OMP"):  # before numpy loads: sums must not depend on the number of threads
        os.environ[f"{library}_NUM_THREADS"] = "1"
    from citerne.calibrate.deliver import write_calibration
    from citerne.calibrate.fit import calibrate
    from citerne.calibrate.score import read_targets
    from citerne.case.case import load

    began = time.perf_counter()
    quiet = quiet or as_json
    whole = load(case)
    rows = read_targets(targets) if targets else whole.rows("targets")
    known = whole.known_until(until.date()) if until else whole
    folder = out or Path("runs") / f"{whole.name}-calibration{f'-{until:%Y-%m-%d}' if until else ''}"
    notice = compiling(quiet)
    say = lambda done, total: remark(_("{done} of {total} futures").format(done=done, total=total), quiet)  # noqa: E731
    remark(_("{title}: calibration, {budget} futures").format(title=whole.title(), budget=budget), quiet)
    with workers(jobs, scheduler) as where:
        made = calibrate(
            known, rows, budget=budget, seed=seed, jobs=where, work=folder / "work", notice=notice, say=say
        )  # fmt: skip
        later = _forecast(made, known, rows, until.date(), where) if until else None
        payload: dict[str, Any] = {"case": whole.name, "until": until.date() if until else None, **made.payload()}
        payload |= _explained(made, known, where)
    if later is not None:
        payload["forecast"] = later.payload()
    payload |= {"out": str(folder), "seconds": round(time.perf_counter() - began, 3)}
    write_calibration(made, known, folder, {k: v for k, v in payload.items() if k not in ("out", "seconds", "until")})
    if later is not None:
        _write_forecast(later, folder)
    if as_json:
        print_json(payload)
    else:
        _print(payload, later)


def _explained(made: Calibration, known: Case, jobs: Jobs) -> dict[str, Any]:
    """Leading unknowns, reasons of misses, and what to observe next to tell rival explanations apart."""
    from citerne.calibrate.explain import leading_unknowns, misses
    from citerne.calibrate.value import worth

    first = max(row["date_end"] for row in made.simulator.targets) + dt.timedelta(days=1)
    axes = sorted({axis for chosen in made.simulator.setup.combinations for axis in chosen})
    found = {axis: worth(made, known, axis, first, 4, jobs=jobs) for axis in axes}
    return {
        "leading": leading_unknowns(made.simulator, made.seed, jobs=jobs),
        "misses": misses(made),
        "worth_observing": {axis: rows for axis, rows in found.items() if rows},
    }


def _forecast(made: Calibration, known: Case, rows: Any, until: dt.date, jobs: Jobs) -> Scorecard:
    from citerne.calibrate.fit import forecast, score_futures

    futures, sim = forecast(made, known, rows, jobs=jobs)
    ahead = [k for k, row in enumerate(sim.targets) if row["date_end"] > until]
    missing = [row for row in sim.not_modelled if row["date_end"] > until]
    return score_futures(futures.only(ahead), [sim.targets[k] for k in ahead], missing, rows)


def _write_forecast(card: Scorecard, folder: Path) -> None:
    from citerne.calibrate.deliver import forecast_table

    (folder / "forecast.md").write_text("\n".join(forecast_table(card)) + "\n", encoding="utf-8")


def _print(payload: dict[str, Any], later: Scorecard | None) -> None:
    click.echo(f"{'':26}{_('prior 5 - 95 %'):>24}{_('posterior 5 - 50 - 95 %'):>34}  {_('identified')}")
    for row in sorted(payload["parameters"], key=lambda one: one["ratio"]):
        prior = f"{row['prior_p05']:.3g} - {row['prior_p95']:.3g}"
        after = f"{row['p05']:.3g} - {row['p50']:.3g} - {row['p95']:.3g}"
        click.echo(f"{row['name']:26}{prior:>24}{after:>34}  {_('yes') if row['identified'] else _('no')}")
    for row in payload["variants"]:
        click.echo(f"{row['name']:26}{row['prior']:>24.2f}{row['weight']:>34.2f}")
    click.echo(_("Leading unknowns: {names}").format(names=", ".join(payload["leading"])))
    for axis, rows in payload["worth_observing"].items():
        best = rows[0]
        text = _("Would best tell {axis} apart: {what}, {start} to {end} ({bits:.2f} bits)")
        what = " ".join(filter(None, (best["variable"], best["place"], best["product"])))
        click.echo(text.format(axis=axis, what=what, start=best["date_start"], end=best["date_end"], bits=best["bits"]))
    for row in payload["misses"]:
        click.echo(_("Missed {target}: {reason}").format(target=row["target_id"], reason=row["reason"]))
    outside = [row["target_id"] for row in payload["gate"] if not row["inside_99"]]
    click.echo(_("Outside the prior's 99 % band: {rows}").format(rows=", ".join(outside) or "-"))
    text = _("Inside 90 %: {c90:.0%}, inside 50 %: {c50:.0%}; width of the 90 % band against the prior: {w:.2f}")
    click.echo(text.format(c90=payload["coverage_90"], c50=payload["coverage_50"], w=payload["width_ratio"]))
    text = _("Each row by the futures that the others choose: inside 90 %: {c90:.0%}, inside 50 %: {c50:.0%}")
    alone = payload["left_out"]
    click.echo(text.format(c90=alone["coverage_90"], c50=alone["coverage_50"]))
    text = _("{kish:.0f} effective draws of {runs} futures; {seconds:.0f} s. Written to {out}")
    click.echo(text.format(**payload))
    if later is not None:
        text = _(
            "Forecast after that day: {n} rows, inside 90 %: {c90:.0%}, inside 50 %: {c50:.0%}, CRPS skill: {skill}"
        )
        skill = "-" if later.crps_skill is None else f"{later.crps_skill:.2f} ({later.with_reference})"
        click.echo(text.format(n=len(later.rows), c90=later.coverage_90, c50=later.coverage_50, skill=skill))
    sys.stdout.flush()
