"""No stream can put a constant offset on the output: a first-order high-pass for PCM that was made elsewhere.

Music of our own passes a DC block in the bus. A model's sound may stand beside zero (-0.02 of full scale was seen of
random weights): that is heard only as a thud at its beginning and end, but it takes headroom and pushes a loudspeaker's
cone aside. NumPy alone: SciPy is not loaded by the sound process.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from generators.sound.ring import N_CHANNELS, Pcm

# A tenth of the lowest that is heard (20 Hz): 0.04 dB are lost there and 0.01 dB at 40 Hz; an offset has fallen by
# 60 dB within 0.55 s, well before the 2 s of the hand-over are over.
CORNER_HZ = 2.0


class DcGuard:
    """Takes the constant part out, block by block; each channel for itself.

    It follows the mean, l[n] = a l[n-1] + (1 - a) x[n] with a = exp(-2 pi f / rate), and takes it away: y = x - l.
    Within a block l[n] = a^(n+1) (l[-1] + (1 - a) sum over k <= n of x[k] / a^(k+1)).

    Parameters
    ----------
    rate_hz : int
        Frames a second.
    """

    def __init__(self, rate_hz: int) -> None:
        self._keeps = math.exp(-2 * math.pi * CORNER_HZ / rate_hz)
        self._mean = np.zeros(N_CHANNELS)
        self._powers: NDArray[np.float64] = np.zeros((0, 1))      # a^(n+1), and below what x[n] is multiplied by
        self._shares = self._powers

    def passed(self, block: Pcm) -> Pcm:
        """Return the block (n_frames, 2) without what was constant so far."""
        n_frames = len(block)
        if len(self._powers) != n_frames:
            self._powers = np.power(self._keeps, np.arange(1.0, n_frames + 1))[:, None]
            self._shares = (1 - self._keeps) / self._powers
        means = self._powers * (self._mean + np.cumsum(block * self._shares, axis=0))
        self._mean = means[-1] if n_frames else self._mean
        return np.asarray(block - means, dtype=np.float32)
