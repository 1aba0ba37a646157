"""What is asked of a bar's two lines: the order that the writer fills."""

from __future__ import annotations

from dataclasses import dataclass

from generators.symbolic.corpus import VOICES

MELODY, BASS = 0, len(VOICES) - 1
EIGHTH = 2                         # sixteenths


@dataclass(frozen=True, slots=True)
class Voicing:
    """What one voice may sing, as pitches from the tonic nearest to C4."""

    allowed: frozenset[int]
    before: int | None             # where it was left
    max_leap: int
    middle: float                  # about which it moves


@dataclass(frozen=True, slots=True)
class Order:
    """What is planned of a bar."""

    attributes: tuple[int | None, ...]
    n_slots: int                   # eighths in which melody or bass begins a note
    bass_slots: frozenset[int]     # eighths in which the bass may begin a note
    melody: Voicing
    bass: Voicing
    chord: frozenset[int]          # semitones above the tonic, 0..11
    root: int                      # of it
    chord_pull: float              # logits that a chord tone is nudged by; twice on strong eighths
    rhythm: tuple[float, ...]      # logits that each eighth is nudged by: the motif's
    contour: tuple[float, ...]     # pitch, for each eighth, that the motif would sing; NaN where it leaves it open
    contour_pull: float            # logits lost a semitone away from it
    landing: frozenset[int] | None  # of the last note: semitones above the tonic
    ornaments: bool                # notes between the eighths
