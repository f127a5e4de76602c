"""What is known of a country before its case is built; whatever is not is guessed by `new_case`, openly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Row = dict[str, Any]
Way = Literal["land", "sea"]


@dataclass(frozen=True)
class Source:
    """Where fuel comes from: a border post or any place at the end of the roads, or a port.

    `share` of the need and `days` of travel before that place are None where nobody said.
    """

    place: str
    way: Way
    share: float | None = None
    days: int | None = None


@dataclass(frozen=True)
class Fuel:
    """One product: its price (currency/L) and national need (m3/day), None where nobody said."""

    product: str
    price: float | None = None
    need_m3_per_day: float | None = None
    source: str = ""
    source_date: str | None = None


@dataclass
class Known:
    """Facts gathered from files or answers.

    Attributes
    ----------
    name, key : the country as people write it, and as a key
    iso2, iso3, currency, timezone : codes; XX, XXX, XXX and Etc/UTC where unknown
    start, days : day 0 and horizon of the case
    places, roads, vias : rows of these tables; `population` None where unknown
    hub : place whose depots serve the country; empty lets the largest be chosen
    sources, fuels, plants, targets : as far as known
    blockade_from : first day of the blockade that the case supposes; None two weeks after the start
    attribution : who is to be named
    remarks : what was set aside or assumed on the way, in words
    """

    name: str
    key: str
    start: dt.date
    iso2: str = "XX"
    iso3: str = "XXX"
    currency: str = "XXX"
    timezone: str = "Etc/UTC"
    days: int = 180
    places: list[Row] = field(default_factory=list)
    roads: list[Row] = field(default_factory=list)
    vias: list[Row] = field(default_factory=list)
    hub: str = ""
    sources: list[Source] = field(default_factory=list)
    fuels: dict[str, Fuel] = field(default_factory=dict)
    plants: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)
    blockade_from: dt.date | None = None
    attribution: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def place(self, key: str) -> Mapping[str, Any]:
        """Row of one place."""
        return next(row for row in self.places if row["place"] == key)
