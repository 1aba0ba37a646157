"""Runs one session for the command line: the terminal, the window, Ctrl-C, and what is said at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from sessions.plan import Plan, drawn_seed
from sessions.protocol.dealing import dealt
from sessions.protocol.loading import load_protocol, with_minutes
from sessions.session import Session
from sessions.taste.loading import in_palette, load_taste
from ui.options import RunOptions
from ui.tasting import lines_in_use
from ui.terminal import Terminal, keyboard

Say = Callable[[str], None]
STOPPED_BY = (signal.SIGINT, signal.SIGTERM)
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
FORCED = "QT_QPA_PLATFORM"


def run_session(options: RunOptions, say: Say) -> dict[str, Any]:
    """Run one session to its end and return its summary.

    Raises
    ------
    EuthymiaError
        For bad input, before anything is recorded.
    """
    plan = plan_of(options)
    with Session(plan, say) as session:
        say(f"recording to {session.run_folder.session}")
        say("research use only; not for diagnosis or treatment")
        for line in lines_in_use(options.taste):
            say(line)
        keys = None if options.json else keyboard()
        terminal = Terminal(session.phases, session.clock, say, keys, session.stop)
        with stopping(session.stop), window(session.run_folder.eeg, options.window, say):
            summary = session.run([terminal], [terminal])
    if not options.json:
        for line in session.summary_lines(summary):
            say(line)
    return summary


def plan_of(options: RunOptions) -> Plan:
    """Return the plan that the options of the command line ask for."""
    loaded = load_protocol(options.protocol)
    taste = load_taste(options.taste) if options.taste is not None else None
    if taste is not None:
        loaded = in_palette(loaded, taste)
    if options.minutes is not None:
        loaded = with_minutes(loaded, options.minutes)
    seed = drawn_seed() if options.seed is None else options.seed
    return Plan(
        loaded=dealt(loaded, seed), seed=seed, out=options.out, participant=options.participant,
        query=options.query or "", simulate=options.simulate, unattended=options.unattended, sound=options.sound,
        network=options.network, taste=taste,
    )


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C and a polite kill stop the session in order while this lasts."""

    def asked(number: int, frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, asked) for number in STOPPED_BY}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def window(folder: Path, wanted: bool, say: Say) -> Iterator[None]:
    """Open the monitor window as a process of its own; it may come and go, the session goes on."""
    process = _open_window(folder, say) if wanted else None
    try:
        yield
    finally:
        if process is not None and process.poll() is not None and process.returncode != 0:
            say("the monitor window could not be opened; the session ran without it")


def _open_window(folder: Path, say: Say) -> subprocess.Popen[bytes] | None:
    if sys.platform == "linux" and not any(os.environ.get(name) for name in (*SCREENS, FORCED)):
        say("there is no display here: the session runs without the monitor window")
        return None
    # A session of its own, so that Ctrl-C in the terminal does not close the window before it shows the end.
    return subprocess.Popen(
        [sys.executable, "-m", "ui.monitor", str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
