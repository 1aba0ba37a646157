"""What a musician would hold against the bars."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generators.bars import EIGHTHS_A_BAR
from generators.rules import measure
from generators.rules.bass import HIGHEST, LOWEST
from generators.rules.harmony import GRAMMARS, SCALES, SEMITONES, chord_classes, telling_classes, walk
from generators.rules.voicing import MAX_MOTION, lead
from loop.values import MODES
from tests.generators.intents import intent_at, piece, points, seeds

few = settings(deadline=None, max_examples=15)
N_BARS = 40


def _line(bars, voice):
    return [note for bar in bars for note in bar.notes if note.voice == voice]


@given(points, seeds)
@few
def test_the_pads_voices_never_cross_and_seldom_leap_over_a_fifth(point, seed):
    chords = [_chord(bar) for bar in piece(intent_at(*point), seed, N_BARS)]
    for chord in chords:
        assert len(chord) == 4
        assert list(chord) == sorted(set(chord))
    motions = [abs(new - old) for one, other in pairwise(chords) for old, new in zip(one, other, strict=True)]
    assert max(motions) <= SEMITONES + 2         # a suspension that has fallen was left by a step more
    assert np.mean([motion <= MAX_MOTION + 2 for motion in motions]) > 0.9      # ... unless a bass comes up beneath
    assert np.mean(motions) < 2.5


def _chord(bar):
    return tuple(sorted(note.pitch for note in bar.notes if note.voice == "pad" and note.onset_eighths == 0))


@given(points, seeds)
@few
def test_the_pad_stays_within_an_octave_and_a_bit_of_its_centre(point, seed):
    intent = intent_at(*point)
    for note in _line(piece(intent, seed, N_BARS), "pad"):
        assert abs(note.pitch - (60 + intent.register_semitones)) <= 13 + 2 + 3.5      # this much for a pedal's height


@given(points, seeds)
@few
def test_the_bass_is_the_lowest_voice(point, seed):
    for bar in piece(intent_at(*point), seed, N_BARS):
        lows = [note.pitch for note in bar.notes if note.voice == "bass"]
        assert all(note.pitch >= max(lows) for note in bar.notes if note.voice == "pad" and lows)


@given(st.integers(LOWEST, HIGHEST), seeds, st.floats(-8, 8))
@few
def test_a_chord_stands_above_whatever_bass_it_is_given(ground, seed, register):
    rng = np.random.default_rng(seed)
    classes = tuple(int(note) for note in rng.choice(SEMITONES, 4))
    before = lead((), tuple(int(note) for note in rng.choice(SEMITONES, 4, replace=False)), register)
    assert lead(before, classes, register, ground=ground)[0] >= ground


def test_common_tones_are_held():
    held = lead((53, 57, 60, 65), (9, 0, 4, 9), 0.0)      # F major to A minor keeps A and C
    assert {57, 60} <= set(held)


@given(points, seeds)
@example((0.0, 0.75), 38)           # a grace note above a leap of an octave
@few
def test_the_melody_never_leaps_over_an_octave(point, seed):
    for one, other in pairwise(_line(piece(intent_at(*point), seed, N_BARS), "pluck")):
        assert abs(one.pitch - other.pitch) <= SEMITONES


@given(seeds)
@few
def test_the_melody_moves_mostly_by_step(seed):
    pitches = [note.pitch for note in _line(piece(intent_at(0.5, 0.5), seed, 64), "pluck")]
    leaps = [abs(one - other) for one, other in pairwise(pitches)]
    assert np.mean([leap <= 4 for leap in leaps]) > 0.6
    assert np.mean([leap == 0 for leap in leaps]) < 0.35


@given(points, seeds)
@few
def test_the_first_beat_of_the_melody_is_of_the_chord(point, seed):
    bars = piece(intent_at(*point), seed, N_BARS)
    firsts = [(bar, note) for bar in bars for note in bar.notes if note.voice == "pluck" and note.onset_eighths == 0]
    agreeing = [note.pitch % SEMITONES in chord_classes(bar.tonic, bar.mode, bar.degree) for bar, note in firsts]
    assert not agreeing or np.mean(agreeing) > 0.95


@given(points, seeds)
@few
def test_the_bass_begins_on_the_root_or_stays_on_the_tonic_for_a_whole_phrase(point, seed):
    for phrase in _phrases(piece(intent_at(*point), seed, N_BARS)):
        lows = [(bar, [note.pitch for note in bar.notes if note.voice == "bass"]) for bar in phrase]
        rooted = [low[0] % SEMITONES == chord_classes(bar.tonic, bar.mode, bar.degree, (0,))[0]
                  for bar, low in lows if low]
        assert all(rooted) or _on_a_pedal(phrase)
        assert max((pitch for _, low in lows for pitch in low), default=0) < 60


@given(points, seeds)
@few
def test_the_bass_stays_on_the_tonic_where_home_is_new(point, seed):
    phrases = _phrases(piece(intent_at(*point), seed, 2 * N_BARS))
    new = [phrase for before, phrase in zip([None, *phrases], phrases, strict=False)
           if before is None or before[0].tonic != phrase[0].tonic]
    assert all(_on_a_pedal(phrase) for phrase in new)


@pytest.mark.parametrize("valence", [-1.0, 0.0, 1.0])
def test_on_a_pedal_the_register_is_as_asked_whatever_the_key(valence):
    intent = intent_at(valence, 0.3)
    first = {bars[0].tonic: bars for bars in (piece(intent, seed, 4) for seed in range(60))}
    assert len(first) == SEMITONES
    missed = [measure.register(bars) - intent.register_semitones for bars in first.values()]
    assert np.std(missed) < 1.0


def test_a_minute_tells_where_home_is():
    found = []
    for seed in range(40):
        bars = piece(intent_at(0.3, 0.0), seed, 20)
        bars = [bar for bar in bars if bar.tonic == bars[0].tonic]
        held = np.zeros(SEMITONES)
        for note in _line(bars, "bass"):
            held[note.pitch % SEMITONES] += note.length_eighths
        found.append(int(np.argmax(held)) == bars[0].tonic)
    assert np.mean(found) > 0.9


@given(points, seeds)
@few
def test_each_phrase_sounds_the_notes_that_tell_its_mode(point, seed):
    for phrase in _phrases(piece(intent_at(*point), seed, N_BARS))[:-1]:
        tonic, mode = phrase[0].tonic, phrase[0].mode
        planned = {note for bar in phrase for note in chord_classes(tonic, mode, bar.degree)}
        sounded = {note.pitch % SEMITONES for note in _line(phrase, "pad")}
        assert planned & telling_classes(tonic, mode) <= sounded


def _phrases(bars):
    starts = [at for at, bar in enumerate(bars) if bar.phrase_start or at == 0]
    return [bars[start:end] for start, end in zip(starts, [*starts[1:], len(bars)], strict=True)]


def _on_a_pedal(phrase):
    return all(note.pitch % SEMITONES == bar.tonic for bar in phrase for note in bar.notes if note.voice == "bass")


@given(points, seeds)
@few
def test_every_phrase_ends_in_a_cadence_of_its_mode_and_none_stands_on_a_diminished_chord(point, seed):
    bars = piece(intent_at(*point), seed, N_BARS)
    ends = [(one, bar) for one, bar, after in zip(bars, bars[1:], bars[2:], strict=False) if after.phrase_start]
    for one, bar in ends:
        grammar = GRAMMARS[bar.mode]
        assert (one.degree, bar.degree) in {tail[-2:] for tail in (*grammar.closing, *grammar.opening)}
    assert all(GRAMMARS[bar.mode].weights[bar.degree] > 0 for bar in bars)


@given(points, seeds)
@few
def test_calm_music_leaps_little_has_no_ornaments_and_no_accents(point, seed):
    bars = piece(intent_at(point[0], -abs(point[1])), seed, N_BARS, calm=True)
    for one, other in pairwise(_line(bars, "pluck")):
        assert abs(one.pitch - other.pitch) <= 9
    for one, other in pairwise(_line(bars, "bass")):
        assert abs(one.pitch - other.pitch) <= SEMITONES
    for bar in bars:
        assert all(note.onset_eighths == int(note.onset_eighths) for note in bar.notes)
        velocities = [note.velocity for note in bar.notes]
        assert max(velocities) / min(velocities) < 2       # 6 dB


@given(points, seeds)
@few
def test_there_is_never_a_gap(point, seed):
    for bar in piece(intent_at(*point), seed, N_BARS):
        assert all(mask for mask in measure.sounding([note for note in bar.notes if note.voice == "pad"]))


@given(points, seeds)
@few
def test_every_note_is_one_that_can_be_played(point, seed):
    for bar in piece(intent_at(*point), seed, N_BARS):
        for note in bar.notes:
            assert 0 <= note.onset_eighths < EIGHTHS_A_BAR
            assert 0 < note.length_eighths <= EIGHTHS_A_BAR + 1
            assert 28 <= note.pitch <= 103
            assert 0.1 < note.velocity < 1


def test_each_grammar_ends_where_it_says():
    for mode in MODES:
        assert all(tail[-1] == 0 for tail in GRAMMARS[mode].closing)
        assert all(tail[-1] != 0 for tail in GRAMMARS[mode].opening)


def test_a_motif_comes_back():
    bars = piece(intent_at(0.3, 0.4), 9, 200)
    rhythms = [tuple(n.onset_eighths for n in bar.notes if n.voice == "pluck") for bar in bars]
    shares = np.sort(np.unique([hash(rhythm) for rhythm in rhythms], return_counts=True)[1])[::-1] / len(rhythms)
    assert shares[:5].sum() > 0.25               # a face that one knows again
    assert shares[0] < 0.25                      # and no loop


@given(st.sampled_from(MODES), st.booleans(), seeds)
@settings(deadline=None)
def test_the_chords_of_a_long_phrase_tell_its_mode_from_both_of_its_neighbours(mode, closes, seed):
    grammar, rng = GRAMMARS[mode], np.random.default_rng(seed)
    tails = grammar.closing if closes else grammar.opening
    degrees = walk(grammar, 0, tails[seed % len(tails)], 8, rng)
    heard = {step for degree in degrees for step in chord_classes(0, mode, degree)}
    for neighbour in (MODES[at] for at in (MODES.index(mode) - 1, MODES.index(mode) + 1) if 0 <= at < len(MODES)):
        assert heard - set(SCALES[neighbour])


def test_each_mode_is_told_by_the_notes_that_its_neighbours_lack():
    told = {mode: telling_classes(0, mode) for mode in MODES}
    assert told == {"Phrygian": {1}, "Aeolian": {2, 8}, "Dorian": {3, 9}, "Mixolydian": {4, 10}, "Ionian": {5, 11},
                    "Lydian": {6}}
