"""Stored snapshots: a nowcast from one equals the nowcast from day 0, or starts further back and says why."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from calibrate_cases import small_country
from citerne.nowcast.ledger import clean
from citerne.nowcast.nowcast import Nowcast
from nowcast_rows import made, row

START = dt.date(2025, 1, 1)
CASE = small_country()


def on(day: int) -> dt.date:
    return START + dt.timedelta(days=day)


def counted(number: int, place: str, m3: float, day: int, **other: Any) -> dict[str, Any]:
    return row("stocks", number, on(day), place=place, product="gasoline", stock_m3=m3, **other)


ROWS = (
    counted(2, "capital", 3200, 4), counted(3, "midtown", 110, 4), counted(4, "capital", 2900, 9),
    row("stations", 5, on(10), place="far_town", product="gasoline", open_share=0.4, price_street=1.4),
    # a week that reaches back before the snapshot of day 10
    row("attacks", 6, on(13), corridor="west_road", trucks_destroyed=4), counted(7, "midtown", 80, 14),
    row("measures", 8, on(13), kind="closure", target="west_road", from_date=on(14)),
)  # fmt: skip


def same(one: Nowcast, other: Nowcast) -> bool:
    """Whether two nowcasts are equal byte for byte in all that is stored."""
    texts = [json.dumps(clean(n.payload)) for n in (one, other)]
    arrays = [(f.stock_m3.tobytes(), f.open_share.tobytes()) for n in (one, other) for f in (n.forecast, n.free)]
    return texts[0] == texts[1] and arrays[:2] == arrays[2:]


@pytest.fixture(scope="module")
def fresh() -> Nowcast:
    return made(CASE, on(15), *ROWS)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A ledger with the snapshots of two earlier evenings."""
    for day in (6, 10):
        made(CASE, on(day), *ROWS, snapshots=tmp_path)
    return tmp_path


def test_a_nowcast_from_a_snapshot_equals_the_one_from_day_0_byte_for_byte(stored: Path, fresh: Nowcast) -> None:
    found = made(CASE, on(15), *ROWS, snapshots=stored)
    assert found.start == {"from": "snapshot", "evening_of": on(10).isoformat(), "passed_over": []}
    assert same(found, fresh)
    again = made(CASE, on(15), *ROWS, snapshots=stored)
    assert again.start["evening_of"] == on(15).isoformat()
    assert same(again, fresh)


def test_a_late_row_goes_back_to_the_snapshot_before_it(stored: Path) -> None:
    late = counted(9, "capital", 2950, 8, known_date=on(12))
    found = made(CASE, on(15), *ROWS, late, snapshots=stored)
    assert found.start["evening_of"] == on(6).isoformat()
    assert [one["evening_of"] for one in found.start["passed_over"]] == [on(10).isoformat()]
    assert "new, changed or gone" in found.start["passed_over"][0]["why"]
    assert same(found, made(CASE, on(15), *ROWS, late))


def test_a_row_later_than_every_snapshot_goes_back_to_day_0_when_it_speaks_of_the_first_days(stored: Path) -> None:
    revised = counted(9, "capital", 3500, 4, known_date=on(12))
    found = made(CASE, on(15), *ROWS, revised, snapshots=stored)
    assert found.start["from"] == "day 0"
    assert len(found.start["passed_over"]) == 2
    assert same(found, made(CASE, on(15), *ROWS, revised))


def test_other_levers_in_the_past_another_seed_or_a_new_prior_make_a_snapshot_useless(stored: Path) -> None:
    shut = row("measures", 9, on(8), kind="closure", target="east_road", from_date=on(8), known_date=on(12))
    assert made(CASE, on(15), *ROWS, shut, snapshots=stored).start["evening_of"] == on(6).isoformat()
    assert made(CASE, on(15), *ROWS, snapshots=stored, seed=2).start["from"] == "day 0"
    other = small_country({"loss_at_50": ("lognormal", 2.5, 6.0, 9.0)})
    assert made(other, on(15), *ROWS, snapshots=stored).start["from"] == "day 0"


def test_rows_moved_in_the_file_are_the_same_rows(stored: Path, fresh: Nowcast) -> None:
    shifted = tuple({**one, "_row": one["_row"] + 20} for one in ROWS)
    assert made(CASE, on(15), *shifted, snapshots=stored).start["evening_of"] == on(10).isoformat()


def test_a_spoilt_snapshot_is_passed_over_and_told(stored: Path, fresh: Nowcast) -> None:
    last = max(stored.glob("*.npz"))
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 1
    last.write_bytes(bytes(content))
    found = made(CASE, on(15), *ROWS, snapshots=stored)
    assert found.start["passed_over"] == [{"evening_of": on(10).isoformat(), "why": "not whole"}]
    assert found.start["evening_of"] == on(6).isoformat()
    assert same(found, fresh)


def test_a_snapshot_that_may_not_be_read_is_passed_over(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last, read = max(stored.glob("*.npz")), Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == last:
            raise PermissionError(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert made(CASE, on(15), *ROWS, snapshots=stored).start["evening_of"] == on(6).isoformat()


def test_fresh_ignores_what_is_stored(stored: Path) -> None:
    assert made(CASE, on(15), *ROWS, snapshots=stored, fresh=True).start["from"] == "day 0"


def test_snapshots_are_for_their_owner_and_few(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    for day in range(1, 25):
        made(CASE, on(day), snapshots=folder, members=64, horizon=1)
    paths = sorted(folder.iterdir())
    days = [int(path.stem.split("-")[1]) for path in paths]
    # the newest, and the last of each of three weeks before
    assert days == [13, 20, 21, 22, 23, 24, 25]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
