"""Importers and spoilt files: a clear message or a correct result, never a traceback, never a silent loss."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from exchange_files import LAYOUTS, Table
from mutations import Spoilt, spoil
from osm_writing import Drawing

from citerne.base.errors import CiterneError, DataError
from citerne.exchange.common import Report
from citerne.roads.osm_import import OsmImport, import_osm
from proving import write_proof


def _read(table: Table, path: Path) -> tuple[list[object], Report] | DataError:
    try:
        items, report = table.read(path)
    except DataError as error:
        return error
    return items, report


def check(layout: str, seed: int, folder: Path, counts: Counter[str]) -> None:
    """Spoil one file and hold the importer to its promise; anything but DataError escapes and fails the test."""
    sound = LAYOUTS[layout]()
    s: Spoilt = spoil(LAYOUTS[layout](), seed)
    path = folder / "x.csv"
    path.write_bytes(s.raw)
    result = _read(s.table, path)
    where = (layout, seed, s.done)
    if isinstance(result, DataError):
        counts["refused with a message"] += 1
        assert result.faults, where
        assert all(fault.found and fault.expected for fault in result.faults), where
        assert not s.same, (*where, str(result))
        return
    items, report = result
    assert report.rows_read == report.rows_used + len(report.set_aside), where
    assert all(len(aside.reason) > 5 and aside.row > 1 for aside in report.set_aside), where
    assert len({aside.row for aside in report.set_aside}) == len(report.set_aside), where
    if s.rows is not None:
        # a title pasted over or a row that was blanked aside, every row that a person counts is accounted for
        assert report.rows_read == s.rows, (*where, report.rows_read, s.rows)
    if s.same:
        path.write_text(sound.text(), encoding="utf-8", newline="")
        expected, _report = sound.read(path)
        assert items == expected, where
        assert not report.set_aside, where
        counts["unspoilt in meaning: same result"] += 1
    else:
        counts["read, the rest set aside" if report.set_aside else "read whole"] += 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_hundred_spoilt_files_of_each_layout_are_read_or_refused_without_silent_loss(tmp_path, layout):
    counts: Counter[str] = Counter()
    for seed in range(100):
        check(layout, seed, tmp_path, counts)
    assert counts["refused with a message"] > 0
    assert sum(counts.values()) == 100


def _drawing(seed: int) -> Drawing:
    rng = random.Random(seed)
    d = Drawing()
    nodes = [
        d.node(
            rng.uniform(-8, -4), rng.uniform(11, 14), **({"place": "town", "name": f"Ville {i}"} if i % 3 == 0 else {})
        )
        for i in range(24)
    ]
    for _way in range(14):
        d.way(
            rng.sample(nodes, rng.randint(2, 5)),
            oneway=rng.choice(["", "yes", "no"]),
            maxspeed=rng.choice(["", "50", "x"]),
        )
    return d


def check_extract(seed: int, folder: Path, counts: Counter[str]) -> None:
    """Spoil an extract: bytes of the compressed form, or the text of the XML form."""
    rng = random.Random(seed)
    binary = seed % 2 == 0
    path = _drawing(seed).write(folder / ("x.osm.pbf" if binary else "x.osm"))
    raw = bytearray(path.read_bytes())
    if binary:
        for _time in range(rng.randint(1, 4)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
    else:
        words = (
            (b'lat="1', b'lat="NaN'),
            (b'lon="-', b'lon="9'),
            (b'ref="2', b'ref="777'),
            (b"<nd ", b"<nd></nd"),
            (b'id="', b'id="-'),
        )
        old, new = rng.choice(words)
        raw = bytearray(bytes(raw).replace(old, new, rng.randint(1, 5)))
    if rng.random() < 0.3:
        raw = raw[: rng.randrange(len(raw))]
    path.write_bytes(bytes(raw))
    result: OsmImport | str
    try:
        result = import_osm(path)
    except CiterneError as error:
        result = str(error)
    if isinstance(result, str):
        assert "x.osm" in result
        counts["refused with a message"] += 1
        return
    assert result.report["segments"] == len(result.roads)
    assert all(row["length_km"] >= 0 for row in result.roads)
    counts["read"] += 1


def test_a_hundred_spoilt_extracts_are_read_or_refused(tmp_path):
    counts: Counter[str] = Counter()
    for seed in range(100):
        check_extract(seed, tmp_path, counts)
    assert sum(counts.values()) == 100
    assert min(counts.values()) > 0


@pytest.mark.prove
def test_two_thousand_spoilt_files_of_each_importer(tmp_path):
    found: dict[str, dict[str, int]] = {}
    for layout in LAYOUTS:
        counts: Counter[str] = Counter()
        for seed in range(10_000, 12_000):
            check(layout, seed, tmp_path, counts)
        found[layout] = dict(sorted(counts.items()))
    counts = Counter()
    for seed in range(10_000, 12_000):
        check_extract(seed, tmp_path, counts)
    found["osm"] = dict(sorted(counts.items()))
    claim = "every importer reads or refuses 2,000 spoilt files without a traceback or a silent loss"
    command = "python -m pytest -m prove tests/unit/test_importers_survive_mutation.py"
    write_proof("importers", claim, command, files_by_layout=found)
