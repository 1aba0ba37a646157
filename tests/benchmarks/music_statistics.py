"""What melodies are like, as three numbers a window, and how far two sets of them overlap.

Entropy of pitch classes, bits; scale consistency, the share of notes in the mode's scale; groove consistency, one less
the share of sixteenths in which neighbouring bars differ about an onset (Wu & Yang 2020, ISMIR, "The Jazz Transformer
on the front line"). The overlap is that of their densities (Yang & Lerch 2020, Neural Comput Appl 32:4773).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from generators.bars import Bar
from generators.rules.harmony import SCALES, SEMITONES
from generators.symbolic.corpus import SIXTEENTHS_A_BAR, Piece
from tests.benchmarks.music_copies import MELODY_VOICE

WINDOW_BARS = 8
FEWEST_NOTES = 8
KERNELS = {"pitch-class entropy": 0.15, "scale consistency": 0.02, "groove consistency": 0.04}    # widths, by taste
N_GRID = 800

Melody = list[list[tuple[int, int]]]       # of each bar: sixteenth, semitones above the tonic


def melody_of_piece(piece: Piece) -> Melody:
    """Return a piece's melody, bar by bar."""
    bars: Melody = [[] for _ in range(piece.n_bars)]
    for voice, onset, _, pitch in piece.notes:
        if voice == 0:
            bars[onset // SIXTEENTHS_A_BAR].append((onset % SIXTEENTHS_A_BAR, (pitch - piece.tonic) % SEMITONES))
    return bars


def melody_of_bars(bars: Sequence[Bar]) -> Melody:
    """Return a composer's melody, bar by bar."""
    return [[(int(2 * note.onset_eighths), (note.pitch - bar.tonic) % SEMITONES) for note in bar.notes
             if note.voice == MELODY_VOICE] for bar in bars]


def windows(melody: Melody) -> Iterator[Melody]:
    """Yield windows of eight bars, one after another, that hold enough notes."""
    for at in range(0, len(melody) - WINDOW_BARS + 1, WINDOW_BARS):
        window = melody[at:at + WINDOW_BARS]
        if sum(map(len, window)) >= FEWEST_NOTES:
            yield window


def statistics(window: Melody, mode: str) -> tuple[float, float, float]:
    """Return entropy, scale consistency and groove consistency of a window."""
    classes = [pitch_class for bar in window for _, pitch_class in bar]
    shares = np.bincount(classes, minlength=SEMITONES) / len(classes)
    entropy = float(-np.sum(shares[shares > 0] * np.log2(shares[shares > 0])))
    inside = float(np.mean([pitch_class in SCALES[mode] for pitch_class in classes]))
    grooves = np.zeros((len(window), SIXTEENTHS_A_BAR), dtype=bool)
    for index, bar in enumerate(window):
        grooves[index, [onset for onset, _ in bar]] = True
    return entropy, inside, float(1 - np.mean(grooves[1:] != grooves[:-1]))


def all_statistics(melodies: Sequence[tuple[Melody, str]]) -> NDArray[np.float64]:
    """Return the statistics of every window, (n_windows, 3)."""
    return np.array([statistics(window, mode) for melody, mode in melodies for window in windows(melody)])


def overlap(one: NDArray[np.float64], other: NDArray[np.float64], width: float) -> float:
    """Return the area under both of two densities, 0..1: Gaussian kernels of one width."""
    both = np.concatenate([one, other])
    grid = np.linspace(both.min() - 4 * width, both.max() + 4 * width, N_GRID)

    def density(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-(((grid[:, None] - values) / width) ** 2) / 2).mean(axis=1) / (width * np.sqrt(2 * np.pi))

    return float(np.minimum(density(one), density(other)).sum() * (grid[1] - grid[0]))
