"""Compiled entries: the table of addresses, the shares of a compilation, and what a kept compilation depends on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citerne.engine import prebuild
from citerne.engine.block import empty_record
from citerne.engine.entry import Entry, array_names, compiled_entry, entry_of, table_of
from citerne.engine.loop import Bound, Call, compile_calls, record


def add(day: Any, whole: Any, seed: Any, half: Any, out: Any) -> None:
    """A step with arrays of three types and one, two and three axes, the clock between them."""
    for a in range(out.shape[0]):
        for b in range(out.shape[1]):
            for i in range(out.shape[2]):
                out[a, b, i] += whole[a] * 1000 + half[b, i] + day + seed


def arrays() -> list[np.ndarray[Any, Any]]:
    """Arguments for `add`: no two axes of one length."""
    whole, half = np.arange(2, dtype=np.int32), np.arange(15, dtype=np.float32).reshape(3, 5) / 2
    return [whole, half, np.zeros((2, 3, 5))]


def test_an_entry_sees_the_arrays_that_the_plain_step_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITERNE_CACHE", str(tmp_path))
    plain, fast = Call("add", add, arrays()), Call("add", add, arrays())
    Bound([plain], None).run(3, 6, 11)
    Bound([fast], compile_calls([fast])).run(3, 6, 11)
    np.testing.assert_array_equal(fast.arrays[2], plain.arrays[2])
    assert plain.arrays[2][1, 2, 4] == 3 * (1000 + 7 + 11) + 3 + 4 + 5


def test_a_second_compilation_is_read_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITERNE_CACHE", str(tmp_path))
    call, told = Call("add", add, arrays()), []
    compile_calls([call], lambda: told.append("first"))
    assert entry_of("add", add, call.arrays).is_kept()
    compile_calls([call], lambda: told.append("second"))
    assert told == ["first"]


def test_the_key_of_an_entry_depends_on_the_types_of_its_arrays() -> None:
    one = entry_of("add", add, arrays())
    other = Entry("add", add, (("i8", 1), *one.arrays[1:]))
    assert one.key() != other.key()
    assert one.key() == entry_of("add", add, arrays()).key()


def test_a_view_with_gaps_is_refused() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        table_of([np.zeros((4, 6))[:, ::2]])


@pytest.mark.parametrize(("lanes", "shift"), [(256, 0), (256, 1), (48, 0), (37, 0), (5, 3), (0, 0)])
def test_a_record_takes_the_same_bytes_by_whole_cache_lines_and_cell_by_cell(lanes: int, shift: int) -> None:
    rng = np.random.default_rng(lanes)
    field = rng.integers(0, 2**30, (4, lanes)).astype(np.int32)
    plan = [np.array([0, 1, 3, 3, 4]), np.array([2, 0, 1, 3]), np.array([1, 1, 0.25, 1], np.float32),
            np.array([1, 1, 1, 0.001])]  # fmt: skip
    records = []
    for entries in (None, "compiled"):
        out = empty_record((3 * 4 * lanes + 16,))[shift : shift + 3 * 4 * lanes].reshape(3, 4, lanes)
        out[:] = -1
        call = Call("record", record, [field, *plan, np.array([0, 5], np.int64), out])
        Bound([call], None if entries is None else compile_calls([call])).run(6, 7, 1)
        records.append(out)
    assert records[0].tobytes() == records[1].tobytes()
    assert (records[0][[0, 2]] == -1).all()  # the other days are left alone
    np.testing.assert_array_equal(
        records[0][1, 3], (field[3].astype(np.float32).astype(float) * 0.001).astype(np.float32)
    )
    np.testing.assert_array_equal(records[0][1, 2], 0)


def test_helper_processes_compile_what_the_caller_then_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITERNE_CACHE", str(tmp_path))
    shapes = [("f4", 2), ("i8", 1), ("i8", 1), ("f4", 1), ("f8", 1), ("i8", 1), ("f4", 3)]
    entries = [Entry("record", record, (kind, *shapes[1:])) for kind in (("f4", 2), ("i4", 2))]
    assert array_names(record)[0] == "field"
    built: list[Entry] = []
    monkeypatch.setattr(prebuild, "compiled_entry", built.append)  # the caller's own share: not compiled here
    prebuild.build_missing(entries, cores=2)
    assert len(built) == 1
    assert [entry.is_kept() for entry in entries] == [entry not in built for entry in entries]


def test_a_process_that_no_other_program_can_import_is_compiled_by_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    built: list[Entry] = []
    monkeypatch.setattr(prebuild, "_start", started.append)
    monkeypatch.setattr(prebuild, "compiled_entry", built.append)
    mine = [entry_of(name, add, arrays()) for name in ("one", "two")]
    prebuild.build_missing(mine, cores=2)
    assert built == mine
    assert not started


def test_compiled_entries_are_found_by_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITERNE_CACHE", str(tmp_path))
    assert compiled_entry(entry_of("add", add, arrays())).address != 0
