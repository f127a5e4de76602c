"""A complete, runnable case from whatever is known; every number that nobody gave is a judgement, grade E.

Guesses: use as in `new_use`; ways by land share by the inverse of their hours, half comes by sea where there are both,
in shiploads of a fortnight; one leg to each town from the last town on its quickest way; a blockade declared on all
ways by land two weeks after the start, half of the usual orders by sea. Parameters are the generic priors of the model,
written out so that they can be seen and replaced; politics and flight are switched off until something is known.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citerne.base.errors import UsageError
from citerne.base.text import _
from citerne.exchange.known import Known, Row, Source
from citerne.exchange.new_roads import (
    GUESS,
    draw_roads,
    guessed_road,
    join_parts,
    keep_one_of_each,
    path_hours,
    row_with_guess,
    travel_days,
    tree_of,
)
from citerne.exchange.new_use import ZONE, demand, facilities, fuels, national, power, products, storage
from citerne.exchange.yaml_text import scalar
from citerne.model.standard import standard_model
from citerne.schema.tables import CASE_TABLES
from citerne.schema.write import write_table

TOWN_PEOPLE, WAYS_BY_LAND, TOWNS, REPORTING = 20_000, 6, 40, 8
ANSWERED = {"source": "answered in the questionnaire", "confidence": "D"}
SEA_SHARE, SHIP_DAYS, SEA_KM, SEA_DAYS, LAND_DAYS = 0.5, 14.0, 100.0, 6, 3
# wider than the generic priors: here a number of the tables is itself a guess
WIDER = {
    "demand_factor": ("lognormal", 0.4, 1.0, 2.5), "opening_factor_hub": ("lognormal", 0.4, 1.0, 1.5),
    "opening_factor_towns": ("lognormal", 0.4, 1.0, 1.5), "truck_m3": ("triangular", 20.0, 33.0, 46.0),
}  # fmt: skip
SWITCHED_OFF = ("politics", "conflict_push", "siege_push")


@dataclass
class NewCase:
    """Tables by name, the text of case.yaml, and the facts they came from."""

    known: Known
    header: str
    tables: dict[str, list[Row]]

    def write(self, folder: Path) -> None:
        """Write the case folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "case.yaml").write_text(self.header, encoding="utf-8")
        for table in CASE_TABLES:
            if table.name in self.tables:
                write_table(folder / f"{table.name}.csv", table, self.tables[table.name])
        (folder / "ATTRIBUTION").write_text("\n".join(self.known.attribution) + "\n", encoding="utf-8")


def build_case(known: Known) -> NewCase:
    """Fill what is not known by guesses, and lay it out as tables.

    Raises
    ------
    UsageError : no place is known, or a named hub or source is no place
    """
    if not known.places:
        raise UsageError(_("No place is known; give an extract, a population table, or a filled questionnaire."))
    _check_named(known)
    drawn = bool(known.roads)
    if not drawn:
        draw_roads(known)
    keep_one_of_each(known)
    towns = _towns(known)
    known.hub = known.hub or _guessed_hub(known, towns)
    towns = [known.hub, *(t for t in towns if t != known.hub)]
    _add_sources(known, drawn)
    join_parts(known, {*towns, *(source.place for source in known.sources)})
    _set_apart(known)
    tree = tree_of(known)
    _fill_people(known, towns, tree)
    tables: dict[str, list[Row]] = {"theatres": _theatres()}
    tables["corridors"], shares = _corridors(known, tree)
    tables["legs"] = _legs(known, towns, tree)
    fuels(known)
    tables["demand"] = demand(known, towns, power(known, tables))
    tables["products"] = products(known)
    stated = {source.place for source in known.sources if source.share is not None}
    tables["supply"] = [
        row_with_guess({"corridor": corridor, "product": product, "share": share})
        | (ANSWERED if corridor.partition("_")[2] in stated else {})
        for product in known.fuels for corridor, share in shares.items()
    ]  # fmt: skip
    tables["storage"] = storage(known, towns, tree, tables["demand"])
    for row in tables["corridors"]:
        if row["parcel_m3"]:
            row["parcel_m3"] = round(
                national(tables["demand"]) / len(known.fuels) * SHIP_DAYS * shares[row["corridor"]]
            )
    tables["facilities"] = facilities(known, towns[:REPORTING], tables["demand"])
    tables["parameters"] = _parameters(known)
    tables["inputs"] = _inputs(known, tables["corridors"])
    tables["targets"] = _targets(known, towns)
    tables["places"] = _places(known, towns)
    tables["roads"], tables["road_vias"] = known.roads, known.vias
    return NewCase(known, _header(known), tables)


def _check_named(known: Known) -> None:
    from citerne.schema.cells import closest

    keys = [row["place"] for row in known.places]
    for name in filter(None, (known.hub, *(source.place for source in known.sources))):
        if name not in keys:
            raise UsageError(_("No place called {name}: {mend}.").format(name=name, mend=closest(name, keys)))


def _set_apart(known: Known) -> None:
    """A country called as its town gets a key of its own; so does the second of two segments of one name."""
    if known.key in {row["place"] for row in known.places}:
        known.key += "_country"
    seen: set[str] = set()
    for k, row in enumerate(known.roads):
        if row["segment"] in seen:
            row["segment"] = f"{row['segment'][:50]}_{k}"
        seen.add(row["segment"])


def _towns(known: Known) -> list[str]:
    """Places of the country that use fuel, most people first: towns and whoever has people; at most forty."""
    own = [row for row in known.places if known.iso2 == "XX" or row["country_iso2"] in (known.iso2, "XX")]
    rows = [row for row in own if row["population"] or row["kind"] in ("capital", "town")] or own or known.places
    rows = sorted(rows, key=lambda row: (-(row["population"] or 0), row["kind"] != "capital", row["place"]))
    left = rows[TOWNS:]
    if left:
        text = _("{count} smaller towns are not followed; add rows to demand, storage and legs to have them")
        known.remarks.append(text.format(count=len(left)))
    return [row["place"] for row in rows[:TOWNS]]


def _guessed_hub(known: Known, towns: list[str]) -> str:
    """The capital, else the town with most people, else the one from which all others are nearest."""
    rows = [known.place(town) for town in towns]
    capital = next((row["place"] for row in rows if row["kind"] == "capital"), None)
    if capital is None and not rows[0]["population"]:
        at = np.array([[row["lat"], row["lon"] * np.cos(np.radians(row["lat"]))] for row in rows])
        apart = np.linalg.norm(at[:, None] - at[None], axis=2).sum(axis=1)
        hub = str(rows[int(apart.argmin())]["place"])
    else:
        hub = str(capital or towns[0])
    known.remarks.append(_("{place} is taken for the place whose depots serve the country: --hub says which").format(
        place=hub))  # fmt: skip
    return hub


def _add_sources(known: Known, drawn: bool) -> None:
    """Named sources; else every border post and port; else the far end of roads that somebody drew, or the sea."""
    if not known.sources:
        borders = [row["place"] for row in known.places if row["kind"] == "border" and row["place"] != known.hub]
        ports = [row["place"] for row in known.places if row["kind"] == "port"]
        known.sources = [Source(place, "land") for place in borders] + [Source(place, "sea") for place in ports]
        if not known.sources:
            hours = tree_of(known).hours
            far = max(hours, key=lambda place: (hours[place], place))
            by_land = drawn and far != known.hub
            known.sources = [Source(far, "land") if by_land else Source(known.hub, "sea")]
            text = (
                _("no border post and no port is known; fuel is taken to come by road from {place}: name the true way"
                  " with --by-land or --by-sea")
                if by_land
                else _("no border post and no port is known; fuel is taken to come by sea to {place}: name the true way"
                       " with --by-land or --by-sea")
            )  # fmt: skip
            known.remarks.append(text.format(place=known.sources[0].place))
    for source in known.sources:
        if source.way == "sea" or source.place == known.hub:
            port = known.place(source.place)
            lane = {
                "place": f"sea_{source.place}"[:60], "name_en": f"Sea lane to {port['name_en']}",
                "name_fr": f"Route maritime vers {port['name_fr']}", "kind": "port", "country_iso2": "XX",
                "lat": port["lat"], "lon": max(port["lon"] - 0.8, -180.0), "population": None, "reporting": False,
                "source": GUESS, "confidence": "E", "note": _("for drawing only"),
            }  # fmt: skip
            known.places.append(lane)
            road = guessed_road(lane, dict(port), ferry=True)
            known.roads.append(road | {"surface": "sea", "length_km": SEA_KM, "truck_hours": SEA_KM / 15})


def _fill_people(known: Known, towns: list[str], tree: Any) -> None:
    """Towns without a figure get one; those that no way reaches cannot stay."""
    for row in known.places:
        if row["place"] in towns and not row["population"]:
            row["population"] = TOWN_PEOPLE * (10 if row["place"] == known.hub else 1)
            row["confidence"] = "E"
            row["note"] = _("population: {source}").format(source=GUESS)
    towns[:] = [town for town in towns if town in tree.path]


def _theatres() -> list[Row]:
    return [
        {"theatre": "ways_in", "name_en": "Ways in", "name_fr": "Voies d’entrée"},
        {"theatre": "inner", "name_en": "Roads to towns", "name_fr": "Routes vers les villes"},
    ]


def _corridors(known: Known, tree: Any) -> tuple[list[Row], dict[str, float]]:
    """Ways in, the quickest first, and the share of each."""
    rows: list[Row] = []
    weight: dict[str, float] = {}
    given: dict[str, float] = {}
    by_land = sorted(
        (s for s in known.sources if s.way == "land" and s.place in tree.path and s.place != known.hub),
        key=lambda s: (s.share is None, tree.hours[s.place]),
    )
    by_sea = [s for s in known.sources if s.way == "sea" or s.place == known.hub]
    for source in (*by_land[:WAYS_BY_LAND], *by_sea):
        if source.place not in tree.path:
            continue
        sea = source in by_sea
        inland = tuple(reversed(tree.path[source.place]))
        path = (f"sea_{source.place}"[:60], *inland) if sea else inland
        border = path[1] if sea and len(path) > 2 else path[0]
        hours = path_hours(known, path[path.index(border) :])
        key = f"{'sea' if sea else 'land'}_{source.place}"[:60]
        name = known.place(source.place)
        days = source.days if source.days is not None else (SEA_DAYS if sea else LAND_DAYS)
        rows.append(
            row_with_guess(
                {
                    "corridor": key, "name_en": f"{'By sea to' if sea else 'By land over'} {name['name_en']}",
                    "name_fr": f"{'Par mer à' if sea else 'Par terre, via'} {name['name_fr']}",
                    "group": "by_sea" if sea else "by_land", "theatre": "ways_in", "mode": "official", "path": path,
                    "border_place": border, "foreign_days": days, "inland_days": travel_days(hours, 28),
                    "parcel_m3": 1.0 if sea else None,
                }
            )
        )  # fmt: skip
        weight[key] = SEA_SHARE / len(by_sea) if sea else 1 / max(tree.hours[source.place], 1.0)
        if source.share is not None:
            given[key] = source.share
    if not rows:
        raise UsageError(_("No way leads from any source to {hub}; name one with --by-land or --by-sea.").format(
            hub=known.hub))  # fmt: skip
    return rows, _shares(rows, weight, given)


def _shares(rows: list[Row], weight: dict[str, float], given: dict[str, float]) -> dict[str, float]:
    """Shares that sum to one: those that were given, the rest by weight (by sea half, by land inverse hours)."""
    land = [row["corridor"] for row in rows if row["group"] == "by_land"]
    land_total = sum(weight[key] for key in land)
    sea = any(row["group"] == "by_sea" for row in rows)
    for key in land:
        weight[key] = weight[key] / land_total * ((1 - SEA_SHARE) if sea else 1.0)
    open_keys = [key for key in weight if key not in given]
    left = max(1 - sum(given.values()), 0.0) if open_keys else 0.0
    rest = sum(weight[key] for key in open_keys)
    shares = {key: given.get(key, weight[key] / rest * left if rest else 0.0) for key in weight}
    total = sum(shares.values())
    if total <= 0:
        raise UsageError(_("The shares of all sources are 0."))
    shares = {key: round(value / total, 6) for key, value in shares.items()}
    first = next(iter(shares))
    shares[first] = round(shares[first] + 1 - sum(shares.values()), 6)
    return shares


def _legs(known: Known, towns: list[str], tree: Any) -> list[Row]:
    """Each town is fed by the last town before it on its quickest way from the hub."""
    rows = []
    for town in towns:
        if town == known.hub:
            continue
        feeder = tree.feeder(town, set(towns))
        whole = tree.path[town]
        path = whole[whole.index(feeder) :]
        days = travel_days(path_hours(known, path), 14)
        rows.append(row_with_guess({"place": town, "from_place": feeder, "theatre": "inner", "path": path,
                                    "days": days, "extra_km": 0.0, "weight": 1.0}))  # fmt: skip
    return rows


def _parameters(known: Known) -> list[Row]:
    """The generic priors, each as its own row, wider where the tables are guesses; what is switched off."""
    rows = []
    needs_stated = all(fuel.need_m3_per_day is not None for fuel in known.fuels.values())
    for process in standard_model().processes:
        for p in process.parameters:
            if p.name == "plan_row":
                continue
            if p.name in WIDER and not (p.name == "demand_factor" and needs_stated):
                shape, low, best, high = WIDER[p.name]
                guess = {"parameter": p.name, "distribution": shape, "low": low, "best": best, "high": high}
                rows.append(row_with_guess(guess | {"unit": p.unit or None}, _("wide: the tables are guesses")))
                continue
            off = p.name in SWITCHED_OFF
            fixed = off or p.distribution == "fixed"
            note = _("switched off until something is known") if off else None
            rows.append(
                {
                    "parameter": p.name, "distribution": "fixed" if fixed else p.distribution,
                    "low": None if fixed else p.low, "best": 0.0 if off else p.best,
                    "high": None if fixed else p.high, "unit": p.unit or None,
                    "source": f"generic prior of the model: {p.source}", "confidence": "E", "note": note,
                }
            )  # fmt: skip
    return rows


def _inputs(known: Known, corridors: list[Row]) -> list[Row]:
    """The blockade that the case supposes, from one day on."""
    first = known.blockade_from or known.start + dt.timedelta(days=14)
    rows = []

    def lay(name: str, lever: str, target: str | None, value: float, day: dt.date, note: str) -> None:
        rows.append(row_with_guess({"input_id": name, "lever": lever, "target": target, "value": value,
                                    "date_start": day, "role": "input", "known_date": day}, note))  # fmt: skip

    for row in corridors:
        if row["group"] == "by_land":
            lay(f"blockade_{row['corridor']}"[:60], "blockade", row["corridor"], 1, first, _("supposed: declared"))
        else:
            lay(f"orders_{row['corridor']}"[:60], "orders", row["corridor"], 0.5, first, _("supposed: half the ships"))
    lay("towns_pressed", "leg_blockade", "inner", 0.5, first, _("supposed: roads to towns under some pressure"))
    lay("customs", "customs_h", None, 24, known.start, _("a day"))
    return rows


def _targets(known: Known, towns: list[str]) -> list[Row]:
    """Prices that a run records: at the pump in the hub, on the street in every town followed."""
    kept = []
    for row in known.targets:
        recorded = row["place"] == known.hub if row["variable"] == "price_pump" else row["place"] in towns
        if recorded and row["product"] in known.fuels:
            kept.append(row)
    if len(kept) < len(known.targets):
        text = _("{count} prices are of places or products that a run does not record")
        known.remarks.append(text.format(count=len(known.targets) - len(kept)))
    return kept


def _places(known: Known, towns: list[str]) -> list[Row]:
    followed = set(towns[:REPORTING])
    return [
        row | {"reporting": row["place"] in followed,
               "grid_zone": ZONE if known.plants and row["place"] in towns else None}
        for row in known.places
    ]  # fmt: skip


def _header(known: Known) -> str:
    end = known.start + dt.timedelta(days=known.days - 1)
    attribution = "; ".join(known.attribution) or GUESS
    licence = "Tables with the licences of their sources, see ATTRIBUTION; guesses CC0-1.0"
    lines = [
        "# Made by `citerne new`: whatever is marked E in the tables is a guess.",
        f"name: {{en: {scalar(known.name)}, fr: {scalar(known.name)}}}",
        f"country: {known.key}", f"iso3: {known.iso3}", f"currency: {known.currency}",
        f"timezone: {known.timezone}", f"start: {known.start}", f"record_end: {end}", f"days: {known.days}",
        f"hub: {known.hub}", f"licence: {scalar(licence)}",
        f"attribution: {{en: {scalar(attribution)}, fr: {scalar(attribution)}}}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
