"""The couplings that carry the insight, in the median future of the Mali case under its priors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import citerne
from citerne.calibrate.score import score

START = dt.date(2025, 8, 25)


@pytest.fixture(scope="module")
def autumn() -> citerne.Results:
    return citerne.run("mali", days=98, members=500, seed=2)


def days(first: dt.date, last: dt.date) -> slice:
    return slice((first - START).days, (last - START).days + 1)


SEPTEMBER = days(dt.date(2025, 9, 1), dt.date(2025, 9, 30))
LAST_OF_AUGUST = days(dt.date(2025, 8, 25), dt.date(2025, 8, 31))


def test_imports_fall_by_a_third_or_more_with_under_a_tenth_of_trucks_lost(autumn: citerne.Results) -> None:
    imports = autumn.series("imports_volume", "mali", "all")
    ratio = imports[SEPTEMBER].mean(axis=0) / imports[LAST_OF_AUGUST].mean(axis=0)
    sent = autumn.series("trucks_dispatched", "mali")[SEPTEMBER].sum(axis=0)
    burned = autumn.series("trucks_destroyed_cumulative", "mali")
    lost = burned[SEPTEMBER.stop - 1] - burned[SEPTEMBER.start - 1]
    assert np.median(ratio) <= 2 / 3
    assert np.median(lost / sent) < 0.1


def test_hauliers_who_refuse_make_the_border_queue_not_burned_trucks(autumn: citerne.Results) -> None:
    waiting = autumn.series("tankers_waiting_border", "mali", "all")
    burned = autumn.series("trucks_destroyed_cumulative", "mali")
    day = (dt.date(2025, 9, 14) - START).days
    assert np.median(waiting[day]) > 5 * np.median(burned[day])
    assert np.median(waiting[day]) > 5 * np.median(waiting[LAST_OF_AUGUST])


def first_dry(results: citerne.Results, place: str) -> np.ndarray:
    """First day with fewer than one station in ten open, by future; 999 if none."""
    dry = results.series("stations_open_share", place, "all") < 0.1
    return np.where(dry.any(axis=0), dry.argmax(axis=0), 999)


def test_mopti_runs_dry_before_bamako(autumn: citerne.Results) -> None:
    mopti, bamako = first_dry(autumn, "mopti"), first_dry(autumn, "bamako")
    assert np.median(mopti) < np.median(bamako)
    assert np.mean(mopti <= bamako) > 0.8


def test_the_street_price_rises_while_the_pump_price_stays(autumn: citerne.Results) -> None:
    street = np.median(autumn.series("price_street", "bamako", "gasoline"), axis=1)
    pump = autumn.series("price_pump", "bamako", "gasoline")
    assert (pump == 775).all()
    assert street[:7].max() == 775
    assert street.max() > 1.5 * 775


def test_power_stays_low_after_the_pumps_recover(autumn: citerne.Results) -> None:
    end = days(dt.date(2025, 11, 24), dt.date(2025, 11, 30))
    stations = np.median(autumn.series("stations_open_share", "bamako", "all")[end].mean(axis=0))
    power = autumn.series("power_hours_per_day", "bamako")
    assert stations > 0.8
    assert np.median(power[end].mean(axis=0)) < 0.75 * np.median(power[LAST_OF_AUGUST].mean(axis=0))


def test_petrol_recovers_before_diesel_and_power(autumn: citerne.Results) -> None:
    end = days(dt.date(2025, 11, 24), dt.date(2025, 11, 30))
    cover = {p: np.median(autumn.series("stock_days", "bamako", p)[end].mean(axis=0)) for p in ("gasoline", "diesel")}
    assert cover["gasoline"] > cover["diesel"]


def test_two_thirds_of_the_modelled_targets_lie_inside_the_prior_band_and_the_bands_mean_something(
    autumn: citerne.Results,
) -> None:
    card = score(autumn, citerne.load("mali").rows("targets"))
    assert len(card.rows) >= 28
    assert card.coverage_90 >= 2 / 3
    exact = [row for row in card.rows if row["bound"] == "exact"]
    wide = []
    for row in exact:
        if row["variable"] in ("price_street", "queue_hours"):
            wide.append(row["p95"] / max(row["p05"], 1e-9) > 20)
        elif row["variable"] == "power_hours_per_day":
            wide.append(row["p95"] - row["p05"] > 24)
    assert len(wide) >= 8
    assert np.mean(wide) < 0.5  # the median band is not wider than a factor of 20, or 24 h
