"""Pages on people: prices, queues and power; people and facilities; state and outcomes."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.metrics.facilities import first_to_stop, hours_left
from citerne.outlook.simulated import simulated_ends
from citerne.report import html
from citerne.report.compare import cumulative_outcome
from citerne.report.html import tag
from citerne.report.words import day_text, long_months, span_text, value_text
from citerne.web.parts import Block, Part
from citerne.web.screen import Key, Screen

MOST_PLACES = 12
MOST_FACILITIES = 20


def measures() -> dict[str, tuple[str, str, bool]]:
    """What may be shown by place: title, product, and whether all places share one axis."""
    return {
        "queue_hours": (_("Queue for petrol"), "gasoline", True),
        "price_street": (_("Street price of petrol"), "gasoline", True),
        "price_multiplier_street": (_("Street price over pump price"), "gasoline", True),
        "power_hours_per_day": (_("Power"), "", True),
        "stations_open_share": (_("Stations open"), "all", True),
        "stock_days": (_("Days of cover"), "all", True),
        "dry_share": (_("People in places without fuel"), "all", True),
    }


def prices_page(screen: Screen) -> list[Block]:
    """The hub in six panels, then one measure by place on a common axis."""
    names, hub = screen.view.names, screen.hub
    panels: list[tuple[Key, str]] = [
        (("price_street", hub, "gasoline"), _("Street price of petrol")),
        (("price_street", hub, "diesel"), _("Street price of diesel")),
        (("price_pump", hub, "gasoline"), _("Pump price of petrol")),
        (("queue_hours", hub, "gasoline"), _("Queue for petrol")),
        (("stations_open_share", hub, "all"), _("Stations open")),
        (("power_hours_per_day", hub, ""), _("Power")),
    ]
    title = _("Prices, queues and power, {place}").format(place=names.of(hub))
    blocks: list[Block] = []
    first = screen.grid_part(panels, "hub", title)
    if first is not None:
        blocks.append(first)
    known = measures()
    chosen = screen.state.measure if screen.state.measure in known else "queue_hours"
    what, product, common = known[chosen]
    blocks.append(_choose_measure(screen, chosen))
    places = [place for place in screen.view.cover_places() if screen.view.has(chosen, place, product)]
    keys = [((chosen, place, product), names.of(place)) for place in places[:MOST_PLACES]]
    grid = screen.grid_part(keys, "places", what, columns=4, common=common, row_mm=25)
    if grid is not None:
        blocks.append(grid)
    rows, cells = _place_rows(screen)
    header = (_("Place"), _("Longest queue, hours"), _("Highest street price"), _("Lowest power, hours a day"),
              _("Days without fuel"))  # fmt: skip
    columns = ("place", *(f"{name}_{q}" for name in ("queue_max", "price_street_max", "power_min", "dry_days")
                          for q in ("p05", "p50", "p95")))  # fmt: skip
    title = _("Worst of each place, {period}").format(period=screen.period)
    blocks.append(screen.table_part("worst", title, columns, rows, header, cells, _("Median and 9-in-10 range.")))
    return blocks


WORST = (("queue_hours", "gasoline", "max"), ("price_street", "gasoline", "max"), ("power_hours_per_day", "", "min"),
         ("dry_share", "all", "sum"))  # fmt: skip


def _place_rows(screen: Screen) -> tuple[list[tuple[Any, ...]], list[tuple[str, ...]]]:
    rows: list[tuple[Any, ...]] = []
    cells: list[tuple[str, ...]] = []
    for place in screen.view.cover_places():
        plain: list[float | None] = []
        said: list[str] = []
        for variable, product, how in WORST:
            if not screen.view.has(variable, place, product):
                plain += [None] * 3
                said.append("–")
                continue
            low, middle, high = (float(v) for v in np.quantile(screen.of((variable, place, product), how),
                                                               (0.05, 0.5, 0.95)))  # fmt: skip
            plain += [low, middle, high]
            said.append(f"{value_text(middle)} ({span_text(low, high)})")
        if any(value is not None for value in plain):
            rows.append((place, *plain))
            cells.append((screen.view.names.of(place), *said))
    return rows, cells


def _choose_measure(screen: Screen, chosen: str) -> str:
    """Links that choose what the panels by place show."""
    links = []
    for name, (title, product, _common) in measures().items():
        if any(screen.view.has(name, place, product) for place in screen.view.cover_places()):
            current = "true" if name == chosen else ""
            address = f"/prices?{screen.state.with_(measure=name).query()}"
            links.append(tag("a", escape(title), href=address, aria_current=current))
    return tag(
        "nav", escape(_("Show by place:")) + " " + " ".join(links), class_="choose", aria_label=_("Show by place:")
    )


def people_page(screen: Screen) -> list[Block]:
    """People without services, cut off, displaced; facilities and their hours."""
    country, hub = screen.country, screen.hub
    services: list[tuple[Key, str]] = [
        (("person_days_unserved", country, "hospital"), _("People without hospital care")),
        (("person_days_unserved", country, "water"), _("People without piped water")),
        (("person_days_unserved", country, "telecom"), _("People without telephone")),
        (("dry_share", country, "all"), _("People in places without fuel")),
        (("people_isolated", country, ""), _("People no fuel truck can reach")),
        (("people_trapped", country, ""), _("People who would leave and cannot")),
    ]
    moving: list[tuple[Key, str]] = [
        (("displaced_new", country, ""), _("People newly displaced")),
        (("displaced_total", country, ""), _("People displaced, in all")),
        (("refugees_new", country, ""), _("People newly fled abroad")),
        (("transport_fare_multiplier", hub, ""), _("Fares against the start")),
        (("food_price_multiplier", country, ""), _("Staple food against the start")),
        (("civilians_killed", country, "armed_group"), _("Civilians killed by the armed group")),
    ]
    grids = [
        screen.grid_part(services, "services", _("People without services")),
        screen.grid_part(moving, "moving", _("Cost of living, flight and harm")),
    ]
    blocks: list[Block] = [part for part in grids if part is not None]
    if not screen.view.public:
        blocks += [part for part in (_first_to_stop(screen), _hours(screen)) if part is not None]
    else:
        blocks.append(html.paragraph(_("Facilities are not part of the public view."), "note"))
    if not blocks:
        blocks.append(html.paragraph(_("This run recorded nothing on people.")))
    return blocks


def _facility_names(screen: Screen) -> dict[str, str]:
    column = screen.view.names.column
    return {row["facility"]: str(row[column]) for row in screen.view.case.rows("facilities")}


def _first_to_stop(screen: Screen) -> Part | None:
    rows, names = first_to_stop(screen.results)[:MOST_FACILITIES], _facility_names(screen)
    if not rows:
        return None
    header = (
        _("Facilities"),
        _("Stop first, of 100 futures"),
        _("Stop at all, of 100 futures"),
        _("First day, median"),
    )
    cells = [
        (names.get(r.facility, r.facility), str(round(100 * r.chance_first)), str(round(100 * r.chance)),
         "–" if r.day is None else day_text(r.day))
        for r in rows
    ]  # fmt: skip
    plain = [(r.facility, r.chance_first, r.chance, None if r.day is None else r.day.isoformat()) for r in rows]
    note = _(
        "A facility stops when it first has less than half of the fuel it needs, over the whole run. Facilities of one"
        " kind in one town are taken together."
    )
    return screen.table_part("stops", _("Which facilities lack fuel first"),
                             ("facility", "chance_first", "chance", "first_day_p50"), plain, header, cells,
                             note)  # fmt: skip


def _hours(screen: Screen) -> Part | None:
    day = screen.view.now
    rows, names = hours_left(screen.results, day), _facility_names(screen)
    if not rows:
        return None
    header = (_("Facilities"), _("Hours left if nothing comes"))
    cells = [(names.get(r.facility, r.facility), f"{value_text(r.p50)} ({span_text(r.p05, r.p95)})") for r in rows]
    plain = [(r.facility, r.p05, r.p50, r.p95) for r in rows]
    title = _("Hours left in their own tanks, {day}").format(day=day_text(screen.view.date(day)))
    note = _("Median and 9-in-10 range; 9999 stands for no need of fuel that day.")
    return screen.table_part("hours", title, ("facility", "p05", "p50", "p95"), plain, header, cells, note)


def state_page(screen: Screen) -> list[Block]:
    """Strength, legitimacy, harm, and how the futures end, beside the base rates."""
    country = screen.country
    panels: list[tuple[Key, str]] = [
        (("legitimacy", country, ""), _("Legitimacy of the state (index)")),
        (("group_strength", country, ""), _("Strength of the armed group (index)")),
        (("siege_share", country, ""), _("People in besieged places")),
        (("civilians_killed", country, "armed_group"), _("Civilians killed by the armed group")),
        (("civilians_killed", country, "state_side"), _("Civilians killed by the state's side")),
        (("displaced_new", country, ""), _("People newly displaced")),
    ]
    blocks: list[Block] = []
    grid = screen.grid_part(panels, "state", _("State, armed group and harm to civilians"))
    if grid is not None:
        blocks.append(grid)
    ends = _ends(screen)
    if ends is not None:
        blocks.append(ends)
    blocks += _base_rates(screen)
    if not blocks:
        blocks.append(html.paragraph(_("This run recorded nothing on the state.")))
    return blocks


def end_names() -> dict[str, str]:
    """Names of the ends."""
    return {
        "deal": _("Deal"), "siege_broken": _("Siege broken"), "coup": _("Coup"), "collapse": _("Collapse"),
        "stalemate": _("None of these"),
    }  # fmt: skip


def _ends(screen: Screen) -> Part | None:
    """How the futures of this run have ended by each month."""
    if not any(key.variable == "end_reached" for key in screen.results.keys) or screen.view.days < 31:
        return None
    rows = simulated_ends(screen.results)
    names, outcomes = end_names(), list(dict.fromkeys(row["outcome"] for row in rows))
    months = sorted({row["month"] for row in rows})
    chance = {(row["outcome"], row["month"]): float(row["chance"]) for row in rows}
    shares = np.array([[chance[outcome, month] for month in months] for outcome in outcomes])
    shares = np.vstack([shares, 1 - shares.sum(axis=0)])
    labels = [_month_label(screen, month) for month in months]
    title = _("How the futures of this run have ended")
    chart = cumulative_outcome(labels, [*(names.get(o, o) for o in outcomes), names["stalemate"]], shares, title,
                               screen.source, "ends", 150, 56)  # fmt: skip
    plain = [(row["outcome"], row["month"], row["chance"], row["futures"]) for row in rows]
    return screen.chart_part(chart, ("outcome", "month", "chance", "futures"), plain)


def _month_label(screen: Screen, month: int) -> str:
    day = screen.view.date(min(-(-month * 365 // 12) - 1, screen.view.days - 1))
    return f"{day.day} {long_months()[day.month - 1]}"


def _base_rates(screen: Screen) -> list[Block]:
    """Chances from past wars and regimes, with and without judgement: shown beside what the model simulates."""
    from citerne.outlook.assess import outlook

    months = max(1, min(12, round(screen.view.days / 30.4)))
    found = outlook(screen.view.case.folder, months=months)
    judged = {(r["outcome"], r["month"]): r for r in found["cumulative"]}
    base = {(r["outcome"], r["month"]): r for r in found["cumulative_base"]}
    names = end_names()
    plain, cells = [], []
    for outcome in dict.fromkeys(row["outcome"] for row in found["cumulative"]):
        b, j = base[outcome, months], judged[outcome, months]
        plain.append((outcome, months, b["p05"], b["p50"], b["p95"], j["p05"], j["p50"], j["p95"]))
        cells.append((names.get(outcome, outcome), _chance(b), _chance(j)))
    if not cells:
        return []
    header = (_("End"), _("Base rate of past cases, of 100"), _("With stated judgement, of 100"))
    columns = ("outcome", "months", "base_p05", "base_p50", "base_p95", "judged_p05", "judged_p50", "judged_p95")
    title = _("Chances within {n} months, from past wars and regimes").format(n=months)
    note = _(
        "They rest on few cases; two digits at most. Base rates, judgements and signs stand in tables of the case and"
        " can be edited. citerne outlook shows them all."
    )
    return [screen.table_part("base-rates", title, columns, plain, header, cells, note)]


def _chance(row: Any) -> str:
    low, middle, high = (100 * float(row[name]) for name in ("p05", "p50", "p95"))
    return f"{_digits(middle)} ({_digits(low)}–{_digits(high)})"


def _digits(percent: float) -> str:
    return "<1" if percent < 0.5 else f"{percent:.0f}" if percent >= 1 else "1"
