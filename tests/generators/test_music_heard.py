"""What listens to the music must itself be true: sounds of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt

from generators.bars import Bar, Note
from generators.rules import measure
from generators.rules.harmony import SCALES
from generators.sound.ring import RATE_HZ as FRAMES_HZ
from tests.benchmarks import music_drawn, music_heard, music_held, music_modes, music_onsets, music_pitch
from tests.benchmarks.music_grid import Cell, Take
from tests.benchmarks.music_onsets import LOW_RATE_HZ as RATE_HZ

SECONDS = 20.0
AT_S = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ


def hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def tone(pitch: float, level: float = 0.05, n_partials: int = 6, sway_cents: float = 0.0) -> np.ndarray:
    turns = 2 * np.pi * hertz(pitch) * (AT_S + sway_cents / 1731 / 19.5 * np.sin(19.5 * AT_S))        # 3.1 Hz
    return level * np.sum([np.sin(n * turns) / n**2 for n in range(1, n_partials + 1)], axis=0)


def struck(pitch: float, at_s: float, attack_s: float = 0.02, level: float = 0.05) -> np.ndarray:
    since = AT_S - at_s
    return np.clip(since / attack_s, 0, 1) * np.exp(-np.maximum(since, 0) / 0.2) * tone(pitch, level)


def pad(pitches: tuple[int, ...]) -> np.ndarray:
    return np.clip(AT_S / 1.0, 0, 1) * np.sum([tone(pitch, 0.02, 12, sway_cents=6) for pitch in pitches], axis=0)


def test_every_note_that_is_struck_over_a_swaying_pad_is_heard_once() -> None:
    written = [2.0, 2.5, 3.5, 5.0, 5.3, 7.0, 9.1, 12.0, 12.6, 15.0]
    found = music_onsets.onsets_s(pad((52, 59, 64, 67)) + np.sum(
        [struck(72 + 2 * (index % 4), at_s) for index, at_s in enumerate(written)], axis=0))
    assert music_heard.hits(list(found), written) == len(written) == len(found[found > 1.5])


def test_notes_that_rise_slowly_are_heard_too() -> None:
    written = [2.0, 4.0, 5.5, 8.0, 12.0]
    sound = pad((52, 59, 64)) + np.sum([struck(74, at_s, attack_s=0.15) for at_s in written], axis=0)
    assert music_heard.hits(list(music_onsets.onsets_s(sound)), written) == len(written)


def test_a_pad_that_only_sways_begins_nothing() -> None:
    found = music_onsets.onsets_s(pad((48, 55, 60, 64)))
    assert not len(found[found > 1.5])


@settings(max_examples=30, deadline=None)
@given(st.floats(51, 116), st.integers(0, 10_000), st.floats(0.3, 0.9))
def test_the_tempo_is_heard_and_not_its_half_or_double(tempo_bpm: float, seed: int, busy: float) -> None:
    rng = np.random.default_rng(seed)
    eighth_s = 30 / tempo_bpm
    strong = music_onsets.METRE / music_onsets.METRE.max()
    slots = [slot for slot in range(int(55 / eighth_s)) if rng.random() < busy * strong[slot % 8] ** 0.5]
    onsets = 1 + np.array(slots) * eighth_s + rng.normal(0.02, 0.01, len(slots))
    bars = 1 + np.arange(0, 50, 8 * eighth_s)
    at = bars + rng.normal(0, 0.1, len(bars))
    found = music_onsets.beat(onsets, at, rng.uniform(0.5, 1.5, len(bars)))
    assert found.tempo_bpm == pytest.approx(tempo_bpm, rel=0.01)


def test_density_is_the_share_of_eighths_that_are_begun_whatever_is_beside_the_grid() -> None:
    beat = music_onsets.Beat(60.0, 0.0)
    onsets = np.array([0.02, 1.01, 1.1, 2.5, 3.03])        # the second and the third are one eighth and its ornament
    assert music_onsets.density(onsets, beat, 4.0) == pytest.approx(4 / 8)


@pytest.mark.parametrize("pitches", [(48, 55, 60, 64), (45, 52, 60, 67, 71), (50, 57, 64, 65)])
def test_the_pitches_of_a_chord_are_heard_and_how_rough_they_are(pitches: tuple[int, ...]) -> None:
    roll = music_pitch.roll(np.sum([tone(pitch, n_partials=8) for pitch in pitches], axis=0))
    heard = music_pitch.PITCHES[(roll > music_pitch.HEARD).mean(axis=1) > 0.9]
    assert tuple(heard) == pitches
    mask = sum(1 << pitch_class for pitch_class in {pitch % 12 for pitch in pitches})
    assert music_pitch.dissonance(roll) == pytest.approx(measure.roughness(mask), abs=0.01)
    assert music_pitch.register(roll) == pytest.approx((np.mean(pitches) + pitches[0]) / 2 - 60, abs=0.1)


@given(st.integers(0, 11), st.sampled_from(sorted(SCALES)))
def test_a_mode_is_told_by_its_seven_notes_and_its_tonic(tonic: int, mode: str) -> None:
    shares = np.full(12, 0.01)
    shares[[(tonic + step) % 12 for step in SCALES[mode]]] = 0.13
    assert music_pitch.scale(shares) == music_pitch.scale_of(tonic, mode)
    assert music_pitch.mode(shares, tonic) == mode


def test_home_is_the_note_of_the_scale_that_is_lowest_for_longest() -> None:
    shares = np.zeros(12)
    shares[[0, 2, 4, 5, 7, 9, 11]] = 1 / 7
    strengths = np.zeros((len(music_pitch.PITCHES), 10))
    for pitch, frames in ((50, slice(0, 6)), (48, slice(6, 10)), (74, slice(0, 10))):
        strengths[np.isin(music_pitch.PITCHES, pitch), frames] = 1.0
    low = music_pitch.lowest(strengths)
    assert low[2] == 0.6 and low[0] == 0.4
    assert music_pitch.home(shares, low) == 2


def bass(held_s: list[tuple[float, int, float]], release_s: float) -> np.ndarray:
    whole = np.zeros(len(AT_S))
    for at_s, pitch, gate_s in held_s:
        since = AT_S - at_s
        level = np.clip(since / 0.06, 0, 1) - np.clip((since - gate_s) / release_s, 0, 1)
        whole += np.maximum(level, 0) * tone(pitch, 0.03, n_partials=2)
    return whole


@pytest.mark.parametrize("articulation", [0.0, 0.2, 0.4, 0.62])
@pytest.mark.parametrize(("eighth_s", "values"), [
    (0.27, (4, 4, 2, 4, 2, 2, 4, 4, 4, 2)), (0.5, (4, 8, 4, 2, 4, 4)), (0.27, (3, 5, 6, 2, 3, 5, 3, 5, 5, 3))])
def test_how_short_a_bass_is_played_is_heard_through_a_pad(
    articulation: float, eighth_s: float, values: tuple[int, ...]
) -> None:
    starts = 1 + np.cumsum([0, *values[:-1]]) * eighth_s
    notes = [(at_s, 40 + 5 * (index % 3), value * eighth_s * (1 - 0.7 * articulation))
             for index, (at_s, value) in enumerate(zip(starts, values, strict=True))]
    sound = bass(notes, 0.3) + pad((55, 62, 67, 71))
    found = music_held.articulation(music_held.bass_notes(sound, starts + 0.05), eighth_s)
    assert found == pytest.approx(articulation, abs=0.06)


def test_where_no_bass_is_heard_articulation_is_not_told() -> None:
    assert np.isnan(music_held.articulation(music_held.bass_notes(pad((60, 64, 67)), np.array([3.0, 5.0])), 0.3))


def test_noise_behind_a_lower_low_pass_is_less_bright() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * 48_000)
    dull, bright = (music_heard.brightness_db(sosfilt(butter(2, hz, fs=48_000, output="sos"), noise))
                    for hz in (1000, 4000))
    assert dull < bright - 6


def test_an_onset_answers_one_that_was_written_only_once() -> None:
    assert music_heard.hits([1.0, 1.05, 2.3, 4.0], [1.0, 2.0, 4.0]) == 2


def test_drawn_attributes_tell_hardly_anything_of_each_other() -> None:
    drawn = [one.intent for one in music_drawn.draws("rules")]
    numbers = np.array([[one.tempo_bpm, *(getattr(one, name) for name in music_drawn.DRAWN)] for one in drawn])
    assert np.abs(np.corrcoef(numbers.T) - np.eye(numbers.shape[1])).max() < 0.3
    assert {one.mode for one in drawn} == set(music_drawn.MODES_DRAWN)
    assert all(one.intent.tempo_bpm <= 84 for one in music_drawn.draws("rules") if one.calm)


def test_a_phrase_is_heard_in_its_mode_between_its_own_bars() -> None:
    notes = tuple(Note(0.0, 8.0, 60, 0.5, "pad") for _ in range(12))
    bars = tuple(Bar(at, notes, "Dorian", 2, 0, phrase_start=at in (0, 2)) for at in range(4))
    take = Take(Cell("rules", 0.0, 0.0, 0), bars, tuple(2 * FRAMES_HZ * at for at in range(4)))
    strengths = np.zeros((len(music_pitch.PITCHES), 80))
    dorian = [50, *(62 + step for step in SCALES["Dorian"])]
    strengths[np.isin(music_pitch.PITCHES, dorian), :40] = 1.0
    strengths[np.isin(music_pitch.PITCHES, [48, 61, 63, 66]), 41:] = 1.0
    assert music_modes.of_phrases(strengths, take) == [[True, True]]
    assert music_modes.of_phrases(np.roll(strengths, 1, axis=0), take) == [[False, False]]
