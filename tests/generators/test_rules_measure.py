from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generators.bars import Bar, Note
from generators.rules import measure
from loop.values import MODES
from tests.generators.intents import intent_at, piece

PLANE = [(v, a) for v in (-1, -0.5, 0, 0.5, 1) for a in (-1, -0.5, 0, 0.5, 1)]


def _chord(*pitches):
    notes = tuple(Note(0.0, 8.0, pitch, 0.5, "pad") for pitch in pitches)
    return Bar(0, notes, "Ionian", 0, 0)


def test_density_counts_the_eighths_in_which_pluck_or_bass_begins():
    notes = (
        Note(0.0, 4.0, 72, 0.5, "pluck"), Note(0.0, 8.0, 48, 0.5, "bass"), Note(3.0, 0.5, 74, 0.5, "pluck"),
        Note(3.5, 0.5, 76, 0.5, "pluck"), Note(5.0, 3.0, 60, 0.5, "pad"),
    )
    assert measure.density([Bar(0, notes, "Ionian", 0, 0)]) == 2 / 8


def test_register_is_counted_from_c4():
    assert measure.register([_chord(60, 72)]) == 6


def test_a_triad_is_smoother_than_a_seventh_and_that_than_a_cluster():
    triad, seventh, cluster = _chord(60, 64, 67), _chord(60, 64, 67, 71), _chord(60, 62, 64, 65)
    assert measure.dissonance([triad]) < measure.dissonance([seventh]) < measure.dissonance([cluster])


def test_an_octave_is_not_rough_and_a_lone_note_neither():
    assert measure.dissonance([_chord(60, 72)]) == measure.dissonance([_chord(60)]) == 0


@pytest.mark.parametrize("mode", MODES)
def test_the_mode_is_heard_from_the_notes(mode):
    assert measure.mode(piece(replace(intent_at(0, 0), mode=mode), 4, 24)) == mode


@pytest.mark.parametrize("attribute", ["density", "register", "dissonance"])
def test_what_is_asked_for_is_what_is_measured(attribute):
    asked, measured = [], []
    for index, (valence, arousal) in enumerate(PLANE):
        intent = intent_at(valence, arousal)
        asked.append(intent.register_semitones if attribute == "register" else getattr(intent, attribute))
        measured.append(getattr(measure, attribute)(piece(intent, index, 20)))
    assert np.corrcoef(asked, measured)[0, 1] ** 2 >= 0.9
