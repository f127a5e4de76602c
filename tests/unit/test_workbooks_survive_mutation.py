"""Spoilt workbooks: a clear message with sheet and row, or a sound case; never anything else."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_new_case import ENCLAVE, FACTS, answered

from citerne.base.errors import DataError, UsageError
from citerne.case.case import load
from citerne.exchange.case_workbook import export_case, import_case
from citerne.exchange.known import Known
from citerne.exchange.new_case import build_case
from citerne.exchange.questionnaire import read_answers
from citerne.model.check import load_checked
from proving import write_proof

NASTY: tuple[Any, ...] = (
    None, "", "x", "NaN", float("inf"), -1, 1e300, "=1+1", "#REF!", "١٢", "a>b", "é" * 400, True, 0,
    dt.datetime(2026, 1, 1, 5), dt.date(1900, 1, 1), dt.time(3), "2026-13-45", "12,5", " town ", "hub\nx",
)  # fmt: skip


def spoil(path: Path, seed: int) -> str:
    """Change a workbook in one to four ways; returns what was done."""
    rng = random.Random(seed)
    if rng.random() < 0.1:
        raw = bytearray(path.read_bytes())
        raw = raw[: rng.randrange(len(raw))] if rng.random() < 0.5 else raw
        for _time in range(rng.randint(0, 5)):
            if raw:
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        path.write_bytes(bytes(raw))
        return "bytes"
    book = openpyxl.load_workbook(path)
    done = []
    for _time in range(rng.randint(1, 4)):
        sheet = book[rng.choice(book.sheetnames)]
        row, column = rng.randint(1, max(sheet.max_row, 2)), rng.randint(1, max(sheet.max_column, 1))
        what = rng.choice(("cell", "cell", "cell", "cell", "delete row", "delete column", "insert", "rename", "remove"))
        done.append(what)
        if what == "cell":
            sheet.cell(row, column).value = rng.choice(NASTY)
        elif what == "delete row":
            sheet.delete_rows(row)
        elif what == "delete column":
            sheet.delete_cols(column)
        elif what == "insert":
            sheet.insert_rows(row)
        elif what == "rename":
            sheet.title = rng.choice(("Sheet1", sheet.title.upper(), sheet.title + "s"))
        elif len(book.sheetnames) > 1:
            book.remove(sheet)
    book.save(path)
    return ", ".join(done)


def assert_told(error: DataError, where: object) -> None:
    """Every fault says what was found, what is expected, and which sheet."""
    assert error.faults, where
    for fault in error.faults:
        assert fault.found, where
        assert fault.expected, where
        assert fault.file.startswith("book.xlsx"), (where, fault)


def check_case(seed: int, sound: Path, folder: Path, counts: Counter[str]) -> None:
    """A spoilt workbook of a case is refused, or comes in as a case that loads."""
    book = folder / "book.xlsx"
    shutil.copyfile(sound, book)
    done = spoil(book, seed)
    shutil.rmtree(folder / "out", ignore_errors=True)
    try:
        case = import_case(book, folder / "out")
    except DataError as error:
        assert_told(error, (seed, done))
        assert not (folder / "out").exists()
        counts["refused with a message"] += 1
        return
    assert case.rows("places"), (seed, done)
    counts["read"] += 1


def check_answers(seed: int, sound: Path, folder: Path, counts: Counter[str]) -> None:
    """A spoilt questionnaire is refused, or gives a case that loads."""
    book = folder / "book.xlsx"
    shutil.copyfile(sound, book)
    done = spoil(book, seed)
    known = Known("Testland", "testland", dt.date(2026, 1, 1))
    shutil.rmtree(folder / "made", ignore_errors=True)
    try:
        read_answers(known, book)
        build_case(known).write(folder / "made")
    except DataError as error:
        assert_told(error, (seed, done))
        counts["refused with a message"] += 1
        return
    except UsageError as error:
        counts["refused with a message" if len(str(error)) > 20 else "refused without a word"] += 1
        return
    load_checked(folder / "made")
    counts["read"] += 1


@pytest.fixture
def sound(tmp_path: Path) -> tuple[Path, Path]:
    """A workbook of a toy case, and a filled questionnaire."""
    export_case(load("toy_depot"), tmp_path / "sound.xlsx")
    return tmp_path / "sound.xlsx", answered(tmp_path, ENCLAVE, FACTS)


def test_thirty_spoilt_workbooks_of_each_kind(tmp_path: Path, sound: tuple[Path, Path]) -> None:
    case, answers = sound
    counts: Counter[str] = Counter()
    for seed in range(30):
        check_case(seed, case, tmp_path, counts)
        check_answers(seed, answers, tmp_path, counts)
    assert counts["read"] + counts["refused with a message"] == 60
    assert min(counts["read"], counts["refused with a message"]) > 0


@pytest.mark.prove
def test_two_thousand_spoilt_workbooks_of_each_kind(tmp_path: Path, sound: tuple[Path, Path]) -> None:
    case, answers = sound
    of_case: Counter[str] = Counter()
    of_answers: Counter[str] = Counter()
    for seed in range(10_000, 12_000):
        check_case(seed, case, tmp_path, of_case)
        check_answers(seed, answers, tmp_path, of_answers)
    write_proof("workbooks", "spoilt workbooks are refused with sheet and row, or give a sound case",
                "python -m pytest -m prove tests/unit/test_workbooks_survive_mutation.py",
                case_workbooks=dict(of_case), questionnaires=dict(of_answers))  # fmt: skip
