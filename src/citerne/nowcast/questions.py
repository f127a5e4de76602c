"""Rows that contradict each other, the calendar or physics: questioned with the likely mend, set aside, never lost."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from citerne.base.errors import Fault
from citerne.base.text import _
from citerne.case.case import Case
from citerne.nowcast.reading import Situation
from citerne.nowcast.rules import rule_faults

Row = Mapping[str, Any]
SLIP = (300.0, 3000.0)  # a count that is off by a thousand, give or take the change of a week
ROOM = 1.5  # a truck may hold this much more than a usual one
KEYS = {
    "stocks": ("place", "depot", "product", "date"), "arrivals": ("place", "from_date", "date"),
    "consignments": ("consignment",), "border": ("place", "date"), "stations": ("place", "product", "date"),
    "power": ("zone", "date"), "attacks": ("corridor", "date", "source"),
    "measures": ("kind", "lever", "target", "from_date", "date"), "facilities": ("facility", "date"),
    "pool": ("place", "product", "date"), "requests": ("request",),
}  # fmt: skip


@dataclass(frozen=True)
class Sorted:
    """A situation sorted for a day: rows to use, and every other row with its reason.

    `questioned` and `faulty` are set aside, `later` was not known yet, `revised` was replaced by a later row. `rules`
    are those of early warning, which say nothing about the country and so are no rows to use.
    """

    rows: Mapping[str, tuple[Row, ...]]
    questioned: tuple[Fault, ...]
    faulty: tuple[Fault, ...]
    later: int
    revised: int
    rules: tuple[Row, ...] = ()

    def all_rows(self) -> Iterator[Row]:
        """Every row to use, sheet by sheet."""
        for rows in self.rows.values():
            yield from rows

    @property
    def set_aside(self) -> tuple[Fault, ...]:
        """Faulty cells and questioned rows, in file order."""
        return tuple(sorted({*self.faulty, *self.questioned}))


def sort_rows(case: Case, situation: Situation, as_of: dt.date) -> Sorted:
    """What may be used on `as_of`."""
    kept: dict[str, tuple[Row, ...]] = {}
    asked: list[Fault] = []
    later = revised = 0
    rules = _sound_rules(case, situation.rows["rules"], asked)
    for name, rows in situation.rows.items():
        if name == "rules":
            continue
        known, sound = [], []
        for row in rows:
            if row["known_date"] > as_of:
                later += 1
                continue
            known.append(row)
        latest = _latest(name, known)
        revised += len(known) - len(latest)
        for row in latest:
            found = [] if row["confirmed"] else list(_questions(case, name, row))
            asked += found
            if not found:
                sound.append(row)
        kept[name] = tuple(sound)
    slips = _slips(kept["stocks"])
    asked += slips.values()
    kept["stocks"] = tuple(row for row in kept["stocks"] if row["_row"] not in slips)
    return Sorted(kept, tuple(sorted(set(asked))), situation.faults, later, revised, rules)


def _sound_rules(case: Case, rows: tuple[Row, ...], asked: list[Fault]) -> tuple[Row, ...]:
    """Rules that can be used, each name once; what is wrong with the others goes to `asked`."""
    sound: dict[str, Row] = {}
    for row in rows:
        found = list(rule_faults(case, row))
        if row["rule"] in sound:
            mend = _("give it another name")
            found.append(_ask(row, "rule", row["rule"], _("each rule once"), mend))
        asked += found
        if not found:
            sound[row["rule"]] = row
    return tuple(sound.values())


def _latest(sheet: str, rows: list[Row]) -> list[Row]:
    """Of rows about the same thing the one known last; two sources known on one day both stay: they contradict."""
    last: dict[tuple[Any, ...], dt.date] = {}
    keys = [tuple(row[name] for name in KEYS[sheet]) for row in rows]
    for key, row in zip(keys, rows, strict=True):
        last[key] = max(row["known_date"], last.get(key, row["known_date"]))
    return [row for key, row in zip(keys, rows, strict=True) if row["known_date"] == last[key]]


def _ask(row: Row, column: str, found: object, expected: str, mend: str) -> Fault:
    return Fault(row["_title"], row["_row"], column, str(found), expected, mend)


def _questions(case: Case, sheet: str, row: Row) -> Iterator[Fault]:
    if sheet != "measures" and row["date"] > row["known_date"]:
        text = _("a day not after the day it became known, {day}").format(day=row["known_date"])
        yield _ask(row, "date", row["date"], text, _("a date in the future: check day, month and year"))
    if sheet == "stocks":
        yield from _stock(case, row)
    if sheet == "arrivals":
        yield from _arrival(case, row)
    if sheet == "consignments":
        yield from _consignment(row)
    if sheet == "facilities":
        tank = next(one["tank_l"] for one in case.rows("facilities") if one["facility"] == row["facility"])
        if row["stock_l"] > tank:
            text = _("at most its tank, {tank:g} L").format(tank=tank)
            yield _ask(row, "stock_l", f"{row['stock_l']:g}", text, _("check the unit, or the tank in the case"))


def capacity_m3(case: Case, place: str, product: str) -> float:
    """Tanks of a town for a product."""
    rows = case.rows("storage")
    return float(sum(r["capacity_m3"] for r in rows if r["place"] == place and r["product"] == product))


def _stock(case: Case, row: Row) -> Iterator[Fault]:
    most, stock = capacity_m3(case, row["place"], row["product"]), row["stock_m3"]
    if stock > most:
        text = _("at most the tanks of the town, {most:g} m3").format(most=most)
        mend = _("check the count, or the tanks in the case")
        if stock / 1000 <= most and stock >= 10 * most:
            mend = _("it reads like litres; in m3 it is {mended:g}").format(mended=stock / 1000)
        yield _ask(row, "stock_m3", f"{stock:g}", text, mend)


def _arrival(case: Case, row: Row) -> Iterator[Fault]:
    volume, trucks = row["volume_m3"] or 0, row["trucks"]
    most = trucks * case.header.truck_m3 * ROOM
    if volume > most:
        text = _("at most {most:g} m3 in {trucks} tankers").format(most=most, trucks=trucks)
        mend = _("count the tankers, or check the unit of the volume")
        if volume / 1000 <= most:
            mend = _("it reads like litres; in m3 it is {mended:g}").format(mended=volume / 1000)
        yield _ask(row, "volume_m3", f"{volume:g}", text, mend)
    if row["from_date"] and row["from_date"] > row["date"]:
        text = _("a day not after {day}").format(day=row["date"])
        yield _ask(row, "from_date", row["from_date"], text, _("swap the two"))


def _consignment(row: Row) -> Iterator[Fault]:
    if (row["arrived_m3"] or 0) > row["volume_m3"]:
        text = _("at most what was loaded, {most:g} m3").format(most=row["volume_m3"])
        yield _ask(row, "arrived_m3", f"{row['arrived_m3']:g}", text, _("check both volumes and their unit"))
    for late, early in (("arrived_date", "dispatched_date"), ("eta_high", "eta_low"), ("eta_best", "eta_low")):
        if row[late] and row[early] and row[late] < row[early]:
            text = _("a day not before {day}").format(day=row[early])
            yield _ask(row, late, row[late], text, _("swap the two"))


def _slips(rows: tuple[Row, ...]) -> dict[int, Fault]:
    """Counts a thousand times larger or smaller than the other counts of the same tanks, by row."""
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["place"], row["depot"] or "", row["product"]].append(row)
    found = {}
    for same in groups.values():
        for row in same:
            others = sorted(r["stock_m3"] for r in same if r is not row and r["stock_m3"] > 0)
            stock = row["stock_m3"]
            if row["confirmed"] or not others or stock <= 0:
                continue
            usual = others[len(others) // 2]
            if len(others) == 1 and stock > usual:
                continue  # of two counts the smaller one is questioned: litres above the tanks are met elsewhere
            for ratio, mended in ((stock / usual, stock / 1000), (usual / stock, stock * 1000)):
                if SLIP[0] < ratio < SLIP[1]:
                    text = _("about {usual:g} m3, as other counts of these tanks").format(usual=usual)
                    mend = _("a thousand times off: is it {mended:g}?").format(mended=mended)
                    found[row["_row"]] = _ask(row, "stock_m3", f"{stock:g}", text, mend)
    return found
