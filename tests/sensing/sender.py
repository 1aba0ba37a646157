"""A device in a process of its own: counts up on an LSL stream until it is killed.

Run as ``python -m tests.sensing.sender NAME SOURCE_ID LABELS``; writes a line when the stream is up.
"""

import sys
import threading

import numpy as np
import pylsl

from loop.clock import every
from sensing.sources.streams import open_lsl

RATE_HZ = 250.0
CHUNK = 5


def info_of(
    name: str, source_id: str, labels: list[str], unit: str = "microvolts", dtype: str = "float32"
) -> pylsl.StreamInfo:
    info = pylsl.StreamInfo(name, "EEG", len(labels), RATE_HZ, dtype, source_id)
    channels = info.desc().append_child("channels")
    for label in labels:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        if unit:
            channel.append_child_value("unit", unit)
        channel.append_child_value("type", "EEG")
    return info


def main(name: str, source_id: str, labels: str) -> None:
    open_lsl()
    outlet = pylsl.StreamOutlet(info_of(name, source_id, labels.split(",")))
    sys.stdout.write("up\n")
    sys.stdout.flush()
    count, stop = 0, threading.Event()
    while every(CHUNK / RATE_HZ, stop):
        rows = np.arange(count, count + CHUNK, dtype=np.float32)
        outlet.push_chunk(np.repeat(rows[:, np.newaxis], len(labels.split(",")), axis=1), pylsl.local_clock())
        count += CHUNK


if __name__ == "__main__":
    main(*sys.argv[1:])
