"""A recording, streamed over LSL in real time as a device would: for trying the loop on real EEG, and for tests.

Samples are stamped ``start + n / rate`` from one start time and pushed once their stamp has passed, so that stamps
are even however the machine is loaded. When the recording begins anew its stamps go on without a step.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import pylsl

from loop.ports import Clock
from loop.values import FloatArray, Header
from sensing.montage import channel_types
from sensing.sources.recording import Recording
from sensing.sources.streams import Say, open_lsl

CHUNK_S = 0.004
CONSUMER_WAIT_S = 0.25             # between two looks at `stop` while nobody listens
LINGER_S = 0.5                     # liblsl drops what a listener has not yet pulled when the outlet goes


@dataclass(frozen=True, slots=True)
class Playing:
    """How to play a recording."""

    name: str = ""                 # of the stream; "" for the recording's own
    loop: bool = False             # begin anew at the end
    for_s: float = math.inf
    wait_for_listener: bool = True


def play(recording: Recording, how: Playing, clock: Clock, say: Say, stop: threading.Event) -> int:
    """Stream a recording until it ends, `for_s` has passed or `stop` is set; return how many samples were pushed.

    Parameters
    ----------
    recording : Recording
        From `load_recording`.
    how : Playing
        Name, length and manners.
    clock : Clock
        The machine's own: its seconds must be those of `pylsl.local_clock`.
    say : Callable[[str], None]
        Takes sentences for a person.
    stop : threading.Event
        Ends the playing within a chunk.
    """
    open_lsl()
    header = recording.header
    name = how.name or header.name
    outlet = pylsl.StreamOutlet(stream_info(header, name))
    say(f'streaming "{name}": {len(header.labels)} channels, {header.rate_hz:g} Hz')
    if how.wait_for_listener and not _listener_came(outlet, say, stop):
        return 0
    pushed = _push_all(outlet, recording, how, clock, stop)
    say(f'"{name}": {pushed / header.rate_hz:.1f} s sent')
    stop.wait(LINGER_S)
    return pushed


def stream_info(header: Header, name: str) -> pylsl.StreamInfo:
    """Describe a recording as an LSL stream, by the XDF project's meta-data convention.

    The source_id is the same each time the same file is played under the same name: a session finds it again by that.
    """
    info = pylsl.StreamInfo(name, "EEG", len(header.labels), header.rate_hz, header.dtype, f"{header.source_id}-{name}")
    channels = info.desc().append_child("channels")
    for label, unit, kind in zip(header.labels, header.units, channel_types(header), strict=True):
        channel = channels.append_child("channel")
        for tag, text in (("label", label), ("unit", unit), ("type", kind.upper())):
            channel.append_child_value(tag, text)
    if header.reference:
        info.desc().append_child("reference").append_child_value("label", header.reference)
    info.desc().append_child("acquisition").append_child_value("manufacturer", _manufacturer(header))
    return info


def _manufacturer(header: Header) -> str:
    info = ElementTree.fromstring(header.xml) if header.xml else ElementTree.Element("info")
    return info.findtext("desc/acquisition/manufacturer") or "euthymia play"


def _listener_came(outlet: pylsl.StreamOutlet, say: Say, stop: threading.Event) -> bool:
    if not outlet.have_consumers():
        say("waiting for a listener")
    while not stop.is_set():
        if outlet.wait_for_consumers(CONSUMER_WAIT_S):
            return True
    return False


def _push_all(
    outlet: pylsl.StreamOutlet, recording: Recording, how: Playing, clock: Clock, stop: threading.Event
) -> int:
    rate_hz = recording.header.rate_hz
    start_s = clock.now_s()
    pushed = 0
    for samples in _chunks(recording, how):
        pushed += len(samples)
        newest_s = start_s + (pushed - 1) / rate_hz
        clock.wait_until(newest_s)
        if stop.is_set():
            return pushed - len(samples)
        stamps_s = start_s + np.arange(pushed - len(samples), pushed) / rate_hz
        outlet.push_chunk(samples, stamps_s)
    return pushed


def _chunks(recording: Recording, how: Playing) -> Iterator[FloatArray]:
    """Cut the recording into chunks, over and over where it loops, until `for_s` of it has been cut."""
    rate_hz, n_file = recording.header.rate_hz, len(recording.samples)
    n_all = math.inf if how.loop else n_file
    n_left = min(n_all, math.inf if math.isinf(how.for_s) else round(how.for_s * rate_hz))
    n_chunk, at = max(1, round(CHUNK_S * rate_hz)), 0
    while n_left > 0:
        upto = int(min(at + n_chunk, n_file, at + n_left))
        yield recording.samples[at:upto]
        n_left -= upto - at
        at = upto % n_file
