"""Half an hour of one intent: whether it loops, whether it drifts.

Two bars are alike by the notes that they share, of those that either has (voice, eighth, pitch; the pad apart: it
holds chords, and there are few). A loop is a window of eight bars that comes again nearly whole; a drift is a last
third whose windows differ from the first's by more than the windows differ among each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from generators.bars import Bar
from generators.rules import measure

WINDOW_BARS = 8
LOOPS_AT = 0.9


def likeness(bars: Sequence[Bar]) -> NDArray[np.float64]:
    """Return the share of notes that each two bars have in common, (n_bars, n_bars), 0..1."""
    names: dict[object, int] = {}
    rows = [[names.setdefault((note.voice, round(2 * note.onset_eighths), note.pitch), len(names))
             for note in bar.notes if note.voice in measure.RHYTHM_VOICES] for bar in bars]
    held = np.zeros((len(bars), len(names)), dtype=np.float32)
    for index, row in enumerate(rows):
        held[index, row] = 1
    both = held @ held.T
    count = held.sum(axis=1)
    either = count[:, None] + count[None, :] - both
    return np.where(either > 0, both / np.maximum(either, 1), 0.0)


def recurrences(bars: Sequence[Bar]) -> NDArray[np.float64]:
    """Return how alike each two windows of eight bars are, that do not overlap: the mean over their bars, in order."""
    alike = likeness(bars)
    n_windows = len(bars) - WINDOW_BARS + 1
    sums = sum(alike[step:step + n_windows, step:step + n_windows] for step in range(WINDOW_BARS)) / WINDOW_BARS
    return np.asarray(sums)[np.triu_indices(n_windows, WINDOW_BARS)]


def drift(bars: Sequence[Bar]) -> dict[str, tuple[float, float, float]]:
    """Return of each measure its mean in the first third and in the last, and the gap in deviations of a window."""
    measures = {"density": measure.density, "register": measure.register, "dissonance": measure.dissonance}
    windows = [bars[at:at + WINDOW_BARS] for at in range(0, len(bars) - WINDOW_BARS + 1, WINDOW_BARS)]
    third = len(windows) // 3
    told = {}
    for name, of in measures.items():
        values = np.array([of(window) for window in windows])
        first, last = float(values[:third].mean()), float(values[-third:].mean())
        spread = float(np.sqrt((values[:third].var(ddof=1) + values[-third:].var(ddof=1)) / 2))
        told[name] = first, last, (last - first) / spread
    return told


def report(bars: Sequence[Bar]) -> list[str]:
    """Return the report's part on the form of a long piece."""
    again = recurrences(bars)
    gaps = ", ".join(f"{name} {first:.2f} to {last:.2f} ({gap:+.2f} SD)"
                     for name, (first, last, gap) in drift(bars).items())
    return [f"{len(bars)} bars: two windows of {WINDOW_BARS} bars share {np.median(again):.3f} of their notes in the "
            f"median, {np.percentile(again, 99.9):.3f} at the 99.9th percentile, {again.max():.3f} at most (a loop "
            f"would be above {LOOPS_AT}). First third to last: {gaps}."]
