"""How fast a composer works, and what its process holds: processor time on one core, whatever runs beside.

Nothing is imported that the music process does without.

Run by hand: ``python -m tests.benchmarks.music_speed generator``, a process of its own, so that the memory is its.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from generators.bars import EIGHTHS_A_BAR, Bar, Wish
from generators.catalog import load
from generators.desk import Desk
from loop.clock import SystemClock
from loop.intent import TABLE, IntentMap
from loop.values import Control, Presence, Target

N_BARS = 48
SEED = 1
S_AN_EIGHTH = 30.0                 # over beats per minute
FEW, USUAL, MANY = (0.0, -1.0), (0.0, 0.0), (1.0, 1.0)     # valence, arousal


@dataclass(frozen=True)
class Speed:
    """Of one point of the plane."""

    music_s: float
    wall_s: float
    processor_s: float
    slowest_bar_s: float
    n_notes: int


def wish_at(point: tuple[float, float]) -> Wish:
    """Return the wish of a point of the plane, without slews."""
    control, target = Control(*point), Target(*point, 0.0)
    intent = IntentMap(TABLE["loudness_db"].high).intent(control, target, Presence.PLAYING, 0.0)
    return Wish(intent, Presence.PLAYING, calm=point[1] < 0)


def started(generator: str) -> float:
    """Return how long a composer takes until its first bar is there, s; nothing of it must have been imported."""
    clock = SystemClock()
    began_s, desk = clock.now_s(), Desk(load(generator), SEED)
    desk.credit(1, 0)
    desk.bar(wish_at(USUAL))
    return clock.now_s() - began_s


def measured(generator: str, point: tuple[float, float]) -> tuple[Speed, list[Bar]]:
    """Compose some bars, and time them."""
    wish, clock = wish_at(point), SystemClock()
    desk, bars, spans = Desk(load(generator), SEED), list[Bar](), list[float]()
    desk.credit(N_BARS, 0)
    before, began_s = resource.getrusage(resource.RUSAGE_SELF), clock.now_s()
    for _ in range(N_BARS):
        at_s = clock.now_s()
        bar = desk.bar(wish)
        spans.append(clock.now_s() - at_s)
        bars += [bar] if bar is not None else []
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    music_s = N_BARS * EIGHTHS_A_BAR * S_AN_EIGHTH / wish.intent.tempo_bpm
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
    first_s = started(generator)
    rows = ["| composer | V, A | times real time, processor | times real time, wall | tokens a processor second "
            "| slowest bar, s |",
            "|---|---|---|---|---|---|"]
    for point in (FEW, USUAL, MANY):
        speed, bars = measured(generator, point)
        tokens = f"{n_tokens(bars) / speed.processor_s:.0f}" if generator == "symbolic" else "–"
        rows.append(f"| {generator} | {point[0]:+.0f}, {point[1]:+.0f} | {speed.music_s / speed.processor_s:.0f} "
                    f"| {speed.music_s / speed.wall_s:.0f} | {tokens} | {speed.slowest_bar_s:.3f} |")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, "", f"Highest resident memory of the composing process: {peak_mb:.0f} MB. "
            f"The first bar was there after {first_s:.2f} s."]


if __name__ == "__main__":
    sys.stdout.write("\n".join(report((sys.argv[1:] or ["rules"])[0])) + "\n")
