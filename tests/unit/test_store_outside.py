"""A run folder is read by others without Citerne: xarray, pandas, DuckDB; each finds what the run itself holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from citerne.case.case import load
from citerne.ensemble.durable import run_into
from citerne.ensemble.run import Ensemble, Plan
from citerne.results.results import Results
from citerne.results.store import open_run

READERS = {
    "xarray": """
import xarray
with xarray.open_dataset(folder + "/members/chunk_00000.nc", engine="scipy") as file:
    which = [b"".join(row).decode() for row in file["variable"].values] if file["variable"].ndim == 2 else [
        one.decode() if isinstance(one, bytes) else str(one) for one in file["variable"].values]
    found = {"days": file.sizes["day"], "futures": file.sizes["member"], "start": str(file["day"].values[0])[:10],
             "sum": float(file["value"].values[:, [w.strip(chr(0)) == "imports_volume" for w in which]].sum())}
""",
    "pandas": """
import pandas
rows = pandas.read_csv(folder + "/summary.csv")
found = {"imports": float(rows[rows.variable == "imports_volume"].p50.iloc[0]), "rows": len(rows),
         "weeks": int(pandas.read_csv(folder + "/series.csv", parse_dates=["date"]).date.dt.dayofweek.nunique())}
""",
    "duckdb": """
import duckdb
session = duckdb.connect()
query = "select p50 from read_csv('%s/summary.csv') where variable = 'imports_volume' limit 1" % folder
found = {"imports": float(session.sql(query).fetchall()[0][0]),
         "rows": session.sql("select count(*) from read_csv('%s/summary.csv')" % folder).fetchall()[0][0],
         "weeks": session.sql("select count(distinct dayofweek(date)) from read_csv('%s/series.csv')" % folder)
         .fetchall()[0][0]}
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("runs") / "toy"
    run_into(Ensemble(load("toy_road"), Plan(days=30, members=40)), made)
    return made


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return open_run(folder)


def read_by(name: str, folder: Path) -> dict[str, Any]:
    """What another program finds, in a process that never imports Citerne."""
    pytest.importorskip(name)
    ending = "assert 'citerne' not in sys.modules\nprint(json.dumps(found))"
    code = f"import json, sys\nfolder = sys.argv[1]\n{READERS[name]}\n{ending}"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def test_xarray_reads_whole_futures(folder: Path, results: Results) -> None:
    found = read_by("xarray", folder)
    imports = [k for k, key in enumerate(results.keys) if key.variable == "imports_volume"]
    assert (found["days"], found["futures"], found["start"]) == (30, 40, results.provenance.start.isoformat())
    assert imports
    assert found["sum"] == pytest.approx(float(np.asarray(results.values)[:, imports].sum(dtype=float)), rel=1e-5)


@pytest.mark.parametrize("name", ["pandas", "duckdb"])
def test_tables_are_read_with_their_types(name: str, folder: Path) -> None:
    found = read_by(name, folder)
    lines = (folder / "summary.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    first = next(line.split(",") for line in lines if line.startswith("imports_volume"))
    assert found == {"imports": float(first[header.index("p50")]), "rows": len(lines) - 1, "weeks": 1}
