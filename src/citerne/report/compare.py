"""Figures that compare: counts out of 100, paired differences, what the spread comes from, outcomes and cuts over time.

All take plain arrays, so that any verb can use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.report import look
from citerne.report.look import Chart, Panel, Sheet, Table, nice_ticks, tick_words
from citerne.report.words import in_hundred, span_text, value_text

Array = np.ndarray[Any, Any]
FILLS = (look.BLUE, look.HALF, "#e9a06a", look.ORANGE, look.GREY)
HATCHES = (None, "||", "\\\\\\\\", "xx", "////")


def dot_grid(share: float, what: str, source: str, name: str = "dots", size_mm: float = 34.0) -> Chart:
    """A hundred dots, one for each hundredth of the futures; full where `what` happens.

    Parameters
    ----------
    share : part of the futures, 0 to 1
    what : what happens in them, in words
    """
    words = in_hundred(share)
    full = round(100 * share)
    if 0 < share < 1:
        full = min(max(full, 1), 99)
    sheet = Sheet(size_mm, size_mm)
    step = (size_mm - 3.0) / 10
    spots = [(1.5 + (k % 10 + 0.5) * step, size_mm - 1.5 - (k // 10 + 0.5) * step) for k in range(100)]
    dot = step * 0.72 / 0.3528  # points in a mm
    sheet.dots(spots[:full], "o", dot, look.BLUE, edge=look.BLUE, name="happens")
    sheet.dots(spots[full:], "o", dot, look.WHITE, edge=look.GREY, name="does-not")
    table = Table((_("What"), _("of 100 futures")), ((what, str(full)),))
    said = _("{count}: {what}.").format(count=words, what=what)
    return Chart(name, words, "", said, source, sheet, table)


def paired_difference(
    ours: Array, theirs: Array, title: str, unit: str, source: str, better: str = "more", name: str = "difference",
    width_mm: float = 92.0, height_mm: float = 46.0,
) -> Chart:  # fmt: skip
    """How the difference between two runs on the same luck is spread, future by future.

    Parameters
    ----------
    ours, theirs : outcome by future, same futures in the same order
    better : `more` or `less`: which sign of ours - theirs is an improvement
    """
    gap = np.asarray(ours, float) - np.asarray(theirs, float)
    low, middle, high = (float(v) for v in np.quantile(gap, (0.05, 0.5, 0.95)))
    wins = float(np.mean(gap > 0 if better == "more" else gap < 0))
    step = (max(gap.max(), 0.0) - min(gap.min(), 0.0)) / 30 or 1.0
    first, last = np.floor(min(gap.min(), 0.0) / step), np.floor(max(gap.max(), 0.0) / step) + 1
    edges = np.arange(first, last + 1) * step  # one edge is zero, so that no bar holds both signs
    counts = np.histogram(gap, edges)[0] * (100 / len(gap))
    x_range, tallest = (float(edges[0]), float(edges[-1])), float(counts.max()) * 1.1
    sheet = Sheet(width_mm, height_mm)
    panel = Panel(sheet, 9, 7, width_mm - 11, height_mm - 10, x_range, (0, tallest))
    for k, count in enumerate(counts):
        if count > 0:
            good = (edges[k] + edges[k + 1] > 0) == (better == "more")
            corners = panel.points([edges[k], edges[k + 1], edges[k + 1], edges[k]], [0, 0, count, count])
            sheet.area(corners, look.BLUE if good else look.WHITE, edge=look.INK, width=0.4)
    for value, dashes in ((0.0, None), (middle, (0, (4.0, 1.6)))):
        sheet.line(panel.points([value, value], [0, tallest]), look.INK, 1.0, dashes=dashes, order=3)
    _axes(panel, x_low=float(edges[0]))
    said = _("The difference is {value} ({span} in 9 of 10 futures); better in {count}.")
    summary = said.format(value=value_text(middle), span=span_text(low, high), count=in_hundred(wins))
    table = Table((_("Difference"), "5 %", _("median"), "95 %", _("better in")),
                  ((title, value_text(low), value_text(middle), value_text(high), in_hundred(wins)),))  # fmt: skip
    notes = _(
        "Height: futures of 100. Filled: better. Line: no difference; dashes: median difference."
        " Same luck on both sides."
    )
    return Chart(name, title, unit, summary, source, sheet, table, notes)


def tornado(
    names: Sequence[str], low: Sequence[float], high: Sequence[float], middle: float, title: str, unit: str,
    source: str, name: str = "tornado", width_mm: float = 92.0,
) -> Chart:  # fmt: skip
    """What an outcome becomes when one input stands at its low or high end, the widest on top.

    Parameters
    ----------
    names : inputs
    low, high : outcome with the input at its 5 % and 95 % point
    middle : outcome with all inputs at their middle
    """
    order = sorted(range(len(names)), key=lambda k: -abs(high[k] - low[k]))
    row_mm, side = 5.2, 38.0
    sheet = Sheet(width_mm, row_mm * len(names) + 9)
    ends = [*low, *high, middle]
    pad = 0.05 * (max(ends) - min(ends) or 1.0)
    x_range = (min(ends) - pad, max(ends) + pad)
    panel = Panel(sheet, side, 7, width_mm - side - 3, row_mm * len(names), x_range, (0, len(names)))
    for place, k in enumerate(order):
        y = len(names) - place - 0.5
        for value, fill in ((low[k], look.WHITE), (high[k], look.BLUE)):
            corners = panel.points([middle, value, value, middle], [y - 0.32, y - 0.32, y + 0.32, y + 0.32])
            sheet.area(corners, fill, edge=look.INK, width=0.5)
        sheet.text(side - 1.5, float(panel.y(y)), names[k], 6.2, ha="right", va="center")
    sheet.line(panel.points([middle, middle], [0, len(names)]), look.INK, 1.0, order=3)
    ticks = nice_ticks(panel.x_range[1], low=panel.x_range[0])
    panel.frame(ticks, [])
    panel.x_labels(ticks, tick_words(ticks))
    first = order[0] if order else 0
    text = _("{name} moves it most: {low} at its low end, {high} at its high end, against {middle}.")
    summary = text.format(name=names[first], low=value_text(low[first]), high=value_text(high[first]),
                          middle=value_text(middle)) if order else ""  # fmt: skip
    rows = tuple((names[k], value_text(low[k]), value_text(high[k])) for k in order)
    notes = _("White: input at its low end; filled: at its high end.")
    table = Table((_("Input"), _("low end"), _("high end")), rows)
    return Chart(name, title, unit, summary, source, sheet, table, notes)


def cumulative_outcome(
    labels: Sequence[str], names: Sequence[str], shares: Array, title: str, source: str, name: str = "outcomes",
    width_mm: float = 92.0, height_mm: float = 58.0,
) -> Chart:  # fmt: skip
    """How the futures have ended by each date, stacked to 100.

    Parameters
    ----------
    labels : dates or months, in words
    names : outcomes, the last one what goes on
    shares : (outcome, date), each column sums to 1
    """
    parts = np.asarray(shares, float)
    edges = np.vstack([np.zeros(parts.shape[1]), np.cumsum(parts, axis=0)]) * 100
    sheet = Sheet(width_mm, height_mm)
    last = max(len(labels) - 1, 1)
    panel = Panel(sheet, 9, 7, width_mm - 40, height_mm - 10, (0, last), (0, 100))
    x = np.arange(len(labels))
    if len(labels) == 1:  # one date is drawn as a bar
        x, edges = np.array([0, 1]), np.repeat(edges, 2, axis=1)
    lowest = 0.0  # of the next label, so that none lies on the one before
    for k, outcome in enumerate(names):
        low, high = edges[k], edges[k + 1]
        outline = np.vstack([panel.points(x, low), panel.points(x, high)[::-1]])
        goes_on = k == len(names) - 1
        fill, hatch = (look.WHITE, None) if goes_on else (FILLS[k % 5], HATCHES[k % 5])
        sheet.area(outline, fill, edge=look.INK, width=0.4, hatch=hatch, name=f"outcome-{k}")
        y = max(float(panel.y((low[-1] + high[-1]) / 2)), lowest)
        count = round(float(high[-1] - low[-1]))
        if count >= 3:
            sheet.text(panel.left + panel.width + 1.5, y, f"{count}  {outcome}", 6.2, va="center")
            lowest = y + 2.9
    ticks = list(range(0, len(labels), max(1, len(labels) // 5)))
    panel.frame(ticks, [0, 25, 50, 75, 100])
    panel.x_labels(ticks, [labels[k] for k in ticks])
    panel.y_labels([0, 50, 100], ["0", "50", "100"])
    ends = "; ".join(f"{outcome} {round(100 * float(part))}" for outcome, part in zip(names, parts[:, -1], strict=True))
    summary = _("By {date}, of 100 futures: {ends}.").format(date=labels[-1], ends=ends)
    rows = tuple((label, *(str(round(100 * float(v))) for v in parts[:, k])) for k, label in enumerate(labels))
    return Chart(name, title, _("of 100 futures"), summary, source, sheet, Table((_("Date"), *names), rows))


def supply_against_cuts(
    cuts: Sequence[int], runs: Sequence[tuple[str, Sequence[float]]], title: str, unit: str, source: str,
    name: str = "cuts", width_mm: float = 92.0, height_mm: float = 58.0,
) -> Chart:  # fmt: skip
    """What still arrives when the worst `k` roads are cut, one line for each protection.

    Parameters
    ----------
    cuts : numbers of roads cut
    runs : name and supply by number of cuts, the unprotected case first
    """
    styles: tuple[look.Dashes, ...] = (None, (0, (4.0, 1.6)), (0, (1.0, 1.2)), (0, (5.0, 1.5, 1.0, 1.5)))
    top = max(max(values) for _name, values in runs) * 1.08 or 1.0
    sheet = Sheet(width_mm, height_mm)
    panel = Panel(sheet, 11, 7, width_mm - 42, height_mm - 10, (min(cuts), max(max(cuts), min(cuts) + 1)), (0, top))
    for k, (label, values) in enumerate(runs):
        points = panel.points(cuts, values)
        sheet.line(points, look.BLUE if k else look.ORANGE, 1.4, dashes=styles[k % 4], name=f"run-{k}")
        sheet.dots(points, "os^D"[k % 4], 4.0, look.WHITE)
        sheet.text(float(points[-1, 0]) + 1.8, float(points[-1, 1]), label, 6.2, va="center")
    panel.frame(list(cuts), nice_ticks(top))
    panel.x_labels(list(cuts), [str(cut) for cut in cuts])
    panel.numbers(nice_ticks(top))
    first, last = runs[0], runs[-1]
    text = _("With {k} roads cut {left} of {all} still arrives; {name}: {kept}.")
    summary = text.format(k=cuts[-1], left=value_text(first[1][-1]), all=value_text(first[1][0]), name=last[0],
                          kept=value_text(last[1][-1]))  # fmt: skip
    rows = tuple((str(cut), *(value_text(values[k]) for _label, values in runs)) for k, cut in enumerate(cuts))
    return Chart(name, title, unit, summary, source, sheet, Table((_("Roads cut"), *(n for n, _v in runs)), rows))


def _axes(panel: Panel, x_low: float = 0.0) -> None:
    x, y = nice_ticks(panel.x_range[1], low=x_low), nice_ticks(panel.y_range[1])
    panel.frame(x, y)
    panel.x_labels(x, tick_words(x))
    panel.numbers(y)
