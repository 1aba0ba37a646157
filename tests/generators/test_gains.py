"""How loud: arithmetic without sound."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Wish
from generators.sound.gains import Gains
from generators.sound.jack_output import PATIENCE_PERIODS
from generators.sound.lateness import Lateness
from generators.sound.ring import RATE_HZ
from loop.values import Intent, Presence

BLOCK_S = 256 / 48_000
INTENT = Intent(78.0, 0.42, "Dorian", 0.0, 0.25, 0.3, 0.0, 0.4)


def wish(presence: Presence = Presence.PLAYING, level_db: float = 0.0, calm: bool = False,
         loudness_db: float = 0.0) -> Wish:
    return Wish(replace(INTENT, loudness_db=loudness_db), presence, level_db, calm)


def after(gains: Gains, seconds: float, music_over: bool = False) -> float:
    gain = 0.0
    for _ in range(int(seconds / BLOCK_S)):
        gain = gains.step(BLOCK_S, music_over)
    return gain


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(list(Presence)), st.floats(-60, 60), st.floats(-60, 60), st.booleans()),
                min_size=1, max_size=6))
def test_no_wish_ever_makes_a_step(course: list[tuple[Presence, float, float, bool]]) -> None:
    gains, before = Gains(), 0.0
    for presence, level_db, loudness_db, calm in course:
        gains.wish(wish(presence, level_db, calm, loudness_db))
        for _ in range(200):
            gain = gains.step(BLOCK_S, music_over=False)
            assert abs(gain - before) < 0.03 * 10 ** (15 / 20)
            before = gain


def test_it_is_silent_before_the_first_wish() -> None:
    assert after(Gains(), 1.0) == 0.0


def test_the_fade_in_waits_for_the_first_bar() -> None:
    gains = Gains()
    gains.wish(wish())
    assert after(gains, 3.0, music_over=True) == 0.0
    assert after(gains, 2.1) == 1.0


def test_calm_music_is_never_louder_than_the_users_level() -> None:
    gains = Gains()
    gains.wish(wish(calm=True, loudness_db=3.0))
    assert after(gains, 30.0) == 1.0


def test_loudness_rises_by_half_a_decibel_a_second_and_falls_by_one_and_a_half() -> None:
    gains = Gains()
    gains.wish(wish())
    after(gains, 3.0)
    gains.wish(wish(loudness_db=3.0))
    assert abs(after(gains, 2.0) - 10 ** (1 / 20)) < 0.003
    after(gains, 10.0)
    gains.wish(wish(loudness_db=-6.0))
    assert abs(after(gains, 2.0) - 1.0) < 0.003


def test_stop_is_for_good() -> None:
    gains = Gains()
    gains.wish(wish())
    after(gains, 3.0)
    gains.stopped = True
    assert after(gains, 0.1) == 0.0
    gains.wish(wish(level_db=10.0))
    assert after(gains, 10.0) == 0.0
    assert gains.gone


@given(st.lists(st.sampled_from([64, 256, 1000, 2048]), min_size=200, max_size=200))
def test_periods_in_time_are_no_underruns_whatever_the_card_drifts_and_however_long_they_are(course: list[int]) -> None:
    lateness, at_s = Lateness(1.0), 0.0
    for n_frames in course:
        lateness.began(at_s, n_frames / RATE_HZ)
        at_s += n_frames / RATE_HZ * 1.0002
    assert lateness.take() == 0


@given(st.sampled_from([64, 256, 1024]))
def test_missed_periods_are_counted_once(n_frames: int) -> None:
    lateness, period_s = Lateness(1.0), n_frames / RATE_HZ
    for index in range(100):
        lateness.began(index * period_s + (2.5 * period_s if index >= 50 else 0.0), period_s)
    assert lateness.take() == 2
    assert lateness.take() == 0


def test_the_longer_the_period_the_longer_the_stall_that_it_outlasts() -> None:
    late = {}
    for n_frames in (256, 1024):
        lateness, period_s = Lateness(PATIENCE_PERIODS), n_frames / RATE_HZ
        for index in range(20):
            lateness.began(index * period_s + (0.02 if index == 10 else 0.0), period_s)
        late[n_frames] = lateness.take()
    assert late == {256: 3, 1024: 0}


def test_what_the_music_lacks_is_made_good_slowly_while_it_is_heard() -> None:
    lacks = {0.0: 0.0, 1.0: 4.0}
    gains = Gains(lambda wish: lacks[wish.intent.density])
    gains.wish(Wish(replace(INTENT, density=0.0), Presence.PLAYING))
    after(gains, 3.0)
    gains.wish(Wish(replace(INTENT, density=1.0), Presence.PLAYING))
    assert abs(after(gains, 2.0) - 10 ** (1 / 20)) < 0.003
    assert abs(after(gains, 10.0) - 10 ** (4 / 20)) < 0.003


def test_what_the_music_lacks_is_there_from_the_first_note() -> None:
    gains = Gains(lambda wish: 6.0)
    gains.wish(wish())
    assert abs(after(gains, 2.1) - 10 ** (6 / 20)) < 0.003
