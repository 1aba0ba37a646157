"""What the streams beside the EEG have brought so far: counted from the inputs, for screen and summary.

An observer: it stands beside the path, and what it counts can be counted again from the record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from loop.inputs import Input, SideChunk, SideEvent, SourceKind
from loop.values import NAN, Cycle, FloatArray, Header
from sensing.heart import WINDOW_S, heart_bpm
from sensing.steps import Steps

HEART_KINDS = ("ecg", "ekg")
HEART_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class SideState:
    """One stream beside the EEG, as the screen lists it."""

    name: str
    kind: str                      # as the stream says: "ECG", "GSR", "ACC"
    rate_hz: float                 # nominal; 0 for irregular times
    measured_hz: float             # samples a second of its own stamps; NaN before two
    samples: int
    gaps: int                      # in the stamps of a stream with a rate
    losses: int                    # times that it was lost
    here: bool
    arrived_s: float               # when the newest sample came; NaN before the first
    heart_bpm: float = NAN         # of an ECG, over the last `WINDOW_S`


class Sides:
    """Counts; implements `loop.ports.Observer`.

    Parameters
    ----------
    headers : Sequence[Header]
        Of the streams, in the order of `SideChunk.stream`.
    say : callable
        Takes one line for a person.
    """

    def __init__(self, headers: Sequence[Header], say: Callable[[str], None]) -> None:
        self._tallies = tuple(_Tally(header) for header in headers)
        self._say = say

    @property
    def states(self) -> tuple[SideState, ...]:
        """All streams as they are now."""
        return tuple(tally.state for tally in self._tallies)

    def saw(self, item: Input, cycles: Sequence[Cycle]) -> None:
        """Count, and say what was lost, came back or changed."""
        if isinstance(item, SideChunk):
            self._tallies[item.stream].take(item)
        elif isinstance(item, SideEvent) and item.kind is not SourceKind.OFFSET:
            self._tallies[item.stream].hear(item.kind)
            self._say(f"beside the EEG: {item.detail}; the session goes on")

    def close(self) -> None:
        """Nothing is open."""


class _Tally:
    """Of one stream."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._steps = Steps(header.rate_hz) if header.rate_hz else None
        self._samples = self._losses = 0
        self._first_s = self._last_s = self._arrived_s = NAN
        self._here = True
        self._ecg: deque[FloatArray] = deque()
        self._n_ecg = self._n_new = 0
        self._bpm = NAN

    @property
    def state(self) -> SideState:
        span_s = self._last_s - self._first_s
        return SideState(
            name=self._header.name, kind=self._header.kind, rate_hz=self._header.rate_hz,
            measured_hz=(self._samples - 1) / span_s if span_s > 0 else NAN,
            samples=self._samples, gaps=self._steps.gaps if self._steps else 0, losses=self._losses, here=self._here,
            arrived_s=self._arrived_s, heart_bpm=self._bpm)

    def take(self, chunk: SideChunk) -> None:
        """Count a chunk; its own stamps tell of gaps, whatever the clocks do."""
        if not len(chunk.stamps_s):
            return
        if self._steps is not None:
            self._steps.broken(chunk.stamps_s)
        self._samples += len(chunk.stamps_s)
        self._first_s = self._first_s if self._first_s == self._first_s else float(chunk.stamps_s[0])
        self._last_s = float(chunk.stamps_s[-1])
        self._arrived_s = chunk.time_s
        if self._header.kind.lower() in HEART_KINDS and self._header.rate_hz:
            self._listen(chunk.samples[:, 0])

    def hear(self, kind: SourceKind) -> None:
        """Take what happened to the stream."""
        self._losses += kind is SourceKind.LOST
        self._here = kind is SourceKind.BACK
        if kind is SourceKind.LOST:
            self._ecg.clear()
            self._n_ecg, self._bpm = 0, NAN

    def _listen(self, ecg: FloatArray) -> None:
        """Keep the last seconds of the first channel; read the heart from them once a second."""
        self._ecg.append(ecg)
        self._n_ecg += len(ecg)
        self._n_new += len(ecg)
        while self._n_ecg - len(self._ecg[0]) >= WINDOW_S * self._header.rate_hz:
            self._n_ecg -= len(self._ecg.popleft())
        if self._n_new >= HEART_EVERY_S * self._header.rate_hz:
            self._n_new = 0
            self._bpm = heart_bpm(np.concatenate(self._ecg).astype(np.float64), self._header.rate_hz)
