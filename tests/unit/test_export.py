"""A run in the forms of other programs holds what the run holds, and no more than may be shown."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from citerne.base.errors import UsageError
from citerne.case.case import load
from citerne.report.export import COLUMNS, KINDS, write_export
from citerne.report.public import public_view
from citerne.report.view import detailed_view
from report_runs import made_up_run


@pytest.fixture(scope="module")
def mali():
    return load("mali")


@pytest.fixture(scope="module")
def run(mali):
    return made_up_run(mali, days=30, members=40)


@pytest.fixture(scope="module")
def view(run, mali):
    return detailed_view(run, mali)


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_csv_holds_every_series_and_day(view, run, tmp_path):
    path = tmp_path / "run.csv"
    assert write_export(view, "csv", path) == path.stat().st_size
    rows = rows_of(path)
    assert len(rows) == len(run.keys) * 30
    row = next(r for r in rows if (r["variable"], r["place"], r["product"]) == ("stock_days", "bamako", "all"))
    values = run.series("stock_days", "bamako", "all")[0]
    assert float(row["p50"]) == pytest.approx(np.median(values), rel=1e-4)
    assert float(row["p95"]) == pytest.approx(np.quantile(values, 0.95), rel=1e-4)
    assert (row["date"], row["kind"], row["place_name"]) == ("2025-08-25", "simulated", "Bamako")


def test_weeks_are_their_last_days(view, tmp_path):
    write_export(view, "csv", tmp_path / "run.csv", every=7)
    assert {row["date"] for row in rows_of(tmp_path / "run.csv")} == {
        "2025-08-31", "2025-09-07", "2025-09-14", "2025-09-21"
    }  # fmt: skip


def test_a_row_of_tags_stands_below_the_header_on_request_only(view, tmp_path):
    write_export(view, "csv", tmp_path / "run.csv", hxl=True)
    lines = (tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].split(",") == list(COLUMNS.values())
    assert all(tag.startswith("#") for tag in COLUMNS.values())
    with pytest.raises(UsageError):
        write_export(view, "parquet", tmp_path / "run.parquet", hxl=True)


def test_excel_holds_what_it_is_headline_and_series(view, run, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    write_export(view, "xlsx", tmp_path / "run.xlsx", every=7)
    book = openpyxl.load_workbook(tmp_path / "run.xlsx", read_only=True)
    assert book.sheetnames == ["about", "headline", "series"]
    assert "SIMULATION" in str(next(iter(book["about"].values)))
    assert len(list(book["series"].values)) == 1 + 4 * len(run.keys)
    book.close()


def test_geojson_holds_towns_and_corridors_between_towns(view, mali, tmp_path):
    write_export(view, "geojson", tmp_path / "run.geojson")
    features = json.loads((tmp_path / "run.geojson").read_text(encoding="utf-8"))["features"]
    lines = [f for f in features if f["geometry"]["type"] == "LineString"]
    assert len(lines) == len(mali.rows("corridors"))
    places = {row["place"]: (row["lon"], row["lat"]) for row in mali.rows("places")}
    for row, line in zip(mali.rows("corridors"), lines, strict=True):
        assert line["geometry"]["coordinates"][0] == pytest.approx(places[row["path"][0]], abs=1e-3)
        assert line["geometry"]["coordinates"][-1] == pytest.approx(places[row["path"][-1]], abs=1e-3)


def test_netcdf_opens_with_names_dates_and_units(view, run, tmp_path):
    import xarray

    write_export(view, "netcdf", tmp_path / "run.nc")
    with xarray.open_dataset(tmp_path / "run.nc", engine="scipy") as data:
        names = [str(name) for name in data["stock_days_series_name"].values]
        median = data["stock_days"].values[2, :, names.index("bamako/all")]
        assert str(data["day"].values[0])[:10] == "2025-08-25"
        assert data["stock_days"].attrs["units"] == "days"
        assert "SIMULATION" in data.attrs["about_0"]
    np.testing.assert_allclose(median, np.median(run.series("stock_days", "bamako", "all"), axis=1), rtol=1e-5)


def test_parquet_holds_the_rows_of_the_csv_with_their_types(view, run, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    write_export(view, "parquet", tmp_path / "run.parquet")
    session = duckdb.connect()
    found = session.sql(f"select count(*), min(date)::varchar, typeof(min(p50)) from '{tmp_path / 'run.parquet'}'")
    assert found.fetchall() == [(len(run.keys) * 30, "2025-08-25", "DOUBLE")]
    session.close()


@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_a_public_export_names_regions_only(run, mali, tmp_path, kind):
    path = tmp_path / f"run{KINDS[kind]}"
    write_export(public_view(run, mali), kind, path, every=7)
    text = path.read_text(encoding="utf-8")
    for word in (*mali.ids("corridors"), "Dakar - ", "LineString", "hospitals_", "diesel"):
        assert word not in text
    assert "region_bamako" in text


def test_an_unknown_form_is_wrong_usage():
    done = subprocess.run(
        [sys.executable, "-c", "from citerne.cli.main import main; main()", "export", "nowhere", "--as", "ods"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "parquet" in done.stderr
