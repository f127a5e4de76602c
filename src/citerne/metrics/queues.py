"""Queues in closed form: pumps as M/M/c, and the wait that a capped price makes worth while."""

from __future__ import annotations

import math


def erlang_c(servers: int, load: float) -> float:
    """Probability that a customer of an M/M/c queue has to wait.

    Parameters
    ----------
    servers : number of pumps, 1 or more
    load : offered load in Erlang, arrivals over service rate, 0 <= load < servers

    Raises
    ------
    ValueError : the queue has no steady state

    Notes
    -----
    Source: Erlang 1917; any queueing text. Check A25.
    """
    if servers < 1 or not 0 <= load < servers:
        raise ValueError(f"a steady queue needs 0 <= load < servers, found load {load} and {servers} servers")
    term, total = 1.0, 1.0
    for k in range(1, servers):
        term *= load / k
        total += term
    busy = term * load / servers / (1 - load / servers)
    return busy / (total + busy)


def mean_queue_length(servers: int, load: float) -> float:
    """Mean number of customers waiting in an M/M/c queue: P(wait) rho / (1 - rho), rho = load / servers."""
    rho = load / servers
    return erlang_c(servers, load) * rho / (1 - rho)


def rent_dissipating_hours(
    fill_l: float, cap_xof_per_l: float, clearing_ratio: float, time_value_xof_per_h: float
) -> float:
    """Hours of queue per fill that eat up the whole gain of buying at the cap (Barzel 1974; check A26d).

    The clearing price is `clearing_ratio` times the cap; full dissipation is an upper bound (Suen 1989).
    """
    return fill_l * cap_xof_per_l * (clearing_ratio - 1) / time_value_xof_per_h


def supply_ratio_at_price(price_ratio: float, elasticity: float) -> float:
    """Supply over normal demand that a market-clearing price ratio implies: ratio ** elasticity (A26b, A26c)."""
    return math.pow(price_ratio, elasticity)
