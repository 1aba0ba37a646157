"""Welch spectra of the channels that the decoder needs, in half-hertz bins.

Three segments of 2 s in a window of 4 s, Hann, half overlapped (Welch 1967): 2 s give bins of 0.5 Hz as they are. The
number at each bin is ln of the one-sided power density, ln(uV^2 / Hz).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.fft import rfft
from scipy.signal.windows import hann

from loop.values import Features, FloatArray, Header, Window

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
        self._columns = np.array(list(columns.values()), dtype=np.intp)
        self._segment = round(SEGMENT_S * header.rate_hz)
        self._rate_hz = header.rate_hz
        self._lowest = round(LOWEST_HZ / BIN_HZ)
        self._tapers: dict[int, FloatArray] = {}
        self.names = tuple(f"{role}@{hz:.1f}Hz" for role in columns for hz in FREQUENCIES_HZ)

    def extract(self, window: Window) -> Features:
        """Return ``values`` of length ``n_roles * len(FREQUENCIES_HZ)``, role by role."""
        rows = np.ascontiguousarray(window.samples.take(self._columns, axis=1).T)
        values = np.maximum(self._power(rows), TINY_UV2_PER_HZ)
        np.log(values, out=values)
        values.flags.writeable = False
        return Features(self.names, values.reshape(-1), window.first_sample, window.span_s)

    def _power(self, rows: FloatArray) -> FloatArray:
        """Return the mean power of the segments at `FREQUENCIES_HZ`, ``(n_roles, n_bins)`` uV^2 / Hz."""
        n_times = min(self._segment, rows.shape[1])
        step = max(1, n_times // 2)
        n_segments = (rows.shape[1] - n_times) // step + 1
        strides = (rows.strides[0], step * rows.strides[1], rows.strides[1])
        segments = as_strided(rows, (len(rows), n_segments, n_times), strides, writeable=False)
        sums = rfft(segments * self._taper(n_times), self._segment, axis=-1)
        parts = np.square(sums[..., self._lowest:self._lowest + len(FREQUENCIES_HZ)].view(np.float64))
        mean = np.add.reduce(parts, axis=1) / n_segments
        return np.asarray(mean[:, 0::2] + mean[:, 1::2])

    def _taper(self, n_times: int) -> FloatArray:
        """Return the Hann taper, scaled so that a squared sum is a one-sided density."""
        if n_times not in self._tapers:
            taper = hann(n_times, sym=False)
            self._tapers[n_times] = taper * np.sqrt(2.0 / (self._rate_hz * float(np.square(taper).sum())))
        return self._tapers[n_times]
