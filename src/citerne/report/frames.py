"""Plane geometry of a map: the frame, and cutting and thinning outlines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Frame:
    """Part of the earth that a map shows, and where it falls on the sheet; degrees to mm, equal scale both ways."""

    west: float
    south: float
    east: float
    north: float
    width_mm: float

    @property
    def scale(self) -> float:
        """mm per degree of longitude."""
        return self.width_mm / (self.east - self.west)

    @property
    def stretch(self) -> float:
        """Length of a degree of latitude over one of longitude, at mid latitude."""
        return 1 / math.cos(math.radians((self.south + self.north) / 2))

    @property
    def height_mm(self) -> float:
        """Height on the sheet."""
        return (self.north - self.south) * self.scale * self.stretch

    def points(self, lon: Any, lat: Any) -> Array:
        """Positions (n, 2) in mm."""
        x = (np.asarray(lon, float) - self.west) * self.scale
        y = (np.asarray(lat, float) - self.south) * self.scale * self.stretch
        return np.column_stack([np.atleast_1d(x), np.atleast_1d(y)])


def clip_ring(ring: Array, frame: Frame) -> Array:
    """A ring cut off at the edges of the frame (Sutherland and Hodgman 1974)."""
    sides = ((0, frame.west, 1), (0, frame.east, -1), (1, frame.south, 1), (1, frame.north, -1))
    points = ring[:-1] if len(ring) > 1 and (ring[0] == ring[-1]).all() else ring
    for axis, edge, way in sides:
        if not len(points):
            break
        inside = (points[:, axis] - edge) * way >= 0
        if inside.all():
            continue
        kept = []
        for k in range(len(points)):
            a, b = points[k - 1], points[k]
            if inside[k] != inside[k - 1]:
                kept.append(a + (b - a) * ((edge - a[axis]) / (b[axis] - a[axis])))
            if inside[k]:
                kept.append(b)
        points = np.array(kept) if kept else np.empty((0, 2))
    return points


def thin_line(points: Array, tolerance_mm: float) -> Array:
    """Points of a line no nearer than `tolerance_mm` to the one kept before; first and last stay."""
    kept = [points[0]]
    for point in points[1:-1]:
        if abs(point - kept[-1]).max() >= tolerance_mm:
            kept.append(point)
    return np.array([*kept, points[-1]])


def area(points: Array) -> float:
    """Area of a ring, in squares of its unit."""
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def centre(points: Array) -> tuple[float, float]:
    """Centre of gravity of a ring."""
    x, y = points[:, 0], points[:, 1]
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    total = cross.sum() * 3
    return float(((x + np.roll(x, -1)) * cross).sum() / total), float(((y + np.roll(y, -1)) * cross).sum() / total)
