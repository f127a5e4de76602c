"""Rules of early warning: what the user wants to be told of, read from the sheet, and what each watches in a nowcast.

A rule on `dry_within` compares the chance in 100 that a town is dry on some day within so many days. Any other rule
takes, in each future, the worst value on the days from tomorrow to the last day that counts (the largest for > and >=,
the smallest for < and <=), asks in what share of futures the comparison holds, and fires where that chance reaches its
own, 50 in 100 unless it says otherwise. The value shown beside it is the median of those worst values.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from citerne.base.errors import Fault
from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.fields import Series, World
from citerne.model.index import Index
from citerne.model.outcomes import Catalogue
from citerne.nowcast.reading import names_of, plain
from citerne.nowcast.sheet import QUANTITIES
from citerne.schema.cells import closest, shown

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
DRY = "dry_within"
HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
DRY_DAYS, CHANCE = 14, 50.0
# tables whose ids and names a rule on a quantity may speak of
SPEAKS_OF = {
    "power_hours_per_day": ("zones", "places"), "tankers_waiting_border": ("corridors", "places"),
    "facility_hours_left": ("facilities",),
}  # fmt: skip
WAITING = "tankers_waiting_border"
WITHOUT_PRODUCT = tuple(SPEAKS_OF)
Key = tuple[str, str]  # place, product


@dataclass(frozen=True)
class Rule:
    """One rule, as it stands in the sheet with what was left empty filled in.

    `threshold` and `chance` are in 100 where they are chances; `place` and `product` None mean all.
    """

    rule: str
    quantity: str
    comparison: str
    threshold: float
    within_days: int
    place: str | None = None
    product: str | None = None
    chance: float = CHANCE
    text_en: str | None = None
    text_fr: str | None = None

    def measure(self) -> tuple[Any, ...]:
        """What decides whether it fires: rules of equal measure are one rule, whatever their names and texts."""
        bar = None if self.quantity == DRY else self.chance
        return (self.quantity, self.comparison, float(self.threshold), self.within_days, bar)

    def fires(self, value: float, chance: float) -> bool:
        """Whether it fires at a value (a chance of running dry in 100) or, for others, at a chance in 100."""
        if self.quantity == DRY:
            return bool(HOLDS[self.comparison](value, self.threshold))
        return chance >= self.chance

    def payload(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


DEFAULT_RULES = (Rule("dry_within_7", DRY, ">=", 50.0, 7), Rule("dry_within_14", DRY, ">=", 50.0, 14))


def rules_of(case: Case, rows: Sequence[Row]) -> tuple[Rule, ...]:
    """Rules of a sheet; a sheet without any has the default ones."""
    made = []
    for row in rows:
        days = row["within_days"] or (DRY_DAYS if row["quantity"] == DRY else 1)
        chance = CHANCE if row["chance"] is None else float(row["chance"])
        place = place_of(case, row["quantity"], row["place"]) if row["place"] else None
        made.append(Rule(row["rule"], row["quantity"], row["comparison"], float(row["threshold"]), days, place,
                         row["product"], chance, row["text_en"], row["text_fr"]))  # fmt: skip
    return tuple(made) or DEFAULT_RULES


def place_of(case: Case, quantity: str, text: str) -> str | None:
    """Id of what a rule speaks of, by id or name in either language; a zone stands for its town."""
    for table in SPEAKS_OF.get(quantity, ("places",)):
        found = names_of(case, table).get(plain(text))
        if found is not None:
            if table == "zones":
                return str(next(row["place"] for row in case.rows("zones") if row["zone"] == found))
            return found
    return None


def rule_faults(case: Case, row: Row) -> Iterator[Fault]:
    """Why a rule cannot be used, or hardly means what it says."""

    def ask(column: str, expected: str, mend: str) -> Fault:
        return Fault(row["_title"], row["_row"], column, shown(row[column]), expected, mend)

    quantity, place = row["quantity"], row["place"]
    if place and place_of(case, quantity, place) is None:
        tables = SPEAKS_OF.get(quantity, ("places",))
        ids = [one for table in tables for one in case.ids(table)]
        expected = _("something that {quantity} is known of").format(quantity=quantity)
        yield ask("place", expected, closest(place, ids))
    if row["product"] and quantity in WITHOUT_PRODUCT:
        text = _("nothing, since {quantity} is the same for all fuels").format(quantity=quantity)
        yield ask("product", text, _("empty the cell"))
    if quantity == DRY and 0 < row["threshold"] < 1:
        mend = _("in 100 it is {mended:g}").format(mended=100 * row["threshold"])
        yield ask("threshold", _("a chance in 100"), mend)
    if quantity == DRY and row["threshold"] > 100:
        yield ask("threshold", _("a chance in 100"), _("write at most 100"))
    if row["chance"] is not None and 0 < row["chance"] < 1:
        mend = _("in 100 it is {mended:g}").format(mended=100 * row["chance"])
        yield ask("chance", _("a chance in 100"), mend)


class Watch:
    """What the rules look at: series to be recorded while futures are rolled forward, and which rule reads which.

    Attributes
    ----------
    series : outcomes to record, one for each place and fuel that some rule watches
    """

    def __init__(self, case: Case, world: World, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.places, self.products = list(Index(case).place), list(Index(case).product)
        known = watchable(case, world) if any(rule.quantity != DRY for rule in rules) else {}
        self.reads: dict[str, list[tuple[Key, int]]] = {}
        self.series: list[Series] = []
        position: dict[tuple[str, str, str], int] = {}
        for rule in self.rules:
            reads = self.reads[rule.rule] = []
            for (variable, place, product), one in known.items():
                if variable != rule.quantity or not _meant(rule, place, product):
                    continue
                if variable == WAITING and rule.place is None and place in case.ids("corridors"):
                    continue  # its border post tells it
                key = (variable, place, product)
                if key not in position:
                    position[key] = len(self.series)
                    self.series.append(one)
                reads.append(((place, product), position[key]))

    def values(
        self, cells: Sequence[tuple[int, int]], open_share: Array, recorded: Array, dry_level: float
    ) -> list[dict[str, Any]]:
        """Every rule at every place and fuel that it watches, whether it fires or not.

        Parameters
        ----------
        cells, open_share : (place, product) and the days ahead of a forecast (day, cell, future)
        recorded : the series (day, series, future)
        dry_level : share of stations below which a town is dry

        Returns
        -------
        list : rule, place, product, value, chance in 100, day ahead on which its bar is reached (or None), fires
        """
        found = []
        dry_by = np.maximum.accumulate(open_share < dry_level, axis=0).mean(axis=-1) * 100
        for rule in self.rules:
            if rule.within_days > len(open_share):
                continue
            if rule.quantity == DRY:
                for k, (p, f) in enumerate(cells):
                    place, product = self.places[p], self.products[f]
                    if _meant(rule, place, product):
                        chances = dry_by[: rule.within_days, k]
                        found.append(_told(rule, (place, product), float(chances[-1]), chances))
                continue
            worst = np.maximum if rule.comparison.startswith(">") else np.minimum
            for key, s in self.reads[rule.rule]:
                days = worst.accumulate(recorded[: rule.within_days, s], axis=0)
                chances = HOLDS[rule.comparison](days, rule.threshold).mean(axis=-1) * 100
                found.append(_told(rule, key, float(np.median(days[-1])), chances))
        return found


def _meant(rule: Rule, place: str, product: str) -> bool:
    return rule.place in (None, place) and (rule.product in (None, product) or not product)


def _told(rule: Rule, key: Key, value: float, chances: Array) -> dict[str, Any]:
    at_bar = [rule.fires(float(c), float(c)) for c in chances]
    rising = not (rule.quantity == DRY and rule.comparison.startswith("<"))
    return {"rule": rule.rule, "place": key[0], "product": key[1], "value": value, "chance": float(chances[-1]),
            "reached": at_bar.index(True) + 1 if rising and any(at_bar) else None, "fired": at_bar[-1]}  # fmt: skip


def watchable(case: Case, world: World) -> dict[tuple[str, str, str], Series]:
    """Series that rules may watch, by variable, place and fuel; the fuel is empty where all fuels share a value.

    Stocks in days are litres over normal use, so that they are right on the day of a count too. Tankers that wait are
    told by border post, and by corridor for a rule that names one.
    """
    found: dict[tuple[str, str, str], Series] = {}
    for one in Catalogue(case, world, everything=True).series():
        labels = [key for table in SPEAKS_OF.get(one.variable, ("places",)) for key in case.ids(table)]
        if one.variable not in QUANTITIES or one.place not in labels:
            continue
        if one.variable in WITHOUT_PRODUCT and one.product in ("", "all"):
            found[one.variable, one.place, ""] = one
        elif one.variable not in WITHOUT_PRODUCT and one.product in case.ids("products"):
            found[one.variable, one.place, one.product] = one
    for p, f in np.argwhere(world.constants["demand_l"] > 0):
        place, product = list(Index(case).place)[p], case.ids("products")[f]
        cell = int(p) * len(case.ids("products")) + int(f)
        need = float(world.constants["demand_l"][p, f])
        one = Series("stock_days", place, product, "days", "stock_l", (cell,), (1 / need,))
        found["stock_days", place, product] = one
    return found | _posts(case, found)


def _posts(case: Case, found: Mapping[tuple[str, str, str], Series]) -> dict[tuple[str, str, str], Series]:
    made = {}
    for post in sorted({row["border_place"] for row in case.rows("corridors")}):
        own = [found[WAITING, row["corridor"], ""] for row in case.rows("corridors")
               if row["border_place"] == post and (WAITING, row["corridor"], "") in found]  # fmt: skip
        cells = tuple(cell for one in own for cell in one.cells)
        if cells:
            made[WAITING, post, ""] = Series(WAITING, post, "", "trucks", "waiting_trucks", cells, (1.0,) * len(cells))
    return made
