"""Sound dose after H.870, against values worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.dose import ALLOWANCES, HOUR_S, Dose, allowed_hours

ADULT, SENSITIVE = ALLOWANCES["adult"], ALLOWANCES["sensitive"]
LEVELS = st.floats(0.0, 120.0)
SPANS = st.floats(0.0, 1e5)


def dose(*spans: tuple[float, float]) -> Dose:
    """The dose of levels, dB(A), for so many hours each."""
    whole = Dose()
    for level_dba, hours in spans:
        whole = whole.plus(level_dba, hours * HOUR_S)
    return whole


def test_five_days_of_eight_hours_at_80_dba_are_an_adult_s_whole_week():
    assert dose(*[(80.0, 8.0)] * 5).percent(ADULT) == pytest.approx(100.0)


def test_the_whole_week_is_1_6_pa2h_for_adults_and_about_half_for_children():
    assert ADULT.pa2h == pytest.approx(1.6)            # (20 uPa)^2 x 10^8 x 40 h
    assert SENSITIVE.pa2h == pytest.approx(0.506, abs=5e-4)


@pytest.mark.parametrize(("level_dba", "hours", "percent"), [
    (80.0, 1.0, 2.5), (90.0, 4.0, 100.0), (100.0, 0.4, 100.0), (70.0, 40.0, 10.0), (83.0103, 20.0, 100.0),
])
def test_levels_and_hours_worked_out_by_hand(level_dba, hours, percent):
    assert dose((level_dba, hours)).percent(ADULT) == pytest.approx(percent, rel=1e-5)


def test_75_dba_for_40_hours_are_a_sensitive_listener_s_week_and_a_third_of_an_adult_s():
    assert dose((75.0, 40.0)).percent(SENSITIVE) == pytest.approx(100.0)
    assert dose((75.0, 40.0)).percent(ADULT) == pytest.approx(31.62, abs=0.01)


def test_the_mean_level_is_that_of_equal_energy():
    assert dose((80.0, 1.0), (90.0, 1.0)).mean_dba == pytest.approx(87.404, abs=1e-3)      # 10 log10 of 5.5e8


def test_nothing_heard_is_no_dose_and_no_level():
    assert Dose().percent(ADULT) == 0.0
    assert Dose().mean_dba == float("-inf")


@given(st.lists(st.tuples(LEVELS, SPANS), max_size=20), st.integers(0, 20))
def test_doses_add_up_however_they_were_parted(spans, at):
    apart = dose(*spans[:at]) + dose(*spans[at:])
    assert apart.percent(ADULT) == pytest.approx(dose(*spans).percent(ADULT), rel=1e-9)
    assert apart.heard_s == pytest.approx(dose(*spans).heard_s, rel=1e-9)


@given(LEVELS, st.floats(0.01, 100.0), st.integers(1, 50))
def test_a_span_that_is_cut_in_pieces_is_the_same_dose(level_dba, hours, n_pieces):
    pieces = dose(*[(level_dba, hours / n_pieces)] * n_pieces)
    assert pieces.percent(ADULT) == pytest.approx(dose((level_dba, hours)).percent(ADULT), rel=1e-9)


@given(LEVELS)
def test_three_decibels_more_halve_the_time(level_dba):
    assert allowed_hours(level_dba + 3.0103, ADULT) == pytest.approx(allowed_hours(level_dba, ADULT) / 2, rel=1e-5)


@given(LEVELS)
def test_what_is_allowed_is_exactly_the_week(level_dba):
    assert dose((level_dba, allowed_hours(level_dba, SENSITIVE))).percent(SENSITIVE) == pytest.approx(100.0)
