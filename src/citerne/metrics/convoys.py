"""Loss of convoys in closed form."""

from __future__ import annotations


def convoy_law_loss_share(lost_per_convoy: float, size: float) -> float:
    """Share of ships or trucks lost when each convoy loses the same number whatever its size (Blackett; check A10)."""
    return lost_per_convoy / size
