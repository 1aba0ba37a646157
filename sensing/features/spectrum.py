"""Welch spectra of the channels that the decoder needs, in half-hertz bins.

Three segments of 2 s in a window of 4 s, Hann, half overlapped (Welch 1967): 2 s give bins of 0.5 Hz as they are. The
number at each bin is ln of the one-sided power density, ln(uV^2 / Hz).

Windows of one series (`loop.values.Window`) share segments: the one that ends a window is in the middle of the window
1 s later. So a segment is kept until no window can hold it, and mostly only the newest is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
from scipy.signal.windows import hann

from loop.values import Features, FloatArray, Header, Window, read_only
from sensing.columns import picked

SEGMENT_S = 2.0
BIN_HZ = 1.0 / SEGMENT_S
LOWEST_HZ, HIGHEST_HZ = 1.0, 45.0     # what the filters leave
FREQUENCIES_HZ = np.arange(LOWEST_HZ, HIGHEST_HZ + BIN_HZ / 2, BIN_HZ)
TINY_UV2_PER_HZ = 1e-12               # below any amplifier's noise: keeps the logarithm of nothing finite
UNIT = "ln(uV^2/Hz)"


class Spectrum:
    """Extracts the log spectrum of each role.

    Parameters
    ----------
    header : Header
        Of the stream: its rate.
    columns : Mapping[str, int]
        Role to column of a window.
    """

    def __init__(self, header: Header, columns: Mapping[str, int]) -> None:
        self._columns = picked(list(columns.values()))
        self._segment = round(SEGMENT_S * header.rate_hz)
        self._rate_hz = header.rate_hz
        self._lowest = round(LOWEST_HZ / BIN_HZ)
        self._tapers: dict[int, FloatArray] = {}
        self._series = 0
        self._kept: dict[int, FloatArray] = {}     # by the sample of the stream at which a segment begins
        self.names = tuple(f"{role}@{hz:.1f}Hz" for role in columns for hz in FREQUENCIES_HZ)

    def extract(self, window: Window) -> Features:
        """Return ``values`` of length ``n_roles * len(FREQUENCIES_HZ)``, role by role."""
        values = np.log(np.maximum(self._power(window), TINY_UV2_PER_HZ))
        return Features(self.names, read_only(values.T.reshape(-1)), window.first_sample, window.span_s)

    def _power(self, window: Window) -> FloatArray:
        """Return the mean power of the segments at `FREQUENCIES_HZ`, ``(n_bins, n_roles)`` uV^2 / Hz."""
        n_times = min(self._segment, len(window.samples))
        starts = range(0, len(window.samples) - n_times + 1, max(1, n_times // 2))
        known = self._known(window)
        segments = {}
        for start in starts:
            at = window.first_sample + start
            segments[at] = known[at] if at in known else self._squares(window.samples[start:start + n_times])
        self._kept = known | segments
        parts = reduce(np.add, segments.values()) / len(segments)
        return np.asarray(parts[:, 0::2] + parts[:, 1::2])

    def _known(self, window: Window) -> dict[int, FloatArray]:
        """Return the segments of earlier windows that this one, or one after it, can hold."""
        if window.series != self._series or not window.series:
            self._series = window.series
            return {}
        return {at: squares for at, squares in self._kept.items() if at >= window.first_sample}

    def _squares(self, samples: FloatArray) -> FloatArray:
        """Return the squares of one segment's sums, real and imaginary by turns, ``(n_bins, 2 * n_roles)``."""
        tapered = np.multiply(samples[:, self._columns], self._taper(len(samples)), order="C")
        sums = np.fft.rfft(tapered, self._segment, axis=0)[self._lowest:self._lowest + len(FREQUENCIES_HZ)]
        return np.square(sums.view(np.float64))

    def _taper(self, n_times: int) -> FloatArray:
        """Return the Hann taper ``(n_times, 1)``, scaled so that a squared sum is a one-sided density."""
        if n_times not in self._tapers:
            taper = hann(n_times, sym=False)
            scale = np.sqrt(2.0 / (self._rate_hz * float(np.square(taper).sum())))
            self._tapers[n_times] = (taper * scale)[:, np.newaxis]
        return self._tapers[n_times]
