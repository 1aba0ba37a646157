"""What the gates look at, measured once on each hop of samples and kept for as long as a window touches the hop.

A window is judged on whole hops: a run that is flat for `flat_s` is surely found once it lasts one hop longer.
"""

from __future__ import annotations

from collections import deque
from functools import cache, reduce
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from loop.frozen import frozen
from loop.values import FloatArray, Window
from sensing.tail import Tail

MUSCLE_HZ = (32.0, 36.0, 40.0, 44.0)     # 30-45 Hz, where scalp muscle is strong and the low-pass still open
LINES_HZ = (50.0, 60.0)
NYQUIST_SHARE = 0.95                     # above it a tone cannot be told from its mirror
RAW, FILTERED, STEP = range(3)           # what is measured side by side: as received, filtered, steps of the filtered
MUSCLE, LINE = range(2)
POWERS, STILL, N_ROWS = 6, 8, 9          # of a cell: three highs, three lows, two powers, how still it was up to here


@frozen
class Measures:
    """Of one window, each ``(n_channels,)``."""

    raw_abs_uv: FloatArray          # largest, as received; NaN or inf where a sample was
    raw_range_uv: FloatArray
    amplitude_uv: FloatArray        # largest, filtered
    peak_to_peak_uv: FloatArray     # filtered
    step_uv_per_ms: FloatArray      # largest, filtered
    still_uv: FloatArray            # smallest range in any run of `flat_s`, raw or filtered
    muscle_uv2: FloatArray          # power 30-45 Hz, filtered
    line_uv2: FloatArray            # power at the mains that is left, filtered


class Meter:
    """Measures windows that follow each other by one hop.

    Parameters
    ----------
    rate_hz, hop_s : float
        Of the stream, and between decisions.
    n_times : int
        Samples of a window.
    flat_s : float
        How long a run must be still to be flat.
    """

    def __init__(self, rate_hz: float, hop_s: float, n_times: int, flat_s: float) -> None:
        self._rate_hz = rate_hz
        self._hop_samples = hop_s * rate_hz
        hops = n_times / self._hop_samples
        self._n_cells = round(hops) if abs(hops - round(hops)) < 1e-9 else ceil(hops) + 1
        self._still_cells = min(max(1, ceil(flat_s / hop_s - 1e-9)), self._n_cells)
        self._end = -1
        self._cells = Tail(self._n_cells, 0)
        self._latest: deque[FloatArray] = deque(maxlen=self._still_cells)    # highs and lows of the newest cells

    def measure(self, window: Window) -> Measures:
        """Return the measures of a window; only its newest hop is looked at when it follows the one before."""
        end = window.first_sample + len(window.samples)
        newest = int(end / self._hop_samples + 1e-9)
        bounds = [ceil((newest - 1) * self._hop_samples), end]
        if bounds[0] != self._end:
            self._cells = Tail(self._n_cells, N_ROWS * window.samples.shape[1])
            bounds = [ceil(k * self._hop_samples) for k in range(newest - self._n_cells, newest)] + [end]
        self._end = end
        with np.errstate(invalid="ignore", over="ignore"):
            for start, stop in pairwise(bounds):
                if stop > window.first_sample:
                    self._cell(window, max(0, start - window.first_sample), stop - window.first_sample)
            return self._sum_up(window.samples.shape[1])

    def _cell(self, window: Window, start: int, stop: int) -> None:
        raw, samples = window.raw[start:stop], window.samples[start:stop]
        before = window.samples[start - 1:stop - 1] if start else np.concatenate((samples[:1], samples[:-1]))
        beside = np.concatenate((raw, samples, samples - before), axis=1)
        peaks = np.concatenate((np.maximum.reduce(beside, axis=0), -np.minimum.reduce(beside, axis=0)))
        self._latest.append(peaks.reshape(2, 3, -1)[:, :STEP])
        powers = _powers(samples, self._rate_hz).reshape(-1)
        self._cells.append(np.concatenate((peaks, powers, self._still()))[None])

    def _sum_up(self, n_channels: int) -> Measures:
        cells = self._cells.last().reshape(-1, N_ROWS, n_channels)
        peaks = cells[:, :POWERS].reshape(-1, 2, 3, n_channels)
        highs, lows = np.maximum.reduce(peaks, axis=0)       # lows are negated
        extremes, ranges = np.maximum(highs, lows), highs + lows
        powers = np.add.reduce(cells[:, POWERS:STILL], axis=0) / self._n_cells
        whole = cells[self._still_cells - 1:, STILL]         # runs that lie within the window
        return Measures(
            raw_abs_uv=extremes[RAW], raw_range_uv=ranges[RAW],
            amplitude_uv=extremes[FILTERED], peak_to_peak_uv=ranges[FILTERED],
            step_uv_per_ms=extremes[STEP] * (self._rate_hz / 1e3),
            still_uv=np.fmin.reduce(whole, axis=0, initial=np.inf),
            muscle_uv2=powers[MUSCLE], line_uv2=powers[LINE],
        )

    def _still(self) -> FloatArray:
        """Return the range in the run of `flat_s` that ends with the newest cell: the smaller of raw and filtered."""
        highs, lows = reduce(np.maximum, self._latest)       # lows are negated
        return np.asarray(np.fmin.reduce(highs + lows, axis=0))


def _powers(samples: FloatArray, rate_hz: float) -> FloatArray:
    """Return power of muscle and of mains, ``(2, n_channels)`` uV^2, by Hann-tapered Fourier sums."""
    tones, which = _tones(len(samples), rate_hz)
    sums = tones @ samples
    return np.asarray(which @ np.square(sums))


@cache
def _tones(n_times: int, rate_hz: float) -> tuple[FloatArray, NDArray[np.float64]]:
    """Return tapered cosines and sines ``(n_tones, n_times)`` and the rows of them that make muscle and mains."""
    hann = np.sin(np.pi * (np.arange(n_times) + 0.5) / n_times) ** 2
    hann *= np.sqrt(2.0) / hann.sum()
    within = [hz for hz in MUSCLE_HZ + LINES_HZ if hz < NYQUIST_SHARE * rate_hz / 2]
    phases = 2 * np.pi * np.outer(within, np.arange(n_times)) / rate_hz
    muscle = np.array([float(hz in MUSCLE_HZ) for hz in within] * 2)
    return np.concatenate([np.cos(phases) * hann, np.sin(phases) * hann]), np.array([muscle, 1.0 - muscle])
