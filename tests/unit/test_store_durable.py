"""A run folder: written chunk by chunk, taken up after any stop, the same bytes whoever computed them."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from citerne.base.errors import DataError, UsageError
from citerne.case.case import load
from citerne.ensemble import durable
from citerne.ensemble.durable import merge, parse_shard, run_into, shard_folder
from citerne.ensemble.run import Ensemble, Plan
from citerne.results import store
from citerne.results.store import open_run
from run_folders import contents

MEMBERS, DAYS = 600, 12  # three chunks, the last one short


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    """A small ensemble of three chunks."""
    return Ensemble(load("toy_road"), Plan(days=DAYS, members=MEMBERS, seed=5))


@pytest.fixture(scope="module")
def straight(ensemble: Ensemble, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("straight") / "run"
    run_into(ensemble, folder)
    return folder


def test_a_run_folder_holds_what_an_ensemble_in_memory_returns(ensemble: Ensemble, straight: Path) -> None:
    kept, direct = open_run(straight), ensemble.run(jobs=1)[0]
    np.testing.assert_array_equal(kept.values, direct.values)
    np.testing.assert_array_equal(kept.member_numbers, direct.member_numbers)
    assert kept.keys == direct.keys
    assert kept.balance == direct.balance
    for name, column in direct.parameters.items():
        np.testing.assert_array_equal(kept.parameters[name], column)
    assert set(contents(straight)) == {
        "members/chunk_00000.nc", "members/chunk_00001.nc", "members/chunk_00002.nc", "series.csv", "summary.csv"
    }  # fmt: skip


def test_threads_other_executors_and_shards_give_the_same_bytes(
    ensemble: Ensemble, straight: Path, tmp_path: Path
) -> None:
    wanted = contents(straight)
    run_into(ensemble, tmp_path / "one", jobs=1)
    assert contents(tmp_path / "one") == wanted
    with ThreadPoolExecutor(3) as pool:
        run_into(ensemble, tmp_path / "own", executor=pool)
    assert contents(tmp_path / "own") == wanted
    for i in (2, 1):
        assert run_into(ensemble, tmp_path / "shards", shard=(i, 2)) is None
    parts = sorted((tmp_path / "shards").iterdir())
    merge(parts, tmp_path / "merged", lambda _made: ensemble.case)
    assert contents(tmp_path / "merged") == wanted


def test_processes_give_the_same_bytes_as_threads(ensemble: Ensemble, straight: Path, tmp_path: Path) -> None:
    run_into(ensemble, tmp_path / "run", executor="processes", jobs=1)
    assert contents(tmp_path / "run") == contents(straight)


def test_a_stopped_run_goes_on_where_its_chunks_end(
    ensemble: Ensemble, straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = durable.chunk_files

    def counted(one: Ensemble, index: int, *rest: object) -> dict[str, bytes]:
        made.append(index)
        if len(made) == 2:
            raise KeyboardInterrupt
        return real(one, index, *rest)

    monkeypatch.setattr(durable, "chunk_files", counted)
    with pytest.raises(KeyboardInterrupt):
        run_into(ensemble, tmp_path / "run", jobs=1)
    assert not (tmp_path / "run" / "manifest.json").exists()
    with pytest.raises(UsageError, match="unfinished"):
        open_run(tmp_path / "run")
    finished = {store.mark_of(tmp_path / "run", k) is not None for k in (0,)}
    made.extend([9, 9])  # past the count at which it stops
    begun = len(made)
    run_into(ensemble, tmp_path / "run", resume=True, jobs=1)
    assert finished == {True}
    assert 0 not in made[begun:]
    assert contents(tmp_path / "run") == contents(straight)


def test_a_damaged_chunk_is_named_and_only_it_is_made_again(
    ensemble: Ensemble, straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    run_into(ensemble, folder)
    chunk = folder / "members" / "chunk_00001.nc"
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1
    chunk.write_bytes(data)
    with pytest.raises(DataError, match="chunk_00001"):
        open_run(folder)
    made = []
    real = durable.chunk_files

    def counted(one: Ensemble, index: int, *rest: object) -> dict[str, bytes]:
        made.append(index)
        return real(one, index, *rest)

    monkeypatch.setattr(durable, "chunk_files", counted)
    run_into(ensemble, folder, resume=True)
    assert made == [1]
    assert contents(folder) == contents(straight)


def test_another_run_is_not_taken_up(ensemble: Ensemble, straight: Path) -> None:
    other = Ensemble(ensemble.case, Plan(days=DAYS, members=MEMBERS, seed=6))
    before = contents(straight)
    with pytest.raises(UsageError, match="another run"):
        run_into(other, straight, resume=True)
    with pytest.raises(UsageError, match="exists"):
        run_into(other, straight)
    assert contents(straight) == before


def test_a_full_disk_is_said_and_keeps_what_is_done(
    ensemble: Ensemble, straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "chunk_00001.nc.part":
            real(path, data[:1000])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No room left"):
        run_into(ensemble, tmp_path / "run", jobs=1)
    assert not list((tmp_path / "run").rglob("*.part"))
    assert store.mark_of(tmp_path / "run", 0) is not None
    monkeypatch.undo()
    run_into(ensemble, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(straight)


def test_a_folder_that_cannot_be_written_is_said(ensemble: Ensemble, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(UsageError, match="not a run folder"):
        run_into(ensemble, tmp_path / "file", force=True)
    with pytest.raises(UsageError, match="cannot be written"):
        run_into(ensemble, tmp_path / "file" / "run")


def test_a_newer_manifest_is_left_alone(ensemble: Ensemble, straight: Path, tmp_path: Path) -> None:
    note = json.loads((straight / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**note, "format": store.FORMAT + 1}))
    for act in (lambda: open_run(tmp_path), lambda: run_into(ensemble, tmp_path, resume=True)):
        with pytest.raises(UsageError, match="newer"):
            act()


def test_two_processes_do_not_write_one_folder(ensemble: Ensemble, tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    folder = tmp_path / "run"
    run_into(ensemble, folder)
    code = f"from citerne.results.store import sole_writer; from pathlib import Path\nwith sole_writer(Path({str(folder)!r})): print('held', flush=True); input()"  # noqa: E501
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match="at work"):
            run_into(ensemble, folder, resume=True)
        other.communicate(b"\n")
    run_into(ensemble, folder, resume=True)


def test_shards_that_do_not_belong_together_are_refused(ensemble: Ensemble, tmp_path: Path) -> None:
    run_into(ensemble, tmp_path / "a", shard=(1, 2))
    one = shard_folder(tmp_path / "a", (1, 2))
    with pytest.raises(UsageError, match="Shards 2/2 are missing"):
        merge([one], tmp_path / "merged", lambda _made: ensemble.case)
    other = Ensemble(ensemble.case, Plan(days=DAYS, members=MEMBERS, seed=6))
    run_into(other, tmp_path / "b", shard=(2, 2))
    with pytest.raises(UsageError, match="different runs"):
        merge([one, shard_folder(tmp_path / "b", (2, 2))], tmp_path / "merged", lambda _made: ensemble.case)


@pytest.mark.parametrize("word", ["0/4", "5/4", "1", "a/b", "1/2/3", "-1/2"])
def test_a_shard_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="i/n"):
        parse_shard(word)


def test_a_run_killed_at_random_moments_comes_to_the_same_bytes(straight: Path, tmp_path: Path) -> None:
    """A few kills here; `make prove` does fifty."""
    folder = tmp_path / "run"
    code = "import sys; from citerne.cli.main import main; main(sys.argv[1:])"
    line = [sys.executable, "-c", code, "run", "toy_road", "--days", str(DAYS), "--members", str(MEMBERS), "--seed",
            "5", "--out", str(folder), "--no-report", "--jobs", "1", "--resume", "-q"]  # fmt: skip
    for pause in (0.9, 1.6):
        with subprocess.Popen(line, start_new_session=True, stdout=subprocess.DEVNULL) as process:
            time.sleep(pause)
            os.killpg(process.pid, signal.SIGKILL)
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    assert contents(folder) == contents(straight)


def test_run_and_merge_verbs_shard_and_put_together(straight: Path, tmp_path: Path) -> None:
    from citerne.cli.merge import command as merge_verb
    from citerne.cli.run import command as run_verb

    options = ["toy_road", "--days", str(DAYS), "--members", str(MEMBERS), "--seed", "5", "--out", str(tmp_path / "s")]
    for i in (1, 2, 3):
        done = CliRunner().invoke(run_verb, [*options, "--shard", f"{i}/3", "--json"], catch_exceptions=False)
        assert json.loads(done.stdout)["shard"] == f"{i}/3"
    shards = [str(path) for path in sorted((tmp_path / "s").iterdir())]
    made = CliRunner().invoke(merge_verb, [*shards, "--out", str(tmp_path / "m"), "--no-report", "--json"],
                              catch_exceptions=False)  # fmt: skip
    assert json.loads(made.stdout)["members"] == MEMBERS
    assert contents(tmp_path / "m") == contents(straight)
