"""The access map: country and neighbours, corridors by status and flow, places by days of cover.

Status is told by line style as well as colour, flow by width, cover by the filling of the dot, so that the map reads
in black and white. The basemap comes from the case's `basemap/countries.geojson`; without it the map has no coasts.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.text import _, current_language
from citerne.report import look
from citerne.report.corridors import CorridorRow, status_word
from citerne.report.frames import Frame, area, centre, clip_ring, thin_line
from citerne.report.look import Chart, Sheet, Table
from citerne.report.stocks import StockRow
from citerne.report.view import View
from citerne.report.words import day_text, span_text, value_text

Array = np.ndarray[Any, Any]
SEA, LAND, HOME = "#e6edf3", "#f3f2ee", "#ffffff"
DASHES: dict[str, look.Dashes] = {
    "open": None,
    "restricted": (0, (4.0, 1.5)),
    "closed": (0, (0.8, 1.6)),
    "unused": (0, (0.8, 3.0)),
}
COLOURS = {"open": look.BLUE, "restricted": look.ORANGE, "closed": look.INK, "unused": look.GREY}
LOW, FAIR = 3.0, 7.0
COUNTRY_MM = 1.3  # width of a letter of a country's name


def access_map(
    view: View, corridors: Sequence[CorridorRow], stocks: Sequence[StockRow], source: str, width_mm: float = 94.0
) -> Chart:
    """The map of access and stocks on the last day of the record."""
    frame = frame_of(view, width_mm)
    sheet = Sheet(width_mm, frame.height_mm)
    outline = np.array([(0, 0), (width_mm, 0), (width_mm, frame.height_mm), (0, frame.height_mm)], float)
    sheet.area(outline, SEA if _features(view.case.folder) else LAND, order=0)
    _draw_countries(sheet, frame, view)
    if not view.public:
        _draw_roads(sheet, frame, view)
        _draw_corridors(sheet, frame, view, corridors)
    _draw_places(sheet, frame, view, stocks)
    _draw_key(sheet, frame, corridors, view)
    sheet.lines([np.vstack([outline, outline[:1]])], look.GREY, 0.6, order=7)
    return Chart(
        name="map",
        title=_("Access, {day}").format(day=day_text(view.date(view.now))),
        unit=_("days of cover") if view.public else _("days of cover; tankers a day"),
        summary=_summary(view, corridors, stocks),
        source=source,
        sheet=sheet,
        table=_table(corridors, stocks),
        notes="" if view.public else _("Lines follow roads between towns, not exact alignments."),
    )


def boundaries() -> str:
    """What every map must say."""
    return _("Boundaries and names shown do not imply any opinion on the legal status of a territory.")


def frame_of(view: View, width_mm: float) -> Frame:
    """The home country, with the ways to it, or without them in a public view."""
    rows = {row["place"]: row for row in view.case.rows("places")}
    home = rows[view.case.header.hub]["country_iso2"]
    wanted = {key for key, row in rows.items() if row["country_iso2"] == home and row["reporting"]}
    if not view.public:
        wanted |= {place for row in view.case.rows("corridors") for place in row["path"]}
    lon = [rows[key]["lon"] for key in wanted] or [0.0]
    lat = [rows[key]["lat"] for key in wanted] or [0.0]
    for ring in _rings(view.case.folder, view.case.header.iso3):
        lon += [ring[:, 0].min(), ring[:, 0].max()]
        lat += [ring[:, 1].min(), ring[:, 1].max()]
    margin = 0.03 * max(max(lon) - min(lon), max(lat) - min(lat), 1.0)
    west, east, south, north = min(lon) - margin, max(lon) + margin, min(lat) - margin, max(lat) + margin
    lack = 0.75 * (east - west) - (north - south)
    if lack > 0:
        south, north = south - lack / 2, north + lack / 2
    lack = (north - south) - 1.05 * (east - west)
    if lack > 0:
        west, east = west - lack / 2, east + lack / 2
    return Frame(west, south, east, north, width_mm)


def _features(folder: Path) -> list[dict[str, Any]]:
    path = folder / "basemap" / "countries.geojson"
    if not path.is_file():
        return []
    features: list[dict[str, Any]] = json.loads(path.read_bytes())["features"]
    return features


def _outer(feature: dict[str, Any]) -> list[Array]:
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [np.asarray(polygon[0], float) for polygon in polygons]


def _rings(folder: Path, iso3: str) -> list[Array]:
    return [ring for f in _features(folder) if f["properties"].get("iso_a3") == iso3 for ring in _outer(f)]


def _draw_countries(sheet: Sheet, frame: Frame, view: View) -> None:
    """Neighbours in a light tone, home in white on top; each once, with its name where there is room."""
    features = _features(view.case.folder)
    home = view.case.header.iso3
    for feature in sorted(features, key=lambda f: f["properties"].get("iso_a3") == home):
        at_home = feature["properties"].get("iso_a3") == home
        shown = []
        for ring in _outer(feature):
            cut = clip_ring(ring, frame)
            if len(cut) > 2:
                points = thin_line(frame.points(cut[:, 0], cut[:, 1]), 0.2)
                fill, edge, width = (HOME, look.INK, 0.8) if at_home else (LAND, "#9a9a94", 0.4)
                sheet.area(points, fill, edge=edge, width=width, order=0.5)
                shown.append(points)
        if shown and not at_home:
            column = "name_fr" if current_language() == "fr" else "name"
            name = str(feature["properties"].get(column) or feature["properties"].get("name", ""))
            _name_country(sheet, frame, name, max(shown, key=area), not view.public)


def _name_country(sheet: Sheet, frame: Frame, name: str, points: Array, with_ways: bool) -> None:
    if area(points) < 60 or not name:
        return
    x, y = centre(points)
    if _overlap(_box(np.array([x, y]), 10, 2), _key_box(frame, with_ways)) > 0:
        return
    half = len(name) * COUNTRY_MM / 2 + 1
    x = min(max(x, half), frame.width_mm - half)
    sheet.text(x, min(y, frame.height_mm - 3), name.upper(), 5, color="#77776f", ha="center", va="center")


def segment_lines(view: View) -> dict[frozenset[str], Array]:
    """Longitude and latitude (n, 2) along every road segment, by its two ends."""
    rows = {row["place"]: row for row in view.case.rows("places")}
    vias: dict[str, list[tuple[int, float, float]]] = {}
    for row in view.case.rows("road_vias"):
        vias.setdefault(row["segment"], []).append((row["seq"], row["lon"], row["lat"]))
    lines = {}
    for row in view.case.rows("roads"):
        ends = [(rows[row[end]]["lon"], rows[row[end]]["lat"]) for end in ("from_place", "to_place")]
        between = [(lon, lat) for _seq, lon, lat in sorted(vias.get(row["segment"], []))]
        lines[frozenset((row["from_place"], row["to_place"]))] = np.array([ends[0], *between, ends[1]], float)
    return lines


def _draw_roads(sheet: Sheet, frame: Frame, view: View) -> None:
    lines = [frame.points(line[:, 0], line[:, 1]) for line in segment_lines(view).values()]
    sheet.lines(lines, "#b9b9b3", 0.5, order=1.0, name="roads")


def _draw_corridors(sheet: Sheet, frame: Frame, view: View, corridors: Sequence[CorridorRow]) -> None:
    """Each road segment once: traffic of all corridors on it added up, style by the best of them."""
    lines, order = segment_lines(view), list(DASHES)
    paths = {row["corridor"]: row["path"] for row in view.case.rows("corridors")}
    flow: dict[frozenset[str], float] = {}
    best: dict[frozenset[str], str] = {}
    for corridor in corridors:
        path = paths[corridor.key]
        for a, b in itertools.pairwise(path):
            segment = frozenset((a, b))
            flow[segment] = flow.get(segment, 0.0) + corridor.sent[1]
            best[segment] = min(best.get(segment, "unused"), corridor.status, key=order.index)
    most = max(flow.values(), default=0.0) or 1.0
    for status, dashes in DASHES.items():
        drawn = [s for s in flow if best[s] == status and s in lines]
        segments = [frame.points(lines[s][:, 0], lines[s][:, 1]) for s in drawn]
        widths = [0.9 + 2.9 * math.sqrt(flow[s] / most) for s in drawn]
        sheet.lines(segments, COLOURS[status], widths, dashes=dashes, order=2, name=f"corridors-{status}")


def cover_shape(cover: float) -> tuple[str, float, str]:
    """Marker, size and filling that stand for days of cover."""
    if cover < LOW:
        return "s", 5.2, look.INK
    return ("D", 4.2, look.HALF) if cover < FAIR else ("o", 4.6, look.WHITE)


def _draw_places(sheet: Sheet, frame: Frame, view: View, stocks: Sequence[StockRow]) -> None:
    positions = place_positions(view, stocks)
    by_shape: dict[tuple[str, float, str], list[Array]] = {}
    for row in stocks:
        if row.key in positions:
            lon, lat = positions[row.key]
            by_shape.setdefault(cover_shape(row.cover[1]), []).append(frame.points(lon, lat)[0])
    for (shape, size, fill), points in by_shape.items():
        sheet.dots(points, shape, size, fill, name=f"cover-{shape}")
    mines = {row["place"] for row in view.case.rows("places") if row["kind"] == "mine"}
    labels = [
        (row.name, frame.points(*positions[row.key])[0], row.key == view.hub, row.key in mines)
        for row in stocks
        if row.key in positions
    ]
    sources = {} if view.public else _sources(view)
    ends = [(view.names.of(key), frame.points(lon, lat)[0]) for key, (lon, lat) in sources.items()]
    sheet.dots([point for _name, point in ends], "^", 4.0, look.GREY, name="sources")
    taken = [_box(point, 1.6, 1.6) for _n, point, *_kinds in labels] + [_box(point, 1.6, 1.6) for _n, point in ends]
    taken.append(_key_box(frame, len(ends) > 0))
    for name, point, strong, minor in sorted(labels, key=lambda item: (not item[2], item[3])):
        _place_label(sheet, frame, name, point, taken, 7.0 if strong else 5.8, bold=strong, optional=minor)
    for name, point in ends:
        _place_label(sheet, frame, name, point, taken, 5.2, italic=True)


def place_positions(view: View, stocks: Sequence[StockRow]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of what is marked: towns, or the middle of the people of a region in a public view."""
    places = view.case.rows("places")
    if not view.public:
        hidden = {row["place"] for row in places if row["kind"] == "rural"}
        return {row["place"]: (row["lon"], row["lat"]) for row in places if row["place"] not in hidden}
    from citerne.report.public import regions_of

    regions = regions_of(view.case)
    found: dict[str, list[tuple[float, float, float]]] = {}
    for row in places:
        if row["place"] in regions:
            found.setdefault(regions[row["place"]], []).append((row["lon"], row["lat"], (row["population"] or 0) + 1.0))
    middle = {}
    for key, parts in found.items():
        lon, lat, weight = np.array(parts).T
        x, y = (float(np.average(values, weights=weight)) for values in (lon, lat))
        middle[key] = (round(x, 1), round(y, 1))
    return middle


def _sources(view: View) -> dict[str, tuple[float, float]]:
    """First places of the corridors: ports, refineries, or towns abroad."""
    rows = {row["place"]: row for row in view.case.rows("places")}
    firsts = dict.fromkeys(row["path"][0] for row in view.case.rows("corridors"))
    return {key: (rows[key]["lon"], rows[key]["lat"]) for key in firsts}


Box = tuple[float, float, float, float]


def _box(point: Array, wide: float, high: float) -> Box:
    return (point[0] - wide / 2, point[1] - high / 2, point[0] + wide / 2, point[1] + high / 2)


def _overlap(a: Box, b: Box) -> float:
    return max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)


# Sides of a dot to write its name on, the best first: shift in mm and alignment.
SIDES = (
    (1.4, 0.0, "left"), (-1.4, 0.0, "right"), (0.0, 2.1, "center"), (0.0, -2.1, "center"),
    (1.1, 1.5, "left"), (-1.1, 1.5, "right"), (1.1, -1.5, "left"), (-1.1, -1.5, "right"),
)  # fmt: skip


def _place_label(
    sheet: Sheet, frame: Frame, name: str, point: Array, taken: list[Box], size: float, *, bold: bool = False,
    italic: bool = False, optional: bool = False,
) -> None:  # fmt: skip
    """Write a name on the side of its dot that hits least of what is written; an optional one only if it hits none."""
    name = name.split(" (")[0]
    wide, high = len(name) * size * (0.215 if bold else 0.195), size * 0.36
    best: tuple[float, float, float, str, Box] | None = None
    for dx, dy, ha in SIDES:
        left = point[0] + dx - {"left": 0, "right": wide, "center": wide / 2}[ha]
        box = (left, point[1] + dy - high / 2, left + wide, point[1] + dy + high / 2)
        off = max(-box[0], 0) + max(box[2] - frame.width_mm, 0) + max(-box[1], 0) + max(box[3] - frame.height_mm, 0)
        cost = sum(_overlap(box, other) for other in taken) + 5 * off
        if best is None or cost < best[0]:
            best = (cost, dx, dy, ha, box)
        if cost == 0:
            break
    assert best is not None  # eight sides were tried
    cost, dx, dy, ha, box = best
    if optional and cost > 0:
        return
    taken.append(box)
    x, y = float(point[0]) + dx, float(point[1]) + dy
    sheet.text(x, y, name, size, bold=bold, italic=italic, ha=ha, va="center", halo=True)


KEY_WIDE = 38.0


def _key_box(frame: Frame, with_ways: bool) -> Box:
    """Where the key stands: the upper left corner."""
    high = 27.0 if with_ways else 12.0
    return (1.5, frame.height_mm - 1.5 - high, 1.5 + KEY_WIDE, frame.height_mm - 1.5)


def _draw_key(sheet: Sheet, frame: Frame, corridors: Sequence[CorridorRow], view: View) -> None:
    """What the signs mean, in the upper left corner of the map."""
    entries: list[tuple[str, Any]] = []
    if not view.public:
        present = {row.status for row in corridors}
        entries += [("line", s) for s in DASHES if s in present]
    entries += [("dot", c) for c in (0.0, 5.0, 9.0)]
    names = {0.0: _("less than {n} days").format(n=3), 5.0: _("{a} to {b} days").format(a=3, b=7),
             9.0: _("{n} days or more").format(n=7)}  # fmt: skip
    high = 3.3 * len(entries) + (7.0 if not view.public else 2.0)
    top, wide = frame.height_mm - 1.5, KEY_WIDE
    box = np.array([(1.5, top - high), (1.5 + wide, top - high), (1.5 + wide, top), (1.5, top)], float)
    sheet.area(box, look.WHITE, edge=look.FAINT, width=0.4, order=5.5)
    y = top - 2.4
    for kind, what in entries:
        if kind == "line":
            sheet.line(np.array([(3, y), (11, y)]), COLOURS[what], 2.0, dashes=DASHES[what], order=5.8)
            sheet.text(12.5, y, status_word(what), 5.8, va="center")
        else:
            shape, size, fill = cover_shape(what)
            sheet.dots([(7, y)], shape, size, fill, order=5.8)
            sheet.text(12.5, y, names[what], 5.8, va="center")
        y -= 3.3
    if not view.public:
        sheet.text(3, y + 0.9, _("Width: tankers a day"), 5.2, va="top")
        sheet.dots([(4, y - 3.0)], "^", 4.0, look.GREY, order=5.8)
        sheet.text(6.5, y - 3.0, _("where fuel comes from"), 5.2, va="center")


def _summary(view: View, corridors: Sequence[CorridorRow], stocks: Sequence[StockRow]) -> str:
    low = sum(row.cover[1] < LOW for row in stocks)
    text = _("On {day} {low} of {all} places shown have less than {n} days of cover in the median future")
    if view.public:
        text = _("On {day} {low} of {all} regions shown have less than {n} days of cover in the median future")
    said = text.format(day=day_text(view.date(view.now)), low=low, all=len(stocks), n=value_text(LOW))
    if not view.public and corridors:
        flowing = sum(row.status == "open" for row in corridors)
        text = _("; {open} of {all} corridors carry traffic near that of the first week")
        said += text.format(open=flowing, all=len(corridors))
    return said + "."


def _table(corridors: Iterable[CorridorRow], stocks: Iterable[StockRow]) -> Table:
    header = (_("On the map"), _("median"), _("9 in 10 futures"), _("status"))
    rows = [(row.name, value_text(row.cover[1]), span_text(row.cover[0], row.cover[2]), "") for row in stocks]
    rows += [(c.name, value_text(c.sent[1]), span_text(c.sent[0], c.sent[2]), status_word(c.status)) for c in corridors]
    return Table(header, tuple(rows))
