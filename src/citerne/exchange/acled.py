"""ACLED exports: current layout and the older one of HDX. Rows are the user's and stay with the user.

Only what the counts need is read; notes, actors and exact positions are not kept and nothing of a row is written.
"""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

from citerne.base.text import _
from citerne.exchange.common import Field, Report, SheetRow, Unfit, collect, read_sheet, swapped_places
from citerne.exchange.events import Event

ATTRIBUTION = "Counts derived from ACLED data (acleddata.com); the rows themselves may not be passed on"
FIELDS = (
    Field("event_id_cnty", ("event_id", "data_id", "event id"), required=True),
    Field("event_date", ("date", "event date"), required=True),
    Field("time_precision", ("time precision", "#date+precision")),
    Field("event_type", ("event type",), required=True),
    Field("sub_event_type", ("sub event type",)),
    Field("country", required=True),
    Field("iso"),
    Field("admin1", ("adm_1", "region1")),
    Field("latitude", ("lat", "y"), required=True),
    Field("longitude", ("lon", "lng", "long", "x"), required=True),
    Field("geo_precision", ("geo precision", "geoprecision")),
    Field("actor1", ("actor 1",)),
    Field("actor2", ("actor 2",)),
    Field("timestamp"),
)


def read_acled(
    path: Path,
    as_of: dt.date,
    kinds: frozenset[str] = frozenset(),
    country: str = "",
    actor: str = "",
) -> tuple[list[Event], Report]:
    """Events of an ACLED export; of two rows of one event the last counts.

    Parameters
    ----------
    as_of : events dated later are set aside
    kinds : event or sub-event types to keep, lower case; empty keeps all
    country, actor : keep events of this country, and with this word in an actor's name

    A row that the filters leave out is read and used: it is understood, and counts nowhere.
    """
    sheet = read_sheet(path, FIELDS, ("event_date",))
    rows, report = collect(
        sheet, lambda row: _event(row, as_of), lambda pair: pair[0].event_id, "last",
        lambda items: swapped_places([(event.country, event.lat, event.lon) for event, _words in items]),
    )  # fmt: skip
    kept = [event for event, words in rows if _wanted(event, words, kinds, country, actor)]
    if len(kept) < len(rows):
        report.remarks.append(_("{count} event(s) left out by the filters").format(count=len(rows) - len(kept)))
    return kept, report


def _wanted(event: Event, words: tuple[str, ...], kinds: frozenset[str], country: str, actor: str) -> bool:
    return (
        (not kinds or any(word in kinds for word in words[:2]))
        and (not country or event.country.lower() == country.lower())
        and (not actor or any(actor.lower() in word for word in words[2:]))
    )


def _event(row: SheetRow, as_of: dt.date) -> tuple[Event, tuple[str, ...]]:
    day = row.day("event_date", as_of)
    place = row.place()
    if place is None:
        raise Unfit(_("latitude and longitude are empty"))
    precision = row.maybe("geo_precision", 1, 3)
    kind = row.text("event_type", required=True)
    row.maybe("timestamp", 0)
    first, last = _span(day, row.maybe("time_precision", 1, 3), as_of)
    event = Event(
        row.text("event_id_cnty", required=True), first, last, place[0], place[1], int(precision or 1),
        row.text("admin1"), row.text("country", required=True), kind,
    )  # fmt: skip
    words = (kind, row.text("sub_event_type"), row.text("actor1"), row.text("actor2"))
    return event, tuple(word.lower() for word in words)


def _span(day: dt.date, precision: float | None, as_of: dt.date) -> tuple[dt.date, dt.date]:
    """Precision 1 is the day, 2 its week, 3 its month; no span reaches past `as_of`."""
    if precision == 3:
        first, last = day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
    elif precision == 2:
        first = day - dt.timedelta(days=day.weekday())
        last = first + dt.timedelta(days=6)
    else:
        first = last = day
    return first, min(last, as_of)
