"""Rows of a sheet, or of a targets file, as reports: what is compared, on which days, and what each may teach.

Reports of the hub, a border post, a corridor or the country are `wide`: they weigh whole futures. Reports of one town
teach that town alone, either straight (a count of its tanks, of its open stations, of trucks that wait) or by what
hangs together there: queue and street price tell of tanks, of those who wait and of the street; hours of power tell of
the fuel of the zone's plants and of what the utility pays. What can teach nothing is kept with the reason.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.case.case import Case
from citerne.engine.fields import Series
from citerne.model.index import Index
from citerne.model.outcomes import Catalogue
from citerne.nowcast.cloud import Cloud

Row = Mapping[str, Any]
Quantity = tuple[str, tuple[int, ...]]  # a state field and where in it
OF_A_PUMP = ("queue_hours", "price_street", "price_multiplier_street", "sales_volume", "dry_share",
             "deliveries_volume")  # fmt: skip
DECIDES = ("variable", "place", "product", "date_start", "date_end", "aggregation", "low", "best", "high", "unit",
           "bound", "reliability")  # fmt: skip
OFFICIAL_PRICE = "the official price is a decision, not an outcome: enter it under measures, lever price_pump_factor"
NOTHING_HANGS_ON_IT = "nothing that the model keeps of this town hangs on it"


@dataclass(frozen=True)
class Report:
    """One comparison: what is seen, on which days, how it was counted.

    `row` has the columns of a target; `key` names it for luck; `cell` is (place, product) of a stock, `stations` are
    those of open stations, `corridors` of a border post, `touches` what a report of one town tells of; `town` is
    the place whose outlook learns from it; `wide` reports weigh whole futures; `why` says why one teaches nothing.
    """

    row: Row
    key: str
    series: Series | None
    cell: tuple[int, int] | None = None
    stations: tuple[tuple[int, int], ...] = ()
    corridors: tuple[int, ...] = ()
    facility: int | None = None
    touches: tuple[Quantity, ...] = ()
    town: int | None = None
    wide: bool = False
    why: str = ""

    def mark(self) -> str:
        """Everything that decides what a report does; where it stands in its file does not."""
        said = [str(self.row[name]) for name in DECIDES]
        return json.dumps([said, self.cell, self.stations, self.corridors, self.facility, self.touches, self.wide])


def target_of(row: Row, variable: str, place: str, product: str, value: float, unit: str, **other: Any) -> Row:
    """A row of the sheet as a target of calibration: exact, that day, by its reliability."""
    return {
        "target_id": f"{row['_sheet']}:{row['_row']}", "variable": variable, "place": place, "product": product,
        "date_start": row["date"], "date_end": row["date"], "aggregation": "last", "low": None, "best": value,
        "high": None, "unit": unit, "bound": "exact", "reliability": row["reliability"], "variant": "",
        "known_date": row["known_date"],
    } | other  # fmt: skip


def hubs_of(case: Case) -> set[str]:
    """Places whose reports bear on the whole country: where corridors end, and the hub of the case."""
    return {row["path"][-1] for row in case.rows("corridors")} | {case.header.hub}


class Reports:
    """Turns rows of a sheet, or of a targets file, into reports of a case."""

    def __init__(self, case: Case, cloud: Cloud) -> None:
        self.case, self.index = case, Index(case)
        world = cloud.ensemble.engine.world
        self.series = {(s.variable, s.place, s.product): s for s in Catalogue(case, world, everything=True).series()}
        self.hubs = hubs_of(case)
        self.world = world.constants
        self.retail = world.constants["retail_l"] * world.constants["is_retail"]
        zones = {row["zone"]: row["place"] for row in case.rows("zones")}
        self.zone_place = {r["place"]: zones[r["grid_zone"]] for r in case.rows("places") if r["grid_zone"]}
        self.not_used: list[Row] = []

    def of_targets(self, rows: Sequence[Row], as_of: dt.date) -> list[Report]:
        """Reports of a targets file that were known on a day; windows that go on are cut at that day."""
        made = []
        for row in rows:
            if row["known_date"] > as_of or row["date_start"] > as_of or row["variant"]:
                continue
            cut = {**row, "date_end": min(row["date_end"], as_of), "product": row["product"] or ""}
            series = self._series(row["variable"], row["place"], cut["product"])
            if series is not None:
                made.append(self._report(cut, series))
        return made

    def of_sheet(self, rows: Mapping[str, Sequence[Row]]) -> list[Report]:
        """Reports of the rows of a sheet; those without any meaning for this case are kept in `not_used`."""
        made: list[Report] = []
        for row in self._whole_towns(rows["stocks"]):
            p, f = self.index.place.get(row["place"]), self.index.product[row["product"]]
            series = self._series("stock_volume", row["place"], row["product"])
            if p is None or series is None:
                self.not_used.append(row)
                continue
            hub = row["place"] in self.hubs
            bound = {"bound": row["bound"], "low": row["stock_m3"]}
            one = target_of(row, "stock_volume", row["place"], row["product"], row["stock_m3"], "m3", **bound)
            made.append(Report(one, self._key(one), series, (p, f), town=None if hub else p, wide=hub))
        builders = {"arrivals": self._arrival, "border": self._border, "stations": self._stations,
                    "power": self._power, "attacks": self._attack, "facilities": self._facility}  # fmt: skip
        for name, build in builders.items():
            for row in rows[name]:
                found = build(row)
                made += found
                if not found:
                    self.not_used.append(row)
        return made

    def _key(self, row: Row) -> str:
        return "/".join(str(row[name]) for name in ("variable", "place", "product", "date_end", "best"))

    def _series(self, variable: str, place: str, product: str) -> Series | None:
        names = (product, "all", "") if product in ("", "all") else (product,)
        return next((self.series[variable, place, n] for n in names if (variable, place, n) in self.series), None)

    def _report(self, row: Row, series: Series) -> Report:
        zone_place = self.zone_place.get(row["place"]) if row["variable"] == "power_hours_per_day" else None
        place = zone_place or row["place"]
        if place in {*self.hubs, self.case.header.country} or place not in self.index.place:
            return Report(row, self._key(row), series, wide=True)
        stations: tuple[tuple[int, int], ...] = ()
        p = self.index.place[place]
        names = [row["product"]] if row["product"] in self.index.product else list(self.index.product)
        sold = tuple((p, self.index.product[f]) for f in names if self.retail[p, self.index.product[f]] > 0)
        if row["variable"] == "stations_open_share":
            stations = sold
        touches = self._touches(row["variable"], p, sold)
        why = "" if stations or touches else NOTHING_HANGS_ON_IT
        return Report(
            row, self._key(row), series, stations=stations, touches=touches, town=p if stations else None, why=why
        )

    def _touches(self, variable: str, p: int, sold: Sequence[tuple[int, int]]) -> tuple[Quantity, ...]:
        """What a report of one town tells of beside what it counts."""
        if variable in OF_A_PUMP:
            return tuple((field, cell) for cell in sold for field in ("stock_l", "backlog_l", "price_multiplier"))
        if variable == "stock_days":
            return tuple(("stock_l", (p, f)) for f in np.flatnonzero(self.world["demand_l"][p] > 0).tolist())
        if variable == "power_hours_per_day":
            z = int(np.flatnonzero(self.world["zone_place"] == p)[0])
            own = (self.world["plant_zone"] == z) & (self.world["plant_product"] >= 0)
            burned = sorted(set(self.world["plant_product"][own].tolist()))
            return (*(("stock_l", (p, f)) for f in burned), *((("pay", (z,)),) if burned else ()))
        return ()

    def _whole_towns(self, rows: Sequence[Row]) -> list[Row]:
        """Counts of depots added up to their town: a lower bound unless a row says that it covers the town."""
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in rows:
            groups[row["place"], row["product"], row["date"], row["source"] if not row["depot"] else ""].append(row)
        out: list[Row] = []
        for same in groups.values():
            depots = {row["depot"]: row for row in same if row["depot"]}
            for row in same:
                if not row["depot"]:
                    out.append({**row, "bound": "at_least" if row["whole_town"] is False else "exact"})
            if depots:
                parts = list(depots.values())
                whole = any(row["whole_town"] for row in parts)
                total = sum(row["stock_m3"] for row in parts)
                worst = max(row["reliability"] for row in parts)
                out.append({**parts[0], "stock_m3": total, "reliability": worst,
                            "bound": "exact" if whole else "at_least"})  # fmt: skip
        return out

    def _arrival(self, row: Row) -> list[Report]:
        """Tankers that reached a hub; of another town, the fuel that they brought."""
        seen: tuple[str, float, str] = ("tankers_arrived", row["trucks"], "trucks")
        if ("tankers_arrived", row["place"], "all") not in self.series:
            volume = row["volume_m3"]
            seen = ("deliveries_volume", row["trucks"] * self.case.header.truck_m3 if volume is None else volume, "m3")
        variable, amount, unit = seen
        series = self._series(variable, row["place"], "all")
        if series is None:
            return []
        first = row["from_date"] or row["date"]
        one = target_of(row, variable, row["place"], "all", amount, unit, date_start=first, aggregation="sum")
        return [self._report(one, series)]

    def _border(self, row: Row) -> list[Report]:
        ids = self.case.ids("corridors")
        own = tuple(k for k, c in enumerate(self.case.rows("corridors")) if c["border_place"] == row["place"])
        if not own:
            return []
        each = [self.series["tankers_waiting_border", ids[k], "all"] for k in own
                if ("tankers_waiting_border", ids[k], "all") in self.series]  # fmt: skip
        cells = tuple(cell for one in each for cell in one.cells)
        series = Series(
            "tankers_waiting_border", row["place"], "all", "trucks", "waiting_trucks", cells, (1.0,) * len(cells)
        )
        one = target_of(row, "tankers_waiting_border", row["place"], "all", row["trucks_waiting"], "trucks")
        return [Report(one, self._key(one), series, corridors=own)]

    def _stations(self, row: Row) -> list[Report]:
        made = []
        columns = {"open_share": ("stations_open_share", "share"), "queue_h": ("queue_hours", "h"),
                   "price_street": ("price_street", "currency/L")}  # fmt: skip
        for column, (variable, unit) in columns.items():
            series = self._series(variable, row["place"], row["product"])
            if row[column] is not None and series is not None:
                one = target_of(row, variable, row["place"], row["product"], row[column], unit)
                made.append(self._report(one, series))
        if row["price_pump"] is not None:
            f = self.index.product[row["product"]]
            series = Series("price_pump", row["place"], row["product"], "currency/L", "price_pump", (f,), (1.0,))
            one = target_of(row, "price_pump", row["place"], row["product"], row["price_pump"], "currency/L")
            made.append(Report(one, self._key(one), series, why=OFFICIAL_PRICE))
        return made

    def _power(self, row: Row) -> list[Report]:
        z = self.index.zone[row["zone"]]
        place = self.case.rows("zones")[z]["place"]
        series = Series("power_hours_per_day", place, "", "h/day", "power_h", (z,), (1.0,))
        one = target_of(row, "power_hours_per_day", place, "", row["power_h"], "h/day")
        return [self._report(one, series)]

    def _attack(self, row: Row) -> list[Report]:
        series = self.series["trucks_destroyed", row["corridor"], "all"]
        # the press sees some attacks and dates them late: what burned in the week is at least what it saw
        first = row["date"] - dt.timedelta(days=6)
        one = target_of(row, "trucks_destroyed", row["corridor"], "all", row["trucks_destroyed"], "trucks",
                        date_start=first, aggregation="sum", bound="at_least", low=row["trucks_destroyed"])  # fmt: skip
        return [Report(one, self._key(one), series, wide=True)]

    def _facility(self, row: Row) -> list[Report]:
        k = self.case.ids("facilities").index(row["facility"])
        series = Series("facility_stock", row["facility"], "", "L", "facility_stock_l", (k,), (1.0,))
        one = target_of(row, "facility_stock", row["facility"], "", row["stock_l"], "L")
        return [Report(one, self._key(one), series, facility=k)]
