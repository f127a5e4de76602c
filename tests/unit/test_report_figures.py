"""Figures: what they draw, what they say, and that they travel light."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from citerne.report import compare, look
from citerne.report.fans import Fan, Mark, fan_chart, fan_grid, month_ticks, reference_lines

START = dt.date(2025, 8, 25)


def a_fan(days: int = 100, marks: tuple[Mark, ...] = (), **more: object) -> Fan:
    middle = np.linspace(12, 4, days)
    bands = np.stack([middle - 3, middle - 1, middle, middle + 1, middle + 3])
    return Fan("cover", "Days of cover, Hub", "days", START, bands, marks, **more)


def test_if_nothing_arrives_falls_one_day_a_day_to_zero():
    (days, values), _dashes = reference_lines(a_fan(record_days=61, reference_day=60))[0]
    fall = a_fan().quantiles[2, 60]
    assert days[0] == 60
    assert values[0] == pytest.approx(fall)
    assert values[-1] == 0
    assert days[-1] - days[0] == pytest.approx(fall)


def test_as_last_week_goes_on_with_the_net_change_of_seven_days():
    fan = a_fan(reference_day=60)
    (days, values), _dashes = reference_lines(fan)[1]
    slope = (fan.quantiles[2, 60] - fan.quantiles[2, 53]) / 7
    assert (values[-1] - values[0]) / (days[-1] - days[0]) == pytest.approx(slope)


def test_only_charts_of_cover_have_reference_lines():
    assert reference_lines(a_fan()) == []
    assert "if nothing arrives" in look.to_svg(fan_chart(a_fan(reference_day=50), ""))
    assert "if nothing arrives" not in look.to_svg(fan_chart(a_fan(), ""))


def test_each_kind_of_report_is_drawn_in_its_own_way():
    plain = look.to_svg(fan_chart(a_fan(), "")).count("#c85200")
    kinds = {
        "exact": Mark(10, 14, None, 8.0, None, "exact"),
        "interval": Mark(10, 14, 6.0, None, 9.0, "interval"),
        "at_least": Mark(10, 14, 6.0, None, None, "at_least"),
        "at_most": Mark(10, 14, None, None, 9.0, "at_most"),
    }
    drawn = {kind: look.to_svg(fan_chart(a_fan(marks=(mark,)), "")) for kind, mark in kinds.items()}
    assert plain == 0
    assert len({re.sub(r"aria-label=\"[^\"]*\"", "", svg) for svg in drawn.values()}) == 4
    texts = {kind: mark.text() for kind, mark in kinds.items()}
    assert texts == {"exact": "8", "interval": "6–9", "at_least": "≥ 6", "at_most": "≤ 9"}


def test_the_summary_counts_observations_that_the_band_meets():
    inside, outside = Mark(10, 14, None, 11.0, None, "exact"), Mark(10, 14, None, 40.0, None, "exact")
    at_least = Mark(10, 14, 2.0, None, None, "at_least")
    assert a_fan(marks=(inside, outside, at_least)).inside() == (2, 3)
    assert "meets 2 of 3 observations" in fan_chart(a_fan(marks=(inside, outside, at_least)), "").summary


def test_days_after_the_record_are_hatched_and_labelled():
    svg = look.to_svg(fan_chart(a_fan(record_days=60), ""))
    assert "not checked against facts" in svg
    assert "pattern" in svg
    assert "pattern" not in look.to_svg(fan_chart(a_fan(), ""))


def test_an_svg_stands_alone_with_text_as_text_and_ids_that_no_other_figure_has():
    svg = look.to_svg(fan_chart(a_fan(marks=(Mark(1, 3, 5.0, 6.0, 7.0, "exact"),), record_days=60), "Source"))
    assert svg.startswith("<svg ")
    assert "<text" in svg
    assert "DejaVu" not in svg
    assert not re.search(r'(?:href|src)="(?!#)', svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(set(ids)) == len(ids)
    assert all(name.startswith("cover-") for name in ids)
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    assert used <= set(ids)


def test_the_same_figure_gives_the_same_bytes():
    assert look.to_svg(fan_chart(a_fan(record_days=60), "")) == look.to_svg(fan_chart(a_fan(record_days=60), ""))


def test_small_multiples_with_a_common_axis_share_its_top():
    fans = [a_fan(), a_fan(days=100, marks=(Mark(5, 5, None, 60.0, None, "exact"),))]
    chart = fan_grid(fans, "places", "Cover", "", columns=4, common=True)
    svg = look.to_svg(chart)
    assert svg.count(">60<") == 1
    assert chart.unit == "days"


def test_a_picture_is_small_and_leaves_the_figure_as_it_was(tmp_path):
    chart = fan_chart(a_fan(marks=(Mark(1, 3, 5.0, 6.0, 7.0, "exact"),), record_days=60, reference_day=59), "Source")
    before = look.to_svg(chart)
    look.to_png(chart, tmp_path / "a.png", "SIMULATION")
    assert 5_000 < (tmp_path / "a.png").stat().st_size <= 100_000
    assert look.to_svg(chart) == before


@pytest.mark.parametrize(("days", "rows"), [(1, 1), (2, 2), (8, 1), (44, 6), (45, 6), (180, 25), (800, 114)])
def test_any_horizon_can_be_drawn(days, rows):
    ticks, names = month_ticks(START, days)
    assert len(ticks) == len(names) <= 30
    assert all(0 <= tick < days for tick in ticks)
    chart = fan_chart(a_fan(days, record_days=days // 2), "")
    assert "<svg" in look.to_svg(chart)
    assert len(chart.table.rows) == rows


@pytest.mark.parametrize(("share", "full"), [(0.0, 0), (0.002, 1), (0.384, 38), (1.0, 100)])
def test_the_dot_grid_fills_as_many_dots_as_it_says(share, full):
    chart = compare.dot_grid(share, "it rains", "")
    svg = look.to_svg(chart)
    happens, _mark, does_not = svg.partition('id="dots-does-not"') if full < 100 else (svg, "", "")
    assert happens.count("<circle") == full
    assert does_not.count("<circle") == 100 - full
    assert f"{full} of 100 futures" in chart.summary


def test_a_paired_difference_says_how_often_it_is_better():
    ours, theirs = np.arange(100.0), np.arange(100.0) - np.where(np.arange(100) < 70, 1.0, -1.0)
    more = compare.paired_difference(ours, theirs, "Cover", "days", "")
    less = compare.paired_difference(ours, theirs, "Cover", "days", "", better="less")
    assert "70 of 100 futures" in more.summary
    assert "30 of 100 futures" in less.summary


def test_a_tornado_puts_the_widest_input_on_top():
    chart = compare.tornado(["narrow", "wide"], [3, 1], [5, 7], 4, "Cover", "days", "")
    assert [row[0] for row in chart.table.rows] == ["wide", "narrow"]
    assert chart.summary.startswith("wide ")


def test_outcomes_stack_to_a_hundred_and_say_where_they_end():
    shares = np.array([[0.1, 0.3], [0.9, 0.7]])
    chart = compare.cumulative_outcome(["Dec", "Jan"], ["deal", "goes on"], shares, "Ends", "")
    assert chart.table.rows == (("Dec", "10", "90"), ("Jan", "30", "70"))
    assert "deal 30" in chart.summary
    assert look.to_svg(compare.cumulative_outcome(["Dec"], ["deal", "goes on"], shares[:, :1], "Ends", ""))


def test_supply_against_cuts_names_what_is_left_with_and_without_protection():
    chart = compare.supply_against_cuts([0, 1, 2], [("none", [90, 40, 10]), ("two", [90, 80, 70])], "Supply", "m³", "")
    assert "10 of 90" in chart.summary
    assert "two: 70" in chart.summary
