"""Plays a recorded file over LSL until it ends, or a person has heard enough."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from loop.clock import SystemClock
from ui.options import OptionError

STOPPED_BY = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """What `euthymia play` was asked for."""

    file: Path
    name: str = ""                 # of the stream; "" = the file's
    loop: bool = False
    for_s: float | None = None     # None = to the file's end


def play_file(options: PlayOptions, say: Callable[[str], None]) -> int:
    """Stream the file; return how many samples went out.

    Raises
    ------
    EuthymiaError
        If the file cannot be read, or an option cannot be done.
    """
    for_s = math.inf if options.for_s is None else options.for_s
    if not for_s > 0:
        raise OptionError(f"--for is {for_s:g}", "a number of seconds > 0")
    from sensing.sources.player import Playing, play
    from sensing.sources.recording import load_recording

    recording = load_recording(options.file)
    with stopped_by_a_person() as stop:
        return play(recording, Playing(options.name, options.loop, for_s), SystemClock(), say, stop)


@contextmanager
def stopped_by_a_person() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C, or a polite kill, sets while this lasts."""
    stop = threading.Event()

    def asked(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, asked) for number in STOPPED_BY}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
