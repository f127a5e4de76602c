"""`import osm`: an extract becomes the tables places, roads and road_vias of a case, with details and a report."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import DataError, Fault
from citerne.base.text import _
from citerne.roads.contract import Segment, contract, network_of
from citerne.roads.graph import Network, Route
from citerne.roads.lines import Lines, Snapped, distance_km, lines_of, rank_places, snap_places
from citerne.roads.osm import Extract, OsmSite, read_extract
from citerne.roads.routes import direct_links
from citerne.schema.tables import PLACES, ROAD_VIAS, ROADS
from citerne.schema.write import slug, write_rows, write_table

ATTRIBUTION = "© OpenStreetMap contributors, Open Database License (ODbL) 1.0, https://www.openstreetmap.org/copyright"
DETAILS = (
    "segment", "mode", "road_class", "oneway", "length_km", "truck_hours", "assumed_surface_km", "bridges", "bridge_km",
    "seasonal_km", "toll", "lowest_maxspeed_kmh",
)  # fmt: skip
SITES_WITHIN_KM = 30.0
Row = dict[str, Any]


@dataclass(frozen=True)
class OsmImport:
    """The imported network as rows of case tables, and what was found on the way.

    Attributes
    ----------
    network : junction graph, with one-way streets, or the network of places alone
    places, roads, vias : rows of these tables of a case; `places` holds the junctions too
    details : one row for each segment with what the case tables have no column for
    sites : fuel stations and depots counted at the nearest place
    snapped : rows place, osm_id, distance_km: how far each place lies from its point on the road
    report : figures that `--json` prints
    set_aside : rows osm_id, reason
    """

    network: Network
    places: tuple[Row, ...]
    roads: tuple[Row, ...]
    vias: tuple[Row, ...]
    details: tuple[Row, ...]
    sites: tuple[Row, ...]
    snapped: tuple[Row, ...]
    report: Row
    set_aside: tuple[Row, ...]

    def write(self, folder: Path) -> None:
        """Write all tables into `folder`, with the attribution that must go along."""
        folder.mkdir(parents=True, exist_ok=True)
        write_table(folder / "places.csv", PLACES, self.places)
        write_table(folder / "roads.csv", ROADS, self.roads)
        write_table(folder / "road_vias.csv", ROAD_VIAS, self.vias)
        write_rows(folder / "road_details.csv", DETAILS, self.details)
        write_rows(folder / "fuel_sites.csv", ("place", "fuel_stations", "depots"), self.sites)
        write_rows(folder / "snapped.csv", ("place", "osm_id", "distance_km"), self.snapped)
        write_rows(folder / "set_aside.csv", ("osm_id", "reason"), self.set_aside)
        (folder / "ATTRIBUTION.txt").write_text(ATTRIBUTION + "\n", encoding="utf-8")


def import_osm(
    path: Path,
    places: str = "towns",
    down_to: str = "secondary",
    rivers: bool = False,
    snap_km: float = 5.0,
    country: str = "XX",
    network: str = "junctions",
) -> OsmImport:
    """Read an extract and contract it.

    Parameters
    ----------
    places, down_to, rivers : as in `read_extract`
    snap_km : farthest a place may lie from the road that serves it
    country : ISO 3166 alpha-2 code for places whose tags do not tell; XX is unknown
    network : `junctions` keeps every junction, `places` only the ways between named places

    Raises
    ------
    DataError : no road of the classes asked for
    """
    extract = read_extract(path, places, down_to, rivers)
    if not any(way.mode == "road" for way in extract.ways):
        found = _("no road down to class {name}").format(name=down_to)
        mend = _("take more classes with --down-to, or another extract")
        raise DataError([Fault(path.name, 0, "", found, _("roads"), mend)])
    lines, snapped = snap_places(lines_of(extract), extract.places, snap_km, extract.left_out)
    segments = contract(lines, snapped)
    snapped = _in_order(snapped)
    named = _names(snapped)
    junctions = _junctions(lines, segments, set(named))
    whole = network_of(segments, named | junctions)
    source = _("OpenStreetMap contributors, file {file}").format(file=path.name)
    place_rows = [_place_row(named[s.point], s, country, source) for s in snapped]
    builder = _Rows(lines, segments, whole, source)
    if network == "places":
        routes = direct_links(whole, whole.hours, list(named.values()))
        graph, roads, vias, details = builder.of_routes(routes, list(named.values()))
    else:
        graph, (roads, vias, details) = whole, builder.of_segments()
        place_rows += _junction_rows(lines, junctions, place_rows, country, source)
    return OsmImport(
        graph,
        tuple(place_rows),
        roads,
        vias,
        details,
        tuple(_site_rows(extract.sites, place_rows[: len(snapped)])),
        tuple(
            {"place": named[s.point], "osm_id": s.place.osm_id, "distance_km": round(s.distance_km, 3)} for s in snapped
        ),
        _report(graph, extract, snapped, named),
        tuple({"osm_id": osm_id, "reason": reason} for reason, ids in extract.left_out.items() for osm_id in ids),
    )


def _in_order(snapped: Iterable[Snapped]) -> tuple[Snapped, ...]:
    by_id = {s.place.osm_id: s for s in snapped}
    return tuple(by_id[place.osm_id] for place in rank_places([s.place for s in by_id.values()]))


def _names(snapped: Sequence[Snapped]) -> dict[int, str]:
    """Ids by point: the slug of the name; the second of a name gets its OSM id after it."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for s in snapped:
        name = slug(s.place.name_en) or slug(s.place.name)
        if not name:
            name = f"border_{s.place.osm_id}" if s.place.kind == "border" else s.place.osm_id
        name = f"{name}_{s.place.osm_id}" if name in taken else name
        taken.add(name)
        names[s.point] = name
    return names


def _junctions(lines: Lines, segments: Sequence[Segment], named: set[int]) -> dict[int, str]:
    points = sorted({p for s in segments for p in (s.tail, s.head)} - named)
    return {point: f"j{lines.node[point]}" for point in points}


def _place_row(name: str, snapped: Snapped, country: str, source: str) -> Row:
    place = snapped.place
    shown = place.name or _("border post {id}").format(id=place.osm_id)
    note = _("OSM {id}; {km} km from the road").format(id=place.osm_id, km=f"{snapped.distance_km:.1f}")
    return {
        "place": name, "name_en": place.name_en or shown, "name_fr": place.name_fr or shown, "kind": place.kind,
        "country_iso2": place.country or country, "lat": round(place.lat, 5), "lon": round(place.lon, 5),
        "population": place.population, "reporting": place.kind in ("capital", "town"), "source": source,
        "confidence": "C", "note": note,
    }  # fmt: skip


def _junction_rows(lines: Lines, junctions: dict[int, str], places: list[Row], country: str, source: str) -> list[Row]:
    """Junctions as localities called after the nearest named place."""
    points = list(junctions)
    near: list[Row | None] = [None] * len(points)
    if places and points:
        near = [places[i] for i in _nearest_place(lines.lon[points], lines.lat[points], places)]
    return [
        {
            "place": junctions[point],
            "name_en": f"Junction near {place['name_en']}" if place else "Junction",
            "name_fr": f"Carrefour près de {place['name_fr']}" if place else "Carrefour",
            "kind": "locality", "country_iso2": place["country_iso2"] if place else country,
            "lat": round(float(lines.lat[point]), 5), "lon": round(float(lines.lon[point]), 5), "reporting": False,
            "source": source, "confidence": "C",
        }
        for point, place in zip(points, near, strict=True)
    ]  # fmt: skip


def _nearest_place(lon: Any, lat: Any, places: list[Row]) -> list[int]:
    """Position of the nearest of `places` to each point, by great circle."""
    p_lon, p_lat = np.array([p["lon"] for p in places]), np.array([p["lat"] for p in places])
    lon, lat = np.atleast_1d(lon), np.atleast_1d(lat)
    return [int(np.argmin(distance_km(x, y, p_lon, p_lat))) for x, y in zip(lon, lat, strict=True)]


def _site_rows(sites: list[OsmSite], places: list[Row]) -> list[Row]:
    """Fuel stations and depots at their town: exact positions do not leave the extract."""
    if not sites or not places:
        return []
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for site, i in zip(sites, _nearest_place([s.lon for s in sites], [s.lat for s in sites], places), strict=True):
        far = float(distance_km(site.lon, site.lat, places[i]["lon"], places[i]["lat"]))
        counts[places[i]["place"] if far <= SITES_WITHIN_KM else ""][site.kind] += 1
    return [
        {"place": place or "(elsewhere)", "fuel_stations": c["fuel_station"], "depots": c["depot"]}
        for place, c in sorted(counts.items())
    ]


def _report(graph: Network, extract: Extract, snapped: Sequence[Snapped], named: dict[int, str]) -> Row:
    part = graph.components()
    km_by_part = np.bincount(part[graph.tail], weights=graph.length_km) if len(graph.segments) else np.zeros(1)
    total = float(graph.length_km.sum())
    reasons = [{"row": ids[0], "reason": reason, "count": len(ids)} for reason, ids in extract.left_out.items() if ids]
    return {
        "places": len(snapped),
        "segments": len(graph.segments),
        "length_km": total,
        "components": int(np.max(part)) + 1 if part.size else 0,
        "set_aside": reasons,
        "junctions": len(graph.nodes) - len(snapped),
        "largest_component_share": float(km_by_part[0] / total) if total else 0.0,
        "places_off_main": [name for name in named.values() if part[graph.index[name]] != 0],
        "farthest_snap_km": max((s.distance_km for s in snapped), default=0.0),
        "fuel_stations": sum(site.kind == "fuel_station" for site in extract.sites),
        "depots": sum(site.kind == "depot" for site in extract.sites),
    }


Tables = tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]


@dataclass(frozen=True)
class _Rows:
    """Builds the rows of roads, road_vias and road_details."""

    lines: Lines
    segments: tuple[Segment, ...]
    network: Network
    source: str

    def of_segments(self) -> Tables:
        names = self.network.nodes
        tables: list[tuple[Row, list[Row], Row]] = []
        for i, segment in enumerate(self.segments):
            key = self.network.segments[i]
            ends = (names[self.network.tail[i]], names[self.network.head[i]])
            tables.append((self._road(key, ends, segment), self._vias(key, segment.points), self._detail(key, segment)))
        return self._flat(tables)

    def of_routes(self, routes: Sequence[Route], nodes: list[str]) -> tuple[Network, *Tables]:
        """Each route between two places as one segment."""
        index = {key: i for i, key in enumerate(self.network.segments)}
        tables, merged = [], []
        for i, route in enumerate(routes):
            parts = [self.segments[index[key]] for key in route.segments]
            one = merge(parts)
            points: list[int] = []
            at = self.network.index[route.nodes[0]]
            for key, part in zip(route.segments, parts, strict=True):
                forward = int(self.network.tail[index[key]]) == at
                points += [*(part.points if forward else part.points[::-1]), part.head if forward else part.tail]
                at = int(self.network.head[index[key]] if forward else self.network.tail[index[key]])
            key = f"s{i + 1}"
            ends = (route.nodes[0], route.nodes[-1])
            tables.append((self._road(key, ends, one), self._vias(key, tuple(points[:-1])), self._detail(key, one)))
            merged.append(one)
        position = {node: i for i, node in enumerate(nodes)}
        graph = Network(
            tuple(nodes),
            tuple(f"s{i + 1}" for i in range(len(routes))),
            np.array([position[r.nodes[0]] for r in routes], np.int64),
            np.array([position[r.nodes[-1]] for r in routes], np.int64),
            np.array([one.length_km for one in merged], float),
            np.array([one.hours for one in merged], float),
            np.zeros(len(routes), bool),
        )
        return graph, *self._flat(tables)

    def _road(self, key: str, ends: tuple[str, str], segment: Segment) -> Row:
        assumed = segment.assumed_km > segment.length_km / 2
        note = _("surface assumed from the road class") if assumed else None
        return {
            "segment": key, "from_place": ends[0], "to_place": ends[1], "road_number": _most(segment.ref_km) or None,
            "length_km": segment.length_km, "surface": _most(segment.surface_km), "truck_hours": segment.hours,
            "hazard_weight": 1.0, "source": self.source, "confidence": "D" if assumed else "C", "note": note,
        }  # fmt: skip

    def _detail(self, key: str, segment: Segment) -> Row:
        return {
            "segment": key, "mode": segment.mode, "road_class": _most(segment.class_km), "oneway": segment.oneway,
            "length_km": segment.length_km, "truck_hours": segment.hours, "assumed_surface_km": segment.assumed_km,
            "bridges": segment.bridges, "bridge_km": segment.bridge_km, "seasonal_km": segment.seasonal_km,
            "toll": segment.toll, "lowest_maxspeed_kmh": segment.lowest_maxspeed_kmh or None,
        }  # fmt: skip

    def _vias(self, key: str, points: Sequence[int]) -> list[Row]:
        lon, lat = self.lines.lon, self.lines.lat
        return [
            {"segment": key, "seq": i + 1, "lat": round(float(lat[p]), 5), "lon": round(float(lon[p]), 5)}
            for i, p in enumerate(points)
        ]

    @staticmethod
    def _flat(tables: Sequence[tuple[Row, list[Row], Row]]) -> Tables:
        return (
            tuple(road for road, _vias, _detail in tables),
            tuple(itertools.chain.from_iterable(vias for _road, vias, _detail in tables)),
            tuple(detail for _road, _vias, detail in tables),
        )


def merge(parts: Sequence[Segment]) -> Segment:
    """Segments one after the other as one: sums, and the lowest limit."""
    one = replace(
        Segment(parts[0].tail, parts[-1].head, "road", False),
        mode=max(parts, key=lambda part: part.length_km).mode,
        length_km=sum(part.length_km for part in parts),
        hours=sum(part.hours for part in parts),
        assumed_km=sum(part.assumed_km for part in parts),
        bridge_km=sum(part.bridge_km for part in parts),
        bridges=sum(part.bridges for part in parts),
        seasonal_km=sum(part.seasonal_km for part in parts),
        toll=any(part.toll for part in parts),
        lowest_maxspeed_kmh=min((p.lowest_maxspeed_kmh for p in parts if p.lowest_maxspeed_kmh), default=0.0),
    )
    for part in parts:
        for total, more in (
            (one.surface_km, part.surface_km),
            (one.class_km, part.class_km),
            (one.ref_km, part.ref_km),
        ):
            for word, km in more.items():
                total[word] += km
    return one


def _most(km: dict[str, float]) -> str:
    """The word with most km; the first in the alphabet of equals, so that the answer does not hang on the order."""
    return min(km, key=lambda word: (-km[word], word)) if km else ""
