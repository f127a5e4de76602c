"""The armed group, the state, civilian harm, how it may end, and what is claimed: with meaning, source and limits."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.report import html
from citerne.report.compare import cumulative_outcome
from citerne.report.html import tag
from citerne.report.look import Chart
from citerne.report.view import Row, View, quantile_triple
from citerne.report.words import input_text, months, short_day, span_text, value_text
from citerne.schema.outcomes import SPLITS

ENDS = SPLITS["end"]
DAYS_A_MONTH = 365 / 12
# Parameters whose source is that of a quantity.
BASIS = {"armed_group": "group_harm", "state_side": "hits_per_day"}


def end_name(end: str) -> str:
    """How it ends, in a word or two."""
    names = {"deal": _("Deal"), "siege_broken": _("Siege broken"), "coup": _("Coup"), "collapse": _("Collapse"),
             "stalemate": _("None of these")}  # fmt: skip
    return names.get(end, end)


def side_name(side: str) -> str:
    """Who killed."""
    return {"armed_group": _("Civilians killed by the armed group"),
            "state_side": _("Civilians killed by the state side")}[side]  # fmt: skip


def section(view: View) -> str:
    """Two tables: indices and harm; chances of each end."""
    title = tag("h2", escape(_("The state, civilian harm, and how it may end")))
    left, right = index_table(view), ends_table(view)
    if not left and not right:
        return title + html.paragraph(_("Not computed in this run."), "small")
    if not left:
        return title + html.paragraph(_("Civilian harm was not computed in this run."), "small") + right
    note = html.paragraph(meaning(view), "note")
    return title + tag("div", tag("div", left) + tag("div", right), class_="halves") + note


def index_table(view: View) -> str:
    """Strength and legitimacy now, civilians killed by side so far."""
    rows: list[tuple[str, ...]] = []
    for variable, title in (("group_strength", _("Armed group's strength, now")),
                            ("legitimacy", _("Legitimacy of the state, now"))):  # fmt: skip
        if view.has(variable, view.country):
            rows.append((title, *_triple(view.values(variable, view.country)[view.now])))
    for side in SPLITS["side"]:
        if view.has("civilians_killed", view.country, side):
            killed = view.values("civilians_killed", view.country, side)[: view.now + 1].sum(axis=0, dtype=np.float64)
            rows.append((side_name(side), *_triple(killed)))
    if not rows:
        return ""
    header = (_("{start} to {end}").format(start=short_day(view.start), end=short_day(view.date(view.now))),
              _("median"), _("9 in 10 futures"))  # fmt: skip
    return html.wide_table(header, rows)


def meaning(view: View) -> str:
    """What the indices and the harm mean, and where the latter comes from."""
    indices = _(
        "Indices: 1 is day 0. Strength: fighters. Legitimacy, 0 to 2: whether people tell the state what they know."
    )
    return f"{indices} {_harm_note(view)}"


def _harm_note(view: View) -> str:
    """What counts as civilian harm, and where each side's figure comes from."""
    priors = view.priors
    parts = [
        f"{side_name(side)}: {priors[name].source} ({priors[name].confidence})"
        for side, name in BASIS.items()
        if name in priors
    ]
    text = _("Killed: expected deaths of civilians in the whole country by who kills; not a count. Source: {parts}.")
    return text.format(parts="; ".join(parts) if parts else _("the case"))


def _triple(values: Any) -> tuple[str, str]:
    low, middle, high = quantile_triple(np.asarray(values, float))
    return value_text(middle), span_text(low, high)


def chance_text(chance: float) -> str:
    """A chance in percent with two digits at most; the outlook has rounded it."""
    return f"{value_text(100 * float(f'{chance:.2g}'))} %"


def _simulated(view: View) -> dict[str, float]:
    """Share of futures in which each end has come by the last whole month of the run."""
    if view.beside.outlook is None:
        return {}
    last: dict[str, float] = {}
    for row in view.beside.outlook["simulated"]:
        last[row["outcome"]] = row["chance"]
    return last


def whole_months(view: View) -> int:
    """Months of the run, from day 0."""
    return int(view.days / DAYS_A_MONTH + 1e-9)


def ends_table(view: View) -> str:
    """Chance of each end by the last month of the run: base rates, with judgement, in this run's futures."""
    found, month = view.beside.outlook, whole_months(view)
    if found is None or month < 1:
        return html.paragraph(_("The verb outlook gives chances of how it may end."), "small")
    simulated = _simulated(view)
    by = {name: _at(found[name], month) for name in ("cumulative_base", "cumulative")}
    rows = []
    for end in dict.fromkeys([*by["cumulative"], *simulated]):
        base, judged = by["cumulative_base"].get(end), by["cumulative"].get(end)
        alone = simulated.get(end)
        if end == "stalemate" and simulated:
            alone = max(1 - sum(simulated.values()), 0.0)
        rows.append((end_name(end), _chance(base), _chance(judged), "–" if alone is None else chance_text(alone)))
    header = (_("Chance within {n} months").format(n=month), _("base rates alone"), _("with judgement"),
              _("in this run's futures"))  # fmt: skip
    note = _(
        "Base rates: past wars and regimes. Judgement: stated factors on them, each with its reason, editable in the"
        " case; 5 to 95 % in brackets."
    )
    return html.wide_table(header, rows) + html.paragraph(note, "note")


def _at(rows: Sequence[Row], month: int) -> dict[str, Row]:
    last = min(month, max((row["month"] for row in rows), default=0))
    return {row["outcome"]: row for row in rows if row["month"] == last}


def _chance(row: Row | None) -> str:
    if row is None:
        return "–"
    low, high = (100 * float(f"{row[name]:.2g}") for name in ("p05", "p95"))
    return f"{chance_text(row['p50'])} ({span_text(low, high)})"


def ends_chart(view: View, source: str) -> Chart | None:
    """How the futures of the run have ended by the close of each month."""
    found, month = view.beside.outlook, whole_months(view)
    if found is None or not found["simulated"] or month < 1:
        return None
    shares = np.array([[row["chance"] for row in found["simulated"] if row["outcome"] == end] for end in ENDS])
    rest = np.maximum(1 - shares.sum(axis=0), 0)
    names = months()
    labels = [names[view.date(int((k + 1) * DAYS_A_MONTH) - 1).month - 1] for k in range(shares.shape[1])]
    return cumulative_outcome(
        labels, [*(end_name(end) for end in ENDS), end_name("stalemate")], np.vstack([shares, rest]),
        _("How the futures of this run end"), source, "ends", 120,
    )  # fmt: skip


def annex(view: View, source: str) -> str:
    """Ends by month, hazards with their judgements, the board, the claims."""
    found = view.beside.outlook
    parts: list[str] = []
    if found is not None:
        drawn = ends_chart(view, source)
        parts += [tag("h2", escape(_("How it may end, by month"))), html.figure(drawn, class_="half") if drawn else "",
                  _months_table(found), _hazard_table(found), *_board(found)]  # fmt: skip
    if view.beside.facts is not None:
        parts.append(_claims(view.beside.facts, view.public))
    return "".join(parts)


def _months_table(found: Row) -> str:
    ends = list(dict.fromkeys(row["outcome"] for row in found["cumulative"]))
    header = (_("Month"), *(end_name(end) for end in ends))
    rows: list[tuple[str, ...]] = []
    for name, word in (("cumulative_base", _("base rates alone")), ("cumulative", _("with judgement"))):
        rows.append((word, *[""] * len(ends)))
        months_there = dict.fromkeys(row["month"] for row in found[name])
        rows += [(str(month), *(_chance(_at_month(found[name], month, end)) for end in ends)) for month in months_there]
    return html.wide_table(header, rows)


def _at_month(rows: Sequence[Row], month: int, end: str) -> Row | None:
    return next((row for row in rows if row["month"] == month and row["outcome"] == end), None)


def _hazard_table(found: Row) -> str:
    """What each judgement does to a base rate, and why."""
    header = (_("Rate a year and what moves it"), _("low"), _("best"), _("high"), _("used"), _("reason"), _("source"))
    rows: list[tuple[str, ...]] = []
    for hazard in found["hazards"]:
        base = hazard["base_rate"]
        figures = [input_text(hazard[name]) for name in ("base_p05", "base", "base_p95")]
        rows.append((str(hazard["name"]), *figures, _("base rate"), str(base["name"]), str(base["source"])))
        for factor in (*hazard["factors"], *hazard["signs"]):
            rows.append((f"× {factor['name']}", input_text(factor["low"]), input_text(factor["best"]),
                         input_text(factor["high"]), _("yes") if factor["applied"] else _("no"),
                         str(factor["reason"] or ""), str(factor["source"] or "")))  # fmt: skip
    return html.wide_table(header, rows, "text")


def _board(found: Row) -> list[str]:
    """After a take-over: hypotheses, then every indicator with what was seen."""
    words = {"yes": _("seen"), "no": _("not so"), "mixed": _("mixed"), "unclear": _("unclear"),
             "not_seen": _("no report")}  # fmt: skip
    title = tag("h2", escape(_("If there were a take-over: the indicator board")))
    caution = html.paragraph(_("These chances hold only if there is one; they are no chance of a take-over."), "small")
    header = (_("How the victor would rule"), _("before"), _("after the signs"), _("over every drop and swing"),
              _("rank by inconsistency"))  # fmt: skip
    rows = [
        (str(r["name"]), chance_text(r["prior"]), chance_text(r["posterior"]),
         f"{span_text(100 * r['lowest'], 100 * r['highest'])} %", str(r["rank_by_inconsistency"]))
        for r in found["after_takeover"]
    ]  # fmt: skip
    signs = [
        (str(r["text"]), words.get(r["state"], str(r["state"])), input_text(r["lr"]), input_text(r["lr_if_seen"]),
         input_text(r["exponent"]),
         "; ".join(f"{e['date']} {e['text']} [{e['source']}]" for e in r["evidence"]), str(r["confidence"] or ""))
        for r in found["indicators"]
    ]  # fmt: skip
    heads = (_("Indicator"), _("state"), _("likelihood ratio"), _("if seen"), _("weight"), _("reports"),
             _("confidence"))  # fmt: skip
    note = _(
        "Ratio: chance of what was seen under the first hypothesis over that under the second. Weight 0 counts for"
        " nothing."
    )
    return [title, caution, html.wide_table(header, rows), html.wide_table(heads, signs, "text"),
            html.paragraph(note, "note")]  # fmt: skip


def _claims(found: Row, public: bool) -> str:
    """Every checkable claim with its verdict and why."""
    words = {"supported": _("supported"), "contradicted": _("contradicted"), "unverified": _("unverified"),
             "too_vague": _("too vague")}  # fmt: skip
    counts = ", ".join(f"{words[word]} {count}" for word, count in found["verdicts"].items())
    title = tag("h2", escape(_("Claims checked")))
    if public:
        return title + html.paragraph(counts)
    header = (_("Claim"), _("verdict"), _("reason"), _("model quantity"), _("evidence"), _("source"))
    rows = [
        (str(r["claim"]), words[r["verdict"]], str(r["reason"] or ""), str(r["quantity"] or _("none")),
         ", ".join(item["id"] for item in r["evidence"]), str(r["source"] or ""))
        for r in found["claims"]
    ]  # fmt: skip
    return title + html.paragraph(counts) + html.wide_table(header, rows, "text")
