"""What a report shows of a run: series, observations and names, at the level of detail that its readers may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.case.case import Case
from citerne.engine.fields import Parameter
from citerne.metrics.risk import STREET, WeekChance, chance_above
from citerne.report.beside import Beside
from citerne.report.fans import Fan, Mark
from citerne.report.words import Names, case_value, outcome_title, part_name
from citerne.results.results import Results, quantiles
from citerne.schema.outcomes import OUTCOME_BY_NAME

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]
CUMULATIVE = "trucks_destroyed_cumulative"
WEEK = 7
NOTHING = Beside()


@dataclass(frozen=True)
class View:
    """A run as a report shows it.

    Attributes
    ----------
    results, case : the run and its inputs; in a public view, results by first-level region and week
    targets : observations that may be shown beside them
    names : names in the language in use
    hub, country : keys of the hub (its region in a public view) and of the country totals
    public : whether detail below region and week is stripped
    beside : what other verbs have found
    far_above : by week, the chance that the street price passes eight times the pump price in some place
    """

    results: Results
    case: Case
    targets: tuple[Row, ...]
    names: Names
    hub: str
    country: str
    public: bool = False
    beside: Beside = NOTHING
    far_above: tuple[WeekChance, ...] = ()

    @property
    def scores(self) -> Sequence[Row] | None:
        """One row per scored observation; None if the run was not scored."""
        return self.beside.scores

    @property
    def start(self) -> dt.date:
        """Day 0."""
        return self.results.provenance.start

    @property
    def days(self) -> int:
        """Days simulated."""
        return int(self.results.values.shape[0])

    @property
    def members(self) -> int:
        """Number of futures."""
        return int(self.results.values.shape[2])

    @cached_property
    def priors(self) -> Mapping[str, Parameter]:
        """Uncertain inputs of the standard model with the ranges of this case."""
        from citerne.model.priors import priors_of
        from citerne.model.standard import standard_model

        return priors_of(standard_model().processes, self.case, {})

    @cached_property
    def record_days(self) -> int:
        """Days of the run that the dated record covers."""
        return min(max((self.case.header.record_end - self.start).days + 1, 0), self.days)

    @property
    def now(self) -> int:
        """The day the report looks from: the last of the record, or of the run where that ends first."""
        return self.record_days - 1 if self.record_days > 0 else self.days - 1

    def date(self, day: int) -> dt.date:
        """Civil date of a day of the run."""
        return self.start + dt.timedelta(days=day)

    def has(self, variable: str, place: str, product: str = "all") -> bool:
        """Whether the run kept a series."""
        return self.results.has(variable, place, product)

    def values(self, variable: str, place: str, product: str = "all") -> Array:
        """Values (day, member) of a series."""
        return self.results.series(variable, place, product)

    def recent(self, variable: str, place: str, days: int, product: str = "all") -> Array:
        """Mean over the last `days` days up to now, by member."""
        return np.asarray(
            self.values(variable, place, product)[max(self.now - days + 1, 0) : self.now + 1].mean(axis=0), float
        )

    def place_rows(self) -> list[Row]:
        """Rows of reporting places with days of cover: the hub, then those with observations, then by people."""
        rows = [r for r in self.case.rows("places") if r["reporting"] and self.has("stock_days", r["place"])]
        seen = {row["place"] for row in self.targets} | {self.hub}
        return sorted(
            rows, key=lambda r: (r["place"] != self.hub, r["place"] not in seen, -(r["population"] or 0), r["place"])
        )

    def cover_places(self) -> list[str]:
        """Keys of places, or regions in a public view, with days of cover; the hub first."""
        if not self.public:
            return [row["place"] for row in self.place_rows()]
        keys = [k.place for k in self.results.keys if k.variable == "stock_days" and k.product in ("", "all")]
        keys = [key for key in dict.fromkeys(keys) if key != self.country]
        return sorted(keys, key=lambda key: key != self.hub)

    def marks(self, variable: str, place: str, product: str) -> tuple[Mark, ...]:
        """Observations of one series; sums are drawn as daily means over their window."""
        found = []
        for row in self.targets:
            same = (row["variable"], row["place"]) == (variable, place)
            if not same or (row["product"] or "all") not in (product, "all"):
                continue
            first, last = (row["date_start"] - self.start).days, (row["date_end"] - self.start).days
            if first < 0 or last >= self.days:
                continue
            scale = 1.0 / (last - first + 1) if row["aggregation"] == "sum" else 1.0
            low, best, high = (None if row[c] is None else row[c] * scale for c in ("low", "best", "high"))
            if row["aggregation"] == "last":
                first = last
            found.append(Mark(first, last, low, best, high, row["bound"]))
        return tuple(found)

    def fan(self, variable: str, place: str, product: str = "all", title: str = "") -> Fan:
        """The fan of one series; a flow is shown as its mean over seven days."""
        values = self.values(variable, place, product)
        unit = self.results.key(variable, place, product).unit
        outcome = OUTCOME_BY_NAME.get(variable)
        if outcome is not None and outcome.kind == "flow":
            values, unit = week_mean(values), f"{unit}/day"
        ceiling = outcome.high if outcome else None
        marks = self.marks(variable, place, product)
        if unit == "share":
            values, unit, ceiling = values * 100, "percent", 100.0
            marks = tuple(mark.times(100.0) for mark in marks)
        unchecked = self.record_days if 0 < self.record_days < self.days else (0 if not self.record_days else None)
        return Fan(
            key=f"{variable}-{place}".replace("_", "-"),
            title=title or f"{outcome_title(variable)}, {self.names.of(place)}",
            unit=unit,
            start=self.start,
            quantiles=quantiles(values, (0.05, 0.25, 0.5, 0.75, 0.95)).astype(float),
            marks=marks,
            record_days=unchecked,
            reference_day=self.now if variable == "stock_days" and self.now < self.days - 1 else None,
            ceiling=ceiling,
        )


def series_name(view: View, variable: str, place: str, product: str) -> str:
    """An outcome with what it is split by, and its place."""
    title, part = outcome_title(variable), part_name(product)
    if variable == "facility_service_share" and product == "hospital":
        part = _("hospital")
    return f"{title} ({part}), {view.names.of(place)}" if part else f"{title}, {view.names.of(place)}"


def week_mean(values: Array) -> Array:
    """Mean over the day and the six before it, of (day, member); the first days over what there is."""
    total = np.cumsum(values, axis=0, dtype=np.float64)
    days = values.shape[0]
    out = total.copy()
    out[WEEK:] -= total[:-WEEK]
    return np.asarray(out / np.minimum(np.arange(1, days + 1), WEEK)[:, None])


def quantile_triple(values: Array) -> tuple[float, float, float]:
    """5, 50 and 95 % points over members."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def demand_of(case: Case, place: str, product: str | None = None) -> float:
    """Normal use of a place, m3 a day, of one product or of all."""
    return sum(
        case_value(row, "demand_m3_per_day") or 0.0
        for row in case.rows("demand")
        if row["place"] == place and product in (None, row["product"])
    )


def detailed_view(results: Results, case: Case, beside: Beside = NOTHING) -> View:
    """The view of a full report: every place and corridor."""
    header, targets = case.header, tuple(case.rows("targets"))
    return View(
        results, case, targets, Names(case), header.hub, header.country, False, beside, street_far_above(results)
    )


def street_far_above(results: Results) -> tuple[WeekChance, ...]:
    """By week, the chance of a street price far above the pump's; empty where no street price was kept."""
    kept = any(key.variable == STREET for key in results.keys)
    return tuple(chance_above(results)) if kept else ()
