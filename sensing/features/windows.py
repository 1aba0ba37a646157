"""The last `window_s` of raw and cleaned samples at each decision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loop.values import Block, Header, Window, read_only
from sensing.tail import Tail

GAP = "gap"


class Windower:
    """Keeps the last `window_s`; hands it over at each decision.

    Parameters
    ----------
    header : Header
        Of the stream: its rate.
    n_channels : int
        Of a window: the EEG, the first columns of a raw block (behind it may be EOG, which the cleaner drops).
    window_s : float
        Length of a window.
    n_ears : int
        Ear channels, the last columns of both blocks: a window carries them apart.
    """

    def __init__(self, header: Header, n_channels: int, window_s: float, n_ears: int = 0) -> None:
        self._rate_hz = header.rate_hz
        self.n_channels = n_channels
        self._n_times = round(window_s * header.rate_hz)
        self._span_s = self._n_times / header.rate_hz
        self._raw = Tail(self._n_times, n_channels)
        self._clean = Tail(self._n_times, n_channels)
        self._ears = Windower(header, n_ears, window_s) if n_ears else None
        self._quality = read_only(np.ones(n_channels))
        self._broken_end = 0

    def window(self, raw: Block, clean: Block) -> Window | None:
        """Take a block, raw and cleaned; return the window that ends with it, or None until there is one.

        The cleaner may owe samples (an empty block) as long as it pays them later. A window that touches a broken
        block carries the fault ``gap``.
        """
        ears = self._ears.window(_last(raw, self._ears), _last(clean, self._ears)) if self._ears else None
        self._raw.append(raw.samples[:, :self.n_channels])
        self._clean.append(clean.samples[:, :self.n_channels])
        if raw.broken:
            self._broken_end = self._raw.count
        if self._clean.count < max(self._raw.count, self._n_times):
            return None
        first = self._raw.count - self._n_times
        return Window(
            samples=self._clean.last(), first_sample=first, span_s=self._span_s, newest_s=raw.newest_s,
            quality=self._quality, faults=(GAP,) if self._broken_end > first else (),
            advance_s=len(raw.samples) / self._rate_hz, raw=self._raw.last(), series=1, ears=ears,
        )


def _last(block: Block, ears: Windower) -> Block:
    """Return the ears of a block, its last columns."""
    return replace(block, samples=block.samples[:, block.samples.shape[1] - ears.n_channels:])
