"""How fast a composer works, and what its process holds: processor time on one core, whatever runs beside.

Run by hand: ``python -m tests.benchmarks.music_speed generator``, a process of its own, so that the memory is its.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from generators.bars import Bar
from generators.piece import composing
from loop.clock import SystemClock
from tests.benchmarks.music_grid import BEATS_A_BAR, Cell

N_BARS = 48
FEW, USUAL, MANY = (0.0, -1.0), (0.0, 0.0), (1.0, 1.0)     # valence, arousal


@dataclass(frozen=True)
class Speed:
    """Of one point of the plane."""

    music_s: float
    wall_s: float
    processor_s: float
    slowest_bar_s: float
    n_notes: int


def measured(generator: str, point: tuple[float, float]) -> tuple[Speed, list[Bar]]:
    """Compose some bars, and time them."""
    cell, clock = Cell(generator, *point, seed=1), SystemClock()
    desk, bars, spans = composing(generator, cell.seed), list[Bar](), list[float]()
    before, began_s = resource.getrusage(resource.RUSAGE_SELF), clock.now_s()
    for _ in range(N_BARS):
        at_s = clock.now_s()
        bar = desk.bar(cell.wish)
        spans.append(clock.now_s() - at_s)
        bars += [bar] if bar is not None else []
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    music_s = N_BARS * BEATS_A_BAR * 60 / cell.intent.tempo_bpm
    return Speed(music_s, clock.now_s() - began_s, spent_s, max(spans[1:]), sum(len(bar.notes) for bar in bars)), bars


def n_tokens(bars: Sequence[Bar]) -> int:
    """Return how many tokens tell of the lines of the bars, as the symbolic model writes them."""
    total = 0
    for bar in bars:
        lines = [note for note in bar.notes if note.voice != "pad"]
        total += len({round(2 * note.onset_eighths) for note in lines}) + 2 * len(lines)
        total += sum(note.voice == "bass" for note in lines) + 1
    return total


def report(generator: str) -> list[str]:
    """Return the report's part on speed and memory."""
    rows = ["| composer | V, A | times real time, processor | times real time, wall | tokens a processor second "
            "| slowest bar, s |",
            "|---|---|---|---|---|---|"]
    for point in (FEW, USUAL, MANY):
        speed, bars = measured(generator, point)
        tokens = f"{n_tokens(bars) / speed.processor_s:.0f}" if generator == "symbolic" else "–"
        rows.append(f"| {generator} | {point[0]:+.0f}, {point[1]:+.0f} | {speed.music_s / speed.processor_s:.0f} "
                    f"| {speed.music_s / speed.wall_s:.0f} | {tokens} | {speed.slowest_bar_s:.3f} |")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, "", f"Highest resident memory of the composing process: {peak_mb:.0f} MB."]


if __name__ == "__main__":
    sys.stdout.write("\n".join(report((sys.argv[1:] or ["rules"])[0])) + "\n")
