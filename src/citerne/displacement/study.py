"""One conflict from its folders to its scores: what the verb `displacement` prints."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from citerne.displacement.baselines import baselines
from citerne.displacement.fit import Misfit, Target, choose, fit, leave_one_camp_out, misfit, on_bounds, stratified
from citerne.displacement.flow import Floats, ground_of, headcount, run_flow, sealed_days
from citerne.displacement.forecast import Reports, reports_of, score_forecasts, score_total
from citerne.displacement.layout import Conflict
from citerne.displacement.parameters import PARAMETERS, Draws, ParameterSet, from_unit, save, shipped
from citerne.displacement.reader import read_conflict
from citerne.displacement.series import flee_columns, other_readings
from citerne.metrics.displacement import averaged_relative_difference

LEADS_DAYS = (30, 60)
FIT_UNTIL_DAY = 100  # the forecasts are also scored with a flow that has seen only this much


def displacement(
    input_dir: Path,
    validation_dir: Path,
    *,
    days: int = 0,
    capacities: bool = True,
    refit: bool = False,
    seed: int = 0,
    parameters: ParameterSet | None = None,
    save_to: Path | None = None,
) -> dict[str, Any]:
    """Read a conflict in Flee's layout, run it, and score it beside its baselines.

    Parameters
    ----------
    input_dir, validation_dir : folders in Flee's layout
    days : length to be used; 0 takes that of the folder
    capacities : False leaves the capacity column aside
    refit : fit the parameters to this very conflict instead of taking those given or shipped; `seed` is of that fit
    parameters : a fitted set; left out, the one that ships with the package
    save_to : folder that the set is written to

    Returns
    -------
    dict, ready for JSON. `ard_camp_sum` divides by the sum of the camps, `ard_flee` by Flee's raw count; both take
    the daily total as given. People in camps and still out add up to the given total exactly.

    Raises
    ------
    UsageError, DataError
        See `read_conflict`.
    """
    begun = time.perf_counter()
    conflict = read_conflict(input_dir, validation_dir, days)
    data, raw_count = flee_columns(conflict)
    target = Target(ground_of(conflict), data.astype(np.float64))
    chosen = fit(target, seed) if refit else (parameters or shipped())
    if refit:
        chosen.source.update(_source_of(conflict))
    if save_to is not None:
        save(chosen, save_to)
    capacity = target.capacities() if capacities else None
    errors = misfit(target, chosen.candidates)
    people = headcount(_camps(target, chosen.point_draw, capacity)[:, 0], target.total)

    def score(camps: Floats, first: int) -> dict[str, float]:
        return {
            "ard_camp_sum": averaged_relative_difference(camps[first:], data[first:]),
            "ard_flee": averaged_relative_difference(camps[first:], data[first:], raw_count[first:]),
        }

    return {
        "start": conflict.start.isoformat(),
        "days": conflict.length_days,
        "capacities": capacity is not None,
        "total": "given",
        "in_sample": refit or _same_conflict(chosen, conflict),
        **score(people.camps.astype(np.float64), 0),
        "baselines": baselines(target, chosen.point_draw, score),
        "target_noise": {name: score(camps, 0)["ard_camp_sum"] for name, camps in other_readings(conflict).items()},
        "by_camp": _by_camp(conflict, people.camps, data),
        "parameters": _parameter_rows(chosen),
        "parameters_source": chosen.source,
        "accepted_set": _accepted_set(target, chosen, errors, capacity, score),
        "leave_one_camp_out": _leave_one_out(errors, chosen),
        **_forecasts(conflict, target, chosen),
        "people": {
            "total_given": int(target.total[-1]),
            "in_camps": int(people.camps[-1].sum()),
            "still_out": int(people.still_out[-1]),
        },
        "sealed": [
            {"place": zone, "days_in_conflict_without_open_road": int(count)}
            for zone, count in zip(target.ground.zones, sealed_days(target.ground), strict=True)
            if count
        ],
        "data_columns": {
            "camps_first_day": int(data[0].sum()),
            "camps_last_day": int(data[-1].sum()),
            "divisor_offset": int(raw_count[0] - data[0].sum()),
        },
        "remarks": list(conflict.remarks),
        "seconds": time.perf_counter() - begun,
    }


def _camps(target: Target, draws: Draws, capacity: Floats | None) -> Floats:
    return run_flow(target.ground, draws, target.total, target.data[0], capacity).camps


def _source_of(conflict: Conflict) -> dict[str, Any]:
    return {
        "fitted_on_start": conflict.start.isoformat(),
        "fitted_on_days": conflict.length_days,
        "fitted_on_camps": [camp.name for camp in conflict.camps],
    }


def _same_conflict(chosen: ParameterSet, conflict: Conflict) -> bool:
    own = _source_of(conflict)
    return all(chosen.source.get(key) == own[key] for key in ("fitted_on_start", "fitted_on_camps"))


def _by_camp(conflict: Conflict, camps: Floats | Any, data: Any) -> list[dict[str, Any]]:
    known = data.sum(axis=1) > 0
    gap = (camps - data)[known] / data[known].sum(axis=1, keepdims=True)
    mean_gap, mean_error = (
        np.mean(part, axis=0) if len(gap) else np.full(data.shape[1], np.nan) for part in (gap, np.abs(gap))
    )
    return [
        {
            "camp": camp.name,
            "country": camp.country,
            "capacity": camp.capacity_people,
            "simulated_last_day": int(camps[-1, j]),
            "observed_last_day": int(data[-1, j]),
            "error": float(mean_error[j]),
            "bias": float(mean_gap[j]),
        }
        for j, camp in enumerate(conflict.camps)
    ]


def _parameter_rows(chosen: ParameterSet) -> list[dict[str, Any]]:
    point, accepted = chosen.point_draw.values[0], chosen.accepted_draws.values
    at_bound = on_bounds(point)
    return [
        {
            "name": parameter.name,
            "value": float(point[i]),
            "unit": parameter.unit,
            "low": parameter.low,
            "high": parameter.high,
            "on_bound": parameter.name in at_bound,
            "accepted_low": float(np.min(accepted[:, i])),
            "accepted_high": float(np.max(accepted[:, i])),
            "meaning": parameter.meaning,
        }
        for i, parameter in enumerate(PARAMETERS)
    ]


def _accepted_set(target: Target, chosen: ParameterSet, errors: Misfit, capacity: Floats | None, score: Any) -> Any:
    line = errors.without if capacity is None or errors.with_capacity is None else errors.with_capacity
    scores = line.sum(axis=1)[chosen.accepted]
    mean = _camps(target, chosen.accepted_draws, capacity).mean(axis=1)
    p05, p50, p95 = np.quantile(scores, (0.05, 0.5, 0.95))
    return {
        "draws": len(scores),
        "ard_camp_sum": {"p05": p05, "p50": p50, "p95": p95, "best": np.min(scores), "worst": np.max(scores)},
        "mean_of_the_set": score(mean, 0),
    }


def _leave_one_out(errors: Misfit, chosen: ParameterSet) -> dict[str, Any]:
    """Among the candidates that the fit kept, chosen by the other camps of this conflict."""
    without, withheld = leave_one_camp_out(errors, chosen.candidates)
    return {
        "no_capacities": without,
        "with_capacities": withheld,
        "candidates": len(chosen.candidates),
    }


def _forecasts(conflict: Conflict, target: Target, chosen: ParameterSet) -> dict[str, Any]:
    reports = reports_of(conflict)
    early = _early_draw(target, reports) if conflict.length_days > FIT_UNTIL_DAY else None
    forecasts, totals = [], []
    for lead in LEADS_DAYS:
        whole = score_forecasts(reports, target.ground, chosen.point_draw, lead)
        if whole is not None:
            later = score_forecasts(reports, target.ground, early, lead, FIT_UNTIL_DAY) if early is not None else None
            forecasts.append(
                {
                    "lead_days": lead,
                    "error": whole.combined,
                    "parts": whole.by_part,
                    "mean_over_dates": whole.mean_over_dates,
                    "with_total_forecast": whole.with_total_forecast,
                    "dates": whole.dates,
                    "flow_fitted_before_day_100": None
                    if later is None
                    else {"error": later.combined, "shares_now": later.by_part["shares_now"], "dates": later.dates},
                }
            )
        total = score_total(reports, lead)
        if total is not None:
            totals.append(
                {"lead_days": lead, "error": total.trend, "level_alone": total.level_alone, "dates": total.dates}
            )
    return {"forecasts": forecasts, "total_forecast": totals}


def _early_draw(target: Target, reports: Reports) -> Draws:
    """A draw that has seen nothing but what was published in the first days: no later report, no correction."""
    seen = Target(target.ground, reports.level[:FIT_UNTIL_DAY])
    draws = Draws(from_unit(stratified(np.random.default_rng(0), 256)))
    return draws.take(np.array([choose(misfit(seen, draws).criterion(), draws)]))
