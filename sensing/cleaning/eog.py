"""Takes eye movements out of the EEG by regression on the EOG channels.

``eeg - eog @ b``, sample by sample and without delay, with ``b`` the least-squares solution on blinks that were seen
at rest (Gratton, Coles & Donchin 1983, doi 10.1016/0013-4694(83)90135-9; fitted on blinks alone as advised by
Croft & Barry 2000, doi 10.1016/S0987-7053(00)00055-1, for there the EOG holds the least EEG). Until `BLINKS_ENOUGH`
were seen, or a baseline ends with `BLINKS_LEAST`, samples pass as they are. What was fitted stays for the session.

A blink is a peak of the smoothed EOG over `PEAK_SD` of its robust spread, in the direction (across the EOG channels)
and with the sign that the largest of them share: other eye movements have another direction.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfilt

from loop.values import Block, FloatArray, read_only
from sensing.robust import robust_scale

BLINKS_ENOUGH = 10          # half a minute to a minute of rest; measured: 6 give all that 10 do
BLINKS_LEAST = 5            # fewer leave more of the background's noise in the coefficients than they are worth
SMOOTH_HZ = 8.0             # a blink lasts 0.1 to 0.4 s; above lies muscle and alpha
PEAK_SD = 6.0               # of the robust spread of the smoothed EOG; with 5 other eye movements come in
MOST_UV = 1000.0            # of an EOG channel: no eye gives more, a movement of the head does
APART_S = 0.5               # between two blinks
BEFORE_S, AFTER_S = 0.25, 0.5
ALIKE = 0.9                 # cosine between a blink's direction and that of the largest
RIDGE = 1e-6                # of the mean power: two EOG channels may carry the same signal
LOOK_S = 5.0                # new data before blinks are counted anew
REMEMBERED_S = 300.0


@dataclass(frozen=True, slots=True)
class EyeColumns:
    """Which columns of a block are eyes, and which are freed of them."""

    eyes: tuple[int, ...]
    freed: tuple[int, ...]
    names: tuple[str, ...]         # of the eyes


class EogRegression:
    """Subtracts what the EOG channels explain.

    Parameters
    ----------
    columns : EyeColumns
        Of the blocks.
    rate_hz : float
        Of the stream.
    """

    def __init__(self, columns: EyeColumns, rate_hz: float) -> None:
        self._columns = columns
        self._eyes = list(columns.eyes)
        self._freed = list(columns.freed)
        self._rate_hz = rate_hz
        self._seen: deque[FloatArray] = deque()
        self._n_seen = 0
        self._n_new = 0
        self._weights: FloatArray | None = None
        self.n_blinks = 0

    @property
    def weights(self) -> FloatArray | None:
        """What one microvolt of each eye adds to each freed channel, ``(n_eyes, n_freed)``; None before the fit."""
        return self._weights

    @property
    def note(self) -> str:
        """One sentence for a person."""
        names = " and ".join(self._columns.names)
        if self._weights is None:
            return (f"Eye movements are not taken out yet: {self.n_blinks} blinks were seen in {names} at rest, "
                    f"{BLINKS_LEAST} or more are needed; until then the gate handles blinks.")
        return f"Eye movements are taken out with what {self.n_blinks} blinks in {names} showed."

    def clean(self, block: Block, resting: bool) -> Block:
        """Return the block without eyes where the coefficients are known; learn from it where the person rests."""
        if self._weights is not None:
            return self._subtract(block, self._weights)
        if resting:
            self._learn(block.samples)
        return block

    def settle(self) -> None:
        """Make do with what was seen, where it is enough."""
        self._fit(BLINKS_LEAST)

    def _subtract(self, block: Block, weights: FloatArray) -> Block:
        samples = block.samples.copy()
        samples[:, self._freed] -= block.samples[:, self._eyes] @ weights
        return Block(read_only(samples), block.first_sample, block.newest_s, block.broken)

    def _learn(self, samples: FloatArray) -> None:
        self._seen.append(samples)
        self._n_seen += len(samples)
        self._n_new += len(samples)
        while self._n_seen > REMEMBERED_S * self._rate_hz and len(self._seen) > 1:
            self._n_seen -= len(self._seen.popleft())
        if self._n_new >= LOOK_S * self._rate_hz:
            self._n_new = 0
            self._fit(BLINKS_ENOUGH)

    def _fit(self, at_least: int) -> None:
        if self._weights is not None or not self._n_seen:
            return
        samples = np.concatenate(self._seen)
        blinks = find_blinks(samples[:, self._eyes], self._rate_hz)
        self.n_blinks = len(blinks)
        if len(blinks) >= at_least:
            self._weights = fit_weights(samples[:, self._eyes], samples[:, self._freed], blinks, self._rate_hz)
            self._seen.clear()


def find_blinks(eog_uv: FloatArray, rate_hz: float) -> NDArray[np.intp]:
    """Return the samples at which blinks peak in ``(n_times, n_eyes)`` filtered EOG; whole epochs only.

    The samples are those of the smoothed signal, some 40 ms after the peak itself.
    """
    smooth = sosfilt(butter(2, SMOOTH_HZ, output="sos", fs=rate_hz), eog_uv, axis=0)
    centre, spread = robust_scale(smooth)
    smooth = smooth - centre
    level = np.abs(smooth / np.maximum(spread, np.finfo(float).tiny)).max(axis=1)
    peaks, _ = find_peaks(level, height=PEAK_SD, distance=max(1, round(APART_S * rate_hz)))
    whole = (peaks >= BEFORE_S * rate_hz) & (peaks + AFTER_S * rate_hz < len(eog_uv))
    peaks = peaks[whole & (np.abs(eog_uv[peaks]).max(axis=1) < MOST_UV)]
    return np.asarray(peaks[_alike(smooth[peaks])])


def fit_weights(eog_uv: FloatArray, eeg_uv: FloatArray, blinks: NDArray[np.intp], rate_hz: float) -> FloatArray:
    """Return ``b`` of ``eeg = eog @ b`` by least squares over blinks, each about its own mean; ``(n_eyes, n_eeg)``."""
    before, after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
    rows = blinks[:, None] + np.arange(-before, after)
    eyes = (eog_uv[rows] - eog_uv[rows].mean(axis=1, keepdims=True)).reshape(-1, eog_uv.shape[1])
    brain = (eeg_uv[rows] - eeg_uv[rows].mean(axis=1, keepdims=True)).reshape(-1, eeg_uv.shape[1])
    power = eyes.T @ eyes
    power += RIDGE * np.trace(power) / len(power) * np.eye(len(power))
    return read_only(np.linalg.solve(power, eyes.T @ brain))


def _alike(peaks_uv: FloatArray) -> NDArray[np.bool_]:
    """Say which peaks, ``(n_peaks, n_eyes)``, share the direction and sign of the largest."""
    if not len(peaks_uv):
        return np.zeros(0, dtype=np.bool_)
    direction = np.linalg.eigh(peaks_uv.T @ peaks_uv)[1][:, -1]
    along = peaks_uv @ direction
    sign = 1.0 if float((along**3).sum()) > 0.0 else -1.0
    return np.asarray(sign * along > ALIKE * np.linalg.norm(peaks_uv, axis=1))
