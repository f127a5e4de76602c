"""Fan charts: how a quantity may run over time, beside what was observed.

Dark band: half of the futures. Light band: 9 in 10. Line: median. Hatched: days after the end of the dated record,
not checked against facts. Orange marks: observations, drawn over the days they speak of.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.report import look
from citerne.report.look import Chart, Panel, Sheet, Table, fitted, nice_ticks
from citerne.report.words import day_text, months, short_day, span_text, unit_text, value_text

Array = np.ndarray[Any, Any]
MOST_POINTS = 120
COMPARED = (0, (5.0, 1.2, 1.0, 1.2))  # dashes of the median of another run


@dataclass(frozen=True)
class Mark:
    """One observation over the days `first` to `last` (days of the run, inclusive), in the unit of the fan.

    `bound` is `exact` (best, perhaps with a range), `interval` (low to high), `at_least` (low) or `at_most` (high).
    """

    first: int
    last: int
    low: float | None
    best: float | None
    high: float | None
    bound: str

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value the observation allows, open for bounds."""
        if self.bound == "at_least":
            return _first(self.low, self.best), math.inf
        if self.bound == "at_most":
            return -math.inf, _first(self.high, self.best)
        if self.bound == "interval":
            return _first(self.low, self.best), _first(self.high, self.best)
        value = self.middle
        return value, value

    def times(self, factor: float) -> Mark:
        """The same in another unit."""
        low, best, high = (None if v is None else v * factor for v in (self.low, self.best, self.high))
        return Mark(self.first, self.last, low, best, high, self.bound)

    @property
    def middle(self) -> float:
        """The value to draw a dot at."""
        if self.best is not None:
            return self.best
        known = [v for v in (self.low, self.high) if v is not None]
        return sum(known) / len(known)

    def text(self) -> str:
        """As a reader writes it: `2 000`, `≥ 96`, `6–14`."""
        low, high = self.limits
        if math.isinf(high):
            return f"≥ {value_text(low)}"
        if math.isinf(low):
            return f"≤ {value_text(high)}"
        return span_text(low, high)


def _first(*values: float | None) -> float:
    return next(v for v in values if v is not None)


@dataclass(frozen=True)
class Fan:
    """What one fan shows.

    Attributes
    ----------
    key : short name for element ids
    title, unit : what it is, and the code of its unit
    start : day 0
    quantiles : (5, day), the 5, 25, 50, 75 and 95 % points over futures
    marks : observations
    record_days : days checked against the dated record, None if all are
    reference_day : where the two reference lines start, for charts of days of cover
    ceiling : physical upper bound of the quantity
    other : (day,), median of the run that this one is compared with
    """

    key: str
    title: str
    unit: str
    start: dt.date
    quantiles: Array
    marks: tuple[Mark, ...] = ()
    record_days: int | None = None
    reference_day: int | None = None
    ceiling: float | None = None
    other: Array | None = None

    @property
    def days(self) -> int:
        """Number of days shown."""
        return int(self.quantiles.shape[1])

    def times(self, factor: float, unit: str) -> Fan:
        """The same in another unit."""
        marks = tuple(mark.times(factor) for mark in self.marks)
        return replace(self, quantiles=self.quantiles * factor, marks=marks, unit=unit, ceiling=None)

    def highest(self) -> float:
        """Highest value that must be on the axis."""
        tops = [float(np.nanmax(self.quantiles[4]))]
        if self.other is not None:
            tops.append(float(np.nanmax(self.other)))
        for mark in self.marks:
            tops += [v for v in (mark.low, mark.best, mark.high) if v is not None]
        return max(tops)

    def inside(self) -> tuple[int, int]:
        """Observations that the 9-in-10 band meets on some day of their window, and how many there are."""
        hits = 0
        for mark in self.marks:
            low, high = mark.limits
            band = self.quantiles[:, max(mark.first, 0) : mark.last + 1]
            hits += bool(np.any((band[0] <= high) & (band[4] >= low)))
        return hits, len(self.marks)


def fan_chart(fan: Fan, source: str, width_mm: float = 92.0, height_mm: float = 74.0, name: str = "") -> Chart:
    """One fan as a chart of its own, its parts named on the drawing."""
    sheet = Sheet(width_mm, height_mm)
    panel = _panel(sheet, fan, (8.0, 7.0, width_mm - 9.5, height_mm - 8.5), _top(fan.highest(), fan.ceiling))
    draw_fan(panel, fan)
    _axis(panel, fan, named=True, labelled=True)
    _label_parts(panel, fan)
    return Chart(
        name or fan.key, fan.title, unit_text(fan.unit), summary(fan), source, sheet, weekly_table([fan]), legend(fan)
    )


def fan_grid(
    fans: Sequence[Fan],
    key: str,
    title: str,
    source: str,
    columns: int = 3,
    common: bool = False,
    width_mm: float = 190.0,
    row_mm: float = 33.0,
) -> Chart:
    """Small multiples: one fan a panel, the same days below; `common` gives all one vertical axis."""
    rows = math.ceil(len(fans) / columns)
    cell = width_mm / columns
    top = _top(max(fan.highest() for fan in fans), fans[0].ceiling) if common else None
    sheet = Sheet(width_mm, rows * row_mm + 4.0)
    head, thin = (4.0 if common else 6.5), max(1, columns // 3)
    for k, fan in enumerate(fans):
        left, bottom = (k % columns) * cell + 8.5, (rows - 1 - k // columns) * row_mm + 6.0
        box = (left, bottom, cell - 10.0, row_mm - head - 2.0)
        panel = _panel(sheet, fan, box, top or _top(fan.highest(), fan.ceiling))
        draw_fan(panel, fan, most_points=MOST_POINTS // 2)
        _axis(
            panel,
            fan,
            named=k + columns >= len(fans),
            labelled=not common or k % columns == 0,
            every=thin,
        )
        above = bottom + panel.height
        sheet.text(
            left,
            above + (1.2 if common else 3.8),
            fan.title,
            fitted(fan.title, 7, cell - (8.5 if k % columns == columns - 1 else 1.5)),
            bold=True,
        )
        if not common:
            sheet.text(left, above + 1.0, unit_text(fan.unit), 6, color=look.GREY)
    said = _grid_summary(fans, common)
    unit = unit_text(fans[0].unit) if common else ""
    return Chart(key, title, unit, said, source, sheet, weekly_table(fans), legend(*fans))


def _grid_summary(fans: Sequence[Fan], common: bool) -> str:
    """One sentence: where each panel ends, or lowest and highest end where all share an axis; observations met."""
    last = fans[0].days - 1
    ends = [(float(fan.quantiles[2, last]), fan) for fan in fans]
    when = day_text(fans[0].start + dt.timedelta(days=last))
    if common:
        low, high = min(ends, key=lambda item: item[0]), max(ends, key=lambda item: item[0])
        text = _("On {day} the median goes from {low} ({low_name}) to {high} ({high_name})")
        said = text.format(day=when, low=value_text(low[0]), low_name=low[1].title, high=value_text(high[0]),
                           high_name=high[1].title)  # fmt: skip
    else:
        bands = [span_text(float(fan.quantiles[0, last]), float(fan.quantiles[4, last])) for fan in fans]
        parts = [f"{fan.title} {value_text(value)} ({band})" for (value, fan), band in zip(ends, bands, strict=True)]
        said = _("On {day}, median and 9-in-10 range: {parts}").format(day=when, parts="; ".join(parts))
    hits, total = (sum(counts) for counts in zip(*(fan.inside() for fan in fans), strict=True))
    if total:
        said += _("; the 9-in-10 band meets {hits} of {total} observations").format(hits=hits, total=total)
    return said + "."


def _panel(sheet: Sheet, fan: Fan, box: tuple[float, float, float, float], top: float) -> Panel:
    days = (-0.5, 0.5) if fan.days == 1 else (0.0, fan.days - 1.0)
    return Panel(sheet, *box, days, (0.0, top))


def _top(highest: float, ceiling: float | None) -> float:
    top = highest * 1.06 if highest > 0 else 1.0
    return min(top, ceiling * 1.02) if ceiling else top


def draw_fan(panel: Panel, fan: Fan, most_points: int = MOST_POINTS) -> None:
    """Bands, median, hatching, reference lines and marks on one panel."""
    sheet = panel.sheet
    x = np.unique(np.r_[np.arange(0, fan.days, math.ceil(fan.days / most_points)), fan.days - 1])
    q = fan.quantiles[:, x]
    if fan.days == 1:
        x, q = np.array([-0.4, 0.4]), np.repeat(q, 2, axis=1)
    for low, high, fill, name in ((0, 4, look.NINE, "nine"), (1, 3, look.HALF, "half")):
        outline = np.vstack([panel.points(x, q[low]), panel.points(x, q[high])[::-1]])
        sheet.area(outline, fill, name=f"{fan.key}-{name}")
    sheet.line(panel.points(x, q[2]), look.BLUE, 1.2, name=f"{fan.key}-median")
    if fan.record_days is not None and fan.record_days < fan.days:
        first, last = fan.record_days - 0.5, panel.x_range[1]
        base, top = panel.y_range
        box = panel.points([first, last, last, first], [base, base, top, top])
        sheet.area(box, "none", edge="#8a8a8a", hatch="////", order=1.5, name=f"{fan.key}-unchecked")
        sheet.line(box[[0, 3]], look.INK, 0.7, dashes=(0, (1.0, 1.5)))
    if fan.other is not None:
        ours = x if fan.days > 1 else np.zeros(len(x), int)
        sheet.line(panel.points(x, fan.other[ours]), look.INK, 1.0, dashes=COMPARED, order=2.6, name=f"{fan.key}-other")
    for (days, values), dashes in reference_lines(fan):
        sheet.line(panel.points(days, values), look.INK, 1.0, dashes=dashes, order=2.5)
    _draw_marks(panel, fan.marks)


def reference_lines(fan: Fan) -> list[tuple[tuple[Array, Array], tuple[int, tuple[float, ...]]]]:
    """The two reference lines of a chart of days of cover, each with its dashes.

    If nothing arrives, cover falls by one day a day from the median. As last week, the net change of the median over
    the last seven days goes on. Both stop at zero.
    """
    if fan.reference_day is None or fan.days < 2:
        return []
    day, median = fan.reference_day, fan.quantiles[2]
    week = min(7, day)
    slope = float(median[day] - median[day - week]) / week if week else 0.0
    lines: list[tuple[tuple[Array, Array], tuple[int, tuple[float, ...]]]]
    lines = [(_until_zero(day, float(median[day]), -1.0, fan.days), (0, (4.0, 1.6)))]
    if week:
        lines.append((_until_zero(day, float(median[day]), slope, fan.days), (0, (1.0, 1.2))))
    return lines


def _until_zero(day: int, value: float, slope: float, days: int) -> tuple[Array, Array]:
    end = float(days - 1)
    if slope < 0:
        end = min(end, day + value / -slope)
    return np.array([day, end], float), np.array([value, max(value + slope * (end - day), 0.0)])


def _draw_marks(panel: Panel, marks: Sequence[Mark]) -> None:
    """Observations: a dot for a figure, a bar for an interval, an arrow for a bound."""
    thin: list[tuple[Any, Any]] = []
    thick: list[tuple[Any, Any]] = []
    heads: dict[str, list[tuple[float, float]]] = {"o": [], "^": [], "v": []}
    top = panel.y_range[1]
    for mark in marks:
        x, (low, high) = (mark.first + mark.last) / 2, mark.limits
        ends = (mark.first - 0.5, mark.last + 0.5)
        if math.isinf(high) or math.isinf(low):
            value, way = (low, 1) if math.isinf(high) else (high, -1)
            tip = value + way * 0.09 * top
            thick.append((ends, (value, value)))
            thin.append(((x, x), (value, tip)))
            heads["^" if way > 0 else "v"].append((x, tip))
        elif mark.bound == "interval":
            thick.append(((x, x), (low, high)))
            thin += [((x - 2, x + 2), (v, v)) for v in (low, high)]
        else:
            thin.append((ends, (mark.middle, mark.middle)))
            if mark.low is not None and mark.high is not None:
                thin.append(((x, x), (mark.low, mark.high)))
            heads["o"].append((x, mark.middle))
    for lines, width in ((thin, 0.9), (thick, 1.9)):
        panel.sheet.lines([panel.points(*line) for line in lines], look.ORANGE, width, order=4)
    for shape, dots in heads.items():
        if dots:
            panel.sheet.dots(panel.points(*zip(*dots, strict=True)), shape, 4.2, look.ORANGE)


def _axis(panel: Panel, fan: Fan, named: bool, labelled: bool, every: int = 1) -> None:
    """Ticks on the first of each month (of some days in a short run), named below where `named`."""
    x_ticks, names = month_ticks(fan.start, fan.days, max(every, 1))
    y_ticks = nice_ticks(panel.y_range[1])
    panel.frame(x_ticks, y_ticks)
    if named:
        panel.x_labels(x_ticks, names)
    if labelled:
        panel.numbers(y_ticks)


def month_ticks(start: dt.date, days: int, every: int = 1) -> tuple[list[int], list[str]]:
    """Days of a run that carry a tick, and their names; the first of a year carries the year too."""
    if days < 45:
        step = max(1, math.ceil(days / 5))
        ticks = list(range(0, days, step))
        return ticks, [short_day(start + dt.timedelta(days=k)) for k in ticks]
    short = months()
    ticks, names = [], []
    thin = max(every, math.ceil(days / 400))
    for k in range(days):
        day = start + dt.timedelta(days=k)
        if day.day == 1 and (day.month - 1) % thin == 0:
            ticks.append(k)
            names.append(short[day.month - 1] + (f"\n{day.year}" if day.month == 1 else ""))
    return ticks, names


def _label_parts(panel: Panel, fan: Fan) -> None:
    """Words on the chart itself, so that it can be read without a key."""
    sheet, top = panel.sheet, panel.bottom + panel.height
    if fan.record_days is not None and 0 <= fan.record_days < fan.days - 25:
        x = float(panel.x(fan.record_days)) + 0.8
        sheet.text(x, top, _("not checked against facts"), 6.5, italic=True, va="top", halo=True)
    words = (_("if nothing arrives"), _("as last week"))
    for k, ((line, _dashes), word) in enumerate(zip(reference_lines(fan), words, strict=False)):
        share = 0.85 if k == 0 else 0.5
        day, value = (float(ends[0] + share * (ends[1] - ends[0])) for ends in line)
        x, y = float(panel.x(day)), min(float(panel.y(value)), top - 6.0)
        late = fitted(word, 6.5, panel.left + panel.width - x - 1.0) < 6.5  # no room to its right
        sheet.text(x + (-1.0 if late else 1.0), y + 0.8 * k, word, 6.5, ha="right" if late else "left", halo=True)


def legend(*fans: Fan) -> str:
    """What the signs of these fans mean, in one line."""
    parts = [_("Dark band: half of the futures; light band: 9 in 10; line: median.")]
    if any(fan.marks for fan in fans):
        parts.append(_("Marks: observed over the days shown (dot: figure, bar: range, arrow: at least or at most)."))
    if any(fan.record_days is not None and fan.record_days < fan.days for fan in fans):
        parts.append(_("Hatched: not checked against facts."))
    if any(fan.reference_day is not None for fan in fans):
        parts.append(_("Dashes: if nothing arrives; dots: as last week."))
    if any(fan.other is not None for fan in fans):
        parts.append(_("Dash and dot: median of the run it is compared with."))
    return " ".join(parts)


def summary(fan: Fan) -> str:
    """One sentence from the data: where it starts, its extreme, where it ends, and how it meets the observations."""
    q, last = fan.quantiles, fan.days - 1
    falls = fan.unit in ("days", "h/day")
    turn = int(np.nanargmin(q[2]) if falls else np.nanargmax(q[2]))
    extreme = _("lowest median") if falls else _("highest median")
    text = _("{title}: {first} on {start}, {extreme} {turn} around {when}, {end} on {last} (9 in 10 futures {span})")
    sentence = text.format(
        title=fan.title,
        extreme=extreme,
        first=value_text(float(q[2, 0])),
        start=day_text(fan.start),
        turn=value_text(float(q[2, turn])),
        when=short_day(fan.start + dt.timedelta(days=turn)),
        end=value_text(float(q[2, last])),
        last=day_text(fan.start + dt.timedelta(days=last)),
        span=span_text(float(q[0, last]), float(q[4, last])),
    )
    hits, total = fan.inside()
    if total:
        sentence += _("; the 9-in-10 band meets {hits} of {total} observations").format(hits=hits, total=total)
    return sentence + "."


def weekly_table(fans: Sequence[Fan]) -> Table:
    """Every seventh day of each fan: date, the five quantiles, and what was observed in the week that ends then."""
    header = (_("Date"), "5 %", "25 %", _("median"), "75 %", "95 %", _("observed"))
    rows = []
    for fan in fans:
        if len(fans) > 1:
            rows.append((f"{fan.title}, {unit_text(fan.unit)}", *[""] * 6))
        for k in range(6, fan.days, 7) if fan.days > 6 else range(fan.days):
            seen = [mark.text() for mark in fan.marks if k - 7 < mark.last <= k]
            date = (fan.start + dt.timedelta(days=k)).isoformat()
            rows.append((date, *(value_text(float(v)) for v in fan.quantiles[:, k]), "; ".join(seen)))
    return Table(header, tuple(rows))
