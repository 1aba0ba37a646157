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
from typing import Any

import numpy as np

from generators.sound.limiter import LATENCY
from generators.sound.quiet import silenced_stderr
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm
from loop.errors import SoundError

CLIENT = "euthymia"
PORTS = ("output_1", "output_2")
PATIENCE_PERIODS = 1.2             # one is played while the next is computed
STORE_PERIODS = 2.0                # from a period's begin to being heard, as `jack_lsp -l` says of jackd's defaults
LONGEST_FRAMES = 2048              # STOP waits for a period's begin and for what lies in store: it must not take 200 ms


class Filler:
    """Fills periods, however long each is, from blocks of one length; what is left of a block begins the next period.

    Parameters
    ----------
    began : Callable[[int, int], None]
        Told of each period as it begins: its frames, and how many frames lie ready from the block before.
    compute : Callable[[], Pcm]
        Computes the next block and returns it, (block_frames, 2); it is read until the next one is computed.
    """

    def __init__(self, began: Callable[[int, int], None], compute: Callable[[], Pcm]) -> None:
        self._began, self._compute = began, compute
        self._left = np.zeros((0, N_CHANNELS), dtype=np.float32)         # of the newest block

    def fill(self, *channels: Pcm) -> None:
        """Fill the next period: each of `channels`, (n_frames,), is one channel of it."""
        at, n_frames = 0, len(channels[0])
        self._began(n_frames, len(self._left))
        while at < n_frames:
            if not len(self._left):
                self._left = self._compute()
            piece, self._left = self._left[:n_frames - at], self._left[n_frames - at:]
            for index, channel in enumerate(channels):
                channel[at:at + len(piece)] = piece[:, index]
            at += len(piece)


class JackOutput:
    """A client of the JACK server that plays what pyo computes.

    Parameters
    ----------
    client : Any
        As `opened` returns it, not yet active.
    server : Any
        pyo's server, "manual" and booted.
    block_frames : int
        Its block.
    """

    said = "JACK"
    name = "jack"
    patience_periods = PATIENCE_PERIODS

    def __init__(self, client: Any, server: Any, block_frames: int) -> None:
        self._client, self._server = client, server
        self._block = _memory(server, block_frames)
        self._ports = [client.outports.register(name) for name in PORTS]

    @property
    def delay_s(self) -> float:
        """How long after the beginning of its period a frame is heard, the limiter's lookahead included."""
        return float(STORE_PERIODS * self._client.blocksize + LATENCY) / RATE_HZ

    def start(self, began: Callable[[int, int], None], before_block: Callable[[], None]) -> None:
        """Play: as in `Output`."""
        def compute() -> Pcm:
            before_block()
            self._server.process()
            return self._block

        filler = Filler(began, compute)
        self._server.start()
        self._client.set_process_callback(lambda n_frames: filler.fill(*(port.get_array() for port in self._ports)))
        self._client.activate()
        self._connect()

    def close(self) -> None:
        """Take leave: for a client that just ends the server, and who else plays on it, waits a second or more."""
        self._client.close()

    def _connect(self) -> None:
        from jack import JackError

        heard = self._client.get_ports(is_audio=True, is_input=True, is_physical=True)
        for port, speaker in zip(self._ports, heard, strict=False):
            with suppress(JackError):              # a person connects it by hand, then
                port.connect(speaker)


def opened() -> Any:
    """Return a client of the JACK server that runs; raises `SoundError` where none does, or it does not fit."""
    with silenced_stderr():
        try:
            import jack

            jack.set_error_function(_unsaid)
            jack.set_info_function(_unsaid)
            client = jack.Client(CLIENT, no_start_server=True)
        except (ImportError, OSError) as error:
            raise SoundError(f"JACK cannot be loaded: {error}", "install libjack, or choose --sound auto") from error
        except jack.JackError as error:
            raise SoundError("no sound output can be opened through JACK",
                             "start the JACK server, or choose --sound auto") from error
    amiss = misfit(client.samplerate, client.blocksize)
    if amiss is not None:
        client.close()
        raise amiss
    return client


def misfit(rate_hz: int, n_frames: int) -> SoundError | None:
    """Return why music cannot play on a JACK server of this rate and period, if it cannot."""
    if rate_hz != RATE_HZ:
        return SoundError(f"JACK is at {rate_hz} Hz; this needs {RATE_HZ}", f"start jackd with -r {RATE_HZ}")
    if n_frames > LONGEST_FRAMES:
        return SoundError(f"JACK's period is {n_frames} frames, too long for STOP: {LONGEST_FRAMES} at most",
                          "start jackd with -p 1024")
    return None


def _unsaid(message: str) -> None:
    """Keep a message of libjack from the terminal."""


def _memory(server: Any, n_frames: int) -> Pcm:
    """Return pyo's own output (n_frames, 2), which each block overwrites."""
    memory = (ctypes.c_float * (n_frames * N_CHANNELS)).from_address(int(server.getOutputAddr(), 16))
    return np.ctypeslib.as_array(memory).reshape(n_frames, N_CHANNELS)
