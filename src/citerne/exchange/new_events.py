"""Events put on the roads of a new case: hazard weights by segment, and, where the licence allows, the events."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from citerne.base.errors import DataError
from citerne.base.text import _
from citerne.exchange import acled, ucdp
from citerne.exchange.common import Report
from citerne.exchange.event_import import import_events, read_roads
from citerne.exchange.events import Event
from citerne.exchange.new_case import NewCase
from citerne.schema.tables import EVENTS
from citerne.schema.write import write_table


def add_events(case: NewCase, folder: Path, path: Path, as_of: dt.date) -> Report:
    """Read an ACLED export or a UCDP file; weigh the roads of the case folder by it and write them again.

    Of ACLED nothing but the weights is written.
    """
    events, rows, report, source = _read(path, as_of)
    weights = import_events(events, report, read_roads(folder)).weights
    for row in case.tables["roads"]:
        if row["segment"] in weights and row["surface"] not in ("sea", "ferry", "river"):
            row["hazard_weight"] = round(weights[row["segment"]], 3)
            row["note"] = _("hazard weight from {source}").format(source=source)
    case.known.attribution.append(source)
    if rows:
        write_table(folder / "events.csv", EVENTS, ucdp.event_rows(rows))
    case.write(folder)
    return report


def _read(path: Path, as_of: dt.date) -> tuple[list[Event], list[tuple[Event, int]], Report, str]:
    """Whichever of the two layouts fits; the faults of UCDP where neither does."""
    try:
        events, report = acled.read_acled(path, as_of)
        return events, [], report, acled.ATTRIBUTION
    except DataError:
        rows, report = ucdp.read_ucdp(path, as_of)
        return [event for event, _deaths in rows], rows, report, ucdp.ATTRIBUTION
