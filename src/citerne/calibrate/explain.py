"""Why a calibration came out as it did: leading unknowns, and the reason of each miss.

Leading unknowns by elementary effects on the targets, each target on the scale of its error. A miss is explained by
which way the model errs, by whether futures of the prior reach the report at all, and by the targets that fit worse in
those futures of the posterior that come nearest to it: a report that pulls against others stays missed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.calibrate.fit import Calibration
from citerne.calibrate.gate import implausibility
from citerne.calibrate.likelihood import log_likelihoods, on_scale
from citerne.calibrate.observe import error_of
from citerne.calibrate.screening import elementary_effects, leading
from citerne.calibrate.simulate import Simulator
from citerne.ensemble.workers import Jobs
from citerne.metrics.windows import allowed

Array = np.ndarray[Any, Any]
BASE_POINTS = 20
NEAREST = 0.2  # part of the futures that counts as nearest to a report
PULLS = 0.5  # loss of log-likelihood from which another target counts as pulling the other way


def leading_unknowns(simulator: Simulator, seed: int, *, count: int = 12, jobs: Jobs = 0) -> list[str]:
    """Names of the unknowns with the largest mean effect on the targets, largest first."""
    from scipy.special import ndtri

    def model(u: Array, luck: Array) -> Array:
        scores = ndtri(np.clip(u, 1e-9, 1 - 1e-9))
        combination = simulator.combination(np.random.default_rng([seed, 0xE2]).random(BASE_POINTS))
        made = simulator.run(scores, luck.astype(np.uint32), combination[luck.astype(int)], seed, jobs=jobs)
        # capped at ten errors: how far beyond the impossible an effect reaches says nothing more
        rows = [on_scale(made.statistics[k], row) / error_of(row) for k, row in enumerate(simulator.targets)]
        centre = [np.median(row) for row in rows]
        return np.stack([np.clip(row - c, -10, 10) for row, c in zip(rows, centre, strict=True)])

    return leading(elementary_effects(model, len(simulator.names), BASE_POINTS, seed), simulator.names, count)


def misses(calibration: Calibration) -> list[dict[str, Any]]:
    """Targets outside the posterior's 90 % band, each with the reason."""
    card = calibration.card(calibration.population.futures)
    targets = calibration.simulator.targets
    statistics = calibration.population.futures.statistics
    each = log_likelihoods(statistics, targets)
    distance = implausibility(statistics, targets)
    gate = {row.target_id: row for row in calibration.gate}
    out = []
    for k, scored in enumerate(card.rows):
        if scored["inside_90"]:
            continue
        low, _high = allowed(targets[k])
        side = _("too low") if float(np.median(statistics[k])) < low else _("too high")
        near = np.argsort(distance[k], kind="stable")[: max(int(NEAREST * statistics.shape[1]), 1)]
        loss = each.mean(axis=1) - each[:, near].mean(axis=1)
        against = [targets[j]["target_id"] for j in np.argsort(-loss, kind="stable") if loss[j] > PULLS and j != k]
        text = _("{side}: {p05:.3g} to {p95:.3g}; {reached:.0%} of the prior's futures come within three errors")
        reason = text.format(
            side=side, p05=scored["p05"], p95=scored["p95"], reached=gate[scored["target_id"]].reached
        )  # fmt: skip
        if against:
            reason += _("; futures nearer to it fit worse: {rows}").format(rows=", ".join(against[:4]))
        rivals = targets[k]["variant"]
        if rivals:
            reason += _("; it is one of rival counts of the same thing ({name})").format(name=rivals)
        out.append({"target_id": scored["target_id"], "reason": reason})
    return out
