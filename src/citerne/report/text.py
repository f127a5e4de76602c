"""Sentences made from the data: highlights, key figures, and a summary to paste into a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citerne.base.text import _
from citerne.metrics.headline import Figure, figure, looked_at
from citerne.report.stocks import LOW_DAYS, StockRow
from citerne.report.view import CUMULATIVE, View, quantile_triple
from citerne.report.words import day_text, in_hundred, range_text, simulation_line, span_text, unit_text, value_text

MONTH = 28
KEY_FIGURES: tuple[tuple[str, str, str, str], ...] = (
    ("stock_days", "hub", "all", "min"),
    ("dry_share", "country", "all", "max"),
    ("queue_hours", "hub", "gasoline", "max"),
    ("price_street", "hub", "gasoline", "max"),
    ("power_hours_per_day", "hub", "", "min"),
    (CUMULATIVE, "country", "all", "last"),
)


@dataclass(frozen=True)
class KeyFigure:
    """One card: what it is, median, 9-in-10 range, and what was observed."""

    title: str
    value: str
    unit: str
    span: str
    observed: str


def key_figures(view: View) -> list[KeyFigure]:
    """Six figures from day 0 to the end of the record; those the run did not keep say so."""
    cards = []
    for variable, where, product, how in KEY_FIGURES:
        place = view.hub if where == "hub" else view.country
        title = _card_title(variable).format(place=view.names.of(place))
        if not view.results.has(variable, place, product):
            cards.append(KeyFigure(title, "–", _("not kept in this run"), "–", "–"))
            continue
        key = view.results.key(variable, place, product)
        found = figure(view.results, key, how, looked_at(view.results, view.case.header.record_end), view.targets)
        cards.append(_card(title, found))
    return cards


def _card(title: str, found: Figure) -> KeyFigure:
    scale, unit = (100.0, "%") if found.unit == "share" else (1.0, unit_text(found.unit))
    sign = {"at_least": "≥ ", "at_most": "≤ "}.get(found.observed_bound, "")
    seen = _("none") if found.observed is None else sign + value_text(found.observed * scale)
    low, middle, high = (v * scale for v in (found.p05, found.p50, found.p95))
    return KeyFigure(title, value_text(middle), unit, span_text(low, high), seen)


def _card_title(variable: str) -> str:
    return {
        "stock_days": _("Days of cover, lowest, {place}"),
        "dry_share": _("People in places without fuel, most, {place}"),
        "queue_hours": _("Queue for petrol, longest, {place}"),
        "price_street": _("Street price of petrol, highest, {place}"),
        "power_hours_per_day": _("Power, lowest, {place}"),
        CUMULATIVE: _("Tankers destroyed, {place}"),
    }[variable]


def highlights(view: View, stocks: Sequence[StockRow]) -> list[str]:
    """Three sentences, each with a number and a range: supply, towns, and what comes next."""
    found = [_supply(view), _towns(view, stocks), _ahead(view)]
    return [text for text in found if text]


def _supply(view: View) -> str:
    """Fuel brought in over the worst four weeks against the first week, and what was lost on the way."""
    if not view.has("imports_volume", view.country):
        return ""
    daily = view.values("imports_volume", view.country)[: view.now + 1]
    if len(daily) < 7 + MONTH:
        low, middle, high = quantile_triple(daily.mean(axis=0))
        text = _("Fuel brought in: {value} m³ a day on average ({span} in 9 of 10 futures).")
        return text.format(value=value_text(middle), span=range_text(low, high))
    total = np.cumsum(daily, axis=0, dtype=np.float64)
    worst = (total[MONTH:] - total[:-MONTH]).min(axis=0) / MONTH
    low, middle, high = quantile_triple(100 * worst / np.maximum(daily[:7].mean(axis=0), 1e-9))
    text = _(
        "Supply: over its worst four weeks, fuel brought in falls to {value} % of the first week"
        " ({span} % in 9 of 10 futures)"
    )
    said = text.format(value=value_text(middle), span=range_text(low, high))
    if view.has(CUMULATIVE, view.country):
        low, middle, high = quantile_triple(view.values(CUMULATIVE, view.country)[view.now])
        text = _("; {value} tankers are destroyed by {day} ({span})")
        said += text.format(value=value_text(middle), day=day_text(view.date(view.now)), span=range_text(low, high))
    return said + "."


def _towns(view: View, stocks: Sequence[StockRow]) -> str:
    """How far the hub falls, and which place is dry longest."""
    if not view.has("stock_days", view.hub):
        return ""
    low, middle, high = quantile_triple(view.values("stock_days", view.hub)[: view.now + 1].min(axis=0))
    text = _("{place} falls to {value} days of cover at its lowest ({span})")
    said = text.format(place=view.names.of(view.hub), value=value_text(middle), span=range_text(low, high))
    dry = [(view.values("dry_share", row.key)[: view.now + 1].sum(axis=0), row.name) for row in stocks
           if row.key != view.hub and view.has("dry_share", row.key)]  # fmt: skip
    days, name = max(dry, key=lambda item: (float(np.median(item[0])), item[1]), default=(np.zeros(1), ""))
    low, middle, high = quantile_triple(days)
    if middle > 0:
        text = _("; {place} is dry longest, {value} days ({span})")
        said += text.format(place=name, value=value_text(middle), span=range_text(low, high))
    return said + "."


def _ahead(view: View) -> str:
    """The chance of short stocks at the hub after the record, and cover on the last day."""
    if not view.has("stock_days", view.hub) or view.now >= view.days - 1:
        return ""
    cover = view.values("stock_days", view.hub)[view.now + 1 :]
    low, middle, high = quantile_triple(cover[-1])
    text = _(
        "After the record: {place} falls below {n} days of cover in {count} by {day}, when the median cover is {value}"
        " days ({span})."
    )
    short = in_hundred(float((cover.min(axis=0) < LOW_DAYS).mean()))
    return text.format(
        place=view.names.of(view.hub), n=value_text(LOW_DAYS), count=short, day=day_text(view.date(view.days - 1)),
        value=value_text(middle), span=range_text(low, high),
    )  # fmt: skip


def paste_text(view: View, cards: Sequence[KeyFigure], said: Sequence[str], extra: Sequence[str] = ()) -> str:
    """The report in plain text, short enough to paste into a message."""
    made = view.results.provenance
    lines = [
        f"{view.case.title()} – {simulation_line()}",
        _("As of {day}; {members} futures, seed {seed}.").format(
            day=day_text(view.date(view.now)), members=made.members, seed=made.seed
        ),
        "",
        *[f"- {text}" for text in said],
        "",
        *[
            _("{title}: {value} {unit} (9 in 10 futures: {span}; observed: {observed})").format(**vars(card))
            for card in cards
        ],
        *extra,
    ]
    return "\n".join(lines) + "\n"
