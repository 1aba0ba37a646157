"""One connection to one LSL stream: opened, read until it breaks, never mended (a new one takes its place).

`processing_flags=0`: stamps stay as received. `recover=False`: liblsl's own recovery says nothing, and waits for ever
when the stream returns with other channels. After a sender is killed, liblsl raises within about 5 ms (measured on one
machine: its socket closes); a stopped process or a pulled cable raises nothing, which the engine sees by the data's
age.

The clock offset is measured by a thread of the link's own, because the first measurement after a change can take
0.6 s; it ends with the link.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as LslTimeoutError

from loop.clock import every
from loop.errors import StreamError
from loop.ports import Clock
from loop.values import FloatArray, read_only
from sensing.sources.headers import Declared, read_header

OPEN_TIMEOUT_S = 5.0               # a stream that was just seen answers in milliseconds, or not at all
OFFSET_PERIOD_S = 5.0              # as LabRecorder does
INLET_BUFFER_S = 120               # what liblsl keeps while this process is stopped
PULL_S = 0.01                      # at most this much is lost when a sender dies: liblsl drops a pull that breaks off
MAX_PULL = 4096                    # samples at a time from a backlog

Understand = Callable[[str], Declared]


class NoAnswer(StreamError):
    """A stream was seen, but its sender does not answer: it may be starting, stopped or just gone."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one reading of a link gave."""

    samples: FloatArray            # (n_times, n_channels), in the header's units
    stamps_s: FloatArray           # (n_times,) as received
    lost: bool                     # the link broke after these


class Link:
    """A connection to a stream.

    Parameters
    ----------
    info : pylsl.StreamInfo
        The stream, as a search found it.
    understand : Understand
        Reads its header.

    Raises
    ------
    NoAnswer
        Where the stream does not answer.
    StreamError
        Where it is not what `understand` wants.
    """

    def __init__(self, info: pylsl.StreamInfo, understand: Understand = read_header) -> None:
        self._inlet = pylsl.StreamInlet(info, max_buflen=INLET_BUFFER_S, recover=False, processing_flags=0)
        self._ended = threading.Event()
        try:
            full = self._inlet.info(timeout=OPEN_TIMEOUT_S)
            self.declared: Declared = understand(full.as_xml())
            self.offset_s, self.notes = self._first_offset()
            self._inlet.open_stream(timeout=OPEN_TIMEOUT_S)
        except (LostError, LslTimeoutError):
            what = f'the stream "{info.name()}" was seen, but does not answer'
            raise NoAnswer(what, "restart the sending application") from None

    def _first_offset(self) -> tuple[float, tuple[str, ...]]:
        notes = self.declared.notes
        try:
            return self._inlet.time_correction(timeout=OPEN_TIMEOUT_S), notes
        except LslTimeoutError:
            name = self.declared.header.name
            return 0.0, (*notes, f'the clock of "{name}" could not be compared with this machine\'s: 0 s is assumed')

    def watch_offset(self, tell: Callable[[float], None]) -> threading.Thread:
        """Start to measure the clock offset every `OFFSET_PERIOD_S`, and tell each, until the link ends."""
        thread = threading.Thread(target=self._measure, args=(tell,), name="lsl-offset", daemon=True)
        thread.start()
        return thread

    def _measure(self, tell: Callable[[float], None]) -> None:
        while every(OFFSET_PERIOD_S, self._ended):
            try:
                tell(self._inlet.time_correction(timeout=OFFSET_PERIOD_S))
            except LslTimeoutError:
                continue
            except LostError:
                return

    def pull(self, clock: Clock, until_s: float, n_wanted: int) -> Pulled:
        """Wait until `n_wanted` samples are there or the clock shows `until_s`; return all that came."""
        parts: list[tuple[FloatArray, FloatArray]] = []
        taken, lost, left_s = 0, False, 1.0
        while taken < n_wanted and left_s > 0 and not lost:
            left_s = max(0.0, until_s - clock.now_s())
            lost = self._pull_into(parts, left_s, n_wanted - taken)
            taken = sum(len(stamps_s) for _, stamps_s in parts)
        while not lost and parts and len(parts[-1][1]) == MAX_PULL:
            lost = self._pull_into(parts, 0.0, 1)
        return self._joined(parts, lost)

    def _pull_into(self, parts: list[tuple[FloatArray, FloatArray]], wait_s: float, n_wanted: int) -> bool:
        at_a_time = max(1, round(PULL_S * self.declared.header.rate_hz))
        n_least = min(n_wanted, at_a_time, MAX_PULL)
        try:
            parts.append(
                self._inlet.pull_chunk(timeout=wait_s, max_samples=MAX_PULL, min_samples=n_least, as_numpy=True)
            )
        except LostError:
            return True
        return False

    def _joined(self, parts: list[tuple[FloatArray, FloatArray]], lost: bool) -> Pulled:
        header, scales = self.declared.header, self.declared.scales
        empty = np.zeros((0, len(header.labels)), dtype=header.dtype)
        samples = np.concatenate([empty, *(samples for samples, _ in parts)]).astype(header.dtype, copy=False)
        stamps_s = np.concatenate([np.zeros(0), *(stamps_s for _, stamps_s in parts)])
        return Pulled(read_only(samples if scales is None else samples * scales), read_only(stamps_s), lost)

    def end(self) -> None:
        """Stop measuring; the connection itself goes when the last reference to the link does."""
        self._ended.set()
