"""A run in the forms of other programs: tidy CSV, Excel, GeoJSON, NetCDF, Parquet.

Rows are quantiles over futures of one series on one day. A public export holds first-level regions and weeks only, as
the public report does.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import MissingPartError, UsageError
from citerne.base.text import _
from citerne.metrics.headline import headline
from citerne.report.corridors import corridor_rows
from citerne.report.maps import place_positions, segment_lines
from citerne.report.sections import attribution, command_line
from citerne.report.stocks import stock_rows
from citerne.report.view import View
from citerne.report.words import outcome_title, simulation_line
from citerne.results.results import QUANTILES, quantiles

Array = np.ndarray[Any, Any]
KINDS = {"csv": ".csv", "xlsx": ".xlsx", "geojson": ".geojson", "netcdf": ".nc", "parquet": ".parquet"}
STATISTICS = ("p05", "p25", "p50", "p75", "p95", "mean")
# Column and its HXL tag.
COLUMNS = {
    "date": "#date", "variable": "#indicator+code", "title": "#indicator+name", "place": "#loc+code",
    "place_name": "#loc+name", "admin1": "#adm1+name", "lat": "#geo+lat", "lon": "#geo+lon", "product": "#item+code",
    "unit": "#item+unit", "kind": "#status", **{name: f"#value+{name}" for name in STATISTICS},
}  # fmt: skip
HEADLINE_COLUMNS = ("variable", "place", "product", "unit", "statistic", "p05", "p50", "p95", "observed",
                    "observed_bound")  # fmt: skip
CHUNK = 40  # series sorted at a time


def write_export(view: View, kind: str, path: Path, *, every: int = 1, hxl: bool = False) -> int:
    """Write one export.

    Parameters
    ----------
    view : what may be shown: detailed or public
    kind : `csv`, `xlsx`, `geojson`, `netcdf` or `parquet`
    every : days from one row to the next, 1 or 7
    hxl : a row of HXL tags below the header, in tables for people

    Returns
    -------
    int : size of the file in bytes

    Raises
    ------
    UsageError : HXL in a form that has no header rows
    MissingPartError : the form needs an optional part
    """
    if hxl and kind not in ("csv", "xlsx"):
        raise UsageError(_("A row of HXL tags fits csv and xlsx only."))
    writers = {"csv": _csv, "xlsx": _xlsx, "geojson": _geojson, "netcdf": _netcdf, "parquet": _parquet}
    writers[kind](view, path, every, hxl)
    return path.stat().st_size


def days_of(view: View, every: int) -> list[int]:
    """Days that have rows: each, or the last of each week."""
    return list(range(view.days)) if every == 1 else (list(range(every - 1, view.days, every)) or [view.days - 1])


def rows(view: View, every: int) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of COLUMNS, series by series."""
    days = days_of(view, every)
    places = {row["place"]: row for row in view.case.rows("places")}
    for first in range(0, len(view.results.keys), CHUNK):
        keys = view.results.keys[first : first + CHUNK]
        block = view.results.values[days, first : first + CHUNK]
        bands, means = quantiles(block, QUANTILES), block.mean(axis=2, dtype=np.float64)
        for s, key in enumerate(keys):
            place = None if view.public else places.get(key.place)
            where = (place["admin1"] or "", place["lat"], place["lon"]) if place else ("", "", "")
            for k, day in enumerate(days):
                figures = [float(f"{v:.6g}") for v in (*bands[:, k, s], means[k, s])]
                yield (view.date(day).isoformat(), key.variable, outcome_title(key.variable), key.place,
                       view.names.of(key.place), *where, key.product, key.unit, "simulated", *figures)  # fmt: skip


def _csv(view: View, path: Path, every: int, hxl: bool) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        if hxl:
            table.writerow(COLUMNS.values())
        table.writerows(rows(view, every))


def about(view: View) -> list[tuple[str, str]]:
    """What every export says of itself."""
    made = view.results.provenance
    return [
        (_("What it is"), simulation_line()), (_("Case"), view.case.title()), (_("Citerne"), made.version),
        (_("Case digest"), made.case_digest), (_("To repeat:"), command_line(view)),
        (_("Futures"), str(made.members)), (_("Unknowns"), made.prior), (_("Sources"), attribution(view)),
        (_("Licence"), view.case.header.licence.strip()),
    ]  # fmt: skip


def _xlsx(view: View, path: Path, every: int, hxl: bool) -> None:
    try:
        from openpyxl import Workbook
    except ImportError as problem:
        raise MissingPartError(_("Excel files need an optional part: pip install 'citerne[excel]'.")) from problem
    book = Workbook(write_only=True)
    sheet = book.create_sheet("about")
    for line in about(view):
        sheet.append(list(line))
    sheet = book.create_sheet("headline")
    sheet.append(list(HEADLINE_COLUMNS))
    record_end, targets = view.case.header.record_end, view.targets
    for figure in headline(view.results, view.hub, view.country, record_end, targets):
        sheet.append([getattr(figure, name) for name in HEADLINE_COLUMNS])
    sheet = book.create_sheet("series")
    sheet.append(list(COLUMNS))
    if hxl:
        sheet.append(list(COLUMNS.values()))
    for row in rows(view, every):
        sheet.append(list(row))
    book.save(path)


def _triple(values: Sequence[float]) -> dict[str, float]:
    return {name: float(f"{v:.4g}") for name, v in zip(("p05", "p50", "p95"), values, strict=True)}


def _geojson(view: View, path: Path, _every: int, _hxl: bool) -> None:
    """Towns (or regions) with their cover and risk now; corridors along the roads between towns."""
    positions = place_positions(view, ())
    features: list[dict[str, Any]] = []
    for row in stock_rows(view):
        if row.key in positions:
            facts = {"place": row.key, "name": row.name, "stock_days": _triple(row.cover), "lowest_so_far": row.lowest,
                     "below_3_days_within_30": row.risk, "use_m3_per_day": row.use_m3_per_day}  # fmt: skip
            features.append(_feature("Point", [round(v, 4) for v in positions[row.key]], facts))
    if not view.public:
        features += _corridor_features(view)
    whole = {"type": "FeatureCollection", "date": view.date(view.now).isoformat(), "about": dict(about(view)),
             "features": features}  # fmt: skip
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _feature(shape: str, coordinates: Any, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": shape, "coordinates": coordinates}, "properties": properties}


def _corridor_features(view: View) -> list[dict[str, Any]]:
    lines, paths = segment_lines(view), {row["corridor"]: row["path"] for row in view.case.rows("corridors")}
    places = {row["place"]: row for row in view.case.rows("places")}
    found = []
    for row in corridor_rows(view):
        points: list[list[float]] = []
        for a, b in zip(paths[row.key], paths[row.key][1:], strict=False):
            line = lines.get(frozenset((a, b)))
            if line is None:
                continue
            start = np.array([places[a]["lon"], places[a]["lat"]])
            forward = np.abs(line[0] - start).sum() <= np.abs(line[-1] - start).sum()
            points += [[round(float(v), 4) for v in point] for point in (line if forward else line[::-1])]
        facts = {"corridor": row.key, "name": row.name, "status": row.status, "blockade_declared": row.declared,
                 "tankers_waiting": _triple(row.waiting), "sent_a_day": _triple(row.sent),
                 "lost_per_100_sent": _triple(row.lost) if row.lost else None}  # fmt: skip
        found.append(_feature("LineString", points, facts))
    return found


def _netcdf(view: View, path: Path, every: int, _hxl: bool) -> None:
    """Quantiles and mean by day, one variable an outcome, through xarray's scipy engine."""
    import xarray

    days = days_of(view, every)
    data: dict[str, Any] = {}
    text = {"_Encoding": "utf-8"}
    for variable in dict.fromkeys(key.variable for key in view.results.keys):
        own = [(k, key) for k, key in enumerate(view.results.keys) if key.variable == variable]
        block = view.results.values[days][:, [k for k, _key in own]]
        bands = np.concatenate([quantiles(block, QUANTILES), block.mean(axis=2, dtype=np.float64)[None]])
        series = f"{variable}_series"
        names = [f"{key.place}/{key.product}".rstrip("/") for _k, key in own]
        data[variable] = xarray.DataArray(
            bands.astype(np.float32), dims=("statistic", "day", series),
            attrs={"units": own[0][1].unit, "long_name": outcome_title(variable)},
        )  # fmt: skip
        data[f"{series}_name"] = xarray.DataArray(np.array(names, dtype="S"), dims=(series,), attrs=text)
    dates = np.array([view.date(day) for day in days], "datetime64[ns]")
    statistic = xarray.DataArray(np.array(STATISTICS, dtype="S"), dims=("statistic",), attrs=text)
    attributes = {f"about_{k}": f"{name} {value}" for k, (name, value) in enumerate(about(view))}
    whole = xarray.Dataset({**data, "statistic_name": statistic}, coords={"day": dates}, attrs=attributes)
    whole.to_netcdf(path, engine="scipy", encoding={"day": {"units": f"days since {view.start.isoformat()}"}})


def _parquet(view: View, path: Path, every: int, _hxl: bool) -> None:
    """The rows of the CSV with their types, through DuckDB."""
    try:
        import duckdb
    except ImportError as problem:
        raise MissingPartError(_("Parquet files need an optional part: pip install 'citerne[sql]'.")) from problem
    numbers = ("lat", "lon", *STATISTICS)
    types = {name: "DOUBLE" if name in numbers else ("DATE" if name == "date" else "VARCHAR") for name in COLUMNS}
    with tempfile.TemporaryDirectory(prefix="citerne-") as folder:
        table = Path(folder) / "rows.csv"
        _csv(view, table, every, False)
        session = duckdb.connect()
        session.read_csv(str(table), header=True, dtype=types).write_parquet(str(path), compression="zstd")
        session.close()
