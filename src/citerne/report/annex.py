"""The annex of a full report: every row, every observation, every input, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from citerne.base.text import _, current_language
from citerne.report import actions, html, people, politics, targets
from citerne.report.corridors import CorridorRow
from citerne.report.evidence import Spread, spreads
from citerne.report.fans import Mark
from citerne.report.html import tag
from citerne.report.sections import corridor_table, share_text, source_line, spread_name, stock_table
from citerne.report.stocks import StockRow
from citerne.report.view import Row, View
from citerne.report.words import input_text, outcome_title, unit_text, value_text

MOST_INPUTS = 5


def annex(view: View, corridors: Sequence[CorridorRow], stocks: Sequence[StockRow]) -> list[str]:
    """Parts of the annex, in reading order."""
    source = source_line(view)
    return [
        tag("h2", escape(_("Annex"))),
        corridor_table(view, corridors, most=len(corridors)),
        stock_table(view, stocks, most=len(stocks)),
        people.annex(view),
        politics.annex(view, source),
        actions.annex(view, source),
        spread(view),
        scored(view),
        targets.annex(view, source),
        priors(view),
        variants(view),
        inputs(view),
        method(),
    ]


def spread(view: View) -> str:
    """What the spread of every headline outcome comes from: the five largest inputs, rival assumptions, luck."""
    title = tag("h2", escape(_("What the spread comes from")))
    rows = [
        (spread_name(view, item), _inputs_text(item), share_text(item.variants), share_text(item.luck))
        for item in spreads(view, everything=True)
    ]
    if not rows:
        return title + html.paragraph(_("Too few futures to tell."), "small")
    header = (_("Outcome"), _("inputs, with their share"), _("rival assumptions"), _("luck and what acts together"))
    return title + html.wide_table(header, rows, "text")


def _inputs_text(item: Spread) -> str:
    return "; ".join(
        f"{_(parameter.meaning) if parameter else name} {share_text(share)}"
        for parameter, name, share in item.inputs[:MOST_INPUTS]
    )


def scored(view: View) -> str:
    """Each scored observation beside the simulated band; a public view shows those of the country only."""
    title = tag("h2", escape(_("Observations against the simulation")))
    rows = [row for row in view.scores or () if not view.public or row["place"] == view.country]
    if not rows:
        return title + html.paragraph(_("None scored in this run."), "small")
    header = (_("Outcome"), _("Place"), _("observed"), "5 %", _("median"), "95 %", _("inside 90 %"))
    cells = [
        (outcome_title(r["variable"]), view.names.of(r["place"]), _seen(r), value_text(r["p05"]), value_text(r["p50"]),
         value_text(r["p95"]), _("yes") if r["inside_90"] else _("no"))
        for r in rows
    ]  # fmt: skip
    return title + html.wide_table(header, cells)


def _seen(row: Row) -> str:
    mark = Mark(0, 0, row["low"], row["best"], row["high"], row["bound"])
    return f"{mark.text()} {unit_text(row['unit'])}".strip()


def priors(view: View) -> str:
    """Every uncertain input with its range, confidence and source."""
    header = (_("Uncertain input"), _("range"), _("middle"), _("unit"), _("confidence"), _("source"))
    rows = [
        (_(p.meaning), f"{input_text(p.low)}–{input_text(p.high)}", input_text(p.best), p.unit, p.confidence, p.source)
        for p in view.priors.values()
    ]
    return tag("h2", escape(_("Uncertain inputs"))) + html.wide_table(header, rows, "text")


def variants(view: View) -> str:
    """Rival assumptions and their weights."""
    rows = view.case.rows("variants")
    title = tag("h2", escape(_("Rival assumptions")))
    if not rows:
        return title + html.paragraph(_("None in this case."), "small")
    column = "meaning_fr" if current_language() == "fr" else "meaning_en"
    header = (_("Assumption"), _("weight"), _("key"))
    cells = [(str(row[column]), value_text(row["weight"]), str(row["variant"])) for row in rows]
    return title + html.wide_table(header, cells, "text")


def inputs(view: View) -> str:
    """Dated decisions that drive the run; a public view names no corridor, so it leaves them out."""
    title = tag("h2", escape(_("Dated inputs")))
    if view.public:
        return title + html.paragraph(_("Not part of the public report."), "small")
    header = (_("Lever"), _("target"), _("value"), _("from"), _("to"), _("source"))
    cells = [
        (row["lever"], view.names.of(row["target"]) if row["target"] else _("all"), value_text(row["value"]),
         row["date_start"].isoformat(), row["date_end"].isoformat() if row["date_end"] else "",
         str(row["source"] or ""))
        for row in view.case.rows("inputs")
    ]  # fmt: skip
    if not cells:
        return title + html.paragraph(_("None in this case."), "small")
    return title + html.wide_table(header, cells, "text")


def method() -> str:
    """How the figures were made, in short."""
    texts = (
        _("Each future draws its uncertain inputs from their priors and its own luck, then runs day by day: threat,"
          " hauliers, convoys, unloading and onward legs, pumps and street market, power."),
        _("Bands hold half and 9 in 10 of the futures at each day; they are not paths. Days of cover are stock over"
          " normal use."),
        _("If nothing arrives: cover falls by one day a day from the median. As last week: the net change of the median"
          " over the last seven days goes on."),
    )  # fmt: skip
    return tag("h2", escape(_("Method"))) + "".join(html.paragraph(text) for text in texts)
