"""A person's own scale: median and spread of an index at rest, and the individual alpha frequency.

Windows of a baseline do not overlap, so that the standard error of the median is what it says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.values import FloatArray
from sensing.features.indices import USUAL_IAF_HZ
from sensing.features.spectrum import BIN_HZ, FREQUENCIES_HZ
from sensing.robust import MEDIAN_SE, robust_scale

SD_FLOOR = 0.05                  # of a log ratio: below what 4 s windows of any EEG give (asymmetry: 0.2)
IAF_SEARCH_HZ = (7.0, 13.0)
IAF_OVER_FIT = 5.0               # eyes closed gives 44 to 87; eyes open passes 1.5 with a false peak
APERIODIC_HZ = ((2.0, 6.0), (15.0, 35.0))   # beside alpha and its flanks, inside the filters


@dataclass(frozen=True, slots=True)
class Baseline:
    """Of one index in one eye state."""

    centre: float
    sd: float                    # of one window: 1.4826 MAD
    standard_error: float        # of the centre
    n_windows: int

    def z(self, value: float) -> float:
        """Return ``(value - centre) / sd``."""
        return (value - self.centre) / self.sd


def fit_baseline(values: FloatArray) -> Baseline:
    """Return the baseline of the values of non-overlapping windows, ``(n_windows,)``."""
    centre, sd = (float(part) for part in robust_scale(values))
    sd = max(sd, SD_FLOOR)
    return Baseline(centre, sd, MEDIAN_SE * sd / float(np.sqrt(len(values))), len(values))


class Collector:
    """Collects the log spectra of clean windows that do not overlap.

    Parameters
    ----------
    rate_hz : float
        Of the stream.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._free_from = 0
        self._span_s = 0.0
        self.spectra: list[FloatArray] = []

    @property
    def clean_s(self) -> float:
        """Seconds collected."""
        return len(self.spectra) * self._span_s

    def take(self, log_psd: FloatArray, first_sample: int, span_s: float) -> None:
        """Take a clean window ``(n_roles, n_bins)``, unless it overlaps the last one taken."""
        if first_sample < self._free_from:
            return
        self._span_s = span_s
        self._free_from = first_sample + round(span_s * self._rate_hz)
        self.spectra.append(log_psd)


@dataclass(frozen=True, slots=True)
class Iaf:
    """The individual alpha frequency, or 10 Hz where none stands out."""

    hz: float
    over_fit: float              # power at the peak over the aperiodic fit
    found: bool

    @property
    def note(self) -> str:
        """One sentence for a person."""
        if self.found:
            return f"Individual alpha frequency {self.hz:.1f} Hz: the peak is {self.over_fit:.0f} times its background."
        return (f"No alpha peak stands out (the highest is {self.over_fit:.1f} times its background, "
                f"{IAF_OVER_FIT:.0f} are asked): the usual {USUAL_IAF_HZ:.0f} Hz is taken.")


NO_IAF = Iaf(USUAL_IAF_HZ, 0.0, False)


def find_iaf(psd: FloatArray) -> Iaf:
    """Return the peak of a mean power spectrum ``(n_bins,)`` over its aperiodic fit, uV^2 / Hz.

    The fit is a straight line of ln power over ln frequency beside alpha; the peak's place is refined by a parabola
    through its three bins.
    """
    over_fit = np.log(psd) - _aperiodic(np.log(psd))
    searched = np.flatnonzero(_within(*IAF_SEARCH_HZ))
    peak = int(searched[np.argmax(over_fit[searched])])
    left, top, right = (float(value) for value in over_fit[peak - 1:peak + 2])
    height = float(np.exp(top))
    if height < IAF_OVER_FIT or top <= max(left, right):
        return Iaf(USUAL_IAF_HZ, height, False)
    shift = (left - right) / (2 * (left - 2 * top + right))
    return Iaf(float(FREQUENCIES_HZ[peak]) + shift * BIN_HZ, height, True)


def _within(low_hz: float, high_hz: float) -> NDArray[np.bool_]:
    hz = FREQUENCIES_HZ
    return np.asarray((hz >= low_hz) & (hz <= high_hz))


def _aperiodic(log_psd: FloatArray) -> FloatArray:
    log_hz = np.log(FREQUENCIES_HZ)
    beside = np.logical_or.reduce([_within(*band_hz) for band_hz in APERIODIC_HZ])
    x, y = log_hz[beside], log_psd[beside]
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / np.square(x - x.mean()).sum())
    return np.asarray(y.mean() + slope * (log_hz - x.mean()))
