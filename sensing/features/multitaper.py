"""Multitaper spectra (Thomson 1982, doi 10.1109/PROC.1982.12433): steadier from window to window than Welch's.

The whole window is multiplied by each of ``2 NW - 1`` Slepian tapers (`scipy.signal.windows.dpss`); the mean of the
powers is the spectrum, smooth over `HALF_BAND_HZ` to either side. In white noise the spread of ln density is .42, with
Welch .63; that of ln alpha .23 and .27. Far from a strong line Hann's tapers leak less: hence Welch is the default.
Read at the same half-hertz bins, so all that follows is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np
from scipy.signal.windows import dpss

from loop.values import FloatArray, Header, Window
from sensing.features.spectrum import FREQUENCIES_HZ, LOWEST_HZ, SEGMENT_S, LogDensities

HALF_BAND_HZ = 0.75                # NW = 3 and 5 tapers in 4 s: as narrow as the 1.5 Hz of a Hann segment of 2 s
LEAST_NW = 1.5                     # short windows: two tapers


class Multitaper(LogDensities):
    """The log spectrum of each role by many tapers."""

    def __init__(self, header: Header, columns: Mapping[str, int]) -> None:
        super().__init__(header, columns)
        self._tapers: dict[int, FloatArray] = {}

    def _density(self, window: Window) -> FloatArray:
        """Return the mean power of the tapers."""
        tapers = self._of(len(window.samples))
        rows = np.ascontiguousarray(window.samples[:, self._columns].T)
        finer = 2 * ceil(len(window.samples) / (2 * self._segment))       # bins of the transform in 0.5 Hz
        power = np.zeros((len(rows), finer * self._segment // 2 + 1))
        for taper in tapers:               # one by one: five at once leave the cache
            sums = np.fft.rfft(rows * taper, finer * self._segment)
            power += (np.square(sums.real) + np.square(sums.imag)) / len(tapers)
        return _half_hertz(power, finer).T

    def _of(self, n_times: int) -> FloatArray:
        """Return the tapers ``(n_tapers, n_times)``, scaled so that a squared sum is a one-sided density."""
        if n_times not in self._tapers:
            nw = max(LEAST_NW, n_times / self._rate_hz * HALF_BAND_HZ)
            self._tapers[n_times] = dpss(n_times, nw, int(2 * nw) - 1) * np.sqrt(2.0 / self._rate_hz)
        return self._tapers[n_times]


def _half_hertz(power: FloatArray, finer: int) -> FloatArray:
    """Return the mean density of each bin of 0.5 Hz, by the trapezoid rule over the finer ones within it."""
    first = round(LOWEST_HZ * SEGMENT_S) * finer - finer // 2
    weights = np.full(finer + 1, 1.0 / finer)
    weights[[0, -1]] /= 2
    last = first + finer * (len(FREQUENCIES_HZ) - 1) + 1
    return np.asarray(sum(weight * power[:, first + k:last + k:finer] for k, weight in enumerate(weights)))
