"""When a bar that waits is composed anew: what is noticed, when the look falls, and what it makes of the latency."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Bar, Wish
from generators.link import BARS_AHEAD
from generators.revision import CAUTION, EARLY_S, NOTICED, RESERVE_S, Outlook, moved
from loop.values import Presence
from tests.generators.intents import intent_at

BAR_S = 3.0
THEN = Wish(intent_at(0.1, 0.1), Presence.PLAYING)
PLAIN, OPENING = Bar(4, (), "Dorian", 0, 0), Bar(4, (), "Dorian", 0, 0, phrase_start=True)


def wish(**changes):
    return replace(THEN, intent=replace(THEN.intent, **changes))


@pytest.mark.parametrize("name", NOTICED)
def test_what_moves_less_than_is_noticed_lets_a_bar_stand(name):
    here, least = getattr(THEN.intent, name), NOTICED[name]
    for way in (-1, 1):
        assert not moved(THEN, wish(**{name: here + 0.9 * way * least}), PLAIN)
        assert moved(THEN, wish(**{name: here + 1.1 * way * least}), PLAIN)


def test_a_mode_is_a_matter_of_a_phrases_first_bar():
    assert moved(THEN, wish(mode="Ionian"), OPENING)
    assert not moved(THEN, wish(mode="Ionian"), PLAIN)


def test_an_ending_and_calm_are_noticed_in_every_bar():
    assert moved(THEN, replace(THEN, presence=Presence.ENDING), PLAIN)
    assert moved(THEN, replace(THEN, calm=True), PLAIN)


def test_what_the_sound_follows_by_itself_is_no_reason():
    assert not moved(THEN, wish(tempo_bpm=120.0, articulation=0.6, loudness_db=-6.0, brightness=0.7), OPENING)


@given(st.lists(st.floats(-0.49, 0.49), min_size=1, max_size=50))
def test_a_wish_that_wanders_has_nothing_composed_twice(steps):
    density = THEN.intent.density
    assert not any(moved(THEN, wish(density=density + step * NOTICED["density"]), OPENING) for step in steps)


def outlook(took_s=0.4, at_s=10.0):
    made = Outlook()
    made.composed(took_s)
    made.began(at_s, BAR_S, 0)
    return made


def test_the_look_falls_as_late_as_two_bars_can_still_be_composed():
    needs_s = RESERVE_S + 2 * CAUTION * 0.4
    assert outlook().due_in_s(10.0, 2) == pytest.approx(BAR_S - needs_s - EARLY_S)
    assert outlook().look(10.0 + BAR_S - needs_s - EARLY_S / 2, 2)


@given(st.floats(0, 20), st.floats(0, 5), st.integers(0, 8))
def test_nothing_is_begun_that_could_not_be_in_time(after_s, took_s, n_waiting):
    made, now_s = outlook(took_s), 10.0 + after_s
    in_time = made.look(now_s, n_waiting)
    assert in_time == (now_s + RESERVE_S + CAUTION * n_waiting * took_s <= 10.0 + BAR_S)


def test_there_is_one_look_a_bar_and_none_where_no_bar_line_is_to_come():
    made = outlook()
    assert made.due_in_s(10.0, 0) == math.inf
    assert made.due_in_s(10.0 + BAR_S, 2) == math.inf
    assert Outlook().due_in_s(10.0, 2) == math.inf
    made.look(12.0, 2)
    assert made.due_in_s(12.0, 2) == math.inf
    made.began(10.0 + BAR_S, BAR_S, 0)
    assert made.due_in_s(13.0, 2) < math.inf


@given(st.floats(0.3, 2.0), st.floats(0, 1))
@settings(deadline=None)
def test_no_wish_waits_longer_than_is_told_and_none_a_bar_less(lead_s, when):
    made = Outlook()
    for index in range(3):
        line_s = index * BAR_S
        made.began(line_s, BAR_S, 0)
        assert made.look(line_s + BAR_S - lead_s, 2)
    wished_s = 2 * BAR_S - lead_s + when * BAR_S       # from one look to the next
    waits_s = 3 * BAR_S - wished_s
    assert made.latency_s - BAR_S - 1e-9 <= waits_s <= made.latency_s + 1e-9


def test_a_look_whose_bars_came_too_late_shortens_nothing():
    made = outlook()
    made.look(11.5, 2)
    made.answered(7)
    made.began(10.0 + BAR_S, BAR_S, 0)
    assert made.latency_s == pytest.approx((BARS_AHEAD + 1) * BAR_S)
    made.look(14.5, 2)
    made.answered(8)
    made.began(10.0 + 2 * BAR_S, BAR_S, 8)
    assert made.latency_s < (BARS_AHEAD + 1) * BAR_S


def test_where_there_is_no_time_to_look_the_wish_waits_for_the_bars_that_wait():
    made = outlook(took_s=2.0)
    assert not made.look(10.1, 2)
    made.began(10.0 + BAR_S, BAR_S, 0)
    assert made.latency_s == pytest.approx((BARS_AHEAD + 1) * BAR_S)


def test_before_two_bars_have_begun_no_latency_is_known():
    assert math.isnan(Outlook().latency_s)
    assert math.isnan(outlook().latency_s)


def test_the_same_bar_told_twice_counts_once():
    made = outlook()
    made.look(12.0, 2)
    made.began(10.0, BAR_S, 0)
    assert made.due_in_s(12.1, 2) == math.inf
    assert math.isnan(made.latency_s)
