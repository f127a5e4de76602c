"""A gate that is shut, orders cut at the source, fuel that comes by the ship, a street that keeps its own price."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import citerne
from citerne.case.case import BUNDLED

SOURCED = "worked by hand,A"


def changed(folder: Path, toy: str, inputs: tuple[str, ...] = (), **columns: str) -> Path:
    """A copy of a toy case with more inputs (lever,target,value,first,last) and one more column of corridors."""
    shutil.copytree(BUNDLED / toy, folder)
    path = folder / "inputs.csv"
    rows = ["input_id,lever,target,value,date_start,date_end,role,known_date,source,confidence"]
    rows.append(f"no_customs,customs_h,,0,2025-01-01,,input,2025-01-01,{SOURCED}")
    rows += [
        f"i{k},{lever},{target},{value},{first},{last},input,2025-01-01,{SOURCED}"
        for k, (lever, target, value, first, last) in enumerate(row.split(",") for row in inputs)
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for name, cells in columns.items():
        lines = (folder / "corridors.csv").read_text(encoding="utf-8").splitlines()
        added = [name, *cells.split(",")]
        text = "\n".join(f"{line},{cell}" for line, cell in zip(lines, added, strict=True))
        (folder / "corridors.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def test_a_shut_gate_traps_the_stock_and_its_own_users_are_still_served(tmp_path: Path) -> None:
    # days 5 to 12 (from 0): nothing leaves the capital; then it all may
    case = changed(tmp_path / "gate", "toy_road", ("loading_max,capital,0,2025-01-06,2025-01-13",))
    results = citerne.run(case, members=64, days=20, record_all=True)
    loaded = results.series("trucks_loaded", "capital", "")
    assert (loaded[5:13] == 0).all()
    assert (loaded[13] == 6).all()  # a day of need, 240 m3, the most that legs ask for here
    petrol = results.series("stock_volume", "capital", "gasoline")
    assert (petrol[12] > petrol[4] + 7 * 120 - 400).all()  # 400 m3 a day come, 280 are used, and 120 stay inside
    assert (results.series("stations_open_share", "capital", "all")[5:13] > 0).all()
    assert max(results.balance.values()) == 0


def test_a_narrow_gate_lets_its_days_of_need_through(tmp_path: Path) -> None:
    # midtown and far_town need 240 m3 a day together; half a day of that may leave the capital: three trucks of 40 m3
    case = changed(tmp_path / "gate", "toy_road", ("loading_max,capital,0.5,2025-01-01,",))
    results = citerne.run(case, members=32, days=15, record_all=True)
    delivered = results.series("deliveries_volume", "midtown", "all")
    assert (delivered <= 120 + 1e-3).all()
    assert delivered[3:].mean() == pytest.approx(120, rel=0.02)


def test_orders_cut_to_half_halve_what_comes(tmp_path: Path) -> None:
    case = changed(tmp_path / "orders", "toy_depot", ("orders,all,0.5,2025-01-01,",))
    came = citerne.run(case, members=4, days=30, record_all=True).series("imports_volume", "depotland", "gasoline")
    assert came[4:].mean() == pytest.approx(50, rel=0.1)  # 100 m3 a day in normal trade; whole trucks of 5 m3


def test_ships_bring_the_same_in_lumps_and_not_on_the_same_day(tmp_path: Path) -> None:
    case = changed(tmp_path / "ship", "toy_depot", parcel_m3="325,")  # five days of gasoline by the western way
    results = citerne.run(case, members=256, days=30, record_all=True)
    west = results.series("tankers_arrived", "west", "all")
    assert set(np.unique(west[3:])) <= {0.0, 65.0, 130.0}  # 325 m3 are 65 trucks; both products may come together
    gasoline = 7 / 65  # ships a day: 35 m3 a day by the western way
    diesel = 4 / 65
    a_day = 65 * (gasoline + diesel)
    error = 4 * 65 * np.sqrt(2 / 12) / (27 * np.sqrt(256))  # each product's phase is uniform within one ship
    assert abs(west[3:].mean() - a_day) < error + a_day * 0.01
    first = np.argmax(west[3:] > 0, axis=0)
    assert len(np.unique(first)) > 5


def test_a_new_pump_price_leaves_the_street_its_own(tmp_path: Path) -> None:
    shut = ("closed,all,1,2025-01-01,", "price_pump_factor,all,2,2025-01-25,")
    case = changed(tmp_path / "price", "toy_depot", shut)
    settings = {"street_speed": 1.0, "street_cap": 5.0, "opening_factor_hub": 0.2}
    results = citerne.run(case, members=4, days=30, record_all=True, settings=settings)
    street = results.series("price_street", "town", "gasoline")
    pump = results.series("price_pump", "town", "gasoline")
    cap = 5.0 * 1000
    assert street[23] == pytest.approx(cap)  # nothing is sold: the street asks what smuggled fuel costs
    assert (pump[23:25, 0] == [1000, 2000]).all()
    assert street[24:] == pytest.approx(np.full((6, 4), cap))  # and goes on asking it
