"""Kill -9 at random moments: after --resume the folder has the bytes of a run that nothing stopped.

Thirty moments of runs and twenty of merges; `make prove` only. Writes docs/proofs/kills.json.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citerne.base.errors import CiterneError
from citerne.results.store import open_run
from run_folders import contents

KILLS = 50
PROOF = Path(__file__).parents[2] / "docs" / "proofs" / "kills.json"
CODE = "import sys; from citerne.cli.main import main; main(sys.argv[1:])"
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


def kill_and_resume(arguments: list[str], folder: Path, moments: list[float]) -> int:
    """Kill a verb at each moment (seconds from its start), resume it to the end; returns how many kills struck."""
    struck = 0
    for moment in moments:
        with start(arguments) as process:
            time.sleep(moment)
            struck += process.poll() is None
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        try:
            open_run(folder)  # either whole or refused, never half
        except CiterneError:
            continue
    finish(arguments)
    return struck


@pytest.mark.prove
def test_a_run_killed_at_fifty_random_moments_ends_with_the_same_bytes(tmp_path: Path) -> None:
    luck = random.Random(20251125)
    rows = []
    whole, split = tmp_path / "whole", tmp_path / "split"
    seconds = finish([*RUN, "--out", str(whole)])
    seconds = min(seconds, finish([*RUN, "--out", str(whole), "--force"]))
    for i in (1, 2, 3):
        finish([*RUN, "--out", str(split), "--shard", f"{i}/3"])
    shards = [str(path) for path in sorted(split.iterdir())]
    merge = ["merge", *shards, "--no-report", "--out"]
    merge_seconds = finish([*merge, str(tmp_path / "merged")])
    assert contents(tmp_path / "merged") == contents(whole)
    total = 0
    for k in range(10):
        for name, line, length in (("run", [*RUN, "--out"], seconds), ("merge", merge, merge_seconds)):
            count = 3 if name == "run" else 2
            folder = tmp_path / f"{name}{k}"
            moments = [luck.uniform(0.1 * length, length) for _ in range(count)]
            struck = kill_and_resume([*line, str(folder), "--resume"], folder, moments)
            assert contents(folder) == contents(whole), (name, k)
            total += count
            rows.append({"verb": name, "kills": count, "struck": struck, "same_bytes": True})
    assert total == KILLS
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=PROOF.parent, check=True)
    proof = {
        "command": "python -m pytest tests/law/test_scale_kills.py -m prove",
        "commit": commit.stdout.strip(),
        "kills": total,
        "struck_while_running": sum(int(row["struck"]) for row in rows),
        "seconds_of_an_undisturbed_run": round(seconds, 2),
        "seconds_of_an_undisturbed_merge": round(merge_seconds, 2),
        "rows": rows,
    }
    PROOF.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
