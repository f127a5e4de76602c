"""Facts for a new case from the files that an analyst has: extract, population table, prices, power plants."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from citerne.base.sphere import great_circle_km
from citerne.base.text import _
from citerne.exchange import power_plants, wfp_prices
from citerne.exchange.common import Field, Report, SheetRow, collect, read_sheet, swapped_places
from citerne.exchange.known import Fuel, Known, Row
from citerne.schema.write import slug

PEOPLE = (
    Field("name", ("place", "town", "city", "settlement", "admin2_name", "adm2_en"), required=True),
    Field("population", ("people", "pop", "inhabitants", "t_tl", "pop_total"), required=True),
    Field("latitude", ("lat", "y")),
    Field("longitude", ("lon", "lng", "x")),
)
NEAR_KM = 25.0  # a name without a match is put on the nearest place within this distance
PRICED = ("gasoline", "diesel", "lpg")


def add_roads(known: Known, path: Path) -> None:
    """Places and roads of an OpenStreetMap extract, or of a folder that `citerne import osm` wrote."""
    from citerne.roads.osm_import import ATTRIBUTION, import_osm

    if path.is_dir():
        from citerne.base.errors import Faults
        from citerne.schema.read import read_table
        from citerne.schema.tables import PLACES, ROAD_VIAS, ROADS

        faults = Faults()
        tables = [read_table(path / f"{t.name}.csv", t, faults) for t in (PLACES, ROADS, ROAD_VIAS)]
        faults.raise_if_any()
        known.places, known.roads, known.vias = ([_plain(row) for row in rows] for rows in tables)
    else:
        found = import_osm(path, country=known.iso2, network="places")
        known.places, known.roads, known.vias = list(found.places), list(found.roads), list(found.vias)
        for row in found.report["set_aside"]:
            known.remarks.append(_("{count} set aside: {reason}").format(count=row["count"], reason=row["reason"]))
    known.attribution.append(ATTRIBUTION)


def _plain(row: Any) -> Row:
    return {key: value for key, value in row.items() if key != "_row"}


def read_people(path: Path) -> tuple[list[Row], Report]:
    """Rows name, people, lat, lon; of two rows with one name and latitude the first counts."""
    return collect(
        read_sheet(path, PEOPLE), _person_row, lambda row: (row["name"], row["lat"]), "first",
        lambda rows: swapped_places([("", row["lat"], row["lon"]) for row in rows]),
    )  # fmt: skip


def add_people(known: Known, path: Path) -> Report:
    """Population by town: put on the place of that name, else on the nearest, else a new place with its own point."""
    rows, report = read_people(path)
    had_roads = bool(known.roads)
    counted: dict[str, int] = {}
    for row in rows:
        place = _place_for(known, row, had_roads)
        if place is None:
            text = _("{name}: no place of that name or within {km:g} km")
            known.remarks.append(text.format(name=row["name"], km=NEAR_KM))
            continue
        counted[place] = counted.get(place, 0) + row["people"]
    source = _("population table {file}").format(file=path.name)
    for row in known.places:
        if row["place"] in counted:
            row["population"] = counted[row["place"]]
            row["note"] = _("population: {source}").format(source=source)
    known.attribution.append(source)
    return report


def _person_row(row: SheetRow) -> Row:
    at = row.place()
    return {
        "name": row.text("name", required=True),
        "people": int(row.numeric("population", 0, 100_000_000)),
        "lat": at[0] if at else None,
        "lon": at[1] if at else None,
    }


def _place_for(known: Known, row: Row, had_roads: bool) -> str | None:
    key = slug(row["name"])
    by_name = {slug(p["name_en"]): p["place"] for p in known.places} | {p["place"]: p["place"] for p in known.places}
    if key in by_name:
        return str(by_name[key])
    if row["lat"] is None:
        return None
    if not had_roads and key:
        known.places.append(
            {
                "place": key, "name_en": row["name"], "name_fr": row["name"], "kind": "town",
                "country_iso2": known.iso2, "lat": round(row["lat"], 2), "lon": round(row["lon"], 2),
                "population": None, "reporting": True, "source": _("population table"), "confidence": "C",
            }
        )  # fmt: skip
        return key
    towns = [p for p in known.places if p["kind"] in ("capital", "town")]
    near = min(towns, key=lambda p: _km(p, row), default=None)
    return near["place"] if near is not None and _km(near, row) <= NEAR_KM else None


def _km(place: Row, row: Row) -> float:
    return great_circle_km(place["lat"], place["lon"], row["lat"], row["lon"])


def add_prices(known: Known, path: Path, as_of: dt.date) -> Report:
    """Official pump prices of the last month before the start, and monthly prices as targets at the nearest places."""
    prices, report = wfp_prices.read_prices(path, as_of)
    fuel = [p for p in prices if p.product in PRICED and p.price_per_l is not None]
    official = [p for p in fuel if p.sold_on == "official"]
    for product in PRICED:
        upto = [p for p in official if p.product == product and p.month <= known.start]
        of_product = [p for p in upto if p.month < known.start] or upto  # the month of the start is a target, if it can
        if not of_product:
            continue
        month = max(p.month for p in of_product)
        value = median(p.price_per_l or 0.0 for p in of_product if p.month == month)
        old = known.fuels.get(product, Fuel(product))
        known.fuels[product] = replace(
            old, price=value, source=wfp_prices.ATTRIBUTION, source_date=month.isoformat()[:7]
        )
    currencies = {p.currency for p in fuel}
    if len(currencies) == 1:
        known.currency = currencies.pop()
    elif currencies:
        known.remarks.append(_("prices in several currencies: {names}").format(names=", ".join(sorted(currencies))))
    where = {slug(p.market): (p.latitude, p.longitude) for p in fuel}
    end = known.start + dt.timedelta(days=known.days - 1)
    for row in wfp_prices.target_rows(fuel):
        place = _market_place(known, row["place"], where.get(row["place"]))
        if place and row["date_start"] >= known.start and row["date_end"] <= end:
            known.targets.append(row | {"place": place})
    known.attribution.append(wfp_prices.ATTRIBUTION)
    return report


def _market_place(known: Known, key: str, at: tuple[float | None, float | None] | None) -> str | None:
    keys = {p["place"] for p in known.places}
    if key in keys:
        return key
    if at is None or at[0] is None or at[1] is None:
        return None
    market = {"lat": at[0], "lon": at[1]}
    near = min(known.places, key=lambda place: _km(place, market), default=None)
    return str(near["place"]) if near is not None and _km(near, market) <= NEAR_KM else None


def add_plants(known: Known, path: Path, zone: str) -> Report:
    """Power plants; what burns no fuel that the model knows gives its power without it."""
    plants, report = power_plants.read_plants(path)
    kept = [plant for plant in plants if known.iso3 in ("XXX", plant.country)]
    for row in power_plants.plant_rows(kept, zone):
        if row["kind"] == "thermal" and not row["product"]:
            row |= {"kind": "import", "note": _("burns a fuel that the model does not follow; entered as bought power")}
        known.plants.append(row)
    known.attribution.append(power_plants.ATTRIBUTION)
    return report
