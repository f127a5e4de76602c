"""Scores of displacement flows, and the shares of the radiation model: pure functions of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def averaged_relative_difference(simulated: ArrayLike, observed: ArrayLike, divisor: ArrayLike | None = None) -> float:
    """Mean over days of (sum over camps of |simulated - observed|) / divisor.

    Parameters
    ----------
    simulated, observed : array [camp] or [day, camp], people
    divisor : array [day], people, optional
        Left out, it is the sum of the observed camps of the day. Flee divides by a raw count that holds the total
        series of day 0 once more; give that count here for Flee's own definition, in which a day whose count is not
        positive has the error 0.

    Returns
    -------
    float, twice the share of people in the wrong place where both totals agree; not-a-number without any day.
    Days on which the sum of the observed camps is 0 are left out, as no share exists on them.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Source: Suleimenova, Bell and Groen (2017), Scientific Reports 7:13377.

    >>> round(averaged_relative_difference([100, 200, 300], [120, 150, 330]), 6)
    0.166667
    """
    errors = relative_difference_by_day(simulated, observed, divisor)
    known = errors[np.isfinite(errors)]
    return float(known.mean()) if known.size else float("nan")


def relative_difference_by_day(
    simulated: ArrayLike, observed: ArrayLike, divisor: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Relative difference of each day [day]; see `averaged_relative_difference`."""
    there, here = (np.atleast_2d(np.asarray(values, dtype=np.float64)) for values in (simulated, observed))
    if there.shape != here.shape:
        raise ValueError(f"simulated has the shape {there.shape}, observed {here.shape}")
    misplaced = np.abs(there - here).sum(axis=1)
    if divisor is None:
        total = here.sum(axis=1)
        return np.asarray(np.divide(misplaced, total, out=np.full(len(total), np.nan), where=total > 0))
    total = np.atleast_1d(np.asarray(divisor, dtype=np.float64))
    return np.asarray(np.divide(misplaced, total, out=np.zeros(len(total)), where=total > 0))


def radiation_share(mass_here: ArrayLike, mass_there: ArrayLike, mass_between: ArrayLike) -> NDArray[np.float64]:
    """Share of those who leave here that go there, by the radiation model (no free parameter).

    share = m n / ((m + s)(m + n + s)), with m people here, n there, and s inside the circle around here that reaches
    there, both ends left out.

    Parameters
    ----------
    mass_here, mass_there, mass_between : arrays of one shape (or scalars), people, >= 0

    Returns
    -------
    array, 0 to 1; 0 where nobody is anywhere.

    Notes
    -----
    Source: Simini et al. (2012), Nature 484:96-100. It is poor for forced flows: they are pushed, not attracted.

    >>> round(float(radiation_share(100, 200, 300)), 6)
    0.083333
    """
    m, n, s = (np.asarray(values, dtype=np.float64) for values in (mass_here, mass_there, mass_between))
    below = (m + s) * (m + n + s)
    return np.divide(m * n, below, out=np.zeros(np.broadcast(m, n, s).shape), where=below > 0)
