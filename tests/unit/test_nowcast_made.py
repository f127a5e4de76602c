"""A nowcast of a small country: exact ledger, same bytes, local effects, private files, allotment, learning."""

from __future__ import annotations

import dataclasses
import datetime as dt
import stat
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from calibrate_cases import small_country
from citerne.calibrate.tempering import kish_size
from citerne.case.case import Case, load
from citerne.nowcast import ledger
from citerne.nowcast.allot import allot, fill
from citerne.nowcast.consignments import learn
from citerne.nowcast.nowcast import Nowcast, nowcast
from citerne.nowcast.questions import Sorted, sort_rows
from citerne.nowcast.reading import Situation
from citerne.nowcast.sheet import SHEETS
from citerne.nowcast.transport import move, systematic, tempered

DAY = dt.date(2025, 1, 15)
SMALL = 256


def row(sheet: str, number: int, **cells: Any) -> dict[str, Any]:
    """A row of a sheet, known the day it was counted, reliability B."""
    table = next(one for one in SHEETS if one.name == sheet)
    empty = {column.name: None for column in table.columns}
    base = {"_sheet": sheet, "_title": sheet, "_row": number, "reliability": "B"}
    full = {**empty, **base, **cells}
    return full | {"known_date": full["known_date"] or full["date"]}


def stock(number: int, place: str, m3: float, product: str = "gasoline", day: int = 14) -> dict[str, Any]:
    return row("stocks", number, date=dt.date(2025, 1, day), place=place, product=product, stock_m3=m3)


def situation(case: Case, *rows: dict[str, Any], day: dt.date = DAY) -> Sorted:
    by = {table.name: tuple(r for r in rows if r["_sheet"] == table.name) for table in SHEETS}
    return sort_rows(case, Situation(by), day)


def made(case: Case, *rows: dict[str, Any], **other: Any) -> Nowcast:
    return nowcast(case, situation(case, *rows), DAY, members=SMALL, horizon=14, **other)


def of(payload: dict[str, Any], place: str, product: str = "gasoline") -> dict[str, Any]:
    return next(r for r in payload["risk"] if (r["place"], r["product"]) == (place, product))


LOAD = row("consignments", 9, date=dt.date(2025, 1, 14), consignment="L1", owner="humanitarian", product="diesel",
           volume_m3=100.0, place="far_town", mode="road", status="moving", dispatched_date=dt.date(2025, 1, 13),
           eta_best=dt.date(2025, 1, 18))  # fmt: skip
BORDER = row("border", 3, date=dt.date(2025, 1, 14), place="west_border", trucks_waiting=30)


def test_the_ledger_is_exact_with_counts_and_loads() -> None:
    rows = (stock(2, "capital", 3000), stock(3, "midtown", 100), stock(4, "far_town", 50, "diesel"), BORDER, LOAD)
    found = made(small_country(), *rows).payload["ledger"]
    assert [one["imbalance_l"] for one in found.values()] == [0, 0]
    assert found["gasoline"]["found_l"] != 0
    assert found["diesel"]["consigned_l"] > 0


def test_the_same_sheet_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    case = small_country()
    rows = (stock(2, "capital", 3000), BORDER, LOAD)
    folders = [
        ledger.store(tmp_path / str(jobs), situation(case, *rows), made(case, *rows, jobs=jobs)) for jobs in (1, 2)
    ]
    assert folders[0].name == folders[1].name
    for file in folders[0].iterdir():
        assert file.read_bytes() == (folders[1] / file.name).read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folders[0].stat().st_mode) == 0o700


def test_a_count_pulls_its_town_and_narrows_it() -> None:
    case = small_country()
    bare, counted = made(case).payload, made(case, stock(2, "capital", 2000, day=15)).payload
    low, high = of(counted, "capital")["stock_m3_p05"], of(counted, "capital")["stock_m3_p95"]
    assert low < 2000 < high
    assert high - low < 0.5 * (of(bare, "capital")["stock_m3_p95"] - of(bare, "capital")["stock_m3_p05"])


def test_a_row_of_an_end_town_changes_no_other_town_today_and_hardly_any_later() -> None:
    case = with_islet(small_country())
    bare, counted = made(case).payload, made(case, stock(2, "islet", 200, day=15)).payload
    pairs = {(r["place"], r["product"]): (r, of(bare, r["place"], r["product"])) for r in counted["risk"]}
    own, before = pairs.pop(("islet", "gasoline"))
    assert own["stock_m3_p95"] - own["stock_m3_p05"] != before["stock_m3_p95"] - before["stock_m3_p05"]
    for now, then in pairs.values():
        today = [name for name in now if name.startswith(("stock_m3", "cover"))]
        assert [now[name] for name in today] == [then[name] for name in today]
        # traders load by the country's stock, of which the islet holds a little
        assert abs(now["dry_within_14"] - then["dry_within_14"]) <= 0.01


def with_islet(case: Case) -> Case:
    """The same country with a town that no road reaches, and so no other town's business."""
    town = dict(next(r for r in case.rows("places") if r["place"] == "far_town")) | {
        "place": "islet", "name_en": "Islet", "name_fr": "Îlot"}  # fmt: skip
    need = dict(next(r for r in case.rows("demand") if r["place"] == "far_town")) | {"place": "islet"}
    tank = dict(next(r for r in case.rows("storage") if r["place"] == "far_town")) | {
        "place": "islet", "opening_stock_m3": 900.0}  # fmt: skip
    added = {"places": (town,), "demand": (need,), "storage": (tank,)}
    tables = {name: (*rows, *added.get(name, ())) for name, rows in case.tables.items()}
    return dataclasses.replace(case, tables=MappingProxyType(tables))


def test_a_questioned_row_changes_nothing_but_the_list_of_rows_set_aside() -> None:
    case = small_country()
    bare, odd = made(case).payload, made(case, stock(2, "capital", 3_900_000)).payload
    assert odd["risk"] == bare["risk"]
    assert [one["row"] for one in odd["set_aside"]] == [2]


def test_a_second_country_without_calibration_has_a_nowcast_from_its_prior() -> None:
    case = load("toy_depot")
    one = row("stocks", 2, date=DAY, place="town", product="diesel", stock_m3=100.0)
    found = nowcast(case, situation(case, one), DAY, members=SMALL, horizon=14).payload
    assert found["unknowns"] == "prior"
    assert of(found, "town", "diesel")["cover_p50"] == pytest.approx(2.5, rel=0.2)


def test_haiti_which_nobody_calibrated_has_a_nowcast_from_its_prior_and_a_first_sheet() -> None:
    day = dt.date(2022, 8, 1)
    case = load("haiti", until=day)
    one = row("stocks", 2, date=day, place="port_au_prince", product="gasoline", stock_m3=900.0)
    found = nowcast(case, situation(case, one, day=day), day, members=SMALL, horizon=14).payload
    there = of(found, "port_au_prince")
    assert found["unknowns"] == "prior"
    assert there["stock_m3_p05"] < 900 < there["stock_m3_p95"]
    assert there["stock_m3_p95"] - there["stock_m3_p05"] < 900
    assert all(0 <= r["dry_within_14"] <= 1 for r in found["risk"])
    assert {abs(one["imbalance_l"]) for one in found["ledger"].values()} == {0}


def test_a_stored_nowcast_is_scored_when_facts_come(tmp_path: Path) -> None:
    case = small_country()
    first = situation(case, stock(2, "far_town", 300, day=8), day=dt.date(2025, 1, 8))
    ledger.store(tmp_path, first, nowcast(case, first, dt.date(2025, 1, 8), members=SMALL, horizon=14))
    second = situation(case, stock(2, "far_town", 300, day=8), stock(3, "far_town", 1, day=15))
    scores = ledger.score_rows(case, tmp_path, second)
    assert [(s["lead"], s["crps_persistence"]) for s in scores] == [(7, 299)]
    assert ledger.summary(scores)["scores"][0]["facts"] == 1


def test_arrivals_teach_delay_and_loss() -> None:
    def load_row(k: int, late: int, status: str) -> dict[str, Any]:
        return row("consignments", k, date=DAY, consignment=f"L{k}", owner="trade", status=status,
                   dispatched_date=dt.date(2025, 1, 1), eta_best=dt.date(2025, 1, 5),
                   arrived_date=dt.date(2025, 1, 5 + late))  # fmt: skip

    none, late = learn([]), learn([load_row(k, 4, "arrived") for k in range(8)] + [load_row(9, 0, "lost")] * 3)
    assert late.log_delay > none.log_delay
    assert late.log_delay == pytest.approx((2 * 0.2 + 8 * np.log(2)) / 10)
    assert late.loss == pytest.approx((1 + 3) / (10 + 11))


def test_the_pool_goes_by_its_rule() -> None:
    asks = [
        row("requests", k, date=DAY, request=f"R{k}", place="capital", product="diesel", user_class=who, litres=litres,
            litres_per_day=a_day, weight=weight)
        for k, (who, litres, a_day, weight) in enumerate(
            [("water", 600.0, 100.0, 1.0), ("hospital", 500.0, 50.0, 1.0), ("private", 900.0, 300.0, 4.0)])
    ]  # fmt: skip
    pools = {("capital", "diesel"): 900.0}
    given = {rule: {r["request"]: r["allotted_l"] for r in allot(asks, pools, rule)} for rule in
             ("life_saving", "equal_days", "weighted")}  # fmt: skip
    assert given["life_saving"] == {"R1": 500, "R0": 400, "R2": 0}
    assert given["equal_days"] == pytest.approx({"R0": 200, "R1": 100, "R2": 600})
    assert given["weighted"] == pytest.approx({"R0": 900 * 600 / 4700, "R1": 900 * 500 / 4700, "R2": 900 * 3600 / 4700})
    assert fill([10, 10], [1, 3], 16) == pytest.approx([6, 10])


def test_weights_and_maps_agree_with_the_normal_law() -> None:
    rng = np.random.default_rng(3)
    prior = rng.normal(0, 1, 4096)
    grid = np.linspace(-8, 8, 800)
    moved = move(prior, grid, np.exp(-0.5 * ((grid - 2) / 1) ** 2), broad=0.0)
    # conjugate: N(1, 1/2); the kernel widens the prior by (0.9 n^-0.2)^2 = 3 %
    assert moved.mean() == pytest.approx(1.0, abs=4 * 0.71 / 64 + 0.03)
    assert moved.std() == pytest.approx(0.5**0.5, abs=4 * 0.71 / 90 + 0.01)
    assert np.array_equal(np.argsort(moved), np.argsort(prior))
    weights, power = tempered(-0.5 * ((prior - 6) / 0.1) ** 2, 0.25)
    assert power < 1
    assert kish_size(weights) == pytest.approx(0.25 * 4096, rel=0.01)
    index = systematic(weights, 0.5)
    assert np.all(np.abs(np.bincount(index, minlength=4096) - 4096 * weights) < 1)
