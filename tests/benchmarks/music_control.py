"""Asked against measured from the notes, over the plane: what a composer does with each attribute, and its modes.

Run by hand: ``python -m tests.benchmarks.music_control [generator]``; no sound. Tempo and articulation are those of the
beat clock that plays the bars (`generators/sound/sequencer.py`); the rest is measured in the bars.

A phrase is right where the asked mode's template alone, of the seven, holds most of what sounds about the tonic as
played, and the degree that tells the mode from its neighbours was played.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from generators.bars import EIGHTHS_A_BAR, Bar
from generators.rules import measure
from generators.rules.harmony import SCALES
from generators.sound.ring import RATE_HZ
from generators.sound.sequencer import GATE_SHORTENED, GRID_FRAMES, SHORTEST_GATE_S, Sequencer
from tests.benchmarks.music_grid import BEATS_A_BAR, PIECE_S, Cell, bars_of, cells

ATTRIBUTES = ("tempo_bpm", "density", "register_semitones", "dissonance", "articulation")
AIM_R2 = 0.9
AIM_MODE = 0.95
FEWEST_NOTES = 12                  # of a phrase that is asked for its mode
PICKED = ("pluck", "bass")         # articulated; the pad is tied
# The degree, in semitones above the tonic, that tells a mode from the one that is nearest to it in practice.
CHARACTERISTIC = {"Locrian": 6, "Phrygian": 1, "Aeolian": 8, "Dorian": 9, "Mixolydian": 10, "Ionian": 11, "Lydian": 6}


@dataclass(frozen=True)
class Line:
    """One attribute over a grid."""

    attribute: str
    r2: float                      # squared correlation
    slope: float                   # measured per asked
    rms: float                     # of measured - asked
    asked: tuple[float, float]
    measured: tuple[float, float]


def line(attribute: str, asked: Sequence[float], measured: Sequence[float]) -> Line:
    """Compare what was asked for with what was measured; what could not be measured (nan) is left out."""
    wanted, got = np.asarray(asked, float), np.asarray(measured, float)
    both = np.isfinite(wanted) & np.isfinite(got)
    wanted, got = wanted[both], got[both]
    slope = float(np.polyfit(wanted, got, 1)[0])
    r2 = float(np.corrcoef(wanted, got)[0, 1] ** 2)
    rms = float(np.sqrt(np.mean((got - wanted) ** 2)))
    return Line(attribute, r2, slope, rms, (wanted.min(), wanted.max()), (got.min(), got.max()))


def measured(cell: Cell, bars: Sequence[Bar]) -> dict[str, float]:
    """Return every attribute of a cell as measured from its notes, in the unit in which it is asked for."""
    tempo_bpm, articulation = played(cell, bars)
    return {"tempo_bpm": tempo_bpm, "density": measure.density(bars), "register_semitones": measure.register(bars),
            "dissonance": measure.dissonance(bars), "articulation": articulation}


def played(cell: Cell, bars: Sequence[Bar]) -> tuple[float, float]:
    """Return tempo, beats a minute, and articulation as the beat clock plays them: 1 - .7 x of a note is held."""
    clock = Sequencer(cell.seed)
    shares, starts = [], []
    clock.wake()
    waiting = list(bars[::-1])
    while waiting or clock.queued:
        while waiting and clock.offer(waiting[-1]):
            waiting.pop()
        clock.aim(cell.intent.tempo_bpm, cell.intent.articulation, cell.wish.calm)
        for onset in clock.advance(GRID_FRAMES):
            written_s = onset.note.length_eighths * 60 * BEATS_A_BAR / EIGHTHS_A_BAR / clock.tempo_bpm
            if onset.note.voice in PICKED and onset.gate_s > SHORTEST_GATE_S:
                shares.append((1 - onset.gate_s / written_s) / GATE_SHORTENED)
        starts += [one.frame for one in clock.played()]
    bar_s = float(np.mean(np.diff(starts))) / RATE_HZ
    return 60 * BEATS_A_BAR / bar_s, float(np.mean(shares))


def phrases(bars: Iterable[Bar]) -> list[list[Bar]]:
    """Cut bars at the phrases' starts; the last may be cut short."""
    found: list[list[Bar]] = []
    for bar in bars:
        if bar.phrase_start or not found:
            found.append([])
        found[-1].append(bar)
    return found


def sounds_as(bars: Sequence[Bar], mode: str) -> bool:
    """Return whether a phrase is in a mode: its template alone fits best, and its own degree was played."""
    profile = measure.class_profile(bars)
    fits = {name: round(sum(profile[step] for step in steps), 6) for name, steps in SCALES.items()}
    best = [name for name, fit in fits.items() if fit == max(fits.values())]
    return best == [mode] and profile[CHARACTERISTIC[mode]] > 0


def mode_share(pieces: Iterable[tuple[str, Sequence[Bar]]]) -> tuple[float, int]:
    """Return the share of whole phrases that sound as asked, and how many were long enough to ask."""
    asked = [(mode, phrase) for mode, bars in pieces for phrase in phrases(bars)[:-1]
             if sum(len(bar.notes) for bar in phrase) >= FEWEST_NOTES]
    return sum(sounds_as(phrase, mode) for mode, phrase in asked) / len(asked), len(asked)


def table(lines: Iterable[Line]) -> list[str]:
    """Return lines of Markdown; what misses the aim says so."""
    rows = ["| attribute | r2 | slope | rms error | asked | measured | |", "|---|---|---|---|---|---|---|"]
    for one in lines:
        rows.append(f"| {one.attribute} | {one.r2:.3f} | {one.slope:.2f} | {one.rms:.3g} "
                    f"| {one.asked[0]:.2f} to {one.asked[1]:.2f} | {one.measured[0]:.2f} to {one.measured[1]:.2f} "
                    f"| {'' if one.r2 >= AIM_R2 else 'below .9'} |")
    return rows


def report(generator: str, wanted: Sequence[Cell] | None = None) -> list[str]:
    """Return the control part of the report that needs no sound, for one composer."""
    wanted = cells(generator) if wanted is None else wanted
    pieces = [(cell, bars_of(cell)) for cell in wanted]
    found = [measured(cell, bars) for cell, bars in pieces]
    lines = [line(name, [getattr(cell.intent, name) for cell in wanted], [row[name] for row in found])
             for name in ATTRIBUTES]
    share, n_phrases = mode_share((cell.intent.mode, bars) for cell, bars in pieces)
    aim = "" if share >= AIM_MODE else " (below 95 %)"
    return [*table(lines), "",
            f"Mode as asked for in {100 * share:.1f} % of {n_phrases} whole phrases of {FEWEST_NOTES} notes or more"
            f"{aim}. {len(pieces)} pieces of {PIECE_S:.0f} s."]


if __name__ == "__main__":
    sys.stdout.write("\n".join(report((sys.argv[1:] or ["rules"])[0])) + "\n")
