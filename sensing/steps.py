"""Gaps and steps backward, from stamps that may be perfect, jittered or given in bursts.

The *lag* of a stamp is how far it lies behind the straight line of the nominal rate. Jitter and bursts let the lag
swing within a band; a lost sample lifts it above the band. So a stamp shows a **gap** when its lag is above every lag
of the last four blocks by more than half a sample period and half of the width of the band; it shows a **step
backward** when it is older than the stamp before it by more than half a period and the whole width. With perfect
stamps the band has no width, and one lost sample is a gap. In a device that stamps samples in bursts of n, a loss of
less than about n / 2 samples cannot be told from jitter. After each find the line is laid anew through the stamp.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from loop.values import FloatArray

BLOCKS_REMEMBERED = 4      # one second of blocks at the usual hop
TOLERANCE_PERIODS = 0.5    # halfway between a sample on time and one that was lost before it
BAND_SHARE = 0.5           # of the band's width that a lag may lie above the band


class Steps:
    """Finds gaps and steps backward, block by block.

    Parameters
    ----------
    rate_hz : float
        Nominal, of the stream.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._tolerance_s = TOLERANCE_PERIODS / rate_hz
        self._bands: deque[tuple[float, float]] = deque(maxlen=BLOCKS_REMEMBERED)
        self._lines: dict[int, FloatArray] = {}
        self._last_s = np.nan
        self._line_s = np.nan      # where the line stands at sample 0 of the next block
        self.gaps = 0
        self.backward = 0

    def broken(self, stamps_s: FloatArray) -> bool:
        """Take the corrected stamps of one block; say whether the stream is broken in it. NaN says nothing."""
        found = self.gaps + self.backward
        lags_s = stamps_s - (self._line_s + self._line(len(stamps_s)))
        low_s, high_s = float(np.minimum.reduce(lags_s)), float(np.maximum.reduce(lags_s))
        if self._plain(float(stamps_s[0]), low_s, high_s):
            self._bands.append((low_s, high_s))
        else:
            self._remember(self._walk(stamps_s))
        self._line_s += self._period_s * len(stamps_s)
        self._last_s = float(stamps_s[-1])
        return self.gaps + self.backward > found

    def _line(self, n_times: int) -> FloatArray:
        """Return the nominal times of a block's samples after its first, s."""
        if n_times not in self._lines:
            self._lines[n_times] = self._period_s * np.arange(n_times)
        return self._lines[n_times]

    def _band(self) -> tuple[float, float]:
        lows_s, highs_s = zip(*self._bands, strict=True)
        return min(lows_s), max(highs_s)

    def _plain(self, first_s: float, low_s: float, high_s: float) -> bool:
        """Whether a whole block lies within what the last blocks allow: then no sample needs a closer look.

        From one stamp to the next a period passes, less the change of the lag: at most ``high_s - low_s``.
        """
        if not self._bands:
            return False
        lowest_s, highest_s = self._band()
        band_s = highest_s - lowest_s
        back_s = self._tolerance_s + band_s
        return (high_s <= highest_s + self._tolerance_s + BAND_SHARE * band_s
                and high_s - low_s <= self._period_s + back_s and self._last_s - first_s <= back_s)

    def _walk(self, stamps_s: FloatArray) -> FloatArray:
        """Look at each stamp in turn; return the lags about the line as it was laid at the end."""
        lags: list[float] = []
        low_s, high_s = self._band() if self._bands else (0.0, 0.0)
        before_s = self._last_s
        for index, stamp_s in enumerate(stamps_s.tolist()):
            lag_s = stamp_s - (self._line_s + self._period_s * index)
            if stamp_s != stamp_s:
                continue
            if lag_s != lag_s:
                self._line_s, lag_s = stamp_s - self._period_s * index, 0.0
            elif self._breaks(lag_s, stamp_s - before_s, low_s, high_s):
                self._line_s += lag_s - high_s
                lag_s = high_s
            low_s, high_s = min(low_s, lag_s), max(high_s, lag_s)
            before_s = stamp_s
            lags.append(lag_s)
        return np.array(lags)

    def _breaks(self, lag_s: float, rise_s: float, low_s: float, high_s: float) -> bool:
        gap = lag_s > high_s + self._tolerance_s + BAND_SHARE * (high_s - low_s)
        backward = rise_s < -(self._tolerance_s + (high_s - low_s))
        self.gaps += gap
        self.backward += backward
        return gap or backward

    def _remember(self, lags_s: FloatArray) -> None:
        if len(lags_s):
            self._bands.append((float(lags_s.min()), float(lags_s.max())))
