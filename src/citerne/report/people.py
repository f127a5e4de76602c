"""What it does to people: services, facilities, cost of living, isolation and flight.

Person-days count everybody in the catchment of a hospital, clinic or waterworks, in proportion to the hours missed,
whether they needed it that day or not. Their total is an upper reading; the headline is the mean over the people
served: how many days of service each of them has lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeVar

import numpy as np

from citerne.base.text import _
from citerne.metrics.facilities import ENDLESS_H, FirstStop, HoursLeft, first_to_stop, hours_left
from citerne.metrics.risk import FAR_ABOVE
from citerne.model.world_people import SERVICE_OF, SERVICES
from citerne.report import html
from citerne.report.fans import Fan, fan_grid
from citerne.report.html import tag
from citerne.report.look import Chart
from citerne.report.view import WEEK, View, quantile_triple
from citerne.report.words import day_text, in_hundred, short_day, span_text, unit_text, value_text

Array = np.ndarray[Any, Any]
MOST_FACILITIES = 4
Followed = TypeVar("Followed", FirstStop, HoursLeft)
MANY = 2e6  # from here on people are drawn in millions


@dataclass(frozen=True)
class Effect:
    """One figure of what it does to people: 5, 50 and 95 % points over futures, day 0 to now."""

    title: str
    unit: str
    low: float
    middle: float
    high: float

    def cells(self) -> tuple[str, str, str, str]:
        """As a table shows it."""
        return self.title, value_text(self.middle), span_text(self.low, self.high), self.unit


def people_served(view: View, service: str) -> float:
    """People whom the facilities of a service serve, by the case's own sheet."""
    kinds = [kind for kind, number in SERVICE_OF.items() if SERVICES[number] == service]
    return float(sum(row["people_served"] for row in view.case.rows("facilities") if row["kind"] in kinds))


def days_without(view: View, service: str) -> Array | None:
    """Days of a service that a person served has lost from day 0 to now, mean over people, by future."""
    served = people_served(view, service)
    if not served or not view.has("person_days_unserved", view.country, service):
        return None
    lost = view.values("person_days_unserved", view.country, service)[: view.now + 1]
    return np.asarray(lost.sum(axis=0, dtype=np.float64) / served)


def days_without_kind(view: View, kind: str) -> Array | None:
    """The same for facilities of one kind: hospitals of towns, and clinics, most of them off the grid."""
    if not view.has("facility_service_share", view.country, kind):
        return None
    given = view.values("facility_service_share", view.country, kind)[: view.now + 1]
    return np.asarray((1.0 - given.astype(np.float64)).sum(axis=0))


def effects(view: View) -> list[Effect]:
    """Figures of the people table; those that the run did not keep are left out."""
    country, shown = view.country, slice(0, view.now + 1)
    found: list[Effect] = []

    def add(title: str, unit: str, values: Array | None) -> None:
        if values is not None:
            found.append(Effect(title, unit, *quantile_triple(np.asarray(values, float))))

    def series(variable: str, place: str = country) -> Array | None:
        return view.values(variable, place)[shown] if view.has(variable, place) else None

    days = unit_text("days")
    apart = [(_("Hospital power lost, a person served"), days_without_kind(view, "hospital")),
             (_("Clinic power lost, a person served"), days_without_kind(view, "clinic"))]  # fmt: skip
    if all(lost is None for _title, lost in apart):
        apart = [(_("Hospital or clinic power lost, a person served"), days_without(view, "hospital"))]
    for title, lost in apart:
        add(title, days, lost)
    add(_("Pumped water lost, a person served"), days, days_without(view, "water"))
    for variable, title in (
        ("transport_fare_multiplier", _("Passenger fares, most")),
        ("food_price_multiplier", _("Staple food, most")),
    ):
        values = series(variable)
        add(title, _("times normal"), None if values is None else values.max(axis=0))
    people = unit_text("people")
    isolated, besieged = series("people_isolated"), series("siege_share")
    add(_("In isolated places, most"), people, None if isolated is None else isolated.max(axis=0))
    add(_("In besieged places, most"), "%", None if besieged is None else 100 * besieged.max(axis=0))
    for variable, title in (("displaced_new", _("Newly displaced")), ("refugees_new", _("Newly fled abroad"))):
        values = series(variable)
        add(title, people, None if values is None else values.sum(axis=0, dtype=np.float64))
    trapped = series("people_trapped")
    add(_("Want to leave and cannot, most"), people, None if trapped is None else trapped.max(axis=0))
    return found


def fans(view: View) -> list[Fan]:
    """Four panels: service lost, food, isolation, flight."""
    found = []
    served = people_served(view, "hospital")
    if served and view.has("person_days_unserved", view.country, "hospital"):
        found.append(
            view.fan("person_days_unserved", view.country, "hospital", _("Without hospital or clinic power"))
            .times(100 / served, "percent")
        )  # fmt: skip
    for variable, title in (
        ("food_price_multiplier", _("Staple food against normal")),
        ("people_isolated", _("In isolated places")),
        ("displaced_new", _("Newly displaced")),
    ):
        if view.has(variable, view.country):
            fan = view.fan(variable, view.country, title=title)
            found.append(fan.times(1e-6, "million people") if fan.highest() >= MANY else fan)
    return found


def chart(view: View, source: str, row_mm: float) -> Chart | None:
    """The panels in one row."""
    panels = fans(view)
    if not panels:
        return None
    return fan_grid(panels, "people", _("What it does to people"), source, columns=4, row_mm=row_mm)


def section(view: View, drawn: Chart | None) -> str:
    """Panels, the table, and three sentences."""
    title = tag("h2", escape(_("What it does to people")))
    rows = effects(view)
    if not rows:
        return title + html.paragraph(_("Not computed in this run."), "small")
    picture = html.figure(drawn, heading=False, notes=False) if drawn else ""
    header = (_("From {start} to {end}").format(start=short_day(view.start), end=short_day(view.date(view.now))),
              _("median"), _("9 in 10 futures"), "")  # fmt: skip
    sheet = html.wide_table(header, [row.cells() for row in rows], "left-unit")
    return title + picture + tag("div", sheet + tag("div", html.bullets(sentences(view))), class_="halves")


def sentences(view: View) -> list[str]:
    """Which facility stops first, which has fewest hours left, and the chance of a street price far above normal."""
    said = [] if view.public else [*_stops(view), *_hours(view), *_flights(view)]
    said += _far_above(view)
    served = value_text(people_served(view, "hospital"))
    if view.has("person_days_unserved", view.country, "hospital"):
        said.append(_("Hospitals and clinics serve {people} people, waterworks {water}: whole catchments, not patients."
                      ).format(people=served, water=value_text(people_served(view, "water"))))  # fmt: skip
    return said


def _stops(view: View) -> list[str]:
    followed = on_the_ground(view, first_to_stop(view.results, view.now))
    found = [row for row in followed if row.chance > 0]
    if not found:
        return []
    parts = [
        _("{name} ({chance} of 100, {day})").format(
            name=view.names.of(row.facility), chance=_hundredths(row.chance),
            day=short_day(row.day) if row.day else "–",
        )
        for row in found[:MOST_FACILITIES]
    ]  # fmt: skip
    stopped = sum(row.chance >= 0.5 for row in found)
    text = _("First to run short of fuel: {parts}. {count} of {all} facilities followed have done so in the median.")
    return [text.format(parts="; ".join(parts), count=stopped, all=len(followed))]


def _hundredths(share: float) -> int:
    return min(max(round(100 * share), 1), 99) if 0 < share < 1 else round(100 * share)


def _hours(view: View) -> list[str]:
    found = [row for row in on_the_ground(view, hours_left(view.results, view.now)) if row.p50 < ENDLESS_H]
    if not found:
        return []
    parts = [f"{view.names.of(row.facility)} {value_text(row.p50)} ({span_text(row.p05, row.p95)})"
             for row in found[:MOST_FACILITIES]]  # fmt: skip
    return [_("Hours of fuel left in their own tanks: {parts}.").format(parts="; ".join(parts))]


def on_the_ground(view: View, rows: Sequence[Followed]) -> list[Followed]:
    """Facilities other than airports, whose fuel lies in the tanks of the town and is counted in flights."""
    airports = {row["facility"] for row in view.case.rows("facilities") if row["kind"] == "airport"}
    return [row for row in rows if row.facility not in airports]


def _flights(view: View) -> list[str]:
    """Jet fuel by airport, in flights there and back."""
    keys = [key for key in view.results.keys if key.variable == "jet_rotations"]
    parts = [
        f"{view.names.of(key.place)} {value_text(middle)} ({span_text(low, high)})"
        for key in keys
        for low, middle, high in [quantile_triple(view.values(key.variable, key.place)[view.now])]
    ]  # fmt: skip
    return [_("Jet fuel, in flights there and back: {parts}.").format(parts="; ".join(parts))] if parts else []


def _far_above(view: View) -> list[str]:
    """The chance that the street price has passed eight times the pump price somewhere, by now and by the end."""
    weeks = view.far_above
    if not weeks:
        return []
    now = [week for week in weeks if (week.first_day - view.start).days + WEEK - 1 <= view.now]
    top = max(weeks, key=lambda week: week.in_week)
    if not weeks[-1].by_then:
        text = _("In no future does the street price of petrol pass {n} times the pump price in any place followed.")
        return [text.format(n=value_text(FAR_ABOVE))]
    text = _(
        "Street price of petrol over {n} times the pump price in some place: {now} by {day}, {end} by {last};"
        " the likeliest week begins on {week} ({chance})."
    )
    if view.now == view.days - 1:  # nothing is left to come
        text = _(
            "Street price of petrol over {n} times the pump price in some place: {end} by {last};"
            " the likeliest week begins on {week} ({chance})."
        )
    seen = now[-1] if now else weeks[0]
    return [
        text.format(
            n=value_text(FAR_ABOVE), now=in_hundred(seen.by_then), day=short_day(view.date(view.now)),
            end=in_hundred(weeks[-1].by_then), last=day_text(view.date(view.days - 1)), week=short_day(top.first_day),
            chance=in_hundred(top.in_week),
        )
    ]  # fmt: skip


def annex(view: View) -> str:
    """Weeks and facilities, whole."""
    parts = [tag("h2", escape(_("People: by week and by facility"))), _weeks(view)]
    if not view.public:
        parts += [_stop_table(first_to_stop(view.results, view.now), view),
                  _hour_table(hours_left(view.results, view.now), view)]  # fmt: skip
    return "".join(part for part in parts if part)


def _weeks(view: View) -> str:
    """Person-days lost and the chance of a street price far above normal, by week."""
    services = [s for s in ("hospital", "water") if view.has("person_days_unserved", view.country, s)]
    chances = {week.first_day: week for week in view.far_above}
    if not services and not chances:
        return html.paragraph(_("Not computed in this run."), "small")
    names = {"hospital": _("Person-days without hospital or clinic power"), "water": _("Person-days without water")}
    header = [_("Week from"), *(names[s] for s in services)]
    if chances:
        header += [_("Street price over {n} times, that week").format(n=value_text(FAR_ABOVE)), _("by then")]
    rows = []
    for first in range(0, view.days - WEEK + 1, WEEK):
        day = view.date(first)
        cells = [day.isoformat()]
        for service in services:
            lost = view.values("person_days_unserved", view.country, service)[first : first + WEEK]
            low, middle, high = quantile_triple(lost.sum(axis=0, dtype=np.float64))
            cells.append(f"{value_text(middle)} ({span_text(low, high)})")
        if chances:
            week = chances[day]
            cells += [in_hundred(week.in_week), in_hundred(week.by_then)]
        rows.append(cells)
    note = _(
        "Person-days are an upper reading: everybody in the catchment counts, in proportion to the hours missed,"
        " whether they needed the service or not; most are those of clinics off the grid."
    )
    return html.wide_table(header, rows) + html.paragraph(note, "note")


def _stop_table(found: Sequence[FirstStop], view: View) -> str:
    if not found:
        return ""
    header = (_("Facility that runs short of fuel"), _("of 100 futures"), _("median day"), _("first of all, of 100"))
    rows = [
        (view.names.of(row.facility), str(_hundredths(row.chance)), row.day.isoformat() if row.day else "–",
         str(_hundredths(row.chance_first)))
        for row in found
    ]  # fmt: skip
    note = _("Short: the first day on which it has less than half of the fuel it needs. Rows are towns, not buildings.")
    return html.wide_table(header, rows) + html.paragraph(note, "note")


def _hour_table(found: Sequence[HoursLeft], view: View) -> str:
    rows = [
        (view.names.of(row.facility), value_text(row.p05), value_text(row.p50), value_text(row.p95))
        for row in found
        if row.p50 < ENDLESS_H
    ]
    if not rows:
        return ""
    return html.wide_table((_("Facility, hours of fuel left"), "5 %", _("median"), "95 %"), rows)
