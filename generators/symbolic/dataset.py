"""From pieces to training sequences: re-read in another mode, stretched, thinned to fewer voices, and measured.

The corpus is mostly major and mostly quick. So a piece is read in the mode that is wanted (each note of its scale
becomes the same degree of the other: the parallel mode), its values may be doubled or quadrupled, and a chorale may be
thinned to its outer voices. The attributes are measured on what came out, by the measures that judge the composer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from generators.bars import Note
from generators.rules.harmony import DEGREES, SCALES, SEMITONES, TRIAD
from generators.rules.measure import bar_dissonance, onset_slots
from generators.symbolic.corpus import CHORALES, SIXTEENTHS_A_BAR, VOICES, Piece
from generators.symbolic.tokens import (
    DISSONANCE_STEP,
    HIGHEST,
    LOWEST,
    N_DISSONANCES,
    N_REGISTERS,
    PLACES,
    REGISTER_LOWEST,
    REGISTER_STEP,
    TEXTURES,
    TokenBar,
    Tone,
    cut_length,
    encode,
    tonic_pitch,
)
from loop.values import MODES

HELD_OUT = 0.1                     # share of the pieces
# How often each mode is read, dark to bright, as the product plays them: the two at the ends are rare colours.
MODE_SHARES = (0.08, 0.23, 0.20, 0.20, 0.21, 0.08)
STRETCHES, STRETCH_SHARES = (1, 2, 4), (0.55, 0.30, 0.15)
TEXTURE_SHARES = (0.15, 0.60, 0.25)            # of a chorale, by `TEXTURES`
KEPT_VOICES = ((0,), (0, 3), (0, 1, 2, 3))     # of each of `TEXTURES`
CHORALE_SHARE = 0.5                # of the sequences: they teach two voices to go together
NATIVE_SHARE = 0.6                 # of the sequences, that the piece is in the wanted mode by itself, where some are
ATTRIBUTE_DROPOUT = 0.12           # of each attribute by itself
FREE_SHARE = 0.08                  # of the bars' heads that all attributes are dropped from together
PHRASE_BARS = 4                    # of a tune
EIGHTH = 2                         # sixteenths
SOUND_VOICES = ("pluck", "pad", "pad", "bass")  # what the measures call melody, alto, tenor and bass
BASS_WEIGHT, DOWNBEAT_WEIGHT, ROOT_WEIGHT = 2.0, 1.5, 0.3      # in the guess of a bar's harmony, by taste


@dataclass(frozen=True, slots=True)
class Reading:
    """How a piece is read."""

    mode: str
    stretch: int = 1
    texture: int = 0               # of `TEXTURES`


def bars_of(piece: Piece, reading: Reading) -> list[TokenBar]:
    """Return a piece's bars in a reading, each with all attributes as measured."""
    bars: list[list[Tone]] = [[] for _ in range(piece.n_bars * reading.stretch)]
    shift = {old: new - old for old, new in zip(SCALES[piece.mode], SCALES[reading.mode], strict=True)}
    home = tonic_pitch(piece.tonic)
    for voice, onset, length, midi in piece.notes:
        if voice not in KEPT_VOICES[reading.texture]:
            continue
        away = midi - home
        pitch = away + shift.get(away % SEMITONES, 0)
        while pitch > HIGHEST:
            pitch -= SEMITONES
        while pitch < LOWEST:
            pitch += SEMITONES
        at = onset * reading.stretch
        tone = Tone(at % SIXTEENTHS_A_BAR, voice, pitch, cut_length(length * reading.stretch))
        bars[at // SIXTEENTHS_A_BAR].append(tone)
    places = _places(piece, reading, bars)
    return [_measured(tones, place, reading) for tones, place in zip(bars, places, strict=True)]


def texture_of(piece: Piece) -> int:
    """Return the fullest texture that a piece can be read in."""
    return len(TEXTURES) - 1 if piece.collection == CHORALES else 0


def split(pieces: Sequence[Piece], seed: int) -> tuple[list[Piece], list[Piece]]:
    """Return what is learned from and what is held out; tunes that begin alike stay on one side."""
    rng = np.random.default_rng(seed)
    families = [list(group) for _, group in groupby(sorted(pieces, key=_opening), key=_opening)]
    order = rng.permutation(len(families))
    n_out = round(HELD_OUT * len(families))
    held = [piece for index in sorted(order[:n_out]) for piece in families[index]]
    return [piece for index in sorted(order[n_out:]) for piece in families[index]], held


class Reader:
    """Draws training sequences from pieces.

    Parameters
    ----------
    pieces : sequence of Piece
        What is learned from.
    seed : int
        Of all that is drawn.
    length : int
        Tokens a sequence.
    """

    def __init__(self, pieces: Sequence[Piece], length: int) -> None:
        self._length = length
        self._groups = {
            (collection, mode): [piece for piece in pieces if (piece.collection == CHORALES) == collection
                                 and mode in (piece.mode, "")]
            for collection in (True, False) for mode in (*MODES, "")
        }

    def batch(self, n_sequences: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n_sequences, length)`` tokens, padded with 0."""
        tokens = np.zeros((n_sequences, self._length), dtype=np.int64)
        for row in tokens:
            drawn = self._sequence(rng)[:self._length]
            row[:len(drawn)] = drawn
        return tokens

    def _sequence(self, rng: np.random.Generator) -> list[int]:
        mode = str(rng.choice(MODES, p=MODE_SHARES))
        chorale = bool(rng.random() < CHORALE_SHARE)
        native = self._groups[chorale, mode]
        pool = native if native and rng.random() < NATIVE_SHARE else self._groups[chorale, ""]
        pool = pool or self._groups[not chorale, ""]
        piece = pool[int(rng.integers(len(pool)))]
        stretch = int(rng.choice(STRETCHES, p=STRETCH_SHARES))
        texture = int(rng.choice(len(TEXTURES), p=TEXTURE_SHARES)) if texture_of(piece) else 0
        bars = bars_of(piece, Reading(mode, stretch, texture))
        first = 0 if rng.random() < 1 / 4 else int(rng.integers(max(1, len(bars) - PHRASE_BARS)))
        return encode([_dropped(bar, rng) for bar in bars[first:]], begins=first == 0)


def _dropped(bar: TokenBar, rng: np.random.Generator) -> TokenBar:
    if rng.random() < FREE_SHARE:
        return replace(bar, attributes=(None,) * len(bar.attributes))
    gone = rng.random(len(bar.attributes)) < ATTRIBUTE_DROPOUT
    return replace(bar, attributes=tuple(
        None if lost else value for value, lost in zip(bar.attributes, gone, strict=True)))


def _opening(piece: Piece) -> tuple[int, ...]:
    """Return the melody's first steps: two tunes of one opening are one tune in two books."""
    pitches = [pitch for voice, _, _, pitch in piece.notes if voice == 0][:10]
    return tuple(later - earlier for earlier, later in pairwise(pitches))


def _places(piece: Piece, reading: Reading, bars: Sequence[Sequence[Tone]]) -> list[int]:
    landings = piece.landings or tuple(range(PHRASE_BARS - 1, piece.n_bars, PHRASE_BARS))
    lands = {(bar + 1) * reading.stretch - 1 for bar in landings}
    places, starts = [], True
    for index, tones in enumerate(bars):
        name = "start" if starts else "middle"
        if index == len(bars) - 1:
            name = "final"
        elif index in lands:
            name = "closed" if tones and tones[-1].pitch % SEMITONES == 0 else "open"
        places.append(PLACES.index(name))
        starts = index in lands
    return places


def _measured(tones: Sequence[Tone], place: int, reading: Reading) -> TokenBar:
    tones = tuple(sorted(tones, key=lambda tone: (tone.position, tone.voice)))
    melody = [tone.pitch for tone in tones if tone.voice == 0]
    return TokenBar((
        MODES.index(reading.mode), density_of(tones),
        register_of(float(np.mean(melody))) if melody else None,
        dissonance_of(tones), reading.texture, place, degree_of(tones, reading.mode),
    ), tones)


def density_of(tones: Sequence[Tone]) -> int:
    """Return in how many eighths melody or bass begins a note."""
    return len(onset_slots(_notes(tones)))


def register_of(pitch: float) -> int:
    """Return the step of a mean pitch, semitones from the tonic nearest to C4."""
    return min(max(int(pitch // REGISTER_STEP) - REGISTER_LOWEST, 0), N_REGISTERS - 1)


def dissonance_of(tones: Sequence[Tone]) -> int:
    """Return the step of the mean roughness of what sounds on each eighth."""
    return min(int(bar_dissonance(_notes(tones)) / DISSONANCE_STEP), N_DISSONANCES - 1)


def degree_of(tones: Sequence[Tone], mode: str) -> int | None:
    """Return the degree whose triad holds most of a bar; None where nothing sounds."""
    weights = np.zeros(SEMITONES)
    for tone in tones:
        weight = tone.length * (BASS_WEIGHT if tone.voice == len(VOICES) - 1 else 1.0)
        weights[tone.pitch % SEMITONES] += weight * (DOWNBEAT_WEIGHT if tone.position == 0 else 1.0)
    if not weights.any():
        return None
    scale = SCALES[mode]
    fits = [sum(weights[scale[(degree + step) % DEGREES]] for step in TRIAD) + ROOT_WEIGHT * weights[scale[degree]]
            for degree in range(DEGREES)]
    return int(np.argmax(fits))


def _notes(tones: Sequence[Tone]) -> list[Note]:
    return [Note(tone.position / EIGHTH, tone.length / EIGHTH, tone.pitch % SEMITONES, 1.0, SOUND_VOICES[tone.voice])
            for tone in tones]


def iter_readings(piece: Piece) -> Iterator[Reading]:
    """Yield the plain readings of a piece, for evaluation: its own mode and values, outer voices and all."""
    for texture in ((1, 2) if texture_of(piece) else (0,)):
        yield Reading(piece.mode, 1, texture)
