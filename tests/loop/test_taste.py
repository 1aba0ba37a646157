from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.intent import TABLE, IntentMap, Taste, wanted
from loop.taste import (
    AROUSAL_ROWS,
    LEAN_LEAST,
    LEAN_MOST,
    MODE_CUE,
    PLAYED_MODES,
    VALENCE_ROWS,
    Avoided,
    Leanings,
    joined,
    nearest_mode,
    taste_of,
)
from loop.values import Control, Presence, Target

LEVEL = st.floats(-1.0, 1.0)
UP, CALM = Target(0.5, 0.5, 0.2), Target(0.4, -0.6, 0.2)
LEAN = st.floats(-10.0, 10.0)
TASTES = st.builds(
    lambda arousal, valence, modes, tempi: taste_of(Leanings(arousal, valence), Avoided(modes, tempi)),
    st.dictionaries(st.sampled_from(sorted(AROUSAL_ROWS)), LEAN),
    st.dictionaries(st.sampled_from([*VALENCE_ROWS, MODE_CUE]), LEAN),
    st.sets(st.sampled_from(PLAYED_MODES), max_size=3),
    st.lists(st.tuples(st.floats(40, 120), st.floats(1, 15)).map(lambda r: (r[0], r[0] + r[1])), max_size=3),
)


def course(taste, controls, target):
    mapper = IntentMap(taste=taste)
    return [mapper.intent(Control(v, a), target, Presence.PLAYING, 0.25) for v, a in controls]


def settled(taste, valence, arousal, target=UP):
    return course(taste, [(valence, arousal)], target)[-1]


@given(LEVEL, LEVEL, st.sampled_from([UP, CALM]))
@settings(deadline=None)
def test_a_taste_that_says_nothing_is_the_table_itself(valence, arousal, target):
    nothing = taste_of(Leanings(), Avoided())
    assert dict(nothing.table) == TABLE
    assert nothing == Taste()
    assert course(nothing, [(valence, arousal)] * 2, target) == course(Taste(), [(valence, arousal)] * 2, target)


@given(TASTES, st.lists(st.tuples(LEVEL, LEVEL), min_size=1, max_size=20), st.sampled_from([UP, CALM]))
@settings(deadline=None)
def test_no_taste_passes_the_limits_of_the_intent(taste, controls, target):
    intents = course(taste, controls, target)
    for got in intents:
        assert 49.7 <= got.tempo_bpm <= 114.3
        assert -6 <= got.loudness_db <= 3
        assert -8 <= got.register_semitones <= 8
        for name in ("density", "dissonance", "articulation", "brightness"):
            assert TABLE[name].low <= getattr(got, name) <= TABLE[name].high
        assert got.mode in PLAYED_MODES
        if target is CALM:
            assert got.loudness_db <= 0 and 50 - 1e-9 <= got.tempo_bpm <= 84 + 1e-9
    for before, after in pairwise(intents):
        assert abs(after.tempo_bpm / before.tempo_bpm - 1.0) <= 0.01 * 0.25 * 1.01
        assert after.loudness_db - before.loudness_db <= 0.5 * 0.25 + 1e-9


@given(TASTES, LEVEL, LEVEL)
@settings(deadline=None)
def test_no_taste_moves_the_loudness(taste, valence, arousal):
    control = Control(valence, arousal)
    assert wanted(control, taste.table)["loudness_db"] == wanted(control)["loudness_db"]


@given(TASTES)
def test_weights_stay_within_their_share_of_the_tables(taste):
    for name, row in TABLE.items():
        for mine, prior in ((taste.table[name].a, row.a), (taste.table[name].v, row.v)):
            low, high = sorted((LEAN_LEAST * prior, LEAN_MOST * prior))
            assert low <= mine <= high
    assert LEAN_LEAST <= taste.mode_lean <= LEAN_MOST


def test_a_cue_that_acts_more_is_moved_more():
    taste = taste_of(Leanings(arousal={"tempo": 1.4}, valence={"register": 0.6}), Avoided())
    assert taste.table["tempo_octaves"].a == pytest.approx(0.45 * 1.4)
    assert taste.table["tempo_octaves"].v == 0.10
    assert taste.table["register_semitones"].v == pytest.approx(3.0)
    assert settled(taste, 0.0, 0.5).tempo_bpm > settled(Taste(), 0.0, 0.5).tempo_bpm


@pytest.mark.parametrize(("avoided", "mode", "instead"), [
    ({"Dorian"}, "Dorian", "Mixolydian"), ({"Aeolian"}, "Aeolian", "Dorian"), ({"Ionian"}, "Ionian", "Mixolydian"),
    ({"Aeolian", "Dorian", "Mixolydian"}, "Aeolian", "Ionian")])
def test_an_avoided_mode_becomes_the_nearest_that_is_allowed(avoided, mode, instead):
    assert nearest_mode(mode, avoided) == instead
    valence = {"Aeolian": -0.8, "Dorian": -0.2, "Mixolydian": 0.2, "Ionian": 0.8}[mode]
    assert settled(taste_of(Leanings(), Avoided(avoided)), valence, 0.0).mode == instead


@given(st.sets(st.sampled_from(PLAYED_MODES), max_size=3), st.lists(LEVEL, min_size=1, max_size=300))
@settings(deadline=None)
def test_an_avoided_mode_is_never_played(avoided, valences):
    taste = taste_of(Leanings(), Avoided(avoided))
    assert {got.mode for got in course(taste, [(v, 0.0) for v in valences], UP)}.isdisjoint(avoided)


def test_an_avoided_tempo_is_stepped_out_of_to_the_side_where_the_music_is():
    taste = taste_of(Leanings(), Avoided(tempo_bpm=[(70, 90)]))
    assert settled(taste, 0.0, -0.2).tempo_bpm == pytest.approx(70)      # 73 bpm was wished
    assert settled(taste, 0.0, 0.4).tempo_bpm == pytest.approx(90)       # 88
    rising = course(taste, [(0.0, -0.6 + k / 1000) for k in range(1400)], UP)
    tempi = [got.tempo_bpm for got in rising]
    passing = [tempo for tempo in tempi if 70.01 < tempo < 89.99]
    assert tempi[0] < 70 < 90 < tempi[-1]
    assert len(passing) * 0.25 <= 26.5                                   # 20 bpm at 1 % a second: no longer there


def test_a_wish_that_wanders_about_the_middle_of_an_avoided_range_moves_nothing():
    taste = taste_of(Leanings(), Avoided(tempo_bpm=[(70, 86)]))
    tempi = [got.tempo_bpm for got in course(taste, [(0.0, 0.1 * (-1) ** (k // 40)) for k in range(800)], UP)]
    assert tempi[0] == pytest.approx(86)
    assert max(tempi) - min(tempi) < 1e-9


def test_towards_calm_a_tempo_is_stepped_out_of_downward_where_upward_is_too_fast():
    taste = taste_of(Leanings(), Avoided(tempo_bpm=[(80, 100)]))
    assert settled(taste, 0.0, 0.5, CALM).tempo_bpm == pytest.approx(80)


def test_ranges_that_touch_are_one():
    assert joined([(80, 90), (60, 70), (70, 75), (85, 87)]) == [(60, 75), (80, 90)]
