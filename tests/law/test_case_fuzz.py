"""Whatever is done to the files of a case, loading gives a case or a list of faults, never anything else."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from citerne.base.errors import DataError, UsageError
from citerne.case.case import BUNDLED, Case, load
from citerne.case.grade import grade_case
from citerne.model.names import not_recorded
from proving import write_proof

NASTY = (
    "", " ", "-1", "0", "1e9", "1e308", "-0.0", "nan", "inf", "12,5", "480 km", "a", "é", "\u202f", "'", '"', '""', ",",
    ";", ">", "a>b", ">>", "#", "#REF!", "=1+1", "yes", "YES", "oui", "2025-01-01", "2025-13-01", "45903", "0x10",
    "NULL", "None", "\n", "\r", "\x00", "\ufeff", "🛢", "x" * 10_000, "all", "capital", "town", "port", "west_road",
    "outcome", "variant:x", "a=1;b", "{name}", "%s", "../..", "1" * 400, "٣",
)  # fmt: skip


def cell(rng: random.Random, path: Path) -> None:
    """Overwrite one cell, without minding quotes."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    k = rng.randrange(len(lines))
    cells = lines[k].split(",")
    cells[rng.randrange(len(cells))] = rng.choice(NASTY)
    lines[k] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8", newline="")


def swap_cells(rng: random.Random, path: Path) -> None:
    """Move a cell into another column or row: sound words in wrong places."""
    grid = [line.split(",") for line in path.read_text(encoding="utf-8", errors="replace").split("\n")]
    a, b = rng.choice(grid), rng.choice(grid)
    a[rng.randrange(len(a))] = b[rng.randrange(len(b))]
    path.write_text("\n".join(map(",".join, grid)), encoding="utf-8", newline="")


def rows(rng: random.Random, path: Path) -> None:
    """Drop, repeat or shuffle rows, the header among them."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    what = rng.randrange(3)
    if what == 0:
        del lines[rng.randrange(len(lines))]
    elif what == 1:
        lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    else:
        rng.shuffle(lines)
    path.write_text("\n".join(lines), encoding="utf-8", newline="")


def column(rng: random.Random, path: Path) -> None:
    """Drop or rename a column."""
    grid = [line.split(",") for line in path.read_text(encoding="utf-8", errors="replace").split("\n")]
    k = rng.randrange(len(grid[0]))
    if rng.random() < 0.5:
        grid = [cells[:k] + cells[k + 1 :] for cells in grid]
    else:
        grid[0][k] = rng.choice(NASTY)
    path.write_text("\n".join(map(",".join, grid)), encoding="utf-8", newline="")


def raw_bytes(rng: random.Random, path: Path) -> None:
    """Flip, cut or insert bytes."""
    raw = bytearray(path.read_bytes())
    for _time in range(rng.randrange(1, 6)):
        where = rng.randrange(len(raw) + 1)
        what = rng.randrange(3)
        if what == 0 and where < len(raw):
            raw[where] = rng.randrange(256)
        elif what == 1:
            raw[where:where] = rng.randbytes(rng.randrange(1, 4))
        else:
            del raw[where : where + rng.randrange(1, 40)]
    path.write_bytes(bytes(raw))


def whole_file(rng: random.Random, path: Path) -> None:
    """Remove, empty, re-encode or replace the file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    what = rng.randrange(7)
    if what == 0:
        path.unlink()
    elif what == 1:
        path.write_bytes(b"")
    elif what == 2:
        path.write_text(text.replace(",", rng.choice(";\t|")), encoding="utf-8")
    elif what == 3:
        path.write_bytes(text.replace("\n", rng.choice(["\r", "\r\n"])).encode("utf-8-sig"))
    elif what == 4:
        path.write_bytes(text.encode(rng.choice(["cp1252", "utf-16", "latin-1"]), errors="replace"))
    elif what == 5:
        path.unlink()
        path.mkdir()
    else:
        path.write_text(text * 2, encoding="utf-8")


def exchange(rng: random.Random, path: Path) -> None:
    """Put the content of another file of the case in its place."""
    other = rng.choice([p for p in sorted(path.parent.iterdir()) if p.is_file()])
    path.write_bytes(other.read_bytes())


MUTATIONS: tuple[Callable[[random.Random, Path], None], ...] = (
    cell, cell, cell, cell, swap_cells, swap_cells, rows, column, raw_bytes, whole_file, exchange,
)  # fmt: skip


def well_worded(seed: int, error: DataError) -> None:
    """Every fault has a place, something found, something expected and a mend, on one line."""
    assert error.faults, seed
    for fault in error.faults:
        assert fault.file.endswith((".csv", ".yaml")), (seed, fault)
        assert fault.row >= 0, (seed, fault)
        assert all((fault.found, fault.expected, fault.mend)), (seed, fault)
        assert len(str(fault)) < 1_000, (seed, fault)
        assert "\n" not in str(fault), (seed, fault)


def spoil(seed: int, folder: Path) -> str:
    """Copy a toy case into `folder`, spoil it, load it; the kind of what came of it."""
    rng = random.Random(seed)
    copy = Path(shutil.copytree(BUNDLED / rng.choice(["toy_depot", "toy_road"]), folder / str(seed)))
    for _time in range(rng.choice([1, 1, 1, 2, 5])):
        files = sorted(path for path in copy.iterdir() if path.is_file())
        path = rng.choice(files)
        if path.stat().st_size:
            rng.choice(MUTATIONS)(rng, path)
    try:
        case = load(copy)
    except DataError as error:
        well_worded(seed, error)
        return "faults"
    except UsageError:
        assert not (copy / "case.yaml").is_file(), seed
        return "no case"
    else:
        assert isinstance(case, Case)
        grade_case(case)  # a sound case can be graded ...
        not_recorded(case)  # ... and laid out for the engine
        return "case"
    finally:
        shutil.rmtree(copy)


def test_a_spoilt_case_gives_faults_and_nothing_else(tmp_path):
    kinds = Counter(spoil(seed, tmp_path) for seed in range(200))
    # the mutations must reach all three ends, or the test would prove little
    assert kinds["faults"] >= 100
    assert kinds["case"] >= 10


@pytest.mark.prove
def test_thousands_of_spoilt_cases(tmp_path):
    count = 5_000
    kinds = Counter(spoil(seed, tmp_path) for seed in range(1_000, 1_000 + count))
    assert sum(kinds.values()) == count
    claim = "whatever is done to the files of a case, loading gives a case or a list of faults with mends"
    command = "python -m pytest -m prove tests/law/test_case_fuzz.py"
    ends = dict(sorted(kinds.items()))
    write_proof("case_fuzz", claim, command, mutated_copies=count, seeds=[1_000, 999 + count], ends=ends)
