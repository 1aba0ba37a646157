"""The last `window_s` of raw and cleaned samples at each decision.

Samples are appended to a buffer that is never written twice; a window is a closed view of it. When a buffer is full a
new one begins with the last window, so a window that someone keeps stays as it was.
"""

from __future__ import annotations

import numpy as np

from loop.values import Block, FloatArray, Header, Window, read_only

WINDOWS_PER_BUFFER = 4     # a copy of one window's samples every twelve seconds, for 5 MB at 32 channels and 250 Hz
GAP = "gap"


class Windower:
    """Keeps the last `window_s`; hands it over at each decision.

    Parameters
    ----------
    header : Header
        Of the stream: its rate.
    n_channels : int
        Of a block.
    window_s : float
        Length of a window.
    """

    def __init__(self, header: Header, n_channels: int, window_s: float) -> None:
        self._rate_hz = header.rate_hz
        self._n_times = round(window_s * header.rate_hz)
        self._span_s = self._n_times / header.rate_hz
        self._raw = _Tail(self._n_times, n_channels)
        self._clean = _Tail(self._n_times, n_channels)
        self._quality = read_only(np.ones(n_channels))
        self._broken_end = 0

    def window(self, raw: Block, clean: Block) -> Window | None:
        """Take a block, raw and cleaned; return the window that ends with it, or None until there is one.

        The cleaner may owe samples (an empty block) as long as it pays them later. A window that touches a broken
        block carries the fault ``gap``.
        """
        self._raw.append(raw.samples)
        self._clean.append(clean.samples)
        if raw.broken:
            self._broken_end = self._raw.count
        if self._clean.count < max(self._raw.count, self._n_times):
            return None
        first = self._raw.count - self._n_times
        return Window(
            samples=self._clean.last(), first_sample=first, span_s=self._span_s, newest_s=raw.newest_s,
            quality=self._quality, faults=(GAP,) if self._broken_end > first else (),
            advance_s=len(raw.samples) / self._rate_hz, raw=self._raw.last(),
        )


class _Tail:
    """The last `n_times` rows of all that was appended."""

    def __init__(self, n_times: int, n_channels: int) -> None:
        self._n_times = n_times
        self._rows = np.empty((WINDOWS_PER_BUFFER * n_times, n_channels))
        self._filled = 0
        self.count = 0

    def append(self, rows: FloatArray) -> None:
        if self._filled + len(rows) > len(self._rows):
            self._turn(len(rows))
        self._rows[self._filled:self._filled + len(rows)] = rows
        self._filled += len(rows)
        self.count += len(rows)

    def last(self) -> FloatArray:
        return read_only(self._rows[self._filled - self._n_times:self._filled])

    def _turn(self, n_more: int) -> None:
        kept = self._rows[max(0, self._filled - self._n_times):self._filled]
        self._rows = np.empty((max(len(self._rows), len(kept) + n_more), self._rows.shape[1]))
        self._rows[:len(kept)] = kept
        self._filled = len(kept)
