"""Small conflicts in Flee's file layout, written to a folder by the tests that need one."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from citerne.displacement.layout import Conflict
from citerne.displacement.reader import read_conflict

START = dt.date(2001, 1, 1)


def _date(day: int) -> str:
    return (START + dt.timedelta(days=day)).isoformat()


INPUT = {
    "sim_period.csv": f"StartDate,{START.isoformat()}\nLength,40\n",
    "locations.csv": (
        '#"name","region","country","latitude","longitude","location_type","conflict_date","population"\n'
        "Uphill,North,Here,1.0,1.0,conflict_zone,0,4000\n"
        "Downhill,North,Here,1.0,2.0,conflict_zone,10,9000\n"
        "Market,South,Here,2.0,2.0,town,,20000\n"
        "East camp,Border,There,2.0,3.0,camp,,3000\n"
        "West camp,Border,Yonder,2.0,1.0,camp,,5000\n"
    ),
    "routes.csv": (
        "#name1,name2,distance,forced_redirection\n"
        "Uphill,Market,120,0\n"
        "Downhill,Market,60,0\n"
        "Market,East camp,150,0\n"
        "Market,West camp,150,0\n"
    ),
    "closures.csv": "#closure_type,name1,name2,closure_start,closure_end\ncountry,Here,Yonder,0,8\n",
    "conflicts.csv": "#Day,Uphill,Downhill,Market\n" + "".join(f"{day},1,{int(day >= 10)},0\n" for day in range(40)),
    "registration_corrections.csv": f"West camp,{_date(30)}\n",
}
VALIDATION = {
    "data_layout.csv": "total,all.csv\nEast camp,east.csv\nWest camp,west.csv\n",
    "all.csv": f"Date,people\n{_date(0)},150\n{_date(39)},2600\n",
    "east.csv": f"#Date,people\n{_date(0)},100\n{_date(12)},700\n{_date(20)},900\n{_date(39)},1100\n",
    "west.csv": f"DateTime,people\n{_date(0)},50\n{_date(8)},50\n{_date(20)},1000\n{_date(30)},800\n{_date(39)},901\n",
}


def write(folder: Path, changed: dict[str, str | None] | None = None) -> tuple[Path, Path]:
    """Write the conflict below `folder`, some files replaced or (None) left out; the two folders of the layout."""
    places = folder / "input", folder / "validation"
    for place, files in zip(places, (INPUT, VALIDATION), strict=True):
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            text_or_none = (changed or {}).get(name, text)
            if text_or_none is not None:
                (place / name).write_bytes(text_or_none.encode())
    for name in set(changed or {}) - set(INPUT) - set(VALIDATION):
        (places[0] / name).write_text(changed[name], encoding="utf-8")  # type: ignore[index, arg-type]
    return places


def conflict(folder: Path, changed: dict[str, str | None] | None = None, days: int = 0) -> Conflict:
    """The conflict, written and read."""
    return read_conflict(*write(folder, changed), days)


def mali_2012() -> tuple[Path, Path]:
    """The folders of the published Mali case, or a skipped test where the shared data is not beside the checkout."""
    shared = Path(os.environ.get("CITERNE_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    folder = shared / "data" / "displacement" / "flee_mali2012"
    if not folder.is_dir():
        pytest.skip("the published Mali 2012 folder is not here; set CITERNE_SHARED to the folder that holds data/")
    return folder / "conflict_input", folder / "conflict_validation"
