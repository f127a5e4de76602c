"""The page "how wrong were we": one self-contained file for its owner's eyes, made from the ledger and later facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from citerne.base.private import replace_own
from citerne.base.text import _, current_language, number, speaking
from citerne.case.case import Case
from citerne.nowcast import ledger as book
from citerne.nowcast.alerts import Record, records_of
from citerne.nowcast.figures import charts
from citerne.nowcast.past import past_rows, stored
from citerne.nowcast.questions import Sorted
from citerne.nowcast.rules import DRY, Rule, rules_of
from citerne.report import html
from citerne.report.html import tag
from citerne.report.sheetstyle import CSS
from citerne.report.words import day_text

Row = Mapping[str, Any]
FEW_LABELS, FEW_PLACES = 30, 5
OWN_CSS = """
.page{max-width:210mm} .halves{align-items:start} figure{break-inside:avoid}
svg.chart{max-width:120mm} details[open]{margin-bottom:6px} .warn{white-space:normal} .made{font-size:10.5px}
@media print{details[open]{display:block}}
"""


def review(case: Case, ledger: Path, rows: Sorted, as_of: dt.date) -> dict[str, Any]:
    """How past nowcasts fared against the facts of a sheet, with the counts behind every figure.

    Returns
    -------
    dict : `scores`, `reliability` and their counts as `ledger.summary` has them, `rules`, each with its records from
        the ledger and from the rolling test of the case, and `forecasts`, every scored one
    """
    scored = book.score_rows(case, ledger, rows)
    kept = stored(case, ledger, as_of)
    tested = past_rows(case, as_of)
    rules = []
    for rule in rules_of(case, rows.rules):
        rules.append(rule.payload() | {"records": records_of(case, kept, tested, rule, rows.rows, as_of)})
    return {**book.summary(scored), "as_of": as_of.isoformat(), "case": case.name, "rules": rules, "forecasts": scored}


def write_page(case: Case, found: Row, path: Path, language: str) -> int:
    """Write the page, for its owner only; returns its size in bytes."""
    with speaking(language):
        data = page_html(case, found).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_own(path, data)
    return len(data)


def page_html(case: Case, found: Row) -> str:
    """The whole file as text, in the language in use."""
    title = _("How wrong were we: nowcasts of {case} until {day}").format(
        case=case.title(), day=day_text(dt.date.fromisoformat(found["as_of"]))
    )
    warning = _("STOCKS AND SHORTAGES BY TOWN: FOR ITS OWNER'S EYES ONLY")
    top = tag("div", tag("h1", escape(title)) + tag("span", escape(warning), class_="warn"), class_="top")
    body = [top, *_head(found), *_figures(found), *_rules(found), *_all(found), *_method()]
    return (
        f'<!DOCTYPE html><html lang="{current_language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{CSS}{OWN_CSS}</style></head><body><main>"
        f"{tag('section', ''.join(body), class_='page')}</main></body></html>\n"
    )


def _head(found: Row) -> list[str]:
    facts = len(found["forecasts"])
    said = [_("{facts} forecasts of {nowcasts} nowcasts could be compared with facts: {stocks} counts of stocks, "
              "{labels} labels of dry or not ({dry} dry) of {places} towns.")
            .format(facts=facts, nowcasts=found["nowcasts"], stocks=facts - found["labels"], labels=found["labels"],
                    dry=found["dry_labels"], places=found["places"])]  # fmt: skip
    if not facts:
        said.append(_("There is nothing to score yet: facts must be dated 4 to 31 days after a stored nowcast."))
    elif found["labels"] < FEW_LABELS or found["places"] < FEW_PLACES:
        said.append(_("Few labels of few towns: these figures may be luck."))
    if facts:
        said.append(_("Labels of one town, or of weeks that follow each other, tell one story several times: the grey "
                      "ranges take them as independent and are too narrow."))  # fmt: skip
    return [tag("h2", escape(_("What this rests on"))), html.bullets(said, class_="high")]


def _figures(found: Row) -> list[str]:
    source = _("Source: own ledger of nowcasts and the facts of the sheet.")
    drawn = charts(found, source)
    boxes = "".join(tag("div", html.figure(chart, opened=True)) for chart in drawn)
    return [tag("h2", escape(_("Scores"))), tag("div", boxes, class_="halves")] if drawn else []


def rule_words(rule: Row) -> str:
    """What makes a rule fire."""
    where = ", ".join(str(rule[name]) for name in ("place", "product") if rule[name])
    one = Rule(**{k: v for k, v in rule.items() if k != "records"})
    if one.quantity == DRY:
        text = _("dry within {days} days: {comparison} {threshold} in 100")
    else:
        text = _("{quantity} {comparison} {threshold} within {days} days: {chance} in 100 or more")
    words = text.format(days=one.within_days, comparison=one.comparison, threshold=f"{one.threshold:g}",
                        quantity=one.quantity, chance=f"{one.chance:g}")  # fmt: skip
    return f"{words} ({where})" if where else words


def _rules(found: Row) -> list[str]:
    """Hits and false alarms of each rule, by where they come from."""
    header = (_("Rule"), _("fires at"), _("rests on"), _("labels"), _("places"), _("came true"), _("hits"), _("missed"),
              _("false alarms"), _("hits in 100 that came"), _("false alarms in 100 that did not"))  # fmt: skip
    rows = []
    for rule in found["rules"]:
        rows += [_rule_row(rule, record) for record in rule["records"]]
    note = _(
        "A forecast counts once for each nowcast, town and fuel, when the days that count are over and a fact of them"
        " is known. A town with reports of open stations only counts as not dry, though nobody may have looked on a dry"
        " day."
    )
    return [tag("h2", escape(_("Rules of early warning"))), html.wide_table(header, rows, "text"),
            html.paragraph(note, "note")]  # fmt: skip


def _rule_row(rule: Row, record: Record) -> tuple[str, ...]:
    if record.source == "none":
        return (rule["rule"], rule_words(rule), _("nothing: never scored"), "0", *["–"] * 7)
    source = _("own nowcasts") if record.source == "ledger" else _("rolling test of the case, fuels sold at stations")
    span = _("{source}, {first} to {last}, {days} days ahead").format(
        source=source, first=record.first, last=record.last, days=record.within_days
    )
    rates = ["–" if rate is None else number(100 * rate) for rate in (record.hit_rate, record.false_alarm_rate)]
    counts = (record.labels, record.places, record.happened, record.hits, record.happened - record.hits,
              record.false_alarms)  # fmt: skip
    return (rule["rule"], rule_words(rule), span, *map(str, counts), *rates)


def _all(found: Row) -> list[str]:
    """Every scored forecast, behind a fold: nothing is left out."""
    if not found["forecasts"]:
        return []
    header = (_("Nowcast"), _("days ahead"), _("town"), _("fuel"), _("day of the fact"), _("fact"), _("nowcast"),
              _("model without the sheet"), _("last count goes on"))  # fmt: skip
    rows = [_forecast_row(row) for row in found["forecasts"]]
    note = _("Facts: m3 counted, with CRPS in m3; or dry or not, with the chance said in 100.")
    body = html.paragraph(note, "note") + html.scroll(html.table(header, rows, "data"), header[0])
    return [tag("details", tag("summary", escape(_("Every scored forecast ({n})").format(n=len(rows)))) + body)]


def _forecast_row(row: Row) -> tuple[str, ...]:
    head = (row["nowcast"][:10], str(row["lead"]), row["place"], row["product"], row["date"])
    if row["what"] == "stock":
        fact = f"{number(row['observed'])} m3"
        cells = [row["crps_sheet"], row["crps_free"], row["crps_persistence"]]
        return (*head, fact, *("–" if v is None else number(v, 1) for v in cells))
    fact = _("dry") if row["observed"] else _("not dry")
    last = row["brier_persistence"]
    before = "–" if last is None else number(100 * (1 - last if row["observed"] else last))
    return (*head, fact, *(number(100 * row[f"chance_{name}"]) for name in ("sheet", "free")), before)


def _method() -> list[str]:
    said = [
        _("A nowcast of a day stands for that day; of several, the one that knew most rows."),
        _("Facts are the rows of the sheet at hand, {near} days or less from 7, 14 or 28 days after a nowcast; stations"
          " open 0.1 or less is dry, 0.5 or more is not, between is no label.").format(near=book.NEAR),
        _("The last count goes on: persistence, scored only where the nowcast knew an earlier row of the same town"
          " and fuel."),
        _("Scores: Gneiting and Raftery 2007; ranges of chance alone: binomial, 5 to 95 %."),
    ]  # fmt: skip
    return [tag("h2", escape(_("How it is made"))), html.bullets(said, "made")]


def printed(found: Row) -> list[str]:
    """The same in lines for a terminal."""
    lines = []
    for row in found["scores"]:
        last = "-" if row["persistence"] is None else f"{row['persistence']:.3g}"
        text = _(
            "{what}, {lead} days: nowcast {sheet:.3g}, without the sheet {free:.3g} ({n} facts);"
            " last count goes on {last} ({m} facts)"
        )
        lines.append(text.format(what=_("stock, CRPS") if row["what"] == "stock" else _("dry, Brier"), lead=row["lead"],
                                 sheet=row["sheet"], free=row["free"], last=last, n=row["facts"],
                                 m=row["with_persistence"]))  # fmt: skip
        if row["inside_90"] is not None:
            text = _("  inside the 90 % interval: {n} of {all}")
            lines.append(text.format(n=row["inside_90"], all=row["facts"]))
    lines.append(_("Labels of dry or not: {n}, dry {dry}, of {places} towns").format(
        n=found["labels"], dry=found["dry_labels"], places=found["places"]))  # fmt: skip
    for row in found["reliability"]:
        text = _("said {said:.0%}, came {came:.0%} ({n})")
        lines.append(text.format(said=row["forecast_mean"], came=row["observed_share"], n=row["count"]))
    for rule in found["rules"]:
        lines.append(f"{rule['rule']} ({rule_words(rule)})")
        lines += [f"  {getattr(record.text, current_language())}" for record in rule["records"]]
    return lines
