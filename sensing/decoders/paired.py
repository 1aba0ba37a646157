"""A learned decoder beside the index: each axis from the one that may read it, and the index's guards for both.

The index keeps the person's baselines, the alpha frequency, the holds and the guard against sleep, whoever decodes. An
axis whose calibration was accepted is read by the learned decoder; the other one by the index.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loop.ports import Extractor
from loop.values import Affect, Features, FloatArray, Hold, Moment, Window, read_only
from sensing.decoders.excerpts import AXES
from sensing.decoders.index import NAME as INDEX
from sensing.decoders.index import IndexDecoder
from sensing.decoders.learned import LearnedDecoder


class Both:
    """Extracts log spectra, and behind them what a learned decoder reads; implements `loop.ports.Extractor`.

    Parameters
    ----------
    spectrum, space : Extractor
        Of the index and of the learned decoder.
    """

    def __init__(self, spectrum: Extractor, space: Extractor) -> None:
        self._spectrum = spectrum
        self._space = space
        self._names: tuple[str, ...] = ()

    def extract(self, window: Window) -> Features:
        """Return the values of both, one behind the other."""
        first, second = self._spectrum.extract(window), self._space.extract(window)
        values = read_only(np.concatenate([first.values, second.values]))
        if len(self._names) != len(values):
            self._names = first.names + second.names
        return Features(self._names, values, first.first_sample, first.span_s)


class PairedDecoder:
    """Reads each axis with the decoder that may; implements `loop.ports.Decoder`.

    Parameters
    ----------
    index : IndexDecoder
        Baselines, guards, and the axes that were not accepted.
    learned : LearnedDecoder
        The axes that were.
    name : str
        Of the learned decoder.
    """

    def __init__(self, index: IndexDecoder, learned: LearnedDecoder, name: str) -> None:
        self.index = index
        self._learned = learned
        by_index = [axis for axis in AXES if axis not in learned.axes]
        self._name = ", ".join([f"{name} {' '.join(sorted(learned.axes))}", *(f"{INDEX} {axis}" for axis in by_index)])

    @property
    def clean_s(self) -> float:
        """Seconds of clean, non-overlapping data in the running baseline."""
        return min(self.index.clean_s, self._learned.clean_s)

    def decode(self, features: Features | None, moment: Moment, advance_s: float) -> Affect:
        """Return the state after this decision; without features it only grows less sure."""
        spectra, own = self._parted(features)
        affect = self.index.decode(spectra, moment, advance_s)
        read = self._learned.decode(own, moment, advance_s, drowsy=self.index.drowsy)
        taken = {f"{axis}{part}": getattr(read, f"{axis}{part}")
                 for axis in self._learned.axes for part in ("", "_sd", "_index")}
        return replace(affect, **taken, decoder=self._name, scaled=affect.scaled and read.scaled)

    def rate(self, valence: float, arousal: float) -> None:
        """Take a SAM rating, 1..9 each: where both begin."""
        self.index.rate(valence, arousal)
        self._learned.rate(valence, arousal)

    def hold(self, moment: Moment) -> Hold:
        """Say what forbids a decision in a phase that steers."""
        return self.index.hold(moment) or self._learned.hold(moment)

    def _parted(self, features: Features | None) -> tuple[Features | None, Features | None]:
        if features is None:
            return None, None
        n_index = self.index.n_values
        return _part(features, slice(None, n_index)), _part(features, slice(n_index, None))


def _part(features: Features, rows: slice) -> Features:
    values: FloatArray = features.values[rows]
    return Features(features.names[rows], values, features.first_sample, features.span_s)
