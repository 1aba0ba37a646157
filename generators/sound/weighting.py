"""A- against K-weighting: what the session's meter hears, and what an ear's dose is counted in.

The meter is BS.1770's (K). A dose wants A. K lets the bass through and lifts the treble, A does neither, so K is never
the lower of the two: with both on one scale (`level_db`, on which LUFS is the K one), A - K <= 0 at every frequency.
How far A lies below K depends on what plays; `A_MINUS_K_DB` is what was measured on this program's own music.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generators.sound.meter import OFFSET_LU, SILENCE_LUFS
from generators.sound.ring import RATE_HZ

Floats = NDArray[np.floating[Any]]
PowerOfFrequency = Callable[[Floats], Floats]

# IEC 61672-1, annex E: the four corners of A, and the gain that makes it 0 dB at 1 kHz.
A_CORNERS_HZ = (20.598997, 107.65265, 737.86223, 12194.217)
A_GAIN_DB = 2.0
# BS.1770-4, tables 1 and 2: both stages at 48 kHz, (b, a).
K_STAGES = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A difference as it was measured."""

    mean_db: float
    low_db: float
    high_db: float
    n_pieces: int


UNKNOWN = Spread(0.0, 0.0, 0.0, 0)     # music that was not measured: A is taken to be K, which is never too low
# `python -m tests.benchmarks.sound_weighting`: nine points of the plane, 40 s each, by the rules; `calm` also by the
# symbolic composer.
A_MINUS_K_DB: Mapping[str, Spread] = MappingProxyType({
    "calm": Spread(-4.9, -7.7, -2.7, 18),
    "warm": Spread(-4.8, -7.7, -2.7, 9),
    "bright": Spread(-4.2, -6.6, -2.5, 9),
    "sparse": Spread(-4.5, -7.2, -2.4, 9),
})


def a_power(frequencies_hz: Floats) -> Floats:
    """Return by what A-weighting multiplies the power at each frequency (IEC 61672-1)."""
    f2 = np.asarray(frequencies_hz, dtype=float) ** 2
    low, lower_mid, upper_mid, high = (corner**2 for corner in A_CORNERS_HZ)
    response = high * f2**2 / ((f2 + low) * np.sqrt((f2 + lower_mid) * (f2 + upper_mid)) * (f2 + high))
    return np.asarray(response**2 * 10 ** (A_GAIN_DB / 10))


def k_power(frequencies_hz: Floats) -> Floats:
    """Return by what K-weighting multiplies the power at each frequency, at 48 kHz (BS.1770-4)."""
    delay = np.exp(-2j * np.pi * np.asarray(frequencies_hz, dtype=float) / RATE_HZ)
    response = np.ones_like(delay)
    for over, under in K_STAGES:
        response = response * np.polyval(over[::-1], delay) / np.polyval(under[::-1], delay)
    return np.asarray(np.abs(response) ** 2)


def level_db(sound: Floats, power: PowerOfFrequency) -> float:
    """Return the level of a sound on BS.1770's scale under a weighting: with `k_power` it is ungated LUFS.

    -0.691 + 10 log10 of the mean squares, summed over the channels.

    Parameters
    ----------
    sound : array, (n_frames, n_channels)
        At 48 kHz.
    power : callable
        `a_power` or `k_power`.
    """
    n_frames = len(sound)
    spectrum = np.abs(np.fft.rfft(sound, axis=0)) ** 2
    spectrum[1:(n_frames + 1) // 2] *= 2          # the negative frequencies
    weights = power(np.fft.rfftfreq(n_frames, 1 / RATE_HZ))
    mean_square = float((weights @ spectrum).sum()) / n_frames**2
    return OFFSET_LU + 10 * float(np.log10(mean_square)) if mean_square > 0 else SILENCE_LUFS


def a_minus_k(palette: str, own_voices: bool) -> Spread:
    """Return how far A lies below K in music of a palette; `UNKNOWN` where other voices than our own play."""
    return A_MINUS_K_DB.get(palette, UNKNOWN) if own_voices else UNKNOWN
