"""WFP market prices: HDX files new and old, the 2020 layout, the VAM global file and HDX HAPI.

`usdprice` is not read: it uses one exchange rate a month, which is unusable where official and market rates differ.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citerne.base.text import _
from citerne.exchange.common import Field, Report, SheetRow, Unfit, collect, read_sheet, swapped_places
from citerne.schema.write import slug

ATTRIBUTION = "World Food Programme Price Database, via the Humanitarian Data Exchange (HDX), CC BY IGO"
FIELDS = (
    Field("date", ("reference_period_start",)),
    Field("year", ("mp_year",)),
    Field("month", ("mp_month",)),
    Field("country", ("countryiso3", "adm0_name", "location_code")),
    Field("admin1", ("admname", "adm1_name", "provider_admin1_name", "admin1_name")),
    Field("market", ("mktname", "mkt_name", "market_name"), required=True),
    Field("market_id", ("mktid", "mkt_id", "market_code")),
    Field("latitude", ("lat",)),
    Field("longitude", ("lon",)),
    Field("category", ("commodity_category",)),
    Field("commodity", ("cmname", "cm_name", "commodity_name"), required=True),
    Field("commodity_id", ("cmid", "cm_id", "commodity_code")),
    Field("unit", ("um_name",), required=True),
    Field("priceflag", ("price_flag",)),
    Field("pricetype", ("pt_name", "price_type")),
    Field("currency", ("cur_name", "currency_code"), required=True),
    Field("price", ("mp_price",), required=True),
)
US_GALLON_L = 3.785411784
UNIT_L = {"l": 1.0, "litre": 1.0, "liter": 1.0, "gallon": US_GALLON_L, "ml": 0.001}
_PRODUCTS = (
    ("diesel", "diesel"),
    ("petrol", "gasoline"),
    ("gasoline", "gasoline"),
    ("lpg", "lpg"),
    ("gas)", "lpg"),
    ("gas,", "lpg"),
)
COLUMNS = (
    "month", "country", "admin1", "market", "market_id", "latitude", "longitude", "commodity", "product", "sold_on",
    "unit", "price_type", "currency", "price", "price_per_l",
)  # fmt: skip


@dataclass(frozen=True)
class Price:
    """One monthly price.

    `product` is a fuel of the model or empty; `sold_on` official or parallel; `price_per_l` None where the unit is no
    volume.
    """

    month: dt.date
    country: str
    admin1: str
    market: str
    market_id: str
    latitude: float | None
    longitude: float | None
    commodity: str
    product: str
    sold_on: str
    unit: str
    price_type: str
    price_flag: str
    currency: str
    price: float

    @property
    def price_per_l(self) -> float | None:
        """Price of a litre; a number before the unit counts (`5 L`)."""
        match = re.fullmatch(r"([\d.]*)\s*([A-Za-z]+)", self.unit)
        litres = UNIT_L.get(match[2].lower()) if match else None
        amount = float(match[1] or 1) if match and litres and match[1].count(".") < 2 and match[1] != "." else 0.0
        return self.price / (litres * amount) if litres and amount else None


def read_prices(path: Path, as_of: dt.date) -> tuple[list[Price], Report]:
    """All prices of a file, food too; a second row for one month, market, good, unit and price type is set aside."""
    sheet = read_sheet(path, FIELDS, ("date",))
    prices, report = collect(
        sheet, lambda row: _price(row, as_of), _key, "first",
        lambda items: swapped_places([(p.country, p.latitude, p.longitude) for p in items]),
    )  # fmt: skip
    fuel = sum(bool(p.product) for p in prices)
    report.remarks.append(_("{count} of {all} rows are fuel").format(count=fuel, all=len(prices)))
    return prices, report


def _key(price: Price) -> tuple[object, ...]:
    return (
        price.month, price.country, price.admin1, price.market, price.market_id, price.commodity, price.unit,
        price.price_type, price.price_flag, price.currency, price.latitude, price.longitude,
    )  # fmt: skip


def _price(row: SheetRow, as_of: dt.date) -> Price:
    commodity = row.text("commodity", required=True)
    price_type = row.text("pricetype")
    if not price_type and " - " in commodity:  # 2020 layout: the type stands behind the name
        commodity, price_type = (part.strip() for part in commodity.rsplit(" - ", 1))
    latitude, longitude = row.place() or (None, None)
    value = row.numeric("price", 0)
    if value == 0:
        raise Unfit(_("price: 0"))
    return Price(
        _month(row, as_of), row.text("country"), row.text("admin1"), row.text("market", required=True),
        _plain_id(row.text("market_id")), latitude, longitude, commodity, product_of(commodity),
        "parallel" if "parallel" in commodity.lower() else "official", row.text("unit", required=True), price_type,
        row.text("priceflag"), _currency(row), value,
    )  # fmt: skip


def _month(row: SheetRow, as_of: dt.date) -> dt.date:
    if row.text("date"):
        return row.day("date", as_of).replace(day=1)
    year, month = row.numeric("year", 1900, 2200), row.numeric("month", 1, 12)
    first = dt.date(int(year), int(month), 1)
    if first > as_of:
        raise Unfit(_("year and month: {found} lies in the future of {latest}").format(found=first, latest=as_of))
    return first


def _currency(row: SheetRow) -> str:
    found = row.text("currency", required=True)
    if re.search(r"\d", found):
        raise Unfit(_("currency: found {found}, expected a code of letters").format(found=found))
    return found


def _plain_id(cell: str) -> str:
    """An id that a spreadsheet turned into a number: 141.0 is 141."""
    return cell.removesuffix(".0")


def product_of(commodity: str) -> str:
    """Fuel of the model that a commodity is; empty for food, kerosene, transport fares and the like."""
    name = commodity.lower()
    if not name.startswith("fuel"):
        return ""
    return next((product for word, product in _PRODUCTS if word in name), "")


def price_rows(prices: list[Price]) -> list[dict[str, Any]]:
    """Rows for prices.csv; coordinates rounded to 0.1 degree."""
    return [
        vars(p) | {
            "latitude": None if p.latitude is None else round(p.latitude, 1),
            "longitude": None if p.longitude is None else round(p.longitude, 1), "price_per_l": p.price_per_l,
        }
        for p in prices
    ]  # fmt: skip


def target_rows(prices: list[Price]) -> list[dict[str, Any]]:
    """Rows of the table targets: monthly means of a litre at each market, official as pump, parallel as street price.

    Markets are named by their slug; rename them to places of the case before scoring.
    """
    rows = []
    for i, p in enumerate(prices, start=1):
        if not p.product or p.price_per_l is None:
            continue
        last = p.month.replace(day=calendar.monthrange(p.month.year, p.month.month)[1])
        rows.append(
            {
                "target_id": f"wfp_{i}", "variable": "price_street" if p.sold_on == "parallel" else "price_pump",
                "place": slug(p.market) or f"market_{p.market_id}", "product": p.product, "date_start": p.month,
                "date_end": last, "aggregation": "mean", "low": p.price_per_l, "best": p.price_per_l,
                "high": p.price_per_l, "unit": f"{p.currency}/L", "bound": "exact", "reliability": "B",
                "note": f"{p.commodity}, {ATTRIBUTION}", "known_date": last,
            }
        )  # fmt: skip
    return rows
