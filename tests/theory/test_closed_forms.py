"""Closed forms that readers hold a run against, with the values of the literature."""

from __future__ import annotations

import pytest

from citerne.metrics.convoys import convoy_law_loss_share
from citerne.metrics.queues import erlang_c, mean_queue_length, rent_dissipating_hours, supply_ratio_at_price


def test_the_convoy_law_loses_the_same_number_whatever_the_size():
    assert 100 * convoy_law_loss_share(0.9, 32) == pytest.approx(2.8125)  # A10


def test_four_pumps_at_an_offered_load_of_three_point_two():
    assert erlang_c(4, 3.2) == pytest.approx(0.596432, abs=5e-7)  # A25
    assert mean_queue_length(4, 3.2) == pytest.approx(2.385730, abs=5e-7)  # A25b


def test_one_pump_nine_tenths_busy():
    assert mean_queue_length(1, 0.9) == pytest.approx(8.1)  # A25c: rho^2 / (1 - rho)


@pytest.mark.parametrize(("servers", "load"), [(4, 4.0), (1, -0.1), (0, 0.0)])
def test_a_queue_without_a_steady_state_is_refused(servers, load):
    with pytest.raises(ValueError, match="a steady queue needs"):
        erlang_c(servers, load)


def test_a_clearing_price_and_the_supply_that_it_implies_belong_together():
    ratio = 0.6 ** (1 / -0.25)
    assert ratio == pytest.approx(7.716049, abs=5e-7)  # A26
    assert supply_ratio_at_price(ratio, -0.25) == pytest.approx(0.6)


def test_a_queue_eats_up_the_gain_of_the_cap_where_time_costs_as_much():
    hours = rent_dissipating_hours(20, 775, 7.716049, 100)
    assert hours * 100 == pytest.approx(20 * (7.716049 * 775 - 775))  # time spent = money saved
