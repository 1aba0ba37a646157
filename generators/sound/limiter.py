"""A true-peak limiter out of pyo's own objects: exact, linked over both channels, at the base rate.

The peak between samples is estimated as BS.1770-4 annex 2 does, by fractional delays of quarter samples. The gain
that a peak needs is held for 256 samples and averaged over half as many, and the signal is delayed so that every gain
in that average has seen it: the gain is smooth, never too high. The lower of it and a slow copy make the release.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generators.sound.quiet import Graph

MARGIN_DB = 0.3                    # for what a quarter-sample estimate can miss (BS.1770-4, attachment 1 to annex 2:
                                   # .17 dB at half the band; ours lies below), and for the ripple of the gain
TAPS = 32                          # of each fractional delay: flat to .01 dB up to 17 kHz
KAISER_BETA = 8.0
HOLD_STAGES = 8                    # 2**8 samples, 5.3 ms at 48 kHz
MEAN_STAGES = 7                    # 2**7
CONVOLVE_DELAY = 1                 # measured: pyo's Convolve gives its answer one sample late
RELEASE_S = 0.15                   # slow enough not to ride on a bass note's waveform
HALF_SAMPLE = 0.5                  # pyo's SDelay truncates: a delay of n samples is asked for as n + .5


def fractional_delays() -> list[list[float]]:
    """Return the taps of the delays by a quarter, a half and three quarters of a sample."""
    return [list(_taps(fraction)) for fraction in (0.25, 0.5, 0.75)]


def limited(pyo: Graph, stereo: Any, rate_hz: float, ceiling_dbtp: float) -> Any:
    """Return `stereo` (two streams) held below `ceiling_dbtp`, true peak; `LATENCY` samples later."""
    both = _true_peak(pyo, stereo, rate_hz)
    peak = _held(pyo, pyo.Max(both[0], both[1]), HOLD_STAGES, rate_hz)
    ceiling = float(10 ** ((ceiling_dbtp - MARGIN_DB) / 20))
    needed = pyo.Div(pyo.Sig(ceiling), pyo.Max(peak, ceiling))
    slow = pyo.Port(needed, risetime=RELEASE_S, falltime=0.0, init=1.0)
    gain = _mean(pyo, pyo.Min(needed, slow), MEAN_STAGES, rate_hz)
    return pyo.Mix(_late(pyo, stereo, LATENCY, rate_hz), voices=2, mul=gain)


LATENCY: int = TAPS // 2 + CONVOLVE_DELAY + (2**HOLD_STAGES + 2**MEAN_STAGES) // 2


def _taps(fraction: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    at = np.arange(TAPS) - TAPS // 2 - fraction
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1 - (2 * at / TAPS) ** 2, 0, 1))) / np.i0(KAISER_BETA)
    taps = np.sinc(at) * window
    return np.asarray(taps / taps.sum())


def _true_peak(pyo: Graph, stereo: Any, rate_hz: float) -> Any:
    peak = pyo.Abs(_late(pyo, stereo, TAPS // 2 + CONVOLVE_DELAY, rate_hz))
    for taps in fractional_delays():
        table = pyo.DataTable(TAPS, init=taps)
        peak = pyo.Max(peak, pyo.Abs(pyo.Convolve(stereo, table, size=TAPS)))
    return peak


def _held(pyo: Graph, signal: Any, stages: int, rate_hz: float) -> Any:
    for stage in range(stages):
        signal = pyo.Max(signal, _late(pyo, signal, 2**stage, rate_hz))
    return signal


def _mean(pyo: Graph, signal: Any, stages: int, rate_hz: float) -> Any:
    for stage in range(stages):
        signal = pyo.Mix([signal, _late(pyo, signal, 2**stage, rate_hz)], voices=1, mul=0.5)
    return signal


def _late(pyo: Graph, signal: Any, n_samples: int, rate_hz: float) -> Any:
    delay_s = (n_samples + HALF_SAMPLE) / rate_hz
    return pyo.SDelay(signal, delay=delay_s, maxdelay=delay_s + 2 / rate_hz)
