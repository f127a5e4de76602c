"""Read an OpenStreetMap extract in one pass: roads with their points, named places, border posts, fuel sites.

Only the roads' own points are kept, in flat arrays; node locations are held by the reader's cache while the pass lasts.
The libraries of the part `osm` are imported here on call.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citerne.base.errors import DataError, Fault, MissingPartError
from citerne.base.text import _
from citerne.roads.speeds import CLASSES, maxspeed_kmh, surface_of

TOWNS = ("city", "town")
VILLAGES = (*TOWNS, "village")
SETTLEMENTS = (*VILLAGES, "hamlet", "locality", "isolated_dwelling", "suburb", "quarter", "neighbourhood", "island")
PLACE_CHOICES = {"towns": TOWNS, "villages": VILLAGES, "all": SETTLEMENTS}
UNDEFINED = 2_147_483_647  # coordinate of a node that the extract does not hold
WATERWAYS = ("river", "canal")
_CLOSED = ("no", "private")
_ROUNDABOUTS = ("roundabout", "circular")


@dataclass(slots=True)
class OsmWay:
    """One way, or the part of it that lies in the extract: tags in the words of a case.

    `mode` is road, ferry or river; `oneway` 1 along the points, -1 against them, 0 both ways; `surface` is empty where
    it is not tagged; `maxspeed_kmh` 0 where none is posted.
    """

    osm_id: int
    mode: str
    road_class: str
    surface: str
    maxspeed_kmh: float
    ref: str
    oneway: int
    bridge: bool
    seasonal: bool
    toll: bool


@dataclass(slots=True)
class OsmPlace:
    """A named place or a border post."""

    osm_id: str
    kind: str
    place_tag: str
    name: str
    name_en: str
    name_fr: str
    lat: float
    lon: float
    population: int | None
    country: str


@dataclass(slots=True)
class OsmSite:
    """A fuel station or a depot: only its kind and where it is; shown later at its town."""

    kind: str
    lat: float
    lon: float


@dataclass
class Extract:
    """What one pass found.

    `ref`, `x`, `y` hold the points of all ways one after the other (node id, 1e-7 degrees); way k owns the points
    `start[k]` to `start[k + 1]`. `left_out` lists OSM ids by reason.
    """

    ways: list[OsmWay] = field(default_factory=list)
    start: array[int] = field(default_factory=lambda: array("q", [0]))
    ref: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    places: list[OsmPlace] = field(default_factory=list)
    sites: list[OsmSite] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def read_extract(path: Path, places: str = "towns", down_to: str = "secondary", rivers: bool = False) -> Extract:
    """Read `path` (.osm.pbf, .osm, .osm.bz2) once.

    Parameters
    ----------
    places : `towns` (cities and towns), `villages`, or `all` named places; border posts always come along
    down_to : least road class taken, motorway to residential
    rivers : take rivers and canals tagged as open to boats

    Raises
    ------
    MissingPartError : the part `osm` is not installed
    DataError : the file cannot be read as OpenStreetMap data
    """
    try:
        import osmium
    except ImportError as error:
        raise MissingPartError(
            _("Reading OpenStreetMap needs the part osm: pip install {part}").format(part="'citerne[osm]'")
        ) from error
    extract, wanted = Extract(), PLACE_CHOICES[places]
    try:
        for item in _passing(osmium, path, wanted, down_to, rivers):
            if item.is_node():
                _take_point(extract, item.tags, f"n{item.id}", item.location.lat, item.location.lon, wanted)
            else:
                _take_way(extract, item, wanted)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        fault = Fault(path.name, 0, "", str(error), _("an OpenStreetMap extract (.osm.pbf)"), _("download it again"))
        raise DataError([fault]) from error
    return extract


def _passing(osmium: Any, path: Path, wanted: tuple[str, ...], down_to: str, rivers: bool) -> Any:
    """The objects that matter; the filters run in compiled code, so that Python sees few of them."""
    node, way, tags = osmium.osm.NODE, osmium.osm.WAY, osmium.filter.TagFilter
    sites = [("amenity", "fuel"), ("man_made", "storage_tank"), ("industrial", "oil"), ("industrial", "depot")]
    named = [("place", value) for value in wanted]
    roads = [("highway", c + link) for c in CLASSES[: CLASSES.index(down_to) + 1] for link in ("", "_link")]
    water = [("waterway", value) for value in WATERWAYS] if rivers else []
    points = tags(*named, *sites, ("barrier", "border_control"))
    lines = tags(*roads, *water, *sites, *named, ("route", "ferry"))
    return (
        osmium.FileProcessor(str(path), node | way)
        .with_locations()
        .with_filter(osmium.filter.EmptyTagFilter())
        .with_filter(points.enable_for(node))
        .with_filter(lines.enable_for(way))
    )


def _take_way(extract: Extract, item: Any, wanted: tuple[str, ...]) -> None:
    tags = item.tags
    highway, osm_id = tags.get("highway"), f"w{item.id}"
    mode = "road" if highway else "ferry" if tags.get("route") == "ferry" else "river" if "waterway" in tags else ""
    if not mode:  # a town, a station or a depot drawn as an area: its middle
        points = [n.location for n in item.nodes if n.location.valid()]
        if points:
            lat, lon = sum(p.lat for p in points) / len(points), sum(p.lon for p in points) / len(points)
            _take_point(extract, tags, osm_id, lat, lon, wanted)
        return
    if mode == "river" and not any(tags.get(key) in ("yes", "designated") for key in ("boat", "motorboat", "ship")):
        extract.left_out[_("waterway not tagged as open to boats")].append(osm_id)
        return
    if tags.get("area") == "yes":
        extract.left_out[_("road drawn as an area")].append(osm_id)
        return
    if _closed(tags, mode):
        extract.left_out[_("closed to trucks (access tags)")].append(osm_id)
        return
    _take_line(extract, item, _way_of(item.id, tags, mode, highway), osm_id)


def _closed(tags: Any, mode: str) -> bool:
    """Most special tag first: hgv, motor_vehicle, vehicle, access."""
    if mode == "river":
        return False
    keys = ("hgv", "motor_vehicle", "motorcar", "access") if mode == "road" else ("motor_vehicle", "hgv")
    for key in keys:
        value = tags.get(key)
        if value is not None:
            return value in _CLOSED
    return False


def _way_of(osm_id: int, tags: Any, mode: str, highway: str | None) -> OsmWay:
    oneway = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}.get(tags.get("oneway", ""), 0)
    implied = highway in ("motorway", "motorway_link") or tags.get("junction") in _ROUNDABOUTS
    if mode == "road" and "oneway" not in tags and implied:
        oneway = 1
    return OsmWay(
        osm_id,
        mode,
        (highway or "").removesuffix("_link"),
        surface_of(tags.get("surface"), tags.get("smoothness")) if mode == "road" else mode,
        maxspeed_kmh(tags.get("maxspeed")),
        tags.get("ref", "").replace(";", " / ")[:60],
        oneway if mode == "road" else 0,
        tags.get("bridge", "no") not in ("no", ""),
        tags.get("seasonal", "no") != "no" or tags.get("ice_road") == "yes",
        tags.get("toll") in ("yes", "hgv"),
    )


def _take_line(extract: Extract, item: Any, way: OsmWay, osm_id: str) -> None:
    """Keep the points; where the extract's edge cuts the way, each part inside becomes a way of its own."""
    begun = last = 0
    cut = False
    for point in item.nodes:
        place, ref = point.location, point.ref
        if place.x == UNDEFINED:
            cut = True
            if begun:
                _close(extract, way, begun)
            begun = last = 0
            continue
        if begun and ref == last:
            continue  # the same node twice in a row
        extract.ref.append(ref)
        extract.x.append(place.x)
        extract.y.append(place.y)
        begun, last = begun + 1, ref
    if begun:
        _close(extract, way, begun)
    if cut:
        extract.left_out[_("part of the way lies outside the extract")].append(osm_id)


def _close(extract: Extract, way: OsmWay, points: int) -> None:
    if points < 2:  # one point makes no line
        del extract.ref[-points:], extract.x[-points:], extract.y[-points:]
        return
    extract.ways.append(way)
    extract.start.append(len(extract.ref))


def _take_point(extract: Extract, tags: Any, osm_id: str, lat: float, lon: float, wanted: tuple[str, ...]) -> None:
    place_tag = tags.get("place", "")
    border = tags.get("barrier") == "border_control"
    name = tags.get("name") or tags.get("name:en") or tags.get("name:fr") or tags.get("int_name") or ""
    if border or (place_tag in wanted and name):
        capital = tags.get("capital") == "yes" and place_tag in TOWNS
        kind = "border" if border else "capital" if capital else "town" if place_tag in TOWNS else "locality"
        people = re.sub(r"[\s,.']", "", tags.get("population", ""))
        population = int(people) if re.fullmatch(r"[0-9]{1,8}", people) else None
        extract.places.append(
            OsmPlace(
                osm_id, kind, place_tag, name, tags.get("name:en") or tags.get("int_name") or name,
                tags.get("name:fr") or name, lat, lon, population,
                (tags.get("is_in:country_code") or tags.get("addr:country") or "").upper()[:2],
            )
        )  # fmt: skip
    elif place_tag in wanted:
        extract.left_out[_("place without a name")].append(osm_id)
    if tags.get("amenity") == "fuel":
        extract.sites.append(OsmSite("fuel_station", lat, lon))
    elif tags.get("industrial") in ("oil", "depot") or _holds_fuel(tags):
        extract.sites.append(OsmSite("depot", lat, lon))


def _holds_fuel(tags: Any) -> bool:
    content = (tags.get("content") or tags.get("substance") or "").lower()
    return tags.get("man_made") == "storage_tank" and any(
        word in content for word in ("fuel", "oil", "gas", "diesel", "petrol", "kerosene")
    )
