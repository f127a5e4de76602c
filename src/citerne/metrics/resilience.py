"""Resilience loss of a service over time: one pure function."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def resilience_loss(quality: ArrayLike, time_days: ArrayLike | None = None) -> float:
    """Service-days lost: the integral of 1 - quality over time, by the trapezoid rule.

    Parameters
    ----------
    quality : array [time], share of the service that is given, 0 to 1
    time_days : array [time], days, rising, optional
        Left out, the values are one day apart.

    Returns
    -------
    float, service-days. A drop to 40 % with a straight recovery in 30 days loses 9.

    Raises
    ------
    ValueError
        If the lengths differ, time does not rise, or fewer than two moments are given.

    Notes
    -----
    Source: Bruneau et al. (2003), Earthquake Spectra 19:733-752. One figure hides repeated dips: print the series too.

    >>> resilience_loss([0.4, 1.0], [0, 30])
    9.0
    """
    served = np.asarray(quality, dtype=np.float64)
    time = np.arange(len(served), dtype=np.float64) if time_days is None else np.asarray(time_days, dtype=np.float64)
    if served.ndim != 1 or served.shape != time.shape or len(served) < 2:
        raise ValueError(f"quality and time need one length of at least 2, got {served.shape} and {time.shape}")
    if (np.diff(time) <= 0).any():
        raise ValueError("time must rise")
    return float(np.trapezoid(1.0 - served, time))
