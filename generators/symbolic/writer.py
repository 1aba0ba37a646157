"""The model's hand: writes melody and bass of a planned bar, token by token, within what the plan leaves open.

What must be true is a mask, not a hope: the pitches are of the asked mode, the bar has as many onsets as its density
asks, a closing phrase lands on the tonic, no leap is too wide. What should be likely is a nudge of the logits: chord
tones where little dissonance is asked, the motif's rhythm where the phrase brings it back. The rest is the model's.

Guidance (Ho & Salimans 2022): the bar is foretold with its attributes and without them, and the difference counts
`GUIDANCE` times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from generators.bars import EIGHTHS_A_BAR
from generators.rules.harmony import SEMITONES
from generators.symbolic.corpus import SIXTEENTHS_A_BAR
from generators.symbolic.drawing import Logits, drawn, evened
from generators.symbolic.order import BASS, EIGHTH, MELODY, Order
from generators.symbolic.playing import Foreteller, Tokens
from generators.symbolic.tokens import (
    ATTRIBUTES,
    BAR,
    HEAD,
    HIGHEST,
    LENGTH,
    LENGTHS,
    LOWEST,
    PITCH,
    POSITION,
    VOCABULARY,
    VOICE,
    Tone,
    decode_tones,
    encode_head,
)

GUIDANCE = 1.5
BASS_TOKEN = VOICE + BASS - 1
MOST_TOKENS = 96                   # of a bar: eight eighths of two voices with ornaments take 64

STRONG = (0, 4)                    # eighths
MOST_OFF = 9.0                     # semitones from the contour or the middle beyond which the nudge grows no more
MIDDLE_PULL, BASS_MIDDLE_PULL = 0.1, 0.5       # logits a semitone
LEAP_PULL, FREE_LEAP = 0.1, 4      # logits a semitone beyond a third
REPEAT_PULL = 1.2                  # logits lost by the pitch that was sung last: dance tunes stand on a note, we do not
MOST_REPEATS = 1                   # of one pitch in a row
BASS_PULL = 2.5                    # logits for the bass to join the melody where it may, and against it being alone
REST_PULL = 0.4                    # logits a sixteenth: where a line arrives, it stays
ARRIVAL_PULL = 1.0                 # logits lost by the pitch that a closing line is to arrive at, before it does
BASS_CHORD_PULL = 1.5              # the bass stands on the chord: in its first note, twice that
BASS_ROOT_PULL = 2.0               # ... and there on its root rather than on the others
ALL_PITCHES = np.arange(LOWEST, HIGHEST + 1)


def write_bar(model: Foreteller, context: Sequence[int], order: Order, rng: np.random.Generator) -> tuple[Tone, ...]:
    """Return the tones of a bar after the tokens of the bars before it; the same dice give the same tones."""
    feed = _Feed(model, context, order.attributes)
    writing = _Writing(order)
    logits = feed.first()
    while True:
        token = drawn(writing.evened(logits) + writing.nudges(), writing.allowed(), rng)
        if token == BAR or len(writing.tokens) >= MOST_TOKENS:
            return decode_tones(writing.tokens)
        writing.take(token)
        logits = feed.after(token)


class _Feed:
    """The model with its cache, run with the attributes and without them side by side; what came before is one."""

    def __init__(self, model: Foreteller, context: Sequence[int], attributes: tuple[int | None, ...]) -> None:
        self._model = model
        self._heads = np.array([encode_head(attributes), encode_head((None,) * len(ATTRIBUTES))])
        self._cache = model.begin(context, len(self._heads), HEAD + MOST_TOKENS)

    def first(self) -> Logits:
        return self._run(self._heads)

    def after(self, token: int) -> Logits:
        return self._run(np.full((len(self._heads), 1), token))

    def _run(self, tokens: Tokens) -> Logits:
        asked, free = self._model.foretell(tokens, self._cache)[:, -1].astype(np.float64)
        return np.asarray(free + GUIDANCE * (asked - free))


@dataclass(slots=True)
class _Writing:
    """A bar while it is written: which tokens may come next, and which should."""

    order: Order
    tokens: list[int] = field(default_factory=list)
    position: int = -1
    voice: int = MELODY
    opened: bool = False           # a position or voice was written: a pitch must follow
    pitched: bool = False          # a pitch was written: its length must follow
    slots: list[int] = field(default_factory=list)
    melody: int | None = None      # the last pitch of each voice
    bass: int | None = None
    n_melody: int = 0              # notes of each voice so far
    n_bass: int = 0
    repeats: int = 0               # of the melody's last pitch
    has_bass_here: bool = False

    def __post_init__(self) -> None:
        self.melody, self.bass = self.order.melody.before, self.order.bass.before

    @property
    def _left(self) -> int:
        return self.order.n_slots - len(self.slots)

    @property
    def _slot(self) -> int:
        """The eighth of the newest onset; -1 before the first."""
        return self.position // EIGHTH if self.position >= 0 else -1

    @property
    def _slots_next(self) -> range:
        """The eighths at which the next onset may fall; none where the bar has all of them."""
        return range(self._slot + 1, EIGHTHS_A_BAR - self._left + 1 if self._left else 0)

    @property
    def _last_slot(self) -> bool:
        return self._left == 0

    def allowed(self) -> NDArray[np.bool_]:
        """Return which tokens may come next; never none."""
        mask = np.zeros(VOCABULARY, dtype=bool)
        if self.pitched:
            mask[LENGTH:LENGTH + len(LENGTHS)] = True
        elif self.opened:
            self._allow_pitches(mask)
            mask[BASS_TOKEN] = self.voice == MELODY and not self._must_sing and self._bass_may
        else:
            self._allow_onsets(mask)
            mask[BASS_TOKEN] = not self.has_bass_here and self._bass_may
            mask[BAR] = self._left == 0
        return mask

    @property
    def _bass_may(self) -> bool:
        return self.position % EIGHTH == 0 and self.position // EIGHTH in self.order.bass_slots

    @property
    def _must_sing(self) -> bool:
        """The bar's last eighth is the melody's where it must land, or where it has not sung at all."""
        return self._last_slot and (self.n_melody == 0 or self.order.landing is not None)

    def _allow_onsets(self, mask: NDArray[np.bool_]) -> None:
        here = self._slot
        for slot in self._slots_next:
            mask[POSITION + EIGHTH * slot] = True
        between = EIGHTH * here + 1
        if self.order.ornaments and here >= 0 and self.position < between < SIXTEENTHS_A_BAR and self.n_melody:
            mask[POSITION + between] = self.order.landing is None or not self._last_slot

    def _allow_pitches(self, mask: NDArray[np.bool_]) -> None:
        sung = self.order.bass if self.voice == BASS else self.order.melody
        here = self.bass if self.voice == BASS else self.melody
        allowed = [pitch for pitch in sung.allowed if here is None or abs(pitch - here) <= sung.max_leap]
        allowed = allowed or [min(sung.allowed, key=lambda pitch: abs(pitch - (here or 0)))]
        landing = self.order.landing if self.voice == MELODY and self._last_slot else None
        if landing is not None:
            allowed = ([pitch for pitch in allowed if pitch % SEMITONES in landing]
                       or [pitch for pitch in sung.allowed if pitch % SEMITONES in landing] or allowed)
        elif self.voice == MELODY and self.repeats >= MOST_REPEATS:
            allowed = [pitch for pitch in allowed if pitch != here] or allowed
        mask[[PITCH + pitch - LOWEST for pitch in allowed]] = True

    def evened(self, logits: Logits) -> Logits:
        """Return the logits with those of the next onset's place drawn together."""
        if self.pitched or self.opened or not self._left:
            return logits
        places = [POSITION + EIGHTH * slot for slot in self._slots_next]
        out = logits.copy()
        out[places] = evened(logits[places], self._left)
        return out

    def nudges(self) -> Logits:
        """Return what is added to the logits."""
        nudges = np.zeros(VOCABULARY)
        if self.pitched:
            if self.order.landing is not None and self._last_slot and self.voice == MELODY:
                nudges[LENGTH:LENGTH + len(LENGTHS)] = REST_PULL * np.array(LENGTHS)
        elif self.opened:
            nudges[PITCH:PITCH + len(ALL_PITCHES)] = self._pitch_nudges()
            nudges[BASS_TOKEN] = -BASS_PULL
        else:
            for slot, pull in enumerate(self.order.rhythm):
                nudges[POSITION + EIGHTH * slot] = pull
            nudges[BASS_TOKEN] = BASS_PULL
        return nudges

    def _pitch_nudges(self) -> Logits:
        slot = self.position // EIGHTH
        in_chord = np.isin(ALL_PITCHES % SEMITONES, sorted(self.order.chord))
        if self.voice == BASS:
            on_root = np.isin(ALL_PITCHES % SEMITONES, self.order.root)
            stands = BASS_CHORD_PULL * in_chord
            first = stands + BASS_ROOT_PULL * on_root if self.n_bass == 0 else 0.0
            return np.asarray(stands + first - BASS_MIDDLE_PULL * _off(self.order.bass.middle))
        pull = self.order.chord_pull * (2 if slot in STRONG else 1)
        nudges = pull * in_chord - MIDDLE_PULL * _off(self.order.melody.middle) - self._motion_costs()
        wanted = self.order.contour[slot]
        return np.asarray(nudges if wanted != wanted else nudges - self.order.contour_pull * _off(wanted))

    def _motion_costs(self) -> Logits:
        """Return what the melody's pitches lose for standing still, for leaping, and for arriving before the end."""
        costs = np.zeros(len(ALL_PITCHES))
        if self.melody is not None:
            away = np.abs(ALL_PITCHES - self.melody)
            costs += REPEAT_PULL * (away == 0) + LEAP_PULL * np.maximum(0, away - FREE_LEAP)
        if self.order.landing is not None and not self._last_slot:
            costs += ARRIVAL_PULL * np.isin(ALL_PITCHES % SEMITONES, sorted(self.order.landing))
        return costs

    def take(self, token: int) -> None:
        """Take the token that was drawn."""
        self.tokens.append(token)
        if POSITION <= token < VOICE:
            self.position, self.voice, self.opened, self.has_bass_here = token - POSITION, MELODY, True, False
            if self.position // EIGHTH not in self.slots:
                self.slots.append(self.position // EIGHTH)
        elif token == BASS_TOKEN:
            self.voice, self.opened, self.has_bass_here = BASS, True, True
        elif PITCH <= token < LENGTH:
            self._sung(token - PITCH + LOWEST)
        else:
            self.pitched = False

    def _sung(self, pitch: int) -> None:
        self.opened, self.pitched = False, True
        if self.voice == BASS:
            self.bass, self.n_bass = pitch, self.n_bass + 1
        else:
            self.repeats = self.repeats + 1 if pitch == self.melody else 0
            self.melody, self.n_melody = pitch, self.n_melody + 1


def _off(wanted: float) -> Logits:
    return np.asarray(np.minimum(np.abs(ALL_PITCHES - wanted), MOST_OFF))
