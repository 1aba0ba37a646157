"""Sound from piece to piece without a seam: the crossfade of two decodings, and a resampler that carries its past."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

Sound = NDArray[np.float32]        # (n_channels, n_samples)

HALF_TAPS = 48                     # input samples on each side of an output sample
KAISER_BETA = 9.0                  # images and aliases below -90 dB
PASSBAND = 0.95                    # of the lower Nyquist


def crossfaded(before: Sound, after: Sound) -> Sound:
    """Return `before` going over into `after`, both of the same length, with equal power all the way.

    cos b + sin a has the power 1 + 2 r cos sin where the two are correlated by r: two decodings of the same tokens
    would swell by 3 dB in the middle. So it is divided by the root of that: 1 where they have nothing in common.
    """
    n_samples = before.shape[1]
    angle = (np.arange(n_samples) + 0.5) / n_samples * np.pi / 2
    out, into = np.cos(angle), np.sin(angle)
    power = float(np.sqrt(np.sum(before**2, dtype=np.float64) * np.sum(after**2, dtype=np.float64)))
    alike = float(np.clip(np.sum(before * after, dtype=np.float64) / power, 0.0, 1.0)) if power > 0 else 0.0
    return np.asarray((out * before + into * after) / np.sqrt(1 + 2 * alike * out * into), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Past:
    """What a resampler remembers: the last input samples, and how far input and output have come."""

    kept: Sound
    n_in: int = 0
    n_out: int = 0


class Resampler:
    """A polyphase resampler: however the input is cut, the output is the same.

    Parameters
    ----------
    from_hz, to_hz : int
        The rates.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        n_taps = 2 * HALF_TAPS * self._up + 1
        cutoff = PASSBAND / max(self._up, self._down)
        self._taps = firwin(n_taps, cutoff, window=("kaiser", KAISER_BETA)) * self._up

    def begin(self, n_channels: int) -> Past:
        """Return the past before the first sample: silence for as long as the filter sees."""
        return Past(np.zeros((n_channels, HALF_TAPS), dtype=np.float32))

    def feed(self, sound: Sound, past: Past) -> tuple[Sound, Past]:
        """Return what can be said of the output by now, `HALF_TAPS` input samples late, and the past after it."""
        if self._up == self._down:
            return sound, past
        known = np.concatenate([past.kept, sound], axis=1)
        first = past.n_in - past.kept.shape[1]            # which input sample stands first
        n_in = past.n_in + sound.shape[1]
        n_out = max((n_in - HALF_TAPS) * self._up // self._down, past.n_out)
        # Output m lies at m * down on the grid that is `up` times finer; the taps are centred on it.
        start = past.n_out * self._down - first * self._up + HALF_TAPS * self._up
        fine = upfirdn(self._taps, known, self._up, axis=1)[:, start::self._down][:, :n_out - past.n_out]
        needed = n_out * self._down // self._up - HALF_TAPS - 1      # the earliest input that any later output sees
        kept = known[:, max(needed - first, 0):]
        return np.asarray(fine, dtype=np.float32), Past(kept, n_in, n_out)
