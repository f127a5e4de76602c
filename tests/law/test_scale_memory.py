"""A hundred thousand futures of the full model in less than a gigabyte; `make prove` only."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from citerne.results.store import open_run
from proving import write_proof

CODE = "import sys; from citerne.cli.main import main; main(sys.argv[1:])"
FUTURES, DAYS, LIMIT_MB = 100_000, 180, 1000


@pytest.mark.prove
def test_a_hundred_thousand_futures_of_mali_take_less_than_a_gigabyte(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    line = ["run", "mali", "--days", str(DAYS), "--members", str(FUTURES), "--no-report", "-q", "--out", str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", CODE, *line], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # ru_maxrss is that of the largest child so far, so a larger one before would only make the figure too high
    peak_mb = after.ru_maxrss * 1024 / 1e6
    pooled = open_run(folder).pooled
    assert pooled is not None
    assert pooled.members == FUTURES
    core_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    write_proof(
        "memory",
        f"{FUTURES} futures of the full model over {DAYS} days, pooled, in less than {LIMIT_MB} MB",
        "python -m pytest tests/law/test_scale_memory.py -m prove",
        futures=FUTURES, days=DAYS, peak_mb=round(peak_mb), seconds=round(seconds), core_seconds=round(core_s),
        disk_mb=round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6),
    )  # fmt: skip
    assert peak_mb < LIMIT_MB
