"""Artefact subspace reconstruction: bursts are taken out where they lie in the space of the channels.

The method of Mullen et al. 2015 (doi 10.1109/TBME.2015.2481482) with the published parameters: covariance over a window
of ``max(0.5 s, 1.5 * channels / rate)``, anew each half window; a principal component whose power is above `CUTOFF_SD`
spreads of what clean rest showed in its direction is left out, and what it should hold is drawn from the rest of the
components and the covariance at rest. At most `MOST_DIMS` of the components are ever left out.

Causal, and **without delay**: a block is handed on whole, so the covariance of the window that *ends* with a block (or
with each half window in it) rules that block's samples; the change from one reconstruction to the next is faded over
`FADE_S`. A burst that begins with a block therefore leaks for half of that; one that begins in the last tenths of a
block may leak until the block ends. (The published form looks half a window ahead instead, which would make every
decision older by 0.25 s.)

Two things are ours. Spreads are median and MAD in place of a fitted truncated distribution: calibration data is chosen
clean beforehand. And power never rises: where drawing from the other components would add some, the component is only
taken out. A library would not do: asrpy (BSD-3) carries state from call to call, but delays samples by its look-ahead,
and estimates anew at the end of each call, so that its output depends on how a stream was cut.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from loop.errors import MontageError
from loop.values import Block, FloatArray, read_only
from sensing.cleaning.subspace import PIECE_S, Rest, bell, clean_pieces, fit_rest, reconstruction

FEWEST_CHANNELS = 9         # with 8 or fewer too little is left to draw from
CUTOFF_SD = 20.0            # spreads; 5 is aggressive (Chang et al. 2020, doi 10.1109/TBME.2019.2930186: 20 to 30)
WINDOW_S, WINDOW_CHANNELS = 0.5, 1.5
MOST_DIMS = 0.66            # of the components
CLEAN_S = 60.0              # of clean pieces: enough
CLEAN_LEAST_S = 20.0        # what a baseline's end makes do with
LOOK_S = 5.0                # new data before another choice of clean pieces
REMEMBERED_S = 180.0
FADE_S = 0.06               # a quarter of the usual step: short beside a burst, long beside a click


class SubspaceReconstruction:
    """Reconstructs bursts.

    Parameters
    ----------
    n_channels : int
        EEG columns of a block, the first ones; what comes after them is handed on as it is.
    rate_hz : float
        Of the stream.
    cutoff_sd : float
        Spreads over clean rest at which a component is an artefact.

    Raises
    ------
    MontageError
        With 8 channels or fewer.
    """

    def __init__(self, n_channels: int, rate_hz: float, cutoff_sd: float = CUTOFF_SD) -> None:
        if n_channels < FEWEST_CHANNELS:
            raise MontageError(f"cleaning: asr needs {FEWEST_CHANNELS} EEG channels or more, and {n_channels} are here",
                               "leave the row asr out: the gate handles bursts")
        self._n = n_channels
        self._rate_hz = rate_hz
        self._cutoff_sd = cutoff_sd
        self._window = ceil(max(WINDOW_S, WINDOW_CHANNELS * n_channels / rate_hz) * rate_hz)
        self._bell = bell(rate_hz)
        self._pieces: deque[FloatArray] = deque(maxlen=round(REMEMBERED_S / PIECE_S))
        self._piece: list[FloatArray] = []
        self._n_new = 0
        self._keep = np.arange(n_channels) < n_channels - int(MOST_DIMS * n_channels)
        self._fade = 0.5 - 0.5 * np.cos(np.pi * (np.arange(round(FADE_S * rate_hz)) + 0.5) / round(FADE_S * rate_hz))
        self.rest: Rest | None = None
        self._memory: NDArray[np.float64]
        self._recent: FloatArray
        self._matrix: FloatArray
        self._forget()

    @property
    def note(self) -> str:
        """One sentence for a person."""
        if self.rest is None:
            return "Bursts are not reconstructed yet: clean rest is still being collected; until then the gate judges."
        return f"Bursts are reconstructed (ASR) against {self.rest.clean_s:.0f} s of clean rest."

    def clean(self, block: Block, resting: bool) -> Block:
        """Return the block without bursts once rest is known; learn from it where the person rests."""
        if block.broken:
            self._forget()
        if not len(block.samples):
            return block
        samples = block.samples[:, :self._n]
        weighted, self._memory = sosfilt(self._bell, np.asarray(samples, dtype=np.float64), axis=0, zi=self._memory)
        if self.rest is None:
            self._remember(weighted)
            if resting:
                self._learn(weighted)
            return block
        cleaned = self._reconstruct(samples, weighted, self.rest)
        if self._n < block.samples.shape[1]:
            cleaned = np.concatenate([cleaned, block.samples[:, self._n:]], axis=1)
        return Block(read_only(cleaned), block.first_sample, block.newest_s, block.broken)

    def settle(self) -> None:
        """Make do with what was seen, where it is enough."""
        self._fit(CLEAN_LEAST_S)

    def _forget(self) -> None:
        self._memory = np.zeros((1, 2, self._n))
        self._recent = np.zeros((0, self._n))
        self._piece = []
        self._matrix = np.eye(self._n)
        self._changed = False

    def _remember(self, weighted: FloatArray) -> None:
        self._recent = np.concatenate([self._recent, weighted])[-self._window:]

    def _learn(self, weighted: FloatArray) -> None:
        self._piece.append(weighted)
        length = round(PIECE_S * self._rate_hz)
        if sum(map(len, self._piece)) < length:
            return
        whole = np.concatenate(self._piece)
        n_pieces = len(whole) // length
        self._pieces.extend(whole[:n_pieces * length].reshape(n_pieces, length, self._n))
        self._piece = [whole[n_pieces * length:]]
        self._n_new += n_pieces
        if len(self._pieces) * PIECE_S >= CLEAN_S and self._n_new * PIECE_S >= LOOK_S:
            self._n_new = 0
            self._fit(CLEAN_S)

    def _fit(self, at_least_s: float) -> None:
        if self.rest is None and len(self._pieces) * PIECE_S >= at_least_s:
            chosen = clean_pieces(np.array(self._pieces))
            if len(chosen) * PIECE_S >= at_least_s:
                self.rest = fit_rest(chosen, self._window, self._cutoff_sd)
                self._pieces.clear()

    def _reconstruct(self, samples: FloatArray, weighted: FloatArray, rest: Rest) -> FloatArray:
        """Go through a block in parts of half a window at most, each under the window that ends with it."""
        n_parts = ceil(len(samples) / (self._window // 2))
        edges = [round(len(samples) * part / n_parts) for part in range(n_parts + 1)]
        parts = []
        for start, stop in pairwise(edges):
            self._remember(weighted[start:stop])
            power = self._recent.T @ self._recent / len(self._recent)
            matrix = reconstruction(power, rest, self._keep)
            parts.append(self._apply(samples[start:stop], matrix))
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def _apply(self, samples: FloatArray, matrix: FloatArray | None) -> FloatArray:
        """Fade from the part before to this one; None is the identity."""
        if matrix is None and not self._changed:
            return samples
        before, self._matrix = self._matrix, np.eye(self._n) if matrix is None else matrix
        self._changed = matrix is not None
        after = samples @ self._matrix.T if self._changed else samples.copy()
        n_fade = min(len(self._fade), len(samples))
        old = samples[:n_fade] @ before.T
        after[:n_fade] = old + self._fade[:n_fade, None] * (after[:n_fade] - old)
        return after
