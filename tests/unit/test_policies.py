"""Policies and `--set`: what is read, and what is refused with its mend."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from citerne.base.errors import DataError, UsageError
from citerne.case.case import bundled_cases, load
from citerne.case.policies import AS_RECORDED, Setting, find_policy, parse_set, policies_of, read_policy

HEAD = "name: {en: One, fr: Un}\ndescription: {en: One., fr: Un.}\nsets:\n"


@pytest.fixture(scope="module")
def road():
    return load("toy_road")


def refused(tmp_path: Path, road, rows: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    """Line, key and mend of every fault."""
    path = tmp_path / "one.yaml"
    path.write_text(head + rows, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_policy(path, road)
    assert all(fault.file == "one.yaml" and fault.expected and fault.found for fault in caught.value.faults)
    return [(fault.row, fault.column, fault.mend) for fault in caught.value.faults]


def test_every_bundled_policy_is_sound():
    count = 0
    for name in bundled_cases():
        case = load(name)
        for policy in policies_of(case):
            found = find_policy(case, policy)
            assert found.name == policy
            assert found.sets or found.triggers
            count += 1
    assert count >= 8


def test_as_recorded_needs_no_file(road):
    assert find_policy(road) is AS_RECORDED
    assert AS_RECORDED.sets == ()


def test_a_policy_is_found_by_name_or_by_path(road, tmp_path):
    cut = find_policy(road, "towns_cut_off")
    assert [(s.lever, s.target, s.value, s.start, s.end) for s in cut.sets] == [("leg_closed", "all", 1.0, None, None)]
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + "  - {lever: customs_h, value: 24, from: 2025-01-03, until: 2025-01-05}\n")
    mine = find_policy(road, path)
    assert mine.name == "mine"
    assert (mine.sets[0].start, mine.sets[0].end) == (dt.date(2025, 1, 3), dt.date(2025, 1, 5))
    with pytest.raises(Exception, match="frozen"):
        mine.sets[0].value = 3


@pytest.mark.parametrize("name", ["towns_cutoff", "", "../case", "case.yaml", "no/file.yaml", "x" * 5000, "a\0.yaml"])
def test_an_unknown_policy_is_a_usage_error(road, name):
    with pytest.raises(UsageError, match="No policy"):
        find_policy(road, name)
    with pytest.raises(UsageError, match="did you mean towns_cut_off"):
        find_policy(road, "towns_cutoff")


def test_all_faults_of_a_policy_come_at_once(tmp_path, road):
    rows = (
        "  - {lever: custom_h, value: 24}\n"
        "  - {lever: customs_h, value: 9999}\n"
        "  - {lever: closed, target: west_rod, value: 1}\n"
        "  - {lever: customs_h, target: capital, value: 3, from: 2025-01-05, until: 2025-01-01}\n"
        "  - {lever: truce, value: 1}\n"
    )
    assert refused(tmp_path, road, rows)[:-1] == [
        (4, "lever", "did you mean customs_h?"),
        (5, "value", "check the unit"),
        (6, "target", "did you mean west_road?"),
        (7, "target", "leave it out"),
        (7, "until", "swap the two"),
    ]
    assert refused(tmp_path, road, rows)[-1][:2] == (8, "lever")
    assert "inputs.csv or use --set" in refused(tmp_path, road, rows)[-1][2]


MALFORMED = [
    ("  - {lever: closed, value: soon}\n", "sets.0.value", "mend the value"),
    ("  - {lever: closed, value: .nan}\n", "sets.0.value", "mend the value"),
    ("  - {lever: closed}\n", "sets.0.value", "add the key"),
    ("  - {lever: closed, value: 1, untill: 2025-01-05}\n", "sets.0.untill", "did you mean until?"),
    ("  - {lever: closed, value: 1, start: 2025-01-05}\n", "sets.0.start", "did you mean target?"),
    ("  - {lever: closed, value: 1, from: soon}\n", "sets.0.from", "mend the value"),
    ("  - closed\n", "sets.0", "mend the value"),
]


@pytest.mark.parametrize(("rows", "key", "mend"), MALFORMED)
def test_a_malformed_row_names_line_and_key(tmp_path, road, rows, key, mend):
    assert refused(tmp_path, road, rows) == [(4, key, mend)]


WINDOW = "from: 2025-01-05, until: 2025-01-09"
CONTRADICTIONS = [
    ("{lever: closed, target: west_road, value: 1}", "{lever: closed, target: west_road, value: 0}", True),
    ("{lever: closed, target: west_road, value: 1}", "{lever: closed, target: west_road, value: 1}", False),
    ("{lever: closed, target: west_road, value: 1}", "{lever: closed, target: east_road, value: 0}", False),
    (f"{{lever: customs_h, value: 24, {WINDOW}}}", "{lever: customs_h, value: 48, from: 2025-01-09}", True),
    (f"{{lever: customs_h, value: 24, {WINDOW}}}", "{lever: customs_h, value: 48, from: 2025-01-10}", False),
    ("{lever: closed, value: 0}", "{lever: closed, target: west_road, value: 1}", False),  # one out of all
    ("{lever: closed, target: west_road, value: 1}", "{lever: closed, value: 0}", True),  # all covers the one
]


@pytest.mark.parametrize(("one", "other", "clash"), CONTRADICTIONS)
def test_rows_that_contradict_each_other_are_refused(tmp_path, road, one, other, clash):
    rows = f"  - {one}\n  - {other}\n"
    if clash:
        mend = "let the days not overlap, or put the row for all first"
        assert refused(tmp_path, road, rows) == [(5, "value", mend)]
    else:
        path = tmp_path / "one.yaml"
        path.write_text(HEAD + rows, encoding="utf-8")
        assert len(read_policy(path, road).sets) == 2


def test_set_words(road):
    assert parse_set("customs_h=24") == Setting("customs_h", 24.0)
    assert parse_set(" closed.west_road = 1 ", road) == Setting("closed", 1.0, "west_road")
    assert parse_set("size_law_gamma=0.5") == Setting("size_law_gamma", 0.5, is_lever=False)


BAD_WORDS = [
    ("customs_h", "--set takes"),
    ("customs_h=", "--set takes"),
    ("customs_h=soon", "--set takes"),
    ("customs_h=nan", "--set takes"),
    ("=3", "--set takes"),
    ("closed.=1", "--set takes"),
    ("3x=1", "--set takes"),
    ("customs_h=999", "from 0 to 480 h"),
    ("customs_h.capital=9", "leave it out"),
    ("closed.west_rod=1", "did you mean west_road"),
    ("closd.west_road=1", "did you mean closed"),
]


@pytest.mark.parametrize(("word", "text"), BAD_WORDS)
def test_a_bad_set_word_is_a_usage_error(road, word, text):
    with pytest.raises(UsageError, match=text):
        parse_set(word, road)


def test_a_spoilt_policy_gives_faults_and_nothing_else(tmp_path, road):
    sound = (
        HEAD + "  - {lever: customs_h, value: 24, from: 2025-01-03}\n  - {lever: closed, target: west_road, value: 1}\n"
    )
    rng = random.Random(3)
    path = tmp_path / "one.yaml"
    ends, noted = {"policy": 0, "faults": 0}, []
    for _time in range(300):
        raw = bytearray(sound.encode())
        for _change in range(rng.randrange(1, 4)):
            where = rng.randrange(len(raw))
            raw[where : where + rng.randrange(3)] = rng.choice(
                [b"", b"[", b"{", b"&a ", b"*a", b": ", b"9", b"\xff", b"-"]
            )
        path.write_bytes(bytes(raw))
        try:
            read_policy(path, road)
            ends["policy"] += 1
        except DataError as error:
            ends["faults"] += 1
            noted += error.faults
    assert min(ends.values()) >= 5
    assert {fault.file for fault in noted} == {"one.yaml"}
    assert all(fault.mend for fault in noted)
