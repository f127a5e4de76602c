"""Drawings of the page "how wrong were we": reliability, scores beside what anyone can do, intervals that held.

Each has its numbers as a table beside it, and tells its series apart by shape as well as colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from citerne.base.text import _, number
from citerne.nowcast.ledger import LEADS
from citerne.report.look import BLUE, FAINT, GREY, INK, ORANGE, WHITE, Chart, Panel, Sheet, Table, nice_ticks
from citerne.report.words import value_text

Row = Mapping[str, Any]
WIDE, HIGH = 92.0, 58.0
SQUARE = 78.0
NINE_IN_TEN = 0.9
# name of a series, shape, fill
MARKS = {"sheet": ("o", BLUE), "free": ("s", WHITE), "persistence": ("^", ORANGE)}


def series_names() -> dict[str, str]:
    """What is compared, in words."""
    return {"sheet": _("nowcast"), "free": _("model without the sheet"), "persistence": _("last count goes on")}


def chance_range(chance: float, count: int) -> tuple[float, float]:
    """5 to 95 % range of the share that comes true of `count` independent forecasts of one chance."""
    from scipy.stats import binom

    low, high = (float(v) / count for v in binom.ppf((0.05, 0.95), count, chance))
    return low, high


def reliability_chart(found: Row, source: str) -> Chart:
    """Chance said against share that came, with the range that chance alone leaves to so few labels."""
    rows = found["reliability"]
    sheet = Sheet(SQUARE, SQUARE)
    panel = Panel(sheet, 11, 10, SQUARE - 14, SQUARE - 14, (0, 1), (0, 1))
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    words = [number(100 * tick) for tick in ticks]
    panel.frame(ticks, ticks)
    panel.x_labels(ticks, words)
    panel.y_labels(ticks, words)
    sheet.text(panel.left + panel.width, 1.5, _("chance said, in 100"), 6.5, ha="right")
    sheet.text(0.5, SQUARE - 2.2, _("came true, in 100"), 6.5)
    sheet.line(panel.points((0, 1), (0, 1)), GREY, 0.6, dashes=(0, (4, 3)))
    table = []
    for row in rows:
        low, high = chance_range(row["forecast_mean"], row["count"])
        sheet.line(panel.points([row["forecast_mean"]] * 2, [low, high]), FAINT, 4.0, order=1)
        inside = low <= row["observed_share"] <= high
        span = f"{number(100 * row['low'])}–{number(100 * row['high'])}"
        table.append((span, str(row["count"]), number(100 * row["forecast_mean"]), number(100 * row["observed_share"]),
                      f"{number(100 * low)}–{number(100 * high)}", _("yes") if inside else _("no")))  # fmt: skip
    sheet.dots(panel.points([r["forecast_mean"] for r in rows], [r["observed_share"] for r in rows]), "o", 6, BLUE)
    for row in rows:
        x, y = float(panel.x(row["forecast_mean"])), float(panel.y(row["observed_share"]))
        left = row["forecast_mean"] > 0.93
        sheet.text(x - 1.6 if left else x + 1.6, y + 1.0, str(row["count"]), 6.5, ha="right" if left else "left",
                   halo=True)  # fmt: skip
    header = (_("chance said, in 100"), _("labels"), _("mean said"), _("came true, in 100"),
              _("range of chance alone"), _("inside"))  # fmt: skip
    held = sum(row[-1] == _("yes") for row in table)
    said = _("{n} of {all} groups of forecasts came true about as often as they said; {labels} labels, {dry} dry, of "
             "{places} towns.").format(n=held, all=len(table), labels=found["labels"], dry=found["dry_labels"],
                                       places=found["places"])  # fmt: skip
    notes = _(
        "Dots: forecasts of about the same chance, with their number. Broken line: perfect. Grey bars: where 9 in 10"
        " such dots would lie if the chances were right and the labels independent."
    )
    return Chart("reliability", _("When we said so many in 100, how many were dry?"), "", said, source, sheet,
                 Table(header, tuple(table)), notes)  # fmt: skip


def score_chart(found: Row, what: str, source: str) -> Chart:
    """Mean score by lead: nowcast and free model on all facts, nowcast and persistence where both can be scored."""
    rows = {row["lead"]: row for row in found["scores"] if row["what"] == what}
    top = max((row[k] for row in rows.values() for k in ("sheet", "free", "sheet_where_persistence", "persistence")
               if row[k] is not None), default=1.0)  # fmt: skip
    top = max(1.15 * top, 1e-6)
    sheet = Sheet(WIDE, HIGH)
    panel = Panel(sheet, 12, 10, WIDE - 15, HIGH - 17, (0.5, len(LEADS) + 0.5), (0, top))
    ticks = nice_ticks(top)
    panel.frame((), ticks)
    panel.numbers(ticks)
    _legend(sheet, HIGH - 3)
    for k, _lead, row in _by_lead(panel, rows):
        pairs = (("sheet", "free", "facts"), ("sheet_where_persistence", "persistence", "with_persistence"))
        for at, (ours, theirs, count) in zip((k - 0.2, k + 0.2), pairs, strict=True):
            _pair(panel, at, row[ours], theirs, row[theirs], row[count], what)
    return Chart(f"score_{what}", _title(what), "m3" if what == "stock" else "", _score_said(rows, what), source, sheet,
                 _score_table(rows, what), _score_notes(what))  # fmt: skip


def _by_lead(panel: Panel, rows: Mapping[int, Row]) -> Iterator[tuple[int, int, Row]]:
    """Write each lead below the axis; place on it, lead and row of those that have facts, a remark where none has."""
    for k, lead in enumerate(LEADS, start=1):
        x = float(panel.x(k))
        panel.sheet.text(x, 2.0, _("{days} days").format(days=lead), 7, ha="center", bold=True)
        if lead in rows:
            yield k, lead, rows[lead]
        else:
            panel.sheet.text(x, panel.bottom + 6, _("no fact"), 6.5, ha="center", color=GREY)


def _title(what: str) -> str:
    return _("Stocks: CRPS, smaller is better") if what == "stock" else _("Dry or not: Brier score, smaller is better")


def _legend(sheet: Sheet, y: float) -> None:
    x = 1.5
    for name, words in series_names().items():
        shape, fill = MARKS[name]
        sheet.dots([(x + 1, y)], shape, 5, fill)
        sheet.text(x + 3, y, words, 6.5, va="center")
        x += 6.5 + 1.15 * len(words)


def _pair(panel: Panel, at: float, ours: float | None, name: str, theirs: float | None, count: int, what: str) -> None:
    """The nowcast beside one reference, joined by a line, with the number of facts below."""
    x = float(panel.x(at))
    panel.sheet.text(x, panel.bottom - 1.5, str(count), 6.5, ha="center", va="top")
    if ours is None or theirs is None:
        return
    panel.sheet.line(panel.points((at, at), (ours, theirs)), FAINT, 1.2)
    for value, key in ((theirs, name), (ours, "sheet")):
        shape, fill = MARKS[key]
        panel.sheet.dots(panel.points([at], [value]), shape, 6, fill)
    panel.sheet.text(x + 1.8, float(panel.y(ours)), _figure(ours, what), 6, va="center", color=INK, halo=True)


def _score_said(rows: Mapping[int, Row], what: str) -> str:
    parts = []
    for lead, row in rows.items():
        text = _("{days} days: {ours} against {free} without the sheet ({n} facts)")
        part = text.format(days=lead, ours=_figure(row["sheet"], what), free=_figure(row["free"], what), n=row["facts"])
        if row["persistence"] is not None:
            more = _("and {ours} against {last} for the last count ({n})")
            part += " " + more.format(ours=_figure(row["sheet_where_persistence"], what),
                                      last=_figure(row["persistence"], what), n=row["with_persistence"])  # fmt: skip
        parts.append(part)
    return ". ".join(parts) + "." if parts else _("Nothing to score.")


def _figure(value: float | None, what: str) -> str:
    if value is None:
        return "–"
    return value_text(value) if what == "stock" else number(value, 3)


def _score_table(rows: Mapping[int, Row], what: str) -> Table:
    names = series_names()
    header = (_("days ahead"), _("facts"), names["sheet"], names["free"], _("facts with an earlier count"),
              _("nowcast on these"), names["persistence"])  # fmt: skip
    columns = ("facts", "sheet", "free", "with_persistence", "sheet_where_persistence", "persistence")
    cells = [(str(lead), *(str(row[c]) if c in ("facts", "with_persistence") else _figure(row[c], what)
                           for c in columns)) for lead, row in rows.items()]  # fmt: skip
    return Table(header, tuple(cells))


def _score_notes(what: str) -> str:
    unit = _("CRPS is the mean error of a forecast that gives a range, in m3.") if what == "stock" else _(
        "The Brier score is the mean square of chance minus outcome: 0 is perfect, 0.25 is a coin.")  # fmt: skip
    return unit + " " + _("Left of each pair: all facts; right: facts with an earlier count. Below: how many facts.")


def coverage_chart(found: Row, source: str) -> Chart:
    """Share of counts inside the 90 % interval by lead, with the range that chance leaves to so few."""
    rows = {row["lead"]: row for row in found["scores"] if row["what"] == "stock"}
    sheet = Sheet(WIDE, 50.0)
    panel = Panel(sheet, 12, 11, WIDE - 15, 34, (0.5, len(LEADS) + 0.5), (0, 1))
    ticks = (0.0, 0.5, NINE_IN_TEN, 1.0)
    panel.frame((), ticks)
    panel.y_labels(ticks, [number(100 * tick) for tick in ticks])
    sheet.line(panel.points((0.5, len(LEADS) + 0.5), (NINE_IN_TEN, NINE_IN_TEN)), GREY, 0.6, dashes=(0, (4, 3)))
    table = []
    for k, lead, row in _by_lead(panel, rows):
        low, high = chance_range(NINE_IN_TEN, row["facts"])
        share = row["inside_90"] / row["facts"]
        sheet.line(panel.points((k, k), (low, high)), FAINT, 4.0, order=1)
        sheet.dots(panel.points([k], [share]), "o", 6, BLUE)
        words = _("{n} of {all}").format(n=row["inside_90"], all=row["facts"])
        sheet.text(float(panel.x(k)) + 2, float(panel.y(share)), words, 6.5, va="center", halo=True)
        table.append((str(lead), str(row["facts"]), str(row["inside_90"]), number(100 * share),
                      f"{number(100 * low)}–{number(100 * high)}"))  # fmt: skip
    header = (_("days ahead"), _("facts"), _("inside the 90 % interval"), _("in 100"), _("range of chance alone"))
    parts = [_("{days} days: {n} of {all}").format(days=row[0], n=row[2], all=row[1]) for row in table]
    notes = _("Grey bars: where 9 in 10 such shares would lie if the intervals were right and the counts independent.")
    return Chart("coverage", _("Counts that lay inside our 90 % interval"), _("in 100"),
                 ". ".join(parts) + "." if parts else _("Nothing to score."), source, sheet,
                 Table(header, tuple(table)), notes)  # fmt: skip


def charts(found: Row, source: str) -> Sequence[Chart]:
    """All drawings that have something to show."""
    has = {row["what"] for row in found["scores"]}
    made: list[Callable[[], Chart]] = []
    if found["labels"]:
        made.append(lambda: reliability_chart(found, source))
    if "dry" in has:
        made.append(lambda: score_chart(found, "dry", source))
    if "stock" in has:
        made += [lambda: score_chart(found, "stock", source), lambda: coverage_chart(found, source)]
    return [make() for make in made]
