from loop.safety import ALARMS, ENDINGS, HOLD_WORDS, mood_worsened
from loop.status import LOST_ALARMS
from loop.units import microvolts_per
from loop.values import Hold


def test_every_hold_and_every_lost_worker_has_words():
    assert set(HOLD_WORDS) == set(Hold)
    assert set(LOST_ALARMS.values()) <= set(ALARMS)


def test_every_alarm_says_what_happened_and_what_was_done():
    assert all(words.happened and words.did and words.happened in words.line() for words in ALARMS.values())
    assert all(ENDINGS.values())


def test_one_low_rating_does_not_end_a_session_but_two_running_do():
    assert not mood_worsened([6, 4])
    assert mood_worsened([6, 4, 3])
    assert not mood_worsened([6, 4, 6, 4])


def test_a_rating_at_the_floor_below_the_start_ends_a_session_at_once():
    assert mood_worsened([3, 2])
    assert not mood_worsened([2, 2])
    assert not mood_worsened([1])


def test_units_of_voltage_are_known_by_their_usual_names_and_others_are_not():
    assert microvolts_per("microvolts") == microvolts_per("uV") == microvolts_per(" µV ") == 1.0
    assert microvolts_per("volts") == 1e6
    assert microvolts_per("g") is None
