"""Words and numbers of the report."""

from __future__ import annotations

import datetime as dt
import doctest

import pytest

from citerne.base.text import use_language
from citerne.report import look, words


@pytest.fixture
def french():
    use_language("fr")
    yield
    use_language("en")


@pytest.mark.parametrize("module", [words, look])
def test_the_examples_in_the_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.004, "0"), (0.34, "0.34"), (1.04, "1"), (9.96, "10"), (63.4, "63"), (1234.6, "1\u202f230"),
     (-3.25, "\u22123.2"), (float("nan"), "–"), (float("inf"), "–")],
)  # fmt: skip
def test_a_number_shows_two_or_three_digits(value, text):
    assert words.value_text(value) == text


def test_french_numbers_have_a_comma_and_a_narrow_space(french):
    assert words.value_text(0.34) == "0,34"
    assert words.value_text(12345) == "12\u202f300"
    assert words.input_text(0.00341) == "0,0034"


def test_french_dates_follow_french_use(french):
    assert words.day_text(dt.date(2025, 11, 1)) == "1er novembre 2025"
    assert words.short_day(dt.date(2025, 8, 3)).startswith("3 ao")


def test_months_are_twelve_in_both_languages(french):
    assert len(words.months()) == len(words.long_months()) == 12
    use_language("en")
    assert len(words.months()) == len(words.long_months()) == 12


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.001, 1), (0.384, 38), (0.999, 99), (1, 100)])
def test_a_chance_is_a_count_and_only_certainty_reads_as_none_or_all(share, count):
    assert words.in_hundred(share).startswith(f"{count} ")


def test_a_range_that_reads_alike_is_written_once():
    assert words.span_text(3.01, 3.04) == "3"
    assert words.range_text(0, 2.5) == "0 to 2.5"


def test_ticks_are_round_and_inside():
    for top in (0.03, 0.9, 7.3, 14.3, 104, 5200):
        ticks = look.nice_ticks(top)
        assert ticks[0] == 0
        assert 2 <= len(ticks) <= 6
        assert ticks[-1] <= top * (1 + 1e-9)
        assert len(set(look.tick_words(ticks))) == len(ticks)
