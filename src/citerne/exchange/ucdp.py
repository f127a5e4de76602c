"""UCDP GED: yearly and candidate CSV, and the country files of HDX. Open data (CC BY 4.0), lethal events only.

Burned trucks without deaths are invisible here, so a blockade is under-recorded: use it for road danger, not for
losses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.exchange.common import Field, Report, SheetRow, Unfit, collect, read_sheet, swapped_places
from citerne.exchange.events import Event

ATTRIBUTION = "UCDP Georeferenced Event Dataset, Uppsala Conflict Data Program, CC BY 4.0"
FIELDS = (
    Field("id", ("event_id", "#event+code"), required=True),
    Field("date_start", ("start_date",), required=True),
    Field("date_end", ("end_date",), required=True),
    Field("date_prec", ("date_precision",)),
    Field("where_prec", ("where_precision",), required=True),
    Field("latitude", ("lat",), required=True),
    Field("longitude", ("lon", "long"), required=True),
    Field("country", required=True),
    Field("country_id"),
    Field("adm_1", ("admin1",)),
    Field("type_of_violence"),
    Field("code_status"),
    Field("best", ("best_est", "deaths_best")),
    Field("low", ("low_est",)),
    Field("high", ("high_est",)),
)
_VIOLENCE = {1: "state-based", 2: "non-state", 3: "one-sided"}
# exact, near, second-level unit | first-level unit, line or polygon, country, water or air
_PRECISION = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3, 7: 3}


def read_ucdp(path: Path, as_of: dt.date, country: str = "") -> tuple[list[tuple[Event, int]], Report]:
    """Events with their best count of deaths; of two rows with one id the last counts, as later releases correct.

    Events whose code status is not Clear are kept; their number is a remark. `country` keeps one country only.
    """
    sheet = read_sheet(path, FIELDS, ("date_start", "date_end"))
    rows, report = collect(
        sheet, lambda row: _event(row, as_of), lambda item: item[0].event_id, "last",
        lambda items: swapped_places([(e.country, e.lat, e.lon) for e, _deaths, _clear in items]),
    )  # fmt: skip
    unclear = sum(not clear for _e, _d, clear in rows)
    if unclear:
        report.remarks.append(_("{count} event(s) have a code status other than Clear").format(count=unclear))
    kept = [
        (event, deaths) for event, deaths, _clear in rows if not country or event.country.lower() == country.lower()
    ]
    if len(kept) < len(rows):
        report.remarks.append(_("{count} event(s) of other countries").format(count=len(rows) - len(kept)))
    return kept, report


def _event(row: SheetRow, as_of: dt.date) -> tuple[Event, int, bool]:
    first, last = row.day("date_start", as_of), row.day("date_end", as_of)
    if last < first:
        raise Unfit(_("date_end: {last} before date_start {first}").format(last=last, first=first))
    place = row.place()
    if place is None:
        raise Unfit(_("latitude and longitude are empty"))
    where = row.numeric("where_prec", 1, 7)
    if where != int(where):
        raise Unfit(_("where_prec: found {found}, expected a whole number from 1 to 7").format(found=where))
    best, low, high = (row.maybe(name, 0, 1e7) for name in ("best", "low", "high"))
    if low is not None and high is not None and low > high:
        raise Unfit(_("low: {low:g} above high {high:g}").format(low=low, high=high))
    row.maybe("date_prec", 1, 5)
    violence = int(row.maybe("type_of_violence", 1, 3) or 0)
    event = Event(
        row.text("id", required=True), first, last, place[0], place[1], _PRECISION[int(where)], row.text("adm_1"),
        row.text("country", required=True), _VIOLENCE.get(violence, "organised violence"),
    )  # fmt: skip
    return event, int(best or 0), row.text("code_status") in ("", "Clear")


def event_rows(events: Iterable[tuple[Event, int]]) -> list[dict[str, Any]]:
    """Rows of the table events of a case, role context; coordinates rounded to 0.1 degree."""
    return [
        {
            "event_id": f"ucdp_{event.event_id}", "date": event.first,
            "date_precision": _date_precision((event.last - event.first).days), "place": event.region or event.country,
            "lat": round(event.lat, 1), "lon": round(event.lon, 1), "type": event.kind, "role": "context",
            "killed_best": deaths, "summary": f"{event.kind}, UCDP GED", "known_date": event.last,
            "source": ATTRIBUTION, "confidence": "B" if event.precision == 1 else "C",
        }
        for event, deaths in events
    ]  # fmt: skip


def _date_precision(days: int) -> str:
    return "day" if days == 0 else "week" if days <= 7 else "month"
