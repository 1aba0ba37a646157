from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.bars import Bar, Note
from generators.rules import measure
from generators.rules.harmony import SCALES
from generators.symbolic.corpus import load_pieces, write_pieces
from generators.symbolic.dataset import (
    SOUND_VOICES,
    STRETCHES,
    Reader,
    Reading,
    bars_of,
    iter_readings,
    split,
    texture_of,
)
from generators.symbolic.tokens import (
    ATTRIBUTES,
    BEGIN,
    DISSONANCE_STEP,
    N_DISSONANCES,
    PLACES,
    SIZES,
    TEXTURES,
    VOCABULARY,
    decode,
    tonic_pitch,
)
from loop.values import MODES
from tests.generators import pieces

PLACE = ATTRIBUTES.index("place")
few = settings(deadline=None, max_examples=25)
modes, seeds = st.sampled_from(MODES), st.integers(0, 99)


@given(seeds, modes, modes, st.sampled_from(STRETCHES))
@few
def test_a_piece_that_is_read_in_a_mode_is_in_that_mode(seed, own, wanted, stretch):
    bars = bars_of(pieces.tune(seed, own), Reading(wanted, stretch))
    assert {tone.pitch % 12 for bar in bars for tone in bar.tones} <= set(SCALES[wanted])
    assert len(bars) == 8 * stretch


@given(seeds, modes)
@few
def test_a_piece_that_is_read_in_its_own_mode_is_what_it_was(seed, mode):
    piece = pieces.tune(seed, mode)
    bars = bars_of(piece, Reading(mode))
    found = [(index * 16 + tone.position, tone.length, tone.pitch + tonic_pitch(piece.tonic))
             for index, bar in enumerate(bars) for tone in bar.tones]
    assert found == [note[1:] for note in piece.notes]


@given(seeds, st.sampled_from(range(len(TEXTURES))))
@few
def test_the_attributes_are_what_the_measures_of_the_evidence_measure(seed, texture):
    for bar in bars_of(pieces.chorale(seed), Reading("Ionian", 1, texture)):
        notes = tuple(Note(tone.position / 2, tone.length / 2, 60 + tone.pitch, 1.0, SOUND_VOICES[tone.voice])
                      for tone in bar.tones)
        played = [Bar(0, notes, "Ionian", 0, 0)]
        told = dict(zip(ATTRIBUTES, bar.attributes, strict=True))
        assert told["density"] == round(8 * measure.density(played))
        assert told["dissonance"] == min(int(measure.dissonance(played) / DISSONANCE_STEP), N_DISSONANCES - 1)
        assert told["texture"] == texture


def test_a_chorale_is_thinned_to_the_voices_of_its_texture():
    for texture, voices in enumerate(({0}, {0, 3}, {0, 1, 2, 3})):
        bars = bars_of(pieces.chorale(1), Reading("Ionian", 1, texture))
        assert {tone.voice for bar in bars for tone in bar.tones} == voices
    assert texture_of(pieces.tune(1)) == 0
    assert [reading.texture for reading in iter_readings(pieces.chorale(1))] == [1, 2]


def test_phrases_of_a_tune_are_four_bars_and_those_of_a_chorale_end_where_it_says():
    tune = [PLACES[bar.attributes[PLACE]] for bar in bars_of(pieces.tune(3), Reading("Ionian"))]
    assert tune[0] == tune[4] == "start"
    assert tune[3] in ("open", "closed")
    assert tune[-1] == "final"
    chorale = [PLACES[bar.attributes[PLACE]] for bar in bars_of(pieces.chorale(3), Reading("Ionian", 2, 2))]
    assert chorale[5] in ("open", "closed")
    assert chorale[6] == "start"


def test_tunes_that_begin_alike_stay_on_one_side_and_nothing_is_lost():
    corpus = [*pieces.pieces(), *(replace(piece, name=f"again {piece.name}") for piece in pieces.pieces())]
    for seed in range(10):
        learned, held = split(corpus, seed)
        names = [{piece.name.removeprefix("again ") for piece in side} for side in (learned, held)]
        assert not names[0] & names[1]
        assert held
        assert sorted(piece.name for piece in (*learned, *held)) == sorted(piece.name for piece in corpus)
    assert split(corpus, 3) == split(corpus, 3)


def test_sequences_are_drawn_from_the_dice_alone_and_hold_whole_bars():
    reader = Reader(pieces.pieces(), 96)
    first, again = (reader.batch(6, np.random.default_rng(5)) for _ in range(2))
    assert (first == again).all()
    assert (first != reader.batch(6, np.random.default_rng(6))).any()
    assert first.shape == (6, 96)
    assert first.min() >= 0 and first.max() < VOCABULARY
    for row in first:
        bars = decode(row.tolist())
        assert bars and all(value is None or 0 <= value < size
                            for bar in bars for value, size in zip(bar.attributes, SIZES, strict=True))


def test_the_modes_are_balanced_though_the_corpus_is_not():
    reader, rng = Reader(pieces.pieces(), 96), np.random.default_rng(1)
    rows = np.concatenate([reader.batch(50, rng) for _ in range(4)])
    told = [next((bar.attributes[0] for bar in decode(row.tolist()) if bar.attributes[0] is not None), None)
            for row in rows]
    shares = [told.count(number) / len(told) for number in range(len(MODES))]
    assert max(shares) < 0.35
    assert all(share > 0.1 for share in shares[1:5])
    assert any(row[0] == BEGIN for row in rows) and any(row[0] != BEGIN for row in rows)


def test_a_corpus_that_was_written_is_read_again(tmp_path):
    counts = write_pieces(pieces.pieces(), tmp_path / "corpus.jsonl")
    assert load_pieces(tmp_path / "corpus.jsonl") == pieces.pieces()
    assert counts["oneills1850 Ionian"] == 10
    assert counts["chorales Ionian"] == 5


def test_all_keys_are_one():
    piece = pieces.tune(4, "Dorian")
    higher = replace(piece, tonic=piece.tonic + 1, notes=tuple((*note[:3], note[3] + 1) for note in piece.notes))
    assert bars_of(higher, Reading("Dorian")) == bars_of(piece, Reading("Dorian"))
