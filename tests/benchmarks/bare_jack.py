"""A bare JACK client in a process of its own: a callback that notes the time and does nothing else.

It plays beside the sound process on the same server, as strong in line for the processor; or alone, and then what is
late for it is the machine's doing: the floor under every figure of `sound_soak`.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from contextlib import suppress
from multiprocessing.connection import Connection

import jack

from generators.sound.jack_output import PATIENCE_PERIODS
from generators.sound.lateness import Lateness
from generators.sound.process import NICE
from generators.sound.ring import RATE_HZ
from loop.clock import SystemClock

NAME = "bare"


class BareClient:
    """The client, as the soak sees it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_bare_main, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def take(self) -> tuple[int, int]:
        """Return periods, and those of them that were late, since this was last asked."""
        self._pipe.send("take")
        periods, late = self._pipe.recv()
        return periods, late

    def close(self) -> None:
        """End it."""
        self._pipe.close()
        self._process.join()


class _Count:
    def __init__(self) -> None:
        self._clock = SystemClock()
        self.lateness = Lateness(PATIENCE_PERIODS)
        self.periods = 0

    def period(self, n_frames: int) -> None:
        self.lateness.began(self._clock.now_s(), n_frames / RATE_HZ)
        self.periods += 1


def _bare_main(pipe: Connection) -> None:
    with suppress(OSError):
        os.nice(NICE)
    count, client = _Count(), jack.Client(NAME, no_start_server=True)
    client.set_process_callback(count.period)
    client.activate()
    gc.collect()
    gc.freeze()
    pipe.send("up")
    with suppress(EOFError):
        while pipe.recv():
            periods, count.periods = count.periods, 0
            pipe.send((periods, count.lateness.take()))
    client.close()
