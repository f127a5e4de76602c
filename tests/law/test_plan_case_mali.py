"""On the Mali case a minute finds a plan that beats the recorded practice on the same means, whatever the size law."""

from __future__ import annotations

import pytest

from citerne.api import plan
from citerne.plan.search import GROUPS
from proving import write_proof


@pytest.mark.prove
@pytest.mark.parametrize("objective", ["mixed", "people", "cover", "hospital"])
def test_a_minute_beats_the_record_in_every_variant_of_the_size_law(objective: str) -> None:
    found = plan("mali", objective=objective, seconds=60, jobs=2)
    better = [row.variant for row in found.robust_over if row.gain.mean_low > 0]
    write_proof(
        f"plan_mali_{objective}", "60 s of search on the recorded escorts and trucks beat the record on fresh futures",
        f"citerne plan mali --objective {objective} --time 60",
        unit=found.unit, seconds=round(found.seconds, 1), plans_tried=found.tried, fresh_futures=found.fresh_futures,
        recorded=found.recorded_mean, plan=found.plan_mean, bound=found.bound.value, gap=found.bound.gap,
        gain=found.gain.mean, gain_interval_90=[found.gain.mean_low, found.gain.mean_high],
        parts={group: found.parts[group] for group in GROUPS},
        no_threat=found.bound.no_threat, safe_columns=found.bound.safe_columns, open_share=found.bound.open_share,
        by_gamma={r.variant: [r.gain.mean, r.gain.mean_low, r.gain.mean_high] for r in found.by_gamma},
        by_variant={r.variant: [r.gain.mean, r.gain.mean_low, r.gain.mean_high] for r in found.robust_over},
        beside={name: list(pair) for name, pair in found.beside.items()},
    )  # fmt: skip
    assert {"gamma:0", "gamma:half", "gamma:1"} <= {row.variant for row in found.robust_over}
    assert len(better) >= 2
    assert [row.variant for row in found.by_gamma] == ["0", "0.5", "1"]
    assert found.decision.columns(found.frame) <= found.frame.escorts * (1 + 1e-9)
    assert found.plan_fares == found.recorded_fares, "nothing more is paid than in the record"
    assert found.bound.gap >= 0
    assert found.decision.trucks(found.frame) <= found.frame.trucks * (1 + 1e-6)
