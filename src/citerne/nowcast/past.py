"""How often rules of early warning were right: from the user's own scored nowcasts, else from the case's rolling test.

A forecast counts once for each nowcast, town and fuel, when the days that count are over and some fact of them is
known. It came true if any of these facts satisfies the rule, and did not if none does; a day that nobody reported says
nothing, so a town that was dry between two reports of open stations counts as not dry. Several nowcasts of one day
count once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import Faults
from citerne.case.case import Case
from citerne.model.index import Index, need_of
from citerne.nowcast.ledger import OPEN, SHUT, latest_of_days
from citerne.nowcast.rules import DRY, HOLDS, Rule
from citerne.schema.read import check_references, read_table
from citerne.schema.tables_nowcast import PAST_NOWCASTS

Row = Mapping[str, Any]
Key = tuple[str, str]  # place, product; the product is empty where all fuels share a value
NEAR = 2  # days by which a lead of the case's test may miss that of a rule


@dataclass(frozen=True)
class Past:
    """Counts over past forecasts of one rule.

    Attributes
    ----------
    source : `ledger` or `case`
    labels, happened : forecasts whose outcome is known, and those that came true
    hits, false_alarms : times the rule had fired before what came, and before what did not
    places : towns and the like that the labels are of
    first, last : days of the first and last nowcast
    within_days : days ahead that counted
    """

    source: str
    labels: int
    happened: int
    hits: int
    false_alarms: int
    places: int
    first: dt.date
    last: dt.date
    within_days: int

    @property
    def hit_rate(self) -> float | None:
        """Hits over what came true; None where nothing did."""
        return self.hits / self.happened if self.happened else None

    @property
    def false_alarm_rate(self) -> float | None:
        """False alarms over what did not come true; None where everything did."""
        quiet = self.labels - self.happened
        return self.false_alarms / quiet if quiet else None


Outcome = tuple[dt.date, str, bool, bool]  # day of the nowcast, place, fired, came true


def counted(source: str, within_days: int, outcomes: Sequence[Outcome]) -> Past | None:
    """The counts of some outcomes; None of none."""
    if not outcomes:
        return None
    days = [day for day, _place, _fired, _came in outcomes]
    hits = sum(fired and came for _day, _place, fired, came in outcomes)
    false = sum(fired and not came for _day, _place, fired, came in outcomes)
    happened = sum(came for _day, _place, _fired, came in outcomes)
    places = len({place for _day, place, _fired, _came in outcomes})
    return Past(source, len(outcomes), happened, hits, false, places, min(days), max(days), within_days)


@dataclass(frozen=True)
class Kept:
    """What one stored nowcast said of rules: its day, chance in 100 of being dry by each day ahead, other values."""

    day: dt.date
    dry_by: Mapping[Key, Sequence[float]]
    fired: Mapping[tuple[Any, ...], Mapping[Key, bool]]

    def says(self, rule: Rule, key: Key) -> bool | None:
        """Whether a rule fired there, or None if that nowcast cannot tell."""
        if rule.quantity != DRY:
            return self.fired.get(rule.measure(), {}).get(key)
        chances = self.dry_by.get(key, ())
        if len(chances) < rule.within_days:
            return None
        chance = float(chances[rule.within_days - 1])
        return rule.fires(chance, chance)


def stored(case: Case, ledger: Path, before: dt.date) -> list[Kept]:
    """The last nowcast of each earlier day, in order."""
    places, products = list(Index(case).place), list(Index(case).product)
    found = []
    for folder in latest_of_days(ledger, case.name):
        day = dt.date.fromisoformat(folder.name[:10])
        if day >= before:
            continue
        with np.load(folder / "forecast.npz") as arrays:
            cells, chances = arrays["cells"], 100.0 * arrays["sheet_dry_by"]
        keys = [(places[p], products[f]) for p, f in cells.tolist()]
        told = json.loads((folder / "rules.json").read_text(encoding="utf-8"))
        rules = {rule["rule"]: Rule(**rule).measure() for rule in told["rules"]}
        fired: dict[tuple[Any, ...], dict[Key, bool]] = {}
        for row in told["values"]:
            fired.setdefault(rules[row["rule"]], {})[row["place"], row["product"]] = row["fired"]
        found.append(Kept(day, {key: chances[:, k].tolist() for k, key in enumerate(keys)}, fired))
    return found


def came_true(case: Case, rule: Rule, rows: Mapping[str, Sequence[Row]]) -> Iterator[tuple[Key, dt.date, bool]]:
    """What facts of a sheet say about a rule: where, which day, and whether its comparison holds."""
    if rule.quantity == DRY:
        for row in rows["stations"]:
            share = row["open_share"]
            if share is not None and not SHUT < share < OPEN:
                yield (row["place"], row["product"]), row["date"], share <= SHUT
        return
    for key, day, value in _facts(case, rule.quantity, rows):
        if value is not None:
            yield key, day, bool(HOLDS[rule.comparison](value, rule.threshold))


def _facts(case: Case, quantity: str, rows: Mapping[str, Sequence[Row]]) -> Iterator[tuple[Key, dt.date, Any]]:
    """Values of a quantity as a sheet has them."""
    columns = {"stations_open_share": "open_share", "queue_hours": "queue_h", "price_street": "price_street"}
    if quantity in columns:
        for row in rows["stations"]:
            yield (row["place"], row["product"]), row["date"], row[columns[quantity]]
    if quantity in ("stock_volume", "stock_days"):
        index = Index(case)
        need = need_of(case, index) * case.header.quantum_l / 1000
        for row in rows["stocks"]:
            if row["depot"] or row["whole_town"] is False or row["place"] not in index.place:
                continue
            daily = float(need[index.place[row["place"]], index.product[row["product"]]])
            if quantity == "stock_volume" or daily > 0:
                value = row["stock_m3"] if quantity == "stock_volume" else row["stock_m3"] / daily
                yield (row["place"], row["product"]), row["date"], value
    if quantity == "tankers_waiting_border":
        for row in rows["border"]:
            yield (row["place"], ""), row["date"], row["trucks_waiting"]
    if quantity == "power_hours_per_day":
        towns = {zone["zone"]: zone["place"] for zone in case.rows("zones")}
        for row in rows["power"]:
            yield (towns[row["zone"]], ""), row["date"], row["power_h"]


def from_ledger(
    case: Case, kept: Iterable[Kept], rule: Rule, rows: Mapping[str, Sequence[Row]], as_of: dt.date
) -> Past | None:
    """Counts over stored nowcasts whose days that count are over, by the facts of a sheet."""
    facts: dict[Key, list[tuple[dt.date, bool]]] = {}
    for key, day, came in came_true(case, rule, rows):
        if rule.place in (None, key[0]) and rule.product in (None, key[1]):
            facts.setdefault(key, []).append((day, came))
    outcomes: list[Outcome] = []
    for one in kept:
        if one.day + dt.timedelta(days=rule.within_days) > as_of:
            continue
        for key, dated in facts.items():
            seen = [came for day, came in dated if 1 <= (day - one.day).days <= rule.within_days]
            fired = one.says(rule, key)
            if seen and fired is not None:
                outcomes.append((one.day, key[0], fired, any(seen)))
    return counted("ledger", rule.within_days, outcomes)


def past_rows(case: Case, as_of: dt.date) -> tuple[Row, ...]:
    """Rows of the case's own rolling test whose days were over, and whose outcome was known, on a day.

    Raises
    ------
    DataError : faults of the table, all at once
    """
    faults = Faults()
    rows = read_table(case.folder / f"{PAST_NOWCASTS.name}.csv", PAST_NOWCASTS, faults)
    check_references(PAST_NOWCASTS, rows, {"places": frozenset(case.ids("places"))}, faults)
    faults.raise_if_any()
    over = (row["nowcast_date"] + dt.timedelta(days=row["within_days"]) <= as_of for row in rows)
    return tuple(row for row, done in zip(rows, over, strict=True) if done and row["known_date"] <= as_of)


def from_case(rows: Sequence[Row], rule: Rule) -> Past | None:
    """Counts over the case's rolling test at the lead nearest to that of the rule: of `dry_within` of all fuels alone,
    since the test speaks of the mean over the fuels that stations sell."""
    leads = sorted({row["within_days"] for row in rows}, key=lambda lead: (abs(lead - rule.within_days), lead))
    if rule.quantity != DRY or rule.product is not None or not leads or abs(leads[0] - rule.within_days) > NEAR:
        return None
    outcomes: list[Outcome] = [
        (row["nowcast_date"], row["place"], rule.fires(row["chance_dry"], row["chance_dry"]), row["dry"])
        for row in rows
        if row["within_days"] == leads[0] and rule.place in (None, row["place"])
    ]
    return counted("case", leads[0], outcomes)
