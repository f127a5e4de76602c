"""Checks that need more than one cell: sums, roles, tanks, priors. Those of the road network are in `checks_roads`."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.case.checks_people import check_people
from citerne.case.checks_roads import check_leg_cycles, check_paths
from citerne.case.header import Header
from citerne.schema.cells import closest, shown
from citerne.schema.levers import misfits
from citerne.schema.read import Row

Tables = Mapping[str, tuple[Row, ...]]
Ids = Mapping[str, frozenset[str]]
_SETTING = re.compile(r"\s*[A-Za-z]\w*\s*=\s*[-+]?\d[\d.eE+-]*\s*\Z", re.ASCII)


def check_tables(header: Header | None, tables: Tables, ids: Ids, unread: frozenset[str], faults: Faults) -> None:
    """Run every check over the rows read.

    Parameters
    ----------
    header : what `case.yaml` says, None if that has faults of its own
    ids : known ids by table, of the tables that could be read
    unread : tables that could not be read; no check says that something is missing from them
    """
    if header is not None and "places" in ids and header.hub not in ids["places"]:
        faults.add("case.yaml", 0, "hub", header.hub, _("an id of table places"),
                   closest(header.hub, ids["places"]))  # fmt: skip
    if header is not None and header.country in ids.get("places", ()):
        faults.add("case.yaml", 0, "country", header.country, _("a name that no place has: country totals carry it"),
                   _("rename the place"))  # fmt: skip
    _check_shares(tables["supply"], "supply.csv", "product", "share", faults)
    _check_shares(tables["feeders"], "feeders.csv", "zone", "load_share", faults)
    _check_shares(tables["variants"], "variants.csv", "axis", "weight", faults)
    for table, columns in UNIQUE.items():
        _check_unique(tables[table], f"{table}.csv", columns, faults)
    _check_months(tables["profiles"], faults)
    _check_storage(tables, unread, faults)
    check_paths(tables, unread, faults)
    check_leg_cycles(tables["legs"], faults)
    _check_inputs(tables, ids, unread, faults)
    _check_variants(tables["variants"], faults)
    _check_priors(tables["parameters"], faults)
    _check_plants(tables, unread, faults)
    _check_targets(tables["targets"], faults)
    check_people(tables, faults)


UNIQUE: dict[str, tuple[str, ...]] = {
    "demand": ("place", "product", "user_class"),
    "storage": ("place", "product"),
    "legs": ("place",),
    "supply": ("corridor", "product"),
    "drops": ("corridor", "place"),
    "feeders": ("zone", "feeder"),
    "profiles": ("profile", "month"),
    "variants": ("axis", "choice"),
    "road_vias": ("segment", "seq"),
}


def _check_shares(rows: Iterable[Row], file: str, by: str, column: str, faults: Faults) -> None:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[by]].append(row)
    for key, members in groups.items():
        values = [row[column] for row in members]
        if key is None or None in values:
            continue  # the empty cell is a fault of its own
        total = math.fsum(values)
        if abs(total - 1) > 1e-6:
            mend = _("the {count} rows of {key} sum to {total}").format(
                count=len(values), key=shown(key), total=f"{total:g}"
            )
            expected = _("shares of {key} that sum to 1").format(key=shown(key))
            faults.add(file, members[-1]["_row"], column, f"{total:g}", expected, mend)


def _check_unique(rows: Iterable[Row], file: str, columns: tuple[str, ...], faults: Faults) -> None:
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if None in key:
            continue
        if key in first:
            mend = _("it stands in row {row} too; keep one").format(row=first[key])
            found = shown(" / ".join(map(str, key)))
            faults.add(file, row["_row"], columns[0], found, _("each combination once"), mend)
        first.setdefault(key, row["_row"])


def _check_months(rows: Iterable[Row], faults: Faults) -> None:
    months: dict[str, set[int]] = defaultdict(set)
    last: dict[str, int] = {}
    for row in rows:
        if row["profile"] and row["month"]:
            months[row["profile"]].add(row["month"])
            last[row["profile"]] = row["_row"]
    for profile, given in months.items():
        missing = [str(month) for month in range(1, 13) if month not in given]
        if missing:
            expected = _("a row for each of the 12 months of {profile}").format(profile=shown(profile))
            mend = _("add month {months}").format(months=", ".join(missing))
            faults.add("profiles.csv", last[profile], "month", _("{n} months").format(n=len(given)), expected, mend)


def _check_storage(tables: Tables, unread: frozenset[str], faults: Faults) -> None:
    stored = {(row["place"], row["product"]) for row in tables["storage"]}
    for row in tables["storage"]:
        capacity, opening = row["capacity_m3"], row["opening_stock_m3"]
        if capacity is not None and opening is not None and opening > capacity:
            expected = _("at most the capacity, {m3} m3").format(m3=f"{capacity:g}")
            faults.add(
                "storage.csv", row["_row"], "opening_stock_m3", f"{opening:g}", expected, _("check both numbers")
            )
    if "storage" in unread:
        return
    for row in tables["demand"]:
        tank = (row["place"], row["product"])
        if row["demand_m3_per_day"] and None not in tank and tank not in stored:
            faults.add("demand.csv", row["_row"], "place", shown(f"{row['place']} / {row['product']}"),
                       _("a row of storage.csv for it"), _("add the tank, even an empty one"))  # fmt: skip


def _check_inputs(tables: Tables, ids: Ids, unread: frozenset[str], faults: Faults) -> None:
    roles = {row["event_id"]: row["role"] for row in tables["events"]}
    variants = {f"{row['axis']}:{row['choice']}" for row in tables["variants"] if row["axis"] and row["choice"]}
    for row in tables["inputs"]:
        where = ("inputs.csv", row["_row"])
        if row["role"] in ("outcome", "context"):
            faults.add(*where, "role", row["role"], _("input or variant: an outcome may not drive a run"),
                       _("move the row to targets.csv or events.csv"))  # fmt: skip
        event_role = roles.get(row["event_id"])
        if event_role in ("outcome", "context"):
            faults.add(*where, "event_id", f"{row['event_id']} ({event_role})",
                       _("an event whose role is input or variant"),
                       _("an outcome may not drive a run; remove the row"))  # fmt: skip
        if row["variant"] and row["variant"] not in variants and "variants" not in unread:
            faults.add(*where, "variant", shown(row["variant"]), _("axis:choice of variants.csv"),
                       closest(row["variant"], variants))  # fmt: skip
        if row["role"] == "variant" and not row["variant"]:
            faults.add(*where, "variant", "", _("the variant that the row belongs to"), _("write axis:choice"))
        _check_period(row, "inputs.csv", faults)
        _check_lever(row, ids, faults)


def _check_period(row: Row, file: str, faults: Faults) -> None:
    start, end = row["date_start"], row["date_end"]
    if start and end and end < start:
        faults.add(file, row["_row"], "date_end", end, _("a day not before {day}").format(day=start), _("swap the two"))


def _check_lever(row: Row, ids: Ids, faults: Faults) -> None:
    if row["lever"] is not None:
        for misfit in misfits(row["lever"], row["target"] or "all", row["value"], ids):
            faults.add("inputs.csv", row["_row"], misfit.part, misfit.found, misfit.expected, misfit.mend)


def _check_variants(rows: Iterable[Row], faults: Faults) -> None:
    for row in rows:
        for setting in filter(str.strip, (row["sets"] or "").split(";")):
            if not _SETTING.match(setting):
                faults.add("variants.csv", row["_row"], "sets", shown(setting), _("name=value with a number"),
                           _("join several by ;"))  # fmt: skip


def _check_priors(rows: Iterable[Row], faults: Faults) -> None:
    for row in rows:
        low, best, high, shape = row["low"], row["best"], row["high"], row["distribution"]
        if best is None or shape is None or shape == "fixed":
            continue
        where = ("parameters.csv", row["_row"])
        if low is None or high is None:
            column = "low" if low is None else "high"
            faults.add(
                *where, column, "", _("low and high for a prior that is not fixed"), _("fill both, or write fixed")
            )
        elif not low <= best <= high or low == high:
            faults.add(*where, "best", f"{low:g} / {best:g} / {high:g}", _("low <= best <= high, low < high"),
                       _("put the three in order; a sure value is fixed"))  # fmt: skip
        elif shape in ("lognormal", "loguniform") and low <= 0:
            faults.add(*where, "low", f"{low:g}", _("a number above 0 for this shape"), _("choose another shape"))
        elif shape == "beta" and (low < 0 or high > 1):
            faults.add(*where, "low", f"{low:g} / {high:g}", _("numbers from 0 to 1 for this shape"),
                       _("choose another shape"))  # fmt: skip


def _check_plants(tables: Tables, unread: frozenset[str], faults: Faults) -> None:
    place = {row["zone"]: row["place"] for row in tables["zones"]}
    stored = {(row["place"], row["product"]) for row in tables["storage"]}
    for row in tables["plants"]:
        if row["kind"] != "thermal":
            continue
        for column in ("product", "fuel_l_per_kwh"):
            if row[column] is None:
                faults.add("plants.csv", row["_row"], column, "", _("a value for a thermal plant"), _("fill the cell"))
        tank = (place.get(row["zone"]), row["product"])
        if None not in tank and tank not in stored and not unread & {"storage", "zones"}:
            faults.add("plants.csv", row["_row"], "product", shown(row["product"]),
                       _("a row of storage.csv for it at {place}").format(place=shown(tank[0])),
                       _("add the tank, even an empty one"))  # fmt: skip


def _check_targets(rows: Iterable[Row], faults: Faults) -> None:
    needed = {"exact": ("best", "low"), "interval": ("low", "high"), "at_least": ("low",), "at_most": ("high",)}
    for row in rows:
        _check_period(row, "targets.csv", faults)
        columns = needed.get(row["bound"] or "", ())
        given = [row[column] is not None for column in columns]
        if columns and not (all(given) if row["bound"] == "interval" else any(given)):
            faults.add("targets.csv", row["_row"], columns[0], "",
                       _("a number for bound {bound}").format(bound=row["bound"]), _("fill the cell"))  # fmt: skip
        numbers = [row[column] for column in ("low", "best", "high") if row[column] is not None]
        if numbers != sorted(numbers):
            faults.add("targets.csv", row["_row"], "low", " / ".join(f"{n:g}" for n in numbers),
                       _("low <= best <= high"), _("put them in order"))  # fmt: skip
