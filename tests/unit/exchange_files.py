"""Synthetic files in the layouts that publishers use; nothing here comes from a real row."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from citerne.exchange.acled import read_acled
from citerne.exchange.codab import read_units
from citerne.exchange.gather import read_people
from citerne.exchange.power_plants import read_plants
from citerne.exchange.ucdp import read_ucdp
from citerne.exchange.unhcr import read_unhcr
from citerne.exchange.wfp_prices import read_prices

AS_OF = dt.date(2025, 11, 1)
REGIONS = ("Région Nord", "Sud-Est", "Île Basse", "Centre")


@dataclass
class Table:
    """A header and rows; `date`, `place` and `ident` name the columns that mutations aim at."""

    header: list[str]
    rows: list[list[str]]
    date: str = ""
    latitude: str = ""
    ident: str = ""
    hxl: bool = False
    number: str = ""
    read: Callable[[Path], Any] = field(default=lambda path: None)

    def text(self, delimiter: str = ",", end: str = "\n") -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
        writer.writerow(self.header)
        if self.hxl:
            writer.writerow(["#" + h.replace("_", "+") for h in self.header])
        writer.writerows(self.rows)
        return out.getvalue()

    def write(self, path: Path, **how: str) -> Path:
        path.write_text(self.text(**how), encoding="utf-8", newline="")
        return path


def _day(i: int) -> dt.date:
    return dt.date(2025, 1, 6) + dt.timedelta(days=5 * i)


def acled_current(rows: int = 40) -> Table:
    header = [
        "event_id_cnty",
        "event_date",
        "year",
        "time_precision",
        "disorder_type",
        "event_type",
        "sub_event_type",
        "actor1",
        "assoc_actor_1",
        "inter1",
        "actor2",
        "assoc_actor_2",
        "inter2",
        "interaction",
        "civilian_targeting",
        "iso",
        "region",
        "country",
        "admin1",
        "admin2",
        "admin3",
        "location",
        "latitude",
        "longitude",
        "geo_precision",
        "source",
        "source_scale",
        "notes",
        "fatalities",
        "tags",
        "timestamp",
    ]
    kinds = (
        ("Battles", "Armed clash"),
        ("Violence against civilians", "Attack"),
        ("Strategic developments", "Looting"),
    )
    body = []
    for i in range(rows):
        kind, sub = kinds[i % 3]
        cells = dict.fromkeys(header, "")
        cells |= {
            "event_id_cnty": f"TST{i + 1}",
            "event_date": _day(i).strftime("%d %B %Y") if i % 2 else _day(i).isoformat(),
            "year": "2025",
            "time_precision": str(1 + i % 3),
            "event_type": kind,
            "sub_event_type": sub,
            "actor1": "Armed group A" if i % 4 else "Army of Testland",
            "inter1": "Rebel group",
            "iso": "999",
            "country": "Testland",
            "admin1": REGIONS[i % 4],
            "latitude": f"{12 + (i % 7) * 0.1:.4f}",
            "longitude": f"{-5 + (i % 5) * 0.1:.4f}",
            "geo_precision": str(1 + i % 3),
            "notes": f'A tanker convoy, number {i}, was stopped; "no loss".',
            "fatalities": str(i % 4),
            "timestamp": str(1_750_000_000 + i),
        }
        body.append([cells[h] for h in header])
    read = lambda path: read_acled(path, AS_OF)  # noqa: E731
    return Table(header, body, "event_date", "latitude", "event_id_cnty", False, "fatalities", read)


def acled_old(rows: int = 20) -> Table:
    new = acled_current(rows)
    header = [h for h in new.header if h not in ("disorder_type", "civilian_targeting", "tags", "event_id_cnty")]
    at = {h: i for i, h in enumerate(new.header)}
    body = [[r[at[h]] for h in header] for r in new.rows]
    header = ["data_id", "event_id_cnty", "event_id_no_cnty", *header, "iso3"]
    body = [[str(7000 + i), f"TST{i + 1}", str(i + 1), *r, "TST"] for i, r in enumerate(body)]
    return Table(header, body, "event_date", "latitude", "event_id_cnty", True, "fatalities", new.read)


def ucdp_yearly(rows: int = 40) -> Table:
    header = [
        "id",
        "relid",
        "year",
        "active_year",
        "code_status",
        "type_of_violence",
        "conflict_dset_id",
        "conflict_new_id",
        "conflict_name",
        "dyad_dset_id",
        "dyad_new_id",
        "dyad_name",
        "side_a_dset_id",
        "side_a_new_id",
        "side_a",
        "side_b_dset_id",
        "side_b_new_id",
        "side_b",
        "number_of_sources",
        "source_article",
        "source_office",
        "source_date",
        "source_headline",
        "source_original",
        "where_prec",
        "where_coordinates",
        "where_description",
        "adm_1",
        "adm_2",
        "latitude",
        "longitude",
        "geom_wkt",
        "priogrid_gid",
        "country",
        "country_id",
        "region",
        "event_clarity",
        "date_prec",
        "date_start",
        "date_end",
        "deaths_a",
        "deaths_b",
        "deaths_civilians",
        "deaths_unknown",
        "best",
        "high",
        "low",
        "gwnoa",
        "gwnob",
    ]
    body = []
    for i in range(rows):
        cells = dict.fromkeys(header, "")
        start = _day(i)
        cells |= {
            "id": str(500_000 + i),
            "year": "2025",
            "code_status": "Clear" if i % 3 else "Check",
            "type_of_violence": str(1 + i % 3),
            "where_prec": str(1 + i % 7),
            "adm_1": f"{REGIONS[i % 4]} region",
            "latitude": f"{12 + (i % 7) * 0.1:.4f}",
            "longitude": f"{-5 + (i % 5) * 0.1:.4f}",
            "country": "Testland",
            "country_id": "999",
            "date_prec": "1",
            "date_start": f"{start} 00:00:00.000",
            "date_end": f"{start + dt.timedelta(days=i % 3)} 00:00:00.000",
            "best": str(i % 6),
            "high": str(i % 6 + 2),
            "low": "0",
            "side_a": "Government of Testland",
            "side_b": "Group A",
            "geom_wkt": "POINT (-5 12)",
        }
        body.append([cells[h] for h in header])
    return Table(header, body, "date_start", "latitude", "id", False, "best", lambda path: read_ucdp(path, AS_OF))


def ucdp_hdx(rows: int = 20) -> Table:
    new = ucdp_yearly(rows)
    drop = (
        "conflict_dset_id",
        "dyad_dset_id",
        "side_a_dset_id",
        "side_b_dset_id",
        "code_status",
        "event_clarity",
        "active_year",
    )
    keep = [i for i, h in enumerate(new.header) if h not in drop]
    header = [new.header[i] for i in keep] + ["iso3"]
    body = [[r[i] for i in keep] + ["TST"] for r in new.rows]
    return Table(header, body, "date_start", "latitude", "id", True, "best", new.read)


_MARKETS = (("Port-Élevé", "101"), ("Marché Central", "102"), ("Nord", "103"))
_GOODS = (
    ("Fuel (diesel)", "284", "L", "Retail"),
    ("Fuel (petrol-gasoline)", "285", "L", "Retail"),
    ("Fuel (diesel, parallel market)", "505", "L", "Retail"),
    ("Fuel (gas)", "341", "25 KG", "Retail"),
    ("Millet", "45", "KG", "Wholesale"),
)


def _prices(rows: int) -> list[dict[str, str]]:
    found = []
    for i in range(rows):
        market, market_id = _MARKETS[i % 3]
        good, good_id, unit, kind = _GOODS[(i // 3) % 5]
        month = i // 15 + 1
        found.append(
            {
                "country": "TST",
                "date": f"2025-{month:02d}-15",
                "year": "2025",
                "month": str(month),
                "admin1": REGIONS[i % 3],
                "market": market,
                "market_id": market_id,
                "latitude": f"{12 + i % 3:.2f}",
                "longitude": f"{-5 - i % 3:.2f}",
                "category": "non-food",
                "commodity": good,
                "commodity_id": good_id,
                "unit": unit,
                "kind": kind,
                "currency": "TSF",
                "price": f"{600 + 10 * i}",
                "usdprice": f"{1 + i * 0.02:.2f}",
            }
        )
    return found


def _price_table(layout: str, rows: int, hxl: bool = False, decimals: str = "") -> Table:
    """`layout` is heading=key pairs; a key that no price has is written as it stands."""
    pairs = [part.split("=") for part in layout.split()]
    body = [[p.get(key, key) + (decimals if key.endswith("_id") else "") for _h, key in pairs] for p in _prices(rows)]
    header = [h for h, _key in pairs]
    latitude = next((h for h in header if h in ("latitude", "lat")), "")
    date = next((h for h in header if h in ("date", "reference_period_start")), "")
    number = next(h for h in header if h in ("price", "mp_price"))
    return Table(header, body, date, latitude, "", hxl, number, lambda path: read_prices(path, AS_OF))


def wfp_current(rows: int = 60) -> Table:
    return _price_table(
        "date=date admin1=admin1 admin2= market=market market_id=market_id latitude=latitude longitude=longitude "
        "category=category commodity=commodity commodity_id=commodity_id unit=unit priceflag=actual "
        "pricetype=kind currency=currency price=price usdprice=usdprice",
        rows,
    )


def wfp_before_2025(rows: int = 60) -> Table:
    return _price_table(
        "date=date admin1=admin1 admin2= market=market latitude=latitude longitude=longitude category=category "
        "commodity=commodity unit=unit priceflag=actual pricetype=kind currency=currency price=price "
        "usdprice=usdprice",
        rows,
        hxl=True,
    )


def wfp_2020(rows: int = 60) -> Table:
    table = _price_table(
        "date=date cmname=commodity unit=unit category=category price=price currency=currency country=country "
        "admname=admin1 adm1id=900 mktname=market mktid=market_id cmid=commodity_id ptid=15 umid=5 catid=1 sn=1 "
        "default=",
        rows,
    )
    for row, price in zip(table.rows, _prices(rows), strict=True):
        row[1] = f"{row[1]} - {price['kind']}"
    return table


def wfp_vam(rows: int = 60) -> Table:
    return _price_table(
        "adm0_id=999.0 adm0_name=country adm1_id=900 adm1_name=admin1 mkt_id=market_id mkt_name=market "
        "cm_id=commodity_id cm_name=commodity cur_id=1 cur_name=currency pt_id=15 pt_name=kind um_id=5 "
        "um_name=unit mp_month=month mp_year=year mp_price=price mp_commoditysource=WFP",
        rows,
        decimals=".0",
    )


def wfp_hapi(rows: int = 60) -> Table:
    return _price_table(
        "location_code=country has_hrp=True provider_admin1_name=admin1 admin1_code= admin1_name= "
        "market_name=market market_code=market_id lat=latitude lon=longitude commodity_category=category "
        "commodity_name=commodity commodity_code=commodity_id unit=unit price_flag=actual price_type=kind "
        "currency_code=currency price=price usd_price=usdprice reference_period_start=date warning= error=",
        rows,
    )


def gppd(rows: int = 30) -> Table:
    header = [
        "country",
        "country_long",
        "name",
        "gppd_idnr",
        "capacity_mw",
        "latitude",
        "longitude",
        "primary_fuel",
        "other_fuel1",
        "commissioning_year",
        "owner",
        "source",
        "url",
    ]
    fuels = ("Hydro", "Oil", "Solar", "Gas")
    body = [
        [
            "TST",
            "Testland",
            f"Centrale n° {i}, Éole",
            f"TST{i:07d}",
            f"{5 + i}.5",
            f"{12 + i * 0.1:.3f}",
            f"{-5 - i * 0.1:.3f}",
            fuels[i % 4],
            "",
            "1999",
            "Énergie SA",
            "judgement",
            "",
        ]
        for i in range(rows)
    ]
    return Table(header, body, "", "latitude", "gppd_idnr", False, "capacity_mw", read_plants)


def unhcr_camps(rows: int = 40) -> Table:
    body = [
        [_day(i // 2).isoformat(), "TSA", f"camp-é{i % 2}", str(1000 + 7 * i), "2025", "x.csv"] for i in range(rows)
    ]
    header = ["date", "asylum_iso3", "camp", "registered_refugees", "period", "source_file"]
    return Table(header, body, "date", "", "camp", False, "registered_refugees", lambda path: read_unhcr(path, AS_OF))


def unhcr_yearly(rows: int = 20) -> Table:
    header = [
        "year",
        "coo_id",
        "coo_name",
        "coo",
        "coo_iso",
        "coa_id",
        "coa_name",
        "coa",
        "coa_iso",
        "refugees",
        "asylum_seekers",
        "returned_refugees",
        "idps",
        "returned_idps",
        "stateless",
        "ooc",
        "oip",
        "hst",
    ]
    body = [
        [
            str(2024 - i // 4),
            "1",
            "Testland",
            "TST",
            "TST",
            str(i % 4),
            "Asylum",
            "ASY",
            ("ASA", "ASB", "ASC", "ASD")[i % 4],
            str(100 * i),
            "-",
            "0",
            "-",
            "-",
            "0",
            "-",
            "0",
            "-",
        ]
        for i in range(rows)
    ]
    return Table(header, body, "", "", "coa_iso", False, "refugees", lambda path: read_unhcr(path, AS_OF))


def codab(rows: int = 20) -> Table:
    header = [
        "ADM2_EN",
        "ADM2_FR",
        "ADM2_PCODE",
        "ADM1_EN",
        "ADM1_FR",
        "ADM1_PCODE",
        "ADM0_EN",
        "ADM0_FR",
        "ADM0_PCODE",
        "date",
    ]
    body = [
        [
            f"District {i}",
            f"Cercle {i} é",
            f"TS0{i % 4}{i:03d}",
            REGIONS[i % 4],
            REGIONS[i % 4],
            f"TS0{i % 4}",
            "Testland",
            "Pays",
            "TS",
            "2024-01-01",
        ]
        for i in range(rows)
    ]
    return Table(header, body, "", "", "ADM2_PCODE", False, "", read_units)


def population(rows: int = 40) -> Table:
    header = ["region", "name", "population", "latitude", "longitude"]
    body = [
        [REGIONS[i % 4], f"Ville {i}", str(1000 + 137 * i), f"{11 + 0.05 * i:.2f}", f"{-7 + 0.04 * i:.2f}"]
        for i in range(rows)
    ]
    return Table(header, body, "", "latitude", "name", False, "population", read_people)


LAYOUTS: dict[str, Callable[[], Table]] = {
    "acled": acled_current,
    "acled_old": acled_old,
    "ucdp": ucdp_yearly,
    "ucdp_hdx": ucdp_hdx,
    "wfp": wfp_current,
    "wfp_before_2025": wfp_before_2025,
    "wfp_2020": wfp_2020,
    "wfp_vam": wfp_vam,
    "wfp_hapi": wfp_hapi,
    "gppd": gppd,
    "unhcr_camps": unhcr_camps,
    "unhcr_yearly": unhcr_yearly,
    "cod_ab": codab,
    "population": population,
}
