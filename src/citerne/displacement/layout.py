"""What a conflict in Flee's file layout holds, once read: plain frozen records, days counted from the start date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEVER = 10**9
"""The day on which a closure ends that has no end."""

# Flee tells the types by a word inside the cell (`conflict_zone`, `idpcamp`, `forwarding_hub`, ...)
LOCATION_WORDS = ("conflict", "idpcamp", "camp", "town", "forward", "marker", "flood")
CLOSURE_KINDS = ("country", "location", "link", "camp", "idpcamp", "remove_forced_redirection")


@dataclass(frozen=True)
class Location:
    """A place: `kind` is one of `LOCATION_WORDS`; a camp has `capacity_people` (None: unknown), others `people`."""

    name: str
    country: str
    kind: str
    people: float
    capacity_people: float | None
    conflict_day: int | None

    @property
    def takes_people(self) -> bool:
        """Whether people can stay there for good."""
        return self.kind in ("camp", "idpcamp")


@dataclass(frozen=True)
class Route:
    """A road, both ways. `forced_to` names the end to which everybody who reaches the other end is sent on."""

    name1: str
    name2: str
    length_km: float
    forced_to: str | None = None


@dataclass(frozen=True)
class Closure:
    """Something shut from `first_day` until the day before `end_day`."""

    kind: str
    name1: str
    name2: str
    first_day: int
    end_day: int

    def holds_on(self, day: int) -> bool:
        """Whether it is shut on that day."""
        return self.first_day <= day < self.end_day


@dataclass(frozen=True)
class Series:
    """Reports of one name of the data layout, in the order of their days (rows with one day stay as they are)."""

    name: str
    day: NDArray[np.int64]  # [report], days since the start
    people: NDArray[np.float64]  # [report], as published


@dataclass(frozen=True)
class Correction:
    """On `day` a camp was counted anew; Flee rescales everything it had reported before."""

    name: str
    day: int


@dataclass(frozen=True)
class Conflict:
    """One conflict in Flee's layout, checked.

    `layout` holds the series in the order of data_layout.csv (the first is the total by Flee's custom); `remarks`
    are texts on what is odd but usable.
    """

    start: dt.date
    length_days: int
    locations: tuple[Location, ...]
    routes: tuple[Route, ...]
    closures: tuple[Closure, ...]
    zones: tuple[str, ...]
    intensity: NDArray[np.float64]  # [day, zone], 0 where no conflict is flagged
    layout: tuple[Series, ...]
    corrections: tuple[Correction, ...]
    remarks: tuple[str, ...]

    @property
    def camps(self) -> tuple[Location, ...]:
        """Places that take people and have a series to be scored against, in the order of locations.csv."""
        known = {series.name for series in self.layout}
        return tuple(place for place in self.locations if place.takes_people and place.name in known)
