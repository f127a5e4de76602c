"""Declared speeds of a loaded tanker by road class and surface, and how OpenStreetMap words map to surfaces.

All speeds are judgement (confidence E): a loaded articulated truck between towns makes 45 km/h on paved road, 30
where it is broken, 22 on gravel and 15 on a track; no border, escort or queue time is in them. A posted limit below
the speed counts instead.
"""

from __future__ import annotations

CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential")

SPEED_KMH: dict[str, dict[str, float]] = {
    "motorway": {"paved": 65, "paved_poor": 40, "gravel": 25, "track": 15},
    "trunk": {"paved": 45, "paved_poor": 30, "gravel": 22, "track": 15},
    "primary": {"paved": 45, "paved_poor": 30, "gravel": 22, "track": 15},
    "secondary": {"paved": 40, "paved_poor": 28, "gravel": 20, "track": 14},
    "tertiary": {"paved": 35, "paved_poor": 25, "gravel": 18, "track": 12},
    "unclassified": {"paved": 30, "paved_poor": 20, "gravel": 15, "track": 10},
    "residential": {"paved": 20, "paved_poor": 15, "gravel": 12, "track": 10},
}
WATER_SPEED_KMH = {"ferry": 8.0, "river": 8.0}
FERRY_WAIT_H = 1.0  # for each crossing, however short

# what a road without a surface tag is taken for
ASSUMED_SURFACE = {
    "motorway": "paved",
    "trunk": "paved",
    "primary": "paved",
    "secondary": "paved_poor",
    "tertiary": "gravel",
    "unclassified": "track",
    "residential": "track",
}

_SURFACE_WORDS = {
    "paved": "asphalt paved concrete concrete:plates concrete:lanes chipseal paving_stones sett metal yes bricks",
    "paved_poor": "cobblestone unhewn_cobblestone",
    "gravel": "gravel fine_gravel compacted unpaved pebblestone laterite",
    "track": "ground dirt earth sand mud grass clay rock stone soil no",
}
SURFACE_OF = {word: surface for surface, words in _SURFACE_WORDS.items() for word in words.split()}
BROKEN = frozenset({"bad", "very_bad", "horrible", "very_horrible", "impassable"})


def surface_of(tag: str | None, smoothness: str | None) -> str:
    """Surface in the words of a case, or "" where the tags do not tell."""
    word = (tag or "").split(";")[0].strip().lower()
    surface = SURFACE_OF.get(word, "")
    return "paved_poor" if surface == "paved" and smoothness in BROKEN else surface


def speed_kmh(mode: str, road_class: str, surface: str, maxspeed_kmh: float) -> float:
    """Speed of a loaded tanker; `maxspeed_kmh` 0 where none is posted."""
    if mode != "road":
        return WATER_SPEED_KMH[mode]
    speed = SPEED_KMH[road_class][surface or ASSUMED_SURFACE[road_class]]
    return min(speed, maxspeed_kmh) if maxspeed_kmh else speed


def maxspeed_kmh(tag: str | None) -> float:
    """A posted limit in km/h; 0 where there is none or it is not a number (`none`, `ML:urban`)."""
    words = (tag or "").replace(";", " ").split()
    if not words or not words[0].isdecimal():
        return 0.0
    limit = float(words[0])
    return limit * 1.609344 if "mph" in words[1:] else limit
