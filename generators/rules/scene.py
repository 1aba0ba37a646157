"""A bar's circumstances: what all its parts share, and how loud each note is in them."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import numpy as np

from generators.bars import EIGHTHS_A_BAR
from generators.rules.bass import BASS_HOME, pedal
from generators.rules.harmony import TRIAD, chord_classes, ladder, telling_classes
from generators.rules.phrase import Phrase
from generators.rules.rhythm import METRE, PEDAL, borrowed
from generators.rules.state import Levels, RulesState

UPPER_VOICES = 2                   # melody and pad
RUNGS = (28, 103)                  # MIDI pitches that melody and bass may climb

# Velocity = base + metre + phrase + chance, for each voice; in calm music the accents shrink (music.md section 1:
# no onset more than 6 dB over the bed).
BASE_VELOCITY = {"pad": 0.50, "pluck": 0.56, "bass": 0.58}
METRE_ACCENT = 0.16
PHRASE_ACCENT = 0.10
CHANCE_ACCENT = 0.04
CALM_ACCENTS = 0.5
FINAL_SOFTENING = 0.07             # of each bar of an ending


@dataclass(frozen=True, slots=True)
class Scene:
    """One bar's circumstances: what all its parts share."""

    state: RulesState              # with the phrase that the bar belongs to
    phrase: Phrase
    levels: Levels
    calm: bool
    attempt: int
    rng: np.random.Generator

    @property
    def degree(self) -> int:
        """The degree of the bar's harmony."""
        return self.phrase.degrees[self.state.position]

    @property
    def lands(self) -> bool:
        """Whether the phrase ends with this bar."""
        return self.state.position == self.phrase.length - 1

    @property
    def last(self) -> bool:
        """Whether the piece ends with this bar."""
        return self.lands and self.phrase.final

    def classes(self, steps: tuple[int, ...] = TRIAD) -> tuple[int, ...]:
        """Return the pitch classes some scale steps above the bar's root."""
        return chord_classes(self.phrase.key.tonic, self.phrase.key.mode, self.degree, steps)

    @property
    def telling(self) -> frozenset[int]:
        """The notes of the bar's triad that tell the mode and that no later chord of the phrase holds."""
        key, later = self.phrase.key, self.phrase.degrees[self.state.position + 1:]
        held = {note for degree in later for note in chord_classes(key.tonic, key.mode, degree)}
        return telling_classes(key.tonic, key.mode).intersection(self.classes()).difference(held)

    @property
    def owed(self) -> float:
        """Onsets that the bar has beside its density: owed by those before it, or borrowed of those after it."""
        before = self.state.levels or self.levels
        return self.state.density_debt + borrowed(EIGHTHS_A_BAR * (self.levels.density - before.density))

    @property
    def rungs(self) -> tuple[int, ...]:
        """All pitches of the mode."""
        return ladder(self.phrase.key.tonic, self.phrase.key.mode, *RUNGS)


    @property
    def arch(self) -> float:
        """How far the phrase is above its mean height, about -.6 at its ends to .4 in its middle."""
        along = (self.state.position + 1 / 2) / self.phrase.length
        return sin(pi * along) - 2 / pi

    @property
    def pedal(self) -> bool:
        """Whether the bass stays on the tonic."""
        return self.phrase.bass_style == PEDAL

    @property
    def upper_register(self) -> float:
        """Semitones about home of melody and pad: on a pedal they make up for the height that the bass cannot have."""
        if not self.pedal:
            return self.levels.register
        missed = BASS_HOME + self.levels.register - pedal(self.phrase.key.tonic, self.levels.register)
        return self.levels.register + missed / UPPER_VOICES

    @property
    def next_root(self) -> int | None:
        """The pitch class of the next bar's root; None where another phrase decides it."""
        if self.lands:
            return None
        degree = self.phrase.degrees[self.state.position + 1]
        return chord_classes(self.phrase.key.tonic, self.phrase.key.mode, degree, (0,))[0]

    def velocities(self, slots: tuple[int, ...], voice: str) -> tuple[float, ...]:
        """Return how hard a voice strikes on some eighths, 0..1."""
        accents = CALM_ACCENTS if self.calm else 1.0
        swell = PHRASE_ACCENT * self.arch
        base = BASE_VELOCITY[voice] - (FINAL_SOFTENING * (self.state.position + 1) if self.phrase.final else 0.0)

        def velocity(slot: int) -> float:
            metre = METRE_ACCENT * (METRE[slot] - 1 / 2)
            return base + accents * (metre + swell + CHANCE_ACCENT * float(self.rng.uniform(-1, 1)))

        return tuple(round(velocity(slot), 3) for slot in slots)
