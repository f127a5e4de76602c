"""The parts of the report page, in the order of a logistics situation report; each returns a piece of HTML."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from citerne.base.text import _, current_language, number
from citerne.ensemble.again import band_row
from citerne.report import actions, html, people
from citerne.report.compare import dot_grid
from citerne.report.corridors import CorridorRow, country_row, status_word
from citerne.report.evidence import Spread, coverage
from citerne.report.fans import Fan, fan_chart, fan_grid
from citerne.report.html import tag
from citerne.report.look import Chart
from citerne.report.maps import access_map, boundaries
from citerne.report.stocks import AHEAD_DAYS, LOW_DAYS, StockRow
from citerne.report.text import KeyFigure
from citerne.report.triggers import AHEAD, triggers
from citerne.report.view import CUMULATIVE, View, series_name
from citerne.report.words import day_text, simulation_line, span_text, unit_text, value_text

MOST_ROWS = 20
FEWEST_ROWS = 6
MOST_PLACES = 6


def source_line(view: View) -> str:
    """Where the figures come from, under every picture."""
    made = view.results.provenance
    text = _("Source: Citerne {version}, case {case}, {members} futures, seed {seed}.")
    return text.format(version=made.version, case=made.case, members=number(made.members), seed=made.seed)


def attribution(view: View) -> str:
    """Who is to be named, and that boundaries are no opinion; the latter once, where the case says it itself."""
    named = view.case.header.attribution
    text = str(named.fr if current_language() == "fr" else named.en).strip()
    return text if _("legal status") in text else f"{text.rstrip('.')}. {boundaries()}"


def charts(view: View, corridors: Sequence[CorridorRow], stocks: Sequence[StockRow]) -> dict[str, Chart]:
    """Every figure of the report by name; those whose series the run did not keep are left out."""
    source = source_line(view)
    found: dict[str, Chart] = {}
    if stocks:
        found["map"] = access_map(view, corridors, stocks, f"{source} {attribution(view)}", 82)
    if view.has("stock_days", view.hub):
        found["cover"] = fan_chart(view.fan("stock_days", view.hub), source, 104, 78, "cover")
    elif view.has("stock_days", view.country):
        found["cover"] = fan_chart(view.fan("stock_days", view.country), source, 104, 78, "cover")
    panels = next_panels(view)
    if panels:
        found["next"] = fan_grid(panels, "next", _("What happens next"), source, row_mm=21)
    others = [row for row in stocks if row.key != view.hub][:MOST_PLACES]
    if others:
        fans = [view.fan("stock_days", row.key, title=row.name.split(" (")[0]) for row in others]
        found["places"] = fan_grid(fans, "places", _places_title(view), source, columns=6, common=True, row_mm=17)
    drawn = people.chart(view, source, 19)
    if drawn is not None:
        found["people"] = drawn
    if view.has("stock_days", view.hub) and view.now < view.days - 1:
        ahead = view.values("stock_days", view.hub)[view.now + 1 : view.now + 1 + AHEAD_DAYS]
        text = _("{place} falls below {n} days of cover by {day}")
        day = day_text(view.date(view.now + len(ahead)))
        what = text.format(place=view.names.of(view.hub), n=value_text(LOW_DAYS), day=day)
        found["dots"] = dot_grid(float((ahead.min(axis=0) < LOW_DAYS).mean()), what, source)
    return found


def _places_title(view: View) -> str:
    return _("Days of cover by region") if view.public else _("Days of cover by place")


def next_panels(view: View) -> list[Fan]:
    """Fans of supply, queue, street price, power, losses and tankers waiting."""
    country = view.country
    waiting = country
    if not view.public and not any(row["place"] == country for row in _rows_of(view, "tankers_waiting_border")):
        waiting = next((row["place"] for row in _rows_of(view, "tankers_waiting_border")), country)
    wanted = [*_panel_keys(view)[:-1], ("tankers_waiting_border", waiting, "all")]
    return [view.fan(*key) for key in wanted if view.results.has(*key)]


def _rows_of(view: View, variable: str) -> list[Mapping[str, Any]]:
    return [row for row in view.targets if row["variable"] == variable and view.has(variable, row["place"])]


def top(view: View, again: bool = False) -> str:
    """Head of a page: title, date and what it is."""
    text = _("fuel outlook as of {day}").format(day=day_text(view.date(view.now)))
    level = "p" if again else "h1"
    title = tag(level, f'{escape(view.case.title())} <span class="unit small">{escape(text)}</span>')
    return tag("div", title + tag("span", escape(simulation_line()), class_="warn"), class_="top")


def highlights(said: Sequence[str]) -> str:
    """Three sentences."""
    return tag("h2", escape(_("Highlights"))) + html.bullets(said, class_="high")


def cards(view: View, figures: Sequence[KeyFigure]) -> str:
    """Six key figures with range and observation."""
    boxes = []
    for card in figures:
        value = f"{escape(card.value)} <span>{escape(card.unit)}</span>"
        spread = _("9 in 10 futures: {span}").format(span=card.span)
        seen = _("observed: {value}").format(value=card.observed)
        boxes.append(
            tag("div", tag("div", escape(card.title), class_="what") + tag("div", value, class_="value")
                + tag("div", f"{escape(spread)}<br>{escape(seen)}", class_="range"), class_="card")
        )  # fmt: skip
    text = _("Median of {members} futures, {start} to {end}; observed: the most extreme report of that series.")
    note = text.format(members=number(view.members), start=day_text(view.start), end=day_text(view.date(view.now)))
    return tag("div", "".join(boxes), class_="cards") + html.paragraph(note, "note")


def access_and_cover(view: View, drawn: Mapping[str, Chart]) -> str:
    """Map beside the fan of the hub."""
    shown = [html.figure(drawn[name]) for name in ("map", "cover") if name in drawn]
    return tag("h2", escape(_("Access and stocks"))) + tag("div", "".join(shown), class_="two")


def corridor_table(view: View, rows: Sequence[CorridorRow], most: int = MOST_ROWS) -> str:
    """Corridors: status, declared blockade, waiting, sent, lost."""
    title = tag("h2", escape(_("Border and corridors")))
    if view.public:
        return title + html.paragraph(_("Detail by corridor is not part of the public report."), "small")
    if not rows:
        return title + html.paragraph(_("No corridor was recorded in this run."), "small")
    header = (_("Corridor"), _("Status"), _("Blockade declared"), _("Tankers waiting"), _("Sent a day, last 4 weeks"),
              _("Sent a day, first week"), _("Lost per 100 sent"))  # fmt: skip
    every = country_row(view)
    shown = [*rows[:most], *([every] if every else [])]
    cells = [_corridor_cells(row) for row in shown]
    note = _(
        "Median and 9-in-10 range over futures. Status from simulated traffic: open at 70 % of the first week or more,"
        " almost shut below 20 %."
    )
    body = html.wide_table(header, cells, "sum" if every else "")
    return title + body + html.paragraph(note + _more(len(rows) - most), "note")


def _corridor_cells(row: CorridorRow) -> tuple[str, ...]:
    lost = "–" if row.lost is None else _with_span(row.lost)
    declared = "–" if row.declared is None else (_("yes") if row.declared else _("no"))
    return (row.name, status_word(row.status), declared, _with_span(row.waiting), _with_span(row.sent),
            value_text(row.sent_before), lost)  # fmt: skip


def _with_span(triple: tuple[float, float, float]) -> str:
    middle, span = value_text(triple[1]), span_text(triple[0], triple[2])
    return middle if middle == span else f"{middle} ({span})"


def _more(count: int) -> str:
    if count <= 0:
        return ""
    return " " + _("{n} more rows stand in the full report (--pages full).").format(n=count)


def stock_table(view: View, rows: Sequence[StockRow], most: int) -> str:
    """Stock and pipeline by place, or days of cover by region in a public view."""
    title = tag("h2", escape(_("Days of cover by region") if view.public else _("Stock and pipeline by place")))
    if not rows:
        return title + html.paragraph(_("No stock was recorded in this run."), "small")
    risk = _("Below {n} days within {ahead}, of 100").format(n=value_text(LOW_DAYS), ahead=AHEAD_DAYS)
    low, now = _("Lowest so far"), _("Days of cover (range)")
    if view.public:
        header: tuple[str, ...] = (_("Region"), now, low, risk)
        cells: list[tuple[str, ...]] = [
            (r.name, _with_span(r.cover), value_text(r.lowest), _risk(r)) for r in rows[:most]
        ]
    else:
        leading = list(dict.fromkeys(p for row in rows[1:] for p in row.by_product)) or list(rows[0].by_product)[:2]
        header = (_("Place"), _("Use, m³ a day"), _("Opening stock, m³"), _("Stock now, m³"), now,
                  *(f"{view.names.of(p)}, {unit_text('days')}" for p in leading), low,
                  _("Tankers arrived a day"), risk)  # fmt: skip
        cells = [_stock_cells(row, leading) for row in rows[:most]]
    note = _(
        "Medians over futures. Normal use of all fuels; stock now is cover times normal use. Arrivals are recorded at"
        " hubs only (last 7 days)."
    )
    if view.public:
        note = _("Medians over futures and weeks; places of a region weighted by their normal use.")
    body = html.wide_table(header, cells)
    return title + body + html.paragraph(note + _more(len(rows) - most), "note")


def _stock_cells(row: StockRow, leading: Sequence[str]) -> tuple[str, ...]:
    figures = [row.use_m3_per_day, row.opening_m3, row.stock_m3]
    by_product = [value_text(row.by_product[p]) if p in row.by_product else "–" for p in leading]
    arrived = "–" if row.arrived is None else value_text(row.arrived)
    return (row.name, *("–" if v is None else value_text(v) for v in figures), _with_span(row.cover), *by_product,
            value_text(row.lowest), arrived, _risk(row))  # fmt: skip


def _risk(row: StockRow) -> str:
    return "–" if row.risk is None else str(round(100 * row.risk))


def what_next(view: View, drawn: Mapping[str, Chart]) -> str:
    """Small multiples of outcomes and of places."""
    title = tag("h2", escape(_("What happens next")))
    return title + (html.figure(drawn["next"], heading=False) if "next" in drawn else "")


def by_place(drawn: Mapping[str, Chart]) -> str:
    """Days of cover of places side by side; the signs are those of the figure above."""
    return html.figure(drawn["places"], notes=False) if "places" in drawn else ""


def act_watch_and_doubt(view: View, drawn: Mapping[str, Chart], guesses: Sequence[Spread], lines: int) -> str:
    """Recommended actions, triggers to watch and how sure we are, beside the dots."""
    left = actions.section(view, lines) + tag("h2", escape(_("Triggers to watch")))
    found = triggers(view)
    text = _(
        "If {sign}: cover falls below {n} days within {ahead} days in {with_it} of 100 cases, otherwise in {without}."
    )
    told = [
        text.format(sign=t.sign, n=value_text(LOW_DAYS), ahead=AHEAD, with_it=round(100 * t.followed),
                    without=round(100 * t.otherwise))
        for t in found
    ]  # fmt: skip
    if told:
        note = _("Counted over the futures of this run; not a forecast of the real one.")
        left += html.bullets(told) + html.paragraph(note, "note")
    else:
        left += html.paragraph(_("No sign doubles the chance of trouble in this run."), "small")
    return tag("div", tag("div", left + how_sure(view, guesses)) + _dots(drawn), class_="grow")


def _dots(drawn: Mapping[str, Chart]) -> str:
    if "dots" not in drawn:
        return ""
    chart = drawn["dots"]
    return tag("div", tag("h2", escape(_("In how many futures?"))) + html.figure(chart), class_="dots")


def how_sure(view: View, guesses: Sequence[Spread]) -> str:
    """Coverage of observations, and the guesses that matter most."""
    title, found = tag("h2", escape(_("How sure are we"))), coverage(view)
    if found is None:
        said = _("This run was not scored against observations; the verb score does it.")
    else:
        text = _(
            "Of {n} observations that this run speaks to, {nine} lie inside the 90 % band and {half} inside the 50 %"
            " band (reporting error included)."
        )
        said = text.format(n=found.scored, nine=share_text(found.inside_90), half=share_text(found.inside_50))
    rows = [_spread_cells(view, item) for item in guesses]
    header = (_("What the spread comes from"), _("largest single guess"), _("grade"), _("share"), _("rivals"),
              _("luck"))  # fmt: skip
    lead = html.paragraph(one_guess(view, guesses[0])) if guesses and guesses[0].inputs else ""
    body = html.wide_table(header, rows, "guess") if rows else html.paragraph(_("Too few futures to tell."), "small")
    note = _(
        "Grades from A (verified) to E (guess). Shares of the variance over futures; rivals: rival assumptions; luck:"
        " what no sum of single inputs explains. After {day} nothing is checked against facts."
    )
    end = html.paragraph(note.format(day=day_text(view.case.header.record_end)), "note")
    return title + html.paragraph(said) + lead + body + end


def one_guess(view: View, item: Spread) -> str:
    """The sentence on the guess that matters most for the first outcome."""
    parameter, name, share = item.inputs[0]
    text = _("{share} of the spread of {what} comes from one guess: {guess} (confidence {grade}).")
    return text.format(
        share=share_text(share), what=spread_name(view, item), guess=_(parameter.meaning) if parameter else name,
        grade=parameter.confidence if parameter else "–",
    )  # fmt: skip


def spread_name(view: View, item: Spread) -> str:
    """An outcome with its place."""
    return series_name(view, item.variable, item.place, item.product)


def _spread_cells(view: View, item: Spread) -> tuple[str, ...]:
    name, rest = spread_name(view, item), (share_text(item.variants), share_text(item.luck))
    if not item.inputs:
        return (name, _("none stands out from chance"), "–", "–", *rest)
    parameter, key, share = item.inputs[0]
    return (name, _(parameter.meaning) if parameter else key, parameter.confidence if parameter else "–",
            share_text(share), *rest)  # fmt: skip


def share_text(share: float) -> str:
    """A share in percent."""
    return f"{number(100 * share)} %"


def sources(view: View) -> str:
    """Sources, seed, command, version, licence, disclaimer."""
    made = view.results.provenance
    text = _(
        "Case {case} (SHA-256 {digest}), Citerne {version}, seed {seed}, {members} futures, {days} days from {start},"
        " policy {policy}."
    )
    lines = [
        text.format(case=made.case, digest=made.case_digest[:16], version=made.version, seed=made.seed,
                    members=number(made.members), days=made.days, start=day_text(made.start), policy=made.policy),
        attribution(view),
        _("Licence of the case: {licence}").format(licence=view.case.header.licence.strip()),
    ]  # fmt: skip
    title = tag("h2", escape(_("Sources")))
    again = escape(_("To repeat:"))
    repeat = tag("p", f"{again} <code>{escape(command_line(view))}</code>", class_="small")
    return tag("div", title + repeat + "".join(html.paragraph(line, "small") for line in lines), class_="foot")


def command_line(view: View) -> str:
    """The command that gives the same run."""
    made = view.results.provenance
    words = ["citerne", "run", made.case, "--days", str(made.days), "--members", str(made.members),
             "--seed", str(made.seed)]  # fmt: skip
    if made.policy != "recorded":
        words += ["--policy", made.policy]
    for variant in [v.strip() for v in made.variant.split(",") if v.strip()]:
        words += ["--variant", variant]
    for setting in made.settings:
        words += ["--set", setting]
    if made.until:
        words += ["--until", made.until.isoformat()]
    return shlex.join(words)


def provenance(view: View) -> dict[str, Any]:
    """What the run was made from, plain."""
    plain = dataclasses.asdict(view.results.provenance)
    plain["case_title"] = dict(plain["case_title"])
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in plain.items()}


def weekly(view: View) -> list[dict[str, Any]]:
    """5, 50 and 95 % points on every seventh day of the series that the figures show."""
    wanted = [("stock_days", row, "all") for row in view.cover_places()]
    wanted += [key for key in _panel_keys(view) if view.results.has(*key)]
    return [band_row(view.results, *key) for key in wanted]


def _panel_keys(view: View) -> list[tuple[str, str, str]]:
    hub, country = view.hub, view.country
    return [
        ("imports_volume", country, "all"), ("queue_hours", hub, "gasoline"), ("price_street", hub, "gasoline"),
        ("power_hours_per_day", hub, ""), (CUMULATIVE, country, "all"), ("tankers_waiting_border", country, "all"),
    ]  # fmt: skip
