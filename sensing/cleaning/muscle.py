"""How much muscle is too much: a running baseline of each channel's 30-45 Hz power, from the person's own good windows.

Every `window_s` a good window adds the logarithm of its power. Median and 1.4826 MAD of the last `REMEMBERED` are
the baseline; nothing is judged before `ENOUGH` are there. The SD has a floor, so that an unusually even minute does
not make everything after it look like muscle. Windows with too much muscle never enter: a clenched jaw cannot become
normal.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from loop.values import FloatArray
from sensing.robust import robust_scale

REMEMBERED = 60            # windows: 4 min of clean data
ENOUGH = 5                 # windows: 20 s of clean data
SD_FLOOR = 0.25            # of ln power: what 4 s windows of even noise in four 4 Hz bands differ by, doubled
TINY_UV2 = 1e-12           # below any amplifier's noise


class MuscleBaseline:
    """Learns ln power of each channel, and says how many SDs above it a window lies."""

    def __init__(self) -> None:
        self._logs: deque[FloatArray] = deque(maxlen=REMEMBERED)
        self._centre: FloatArray | None = None
        self._sd: FloatArray = np.zeros(0)

    def excess_sd(self, power_uv2: FloatArray) -> FloatArray:
        """Return how far above the baseline each channel is, in its SDs; 0 while there is no baseline."""
        if self._centre is None:
            return np.zeros(len(power_uv2))
        excess = (np.log(np.maximum(power_uv2, TINY_UV2)) - self._centre) / self._sd
        return np.maximum(excess, 0.0)

    def learn(self, power_uv2: FloatArray) -> None:
        """Take the power of a good window that overlaps none learned before."""
        self._logs.append(np.log(np.maximum(power_uv2, TINY_UV2)))
        if len(self._logs) >= ENOUGH:
            self._centre, sd = robust_scale(np.array(self._logs))
            self._sd = np.maximum(sd, SD_FLOOR)
