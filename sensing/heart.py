"""Heart rate from an ECG channel, for the screen and the summary: no decision reads it.

A QRS complex has its energy at 5 to 15 Hz (Pan & Tompkins 1985, doi 10.1109/TBME.1985.325532): the signal is
band-passed there, squared and smoothed over the length of one; peaks over a share of the largest ones are beats. The
rate is 60 over the median interval of the last `WINDOW_S`, or nothing where beats are too few or too uneven to be a
heart's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

from loop.values import NAN, FloatArray

QRS_HZ = (5.0, 15.0)
SMOOTH_S = 0.12                    # a QRS complex and its flanks
APART_S = 0.3                      # 200 beats a minute: a T wave comes sooner
LEAST_SHARE = 0.25                 # of the largest energies: `LARGE` of them, for one jerk must not hide the beats
LARGE = 0.98
WINDOW_S = 10.0
FEWEST_BEATS = 5
UNEVEN = 0.25                      # median deviation of the intervals over their median: more is noise
STANDS_OUT = 3.5                   # a beat's energy over the median: noise gives 2.0 to 3.4, eight people 4.3 to 34
LOWEST_RATE_HZ = 2.5 * QRS_HZ[1]


def find_beats(ecg: FloatArray, rate_hz: float) -> NDArray[np.intp]:
    """Return the samples of the beats in ``(n_times,)`` of ECG; none where nothing stands out as beats do."""
    within = sosfiltfilt(butter(2, QRS_HZ, "bandpass", output="sos", fs=rate_hz), ecg - np.median(ecg))
    n_smooth = max(1, round(SMOOTH_S * rate_hz))
    energy = np.convolve(np.square(within), np.ones(n_smooth) / n_smooth, mode="same")
    least = LEAST_SHARE * float(np.quantile(energy, LARGE))
    peaks, _ = find_peaks(energy, height=max(least, np.finfo(float).tiny), distance=max(1, round(APART_S * rate_hz)))
    clear = len(peaks) and np.median(energy[peaks]) >= STANDS_OUT * np.median(energy)
    return np.asarray(peaks if clear else peaks[:0])


def heart_bpm(ecg: FloatArray, rate_hz: float) -> float:
    """Return beats a minute of ``(n_times,)`` of ECG; NaN where none can be told."""
    if rate_hz < LOWEST_RATE_HZ or len(ecg) < WINDOW_S / 2 * rate_hz or not np.isfinite(ecg).all():
        return NAN
    intervals_s = np.diff(find_beats(ecg, rate_hz)) / rate_hz
    if len(intervals_s) < FEWEST_BEATS - 1:
        return NAN
    middle_s = float(np.median(intervals_s))
    return NAN if np.median(np.abs(intervals_s - middle_s)) > UNEVEN * middle_s else 60.0 / middle_s
