"""`citerne new`: a complete, runnable, openly guessed case from the files or answers that there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.cli.output import compiling, print_json, remark

if TYPE_CHECKING:
    from citerne.exchange.common import Report
    from citerne.exchange.find_out import Ask
    from citerne.exchange.known import Known

FILE = click.Path(path_type=Path, exists=True)
DAY = click.DateTime(["%Y-%m-%d"])
SHOWN = 8


@click.command()
@click.argument("country")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder of the new case.")
@click.option("--osm", type=FILE, default=None, help="Roads and places: .osm.pbf, or a folder of import osm.")
@click.option("--population", type=FILE, default=None, help="Table of towns: name, population, latitude, longitude.")
@click.option("--prices", type=FILE, default=None, help="Market prices of the World Food Programme (CSV).")
@click.option("--events", type=FILE, default=None, help="ACLED export or UCDP GED (CSV): hazard weights of roads.")
@click.option("--plants", type=FILE, default=None, help="Global Power Plant Database (CSV).")
@click.option("--from", "answers", type=FILE, default=None, help="A filled questionnaire (.xlsx).")
@click.option("--template", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="Write the empty questionnaire (.xlsx) and stop.")  # fmt: skip
@click.option("--hub", default="", help="Place whose depots serve the country (default: the capital or largest town).")
@click.option("--by-land", multiple=True, metavar="PLACE", help="Fuel comes by road from here (default: border posts).")
@click.option("--by-sea", multiple=True, metavar="PLACE", help="Fuel comes by ship to here.")
@click.option("--start", type=DAY, default=None, help="Day 0 (default: first day of this month).")
@click.option("--days", type=click.IntRange(1, 3660), default=180, show_default=True, help="Horizon in days.")
@click.option("--iso2", default="XX", show_default=True,
              help="ISO code of two letters; places of other countries use no fuel.")  # fmt: skip
@click.option("--iso3", default="XXX", show_default=True, help="ISO code of three letters.")
@click.option("--currency", default="XXX", show_default=True, help="Currency, where the prices do not tell.")
@click.option("--rank/--no-rank", default=True, show_default=True, help="Run the case to rank what to find out first.")
@click.option("--force", is_flag=True, help="Write over a folder that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    country: str, out: Path | None, osm: Path | None, population: Path | None, prices: Path | None, events: Path | None,
    plants: Path | None, answers: Path | None, template: Path | None, hub: str, by_land: tuple[str, ...],
    by_sea: tuple[str, ...], start: dt.datetime | None, days: int, iso2: str, iso3: str, currency: str, rank: bool,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write a case of COUNTRY from whatever files are given; every guess is marked E and listed by its weight."""
    from citerne.exchange.find_out import as_json as asks_json
    from citerne.exchange.workbook import refuse_existing

    if template is not None:
        _template(template, country, force, as_json)
        return
    if out is None:
        raise UsageError(_("Name the folder of the new case with --out."))
    refuse_existing(out, force)
    first = start.date() if start else dt.date.today().replace(day=1)
    known = _known(country, first, days, (iso2, iso3, currency), hub, by_land, by_sea)
    reports = _gather(known, osm, population, prices, plants, answers)
    asks, more = _build(known, out, events, rank, compiling(as_json))
    reports |= more
    if as_json:
        counts = {name: report.as_json() for name, report in reports.items()}
        print_json({"case": str(out), "hub": known.hub, "places": len(known.places), "files": counts,
                    "remarks": known.remarks, "find_out": asks_json(asks)})  # fmt: skip
        return
    for name, report in reports.items():
        text = _("{file}: {read} rows read, {used} used, {aside} set aside.")
        click.echo(text.format(file=name, read=report.rows_read, used=report.rows_used, aside=len(report.set_aside)))
    for line in known.remarks:
        remark(line)
    click.echo(_("Find out first:"))
    for ask in asks[:SHOWN]:
        share = "" if ask.share is None else f" ({ask.share:.0%})"
        click.echo(f"  {ask.rank}. {ask.name}: {ask.meaning}{share}")
    text = _("The list stands in {file}. Now: citerne check {out}, citerne run {out}")
    click.echo(text.format(file=out / PAGE, out=out))


PAGE = "FIND_OUT_FIRST.md"


def _template(path: Path, country: str, force: bool, as_json: bool) -> None:
    from citerne.exchange.questionnaire import write_template
    from citerne.exchange.workbook import refuse_existing

    refuse_existing(path, force)
    write_template(path, country)
    if as_json:
        print_json({"template": str(path)})
        return
    click.echo(_("Questionnaire written to {out}.").format(out=path))


def _known(
    country: str, first: dt.date, days: int, codes: tuple[str, str, str], hub: str, by_land: tuple[str, ...],
    by_sea: tuple[str, ...],
) -> Known:  # fmt: skip
    from citerne.exchange.known import Known, Source
    from citerne.schema.write import slug

    key = "".join(letter for letter in slug(country) if not letter.isdigit()).strip("_")
    if not key:
        raise UsageError(_("{country} holds no letter a key can be made of.").format(country=country))
    for name, length, code in zip(("--iso2", "--iso3", "--currency"), (2, 3, 3), codes, strict=True):
        if not (len(code) == length and code.isascii() and code.isalpha() and code.isupper()):
            text = _("{option} is {code}; it must be {n} capital letters.")
            raise UsageError(text.format(option=name, code=code, n=length))
    sources = [*(Source(place, "land") for place in by_land), *(Source(place, "sea") for place in by_sea)]
    iso2, iso3, currency = codes
    return Known(country, key, first, iso2, iso3, currency, days=days, hub=hub, sources=sources)


def _gather(
    known: Known, osm: Path | None, population: Path | None, prices: Path | None, plants: Path | None,
    answers: Path | None,
) -> dict[str, Report]:  # fmt: skip
    from citerne.exchange import gather
    from citerne.exchange.new_use import ZONE
    from citerne.exchange.questionnaire import read_answers

    reports: dict[str, Report] = {}
    if answers is not None:
        read_answers(known, answers)
    if osm is not None:
        gather.add_roads(known, osm)
    if population is not None:
        reports[population.name] = gather.add_people(known, population)
    if prices is not None:
        reports[prices.name] = gather.add_prices(known, prices, dt.date.today())
    if plants is not None:
        reports[plants.name] = gather.add_plants(known, plants, ZONE)
    return reports


def _build(
    known: Known, out: Path, events: Path | None, rank: bool, notice: Callable[[], None]
) -> tuple[list[Ask], dict[str, Report]]:
    """Write the case, put the events on its roads, and rank what to find out first."""
    from citerne.exchange.find_out import page, ranked, usual
    from citerne.exchange.new_case import build_case
    from citerne.exchange.new_events import add_events
    from citerne.model.check import load_checked

    made = build_case(known)
    made.write(out)
    reports = {events.name: add_events(made, out, events, dt.date.today())} if events is not None else {}
    case = load_checked(out)
    asks = ranked(case, notice) if rank else usual()
    (out / PAGE).write_text(page(case, asks), encoding="utf-8")
    return asks, reports
