"""Music played live while the state steps or glides: bars replaced, replacements too late, bars late, the processor.

    python -m tests.benchmarks.replaced_bars [seconds] [generator]

Both processes of the music, real, an output that is paced by the clock. `steps`: arousal and valence jump every 12
to 20 s. `glide`: both go round the plane once a minute, as fast as a course of a protocol may. `still`: nothing
moves. A replacement has a number, which the bars that came with it carry in the record; numbers that no played bar
carries came too late. After a step, counted is the bar line at which the first bar begins whose density has moved: 1
is the next.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from generators.bars import Wish
from generators.ensemble import Ensemble, EnsembleSettings
from loop.clock import SystemClock
from loop.inputs import Report, ReportKind
from loop.intent import TABLE, IntentMap
from loop.values import Control, Presence, Target
from tests.generators import stage

HOP_S = 0.25                       # between decisions
TARGET = Target(0.0, 0.5, 0.1)     # not calm: its caps would hide a part of a step
LOW, HIGH = Control(-0.3, -0.4), Control(0.4, 0.5)
STEPS_S = (12.0, 20.0)             # long enough for a density to arrive
ROUND_S, REACH = 60.0, 0.6         # of a glide
MOVED = 0.05                       # half of what a bar's density may move
SETTLED_S = 10.0                   # until the first bars have begun
SEED = 3

Course = Callable[[float], Control]


def steps(seconds: float) -> tuple[Course, list[float]]:
    """Return a course that jumps to and fro, and when it does, s."""
    rng, at_s = np.random.default_rng(SEED), [SETTLED_S]
    while at_s[-1] < seconds:
        at_s.append(at_s[-1] + float(rng.uniform(*STEPS_S)))
    return lambda now_s: (LOW, HIGH)[sum(now_s >= one for one in at_s) % 2], at_s[:-2]


def glide(now_s: float) -> Control:
    """Return a control that goes round the plane."""
    angle = 2 * math.pi * now_s / ROUND_S
    return Control(REACH * math.cos(angle), REACH * math.sin(angle))


@dataclass
class Heard:
    """What was reported of one course."""

    reports: list[Report] = field(default_factory=list)
    processor: float = 0.0         # of the music process, share of a core
    began_s: float = 0.0

    def bars(self) -> Iterator[tuple[float, int, float]]:
        """Yield when each bar of the composer's own began, s from the course's start, its take and its density."""
        late = {report.frame for report in self.reports if report.kind is ReportKind.FALLBACK}
        for report in self.reports:
            if report.kind is ReportKind.BAR and report.frame not in late:
                told = json.loads(report.text)
                yield told["lsl_s"] - self.began_s, told["take"], told["density"]

    def lines_passed(self, step_s: float) -> int:
        """Return at which bar line after a step a bar begins whose density has moved; 0 for none."""
        before = [density for at_s, _, density in self.bars() if at_s <= step_s][-1]
        after = [density for at_s, _, density in self.bars() if at_s > step_s]
        return next((line for line, density in enumerate(after, 1) if abs(density - before) > MOVED), 0)


def played(generator: str, course: Course, seconds: float, folder: Path) -> Heard:
    """Play a course, live."""
    clock, intents, heard = SystemClock(), IntentMap(TABLE["loudness_db"].high), Heard()
    ensemble = Ensemble(EnsembleSettings(str(folder / "played.wav"), generator, SEED, None))
    composer = psutil.Process(ensemble.pids["music"])
    while not any(report.text == generator for report in ensemble.reports()):     # it loads while all is silent
        clock.wait_until(clock.now_s() + HOP_S)
    heard.began_s = clock.now_s()
    settled_s = spent_s = 0.0
    for decision in range(int(seconds / HOP_S)):
        now_s = clock.now_s() - heard.began_s
        intent = intents.intent(course(now_s), TARGET, Presence.PLAYING, HOP_S)
        ensemble.play(stage.cycle(Wish(intent, Presence.PLAYING)))
        heard.reports += ensemble.reports()
        if not settled_s and now_s > SETTLED_S:
            settled_s, spent_s = now_s, sum(composer.cpu_times()[:2])
        clock.wait_until(heard.began_s + (decision + 1) * HOP_S)
    heard.processor = (sum(composer.cpu_times()[:2]) - spent_s) / (seconds - settled_s)
    heard.reports += ensemble.reports()
    ensemble.close()
    return heard


def row(name: str, heard: Heard, steps_s: list[float]) -> str:
    """Return the table's row of one course."""
    kinds, bars = Counter(report.kind for report in heard.reports), list(heard.bars())
    takes = {take for _, take, _ in bars if take}
    underruns = sum(report.number for report in heard.reports if report.kind is ReportKind.UNDERRUN)
    latencies_s = [report.number for report in heard.reports if report.kind is ReportKind.LATENCY]
    passed = Counter(heard.lines_passed(step_s) for step_s in steps_s)
    lines = ", ".join(f"{passed[line]} at {line}" if line else f"{passed[line]} never" for line in sorted(passed))
    latency = f"{np.median(latencies_s):.1f} ({min(latencies_s):.1f} to {max(latencies_s):.1f})" if latencies_s else ""
    return (f"| {name} | {len(bars)} | {sum(take > 0 for _, take, _ in bars)} | {max(takes, default=0)}, "
            f"{max(takes, default=0) - len(takes)} | {kinds[ReportKind.FALLBACK]} | {underruns:.0f} | "
            f"{100 * heard.processor:.0f} | {latency} | {lines} |\n")


def main() -> None:
    """Play each course, and print the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    generator = sys.argv[2] if len(sys.argv) > 2 else "symbolic"
    jumps, steps_s = steps(seconds)
    sys.stdout.write(f"{generator}, {seconds:g} s each; {os.cpu_count()} cores\n\n| course | bars | of them replaced | "
                     "replacements, of them late | late bars | underruns | composer, % of a core | latency told, s | "
                     "steps heard at bar line |\n|---|---|---|---|---|---|---|---|---|\n")
    courses: tuple[tuple[str, Course, list[float]], ...] = (
        ("steps", jumps, steps_s), ("glide", glide, []), ("still", lambda now_s: LOW, []))
    for name, course, at_s in courses:
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(row(name, played(generator, course, seconds, Path(folder)), at_s))
        sys.stdout.flush()
    sys.stdout.write(f"\nload of the last 1, 5 and 15 minutes: {', '.join(f'{one:.1f}' for one in os.getloadavg())}\n")


if __name__ == "__main__":
    main()
