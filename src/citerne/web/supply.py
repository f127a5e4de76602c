"""Pages on supply: overview, map, stocks and pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from citerne.base.text import _
from citerne.case.policies import RECORDED, find_policy
from citerne.report import html
from citerne.report.corridors import CorridorRow, corridor_rows, country_row, status_word
from citerne.report.html import tag
from citerne.report.maps import access_map, boundaries
from citerne.report.stocks import AHEAD_DAYS, LOW_DAYS, StockRow, stock_rows
from citerne.report.view import CUMULATIVE
from citerne.report.words import day_text, span_text, unit_text, value_text
from citerne.web.figures import answer, card_part, cards, cards_html, difference_part, dots_part, span_links
from citerne.web.parts import Block
from citerne.web.screen import Screen, Seen

MOST_PLACES = 12


def overview(screen: Screen) -> list[Block]:
    """Key figures, what changes, cover of the hub, in how many futures."""
    shown = cards(screen)
    blocks: list[Block] = [
        answer(screen, shown),
        span_links(screen, "/"),
        cards_html(shown),
        card_part(screen, shown),
    ]
    key = ("stock_days", screen.hub if screen.view.has("stock_days", screen.hub) else screen.country, "all")
    side = [part for part in (difference_part(screen), dots_part(screen)) if part is not None]
    if screen.view.has(*key):
        cover = screen.fan_part(key, "cover", width_mm=118, height_mm=72, reference=screen.other is None)
        blocks += ['<div class="pair"><div>', cover, "</div><div>", *side, "</div></div>"]
    return blocks


def looking_from(screen: Screen) -> Screen:
    """The screen from the day of the address, the first of the changes, or the last of the record."""
    view = screen.view
    if screen.state.day:
        day = (_as_date(screen.state.day) - view.start).days
    elif "close" in screen.state.run.values:  # a closure shows a week after its start
        day = (screen.reader.first_day(screen.state.run) - view.start).days + 7
    else:
        return screen
    day = min(max(day, 0), view.days - 1)
    if view.public:
        day = min(day // 7 * 7 + 6, view.days - 1)
    other = None if screen.other is None else replace(screen.other, today=day)
    return replace(screen, view=replace(view, today=day), other=other)


def _as_date(text: str) -> Any:
    import datetime as dt

    return dt.date.fromisoformat(text)


@dataclass(frozen=True)
class Shut(CorridorRow):
    """A corridor that the run closes on the day of the map, whatever still moved in the weeks before."""

    @property
    def status(self) -> str:
        """Always `closed`."""
        return "closed"


def _rows_of_day(screen: Screen) -> list[CorridorRow]:
    """Corridors on the day looked from; those that a lever or policy closes that day are shown as closed."""
    view, run = screen.view, screen.state.run
    day = view.date(view.now)
    policy = find_policy(view.case, run.values.get("policy", RECORDED))
    settings = [(s.lever, s.target, s.value, s.start, s.end) for s in policy.sets]
    settings += [(s.lever, s.target, s.value, s.start, s.end) for s in screen.reader.settings(run)]
    shut = {
        target
        for lever, target, value, first, last in settings
        if lever == "closed" and value >= 1 and (first or day) <= day <= (last or day)
    }
    return [Shut(**vars(row)) if {row.key, "all"} & shut else row for row in corridor_rows(view)]


def map_page(screen: Screen) -> list[Block]:
    """The map on a day of one's choice, and the roads on it."""
    screen = looking_from(screen)
    view = screen.view
    stocks, roads = stock_rows(view), [] if view.public else _rows_of_day(screen)
    blocks: list[Block] = [_day_form(screen)]
    if stocks:
        chart = access_map(view, roads, stocks, f"{screen.source} {screen.attribution}", 118)
        rows: list[tuple[Any, ...]] = [("place", r.key, "stock_days", *r.cover, None) for r in stocks]
        rows += [("corridor", r.key, "trucks_dispatched", *r.sent, r.status) for r in roads]
        blocks.append(screen.chart_part(chart, ("kind", "key", "variable", "p05", "p50", "p95", "status"), rows, "map"))
    blocks.append(html.paragraph(boundaries(), "note"))
    if view.public:
        blocks.append(html.paragraph(_("Detail by corridor is not part of the public view."), "note"))
    elif roads:
        blocks.append(_corridor_part(screen, roads))
    return blocks


def _day_form(screen: Screen) -> str:
    """The day of the map: arrows of a week, and a date."""
    view, link = screen.view, screen.state
    day = view.date(view.now)
    steps = []
    for text, shift in ((_("one week earlier"), -7), (_("one week later"), 7)):
        k = min(max(view.now + shift, 0), view.days - 1)
        steps.append(tag("a", text, href=f"/map?{link.with_(day=view.date(k).isoformat()).query()}", class_="step"))
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">'
        for name, value in _pairs(link.with_(day="").query())
    )
    first, last = view.date(0).isoformat(), view.date(view.days - 1).isoformat()
    field = (
        f'<label for="day">{escape(_("Day of the map"))}</label> <input type="date" id="day" name="day"'
        f' value="{day.isoformat()}" min="{first}" max="{last}"> <button>{escape(_("Show"))}</button>'
    )
    return f'<form class="day" action="/map" method="get" data-live>{hidden}{steps[0]} {field} {steps[1]}</form>'


def _pairs(query: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(query, keep_blank_values=True)


def _corridor_part(screen: Screen, rows: Sequence[CorridorRow]) -> Block:
    """Corridors on the day of the map."""
    every = country_row(screen.view)
    shown = [*rows, *([every] if every else [])]
    columns = ("corridor", "status", "declared", "waiting_p05", "waiting_p50", "waiting_p95", "sent_per_day_p05",
               "sent_per_day_p50", "sent_per_day_p95", "sent_per_day_first_week", "lost_per_100_p50")  # fmt: skip
    plain = [
        (r.key, r.status, r.declared, *r.waiting, *r.sent, r.sent_before, None if r.lost is None else r.lost[1])
        for r in shown
    ]
    header = (_("Corridor"), _("Status"), _("Blockade declared"), _("Tankers waiting"), _("Sent a day, last 4 weeks"),
              _("Sent a day, first week"), _("Lost per 100 sent"))  # fmt: skip
    cells = [
        (r.name, _status_text(r), "–" if r.declared is None else _("yes") if r.declared else _("no"),
         with_span(r.waiting), with_span(r.sent), value_text(r.sent_before),
         "–" if r.lost is None else with_span(r.lost))
        for r in shown
    ]  # fmt: skip
    note = _(
        "Median and 9-in-10 range over futures. Status from simulated traffic: open at 70 % of the first week or more,"
        " almost shut below 20 %."
    )
    title = _("Border and corridors, {day}").format(day=day_text(screen.view.date(screen.view.now)))
    return screen.table_part("corridors", title, columns, plain, header, cells, note, "sum" if every else "")


def _status_text(row: CorridorRow) -> str:
    return _("closed in this run") if isinstance(row, Shut) else status_word(row.status)


def with_span(triple: tuple[float, float, float]) -> str:
    """Median with its range."""
    middle, span = value_text(triple[1]), span_text(triple[0], triple[2])
    return middle if middle == span else f"{middle} ({span})"


def stocks_page(screen: Screen) -> list[Block]:
    """Stock and pipeline by place, cover by place, what comes in."""
    screen = looking_from(screen)
    rows = stock_rows(screen.view)
    blocks: list[Block] = []
    if rows:
        blocks.append(_stock_part(screen, rows))
    keys = [((("stock_days", row.key, "all")), row.name) for row in rows[:MOST_PLACES]]
    title = _("Days of cover by region") if screen.view.public else _("Days of cover by place")
    grid = screen.grid_part(keys, "places", title, columns=4, common=True, row_mm=25)
    products = [(("stock_days", screen.hub, p), screen.view.names.of(p)) for p in screen.view.case.ids("products")]
    title = _("Days of cover by fuel, {place}").format(place=screen.view.names.of(screen.hub))
    fuels = screen.grid_part(products, "fuels", title, columns=3)
    flows = [
        (("imports_volume", screen.country, "all"), _("Fuel brought in")),
        (("trucks_dispatched", screen.country, "all"), _("Tankers sent")),
        (("tankers_waiting_border", screen.country, "all"), _("Tankers waiting at the border")),
        ((CUMULATIVE, screen.country, "all"), _("Tankers destroyed")),
        (("secured_convoys", screen.country, "all"), _("Columns under escort")),
        (("days_without_arrival", screen.hub, ""), _("Days without arrival")),
    ]
    pipeline = screen.grid_part(flows, "pipeline", _("Pipeline: what is sent, waits, arrives and is lost"), columns=3)
    return blocks + [part for part in (grid, fuels, pipeline) if part is not None]


def _stock_part(screen: Screen, rows: Sequence[StockRow]) -> Block:
    view = screen.view
    other = {} if screen.other is None else {row.key: row for row in stock_rows(_as_of(screen.other, view.now))}
    leading = list(dict.fromkeys(p for row in rows[1:] for p in row.by_product)) or list(rows[0].by_product)[:2]
    columns = ("place", "use_m3_per_day", "opening_m3", "stock_m3", "cover_p05", "cover_p50", "cover_p95",
               *(f"cover_{p}_p50" for p in leading), "lowest_so_far_p50", "arrived_per_day",
               f"below_{LOW_DAYS:g}_days_within_{AHEAD_DAYS}", "compared_cover_p50")  # fmt: skip
    plain = [
        (r.key, r.use_m3_per_day, r.opening_m3, r.stock_m3, *r.cover, *(r.by_product.get(p) for p in leading),
         r.lowest, r.arrived, r.risk, other[r.key].cover[1] if r.key in other else None)
        for r in rows
    ]  # fmt: skip
    risk = _("Below {n} days within {ahead}, of 100").format(n=value_text(LOW_DAYS), ahead=AHEAD_DAYS)
    header = (_("Place"), _("Days of cover (range)"), *([_("Compared run")] if other else []),
              *(f"{view.names.of(p)}, {unit_text('days')}" for p in leading), _("Lowest so far"), risk,
              *(() if view.public
                else (_("Stock now, m³"), _("Use, m³ a day"), _("Tankers arrived a day"))))  # fmt: skip
    cells = []
    for r in rows:
        figures = [_or_dash(v) for v in (r.stock_m3, r.use_m3_per_day, r.arrived)]
        cells.append((
            r.name, with_span(r.cover), *([value_text(other[r.key].cover[1])] if other else []),
            *(_or_dash(r.by_product.get(p)) for p in leading), value_text(r.lowest),
            "–" if r.risk is None else str(round(100 * r.risk)), *(() if view.public else figures),
        ))  # fmt: skip
    note = _("Medians over futures on {day}. Stock now is cover times normal use; arrivals are recorded at hubs only.")
    name = _("Days of cover by region") if view.public else _("Stock and pipeline by place")
    title = f"{name}, {day_text(view.date(view.now))}"
    return screen.table_part("stock", title, columns, plain, header, cells,
                             note.format(day=day_text(view.date(view.now))))  # fmt: skip


def _as_of(view: Seen, day: int) -> Seen:
    return replace(view, today=day)


def _or_dash(value: float | None) -> str:
    return "–" if value is None else value_text(value)
