from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.intent import MODE_APART_S, TABLE, IntentMap, mode_for
from loop.values import MODES, Control, Presence, Target

LEVEL = st.floats(-1.0, 1.0)
UP = Target(0.5, 0.5, 0.2)
CALM = Target(0.4, -0.6, 0.2)


def first(valence, arousal, target=UP, most_db=3.0):
    return IntentMap(most_db).intent(Control(valence, arousal), target, Presence.PLAYING, 0.25)


@pytest.mark.parametrize(("arousal", "tempo", "density", "register", "articulation", "loudness", "brightness"), [
    (-1, 57, 0.12, -3, 0.0, -6, 0.15), (0, 78, 0.42, 0, 0.30, 0, 0.40), (1, 107, 0.72, 3, 0.60, 3, 0.65)])
def test_arousal_maps_as_the_table_says(arousal, tempo, density, register, articulation, loudness, brightness):
    got = first(0.0, arousal)
    assert round(got.tempo_bpm) == tempo
    assert (got.density, got.register_semitones) == pytest.approx((density, register))
    assert (got.articulation, got.loudness_db, got.brightness) == pytest.approx((articulation, loudness, brightness))


@pytest.mark.parametrize(("valence", "tempo", "register", "dissonance"), [
    (-1, 73, -5, 0.40), (0, 78, 0, 0.25), (1, 84, 5, 0.10)])
def test_valence_maps_as_the_table_says(valence, tempo, register, dissonance):
    got = first(valence, 0.0)
    assert round(got.tempo_bpm) == tempo
    assert (got.register_semitones, got.dissonance) == pytest.approx((register, dissonance))


def test_modes_brighten_with_valence():
    modes = [mode_for(v) for v in (-0.9, -0.2, 0.2, 0.9)]
    assert modes == ["Aeolian", "Dorian", "Mixolydian", "Ionian"]


@given(LEVEL, LEVEL)
@settings(deadline=None)
def test_an_intent_never_leaves_its_ranges(valence, arousal):
    got = first(valence, arousal)
    assert 45 <= got.tempo_bpm <= 120
    assert got.mode in MODES
    assert -6 <= got.loudness_db <= 3
    assert all(0 <= getattr(got, name) <= 1 for name in ("density", "dissonance", "articulation", "brightness"))


@given(LEVEL, LEVEL)
@settings(deadline=None)
def test_towards_calm_the_music_is_never_louder_than_the_users_level_nor_fast(valence, arousal):
    got = first(valence, arousal, CALM)
    assert got.loudness_db <= 0.0
    assert 50 <= got.tempo_bpm <= 84


def test_a_mirror_may_only_soften():
    assert first(0.0, 1.0, most_db=0.0).loudness_db == 0.0


@given(st.lists(st.tuples(LEVEL, LEVEL), min_size=2, max_size=40))
@settings(deadline=None)
def test_nothing_moves_faster_than_its_slew(course):
    mapper, dt = IntentMap(), 0.25
    intents = [mapper.intent(Control(v, a), UP, Presence.PLAYING, dt) for v, a in course]
    for before, after in pairwise(intents):
        assert after.loudness_db - before.loudness_db <= 0.5 * dt + 1e-9
        assert before.loudness_db - after.loudness_db <= 1.5 * dt + 1e-9
        assert abs(after.brightness - before.brightness) <= TABLE["brightness"].up_per_s * dt + 1e-9
        assert abs(after.tempo_bpm / before.tempo_bpm - 1.0) <= 0.01 * dt * 1.01
        assert abs(MODES.index(after.mode) - MODES.index(before.mode)) <= 1


def test_the_mode_turns_one_step_at_a_time_and_32_s_apart():
    mapper, turns, last = IntentMap(), [], "Aeolian"
    mapper.intent(Control(-0.9, 0.0), UP, Presence.PLAYING, 0.25)
    for k in range(1200):
        mode = mapper.intent(Control(0.9, 0.0), UP, Presence.PLAYING, 0.25).mode
        if mode != last:
            turns.append(k * 0.25)
            last = mode
    assert last == "Ionian"
    assert all(b - a >= MODE_APART_S for a, b in pairwise(turns))


def test_the_mode_does_not_flutter_at_an_edge():
    mapper = IntentMap()
    valences = [0.03 * (-1) ** (k // 200) for k in range(4000)]
    modes = [mapper.intent(Control(v, 0.0), UP, Presence.PLAYING, 0.25).mode for v in valences]
    assert len(set(modes)) == 1


def test_entering_from_silence_starts_at_the_wanted_value_without_a_slew():
    mapper = IntentMap()
    mapper.intent(Control(0.0, 0.8), UP, Presence.SILENT, 0.25)
    assert mapper.intent(Control(0.0, -0.8), UP, Presence.PLAYING, 0.25).loudness_db == pytest.approx(-4.8)


def test_a_late_decision_moves_nothing():
    mapper = IntentMap()
    before = mapper.intent(Control(0.0, 0.0), UP, Presence.PLAYING, 0.25)
    assert mapper.intent(Control(1.0, 1.0), UP, Presence.PLAYING, 0.0) == before
