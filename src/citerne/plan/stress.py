"""What `citerne stress` finds: worst cuts with their answer, criticality of segments, break-points."""

from __future__ import annotations

from dataclasses import dataclass

from citerne.plan.breakpoints import Breakpoint
from citerne.plan.cuts import Criticality, Cut, criticality, worst_cuts
from citerne.plan.segments import SupplyNetwork

TIME_LIMIT_S = 20.0


@dataclass(frozen=True)
class Stress:
    """Cuts by number of segments closed, segments by what their closure alone costs, break-points."""

    cuts: tuple[Cut, ...]
    criticality: tuple[Criticality, ...]
    breakpoints: tuple[Breakpoint, ...]


def cut_stress(network: SupplyNetwork, budget: int, protections: int | None) -> Stress:
    """Worst cuts and criticality of a supply network; segments whose closure costs nothing are left out."""
    cuts = worst_cuts(
        network.segments, network.sources, network.sinks, budget, protections=protections, time_limit_s=TIME_LIMIT_S
    )
    drops = criticality(network.segments, network.sources, network.sinks)
    return Stress(cuts, tuple(item for item in drops if item.drop > 1e-6), ())
