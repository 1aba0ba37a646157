"""Welch spectra of the channels that the decoder needs, in half-hertz bins.

Three segments of 2 s in a window of 4 s, Hann, half overlapped (Welch 1967): 2 s give bins of 0.5 Hz as they are. The
number at each bin is ln of the one-sided power density, ln(uV^2 / Hz).

Hann's taper is a sum of three lines, so it is applied behind the transform: ``4 X'[k] = 2 X[k] - X[k-1] - X[k+1]``, the
second difference (Harris 1978, doi 10.1109/PROC.1978.10837), of the bins that are read and not of every sample.

Windows of one series (`loop.values.Window`) share segments: the one that ends a window is in the middle of the window
1 s later. So a segment is kept until no window can hold it, and mostly only the newest is computed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.signal.windows import hann

from loop.values import Features, FloatArray, Header, Window, read_only
from sensing.columns import picked

SEGMENT_S = 2.0
BIN_HZ = 1.0 / SEGMENT_S
LOWEST_HZ, HIGHEST_HZ = 1.0, 45.0     # what the filters leave
FREQUENCIES_HZ = np.arange(LOWEST_HZ, HIGHEST_HZ + BIN_HZ / 2, BIN_HZ)
TINY_UV2_PER_HZ = 1e-12               # below any amplifier's noise: keeps the logarithm of nothing finite
UNIT = "ln(uV^2/Hz)"
SCALE = 4.0                           # of the tapered sums: so that the difference needs no product
HANN_POWER = 3.0 / 8.0                # mean square of the taper


class LogDensities(ABC):
    """Extracts the log spectrum of each role, however the density is had; a `loop.ports.Extractor`.

    Parameters
    ----------
    header : Header
        Of the stream: its rate.
    columns : Mapping[str, int]
        Role to column of a window.
    """

    def __init__(self, header: Header, columns: Mapping[str, int]) -> None:
        self._columns = picked(list(columns.values()))
        self._rate_hz = header.rate_hz
        self._segment = round(SEGMENT_S * header.rate_hz)      # samples whose transform has bins of `BIN_HZ`
        self.names = tuple(f"{role}@{hz:.1f}Hz" for role in columns for hz in FREQUENCIES_HZ)

    def extract(self, window: Window) -> Features:
        """Return ``values`` of length ``n_roles * len(FREQUENCIES_HZ)``, role by role, ln(uV^2 / Hz)."""
        values = np.log(np.maximum(self._density(window), TINY_UV2_PER_HZ))
        return Features(self.names, read_only(values.T.reshape(-1)), window.first_sample, window.span_s)

    @abstractmethod
    def _density(self, window: Window) -> FloatArray:
        """Return the one-sided power density at `FREQUENCIES_HZ`, ``(n_bins, n_roles)`` uV^2 / Hz."""


class Spectrum(LogDensities):
    """The log spectrum of each role after Welch."""

    def __init__(self, header: Header, columns: Mapping[str, int]) -> None:
        super().__init__(header, columns)
        self._lowest = round(LOWEST_HZ / BIN_HZ)
        self._series = 0
        self._kept: dict[int, FloatArray] = {}     # by the sample of the stream at which a segment begins

    def _density(self, window: Window) -> FloatArray:
        """Return the mean power of the segments."""
        n_times = min(self._segment, len(window.samples))
        starts = range(0, len(window.samples) - n_times + 1, max(1, n_times // 2))
        known = self._known(window)
        segments = {}
        for start in starts:
            at = window.first_sample + start
            segments[at] = known[at] if at in known else self._squares(window.samples[start:start + n_times])
        self._kept = known | segments
        parts = reduce(np.add, segments.values())
        one_sided = 2.0 / (self._rate_hz * HANN_POWER * n_times)
        return np.asarray((parts[:, 0::2] + parts[:, 1::2]) * (one_sided / (SCALE**2 * len(segments))))

    def _known(self, window: Window) -> dict[int, FloatArray]:
        """Return the segments of earlier windows that this one, or one after it, can hold."""
        if window.series != self._series or not window.series:
            self._series = window.series
            return {}
        return {at: squares for at, squares in self._kept.items() if at >= window.first_sample}

    def _squares(self, samples: FloatArray) -> FloatArray:
        """Return the squares of one segment's sums, real and imaginary by turns, ``(n_bins, 2 * n_roles)``."""
        samples = samples[:, self._columns]
        if len(samples) < self._segment:           # a window of under 2 s: zeros behind it make the bins finer
            tapered = samples * (SCALE * hann(len(samples), sym=False))[:, np.newaxis]
            sums = np.fft.rfft(tapered, self._segment, axis=0)[self._lowest:self._lowest + len(FREQUENCIES_HZ)]
        else:
            sums = _tapered(_beside(np.fft.rfft(samples, axis=0), self._segment), self._lowest, len(FREQUENCIES_HZ))
        parts = np.ascontiguousarray(sums).view(np.float64)
        return np.square(parts, out=parts)


def _beside(sums: NDArray[np.complex128], n_times: int) -> NDArray[np.complex128]:
    """Return the sums with the one beyond the last, which mirrors the one before it: at 90 Hz 45 Hz is the last."""
    if len(sums) > round(HIGHEST_HZ / BIN_HZ) + 1:
        return sums
    mirrored = sums[-2 if n_times % 2 == 0 else -1].conj()
    return np.concatenate((sums, mirrored[np.newaxis]))


def _tapered(sums: NDArray[np.complex128], lowest: int, n_bins: int) -> NDArray[np.complex128]:
    """Return what a Hann taper makes of a segment's sums at `n_bins` bins, times `SCALE`."""
    steps = np.subtract(sums[lowest:lowest + n_bins + 1], sums[lowest - 1:lowest + n_bins], order="C")
    return steps[:-1] - steps[1:]
