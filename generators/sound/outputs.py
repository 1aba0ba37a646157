"""Where the sound goes: a device, JACK, or nowhere but the record, block by block as the clock says.

Every output computes in one thread of its own. There it says when a period begins (what the output takes at once: one
block, or with JACK what its server asks for), and before each block it lets that block be prepared.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from types import ModuleType
from typing import Any, Protocol

from generators.sound.jack_output import JackOutput, opened
from generators.sound.limiter import LATENCY
from generators.sound.player import BLOCK_FRAMES, BLOCK_S
from generators.sound.quiet import silenced_stderr
from generators.sound.ring import N_CHANNELS, RATE_HZ
from loop.clock import SystemClock
from loop.errors import SoundError
from loop.ports import Clock

AUTO, JACK, PACED = "auto", "jack", "paced"
STORE_BLOCKS = 3.0                 # what PortAudio keeps, about: from being computed to being heard
NOBODY_WAITS_BLOCKS = 37.5         # behind a file no block is left out: there one counts when STOP would come too late
CATCH_UP_S = 5.0                   # a paced output that fell further behind skips
RECORD_ONLY = "record"             # the output whose music only the record hears

Began = Callable[[int, int], None]
BeforeBlock = Callable[[], None]


class Output(Protocol):
    """What the sound goes to, ready to be started once."""

    @property
    def said(self) -> str:
        """Which output it is, for a person."""

    @property
    def name(self) -> str:
        """Which output it is, for who keeps something of each: it may name its owner."""

    @property
    def patience_periods(self) -> float:
        """How late a period may begin before it is an underrun, in periods: what the output keeps in store."""

    @property
    def delay_s(self) -> float:
        """How long after the beginning of its period a frame is heard, the limiter's lookahead included."""

    def start(self, began: Began, before_block: BeforeBlock) -> None:
        """Play, in a thread of the output's own.

        Parameters
        ----------
        began : Callable[[int, int], None]
            Told of each period as it begins: its frames, and how many frames lie ready from the block before.
        before_block : Callable[[], None]
            Called before each block is computed.
        """

    def close(self) -> None:
        """Take leave of who plays the sound; the process ends at once after it."""


@dataclass(frozen=True, slots=True)
class DeviceOutput:
    """The default sound device, through PortAudio, by pyo's own thread."""

    server: Any
    name: str
    said: str = "the default sound device"
    patience_periods: float = STORE_BLOCKS
    delay_s: float = STORE_BLOCKS * BLOCK_S + LATENCY / RATE_HZ

    def start(self, began: Began, before_block: BeforeBlock) -> None:
        """Play: as in `Output`."""
        def callback() -> None:
            began(BLOCK_FRAMES, 0)
            before_block()

        self.server.setCallback(callback)
        self.server.start()

    def close(self) -> None:
        """Nothing: PortAudio is in this process, and ends with it."""


@dataclass(frozen=True, slots=True)
class RecordOutput:
    """The record only, block by block as the clock says."""

    server: Any
    said: str
    name: str = RECORD_ONLY
    patience_periods: float = NOBODY_WAITS_BLOCKS
    delay_s: float = LATENCY / RATE_HZ
    clock: Clock = field(default_factory=SystemClock)

    def start(self, began: Began, before_block: BeforeBlock) -> None:
        """Play: as in `Output`."""
        self.server.start()
        threading.Thread(target=self._pace, args=(began, before_block), name="pacing", daemon=True).start()

    def close(self) -> None:
        """Nothing: nobody else plays it."""

    def _pace(self, began: Began, before_block: BeforeBlock) -> None:
        start_s = self.clock.now_s()
        for index in count():
            due_s = start_s + index * BLOCK_S
            self.clock.wait_until(due_s)
            behind_s = self.clock.now_s() - due_s
            start_s += behind_s if behind_s > CATCH_UP_S else 0.0
            began(BLOCK_FRAMES, 0)
            before_block()
            self.server.process()


def booted(pyo: ModuleType, wanted: str) -> Output:
    """Return a booted output for `wanted`: "auto", "jack" or "paced"; raises `SoundError` where JACK is not there."""
    if wanted == JACK:
        client = opened()          # first: without it pyo's server need not be
        return JackOutput(client, _server(pyo, "manual"), BLOCK_FRAMES)
    if wanted == AUTO and _has_device(pyo):
        try:
            return DeviceOutput(_server(pyo, "portaudio"), device_name(pyo))
        except SoundError:
            pass                   # a device that is listed and cannot be opened is no device
    said = "the record only, in real time" + (": there is no sound device here" if wanted == AUTO else "")
    return RecordOutput(_server(pyo, "manual"), said)


def _server(pyo: ModuleType, kind: str) -> Any:
    with silenced_stderr():
        server = pyo.Server(sr=RATE_HZ, nchnls=N_CHANNELS, buffersize=BLOCK_FRAMES, duplex=0, audio=kind)
        server.setVerbosity(0)
        server.deactivateMidi()
        server.boot()
    if not server.getIsBooted():
        raise SoundError("no sound output can be opened", "choose --sound FILE")
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
