"""A device with one fault, in a process of its own: ``python -m tests.acceptance.rubbish NAME FAULT``.

With the fault ``later`` it is sound until SIGUSR1 comes, and then has each fault of `LATER` in turn.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pylsl
from numpy.typing import NDArray

from loop.clock import SystemClock
from sensing.sources.streams import open_lsl
from tests.sensing.streams import pink

RATE_HZ = 250.0
CHUNK = 10
LABELS = ("F3", "F4", "Fz", "Cz", "Pz", "O1", "O2", "Oz")
SIGNAL_S = 64
Samples = NDArray[np.float32]


def as_it_is(rows: Samples) -> Samples:
    return rows


def nowhere(rows: Samples) -> Samples:
    return np.full_like(rows, np.nan)


def boundless(rows: Samples) -> Samples:
    return np.full_like(rows, np.inf)


def stuck(rows: Samples) -> Samples:
    """F3 does not move any more."""
    return np.where(np.arange(rows.shape[1]) == 0, np.float32(17.0), rows)


def railed(rows: Samples) -> Samples:
    return np.full_like(rows, 187_500.0)


def huge(rows: Samples) -> Samples:
    return rows * np.float32(1e4)


@dataclass(frozen=True)
class Fault:
    """What the header says, and what becomes of the samples."""

    made: Callable[[Samples], Samples] = as_it_is
    labels: tuple[str, ...] = LABELS
    unit: str = "microvolts"
    rate_hz: float = RATE_HZ
    dtype: str = "float32"
    outlets: int = 1
    more: dict[str, str] = field(default_factory=dict)


FAULTS = {
    "none": Fault(),
    "volts": Fault(lambda rows: rows * np.float32(1e-6), unit="volts"),
    "nan": Fault(nowhere),
    "infinite": Fault(boundless),
    "stuck": Fault(stuck),
    "microvolts called volts": Fault(unit="volts"),
    "volts called microvolts": Fault(lambda rows: rows * np.float32(1e-6)),
    "furlongs": Fault(unit="furlongs"),
    "no channels": Fault(labels=()),
    "no EEG": Fault(labels=("EOG1", "EOG2", "ECG", "trigger")),
    "no F3 F4": Fault(labels=("Cz", "Pz", "O1", "O2")),
    "no labels": Fault(labels=("",) * 8),
    "no rate": Fault(rate_hz=0.0),
    "rate 50": Fault(rate_hz=50.0),
    "text": Fault(dtype="string"),
    "two": Fault(outlets=2),
}
LATER = (nowhere, boundless, stuck, railed, huge)
LATER_S, CLEAN_BETWEEN_S = 1.5, 7.0


def info_of(name: str, source_id: str, fault: Fault) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(name, "EEG", len(fault.labels), fault.rate_hz, fault.dtype, source_id)
    channels = info.desc().append_child("channels")
    for label in fault.labels:
        channel = channels.append_child("channel")
        for tag, text in (("label", label), ("unit", fault.unit)):
            if text:
                channel.append_child_value(tag, text)
    return info


def main(name: str, what: str) -> None:
    open_lsl()
    fault = FAULTS.get(what, FAULTS["none"])
    outlets = [pylsl.StreamOutlet(info_of(name, f"{name}-{n}", fault)) for n in range(fault.outlets)]
    say("streaming")
    if not fault.labels or fault.dtype == "string":
        threading.Event().wait()
    began_s = None
    bad = threading.Event()
    if what == "later":
        signal.signal(signal.SIGUSR1, lambda number, frame: bad.set())
    sound = pink(int(SIGNAL_S * RATE_HZ), len(fault.labels))
    clock, sent = SystemClock(), 0
    start_s = clock.now_s()
    while True:
        rows = sound[np.arange(sent, sent + CHUNK) % len(sound)]
        sent += CHUNK
        now_s = start_s + sent / (fault.rate_hz or RATE_HZ)
        clock.wait_until(now_s)
        began_s = now_s if bad.is_set() and began_s is None else began_s
        made = later(now_s - began_s) if began_s is not None else fault.made
        for outlet in outlets:
            outlet.push_chunk(np.ascontiguousarray(made(rows)), now_s)


def later(since_s: float) -> Callable[[Samples], Samples]:
    """Each fault of `LATER` in turn, with clean signal between."""
    turn, within_s = divmod(since_s, LATER_S + CLEAN_BETWEEN_S)
    return LATER[int(turn)] if turn < len(LATER) and within_s < LATER_S else as_it_is


def say(word: str) -> None:
    sys.stderr.write(f"{word}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
