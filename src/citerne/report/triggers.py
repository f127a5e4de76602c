"""Triggers to watch: signs that came before trouble in this run's own futures, with how often.

For every seventh day of every future in which the hub is not yet in trouble, the sign of the last seven days is set
beside whether trouble followed within fourteen. The threshold is the worst quarter of the sign. The counts describe
the simulated futures; they are not a forecast of the real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from citerne.base.text import _
from citerne.report.view import View
from citerne.report.words import unit_text, value_text

Array = np.ndarray[Any, Any]
LOW_DAYS = 3.0
AHEAD = 14
FEWEST = 200  # pairs on either side of the threshold below which nothing is said


@dataclass(frozen=True)
class Trigger:
    """A sign, and how often trouble followed with and without it.

    Attributes
    ----------
    sign : in words
    followed, otherwise : share of cases in which cover fell below three days within fourteen days
    cases : days of futures with the sign
    """

    sign: str
    followed: float
    otherwise: float
    cases: int


def triggers(view: View) -> list[Trigger]:
    """Signs at the hub that at least double the chance of trouble, strongest first."""
    if not view.has("stock_days", view.hub) or view.days < 7 + AHEAD:
        return []
    cover = view.values("stock_days", view.hub)
    days = np.arange(6, view.days - AHEAD, 7)
    trouble = np.array([(cover[d + 1 : d + 1 + AHEAD] < LOW_DAYS).any(axis=0) for d in days])
    open_case = cover[days] >= LOW_DAYS
    found = []
    for values, low_is_bad, words in _signs(view, days):
        trigger = _tell(values, low_is_bad, words, trouble, open_case)
        if trigger is not None and trigger.followed >= 2 * trigger.otherwise:
            found.append(trigger)
    return sorted(found, key=lambda t: t.otherwise - t.followed)


def _signs(view: View, days: Array) -> list[tuple[Array, bool, str]]:
    """Value of each sign (day, future), whether low values are bad, and its words with `{value}` left open."""
    hub = view.names.of(view.hub)
    signs: list[tuple[Array, bool, str]] = []

    def week(variable: str, place: str) -> Array:
        values = view.values(variable, place)
        return np.array([values[d - 6 : d + 1].sum(axis=0) for d in days])

    if not view.public and view.has("tankers_arrived", view.hub):
        text = _("fewer than {value} tankers reach {place} in 7 days")
        signs.append((week("tankers_arrived", view.hub), True, text.replace("{place}", hub)))
    elif view.has("imports_volume", view.country):
        text = _("less than {value} m³ is brought in within 7 days")
        signs.append((week("imports_volume", view.country), True, text))
    cover = view.values("stock_days", view.hub)
    text = _("{place} has less than {value} days of cover").replace("{place}", hub)
    signs.append((cover[days], True, text))
    if view.has("price_street", view.hub, "gasoline"):
        text = _("petrol costs more than {value} {unit} on the street in {place}")
        unit = unit_text(view.results.key("price_street", view.hub, "gasoline").unit)
        text = text.replace("{place}", hub).replace("{unit}", unit)
        signs.append((view.values("price_street", view.hub, "gasoline")[days], False, text))
    return signs


def _tell(values: Array, low_is_bad: bool, words: str, trouble: Array, open_case: Array) -> Trigger | None:
    """The sign at its worst quarter among open cases; None where either side has too few cases."""
    pool = values[open_case]
    if not len(pool):
        return None
    threshold = _round_off(float(np.quantile(pool, 0.25 if low_is_bad else 0.75)))
    sign = (values < threshold) if low_is_bad else (values > threshold)
    with_it, without = open_case & sign, open_case & ~sign
    if with_it.sum() < FEWEST or without.sum() < FEWEST:
        return None
    return Trigger(
        sign=words.format(value=value_text(threshold)),
        followed=float(trouble[with_it].mean()),
        otherwise=float(trouble[without].mean()),
        cases=int(with_it.sum()),
    )


def _round_off(value: float) -> float:
    """Two significant digits, so that the threshold is the number that is printed."""
    return float(f"{value:.2g}")
