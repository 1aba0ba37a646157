"""What the gates look at, measured once on each hop of samples and kept for as long as a window touches the hop.

A window is judged on whole hops: a run that is flat for `flat_s` is surely found once it lasts one hop longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from loop.values import FloatArray, Window

MUSCLE_HZ = (32.0, 36.0, 40.0, 44.0)     # 30-45 Hz, where scalp muscle is strong and the low-pass still open
LINES_HZ = (50.0, 60.0)
NYQUIST_SHARE = 0.95                     # above it a tone cannot be told from its mirror
RAW_HIGH, HIGH, RAW_LOW, LOW, STEP, STILL = range(6)     # rows of what is kept as a maximum; lows and STILL negated
NEGATED = slice(RAW_LOW, LOW + 1)


@dataclass(frozen=True, slots=True)
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
        self._still_cells = max(1, ceil(flat_s / hop_s - 1e-9))
        self._end = -1
        self._next = 0
        self._peaks: FloatArray = np.zeros((0, 0, 0))
        self._powers: FloatArray = np.zeros((0, 0, 0))

    def measure(self, window: Window) -> Measures:
        """Return the measures of a window; only its newest hop is looked at when it follows the one before."""
        bounds = self._bounds(window)
        if bounds[-2] != self._end or not len(self._peaks):
            self._forget(window.samples.shape[1])
        else:
            bounds = bounds[-2:]
        self._end = bounds[-1]
        with np.errstate(invalid="ignore", over="ignore"):
            for start, stop in pairwise(bounds):
                if stop > window.first_sample:
                    self._cell(window, max(0, start - window.first_sample), stop - window.first_sample)
            return self._sum_up()

    def _bounds(self, window: Window) -> list[int]:
        end = window.first_sample + len(window.samples)
        newest = int(end / self._hop_samples + 1e-9)
        return [ceil(k * self._hop_samples) for k in range(newest - self._n_cells, newest)] + [end]

    def _forget(self, n_channels: int) -> None:
        self._peaks = np.full((self._n_cells, STILL + 1, n_channels), -np.inf)
        self._powers = np.zeros((self._n_cells, 2, n_channels))
        self._next = 0

    def _cell(self, window: Window, start: int, stop: int) -> None:
        raw, samples = window.raw[start:stop], window.samples[start:stop]
        here = self._next % self._n_cells
        peaks = self._peaks[here]
        np.maximum.reduce(raw, axis=0, out=peaks[RAW_HIGH])
        np.minimum.reduce(raw, axis=0, out=peaks[RAW_LOW])
        np.maximum.reduce(samples, axis=0, out=peaks[HIGH])
        np.minimum.reduce(samples, axis=0, out=peaks[LOW])
        np.negative(peaks[NEGATED], out=peaks[NEGATED])
        steps = window.samples[max(1, start):stop] - window.samples[max(0, start - 1):stop - 1]
        np.maximum.reduce(np.abs(steps, out=steps), axis=0, out=peaks[STEP], initial=0.0)
        self._next += 1
        peaks[STILL] = self._still()
        self._powers[here] = _powers(samples, self._rate_hz)

    def _still(self) -> FloatArray | float:
        """Return minus the range of the last run, raw or filtered; -inf while the run is not long enough."""
        if self._next < self._still_cells:
            return -np.inf
        run = [(self._next - 1 - back) % self._n_cells for back in range(min(self._still_cells, self._n_cells))]
        peaks = np.maximum.reduce(self._peaks[run, :STEP], axis=0)
        return -np.fmin(peaks[RAW_HIGH] + peaks[RAW_LOW], peaks[HIGH] + peaks[LOW])

    def _sum_up(self) -> Measures:
        peaks = np.maximum.reduce(self._peaks, axis=0)
        powers = np.add.reduce(self._powers, axis=0) / self._n_cells
        return Measures(
            raw_abs_uv=np.maximum(peaks[RAW_HIGH], peaks[RAW_LOW]),
            raw_range_uv=peaks[RAW_HIGH] + peaks[RAW_LOW],
            amplitude_uv=np.maximum(peaks[HIGH], peaks[LOW]),
            peak_to_peak_uv=peaks[HIGH] + peaks[LOW],
            step_uv_per_ms=peaks[STEP] * (self._rate_hz / 1e3),
            still_uv=-peaks[STILL],
            muscle_uv2=powers[0], line_uv2=powers[1],
        )


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
