"""A bare JACK client in a process of its own: a callback that notes the time and does nothing else.

It plays beside the sound process on the same server, as strong in line for the processor; or alone, and then what is
late for it is the machine's doing: the floor under every figure of `sound_soak`.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import multiprocessing
import os
from contextlib import suppress
from multiprocessing.connection import Connection

from generators.sound.lateness import Lateness
from generators.sound.outputs import PATIENCE_BLOCKS
from generators.sound.player import BLOCK_S
from generators.sound.process import NICE
from loop.clock import SystemClock

NAME = "bare"
NO_START_SERVER = 1                # of jack_options_t
PROCESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_void_p)


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
        """Return blocks, and those of them that were late, since this was last asked."""
        self._pipe.send("take")
        blocks, late = self._pipe.recv()
        return blocks, late

    def close(self) -> None:
        """End it."""
        self._pipe.close()
        self._process.join()


class _Count:
    def __init__(self) -> None:
        self._clock = SystemClock()
        self.lateness = Lateness(BLOCK_S, PATIENCE_BLOCKS["jack"] * BLOCK_S)
        self.blocks = 0

    def block(self, n_frames: int, argument: object) -> int:
        self.lateness.began(self._clock.now_s())
        self.blocks += 1
        return 0


def _bare_main(pipe: Connection) -> None:
    with suppress(OSError):
        os.nice(NICE)
    jack, count = _library(), _Count()
    callback = PROCESS(count.block)
    client = jack.jack_client_open(NAME.encode(), NO_START_SERVER, None)
    if not client:
        raise SystemExit("the bare client finds no JACK server")
    jack.jack_set_process_callback(client, callback, None)
    jack.jack_activate(client)
    gc.collect()
    gc.freeze()
    pipe.send("up")
    with suppress(EOFError):
        while pipe.recv():
            blocks, count.blocks = count.blocks, 0
            pipe.send((blocks, count.lateness.take()))
    jack.jack_client_close(client)


def _library() -> ctypes.CDLL:
    jack = ctypes.CDLL(ctypes.util.find_library("jack") or "libjack.so.0")
    jack.jack_client_open.restype = ctypes.c_void_p
    for name in ("jack_activate", "jack_client_close"):
        getattr(jack, name).argtypes = [ctypes.c_void_p]
    jack.jack_set_process_callback.argtypes = [ctypes.c_void_p, PROCESS, ctypes.c_void_p]
    return jack
