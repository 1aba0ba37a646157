"""The simulated listener as a real LSL stream, from a process of its own.

`run_listener` is a target for `multiprocessing` (spawn); ``python -m sensing.sources.listener.outlet NAME`` does the
same from a shell. It streams in real time, hears the session through `Ear`, ignores SIGINT where it is the child of a
session, and ends on `stop`, on SIGTERM, or when its parent is gone.
"""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Protocol

import numpy as np
import pylsl

from loop.clock import SystemClock
from loop.errors import EuthymiaError
from sensing.sources.listener.ear import Ear
from sensing.sources.listener.person import KINDS, person_of
from sensing.sources.listener.scalp import labels_for
from sensing.sources.listener.source import KIND, RATE_HZ, Body, header_of
from sensing.sources.simulated import MANUFACTURER, SOURCE_ID
from sensing.sources.streams import open_lsl

PARENT_CHECK_S = 0.5
PUSH_S = 0.004                     # one sample at 250 Hz, as wired amplifiers send: none waits for its chunk
OUTLET_BUFFER_S = 120              # liblsl keeps this much for a reader that is stopped


class Stop(Protocol):
    """What tells the listener to end: a `multiprocessing` or `threading` event."""

    def is_set(self) -> bool:
        """Say whether it is time to end."""


@dataclass(frozen=True, slots=True)
class OutletPlan:
    """Which listener to stream, and how."""

    name: str                      # of the LSL stream
    seed: int = 0
    session_id: str = ""           # of the session to hear; "" for any
    n_channels: int = 8            # 8 to 32
    rate_hz: float = RATE_HZ
    kind: str = "drawn"            # one of `person.KINDS`

    @property
    def source_id(self) -> str:
        """The stream's source id: the same for the same listener of the same session."""
        return f"{SOURCE_ID}{self.session_id or self.name}-{self.seed}"


def run_listener(plan: OutletPlan, stop: Stop | None = None) -> None:
    """Stream a listener until `stop` is set or the parent process is gone.

    Raises
    ------
    EuthymiaError
        If the plan asks for a kind, a number of channels or a rate that there is not.
    """
    if parent_process() is not None:           # from a shell, Ctrl-C is for this process
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    body = Body(person_of(plan.kind, plan.seed), plan.seed, labels_for(plan.n_channels), plan.rate_hz)
    open_lsl()
    outlet = pylsl.StreamOutlet(_stream_info(plan), max_buffered=OUTLET_BUFFER_S)
    ear = Ear(plan.session_id)
    try:
        _stream(plan, body, ear, outlet, _until(stop))
    finally:
        ear.close()


def _stream(plan: OutletPlan, body: Body, ear: Ear, outlet: pylsl.StreamOutlet, over: Callable[[], bool]) -> None:
    """Push a chunk whenever its last sample is due; stamps are even, whatever the machine does."""
    clock = SystemClock()
    chunk_n = max(1, round(PUSH_S * plan.rate_hz))
    start_s, n_sent = clock.now_s(), 0
    while not over():
        n_sent += chunk_n
        newest_s = start_s + (n_sent - 1) / plan.rate_hz
        body.intent, body.eyes = ear.intent, ear.eyes
        samples = body.samples(chunk_n)
        body.states.clear()                    # nobody judges a listener in another process
        clock.wait_until(newest_s)
        outlet.push_chunk(np.ascontiguousarray(samples), newest_s)


def _until(stop: Stop | None) -> Callable[[], bool]:
    """Return a question that is true when the listener should end; the parent is asked after every half second."""
    clock = SystemClock()
    parent, parent_id = parent_process(), os.getppid()
    next_check_s = clock.now_s()

    def over() -> bool:
        nonlocal next_check_s
        if stop is not None and stop.is_set():
            return True
        if clock.now_s() < next_check_s:
            return False
        next_check_s = clock.now_s() + PARENT_CHECK_S
        gone = parent is not None and bool(wait([parent.sentinel], timeout=0.0))
        return gone or os.getppid() != parent_id

    return over


def _stream_info(plan: OutletPlan) -> pylsl.StreamInfo:
    labels = labels_for(plan.n_channels)
    header = header_of(plan.name, labels, plan.rate_hz, plan.source_id)
    info = pylsl.StreamInfo(header.name, header.kind, len(labels), header.rate_hz, header.dtype, header.source_id)
    description = info.desc()
    channels = description.append_child("channels")
    for label, unit in zip(header.labels, header.units, strict=True):
        channel = channels.append_child("channel")
        for key, value in (("label", label), ("unit", unit), ("type", KIND)):
            channel.append_child_value(key, value)
    description.append_child("reference").append_child_value("label", header.reference)
    description.append_child("acquisition").append_child_value("manufacturer", MANUFACTURER)
    return info


def main(arguments: list[str] | None = None) -> None:
    """Stream a listener from a shell."""
    parser = argparse.ArgumentParser(prog="python -m sensing.sources.listener.outlet", description=run_listener.__doc__)
    parser.add_argument("name")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--session-id", default="")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--rate-hz", type=float, default=RATE_HZ)
    parser.add_argument("--kind", choices=tuple(KINDS), default="drawn")
    given = parser.parse_args(arguments)
    plan = OutletPlan(given.name, given.seed, given.session_id, given.channels, given.rate_hz, given.kind)
    try:
        run_listener(plan)
    except EuthymiaError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
