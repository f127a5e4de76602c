"""Roads as short straight steps between points, and named places snapped onto them.

Distances are great circles on a sphere of 6,371 km.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citerne.base.sphere import EARTH_RADIUS_KM
from citerne.base.text import _
from citerne.roads.osm import Extract, OsmPlace, OsmWay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EARTH_KM = EARTH_RADIUS_KM
LANDING_KM = 3.0  # a ferry or river leg is joined to a road this near to its end
SAMPLE_KM = 1.0  # spacing of the points by which the nearest step is looked up
AT_A_POINT_KM = 0.05  # a place this near to an existing point of the road takes that point
BORDER_CLUSTER_KM = 1.0  # border posts of one crossing, one for each lane or side of the road
_KIND_RANK = {"border": 0, "capital": 1, "town": 2, "locality": 3}
_TAG_RANK = {"city": 0, "town": 1, "village": 2}


@dataclass(frozen=True, eq=False)
class Lines:
    """Points and the steps between them.

    Attributes
    ----------
    lon, lat : [point], degrees
    node : [point], OSM id; 0 for a point that was put in for a place
    a, b : [step], points at its ends, in the direction of its way
    way : [step], position of its way in `ways`
    """

    lon: Floats
    lat: Floats
    node: Ints
    a: Ints
    b: Ints
    way: Ints
    ways: tuple[OsmWay, ...]

    @property
    def length_km(self) -> Floats:
        """[step]."""
        return distance_km(self.lon[self.a], self.lat[self.a], self.lon[self.b], self.lat[self.b])


@dataclass(frozen=True)
class Snapped:
    """A place on the network: its point and how far it lies from the road."""

    place: OsmPlace
    point: int
    distance_km: float


def distance_km(lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike) -> Floats:
    """Great-circle distance, haversine form; degrees in, km out."""
    la, pa, lb, pb = (np.radians(np.asarray(v, float)) for v in (lon_a, lat_a, lon_b, lat_b))
    h = np.sin((pb - pa) / 2) ** 2 + np.cos(pa) * np.cos(pb) * np.sin((lb - la) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(h, 1))))


def _vectors(lon: ArrayLike, lat: ArrayLike) -> Floats:
    lam, phi = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], -1)


def _tree(lon: ArrayLike, lat: ArrayLike) -> Any:
    from scipy.spatial import cKDTree

    return cKDTree(_vectors(lon, lat))


def lines_of(extract: Extract) -> Lines:
    """The steps of all ways of an extract; ways that use the same OSM node meet there."""
    ref = np.frombuffer(extract.ref, np.int64) if extract.ref else np.zeros(0, np.int64)
    node, first, point = np.unique(ref, return_index=True, return_inverse=True)
    lon, lat = (
        np.frombuffer(raw, np.int32)[first].astype(float) / 1e7 if raw else np.zeros(0)
        for raw in (extract.x, extract.y)
    )
    start = np.asarray(extract.start, np.int64)
    way_of_point = np.repeat(np.arange(len(extract.ways)), np.diff(start))
    joined = np.flatnonzero(way_of_point[1:] == way_of_point[:-1])
    lines = Lines(lon, lat, node, point[joined], point[joined + 1], way_of_point[joined], tuple(extract.ways))
    return _without_lost_water(_with_landings(lines, extract.places), extract.left_out)


def _with_landings(lines: Lines, places: list[OsmPlace]) -> Lines:
    """Join ends of ferries and rivers, and river points beside a place, to the nearest road."""
    on_water = np.array([way.mode != "road" for way in lines.ways], bool)[lines.way]
    if not on_water.any():
        return lines
    points = len(lines.lon)
    wet = np.bincount(np.r_[lines.a[on_water], lines.b[on_water]], minlength=points)
    road_points = np.unique(np.r_[lines.a[~on_water], lines.b[~on_water]])
    if not road_points.size:
        return lines
    dry = np.zeros(points, bool)
    dry[road_points] = True
    ends = np.flatnonzero((wet == 1) & ~dry)
    wet_points = np.flatnonzero(wet > 0)
    if places:
        tree = _tree(lines.lon[wet_points], lines.lat[wet_points])
        far, near = tree.query(_vectors([p.lon for p in places], [p.lat for p in places]))
        ends = np.union1d(ends, wet_points[near[far * EARTH_KM <= LANDING_KM]])
        ends = ends[~dry[ends]]
    if not ends.size:
        return lines
    far, near = _tree(lines.lon[road_points], lines.lat[road_points]).query(_vectors(lines.lon[ends], lines.lat[ends]))
    close = far * EARTH_KM <= LANDING_KM
    landing = OsmWay(0, "road", "unclassified", "", 0.0, "", 0, False, False, False)
    return replace(
        lines,
        a=np.r_[lines.a, ends[close]],
        b=np.r_[lines.b, road_points[near[close]]],
        way=np.r_[lines.way, np.full(int(close.sum()), len(lines.ways))],
        ways=(*lines.ways, landing),
    )


def _without_lost_water(lines: Lines, left_out: dict[str, list[str]]) -> Lines:
    """Leave out ferries and river legs from which no chosen road can be reached."""
    on_water = np.array([way.mode != "road" for way in lines.ways], bool)[lines.way]
    if not on_water.any():
        return lines
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    points = len(lines.lon)
    joined = coo_array((np.ones(len(lines.a)), (lines.a, lines.b)), shape=(points, points))
    part = connected_components(joined, directed=False)[1]
    reached = np.zeros(part.max() + 1, bool)
    reached[part[lines.a[~on_water]]] = True
    kept = reached[part[lines.a]]
    for way in np.unique(lines.way[~kept]):
        left_out[_("ferry or river leg that no chosen road reaches")].append(f"w{lines.ways[way].osm_id}")
    return replace(lines, a=lines.a[kept], b=lines.b[kept], way=lines.way[kept])


def rank_places(places: list[OsmPlace]) -> list[OsmPlace]:
    """Border posts, then the capital, then towns by size: who comes first keeps a point that two want."""
    return sorted(
        places,
        key=lambda p: (
            _KIND_RANK[p.kind],
            _TAG_RANK.get(p.place_tag, 9),
            -(p.population or 0),
            len(p.osm_id),
            p.osm_id,
        ),
    )


def snap_places(
    lines: Lines, places: list[OsmPlace], within_km: float, left_out: dict[str, list[str]]
) -> tuple[Lines, tuple[Snapped, ...]]:
    """Put each place on the nearest road: at a point of it, or at a new point within a long step.

    Places farther than `within_km` from any road, second places at the same point and further border posts of one
    crossing are named in `left_out` by reason.
    """
    if not places or not lines.a.size:
        for place in places:
            left_out[_("no road of the chosen classes in the extract")].append(place.osm_id)
        return lines, ()
    near = _candidates(lines, places)
    own = _own_points(lines, places)
    spots = {
        place.osm_id: _Spot(own[place.osm_id], -1, 0.0, 0.0) if place.osm_id in own else _nearest(lines, steps, place)
        for place, steps in zip(places, near, strict=True)
    }
    kept: list[tuple[OsmPlace, _Spot]] = []
    taken: set[tuple[int, int, int]] = set()
    posts: list[OsmPlace] = []
    for place in rank_places(places):
        spot = spots[place.osm_id]
        if spot.distance_km > within_km:
            left_out[_("no road of the chosen classes within {km} km").format(km=f"{within_km:g}")].append(place.osm_id)
        elif place.kind == "border" and _beside(place, posts):
            left_out[_("a further border post of the same crossing")].append(place.osm_id)
        elif spot.key in taken:
            left_out[_("another place stands at the same point of the road")].append(place.osm_id)
        else:
            taken.add(spot.key)
            kept.append((place, spot))
            if place.kind == "border":
                posts.append(place)
    return _insert(lines, kept)


@dataclass(frozen=True)
class _Spot:
    """Where on the network: an existing `point`, or `share` of the way along `step` where `point` is -1."""

    point: int
    step: int
    share: float
    distance_km: float

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.point, -1, 0) if self.point >= 0 else (-1, self.step, round(self.share * 1e6))


def _own_points(lines: Lines, places: list[OsmPlace]) -> dict[str, int]:
    """Points of places that are themselves a node of a road, by OSM id."""
    nodes = np.array([int(p.osm_id[1:]) for p in places if p.osm_id.startswith("n")], np.int64)
    at = np.minimum(np.searchsorted(lines.node, nodes), len(lines.node) - 1)  # `node` is sorted
    return {f"n{node}": int(i) for node, i in zip(nodes, at, strict=True) if lines.node[i] == node}


def _beside(place: OsmPlace, posts: list[OsmPlace]) -> bool:
    if not posts:
        return False
    far = distance_km(place.lon, place.lat, [p.lon for p in posts], [p.lat for p in posts])
    return bool(np.min(far) <= BORDER_CLUSTER_KM)


def _candidates(lines: Lines, places: list[OsmPlace]) -> Ints:
    """[place, 8] steps near each place, by sample points along all steps."""
    count = np.maximum(1, np.ceil(lines.length_km / SAMPLE_KM)).astype(np.int64)
    step = np.repeat(np.arange(len(count)), count)
    order = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    share = (order + 0.5) / count[step]
    a, b = lines.a[step], lines.b[step]
    lon = lines.lon[a] + share * (lines.lon[b] - lines.lon[a])
    lat = lines.lat[a] + share * (lines.lat[b] - lines.lat[a])
    k = min(8, len(step))
    _far, near = _tree(lon, lat).query(_vectors([p.lon for p in places], [p.lat for p in places]), k=k)
    return np.asarray(step[near.reshape(len(places), k)])


def _nearest(lines: Lines, steps: Ints, place: OsmPlace) -> _Spot:
    """Foot of the perpendicular on the nearest of `steps`, on the plane that touches the globe at the place."""
    a, b = lines.a[steps], lines.b[steps]
    shrink = np.cos(np.radians(place.lat))
    ax, ay = (lines.lon[a] - place.lon) * shrink, lines.lat[a] - place.lat
    bx, by = (lines.lon[b] - place.lon) * shrink, lines.lat[b] - place.lat
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    share = np.clip(-(ax * dx + ay * dy) / np.where(square > 0, square, 1), 0, 1)
    degrees = np.hypot(ax + share * dx, ay + share * dy)
    best = int(np.argmin(degrees))
    step, at = int(steps[best]), float(share[best])
    length = float(distance_km(lines.lon[a[best]], lines.lat[a[best]], lines.lon[b[best]], lines.lat[b[best]]))
    far = float(np.radians(degrees[best]) * EARTH_KM)
    if at * length <= AT_A_POINT_KM:
        return _Spot(int(a[best]), step, 0.0, far)
    if (1 - at) * length <= AT_A_POINT_KM:
        return _Spot(int(b[best]), step, 1.0, far)
    return _Spot(-1, step, at, far)


def _insert(lines: Lines, kept: list[tuple[OsmPlace, _Spot]]) -> tuple[Lines, tuple[Snapped, ...]]:
    """Split steps where places stand within them."""
    lon, lat, node = list(lines.lon), list(lines.lat), list(lines.node)
    inside: dict[int, list[tuple[float, int]]] = defaultdict(list)
    snapped = []
    for place, spot in kept:
        point = spot.point
        if point < 0:
            a, b = lines.a[spot.step], lines.b[spot.step]
            point = len(lon)
            lon.append(lines.lon[a] + spot.share * (lines.lon[b] - lines.lon[a]))
            lat.append(lines.lat[a] + spot.share * (lines.lat[b] - lines.lat[a]))
            node.append(0)
            inside[spot.step].append((spot.share, point))
        snapped.append(Snapped(place, point, spot.distance_km))
    if not inside:
        return lines, tuple(snapped)
    pieces: list[tuple[int, int, int]] = []
    for step, points in inside.items():
        chain = [int(lines.a[step]), *(point for _share, point in sorted(points)), int(lines.b[step])]
        pieces += [(a, b, int(lines.way[step])) for a, b in itertools.pairwise(chain)]
    whole = np.ones(len(lines.a), bool)
    whole[list(inside)] = False
    added = np.array(pieces, np.int64)
    split = replace(
        lines,
        lon=np.array(lon),
        lat=np.array(lat),
        node=np.array(node, np.int64),
        a=np.r_[lines.a[whole], added[:, 0]],
        b=np.r_[lines.b[whole], added[:, 1]],
        way=np.r_[lines.way[whole], added[:, 2]],
    )
    return split, tuple(snapped)
