"""Words, dates and number forms of the report; every name a reader sees comes from here or from the case."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from citerne.base.text import _, current_language, number
from citerne.case.case import Case

MINUS = "\u2212"


def simulation_line() -> str:
    """What stands on each page and each picture."""
    return _("SIMULATION, NOT A REPORT OF EVENTS")


def value_text(value: float) -> str:
    """A number with two or three significant digits; `–` where there is none.

    >>> value_text(23456.0)
    '23\\u202f500'
    """
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1000:
        text = number(float(f"{value:.3g}"))
    elif size >= 10 or size < 0.05:
        text = number(value)
    else:
        text = number(value, 1 if size >= 1 else 2)
        if (mark := _decimal_mark()) in text:
            text = text.rstrip("0").rstrip(mark)
    return "0" if text in ("-0", "") else text.replace("-", MINUS)


def _decimal_mark() -> str:
    return number(0.5, 1)[1]


def range_text(low: float, high: float) -> str:
    """A range in words, low to high; one number where both read alike.

    >>> range_text(2.0, 12.0)
    '2 to 12'
    """
    a, b = value_text(low), value_text(high)
    return a if a == b else _("{low} to {high}").format(low=a, high=b)


def span_text(low: float, high: float) -> str:
    """A range in few signs, for tables and cards.

    >>> span_text(2.0, 12.0)
    '2–12'
    """
    if low < 0:
        return range_text(low, high)
    a, b = value_text(low), value_text(high)
    return a if a == b else f"{a}–{b}"


def input_text(value: float) -> str:
    """A number of an input with two significant digits, however small.

    >>> input_text(0.00341)
    '0.0034'
    """
    if value == 0 or abs(value) >= 0.05:
        return value_text(value)
    decimals = 1 - math.floor(math.log10(abs(value)))
    return number(value, decimals).rstrip("0").replace("-", MINUS)


def in_hundred(share: float) -> str:
    """A chance as a count: `38 of 100 futures`; never 0 or 100 unless no or every future shows it."""
    count = round(100 * share)
    if 0 < share < 1:
        count = min(max(count, 1), 99)
    return _("{count} of 100 futures").format(count=count)


def months() -> list[str]:
    """Short names of the twelve months in the language in use."""
    return _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()


def long_months() -> list[str]:
    """Full names of the twelve months in the language in use."""
    names = _("January February March April May June July August September October November December")
    return names.split()


def day_text(day: dt.date) -> str:
    """A date for reading: `30 November 2025`, `1er novembre 2025`."""
    first = "1er" if day.day == 1 and current_language() == "fr" else str(day.day)
    return f"{first} {long_months()[day.month - 1]} {day.year}"


def short_day(day: dt.date) -> str:
    """A date without its year: `30 Nov`."""
    return f"{day.day} {months()[day.month - 1]}"


def resource_names() -> dict[str, str]:
    """What a plan can have one more of, as readers see it."""
    return {"escort_day": _("escort-day"), "loaded_truck": _("loaded truck")}


def advice_names() -> dict[str, str]:
    """What a plan advises for a consignment."""
    return {"go": _("go"), "wait": _("wait"), "either": _("either way")}


def unit_text(unit: str) -> str:
    """A unit as readers write it."""
    words = {
        "m3": "m³", "m3/day": _("m³ a day"), "h": _("hours"), "h/day": _("hours a day"), "days": _("days"),
        "trucks": _("trucks"), "trucks/day": _("trucks a day"), "share": _("share"), "ratio": _("times"),
        "people": _("people"), "XOF/L": "F CFA/L", "convoys": _("convoys"), "percent": "%",
        "million people": _("million people"), "people/day": _("people a day"),
    }  # fmt: skip
    return words.get(unit, unit)


def outcome_title(variable: str) -> str:
    """An outcome in a few words."""
    titles = {
        "imports_volume": _("Fuel brought in"),
        "tankers_arrived": _("Tankers arrived"),
        "tankers_waiting_border": _("Tankers waiting at the border"),
        "trucks_dispatched": _("Tankers sent"),
        "trucks_destroyed": _("Tankers destroyed"),
        "trucks_destroyed_cumulative": _("Tankers destroyed, running total"),
        "secured_convoys": _("Columns under escort"),
        "stock_volume": _("Stock"),
        "stock_days": _("Days of cover"),
        "dry_share": _("People in places without fuel"),
        "stations_open_share": _("Stations open"),
        "queue_hours": _("Queue for petrol"),
        "price_pump": _("Pump price of petrol"),
        "price_street": _("Street price of petrol"),
        "price_multiplier_street": _("Street price over pump price"),
        "power_hours_per_day": _("Power"),
        "civilians_killed": _("Civilians killed"),
        "displaced_new": _("People newly displaced"),
        "refugees_new": _("People newly fled abroad"),
        "people_isolated": _("People no fuel truck can reach"),
        "person_days_unserved": _("Person-days without service"),
        "facility_service_share": _("Service given by facilities"),
        "transport_fare_multiplier": _("Passenger fares"),
        "food_price_multiplier": _("Staple food"),
        "people_trapped": _("People who cannot leave"),
        "group_strength": _("Armed group's strength"),
        "legitimacy": _("Legitimacy of the state"),
    }
    return titles.get(variable, variable.replace("_", " "))


def part_name(product: str) -> str:
    """A service, side or kind of facility that an outcome is split by; empty for a product of the case."""
    return {"hospital": _("hospital or clinic"), "clinic": _("clinic"), "water": _("water"),
            "armed_group": _("armed group"), "state_side": _("state side")}.get(product, "")  # fmt: skip


class Names:
    """Names of places, corridors, groups and products of one case in the language in use."""

    def __init__(self, case: Case, regions: Mapping[str, str] | None = None) -> None:
        self.case = case
        self.regions = dict(regions or {})
        self.column = "name_fr" if current_language() == "fr" else "name_en"

    @cached_property
    def _known(self) -> dict[str, str]:
        known = {row["group"]: self._group(row["group"]) for row in self.case.rows("corridors")}
        tables = (
            ("products", "product"),
            ("theatres", "theatre"),
            ("corridors", "corridor"),
            ("facilities", "facility"),
        )
        for table, key in tables:
            known |= {row[key]: str(row[self.column]) for row in self.case.rows(table)}
        known |= {row["place"]: str(row[self.column]) for row in self.case.rows("places")}
        known[self.case.header.country] = self.country
        return known

    @cached_property
    def country(self) -> str:
        """Name of the country: the start of the case's title, up to the first comma."""
        return self.case.title().split(",")[0].strip()

    def _group(self, group: str) -> str:
        """Name of a group of corridors: what their names begin with, such as the port they share."""
        names = [str(row[self.column]) for row in self.case.rows("corridors") if row["group"] == group]
        firsts = {name.split(" - ")[0] for name in names}
        return firsts.pop() if len(firsts) == 1 else group.replace("_", " ").capitalize()

    def of(self, key: str) -> str:
        """Name of a place, corridor, group, product or region; the key itself where the case has none."""
        return self.regions.get(key) or self._known.get(key) or key.replace("_", " ")


def case_value(row: Mapping[str, Any], *columns: str) -> float | None:
    """The first of `columns` that holds a number."""
    for column in columns:
        if row[column] is not None:
            return float(row[column])
    return None
