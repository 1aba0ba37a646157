"""What is played when no bar has come: the last bar varied, and after some of those a soft pad."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Note

DROPPED_SHARE = 0.3                # of the plucked notes: enough that a bar is heard as another, by taste
VELOCITY_SPREAD = 0.12             # by taste
PAD_VELOCITY = 0.45                # under the composed pads, which are at .5 to .7
SOFT_PITCHES = (0, 7, 12)          # tonic, fifth, octave: at home in every mode
SOFT_LOWEST = 48                   # C3


def varied(bar: Bar, rng: np.random.Generator) -> Bar:
    """Return the bar with some plucked notes left out and every velocity moved: heard as kin, not as a loop."""
    notes = tuple(
        replace(note, velocity=float(np.clip(note.velocity * (1 + VELOCITY_SPREAD * rng.uniform(-1, 1)), 0.05, 1)))
        for note in bar.notes
        if note.voice != "pluck" or rng.uniform() > DROPPED_SHARE
    )
    return replace(bar, notes=notes, phrase_start=False, last=False, generator="varied")


def soft_pad(tonic: int) -> Bar:
    """Return a bar that holds the tonic and its fifth, softly."""
    lowest = SOFT_LOWEST + tonic
    notes = tuple(Note(0.0, float(EIGHTHS_A_BAR), lowest + pitch, PAD_VELOCITY, "pad") for pitch in SOFT_PITCHES)
    return Bar(index=-1, notes=notes, mode="Ionian", tonic=tonic, degree=0, generator="soft_pad")
