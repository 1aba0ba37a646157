"""JACK as an output: periods of any length, and of changing length, filled from blocks of 256 frames.

pyo's own way to JACK takes the server's period for its block, which our player cannot: notes begin and gains ramp by
blocks of 256. So pyo computes on a "manual" server here, within the callback of a JACK client. That callback runs in
JACK's own thread, in real time where JACK may; it is the only one that computes, and it makes no memory but the small
views that numpy needs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from generators.sound.limiter import LATENCY
from generators.sound.quiet import silenced_stderr
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm
from loop.errors import SoundError

CLIENT = "euthymia"
PORTS = ("output_1", "output_2")
PATIENCE_PERIODS = 1.2             # JACK keeps one period in store
NO_SERVER = "no sound output can be opened through JACK"


class Filler:
    """Fills what is asked for, however long, from blocks of one length; what is left of a block begins the next.

    Parameters
    ----------
    compute : Callable[[], Pcm]
        Computes the next block and returns it, (block_frames, 2); it is read until the next one is computed.
    """

    def __init__(self, compute: Callable[[], Pcm]) -> None:
        self._compute = compute
        self._block = np.zeros((0, N_CHANNELS), dtype=np.float32)
        self._spent = 0

    @property
    def kept(self) -> int:
        """Frames that were computed and not asked for yet."""
        return len(self._block) - self._spent

    def fill(self, *channels: Pcm) -> None:
        """Write the next frames, as many as each of `channels`, (n_frames,), is long."""
        at, n_frames = 0, len(channels[0])
        while at < n_frames:
            if not self.kept:
                self._block, self._spent = self._compute(), 0
            piece = self._block[self._spent:self._spent + n_frames - at]
            for index, channel in enumerate(channels):
                channel[at:at + len(piece)] = piece[:, index]
            at += len(piece)
            self._spent += len(piece)


class JackOutput:
    """A client of the JACK server, not yet active.

    Parameters
    ----------
    server : Any
        pyo's server, "manual" and booted.
    block_frames : int
        Its block.

    Raises
    ------
    SoundError
        Where there is no JACK server, or it runs at another rate.
    """

    said = "JACK"
    name = "jack"
    patience_periods = PATIENCE_PERIODS

    def __init__(self, server: Any, block_frames: int) -> None:
        self._server = server
        self._pcm = _memory(server, block_frames)
        self._jack, self._client = _opened()
        self._ports = [self._client.outports.register(name) for name in PORTS]

    @property
    def delay_s(self) -> float:
        """How long after the beginning of its period a frame is heard, the limiter's lookahead included."""
        return float(self._client.blocksize + LATENCY) / RATE_HZ

    def start(self, began: Callable[[int, int], None], before_block: Callable[[], None]) -> None:
        """Play: tell of each period (its frames, and how many of them lay ready) and ask for each block."""
        def compute() -> Pcm:
            before_block()
            self._server.process()
            return self._pcm

        filler = Filler(compute)

        def process(n_frames: int) -> None:
            began(n_frames, filler.kept)
            filler.fill(*(port.get_array() for port in self._ports))

        self._server.start()
        self._client.set_process_callback(process)
        self._client.activate()
        heard = self._client.get_ports(is_audio=True, is_input=True, is_physical=True)
        for port, speaker in zip(self._ports, heard, strict=False):
            with suppress(self._jack.JackError):       # a person connects it by hand, then
                port.connect(speaker)


def _opened() -> tuple[ModuleType, Any]:
    with silenced_stderr():
        try:
            import jack

            jack.set_error_function(_unsaid)
            jack.set_info_function(_unsaid)
            client = jack.Client(CLIENT, no_start_server=True)
        except (ImportError, OSError) as error:
            raise SoundError(f"JACK cannot be loaded: {error}", "install libjack, or choose --sound auto") from error
        except jack.JackError as error:
            raise SoundError(NO_SERVER, "start the JACK server, or choose --sound auto") from error
    if client.samplerate != RATE_HZ:
        raise SoundError(f"JACK is at {client.samplerate} Hz; this needs {RATE_HZ}", f"start jackd with -r {RATE_HZ}")
    return jack, client


def _unsaid(message: str) -> None:
    """Keep a message of libjack from the terminal."""


def _memory(server: Any, n_frames: int) -> Pcm:
    """Return pyo's own output (n_frames, 2), which each block overwrites."""
    memory = (ctypes.c_float * (n_frames * N_CHANNELS)).from_address(int(server.getOutputAddr(), 16))
    return np.ctypeslib.as_array(memory).reshape(n_frames, N_CHANNELS)
