"""The catalogue of outcomes is the one that targets and every output use."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from citerne import api
from citerne.case.case import bundled_cases, load
from citerne.model.levers import lay_plan
from citerne.model.outcomes import Catalogue
from citerne.model.world import build_world
from citerne.schema.outcomes import OUTCOME_BY_NAME, OUTCOMES, SPLITS

PROMISED = {
    "imports_volume", "tankers_arrived", "tankers_waiting_border", "trucks_dispatched", "trucks_destroyed_cumulative",
    "secured_convoys", "stock_volume", "stock_days", "dry_share", "stations_open_share", "queue_hours", "price_pump",
    "price_street", "price_multiplier_street", "power_hours_per_day", "transport_fare_multiplier",
    "food_price_multiplier", "person_days_unserved", "people_isolated", "displaced_new", "refugees_new",
    "civilians_killed",
}  # fmt: skip


def test_every_promised_outcome_is_declared_once():
    assert [outcome.name for outcome in OUTCOMES] == list(OUTCOME_BY_NAME)
    assert set(OUTCOME_BY_NAME) >= PROMISED


@pytest.mark.parametrize("name", bundled_cases())
def test_every_series_that_the_model_records_is_in_the_catalogue_with_its_unit(name):
    case = load(name)
    world = build_world(case, lay_plan(case, 1, ()), 1)
    series = Catalogue(case, world, everything=True).series()
    assert series
    for one in series:
        outcome = OUTCOME_BY_NAME[one.variable]
        assert one.unit == outcome.unit_in(case.header.currency)
        assert outcome.by_product or one.product in ("", "all", *SPLITS[outcome.split])


def test_windows_are_summed_up_by_kind():
    assert OUTCOME_BY_NAME["imports_volume"].aggregation == "sum"
    assert OUTCOME_BY_NAME["stock_days"].aggregation == "last"
    assert OUTCOME_BY_NAME["queue_hours"].aggregation == "mean"
    assert OUTCOME_BY_NAME["price_street"].unit_in("XOF") == "XOF/L"


def test_every_target_of_the_record_is_in_the_catalogue_with_its_unit():
    shared = Path(os.environ.get("CITERNE_SHARED") or Path(__file__).parents[2].parent / "shared")
    path = shared / "data" / "mali" / "targets.csv"
    if not path.exists():
        pytest.skip("the shared record is not beside the checkout (CITERNE_SHARED)")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 30
    for row in rows:
        outcome = OUTCOME_BY_NAME[row["variable"]]
        assert row["unit"] == outcome.unit_in("XOF")
        assert outcome.by_product or not row["product"] or row["product"] == "all"


def test_losses_of_a_day_are_recorded_where_a_target_asks_for_them_and_add_up_to_the_running_total():
    results = api.run("mali", members=20, days=40, unknowns="prior")
    daily = results.series("trucks_destroyed", "mali", "all")
    total = results.series("trucks_destroyed_cumulative", "mali", "all")
    assert total[-1].min() > 0
    assert (daily.cumsum(axis=0) == total).all()
    assert not results.has("trucks_destroyed", "dakar_kidira", "all"), "no target asks for it"
