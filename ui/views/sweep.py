"""The numbers behind the EEG panel: a display filter, the last ten seconds by column, and a steady scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SPAN_S = 10.0
SETTLE_S = 0.5
FAR_UV = 1e9                       # beyond every amplifier, offsets included
CUT_HZ = 1.0                       # of the display only: the session's own filters are elsewhere
SCALES_UV = (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
SCALE_QUANTILE = 0.97              # of all amplitudes; blinks may leave their lane
LANE_SHARE = 0.5                   # of a lane's height that the scale stands for


class Sweep:
    """Rows of EEG laid on a screen of ten seconds that is written over from left to right.

    Parameters
    ----------
    n_channels : int
        Traces.
    rate_hz : float
        Rows a second.
    """

    def __init__(self, n_channels: int, rate_hz: float) -> None:
        self.n_rows = max(2, round(SPAN_S * rate_hz))
        self.count = 0             # rows taken so far
        self.values = np.full((self.n_rows, n_channels), np.nan, np.float32)
        self.scale_uv = SCALES_UV[2]
        self._keep = math.exp(-2.0 * math.pi * CUT_HZ / rate_hz)
        self._settle = max(1, round(SETTLE_S * rate_hz))
        self._low: NDArray[np.floating] | None = None

    def take(self, rows: NDArray[np.floating], count: int) -> int:
        """Take new rows, of which `count` were ever written; return how many columns were written over."""
        if count - len(rows) != self.count and len(rows):
            self._low = None       # rows were missed: the filter begins again
        self.count = count
        kept = np.clip(np.where(np.isfinite(rows), rows, np.nan)[-self.n_rows:], -FAR_UV, FAR_UV)
        filtered = self._high_pass(kept)
        self.values[np.arange(count - len(kept), count) % self.n_rows] = filtered
        return len(kept)

    @property
    def head(self) -> int:
        """The column that is written next."""
        return self.count % self.n_rows

    def settle_scale(self) -> bool:
        """Choose the scale that fits the amplitudes; say whether it changed."""
        known = np.abs(self.values[~np.isnan(self.values).any(axis=1)])
        if not known.size:
            return False
        typical = float(np.median(np.quantile(known, SCALE_QUANTILE, axis=0)))
        fitting = next((scale for scale in SCALES_UV if scale >= typical), SCALES_UV[-1])
        changed = fitting != self.scale_uv
        self.scale_uv = fitting
        return changed

    def _high_pass(self, rows: NDArray[np.floating]) -> NDArray[np.float32]:
        """Take a slow mean away: one pole at 1 Hz."""
        out = np.empty(rows.shape, np.float32)
        if not len(rows):
            return out
        low = self._first_mean(rows) if self._low is None else self._low
        for index, row in enumerate(rows):
            clean = np.where(np.isfinite(row), row, low)
            low = self._keep * low + (1.0 - self._keep) * clean
            out[index] = row - low
        self._low = low
        return out

    def _first_mean(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return where the slow mean begins: the mean of the first half second, so that no trace starts with a jump."""
        mean: NDArray[np.float64] = np.nan_to_num(rows[:self._settle].astype(np.float64)).mean(axis=0)
        return mean
