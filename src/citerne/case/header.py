"""`case.yaml`: what a case is called, when it starts, where its hub is, and under which licence it stands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from citerne.base.errors import Faults
from citerne.base.text import _
from citerne.schema.read import closest


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TwoLanguages(Strict):
    """A text in English and French."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)


class Header(Strict):
    """Content of `case.yaml`."""

    name: TwoLanguages
    country: str = Field(description="Key under which country totals are reported, such as mali.", pattern=r"^[a-z_]+$")
    iso3: str = Field(description="ISO 3166 alpha-3 code.", pattern=r"^[A-Z]{3}$")
    currency: str = Field(description="ISO 4217 code.", pattern=r"^[A-Z]{3}$")
    timezone: str = Field(description="IANA name of the capital's time zone.")
    start: dt.date = Field(description="Day 0.")
    record_end: dt.date = Field(description="Last day of the dated record.")
    days: int = Field(default=180, description="Days simulated unless told otherwise.", ge=1, le=3660)
    hub: str = Field(description="Place whose depots serve the country.")
    truck_m3: float = Field(default=46.0, description="Volume of a tanker where no prior is given.", gt=0, le=100)
    quantum_l: int = Field(default=1, description="Litres in one counted unit of fuel.", ge=1, le=1_000_000)
    licence: str
    attribution: TwoLanguages


def read_header(path: Path, faults: Faults) -> Header | None:
    """Read `case.yaml`; faults carry the line of the key."""
    try:
        data = YAML(typ="rt").load(path.read_text(encoding="utf-8-sig"))
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        faults.add(path.name, line, "", _("text that is not YAML"), _("YAML 1.2"), str(getattr(error, "problem", "")))
        return None
    if not isinstance(data, dict):
        faults.add(path.name, 1, "", _("no keys"), _("keys such as name, start, hub"))
        return None
    try:
        return Header.model_validate(data)
    except ValidationError as error:
        for problem in error.errors():
            _note(path.name, data, problem, faults)
        return None


def _note(file: str, data: Any, problem: Any, faults: Faults) -> None:
    """Turn one pydantic complaint into a fault in the user's words."""
    keys = [str(part) for part in problem["loc"]]
    line: int = 0
    node: Any = data
    for key in keys:
        if not isinstance(node, dict) or key not in node:
            break
        line, node = node.lc.key(key)[0] + 1, node[key]
    if problem["type"] == "missing":
        faults.add(file, line, ".".join(keys), "", _("a value"), _("add the key"))
    elif problem["type"] == "extra_forbidden":
        faults.add(file, line, ".".join(keys), keys[-1], _("a declared key"), closest(keys[-1], Header.model_fields))
    else:
        faults.add(file, line, ".".join(keys), problem["input"], str(problem["msg"]).lower())
