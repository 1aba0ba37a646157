"""Where the sound goes: a device, JACK, or nowhere but the record, block by block as the clock says."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import ModuleType
from typing import Any

from generators.sound.limiter import LATENCY
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.ring import N_CHANNELS, RATE_HZ
from loop.errors import SoundError
from loop.ports import Clock

AUTO, JACK, PACED = "auto", "jack", "paced"
# PortAudio keeps about three blocks in store, JACK one. Behind a file nobody waits and no block is left out: there a
# block counts when STOP would come too late.
PATIENCE_BLOCKS = {"portaudio": 3.0, "jack": 1.2, "manual": 37.5}
STORE_BLOCKS = {"portaudio": 3.0, "jack": 1.0, "manual": 0.0}    # from being computed to being heard
CATCH_UP_S = 5.0                   # a paced output that fell further behind skips
RECORD_ONLY = "record"             # the output whose music only the record hears
SAID = {"portaudio": "the default sound device", "jack": "JACK",
                "manual": "the record only, in real time"}


@dataclass(frozen=True, slots=True)
class Output:
    """A booted server and what it plays to."""

    server: Any
    kind: str                      # pyo's word: "portaudio", "jack" or "manual"
    said: str                      # for a person
    name: str                      # which output it is, for who keeps something of each: it may name its owner

    @property
    def patience_s(self) -> float:
        """How late a block may begin before it is an underrun."""
        return PATIENCE_BLOCKS[self.kind] * BLOCK_S

    @property
    def delay_s(self) -> float:
        """How long after the beginning of its block a frame is heard, the limiter's lookahead included."""
        return STORE_BLOCKS[self.kind] * BLOCK_S + LATENCY / RATE_HZ


def booted(pyo: ModuleType, wanted: str) -> Output:
    """Return a booted server for `wanted`: "auto", "jack" or "paced"; raises `SoundError` where JACK is not there."""
    if wanted == JACK:
        return Output(_server(pyo, "jack"), "jack", SAID["jack"], JACK)
    if wanted == AUTO and _has_device(pyo):
        try:
            return Output(_server(pyo, "portaudio"), "portaudio", SAID["portaudio"], device_name(pyo))
        except SoundError:
            pass                   # a device that is listed and cannot be opened is no device
    said = SAID["manual"] + (": there is no sound device here" if wanted == AUTO else "")
    return Output(_server(pyo, "manual"), "manual", said, RECORD_ONLY)


def paced(server: Any, before_block: Callable[[], None], clock: Clock, go_on: Callable[[], bool]) -> None:
    """Compute blocks on a manual server as the clock says, until `go_on` is false."""
    start_s = clock.now_s()
    for index in count():
        if not go_on():
            return
        due_s = start_s + index * BLOCK_S
        clock.wait_until(due_s)
        behind_s = clock.now_s() - due_s
        start_s += behind_s if behind_s > CATCH_UP_S else 0.0
        before_block()
        server.process()


def _server(pyo: ModuleType, kind: str) -> Any:
    with silenced_stderr():
        server = pyo.Server(sr=RATE_HZ, nchnls=N_CHANNELS, buffersize=BLOCK_FRAMES, duplex=0, audio=kind,
                            jackname="euthymia")
        server.setVerbosity(0)
        server.deactivateMidi()
        server.boot()
    if not server.getIsBooted():
        raise SoundError(f"no sound output can be opened through {SAID[kind]}",
                         "start the JACK server, or choose --sound auto" if kind == JACK else "choose --sound FILE")
    if server.getSamplingRate() != RATE_HZ or server.getBufferSize() != BLOCK_FRAMES:
        rate_hz, n_frames = server.getSamplingRate(), server.getBufferSize()
        raise SoundError(f"JACK is at {rate_hz:.0f} Hz and {n_frames} frames; this needs {RATE_HZ} and {BLOCK_FRAMES}",
                         f"start jackd with -r {RATE_HZ} -p {BLOCK_FRAMES}")
    return server


def _has_device(pyo: ModuleType) -> bool:
    with silenced_stderr():
        return bool(pyo.pa_count_devices() > 0 and pyo.pa_get_output_devices()[1])


def device_name(pyo: ModuleType) -> str:
    """Return PortAudio's name of the default output."""
    with silenced_stderr():
        names, indices = pyo.pa_get_output_devices()
        default = pyo.pa_get_default_output()
    return str(dict(zip(indices, names, strict=True)).get(default, "default"))


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Keep from the terminal what PortAudio, ALSA and JACK write to it: they complain of every card that is missing."""
    sys.stderr.flush()
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
