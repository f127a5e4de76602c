"""Large runs: counts that add up, quantiles from them, whole futures first; and a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from citerne.case.case import load
from citerne.ensemble import durable, parcels
from citerne.ensemble.durable import merge, run_into
from citerne.ensemble.run import Ensemble, Plan
from citerne.metrics.headline import weekly_series
from citerne.results.results import SeriesKey, quantiles
from citerne.results.store import open_run
from citerne.results.tally import STEPS, grid_of, pack, pool, unpack_pooled
from run_folders import contents

KEYS = (
    SeriesKey("imports_volume", "x", "all", "m3"),
    SeriesKey("stations_open_share", "x", "all", "share"),
    SeriesKey("trucks_destroyed_cumulative", "x", "all", "trucks"),
)


def values_of(members: int, seed: int) -> np.ndarray:
    """Random series (day, series, member) with zeros and bounds among them."""
    rng = np.random.default_rng(seed)
    values = np.stack([rng.lognormal(5, 2, (15, members)), rng.random((15, members)), rng.poisson(6, (15, members))], 1)
    values[:, 1][rng.random((15, members)) < 0.2] = 1
    values[:, 0][rng.random((15, members)) < 0.2] = 0
    return values.astype(np.float32)


def test_pooled_quantiles_lie_within_one_step_of_the_exact_ones() -> None:
    parts = [values_of(256, k) for k in range(9)]
    ledger = np.zeros((2, 1), np.int64)
    pooled = pool(pack(KEYS, part, {}, ledger) for part in parts)
    picked = np.concatenate(parts, axis=2)[[6, 13]]
    exact = quantiles(picked, (0.05, 0.25, 0.5, 0.75, 0.95)).astype(np.float64)
    found = pooled.quantiles(KEYS)
    for s, key in enumerate(KEYS):
        grid = grid_of(key)
        step = grid.high / STEPS if grid.linear else exact[..., s] * ((grid.high / grid.low) ** (1 / STEPS) - 1)
        assert (np.abs(found[..., s] - exact[..., s]) <= 1.01 * step).all(), key
    np.testing.assert_allclose(pooled.means(), picked.mean(axis=2, dtype=np.float64), rtol=1e-12)
    again = unpack_pooled(pooled.file())
    np.testing.assert_array_equal(again.counts, pooled.counts)


def test_every_value_falls_into_its_class() -> None:
    for key in KEYS:
        grid = grid_of(key)
        values = np.array([0, grid.low, grid.low * 1.5 + 1e-9, 0.3, 1.0, grid.high, grid.high * 3], np.float32)
        classes = grid.classes(values).astype(np.float64)
        assert classes.min() >= 0
        assert classes.max() == STEPS + 1
        inside = (values > grid.low) & (values < grid.high)
        assert (grid.value(classes[inside]) <= values[inside] * 1.0001).all()
        assert (grid.value(classes[inside] + 1) >= values[inside] * 0.9999).all()


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of more than 300 futures count as large and keep 300 whole."""
    monkeypatch.setattr(parcels, "LARGE", 300)
    monkeypatch.setattr(parcels, "WHOLE", 300)


@pytest.mark.usefixtures("small_limits")
def test_a_large_run_keeps_the_first_futures_whole_and_counts_all(tmp_path: Path) -> None:
    ensemble = Ensemble(load("toy_road"), Plan(days=15, members=700, seed=5))
    run_into(ensemble, tmp_path / "run")
    kept, whole = open_run(tmp_path / "run"), ensemble.run()[0]
    assert kept.pooled is not None
    assert kept.pooled.members == 700
    np.testing.assert_array_equal(kept.values, whole.values[:, :, :300])
    assert kept.balance == whole.balance
    exact = {(r["variable"], r["place"], r["product"], r["date"]): r for r in weekly_series(whole)}
    for row in weekly_series(kept):
        other = exact[row["variable"], row["place"], row["product"], row["date"]]
        assert row["mean"] == pytest.approx(other["mean"], rel=1e-9, abs=1e-9)
        grid = grid_of(kept.key(row["variable"], row["place"], row["product"]))
        for name in ("p05", "p50", "p95"):
            room = grid.high / STEPS if grid.linear else max(0.031 * abs(other[name]), grid.low)
            assert abs(row[name] - other[name]) <= room, row
    assert not (tmp_path / "run" / "tallies").exists()
    for i in (1, 2):
        run_into(ensemble, tmp_path / "s", shard=(i, 2))
    merge(sorted((tmp_path / "s").iterdir()), tmp_path / "merged", lambda _made: ensemble.case)
    assert contents(tmp_path / "merged") == contents(tmp_path / "run")


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("left", ["tallies", "all"])
def test_a_large_run_stopped_after_its_manifest_stays_as_it_is(
    tmp_path: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensemble = Ensemble(load("toy_road"), Plan(days=15, members=700, seed=5))
    run_into(ensemble, tmp_path / "whole")
    step = "_clear_tallies" if left == "tallies" else "_clear_marks"

    def stop(_folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(durable, step, stop)
        with pytest.raises(KeyboardInterrupt):
            run_into(ensemble, tmp_path / "run")
    (tmp_path / "run" / "tallies" / "chunk_00000.npz").unlink()
    run_into(ensemble, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")
    (tmp_path / "run" / "pooled.npz").write_bytes(b"damaged")
    run_into(ensemble, tmp_path / "run", resume=True)
    assert contents(tmp_path / "run") == contents(tmp_path / "whole")


def test_a_dask_cluster_gives_the_same_bytes_also_when_a_worker_dies(tmp_path: Path) -> None:
    """Two worker processes on loopback, one killed while it works; skipped where dask.distributed is absent."""
    distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    ensemble = Ensemble(load("toy_road"), Plan(days=12, members=2000, seed=5))
    run_into(ensemble, tmp_path / "threads")
    options = {
        "n_workers": 2,
        "threads_per_worker": 1,
        "processes": True,
        "dashboard_address": None,
        "silence_logs": 50,
    }
    with distributed.LocalCluster(**options) as cluster:
        address = cluster.scheduler_address
        victim = next(iter(cluster.workers.values()))
        seen = []

        def kill_one(done: int, _total: int) -> None:
            if not seen:
                seen.append(done)
                os.kill(victim.pid, signal.SIGKILL)

        began = time.monotonic()
        run_into(ensemble, tmp_path / "dask", executor=address, progress=kill_one)
        assert time.monotonic() - began < 120
    assert seen
    assert contents(tmp_path / "dask") == contents(tmp_path / "threads")


def test_the_benchmark_siege_agrees_with_the_published_means() -> None:
    """Correctness only; speed is for `benchmarks/`."""
    script = Path(__file__).parents[2] / "benchmarks" / "subjects" / "siege.py"
    code = f"""
import sys; sys.path.insert(0, {str(script.parent)!r})
import siege
ours, twin = siege.run_ours(1024), siege.run_numpy(200)
assert ours.agrees(1024), ours
assert twin.agrees(200), twin
assert siege.run_ours(1024, threads=2) == ours
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
