"""Words and number forms of the summary table on the terminal."""

from __future__ import annotations

from typing import Any

from citerne.base.text import _
from citerne.report.words import input_text, value_text

LEAST_SHOWN = 0.0005


def outcome_label(figure: Any) -> str:
    """What a headline figure is, in words."""
    names = {
        ("imports_volume", "sum"): _("Fuel brought in, m3"),
        ("tankers_waiting_border", "max"): _("Tankers waiting at the border, most"),
        ("trucks_destroyed_cumulative", "last"): _("Tankers destroyed"),
        ("stock_days", "min"): _("Days of cover, lowest"),
        ("dry_share", "sum"): _("Days dry"),
        ("dry_share", "max"): _("Share of people in dry places, most"),
        ("stations_open_share", "min"): _("Share of stations open, lowest"),
        ("queue_hours", "max"): _("Queue for petrol, hours, longest"),
        ("price_street", "max"): _("Street price of petrol, {unit}, highest").format(unit=figure.unit),
        ("power_hours_per_day", "min"): _("Power, hours a day, lowest"),
        ("transport_fare_multiplier", "max"): _("Passenger fares against the start, highest"),
        ("food_price_multiplier", "max"): _("Staple food against the start, highest"),
        ("people_isolated", "max"): _("People in isolated places, most"),
        ("displaced_new", "sum"): _("People newly displaced"),
        ("refugees_new", "sum"): _("People newly fled abroad"),
        ("people_trapped", "max"): _("People who want to leave and cannot, most"),
        ("group_strength", "last"): _("Armed group's strength, day 0 = 1"),
        ("legitimacy", "last"): _("Legitimacy of the state, day 0 = 1"),
    }
    if figure.variable == "civilians_killed":
        by = {"armed_group": _("the armed group"), "state_side": _("the state side")}
        return _("Civilians killed by {side}, expected").format(side=by[figure.product])
    if figure.variable == "person_days_unserved":
        services = {"hospital": _("hospital or clinic power"), "water": _("water pumping"), "telecom": _("telephone")}
        return _("Person-days without {service}").format(service=services[figure.product])
    if figure.variable == "facility_service_share":
        kinds = {"hospital": _("hospitals"), "clinic": _("clinics"), "water": _("waterworks")}
        return _("Service that {kind} give, share, lowest").format(kind=kinds[figure.product])
    return names.get((figure.variable, figure.statistic), f"{figure.variable} ({figure.statistic})")


def figure_text(value: float) -> str:
    """A number as the report writes it, small differences with two digits."""
    return input_text(value) if LEAST_SHOWN <= abs(value) < 0.05 else value_text(value)


def range_text(low: float, high: float) -> str:
    """A range, low to high."""
    return f"{figure_text(low)} ... {figure_text(high)}"
