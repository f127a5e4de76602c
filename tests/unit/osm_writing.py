"""Write small OpenStreetMap extracts with known answers."""

from __future__ import annotations

from pathlib import Path

import osmium
from osmium.osm import mutable

Point = tuple[float, float]


class Drawing:
    """Collects nodes (lon, lat) and ways, then writes them as an extract."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[Point, dict[str, str]]] = {}
        self.ways: list[tuple[list[int], dict[str, str]]] = []

    def node(self, lon: float, lat: float, **tags: str) -> int:
        number = len(self.nodes) + 1
        self.nodes[number] = ((lon, lat), tags)
        return number

    def way(self, nodes: list[int], **tags: str) -> None:
        self.ways.append((nodes, {"highway": "primary", "surface": "asphalt"} | tags))

    def write(self, path: Path) -> Path:
        writer = osmium.SimpleWriter(str(path), overwrite=True)
        for number, (location, tags) in self.nodes.items():
            writer.add_node(mutable.Node(id=number, location=location, tags=tags))
        for number, (refs, tags) in enumerate(self.ways, start=1):
            shown = {key: value for key, value in tags.items() if value}
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=shown))
        writer.close()
        return path
