"""A part for every observation: what was reported, the band before and after calibration, and the reason of a miss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from citerne.base.text import _
from citerne.report import html
from citerne.report.fans import Mark
from citerne.report.html import tag
from citerne.report.look import BLUE, GREY, HALF, INK, NINE, ORANGE, WHITE, Chart, Panel, Sheet, Table, nice_ticks
from citerne.report.look import tick_words as words_of
from citerne.report.view import Row, View
from citerne.report.words import day_text, outcome_title, span_text, unit_text, value_text

BANDS = ("p05", "p25", "p50", "p75", "p95")


def annex(view: View, source: str) -> str:
    """Every scored observation; a public view keeps those of the country."""
    title = tag("h2", escape(_("Each observation: prior, posterior, reported")))
    rows = [row for row in view.scores or () if not view.public or row["place"] == view.country]
    if not rows:
        return title + html.paragraph(_("None scored in this run."), "small")
    before = {row["target_id"]: row for row in view.beside.prior_scores or ()}
    targets = {row["target_id"]: row for row in view.case.rows("targets")}
    note = _(
        "From above: reported, this run, futures from the priors alone. Pale, dark and line: 9 in 10, half, median,"
        " reporting error included."
    )
    if not before:
        note = _(
            "From above: reported, this run. Pale, dark and line: 9 in 10, half, median, reporting error included."
        )
    parts = [one(row, before.get(row["target_id"]), targets.get(row["target_id"]), view, source) for row in rows]
    missing = [row for row in view.beside.not_modelled if not view.public]
    if missing:
        text = _("Not modelled: {rows}.").format(rows=", ".join(str(row["target_id"]) for row in missing))
        parts.append(html.paragraph(text, "small"))
    return title + html.paragraph(note, "note") + tag("div", "".join(parts), class_="targets")


def one(row: Row, before: Row | None, target: Row | None, view: View, source: str) -> str:
    """One observation: drawing, numbers, verdict."""
    drawn = chart(row, before, view, source)
    said = [verdict(row, before, view)]
    if target is not None:
        told = f"{day_text(target['date_start'])} – {day_text(target['date_end'])}; {target['note'] or ''}"
        said.append(_("Reported for {told} (reliability {grade}, {source}).").format(
            told=told.rstrip("; "), grade=target["reliability"], source=target["obs_ids"]))  # fmt: skip
    name = f"{row['target_id']}: {outcome_title(row['variable'])}, {view.names.of(row['place'])}"
    product = view.names.of(row["product"]) if row["product"] not in ("", "all") else ""
    head = tag("h3", escape(f"{name} {product}".strip()))
    figure = tag("figure", html.drawing(drawn), id=f"figure-{drawn.name}")
    return tag("div", head + figure + "".join(html.paragraph(text, "small") for text in said), class_="target")


def chart(row: Row, before: Row | None, view: View, source: str) -> Chart:
    """Bands of prior and posterior over one axis with the report on it."""
    mark = _mark(row)
    shown: list[tuple[Row, str, str, str]] = [(row, NINE, HALF, BLUE)]
    if before is not None:
        shown.append((before, "#e4e4e4", "#b4b4b4", GREY))
    ends = [v for band, *_c in shown for v in (band["p05"], band["p95"])] + [v for v in mark.limits if math.isfinite(v)]
    ends += [v for v in (row["low"], row["high"]) if v is not None]
    low, high = min(*ends, 0.0), max(*ends) or 1.0
    width, step = 86.0, 4.4
    height = step * (len(shown) + 1) + 6.0
    sheet = Sheet(width, height)
    panel = Panel(sheet, 2.0, 5.0, width - 4.0, height - 6.0, (low, high * 1.04), (0, len(shown) + 1))
    for k, (band, nine, half, line) in enumerate(shown):
        y = len(shown) - k - 0.5
        for first, last, fill, tall in (("p05", "p95", nine, 0.22), ("p25", "p75", half, 0.34)):
            x = [band[first], band[last], band[last], band[first]]
            sheet.area(panel.points(x, [y - tall, y - tall, y + tall, y + tall]), fill, edge=INK, width=0.3)
        sheet.line(panel.points([band["p50"]] * 2, [y - 0.36, y + 0.36]), line, 1.6, order=3)
    _report(panel, mark, len(shown) + 0.5)
    ticks = nice_ticks(panel.x_range[1], 6, low)
    panel.frame(ticks, [])
    panel.x_labels(ticks, words_of(ticks))
    names = (_("this run"), _("priors alone"))
    cells = [(name, *(value_text(band[p]) for p in BANDS))
             for name, (band, *_c) in zip(names, shown, strict=False)]  # fmt: skip
    cells.append((_("reported"), "", "", mark.text(), "", ""))
    said = f"{names[0]} {value_text(row['p50'])} ({span_text(row['p05'], row['p95'])}); {_('reported')} {mark.text()}"
    key = f"target-{row['target_id']}".lower()
    table = Table(("", "5 %", "25 %", _("median"), "75 %", "95 %"), tuple(cells))
    return Chart(key, outcome_title(row["variable"]), unit_text(row["unit"]), said, source, sheet, table)


def _mark(row: Row) -> Mark:
    return Mark(0, 0, row["low"], row["best"], row["high"], row["bound"])


def _report(panel: Panel, mark: Mark, y: float) -> None:
    """The report: a dot, a bar over its range, an arrow from a bound."""
    low, high = mark.limits
    right, left = panel.x_range[1], panel.x_range[0]
    ends = (low if math.isfinite(low) else left, high if math.isfinite(high) else right)
    if mark.low is not None and mark.high is not None:
        ends = (min(ends[0], mark.low), max(ends[1], mark.high))
    panel.sheet.line(panel.points(list(ends), [y, y]), ORANGE, 1.8, order=4)
    if math.isinf(high) or math.isinf(low):
        tip, shape = (right, "^") if math.isinf(high) else (left, "v")
        panel.sheet.dots(panel.points([tip], [y]), shape, 4.2, WHITE, edge=ORANGE)
        panel.sheet.line(
            panel.points([low if math.isfinite(low) else high] * 2, [y - 0.3, y + 0.3]), ORANGE, 1.8, order=4
        )
    else:
        panel.sheet.dots(panel.points([mark.middle], [y]), "o", 4.2, ORANGE)


def verdict(row: Row, before: Row | None, view: View) -> str:
    """Whether the band meets the report, and if not, on which side, how far, and what may be behind it."""
    unit = unit_text(row["unit"])
    said = _("Reported {seen} {unit}; this run {median} ({span})").format(
        seen=_mark(row).text(), unit=unit, median=value_text(row["p50"]), span=span_text(row["p05"], row["p95"])
    )
    if before is not None:
        said += _("; priors alone {median} ({span})").format(
            median=value_text(before["p50"]), span=span_text(before["p05"], before["p95"])
        )
    if row["inside_90"]:
        return said + (_(". Inside half of the futures.") if row["inside_50"] else _(". Inside 9 in 10 futures."))
    low, high = _mark(row).limits
    too_low = row["p95"] < low
    edge, wanted = (row["p95"], low) if too_low else (row["p05"], high)
    half = max(row["p95"] - row["p05"], 1e-9) / 2
    side = _("too low") if too_low else _("too high")
    said += _(". Missed: the band is {side} by {gap} {unit}, {times} of its half width").format(
        side=side, gap=value_text(abs(wanted - edge)), unit=unit, times=value_text(abs(wanted - edge) / half)
    )
    return said + _why(row, before, view) + "."


def _why(row: Row, before: Row | None, view: View) -> str:
    """What the scores themselves say about a miss: a rival count of the same thing, or a prior that never held it."""
    rivals = [
        other for other in view.scores or () if other["target_id"] != row["target_id"] and _same(other, row, view)
    ]
    if rivals:
        text = _("; {rival} is a rival count of the same thing ({value}) and both cannot be met")
        return text.format(rival=rivals[0]["target_id"], value=_mark(rivals[0]).text())
    if before is None:
        return _("; no run from the priors alone stands beside it")
    if before["inside_90"]:
        return _("; the priors alone hold it, so other observations draw the run away from it")
    return _("; the priors alone do not hold it either, so the model or a prior lacks something")


def _same(one_row: Row, other: Row, view: View) -> bool:
    """Two counts of one quantity over one window by different sources."""
    targets: Mapping[str, Any] = {row["target_id"]: row for row in view.case.rows("targets")}
    a, b = targets.get(one_row["target_id"]), targets.get(other["target_id"])
    columns = ("variable", "place", "product", "date_start", "date_end")
    return a is not None and b is not None and a["variant"] != b["variant"] and all(a[c] == b[c] for c in columns)
