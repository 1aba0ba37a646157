"""A heart sensor in a process of its own: the ECG of a recording at its own rate, with one gap, until it is killed.

Run as ``python -m tests.acceptance.heart FILE NAME``.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pylsl

from loop.clock import SystemClock, every
from loop.values import FloatArray
from sensing.sources.recording import load_recording
from sensing.sources.streams import open_lsl

RATE_HZ = 125.0
EVERY = 4                          # of the recording's 500 Hz
CHUNK = 5
GAP_AT, GAP_TO = 750, 800          # samples that are never sent


def ecg_of(file: Path) -> FloatArray:
    """The file's ECG channel in millivolts at `RATE_HZ`."""
    recording = load_recording(file)
    column = next(index for index, label in enumerate(recording.header.labels) if "ECG" in label)
    return recording.samples[::EVERY, column] / 1000.0


def main(file: str, name: str) -> None:
    """Stream."""
    open_lsl()
    ecg = ecg_of(Path(file)).astype(np.float32)
    info = pylsl.StreamInfo(name, "ECG", 1, RATE_HZ, "float32", f"heart-{name}")
    channel = info.desc().append_child("channels").append_child("channel")
    for tag, text in (("label", "chest"), ("unit", "millivolts"), ("type", "ECG")):
        channel.append_child_value(tag, text)
    outlet, clock, stop = pylsl.StreamOutlet(info), SystemClock(), threading.Event()
    sys.stderr.write("streaming\n")
    outlet.wait_for_consumers(60.0)
    start_s, at = clock.now_s(), 0
    while every(CHUNK / RATE_HZ, stop):
        while start_s + (at + CHUNK) / RATE_HZ < clock.now_s():
            if not GAP_AT <= at < GAP_TO:
                rows = ecg[np.arange(at, at + CHUNK) % len(ecg), None]
                outlet.push_chunk(rows, start_s + np.arange(at, at + CHUNK) / RATE_HZ)
            at += CHUNK


if __name__ == "__main__":
    main(*sys.argv[1:])
