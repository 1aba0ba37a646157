"""What the rules are asked for against what is measured in their bars, over the affect plane.

Run by hand: ``python -m tests.benchmarks.rules_grid``. 7 x 7 points, 3 seeds, 60 s of music each.
"""

from __future__ import annotations

import sys
from itertools import pairwise, product

import numpy as np

from generators.bars import Bar
from generators.rules import measure
from generators.rules.state import fingerprint
from loop.clock import SystemClock
from loop.values import Intent
from tests.generators.intents import intent_at, piece

POINTS = np.linspace(-1, 1, 7)
SEEDS = range(3)
PIECE_S = 60.0
LONG_BARS = 700                    # half an hour at 93 bpm
ATTRIBUTES = ("density", "register", "dissonance")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def asked(intent: Intent, attribute: str) -> float:
    return float(intent.register_semitones if attribute == "register" else getattr(intent, attribute))


def grid() -> list[tuple[Intent, list[Bar]]]:
    pieces = []
    for valence, arousal, seed in product(POINTS, POINTS, SEEDS):
        intent = intent_at(float(valence), float(arousal))
        pieces.append((intent, piece(intent, seed, round(PIECE_S * intent.tempo_bpm / 240), calm=arousal < 0)))
    return pieces


def print_attributes(pieces: list[tuple[Intent, list[Bar]]]) -> None:
    say(f"{'attribute':<12}{'R2':>8}{'slope':>8}{'at 0':>8}{'rms error':>11}{'asked':>18}{'measured':>18}")
    for attribute in ATTRIBUTES:
        wanted = np.array([asked(intent, attribute) for intent, _ in pieces])
        got = np.array([getattr(measure, attribute)(bars) for _, bars in pieces])
        slope, base = np.polyfit(wanted, got, 1)
        r2, rms = np.corrcoef(wanted, got)[0, 1] ** 2, np.sqrt(np.mean((wanted - got) ** 2))
        say(f"{attribute:<12}{r2:>8.3f}{slope:>8.2f}{base:>8.2f}{rms:>11.3f}"
              f"{wanted.min():>9.2f}..{wanted.max():>5.2f}{got.min():>11.2f}..{got.max():>5.2f}")
    right = np.mean([measure.mode(bars) == intent.mode for intent, bars in pieces])
    say(f"mode heard as asked for: {100 * right:.1f} % of {len(pieces)} pieces")


def longest_repeat(line: list[int]) -> int:
    """Return the length of the longest run of a line that comes twice."""
    length = 0
    while _comes_twice(line, length + 1):
        length += 1
    return length


def _comes_twice(line: list[int], length: int) -> bool:
    runs = [tuple(line[start:start + length]) for start in range(len(line) - length + 1)]
    return len(set(runs)) < len(runs)


def print_melody() -> None:
    say(f"\n{'half an hour at':<18}{'ms a bar':>9}{'alike':>7}{'notes':>7}{'repeated':>10}{'<= third':>10}"
          f"{'fourth-octave':>15}{'longest run':>13}{'degrees 1-7, %':>18}")
    clock = SystemClock()
    for valence, arousal in ((-0.8, -0.8), (0.8, -0.8), (0.0, 0.0), (-0.8, 0.8), (0.8, 0.8)):
        began_s = clock.now_s()
        bars = piece(intent_at(valence, arousal), 11, LONG_BARS, calm=arousal < 0)
        cost_ms = 1000 * (clock.now_s() - began_s) / LONG_BARS
        line = [note.pitch for bar in bars for note in bar.notes if note.voice == "pluck"]
        steps = np.array([abs(one - other) for one, other in pairwise(line)])
        alike = LONG_BARS - len({fingerprint(bar.notes) for bar in bars})
        degrees = np.bincount([bar.degree for bar in bars], minlength=7) * 100 // LONG_BARS
        say(f"V {valence:+.1f}  A {arousal:+.1f}    {cost_ms:>9.2f}{alike:>7}{len(line):>7}"
              f"{np.mean(steps == 0):>10.2f}{np.mean((steps > 0) & (steps <= 4)):>10.2f}"
              f"{np.mean(steps > 4):>15.2f}{longest_repeat(line):>13}"
              f"      {' '.join(f'{share:2d}' for share in degrees)}")


if __name__ == "__main__":
    print_attributes(grid())
    print_melody()
