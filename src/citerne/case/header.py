"""`case.yaml`: what a case is called, when it starts, where its hub is, and under which licence it stands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import Field

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.case.yamls import Strict, TwoLanguages, line_of, read_model

__all__ = ["Header", "Strict", "TwoLanguages", "read_header"]


class Header(Strict):
    """Content of `case.yaml`."""

    name: TwoLanguages = Field(description="Name of the case.")
    country: str = Field(description="Key under which country totals are reported, such as mali.", pattern=r"^[a-z_]+$")
    iso3: str = Field(description="ISO 3166 alpha-3 code.", pattern=r"^[A-Z]{3}$")
    currency: str = Field(description="ISO 4217 code.", pattern=r"^[A-Z]{3}$")
    timezone: str = Field(description="IANA name of the capital's time zone.", min_length=1)
    start: dt.date = Field(description="Day 0.")
    record_end: dt.date = Field(description="Last day of the dated record.")
    days: int = Field(default=180, description="Days simulated unless told otherwise.", ge=1, le=3660)
    hub: str = Field(description="Place whose depots serve the country.", min_length=1)
    truck_m3: float = Field(default=46.0, description="Volume of a tanker where no prior is given.", gt=0, le=100)
    quantum_l: int = Field(default=1, description="Litres in one counted unit of fuel.", ge=1, le=1_000_000)
    licence: str = Field(description="Licence of the case's tables.", min_length=1)
    attribution: TwoLanguages = Field(description="Who is to be named beside every map and table.")


def read_header(path: Path, faults: Faults) -> Header | None:
    """Read `case.yaml`; faults carry the line and the key."""
    header, data = read_model(path, Header, faults)
    if header is not None and header.record_end < header.start:
        faults.add(path.name, line_of(data, ("record_end",)), "record_end", header.record_end,
                   _("a day not before start, {day}").format(day=header.start), _("swap the two"))  # fmt: skip
    return header
