from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import bar_from_json, bar_to_json
from generators.rules.compose import compose
from generators.rules.harmony import SCALES, SEMITONES
from generators.rules.measure import onset_slots
from generators.rules.state import Levels, RulesState, fingerprint
from loop.values import MODES, Intent
from tests.generators.intents import ended, intent_at, piece, points, seeds

few = settings(deadline=None, max_examples=15)
THIRTY_MINUTES = 2000


@pytest.mark.parametrize(("point", "seed"), [((0.0, 0.0), 1), ((-1.0, -1.0), 2), ((1.0, -1.0), 3)])
def test_no_two_bars_of_half_an_hour_are_alike(point, seed):
    marks = [fingerprint(bar.notes) for bar in piece(intent_at(*point), seed, THIRTY_MINUTES)]
    assert len(set(marks)) == THIRTY_MINUTES


def test_even_a_composer_that_has_played_all_it_can_think_of_finds_another_bar():
    empty = replace(intent_at(1.0, -1.0), density=0.0)
    marks = [fingerprint(bar.notes) for bar in piece(empty, 0, 400)]
    assert len(set(marks)) == len(marks)


@given(points, seeds)
@few
def test_the_same_seed_gives_the_same_bars(point, seed):
    assert piece(intent_at(*point), seed, 12) == piece(intent_at(*point), seed, 12)


def test_another_seed_gives_other_bars():
    assert piece(intent_at(0, 0), 1, 8) != piece(intent_at(0, 0), 2, 8)


@given(points, points, seeds)
@few
def test_a_moment_can_be_branched(here, there, seed):
    state = RulesState.begin(seed)
    for _ in range(5):
        _, state = compose(intent_at(*here), state)
    first = compose(intent_at(*there), state)
    compose(intent_at(*here), state, ending=True)
    assert compose(intent_at(*there), state) == first


@given(points, points, seeds)
@few
def test_every_note_is_of_the_bars_mode(here, there, seed):
    state = RulesState.begin(seed)
    for index in range(32):
        bar, state = compose(intent_at(*(here if index < 12 else there)), state)
        assert {(note.pitch - bar.tonic) % SEMITONES for note in bar.notes} <= set(SCALES[bar.mode])


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_can_be_played_and_ended(mode):
    intent = replace(intent_at(0, 0), mode=mode)
    state = RulesState.begin(5)
    for _ in range(9):
        bar, state = compose(intent, state)
        assert bar.mode == mode
    assert ended(intent, state)[-1].degree == 0


@given(points, points, seeds)
@few
def test_the_key_changes_only_where_a_phrase_begins_and_by_one_note(here, there, seed):
    state, before = RulesState.begin(seed), None
    for index in range(48):
        bar, state = compose(intent_at(*(here if index < 12 else there)), state)
        if before is not None and (bar.mode, bar.tonic) != (before.mode, before.tonic):
            assert bar.phrase_start
            common = _classes(bar) & _classes(before)
            assert len(common) == len(SCALES[bar.mode]) - 1
        before = bar


def _classes(bar):
    return {(bar.tonic + step) % SEMITONES for step in SCALES[bar.mode]}


@given(points, seeds)
@few
def test_the_wanted_mode_is_reached_within_a_phrase_for_each_step(point, seed):
    state = RulesState.begin(seed)
    for _ in range(3):
        _, state = compose(intent_at(-1, 0), state)
    modes = []
    for _ in range(4 * 8):
        bar, state = compose(intent_at(1, 0), state)
        modes.append(bar.mode)
    assert modes[-1] == "Ionian"
    assert sorted(modes, key=MODES.index) == modes


@given(points, seeds)
@few
def test_an_ending_resolves_on_the_tonic_within_two_bars(point, seed):
    state = RulesState.begin(seed)
    for _ in range(seed % 11):
        _, state = compose(intent_at(*point), state)
    bars = ended(intent_at(*point), state)
    last = bars[-1]
    assert len(bars) == 2
    assert [bar.last for bar in bars] == [False, True]
    assert last.degree == 0
    for voice in ("bass", "pluck"):
        assert [note.pitch % SEMITONES for note in last.notes if note.voice == voice] == [last.tonic]
    pad = {(note.pitch - last.tonic) % SEMITONES for note in last.notes if note.voice == "pad"}
    assert pad == {SCALES[last.mode][step] for step in (0, 2, 4)}


@given(points, seeds)
@few
def test_endings_thin_out(point, seed):
    state = RulesState.begin(seed)
    for _ in range(8):
        bar, state = compose(intent_at(*point), state)
    going = bar
    bars = ended(intent_at(*point), state)
    counts = [len(onset_slots(bar.notes)) for bar in bars]
    assert bars[-1].notes[0].velocity < going.notes[0].velocity
    assert counts[-1] == 1
    assert counts[0] <= round(8 * intent_at(*point).density / 2) + 2


def test_an_ending_that_is_taken_back_goes_on():
    intent, state = intent_at(0, 0), RulesState.begin(3)
    for _ in range(6):
        _, state = compose(intent, state)
    _, state = compose(intent, state, ending=True)
    following = []
    for _ in range(6):
        bar, state = compose(intent, state)
        following.append(bar)
    assert following[0].phrase_start
    assert not any(bar.last for bar in following)


def test_after_its_last_bar_a_composer_can_begin_again():
    intent, state = intent_at(0, 0), RulesState.begin(3)
    for _ in range(2):
        bar, state = compose(intent, state, ending=True)
    assert bar.last
    bar, state = compose(intent, state)
    assert bar.phrase_start
    assert not bar.last
    assert bar.index == 2


@given(points, points, seeds)
@few
def test_attributes_move_no_faster_than_the_table_allows(here, there, seed):
    _, state = compose(intent_at(*here), RulesState.begin(seed))
    for _ in range(6):
        before = state.levels
        _, state = compose(intent_at(*there), state)
        assert before is not None
        assert state.levels is not None
        assert abs(state.levels.density - before.density) <= 0.10 + 1e-9
        assert abs(state.levels.register - before.register) <= 2 + 1e-9
        assert abs(state.levels.dissonance - before.dissonance) <= 0.05 + 1e-9


@given(st.floats(-0.9, 0.7), st.sampled_from((-0.25, 0.25)), seeds, st.integers(2, 12))
@few
def test_the_first_bar_after_a_step_of_density_tells_of_it(arousal, step, seed, n_bars):
    here = intent_at(0.0, arousal)
    state = RulesState.begin(seed)
    for _ in range(n_bars):
        _, state = compose(here, state)
    there = replace(here, density=here.density + step)
    plain, stepped = (len(onset_slots(compose(intent, state)[0].notes)) for intent in (here, there))
    assert (stepped - plain) * step > 0 or (plain, step) in ((0, -0.25), (8, 0.25))


@given(st.floats(0.1, 0.8), st.floats(0.1, 0.8), seeds)
@few
def test_what_a_step_borrows_is_given_back(here, there, seed):
    state, owed = RulesState.begin(seed), 0.0
    for density in [here] * 5 + [there] * 20:
        bar, state = compose(replace(intent_at(0.0, 0.0), density=density), state)
        owed += 8 * bar.density - len(onset_slots(bar.notes))
    assert abs(owed) < 1.5


def test_attributes_arrive():
    _, state = compose(intent_at(-1, -1), RulesState.begin(1))
    for _ in range(12):
        _, state = compose(intent_at(1, 1), state)
    assert state.levels == Levels.of(intent_at(1, 1))


def test_the_tonic_moves_rarely_and_more_rarely_when_calm():
    def moves(seed: int, calm: bool) -> int:
        bars = piece(intent_at(0.2, 0.0), seed, 300, calm)
        return sum(one.tonic != other.tonic for one, other in pairwise(bars))

    lively, calm = (sum(moves(seed, calm) for seed in range(4)) for calm in (False, True))
    assert 0 < calm < lively < 4 * 300 / 5 / 4


wild = st.builds(
    Intent, tempo_bpm=st.just(78.0), density=st.floats(0, 1), mode=st.sampled_from(MODES),
    register_semitones=st.floats(-24, 24), dissonance=st.floats(0, 1), articulation=st.just(0.3),
    loudness_db=st.just(0.0), brightness=st.just(0.4),
)


@given(st.lists(st.tuples(wild, st.booleans(), st.booleans()), min_size=1, max_size=20), seeds)
@few
def test_any_course_of_intents_can_be_composed(course, seed):
    state = RulesState.begin(seed)
    for index, (intent, ending, calm) in enumerate(course):
        bar, state = compose(intent, state, ending=ending, calm=calm)
        assert bar.index == index
        assert bar_from_json(bar_to_json(bar)) == bar
        assert all(28 <= note.pitch <= 103 for note in bar.notes)
