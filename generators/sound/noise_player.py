"""Plays the calibration signal once, in a process of its own, as music is played: same output, same limiter.

The child's one thread waits for its pipe: for STOP, for the death of who asked, or for the signal's end. Whichever
comes first, it fades within `STOP_S` and is gone. The output's own thread plays.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import numpy as np

from generators.sound.gains import STOP_S
from generators.sound.limiter import limited
from generators.sound.messages import CLOSE, Hello, SoundNews, decode, encode
from generators.sound.mix import CEILING_DBTP
from generators.sound.noise import calibration_signal
from generators.sound.outputs import RECORD_ONLY, booted
from generators.sound.quiet import Graph, load_pyo
from generators.sound.ring import N_CHANNELS, RATE_HZ
from loop.clock import SystemClock, every
from loop.errors import EuthymiaError, SoundError
from loop.inputs import ReportKind

READY_S = 15.0                     # for a spawned interpreter, pyo and a sound device on a busy machine
END_S = 2.0                        # for the last fade
LOOK_S = 0.05                      # how often it is looked whether a person has asked for STOP
SPENT_S = 0.1                      # the output's buffers, when the fade is over


class NoiseGraph:
    """The signal in pyo: played once from its server's start.

    Parameters
    ----------
    pyo : Graph
        Makes and keeps pyo's objects.
    level_lufs : float
        How loud.
    seconds : float
        How long, fades included.
    """

    def __init__(self, pyo: Graph, level_lufs: float, seconds: float) -> None:
        sound = calibration_signal(level_lufs, seconds)
        table = pyo.DataTable(len(sound), chnls=N_CHANNELS)
        for channel in range(N_CHANNELS):
            np.asarray(table.getBuffer(channel))[:] = sound[:, channel]
        self._gain = pyo.SigTo(1.0, time=STOP_S, init=1.0)
        reader = pyo.TableScan(table, mul=self._gain)      # sample by sample; it would begin again, but is gone by then
        self.master: Any = limited(pyo, reader, RATE_HZ, CEILING_DBTP)
        self._out = self.master.out()

    def stop(self) -> None:
        """Fade to silence within `STOP_S`."""
        self._gain.value = 0.0


def noise_main(pipe: Connection, wanted: str, level_lufs: float, seconds: float) -> None:
    """Be the process that plays: the target of a spawn."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pyo = load_pyo()
        output = booted(pyo, wanted)
        if output.name == RECORD_ONLY:
            raise SoundError("there is no sound device here", "choose --sound jack, or --sound FILE to try this out")
    except EuthymiaError as error:
        pipe.send_bytes(encode(SoundNews(ReportKind.LOST, text=str(error))))
        return
    graph = NoiseGraph(Graph(pyo), level_lufs, seconds)
    output.start(began=lambda n_frames, n_ready: None, before_block=lambda: None)
    with suppress(OSError):
        pipe.send_bytes(encode(Hello(output.said, 0, 0, output.name)))
        pipe.poll(seconds + output.delay_s)
    graph.stop()
    clock = SystemClock()
    clock.wait_until(clock.now_s() + STOP_S + SPENT_S)
    output.close()
    os._exit(0)                    # pyo's objects free each other in an order that crashes the interpreter's own end


class NoisePlayer:
    """The calibration signal while it plays; leaving it ends it softly.

    Parameters
    ----------
    wanted : str
        "auto" or "jack".
    level_lufs : float
        How loud.
    seconds : float
        How long, fades included.

    Attributes
    ----------
    output : Hello
        Where it plays.

    Raises
    ------
    SoundError
        Where the output cannot be had.
    """

    def __init__(self, wanted: str, level_lufs: float, seconds: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=noise_main, args=(theirs, wanted, level_lufs, seconds), daemon=True)
        self._process.start()
        theirs.close()             # only the child may hold its end: else neither would see the other's death
        self.output = self._hello()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._pipe.send_bytes(CLOSE)
        self._end()

    def wait(self, stop: threading.Event) -> bool:
        """Wait until it has played to its end; False as soon as `stop` is set."""
        while self._process.is_alive():
            if not every(LOOK_S, stop):
                return False
        return True

    def _hello(self) -> Hello:
        said: Hello | SoundNews | None = None
        with suppress(EOFError, OSError):
            said = decode(self._pipe.recv_bytes()) if self._pipe.poll(READY_S) else None
        if isinstance(said, Hello):
            return said
        self._end()
        if said is not None:
            raise SoundError(said.text)
        raise SoundError("the sound process did not come up", "see `euthymia doctor`")

    def _end(self) -> None:
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_S)
        self._pipe.close()
