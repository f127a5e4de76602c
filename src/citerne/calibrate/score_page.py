"""A scorecard as a page of Markdown: every row as it came out, good or bad."""

from __future__ import annotations

from typing import Any

from citerne.base.text import _
from citerne.calibrate.score import Scorecard
from citerne.results.results import Results


def score_page(card: Scorecard, results: Results, title: str) -> str:
    """The page: coverage, then a row per target with what was reported, the band, and whether it holds it."""
    made = results.provenance
    lines = [
        _("# Score of {title}").format(title=title),
        "",
        _("{members} futures, seed {seed}, unknowns: {prior}. Rows as they came out, good or bad.").format(
            members=made.members, seed=made.seed, prior=made.prior
        ),
        "",
        _("{inside} of {n} rows lie inside the 90 % band ({c90:.0%}), {c50:.0%} inside the 50 % band.").format(
            inside=sum(row["inside_90"] for row in card.rows), n=len(card.rows), c90=card.coverage_90,
            c50=card.coverage_50,
        ),
    ]  # fmt: skip
    if card.crps_skill is not None:
        text = _("CRPS skill against as last observed: {skill:.2f} over {n} rows")
        lines.append(text.format(skill=card.crps_skill, n=card.with_reference) + ".")
    heads = (_("target"), _("what"), _("reported"), "5 - 50 - 95 %", _("inside 90 %"), _("inside 50 %"))
    lines += ["", f"| {' | '.join(heads)} |", "|---|---|---|---|---|---|"]
    lines += [_line(row) for row in card.rows]
    if card.not_modelled:
        names = ", ".join(f"{row['target_id']} ({row['variable']})" for row in card.not_modelled)
        lines += ["", _("Not modelled: {rows}.").format(rows=names)]
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any]) -> str:
    what = " ".join(word for word in (row["variable"], row["place"], row["product"]) if word)
    sign = {"at_least": ">= ", "at_most": "<= "}.get(row["bound"], "")
    values = (row["best"],) if row["best"] is not None else (row["low"], row["high"])
    seen = sign + " - ".join(f"{value:,.6g}" for value in values if value is not None)
    band = " - ".join(f"{row[key]:.3g}" for key in ("p05", "p50", "p95"))
    marks = [_("yes") if row[key] else f"**{_('no')}**" for key in ("inside_90", "inside_50")]
    return f"| {row['target_id']} | {what} | {seen} {row['unit']} | {band} | {marks[0]} | {marks[1]} |"
