"""Before any fit: can the prior produce what was reported? A gate per target.

`inside_99` asks whether the prior predictive band of 99 %, reporting error and discrepancy included, meets what the
report allows. Implausibility (Craig et al. 1997) is the distance of each future from what the report allows, in
standard deviations of report and discrepancy; `reached` is the share of futures below 3. A row that no future reaches
points to a missing mechanism or to a prior that is too tight, and a fit would only hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from citerne.calibrate.likelihood import on_scale
from citerne.calibrate.observe import Row, comparison_of, error_of
from citerne.calibrate.simulate import Futures
from citerne.metrics.windows import allowed

Array = np.ndarray[Any, Any]
CUT = 3.0  # Pukelsheim's three-sigma rule, usual in history matching


@dataclass(frozen=True)
class GateRow:
    """What the prior says about one target."""

    target_id: str
    p005: float
    p50: float
    p995: float
    inside_99: bool
    reached: float
    why: str

    def payload(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def implausibility(statistics: Array, targets: Sequence[Row]) -> Array:
    """Distance to what each report allows in standard deviations, (target, future)."""
    rows = []
    for k, row in enumerate(targets):
        low, high = (float(on_scale(np.array([v]), row)[0]) if np.isfinite(v) else v for v in allowed(row))
        x = on_scale(statistics[k], row)
        rows.append(np.maximum(np.maximum(low - x, x - high), 0.0) / error_of(row))
    return np.stack(rows)


def prior_gate(futures: Futures, targets: Sequence[Row]) -> list[GateRow]:
    """One row per target, from futures of the prior."""
    distance = implausibility(futures.statistics, targets)
    numbers = np.arange(len(futures), dtype=np.uint32)
    out = []
    for k, row in enumerate(targets):
        made = comparison_of(row, futures.statistics[k], numbers)
        p005, p50, p995 = (float(v) for v in np.quantile(made.predicted, [0.005, 0.5, 0.995]))
        low, high = made.limits
        inside = bool(p005 <= high and low <= p995)
        reached = float(np.mean(distance[k] < CUT))
        out.append(GateRow(row["target_id"], p005, p50, p995, inside, reached, _why(inside, reached, low, p005)))
    return out


def _why(inside: bool, reached: float, low: float, p005: float) -> str:
    if not inside:
        side = "below" if low > p005 else "above"
        return f"every likely future of the prior lies {side} the report: mechanism or prior"
    if reached < 0.01:
        return "reached by fewer than one future in a hundred"
    return ""


def not_ruled_out(futures: Futures, targets: Sequence[Row], but: int) -> float:
    """Share of futures whose implausibility is below the cut on all rows but the `but` worst."""
    ordered = np.sort(implausibility(futures.statistics, targets), axis=0)
    return float(np.mean(ordered[-1 - but] < CUT)) if len(targets) > but else 1.0
