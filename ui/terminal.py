"""The terminal beside a session: says what happens, one line each, and takes what a person types.

One helper thread reads lines from the keyboard and puts commands into a queue; the session takes them between two
steps. It is a daemon: a read that never returns does not keep the program alive.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TextIO

from loop.inputs import Command, CommandKind, Input, Report, ReportKind
from loop.ports import Clock
from loop.safety import ALARMS, HOLD_WORDS
from loop.schedule import Phase
from loop.values import Cycle, Hold

RATINGS = frozenset("123456789")   # SAM
SAYS_HELD_AFTER_S = 4.0            # shorter holds are seen in the window; a line each would be noise
KEYS = {"p": CommandKind.PAUSE, "r": CommandKind.RESUME, "s": CommandKind.SKIP, "q": CommandKind.STOP}
TOLD = (ReportKind.NOTE, ReportKind.REPLACED)      # of the music's news: what a person should read
HELP = "type p pause, r resume, s skip the phase, q stop, or two numbers 1-9 for a rating; then Enter"
PHASE_WORDS = {
    "screen": "screening: epilepsy (musicogenic too), psychosis, tinnitus, hyperacusis, hearing aids, medication, "
              "caffeine, poor sleep? Then ask a clinician first. Press s and Enter to go on",
    "check_quality": "checking the signal",
    "baseline": "baseline in silence, eyes {eyes}",
    "rate": "how do you feel? Type valence and arousal, 1-9 each (such as: 6 4), then Enter",
    "regulate": "music leads towards the target, eyes {eyes}",
    "excerpt": "listen; in silence, remember something like it. Eyes {eyes}",
    "rest": "rest in silence",
    "excerpts": "excerpts across the plane, eyes {eyes}",
    "mirror": "the music mirrors the state, eyes {eyes}",
    "transfer": "no music, no feedback; stay with it, eyes {eyes}",
    "return_to_alert": "coming back: open the eyes, stretch",
}

Say = Callable[[str], None]


def parse_line(line: str, now_s: float) -> Command | str:
    """Return the command that a typed line means, or a sentence that says why it means none."""
    words = line.split()
    if len(words) == 1 and words[0].lower() in KEYS:
        return Command(KEYS[words[0].lower()], now_s, by="terminal")
    if len(words) == 2 and RATINGS.issuperset(words):
        return Command(CommandKind.RATE, now_s, valence=float(words[0]), arousal=float(words[1]), by="terminal")
    return f"{line.strip()!r} is not understood; {HELP}"


class Terminal:
    """Shows a session as lines, and is a desk; implements `loop.ports.Observer` and `loop.ports.Desk`.

    Parameters
    ----------
    phases : sequence of Phase
        The course.
    clock : Clock
        The session's.
    say : callable
        Takes one line.
    keyboard : text stream, optional
        Where lines are read; none are read where it is None or no terminal.
    stop : callable, optional
        What a typed `q` calls at once, from the keyboard's thread; without it, STOP is a command like the others.
    """

    def __init__(self, phases: Sequence[Phase], clock: Clock, say: Say, keyboard: TextIO | None = None,
                 stop: Callable[[], None] | None = None) -> None:
        self._phases = phases
        self._clock = clock
        self._say = say
        self._stop = stop
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._phase = -1
        self._alarms: frozenset[str] = frozenset()
        self._held_since_s = float("nan")
        self._said_held = False
        if keyboard is not None and keyboard.isatty():
            threading.Thread(target=self._read, args=(keyboard,), name="keyboard", daemon=True).start()
            say(HELP)

    def commands(self) -> Sequence[Command]:
        """Return what was typed since the last call."""
        taken: list[Command] = []
        while not self._lines.empty():
            meant = parse_line(self._lines.get_nowait(), self._clock.now_s())
            if isinstance(meant, str):
                self._say(meant)
            else:
                taken.append(meant)
        return taken

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Say what changed."""
        if isinstance(item, Report) and item.kind in TOLD:
            self._say(item.text)
        for cycle in cycles:
            self._say_phase(cycle)
            self._say_hold(cycle)
            self._say_alarms(cycle)

    def close(self) -> None:
        """The keyboard's thread ends with the program."""

    def _read(self, keyboard: TextIO) -> None:
        for line in keyboard:
            if self._stop is not None and KEYS.get(line.strip().lower()) is CommandKind.STOP:
                self._stop()
            elif line.strip():
                self._lines.put(line)

    def _say_phase(self, cycle: Cycle) -> None:
        moment = cycle.status.moment
        if not moment.ended and moment.phase_index != self._phase:
            self._phase = moment.phase_index
            length_s = self._phases[self._phase].length_s
            minutes = f" ({length_s / 60:.1f} min)" if length_s == length_s else ""
            words = PHASE_WORDS[moment.phase].format(eyes=moment.eyes)
            self._say(f"{self._phase + 1} of {len(self._phases)}: {words}{minutes}")

    def _say_hold(self, cycle: Cycle) -> None:
        if cycle.status.hold in (Hold.NONE, Hold.PAUSED):
            if self._said_held:
                self._say("goes on")
            self._held_since_s, self._said_held = float("nan"), False
            return
        if self._held_since_s != self._held_since_s:
            self._held_since_s = cycle.time_s
        if cycle.time_s - self._held_since_s >= SAYS_HELD_AFTER_S and not self._said_held:
            self._said_held = True
            faults = f" ({', '.join(cycle.status.faults)})" if cycle.status.faults else ""
            what, _, why = HOLD_WORDS[cycle.status.hold].partition(": ")
            self._say(f"{what} for {SAYS_HELD_AFTER_S:.0f} s: {why}{faults}")

    def _say_alarms(self, cycle: Cycle) -> None:
        for name in cycle.status.alarms:
            if name not in self._alarms:
                self._say(f"alarm: {ALARMS[name].line()}")
        self._alarms = frozenset(cycle.status.alarms)


def keyboard() -> TextIO | None:
    """Return the terminal's keyboard, where there is one."""
    return sys.stdin if sys.stdin is not None and sys.stdin.isatty() else None
