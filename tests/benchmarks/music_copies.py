"""The longest run of notes that music shares with the corpus, and what the corpus shares with itself.

A melody is a row of pairs: steps of the scale to the next note, and sixteenths until it begins. So a copy is found in
any key and in any mode (pieces are re-read in other modes in training), and a composer's is looked for at the values
that training stretched to (1, 2, 4). A run of n pairs is n + 1 notes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from generators.bars import EIGHTHS_A_BAR, Bar
from generators.rules.harmony import DEGREES, SCALES, SEMITONES
from generators.symbolic.corpus import Piece
from generators.symbolic.dataset import STRETCHES

Pair = tuple[float, int]
MELODY_VOICE = "pluck"
SEED_PAIRS = 4                     # a shorter run is shared by all music
OFF_SCALE = 0.5                    # of a step: a note between two of the scale


def pairs(notes: Sequence[tuple[int, float]]) -> list[Pair]:
    """Return the pairs of a line of (onset in sixteenths, scale step), in order."""
    return [(later[1] - here[1], later[0] - here[0]) for here, later in pairwise(notes)]


def step_of(pitch: int, tonic: int, mode: str) -> float:
    """Return a MIDI pitch as steps of a scale."""
    octave, above = divmod(pitch - tonic, SEMITONES)
    scale = SCALES[mode]
    inside = bisect_right(scale, above) - 1
    return DEGREES * octave + inside + (0.0 if scale[inside] == above else OFF_SCALE)


def melody_of_piece(piece: Piece) -> list[Pair]:
    """Return the pairs of a piece's melody."""
    line = sorted((onset, pitch) for voice, onset, _, pitch in piece.notes if voice == 0)
    return pairs([(onset, step_of(pitch, piece.tonic, piece.mode)) for onset, pitch in line])


def melody_of_bars(bars: Sequence[Bar]) -> list[Pair]:
    """Return the pairs of a composer's melody."""
    line = [(round(2 * (EIGHTHS_A_BAR * index + note.onset_eighths)), step_of(note.pitch, bar.tonic, bar.mode))
            for index, bar in enumerate(bars) for note in bar.notes if note.voice == MELODY_VOICE]
    return pairs(sorted(line))


class Book:
    """Lines, indexed by their short runs."""

    def __init__(self, lines: Iterable[Sequence[Pair]]) -> None:
        self._lines = list(lines)
        self._places: dict[tuple[Pair, ...], list[tuple[int, int]]] = defaultdict(list)
        for index, line in enumerate(self._lines):
            for at in range(len(line) - SEED_PAIRS + 1):
                self._places[tuple(line[at:at + SEED_PAIRS])].append((index, at))

    def longest(self, line: Sequence[Pair]) -> int:
        """Return the notes of the longest run that a line shares with any of the book; 0 where none has five."""
        best = 0
        for at in range(len(line) - SEED_PAIRS + 1):
            for index, place in self._places.get(tuple(line[at:at + SEED_PAIRS]), ()):
                best = max(best, _common(line, at, self._lines[index], place) + 1)
        return best

    def longest_stretched(self, line: Sequence[Pair]) -> int:
        """Return the same, at any of the values that training stretched the corpus to."""
        return max(self.longest(_shrunk(line, stretch)) for stretch in STRETCHES)


def _common(one: Sequence[Pair], at: int, other: Sequence[Pair], place: int) -> int:
    length = 0
    while at + length < len(one) and place + length < len(other) and one[at + length] == other[place + length]:
        length += 1
    return length


def _shrunk(line: Sequence[Pair], stretch: int) -> list[Pair]:
    """Return a line at shorter values; one that is no whole number of sixteenths matches nothing."""
    return [(step, length // stretch if length % stretch == 0 else -1) for step, length in line]
