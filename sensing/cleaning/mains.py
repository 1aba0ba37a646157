"""Which mains a recording was made beside: 50 or 60 Hz, guessed from its raw spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import rfft
from scipy.signal.windows import hann

from loop.values import FloatArray

MAINS_HZ = (50.0, 60.0)
LINE_HALF_HZ = 0.75         # a line and its leakage in a window of 4 s
BESIDE_HZ = (1.5, 4.0)      # where the background beside a line is measured
CLEAR_RATIO = 10.0          # noise alone gives 2 to 7: the largest of 7 bins over a median (exponential bins: 4)


@dataclass(frozen=True, slots=True)
class Mains:
    """The guess: `line_hz` (None where the rate is too low for either) and how far the line stands out."""

    line_hz: float | None
    ratio: float               # power at the line over the background beside it, median of the channels

    @property
    def note(self) -> str:
        """One sentence for a person."""
        if self.line_hz is None:
            return "No mains notch: the sampling rate is too low to see mains."
        if self.ratio < CLEAR_RATIO:
            return (f"No mains hum was found (at {self.line_hz:.0f} Hz a factor of {self.ratio:.1f}, {CLEAR_RATIO:.0f} "
                    f"are asked): the notch stands at {self.line_hz:.0f} Hz all the same, where it takes nothing used.")
        return f"The mains are at {self.line_hz:.0f} Hz: the line stands out by a factor of {self.ratio:.1f}."


def guess_mains(samples: FloatArray, rate_hz: float) -> Mains:
    """Return the mains frequency whose line stands out more in ``(n_times, n_channels)`` raw samples.

    The line's power over the background beside it, as the median of the channels: one bad electrode cannot decide.
    A faint line is still taken: a notch at the wrong mains takes nothing that is used.
    """
    centred = samples - samples.mean(axis=0)
    power = np.abs(rfft(centred * hann(len(samples), sym=False)[:, None], axis=0)) ** 2
    frequencies_hz = np.arange(len(power)) * rate_hz / len(samples)
    within = [line_hz for line_hz in MAINS_HZ if line_hz + BESIDE_HZ[1] < rate_hz / 2]
    ratios = [_ratio(power, np.abs(frequencies_hz - line_hz)) for line_hz in within]
    if not within:
        return Mains(None, 0.0)
    best = int(np.argmax(ratios))
    return Mains(within[best], ratios[best])


def _ratio(power: FloatArray, distances_hz: FloatArray) -> float:
    line = power[distances_hz <= LINE_HALF_HZ].max(axis=0)
    background = np.median(power[(distances_hz >= BESIDE_HZ[0]) & (distances_hz <= BESIDE_HZ[1])], axis=0)
    return float(np.median(line / np.maximum(background, np.finfo(float).tiny)))
