"""Power plants of the WRI Global Power Plant Database (v1.3.0 and extracts of it); CC BY 4.0, ended in 2022."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.exchange.common import Field, Report, SheetRow, Unfit, collect, read_sheet, swapped_places
from citerne.schema.write import slug

ATTRIBUTION = "Global Power Plant Database v1.3.0, World Resources Institute, CC BY 4.0"
FIELDS = (
    Field("country", ("country_iso3", "country_code"), required=True),
    Field("name", ("plant_name",), required=True),
    Field("gppd_idnr", ("id", "pw_idnr"), required=True),
    Field("capacity_mw", ("capacity",), required=True),
    Field("latitude", ("lat",), required=True),
    Field("longitude", ("lon",), required=True),
    Field("primary_fuel", ("fuel1", "fuel"), required=True),
    Field("owner"),
    Field("source"),
    Field("year_of_capacity_data"),
)
# fuel of the database -> kind and product of a case; wind is entered as solar, the other kind without fuel or reservoir
FUELS = {
    "hydro": ("hydro", ""), "solar": ("solar", ""), "wind": ("solar", ""), "wave and tidal": ("hydro", ""),
    "oil": ("thermal", "hfo"), "diesel": ("thermal", "diesel"), "petcoke": ("thermal", ""), "gas": ("thermal", ""),
    "coal": ("thermal", ""), "nuclear": ("thermal", ""), "biomass": ("thermal", ""), "waste": ("thermal", ""),
    "cogeneration": ("thermal", ""), "natural gas": ("thermal", ""), "heavy fuel oil": ("thermal", "hfo"),
    "hfo": ("thermal", "hfo"), "geothermal": ("thermal", ""), "storage": ("import", ""), "other": ("thermal", ""),
}  # fmt: skip
HFO_L_PER_KWH = 0.23  # judgement: medium-speed engine, about 40 % of 10.8 kWh/L
DIESEL_L_PER_KWH = 0.27
MERIT = {"solar": 1, "hydro": 2, "import": 3, "thermal": 10}


@dataclass(frozen=True)
class Plant:
    """One plant; coordinates as in the file, rounded when they are written."""

    plant_id: str
    name: str
    country: str
    capacity_mw: float
    latitude: float | None
    longitude: float | None
    fuel: str


def read_plants(path: Path) -> tuple[list[Plant], Report]:
    """All plants; a second row of one id is set aside, twins under two ids are named in a remark."""
    plants, report = collect(
        read_sheet(path, FIELDS), _plant, lambda plant: plant.plant_id, "first",
        lambda items: swapped_places([(p.country, p.latitude, p.longitude) for p in items]),
    )  # fmt: skip
    twins = Counter((slug(p.name), p.country) for p in plants)
    shown = sorted(key[0] for key, count in twins.items() if count > 1)
    if shown:
        report.remarks.append(_("stands under two ids, keep one: {names}").format(names=", ".join(shown)))
    return plants, report


def _plant(row: SheetRow) -> Plant:
    fuel = row.text("primary_fuel", required=True)
    if fuel.lower() not in FUELS:
        text = _("primary_fuel: found {found}, expected one of {words}")
        raise Unfit(text.format(found=fuel[:40], words=", ".join(sorted(FUELS))))
    latitude, longitude = row.place() or (None, None)
    country = row.text("country", required=True)
    if not (len(country) == 3 and country.isalpha()):
        raise Unfit(_("country: found {found}, expected an ISO code of three letters").format(found=country[:40]))
    return Plant(
        row.text("gppd_idnr", required=True), row.text("name", required=True), country.upper(),
        row.numeric("capacity_mw", 0, 100_000), latitude, longitude, fuel.lower(),
    )  # fmt: skip


def plant_rows(plants: list[Plant], zone: str) -> list[dict[str, Any]]:
    """Rows of the table plants, all in the power zone `zone`; availability and fuel use are guesses (E)."""
    rows = []
    for plant in plants:
        kind, product = FUELS[plant.fuel]
        use = {"hfo": HFO_L_PER_KWH, "diesel": DIESEL_L_PER_KWH}.get(product)
        rows.append(
            {
                "plant": slug(plant.plant_id), "name_en": plant.name, "name_fr": plant.name, "zone": zone, "kind": kind,
                "product": product or None, "capacity_mw": plant.capacity_mw, "available_share": 0.8,
                "fuel_l_per_kwh": use, "merit": MERIT[kind], "source": ATTRIBUTION, "source_date": "2022-01-26",
                "confidence": "E",
                "note": _("{fuel} in {country}; availability and fuel use are guesses").format(
                    fuel=plant.fuel, country=plant.country
                ),
            }
        )  # fmt: skip
    return rows


def place_rows(plants: list[Plant]) -> list[dict[str, Any]]:
    """Where each plant is, to 0.1 degree: sites are shown at their town."""
    return [
        {
            "plant": slug(p.plant_id), "country": p.country,
            "lat": None if p.latitude is None else round(p.latitude, 1),
            "lon": None if p.longitude is None else round(p.longitude, 1),
        }
        for p in plants
    ]  # fmt: skip
