"""The key figures of the days ahead, each beside the run it is compared with, over the same futures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from citerne.base.text import _, number
from citerne.report import html
from citerne.report.compare import dot_grid, paired_difference
from citerne.report.html import tag
from citerne.report.stocks import LOW_DAYS
from citerne.report.view import CUMULATIVE, quantile_triple
from citerne.report.words import MINUS, in_hundred, range_text, span_text, unit_text, value_text
from citerne.schema.outcomes import OUTCOME_BY_NAME
from citerne.web.parts import Part
from citerne.web.screen import Key, Screen, signed
from citerne.web.state import SPANS

Array = np.ndarray[Any, Any]
# variable, `hub` or `country`, product, statistic (see Screen.of)
KEY_FIGURES: tuple[tuple[str, str, str, str], ...] = (
    ("stock_days", "hub", "all", "mean"),
    ("stock_days", "hub", "all", "min"),
    ("stock_days", "hub", "all", "low"),
    ("price_street", "hub", "gasoline", "max"),
    ("power_hours_per_day", "hub", "", "min"),
    ("dry_share", "country", "all", "max"),
    (CUMULATIVE, "country", "all", "last"),
    ("displaced_new", "country", "", "sum"),
    ("civilians_killed", "country", "both", "sum"),
)
CARD_COLUMNS = ("variable", "place", "product", "statistic", "unit", "p05", "p50", "p95", "change_p05", "change_p50",
                "change_p95", "share_better")  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One key figure: values by future, and the differences where there is a run to compare with."""

    key: Key
    how: str
    title: str
    unit: str
    values: Array
    gap: Array | None

    @property
    def sign(self) -> int:
        """1 if more is better, -1 if less is, 0 if neither."""
        better = OUTCOME_BY_NAME[self.key[0]].better
        if self.how == "low":
            return -1
        return {"more": 1, "less": -1}.get(better, 0)


def card_title(variable: str, how: str) -> str:
    """What a key figure is called; `{place}` stands for where."""
    return {
        ("stock_days", "mean"): _("Mean days of cover, {place}"),
        ("stock_days", "min"): _("Lowest days of cover, {place}"),
        ("stock_days", "low"): _("Cover falls below {n} days, {place}"),
        ("price_street", "max"): _("Highest street price of petrol, {place}"),
        ("power_hours_per_day", "min"): _("Lowest power, {place}"),
        ("dry_share", "max"): _("People in places without fuel, most, {place}"),
        (CUMULATIVE, "last"): _("Tankers destroyed, {place}"),
        ("displaced_new", "sum"): _("People newly displaced, {place}"),
        ("civilians_killed", "sum"): _("Civilians killed by both sides, {place}"),
    }[variable, how]


def cards(screen: Screen) -> list[Card]:
    """The key figures that the run kept."""
    found = []
    for variable, where, product, how in KEY_FIGURES:
        place = screen.hub if where == "hub" else screen.country
        title = card_title(variable, how).format(place=screen.view.names.of(place), n=value_text(LOW_DAYS))
        keys = [(variable, place, product)]
        if product == "both":
            keys = [(k.variable, k.place, k.product) for k in screen.results.keys
                    if (k.variable, k.place) == (variable, place)]  # fmt: skip
        if not keys or not all(screen.view.has(*key) for key in keys):
            continue
        values = np.sum([screen.of(key, how) for key in keys], axis=0)
        gap = None
        if screen.paired:
            pairs = [screen.pair(key, how) for key in keys]
            gap = np.sum([ours - theirs for ours, theirs in pairs], axis=0)
        unit = screen.results.key(*keys[0]).unit
        scale = 100.0 if unit == "share" else 1.0
        shown = "percent" if unit == "share" else unit
        found.append(Card((variable, place, product), how, title, shown, values * scale,
                          None if gap is None else gap * scale))  # fmt: skip
    return found


def cards_html(shown: Sequence[Card]) -> str:
    """The row of key figures."""
    return tag("div", "".join(_card(card) for card in shown), class_="cards")


def _card(card: Card) -> str:
    if card.how == "low":
        count = in_hundred(float(card.values.mean())).split(" ", 1)
        value, spread = f"{escape(count[0])} <span>{escape(count[1])}</span>", ""
    else:
        low, middle, high = quantile_triple(card.values)
        value = f"{escape(value_text(middle))} <span>{escape(unit_text(card.unit))}</span>"
        spread = _("9 in 10 futures: {span}").format(span=span_text(low, high))
    body = tag("div", escape(card.title), class_="what") + tag("div", value, class_="value")
    if spread:
        body += tag("div", escape(spread), class_="range")
    if card.gap is not None:
        text, class_ = change_text(card)
        body += tag("div", escape(text), class_=f"change {class_}")
    return tag("div", body, class_="card")


def change_text(card: Card) -> tuple[str, str]:
    """How a key figure changes, and whether that is `better`, `worse` or `same`."""
    gap = card.gap
    assert gap is not None  # asked for only where there is a difference
    if not np.any(gap):
        return _("no change"), "same"
    if card.how == "low":
        points = round(100 * float(gap.mean()))
        text = _("{change} of 100").format(change=f"+{points}" if points > 0 else str(points).replace("-", MINUS))
        mean = float(gap.mean())
    else:
        low, middle, high = quantile_triple(gap)
        mean = float(gap.mean())
        text = _("{change} ({span})").format(change=signed(middle), span=range_text(low, high))
    good = card.sign * mean
    if abs(good) < 1e-12 or card.sign == 0:
        return text, "same"
    better = float((card.sign * gap > 0).mean())
    worse = float((card.sign * gap < 0).mean())
    if good > 0:
        return "▲ " + _("{text}; better in {n} of 100").format(text=text, n=round(100 * better)), "better"
    return "▼ " + _("{text}; worse in {n} of 100").format(text=text, n=round(100 * worse)), "worse"


def card_part(screen: Screen, shown: Sequence[Card]) -> Part:
    """The key figures as numbers for machines; drawn by `cards_html`."""
    rows: list[tuple[Any, ...]] = []
    for card in shown:
        change: tuple[Any, ...] = (None, None, None, None)
        if card.gap is not None:
            better = float((card.sign * card.gap > 0).mean()) if card.sign else None
            change = (*quantile_triple(card.gap), better)
        rows.append((*card.key, card.how, card.unit, *quantile_triple(card.values), *change))
    return screen.table_part("key-figures", _("Key figures"), CARD_COLUMNS, rows, (), ())


def answer(screen: Screen, shown: Sequence[Card]) -> str:
    """The answer to `what if`, in a few sentences made from the data."""
    if screen.other is None:
        text = _("{run}. Move a lever, or choose roads to close, to see what would change.")
        return tag("div", html.paragraph(text.format(run=screen.label(screen.state.run))), class_="answer")
    words = {_("If"): screen.label(screen.state.run), _("Instead of"): screen.label(screen.state.pin),
             _("Looking at"): screen.period}  # fmt: skip
    head = "".join(tag("dt", escape(name)) + tag("dd", escape(said)) for name, said in words.items())
    if not screen.paired:
        text = _("The assumptions differ, so the futures are not the same ones: compare medians and ranges.")
        return tag("div", tag("dl", head) + html.paragraph(text), class_="answer")
    said = [sentence for card in shown if (sentence := _sentence(card, screen))]
    if not said:
        return tag("div", tag("dl", head) + html.paragraph(_("No key figure changes in any future.")), class_="answer")
    return tag("div", tag("dl", head) + html.bullets(said[:MOST_SAID]), class_="answer")


MOST_SAID = 5


def _sentence(card: Card, screen: Screen) -> str:
    """What happens to one key figure: with the change, without it, and by how much in 9 of 10 futures."""
    gap = card.gap
    if gap is None or not np.any(gap):
        return ""
    count = len(gap)
    ours, theirs = card.values[:count], card.values[:count] - gap
    if card.how == "low":
        text = _("{what}: in {ours}, instead of {theirs}.")
        return text.format(
            what=card.title, ours=in_hundred(float(ours.mean())), theirs=in_hundred(float(theirs.mean()))
        )
    low, _middle, high = quantile_triple(gap)
    text = _("{what}: {ours} {unit} instead of {theirs} (medians); the change is {span} in 9 of 10 futures.")
    return text.format(what=card.title, ours=value_text(float(np.median(ours))), unit=unit_text(card.unit),
                       theirs=value_text(float(np.median(theirs))), span=range_text(low, high))  # fmt: skip


def span_links(screen: Screen, page: str) -> str:
    """Links that choose how many days the key figures look at."""
    names = {"30": _("30 days"), "60": _("60 days"), "all": _("to the end")}
    links = " ".join(
        tag("a", escape(names[word]), href=f"{page}?{screen.state.with_(span=word).query()}",
            aria_current="true" if word == screen.span else "")
        for word in SPANS
    )  # fmt: skip
    said = _("Key figures, {period}. Look ahead:").format(period=screen.period)
    return tag("nav", escape(said) + " " + links, class_="choose", aria_label=_("Days looked at"))


def dots_part(screen: Screen) -> Part | None:
    """A hundred dots: how often the hub falls short in the days ahead."""
    key = ("stock_days", screen.hub, "all")
    if not screen.view.has(*key):
        return None
    share = float(screen.of(key, "low").mean())
    text = _("{place} falls below {n} days of cover, {period}")
    what = text.format(place=screen.view.names.of(screen.hub), n=value_text(LOW_DAYS), period=screen.period)
    chart = dot_grid(share, what, screen.source)
    rows = [(screen.hub, LOW_DAYS, share)]
    return screen.chart_part(chart, ("place", "below_days", "share_of_futures"), rows, "dots")


def difference_part(screen: Screen) -> Part | None:
    """How the mean cover of the hub differs, future by future."""
    key = ("stock_days", screen.hub, "all")
    if not screen.paired or not screen.view.has(*key):
        return None
    ours, theirs = screen.pair(key, "mean")
    if not np.any(ours - theirs):
        return None
    text = _("What the change does to mean days of cover, {place}")
    chart = paired_difference(ours, theirs, text.format(place=screen.view.names.of(screen.hub)), _("days"),
                              screen.source, "more", "difference", 92, 48)  # fmt: skip
    numbers = [int(n) for n in screen.results.member_numbers[: len(ours)]]
    rows = [(n, float(a), float(b), float(a - b)) for n, a, b in zip(numbers, ours, theirs, strict=True)]
    return screen.chart_part(chart, ("future", "mean_days", "compared_mean_days", "difference_days"), rows)


def error_text(screen: Screen) -> str:
    """How far the number of futures alone may move the first key figure: two standard errors of its mean."""
    key = ("stock_days", screen.hub, "all")
    if not screen.view.has(*key):
        return ""
    values = screen.of(key, "min")
    error = 2 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    text = _("{n} futures; lowest days of cover known to ±{error}")
    return text.format(n=number(len(values)), error=value_text(error))
