"""Kill -9 at random moments: after --resume the folder has the bytes of a run that nothing stopped.

Thirty moments of runs, twenty of merges and twenty of calibrations; `make prove` only. Writes docs/proofs/kills.json.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from citerne.base.errors import CiterneError
from citerne.ensemble.posterior import read_posterior
from citerne.results.store import open_run
from proving import write_proof
from run_folders import contents

KILLS = 70
CODE = "import sys; from citerne.cli.main import main; main(sys.argv[1:])"
CALIBRATE = ["calibrate", "mali", "--budget", "4000", "-q"]
RUN = ["run", "toy_road", "--days", "30", "--members", "2500", "--seed", "4", "--no-report", "--jobs", "1", "-q"]


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """The command line in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", CODE, *arguments], start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip


def finish(arguments: list[str]) -> float:
    """Run to the end; returns the seconds it took."""
    began = time.monotonic()
    with start(arguments) as process:
        assert process.wait() == 0
    return time.monotonic() - began


def kill_and_resume(arguments: list[str], moments: list[float], look: Callable[[], object]) -> int:
    """Kill a verb at each moment (seconds from its start), then let it finish; returns how many kills struck.

    After each kill `look` opens what is there: it must be whole or refused, never half.
    """
    struck = 0
    for moment in moments:
        with start(arguments) as process:
            time.sleep(moment)
            struck += process.poll() is None
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        try:
            look()
        except CiterneError:
            continue
    finish(arguments)
    return struck


def calibrated(folder: Path) -> dict[str, bytes]:
    """Bytes of every file of a calibration."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.prove
def test_verbs_killed_at_seventy_random_moments_end_with_the_same_bytes(tmp_path: Path) -> None:
    luck = random.Random(20251125)
    whole, split, fitted = tmp_path / "whole", tmp_path / "split", tmp_path / "fitted"
    seconds = {"run": finish([*RUN, "--out", str(whole)])}
    seconds["run"] = min(seconds["run"], finish([*RUN, "--out", str(whole), "--force"]))
    for i in (1, 2, 3):
        finish([*RUN, "--out", str(split), "--shard", f"{i}/3"])
    merge = ["merge", *(str(path) for path in sorted(split.iterdir())), "--no-report"]
    seconds["merge"] = finish([*merge, "--out", str(tmp_path / "merged")])
    assert contents(tmp_path / "merged") == contents(whole)
    seconds["calibrate"] = finish([*CALIBRATE, "--out", str(fitted)])
    lines = {"run": RUN, "merge": merge, "calibrate": CALIBRATE}
    counts = {"run": 3, "merge": 2, "calibrate": 2}
    rows: list[dict[str, Any]] = []
    total = 0
    for k in range(10):
        for name, line in lines.items():
            folder = tmp_path / f"{name}{k}"
            moments = [luck.uniform(0.1, 1) * seconds[name] for _ in range(counts[name])]
            if name == "calibrate":
                struck = kill_and_resume(
                    [*line, "--out", str(folder)], moments, partial(read_posterior, folder / "posterior")
                )
                assert calibrated(folder) == calibrated(fitted), k
            else:
                struck = kill_and_resume([*line, "--out", str(folder), "--resume"], moments, partial(open_run, folder))
                assert contents(folder) == contents(whole), (name, k)
            total += counts[name]
            rows.append({"verb": name, "kills": counts[name], "struck": struck, "same_bytes": True})
    assert total == KILLS
    write_proof(
        "kills",
        "runs, merges and calibrations killed at random moments end, resumed, with the bytes of undisturbed ones",
        "python -m pytest tests/law/test_scale_kills.py -m prove",
        kills=total,
        struck_while_running=sum(int(row["struck"]) for row in rows),
        seconds_undisturbed={name: round(value, 2) for name, value in seconds.items()},
        rows=rows,
    )
