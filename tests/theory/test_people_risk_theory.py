"""Risk figures against their theory, and facilities and street prices read out of a run of known values."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from citerne.base.errors import UsageError
from citerne.metrics.displacement import averaged_relative_difference, radiation_share
from citerne.metrics.facilities import first_to_stop, hours_left
from citerne.metrics.resilience import resilience_loss
from citerne.metrics.risk import chance_above, conditional_value_at_risk, value_at_risk
from citerne.results.results import Provenance, Results, SeriesKey

START = dt.date(2030, 1, 1)


def exponential(mean: float, n: int) -> np.ndarray:
    """Quantiles of an exponential law at the midpoints of n equal parts: a sample without luck."""
    return -mean * np.log1p(-(np.arange(n) + 0.5) / n)


def test_tail_of_an_exponential_loss_is_as_in_theory() -> None:
    # VaR = mean log(1 / (1 - level)), CVaR = VaR + mean (memoryless). The midpoint rule errs by less than the mean over
    # the number of points in the tail for VaR, and by about log(2)/2 of it for the mean of the tail.
    n = 200_000
    losses = exponential(10.0, n)
    room = 10.0 / (0.05 * n)
    assert value_at_risk(losses) == pytest.approx(29.957323, abs=room)
    assert conditional_value_at_risk(losses) == pytest.approx(39.957323, abs=room)
    assert math.isclose(10 * math.log(20), 29.957323, rel_tol=1e-7)


def test_conditional_value_at_risk_is_the_least_of_its_upper_bounds() -> None:
    losses = np.random.default_rng(2).gamma(0.7, 9.0, 4_001)
    for level in (0.5, 0.9, 0.95, 0.99):
        bounds = [c + np.maximum(losses - c, 0).mean() / (1 - level) for c in np.linspace(0, losses.max(), 4_001)]
        assert conditional_value_at_risk(losses, level) <= min(bounds) + 1e-9
        assert conditional_value_at_risk(losses, level) >= value_at_risk(losses, level)


def test_risk_needs_losses_and_a_level() -> None:
    for losses, level in (([], 0.9), ([1.0], 0.0), ([1.0], 1.0)):
        with pytest.raises(ValueError, match="needs losses"):
            conditional_value_at_risk(losses, level)


def test_checks_of_flight_and_recovery_hold_through_public_functions() -> None:
    assert averaged_relative_difference([100, 200, 300], [120, 150, 330]) == pytest.approx(1 / 6, abs=1e-12)
    assert float(radiation_share(100, 200, 300)) == pytest.approx(1 / 12, abs=1e-12)
    assert resilience_loss(np.linspace(0.4, 1.0, 31)) == pytest.approx(9.0, abs=1e-12)


def made(series: dict[tuple[str, str], np.ndarray]) -> Results:
    """Results that hold given values (day, member)."""
    values = np.stack(list(series.values()), axis=1).astype(np.float32)
    provenance = Provenance(
        "x", {"en": "x", "fr": "x"}, "0", START, values.shape[0], values.shape[2], 1, "p", "", (), "0"
    )
    keys = tuple(SeriesKey(variable, place, "", "") for variable, place in series)
    return Results(provenance, keys, values, {}, {}, np.arange(values.shape[2]))


def test_chance_of_a_street_price_far_above_the_pump_counts_futures_by_week_in_any_place() -> None:
    a, b = np.ones((16, 4)), np.ones((16, 4))
    a[3, 0] = 9
    b[8, 0], b[13, 1], b[15, 2] = 10, 8.5, 20  # day 15 lies in a week that the run cuts short
    b[9, 3] = 8  # not above 8
    weeks = chance_above(made({("price_multiplier_street", "a"): a, ("price_multiplier_street", "b"): b}))
    assert [(week.in_week, week.by_then) for week in weeks] == [(0.25, 0.25), (0.5, 0.5)]
    assert weeks[1].first_day == START + dt.timedelta(days=7)
    with pytest.raises(UsageError):
        chance_above(made({("fare", "a"): a}))


def test_who_stops_first_and_hours_left_are_read_off_a_run() -> None:
    never, early, late = np.zeros((10, 4)), np.zeros((10, 4)), np.zeros((10, 4))
    early[5:, :2] = 6
    late[8:, :3] = 9
    left = np.tile(np.array([5.0, 6.0, 7.0, 8.0]), (10, 1))
    results = made(
        {
            ("facility_stop_day", "never"): never, ("facility_stop_day", "late"): late,
            ("facility_stop_day", "early"): early, ("facility_hours_left", "full"): left + 100,
            ("facility_hours_left", "low"): left,
        }
    )  # fmt: skip
    rows = {row.facility: row for row in first_to_stop(results)}
    assert list(rows) == ["early", "late", "never"]
    assert (rows["early"].chance, rows["early"].chance_first) == (0.5, 0.5)
    assert (rows["late"].chance, rows["late"].chance_first) == (0.75, 0.25)
    assert (rows["never"].chance, rows["never"].chance_first) == (0.0, 0.0)
    assert rows["early"].day == START + dt.timedelta(days=5)
    assert rows["never"].day is None
    assert [row.facility for row in hours_left(results, 9)] == ["low", "full"]
    assert hours_left(results, 9)[0].p50 == 6.5
    with pytest.raises(UsageError):
        hours_left(results, 10)
