"""What measures the music must itself be true: the cores of the scripts behind docs/music.md."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from generators.bars import Bar, Note
from tests.benchmarks import music_control, music_copies, music_form, music_heard, music_statistics
from tests.benchmarks.ngram import NGram
from tests.benchmarks.tensor_bundle import read_bundle
from tests.generators.intents import intent_at, piece

RATE_HZ = 48_000


def bar_of(pitches: list[int], index: int = 0) -> Bar:
    notes = tuple(Note(float(slot), 1.0, pitch, 0.7, "pluck") for slot, pitch in enumerate(pitches))
    return Bar(index, notes, "Dorian", 2, 0)


def tones(*pitches_hz: float, seconds: float = 8.0, onsets_hz: float = 2.0) -> np.ndarray:
    at_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    struck = np.exp(-8 * (at_s % (1 / onsets_hz)))
    whole = sum(np.sin(2 * np.pi * pitch_hz * at_s) for pitch_hz in pitches_hz) * struck * 0.1
    return np.repeat(whole[:, None], 2, axis=1).astype(np.float32)


def test_a_phrase_is_in_a_mode_only_where_its_own_degree_was_played() -> None:
    dorian = [62, 64, 65, 67, 69, 71, 72, 74]
    assert music_control.sounds_as([bar_of(dorian)], "Dorian")
    assert not music_control.sounds_as([bar_of(dorian)], "Aeolian")
    assert not music_control.sounds_as([bar_of([pitch for pitch in dorian if pitch != 71])], "Dorian")


def test_phrases_are_cut_where_they_start() -> None:
    bars = piece(intent_at(0.2, 0.2), 3, 24)
    cut = music_control.phrases(bars)
    assert [bar for phrase in cut for bar in phrase] == bars
    assert all(not bar.phrase_start for phrase in cut for bar in phrase[1:])


def test_a_line_that_follows_what_is_asked_has_an_r2_of_one() -> None:
    one = music_control.line("density", [0.1, 0.2, 0.4], [0.3, 0.5, 0.9])
    assert one.r2 == pytest.approx(1) and one.slope == pytest.approx(2)


def test_louder_and_higher_sound_measures_so() -> None:
    soft, loud = music_heard.heard(tones(262.0) / 2), music_heard.heard(tones(262.0))
    assert loud["loudness_db"] - soft["loudness_db"] == pytest.approx(6.02, abs=0.1)
    high = music_heard.heard(tones(524.0))
    assert high["register_semitones"] - loud["register_semitones"] == pytest.approx(12, abs=1)


def test_a_true_peak_lies_between_the_samples() -> None:
    eighth_turns = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4800)).astype(np.float32)      # every sample at -3 dB
    both = np.repeat(eighth_turns[:, None], 2, axis=1)
    assert 20 * np.log10(np.abs(both).max()) == pytest.approx(-3.01, abs=0.01)
    assert music_heard.true_peak_dbtp(both[400:-400] * 0.5) == pytest.approx(-6.02, abs=0.4)


def test_the_ngram_gives_probabilities_that_sum_to_one() -> None:
    model = NGram(3, 6)
    model.learn([[1, 2, 3, 1, 2, 4, 1, 2, 3]])
    for history in ((), (1,), (1, 2), (5, 5)):
        assert sum(model.probability(history, token) for token in range(6)) == pytest.approx(1)
    assert model.probability((1, 2), 3) > model.probability((1, 2), 4) > model.probability((1, 2), 5)


def test_a_copy_is_found_in_another_key_and_another_mode_and_at_longer_values() -> None:
    line = [(0, 0.0), (4, 2.0), (6, 1.0), (8, 4.0), (12, 3.0), (16, 0.0), (18, 6.0)]
    book = music_copies.Book([music_copies.pairs(line)])
    longer = [(2 * onset, step + 5) for onset, step in line]
    assert book.longest_stretched(music_copies.pairs(longer)) == len(line)
    assert book.longest(music_copies.pairs([(onset, -step) for onset, step in line])) == 0


def test_steps_of_a_scale_are_the_same_in_every_mode() -> None:
    assert music_copies.step_of(64, 0, "Ionian") == music_copies.step_of(63, 0, "Aeolian")


def test_a_loop_is_seen_and_fresh_bars_are_not_one() -> None:
    bars = piece(intent_at(0.0, 0.3), 5, 32)
    assert music_form.recurrences([*bars[:8], *bars[:8]]).max() == pytest.approx(1)
    assert music_form.recurrences(bars).max() < music_form.LOOPS_AT


def test_the_overlap_of_a_set_with_itself_is_whole_and_with_a_far_one_nothing() -> None:
    values = np.linspace(0, 1, 40)
    assert music_statistics.overlap(values, values, 0.1) == pytest.approx(1, abs=0.01)
    assert music_statistics.overlap(values, values + 9, 0.1) == pytest.approx(0, abs=0.01)


def test_one_note_in_every_bar_has_no_entropy_and_a_steady_groove() -> None:
    entropy, inside, groove = music_statistics.statistics([[(0, 4), (8, 4)]] * 8, "Ionian")
    assert entropy == pytest.approx(0) and inside == 1 and groove == 1


def test_a_checkpoint_is_read_without_the_library_that_wrote_it() -> None:
    values = np.arange(6, dtype="<f4").reshape(2, 3)
    shape = b"\x12\x02\x08\x02\x12\x02\x08\x03"
    entry = b"\x08\x01\x12" + bytes([len(shape)]) + shape + b"\x20\x04\x28\x18\x35\0\0\0\0"
    found = read_bundle(_table(b"dense/kernel", entry), b"\xff" * 4 + values.tobytes())
    assert list(found) == ["dense/kernel"] and np.array_equal(found["dense/kernel"], values)


def _table(key: bytes, value: bytes) -> bytes:
    """Return a LevelDB table of one block."""
    def block(key: bytes, value: bytes) -> bytes:
        return bytes([0, len(key), len(value)]) + key + value + struct.pack("<II", 0, 1)

    first = block(key, value)
    index = block(key, bytes([0, len(first)]))
    handles = bytes([0, 0, len(first) + 5, len(index)])
    return first + b"\0" * 5 + index + b"\0" * 5 + handles.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
