"""What bars are, measured from their notes alone: the other half of "asked against measured".

The same measures steer the composer (it closes the loop on density and dissonance) and judge it, so each is defined
once, here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar, Note
from generators.rules.harmony import SCALES, SEMITONES

MIDDLE_C = 60
RHYTHM_VOICES = ("pluck", "bass")
# Roughness of an interval class, 0..6 semitones. The order is that of Hindemith's series 2; the numbers are by taste.
# Octaves are taken as one: spacing is the voicing's affair.
ROUGHNESS = (0.0, 1.0, 0.5, 0.08, 0.05, 0.0, 0.6)
ROUGHNESS_SCALE = 1.2              # a plain triad measures about .05, the harshest four notes of a mode about .5
SAMPLED_AT = 0.25                  # of an eighth after its start: what begins there is heard, what ends there is not


def density(bars: Sequence[Bar]) -> float:
    """Return the share of eighths in which pluck or bass begins a note, 0..1."""
    return sum(len(onset_slots(bar.notes)) for bar in bars) / (EIGHTHS_A_BAR * len(bars))


def onset_slots(notes: Iterable[Note]) -> frozenset[int]:
    """Return the eighths, 0..7, in which pluck or bass begins a note; an ornament counts with its eighth."""
    return frozenset(int(note.onset_eighths) for note in notes if note.voice in RHYTHM_VOICES)


def register(bars: Sequence[Bar]) -> float:
    """Return the mean pitch in semitones from C4: of each voice weighed by length, then of the voices alike."""
    return float(np.mean([_mean_pitch(bars, voice) for voice in voices_of(bars)])) - MIDDLE_C


def voices_of(bars: Sequence[Bar]) -> list[str]:
    """Return the voices that sound in the bars."""
    return sorted({note.voice for bar in bars for note in bar.notes})


def _mean_pitch(bars: Sequence[Bar], voice: str) -> float:
    notes = [note for bar in bars for note in bar.notes if note.voice == voice]
    return float(np.average([note.pitch for note in notes], weights=[note.length_eighths for note in notes]))


def dissonance(bars: Sequence[Bar]) -> float:
    """Return the mean roughness of the chords that sound on each eighth, 0..1."""
    return float(np.mean([bar_dissonance(bar.notes) for bar in bars]))


def bar_dissonance(notes: Sequence[Note]) -> float:
    """Return the mean roughness of one bar's eighths: sevenths, ninths, suspensions and passing tones alike."""
    return mean_roughness(sounding(notes))


def mean_roughness(masks: Sequence[int]) -> float:
    """Return the mean roughness of pitch-class sets, each a mask of 12 bits."""
    return sum(roughness(mask) for mask in masks) / len(masks)


def sounding(notes: Sequence[Note]) -> list[int]:
    """Return the pitch classes that sound on each eighth, as masks of 12 bits."""
    masks = [0] * EIGHTHS_A_BAR
    for note in notes:
        for slot in range(EIGHTHS_A_BAR):
            if note.onset_eighths <= slot + SAMPLED_AT < note.onset_eighths + note.length_eighths:
                masks[slot] |= 1 << note.pitch % SEMITONES
    return masks


@lru_cache(maxsize=1 << SEMITONES)
def roughness(mask: int) -> float:
    """Return the mean roughness over all pairs of a set of pitch classes, 0..1; 0 for fewer than two."""
    classes = [pitch_class for pitch_class in range(SEMITONES) if mask >> pitch_class & 1]
    pairs = [min(high - low, SEMITONES - high + low) for low, high in combinations(classes, 2)]
    if not pairs:
        return 0.0
    return min(1.0, ROUGHNESS_SCALE * sum(ROUGHNESS[pair] for pair in pairs) / len(pairs))


def class_profile(bars: Sequence[Bar]) -> tuple[float, ...]:
    """Return the share of sounding time of each of the 12 pitch classes above the bar's tonic."""
    profile = np.zeros(SEMITONES)
    for bar in bars:
        for note in bar.notes:
            profile[(note.pitch - bar.tonic) % SEMITONES] += note.length_eighths
    return tuple(float(share) for share in profile / profile.sum())


def mode(bars: Sequence[Bar]) -> str:
    """Return the mode whose template holds most of what sounds; of equals, the one earliest in `SCALES`.

    Templates of neighbouring modes differ by one note, so the answer is right only where the characteristic note
    was played.
    """
    profile = class_profile(bars)
    return max(SCALES, key=lambda name: round(sum(profile[step] for step in SCALES[name]), 6))
