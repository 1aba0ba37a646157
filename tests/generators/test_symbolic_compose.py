"""The symbolic composer with a network that has learned nothing: what must hold whatever the weights are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generators.bars import EIGHTHS_A_BAR, Wish
from generators.rules.harmony import SCALES, SEMITONES
from generators.rules.measure import onset_slots
from generators.rules.state import fingerprint
from generators.symbolic.backend import WEIGHTS, Symbolic
from generators.symbolic.compose import SymbolicComposer
from generators.symbolic.playing import Foreteller
from generators.symbolic.weights import write_weights
from loop.errors import FileError
from loop.values import MODES, Presence
from tests.generators import pieces
from tests.generators.intents import intent_at, points, seeds
from tests.generators.test_rules_compose import wild

few = settings(deadline=None, max_examples=3)
composer = SymbolicComposer(Foreteller(pieces.weights()))


def played(intent, seed, n_bars, calm=False):
    bars, state = [], composer.begin(seed, 0)
    for _ in range(n_bars):
        bar, state = composer.next_bar(intent, state, False, calm)
        bars.append(bar)
    return bars, state


def ended(intent, state):
    bars = []
    while not bars or not bars[-1].last:
        bar, state = composer.next_bar(intent, state, True, False)
        bars.append(bar)
    return bars


@given(points, points, seeds, st.booleans())
@few
def test_every_note_is_of_the_bars_mode_and_the_key_changes_only_where_a_phrase_begins(here, there, seed, calm):
    state, before = composer.begin(seed, 3), None
    for index in range(14):
        bar, state = composer.next_bar(intent_at(*(here if index < 6 else there)), state, False, calm)
        assert bar.index == index + 3
        assert {(note.pitch - bar.tonic) % SEMITONES for note in bar.notes} <= set(SCALES[bar.mode])
        if before is not None and (bar.mode, bar.tonic) != (before.mode, before.tonic):
            assert bar.phrase_start
        before = bar


@given(points, seeds)
@few
def test_the_same_seed_gives_the_same_bars_and_another_gives_others(point, seed):
    assert played(intent_at(*point), seed, 5) == played(intent_at(*point), seed, 5)
    assert played(intent_at(*point), seed, 5)[0] != played(intent_at(*point), seed + 1, 5)[0]


@given(points, points, seeds)
@few
def test_a_moment_can_be_branched(here, there, seed):
    _, state = played(intent_at(*here), seed, 4)
    first = composer.next_bar(intent_at(*there), state, False, False)
    composer.next_bar(intent_at(*here), state, True, True)
    assert composer.next_bar(intent_at(*there), state, False, False) == first


@given(points, seeds)
@example((0.0, 0.0), 121691)       # its bass once stood on the sixth
@few
def test_an_ending_resolves_on_the_tonic_within_two_bars(point, seed):
    _, state = played(intent_at(*point), seed, 2 + seed % 5)
    bars = ended(intent_at(*point), state)
    last = bars[-1]
    assert [bar.last for bar in bars] == [False, True]
    assert last.degree == 0
    assert {note.pitch % SEMITONES for note in last.notes if note.voice == "pluck"} == {last.tonic}
    assert {note.pitch % SEMITONES for note in last.notes if note.voice == "bass"} <= {last.tonic}
    assert len(onset_slots(last.notes)) == 1


@given(points, seeds)
@few
def test_the_first_phrase_stands_on_a_held_tonic(point, seed):
    bars, _ = played(intent_at(*point), seed, 4)
    for bar in bars:
        low = [note for note in bar.notes if note.voice == "bass"]
        assert {note.pitch % SEMITONES for note in low} <= {bar.tonic}
        assert len({note.pitch for note in low}) <= 1
        ends = [*(note.onset_eighths for note in low[1:]), EIGHTHS_A_BAR]
        assert all(note.onset_eighths + note.length_eighths == end for note, end in zip(low, ends, strict=False))


@pytest.mark.parametrize("point", [(0.0, 0.0), (-1.0, -1.0)])
def test_no_two_bars_are_alike(point):
    bars, _ = played(intent_at(*point), 11, 40)
    assert len({fingerprint(bar.notes) for bar in bars}) == 40


@pytest.mark.parametrize("density", [0.1, 0.42, 0.75])
def test_there_is_as_much_in_the_bars_as_was_asked_for(density):
    bars, _ = played(replace(intent_at(0.0, 0.0), density=density), 5, 16)
    assert sum(len(onset_slots(bar.notes)) for bar in bars) / 128 == pytest.approx(density, abs=0.03)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_can_be_played_and_ended(mode):
    intent = replace(intent_at(0.0, 0.0), mode=mode)
    bars, state = played(intent, 5, 5)
    assert {bar.mode for bar in bars} == {mode}
    assert ended(intent, state)[-1].mode == mode


@given(st.lists(st.tuples(wild, st.booleans(), st.booleans()), min_size=1, max_size=8), seeds)
@few
def test_any_course_of_intents_can_be_composed(course, seed):
    state = composer.begin(seed, 0)
    for intent, ending, calm in course:
        bar, state = composer.next_bar(intent, state, ending, calm)
        assert all(28 <= note.pitch <= 103 and note.length_eighths > 0 for note in bar.notes)


def test_the_backend_plays_a_weights_file_and_says_so_where_it_cannot(tmp_path):
    file = tmp_path / "weights.safetensors"
    write_weights(pieces.weights(), file)
    one = Symbolic(file)
    bar, _ = one.compose(Wish(intent_at(0.5, 0.5), Presence.PLAYING), one.begin(1, 4))
    assert (bar.index, bar.generator) == (4, "symbolic")
    file.write_bytes(b"nonsense")
    with pytest.raises(FileError, match="cannot be read as the weights"):
        Symbolic(file)


def test_the_shipped_weights_are_small_and_play():
    assert WEIGHTS.stat().st_size <= 12e6
    one, state = Symbolic(), None
    for index in range(3):
        bar, state = one.compose(Wish(intent_at(0.3, -0.5), Presence.PLAYING, calm=True), state or one.begin(2, 0))
        assert {(note.pitch - bar.tonic) % SEMITONES for note in bar.notes} <= set(SCALES[bar.mode])
        assert bar.index == index
