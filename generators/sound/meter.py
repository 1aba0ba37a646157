"""Loudness as BS.1770 hears it: the K-weighting out of pyo's own filters, and the slow trim that follows from it.

The filters' corner, quality and gain are those with which BS.1770-4's coefficients at 48 kHz are met (De Man 2018,
Evaluation of implementations of the EBU R128 loudness measurement, AES 145).
"""

from __future__ import annotations

import math
from typing import Any

from generators.sound.quiet import Graph

SHELF_HZ, SHELF_Q, SHELF_DB = 1681.97, 0.7071752, 3.99984    # the head
# The same shelf in pyo's EQ, measured: its corner is where half the gain is, not where the poles are; and its slope has
# sqrt(2 A) where the audio-EQ cookbook has 2 sqrt(A).
PYO_SHELF_HZ, PYO_SHELF_Q = SHELF_HZ * 10 ** (-SHELF_DB / 80), SHELF_Q / math.sqrt(2)
HIGHPASS_HZ, HIGHPASS_Q = 38.13547, 0.5003270
HIGHPASS_GAIN = 1.005              # BS.1770 gives its numerator as 1, -2, 1, unnormalised
OFFSET_LU = -0.691                 # BS.1770: loudness = -.691 + 10 log10 of the summed mean squares
MEAN_S = 0.25                      # of the power that is read
SILENCE_LUFS = -120.0

TRIM_S = 20.0                      # what is heard for so long moves the level: slower than a phrase
GATE = 0.1                         # BS.1770's own: what is 10 LU softer than the mean is a pause
MOST_RATIO = 10.0
MOST_TRIM_DB = 6.0                 # beyond it something else is wrong than a composer's habit


def k_power(pyo: Graph, stereo: Any) -> Any:
    """Return a stream: the K-weighted power of two channels, summed, its mean over the last `MEAN_S`."""
    head = pyo.EQ(stereo, freq=PYO_SHELF_HZ, q=PYO_SHELF_Q, boost=SHELF_DB, type=2)
    weighted = pyo.Biquad(head, freq=HIGHPASS_HZ, q=HIGHPASS_Q, type=1, mul=HIGHPASS_GAIN)
    power = pyo.Mix(pyo.Sig(weighted, mul=weighted), voices=1)
    return pyo.Port(power, risetime=MEAN_S, falltime=MEAN_S)


def lufs(power: float) -> float:
    """Return the loudness of a K-weighted power."""
    return max(OFFSET_LU + 10 * math.log10(power), SILENCE_LUFS) if power > 0 else SILENCE_LUFS


class Trim:
    """What the music, as it is heard, lacks of what was expected of it: a composer has habits that no table knows.

    It keeps the mean, over about `TRIM_S`, of the ratio of the power that is heard to the power that was expected.
    """

    def __init__(self) -> None:
        self._ratio = 1.0

    @property
    def db(self) -> float:
        """The gain that makes good what was lacking, dB."""
        return min(max(-10 * math.log10(max(self._ratio, 1e-6)), -MOST_TRIM_DB), MOST_TRIM_DB)

    def hear(self, power: float, expected_lufs: float, dt_s: float) -> None:
        """Take the music's power before any gain, and what was expected, for `dt_s`."""
        ratio = min(power / 10 ** ((expected_lufs - OFFSET_LU) / 10), MOST_RATIO)
        if ratio > GATE * self._ratio:
            self._ratio += (ratio - self._ratio) * dt_s / TRIM_S
