"""Raw EEG made thin enough for a screen: chosen channels, and at most 256 rows a second."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loop.values import Header

SCREEN_RATE_HZ = 256.0             # 10 s on 1400 pixels show no more
SCREEN_CHANNELS = 32               # what stays legible in one column
VOLTAGE = "microvolts"


def screen_columns(header: Header) -> tuple[int, ...]:
    """Return the channels to show: the voltages, evenly thinned to 32 where there are more."""
    volts = [index for index, unit in enumerate(header.units) if unit == VOLTAGE]
    candidates = volts or list(range(len(header.labels)))
    return thin_columns(candidates)


def thin_columns(candidates: Sequence[int]) -> tuple[int, ...]:
    """Return at most 32 of the candidates, evenly spread and in their order."""
    if len(candidates) <= SCREEN_CHANNELS:
        return tuple(candidates)
    picked = np.linspace(0, len(candidates) - 1, SCREEN_CHANNELS).round().astype(int)
    return tuple(candidates[index] for index in picked)


class Thinner:
    """Takes chunks, gives rows for the screen; means of `factor` samples, whatever the cuts.

    Parameters
    ----------
    columns : sequence of int
        The channels to keep.
    rate_hz : float
        The nominal rate of the stream.
    """

    def __init__(self, columns: Sequence[int], rate_hz: float) -> None:
        self._columns = list(columns)
        self.factor = max(1, math.ceil(rate_hz / SCREEN_RATE_HZ))
        self.rate_hz = rate_hz / self.factor
        self._rest = np.zeros((0, len(self._columns)), np.float32)

    def thin(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the rows that are complete: `(n_rows, n_kept)`."""
        with np.errstate(over="ignore", invalid="ignore"):     # what a broken device sends is shown, not refused
            kept = samples[:, self._columns].astype(np.float32)
        if self.factor == 1:
            return kept
        rows = np.concatenate((self._rest, kept))
        n_rows = len(rows) // self.factor
        self._rest = rows[n_rows * self.factor:]
        groups = rows[:n_rows * self.factor].reshape(n_rows, self.factor, len(self._columns))
        # One addition after another: numpy's own mean changes its last bit with the number of groups.
        total = groups[:, 0].astype(np.float32)
        for index in range(1, self.factor):
            total = total + groups[:, index]
        return total / np.float32(self.factor)
