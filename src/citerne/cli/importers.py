"""`citerne import`: other people's files become tables of a case; every row is used or set aside with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from citerne.base.text import _
from citerne.cli.output import print_json, remark

if TYPE_CHECKING:
    from citerne.exchange.common import Report
    from citerne.exchange.event_import import EventImport

F = TypeVar("F", bound=Callable[..., Any])
SHOWN = 10
ROAD_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential")


@click.group("import")
def command() -> None:
    """Import roads, events, prices, plants, displacement and administrative codes from files you have."""


def _common(function: F) -> F:
    """FILE, --out and --json, alike for every importer."""
    function = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")(function)
    out = click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Output folder.")
    argument = click.argument("file", type=click.Path(path_type=Path))
    return argument(out(function))


def _dated(function: F) -> F:
    day = click.DateTime(["%Y-%m-%d"])
    return click.option("--as-of", type=day, default=None, help="Rows dated later are set aside (default: today).")(
        function
    )


def _as_of(value: dt.datetime | None) -> dt.date:
    return value.date() if value else dt.date.today()


def _tell(report: Report, out: Path, as_json: bool, more: dict[str, Any]) -> None:
    """Print what became of the rows, for a machine or for a person."""
    payload = report.as_json() | more | {"out": str(out)}
    if as_json:
        print_json(payload)
        return
    text = _("{file}: {read} rows read, {used} used, {aside} set aside.")
    click.echo(text.format(file=report.file, read=report.rows_read, used=report.rows_used, aside=len(report.set_aside)))
    for line in report.remarks:
        remark(line)
    for row in payload["set_aside"][:SHOWN]:
        click.echo(_("  row {row}: {reason}").format(row=row["row"], reason=row["reason"]))
    if len(report.set_aside) > SHOWN:
        click.echo(_("  and {count} more; --json lists all").format(count=len(report.set_aside) - SHOWN))
    click.echo(_("Written to {out}.").format(out=out))


@command.command("osm")
@_common
@click.option("--places", type=click.Choice(["towns", "villages", "all"]), default="towns", show_default=True,
              help="Named places: towns and border posts, villages too, or localities too.")  # fmt: skip
@click.option("--down-to", type=click.Choice(ROAD_CLASSES), default="secondary", show_default=True,
              help="Least road class to take.")  # fmt: skip
@click.option("--rivers", is_flag=True, help="Take rivers and canals open to boats.")
@click.option("--network", type=click.Choice(["junctions", "places"]), default="junctions", show_default=True,
              help="Keep every junction, or only the ways between named places.")  # fmt: skip
@click.option(
    "--snap-km", type=click.FloatRange(0, 100), default=5.0, show_default=True, help="Farthest place to road."
)
@click.option("--country", default="XX", show_default=True, help="ISO code of places whose tags do not tell.")
@click.option(
    "--route", nargs=2, multiple=True, metavar="FROM TO", help="Ids of two places: routes that really differ."
)
@click.option("--alternatives", type=click.IntRange(1, 10), default=3, show_default=True, help="Routes for each pair.")
@click.option(
    "--corridor", nargs=2, multiple=True, metavar="SOURCE HUB", help="Ways over each border post, as a table."
)
def osm(
    file: Path, out: Path, as_json: bool, places: str, down_to: str, rivers: bool, network: str, snap_km: float,
    country: str, route: tuple[tuple[str, str], ...], alternatives: int, corridor: tuple[tuple[str, str], ...],
) -> None:  # fmt: skip
    """Roads and places of an OpenStreetMap extract (.osm.pbf)."""
    from citerne.roads.osm_import import import_osm
    from citerne.roads.routes import corridor_rows, route_rows
    from citerne.schema.write import write_rows

    found = import_osm(file, places, down_to, rivers, snap_km, country, network)
    routes = route_rows(found.network, found.network.hours, route, alternatives)
    borders = [row["place"] for row in found.places if row["kind"] == "border"]
    corridors = corridor_rows(found.network, found.network.hours, corridor, borders)
    found.write(out)
    for name, rows in (("routes.csv", routes), ("corridor_table.csv", corridors)):
        if rows:
            write_rows(out / name, tuple(rows[0]), rows)
    if as_json:
        print_json(found.report | {"routes": routes, "corridors": corridors, "out": str(out)})
        return
    text = _("{file}: {places} places, {segments} segments, {km:,.0f} km in {parts} part(s).")
    click.echo(
        text.format(
            file=file.name, places=found.report["places"], segments=found.report["segments"],
            km=found.report["length_km"], parts=found.report["components"],
        )
    )  # fmt: skip
    for row in found.report["set_aside"]:
        click.echo(_("  {count} set aside: {reason}").format(count=row["count"], reason=row["reason"]))
    for row in found.snapped:
        click.echo(_("  {place}: {km} km from the road").format(place=row["place"], km=row["distance_km"]))
    for way in routes:
        text = _("  {source} - {target}: {km:,.0f} km, {hours:.1f} h, {shared:.0%} shared, over {over}")
        click.echo(
            text.format(
                source=way["from"], target=way["to"], km=way["length_km"], hours=way["hours"],
                shared=way["shared_share"], over=", ".join(way["over"]),
            )
        )  # fmt: skip
    for row in corridors:
        text = _("  {source} - {hub} over {borders}: {km:,.0f} km, {hours:.1f} h")
        click.echo(
            text.format(
                source=row["source"], hub=row["hub"], borders=", ".join(row["borders"]), km=row["length_km"],
                hours=row["hours"],
            )
        )  # fmt: skip
    click.echo(_("Written to {out}.").format(out=out))


def _events(function: F) -> F:
    roads = click.option("--roads", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
                         help="Folder with places.csv and roads.csv (and corridors.csv) to map events to.")  # fmt: skip
    traffic = click.option("--traffic", type=click.Path(path_type=Path), default=None,
                           help="Table area, week, trips: rates become events for each vehicle-kilometre.")  # fmt: skip
    country = click.option("--country", default="", help="Keep events of this country.")
    return roads(traffic(country(_dated(_common(function)))))


@command.command("acled")
@_events
@click.option("--type", "kinds", multiple=True, help="Keep these event or sub-event types.")
@click.option("--actor", default="", help="Keep events with this word in an actor's name.")
def acled(
    file: Path, out: Path, as_json: bool, as_of: dt.datetime | None, country: str, roads: Path | None,
    traffic: Path | None, kinds: tuple[str, ...], actor: str,
) -> None:  # fmt: skip
    """Events of an ACLED export; only counts by segment or region and week are written."""
    from citerne.exchange.acled import ATTRIBUTION, read_acled

    day = _as_of(as_of)
    events, report = read_acled(file, day, frozenset(kind.lower() for kind in kinds), country, actor)
    found = _import_events(events, report, roads, traffic)
    found.write(out, ATTRIBUTION)
    _tell(report, out, as_json, found.as_json())


@command.command("ucdp")
@_events
def ucdp(
    file: Path,
    out: Path,
    as_json: bool,
    as_of: dt.datetime | None,
    country: str,
    roads: Path | None,
    traffic: Path | None,
) -> None:
    """Events of UCDP GED, yearly or candidate CSV; also a table events with positions to 0.1 degree."""
    from citerne.exchange.ucdp import ATTRIBUTION, event_rows, read_ucdp
    from citerne.schema.tables import EVENTS
    from citerne.schema.write import write_table

    events, report = read_ucdp(file, _as_of(as_of), country)
    found = _import_events([event for event, _deaths in events], report, roads, traffic)
    found.write(out, ATTRIBUTION)
    write_table(out / "events.csv", EVENTS, event_rows(events))
    _tell(report, out, as_json, found.as_json())


def _import_events(events: Any, report: Report, roads: Path | None, traffic: Path | None) -> EventImport:
    from citerne.exchange.event_import import import_events, read_roads, read_traffic

    folder = read_roads(roads) if roads else None
    return import_events(events, report, folder, read_traffic(traffic) if traffic else None)


@command.command("wfp-prices")
@_dated
@_common
def wfp_prices(file: Path, out: Path, as_json: bool, as_of: dt.datetime | None) -> None:
    """Market prices of the World Food Programme, all layouts; fuel becomes targets."""
    from citerne.exchange.wfp_prices import COLUMNS, price_rows, read_prices, target_rows
    from citerne.schema.tables import TARGETS
    from citerne.schema.write import write_rows, write_table

    prices, report = read_prices(file, _as_of(as_of))
    out.mkdir(parents=True, exist_ok=True)
    targets = target_rows(prices)
    write_rows(out / "prices.csv", COLUMNS, price_rows(prices))
    write_table(out / "targets.csv", TARGETS, targets)
    _tell(report, out, as_json, {"targets": len(targets), "markets": len({price.market for price in prices})})


@command.command("power-plants")
@_common
@click.option("--zone", default="grid", show_default=True, help="Power zone that the plants are put in.")
@click.option("--country", default="", help="Keep plants of this country (ISO alpha-3).")
def power_plants(file: Path, out: Path, as_json: bool, zone: str, country: str) -> None:
    """Power plants of the Global Power Plant Database."""
    from citerne.exchange.power_plants import place_rows, plant_rows, read_plants
    from citerne.schema.tables import PLANTS
    from citerne.schema.write import write_rows, write_table

    plants, report = read_plants(file)
    kept = [plant for plant in plants if not country or plant.country == country.upper()]
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "plants.csv", PLANTS, plant_rows(kept, zone))
    write_rows(out / "plant_places.csv", ("plant", "country", "lat", "lon"), place_rows(kept))
    _tell(report, out, as_json, {"plants": len(kept)})


@command.command("unhcr")
@_dated
@_common
def unhcr(file: Path, out: Path, as_json: bool, as_of: dt.datetime | None) -> None:
    """Displacement series of UNHCR: camps, countries by date, or yearly population data."""
    from citerne.exchange.unhcr import COLUMNS, figure_rows, read_unhcr
    from citerne.schema.write import write_rows

    figures, report = read_unhcr(file, _as_of(as_of))
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / "displacement.csv", COLUMNS, figure_rows(figures))
    _tell(report, out, as_json, {"figures": len(figures)})


@command.command("cod-ab")
@_common
def cod_ab(file: Path, out: Path, as_json: bool) -> None:
    """Administrative units and P-codes of a COD-AB table."""
    from citerne.exchange.codab import COLUMNS, read_units, unit_rows
    from citerne.schema.write import write_rows

    units, report = read_units(file)
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / "admin_units.csv", COLUMNS, unit_rows(units))
    _tell(report, out, as_json, {"units": len(units)})
