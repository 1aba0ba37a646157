"""A person's own scales: the baseline of each eye state, and the individual alpha frequency, as they are collected.

Until the first steering phase a baseline may be taken again, and an IAF found late re-computes the baselines that were
taken before it. From then on everything is frozen: a later baseline of the same eyes changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from loop.values import FloatArray, Moment
from sensing.features.baseline import NO_IAF, Baseline, Collector, Iaf, find_iaf, fit_baseline
from sensing.features.indices import INDICES, POSTERIOR, BandPowers, Bands, band_powers

BASELINE = "baseline"
CLOSED = "closed"
FEWEST_WINDOWS = 5          # a spread needs some; the protocol asks for 60 s, which are 15
Scale = Mapping[str, Baseline]


class Scales:
    """Follows the session's moments, collects baselines, and keeps what they gave.

    Parameters
    ----------
    columns : Mapping[str, int]
        Role to row of a log spectrum.
    rate_hz : float
        Of the stream.
    """

    def __init__(self, columns: Mapping[str, int], rate_hz: float) -> None:
        self._columns = columns
        self._rate_hz = rate_hz
        self._running: Moment | None = None
        self._collector = Collector(rate_hz)
        self._spectra: dict[str, FloatArray] = {}
        self._weights_hz = Bands().weights_hz()
        self.by_eyes: dict[str, Scale] = {}
        self.iaf: Iaf = NO_IAF
        self.steered = False

    @property
    def clean_s(self) -> float:
        """Seconds of clean, non-overlapping data in the running baseline."""
        return self._collector.clean_s if self._running else 0.0

    @property
    def clean_windows(self) -> int:
        """Windows in the running baseline."""
        return len(self._collector.spectra) if self._running else 0

    def follow(self, moment: Moment) -> bool:
        """Take where the session is; finish a baseline that it has left. True where that changed a scale."""
        changed = self._turn(moment if moment.phase == BASELINE else None)
        self.steered = self.steered or moment.steering
        return changed

    def collect(self, log_psd: FloatArray, first_sample: int, span_s: float, moment: Moment) -> None:
        """Take a clean window, if it lies wholly in the running baseline and nobody has paused it."""
        if self._running and not moment.paused and moment.elapsed_s >= span_s:
            self._collector.take(log_psd, first_sample, span_s)

    def powers(self, log_psd: FloatArray) -> BandPowers:
        """Return the band powers of log spectra in this person's bands."""
        return band_powers(log_psd, self._weights_hz, self._columns)

    def _turn(self, here: Moment | None) -> bool:
        if (here and here.phase_index) == (self._running and self._running.phase_index):
            return False
        changed = self._finish(self._running) if self._running else False
        self._running = here
        self._collector = Collector(self._rate_hz)
        return changed

    def _finish(self, moment: Moment) -> bool:
        if self.steered and moment.eyes in self.by_eyes:
            return False
        if len(self._collector.spectra) < FEWEST_WINDOWS:
            return False
        spectra = np.array(self._collector.spectra)
        if moment.eyes == CLOSED and not self.steered:
            self._find_iaf(spectra)
        if moment.scale:
            self._spectra[moment.eyes] = spectra
        self.by_eyes = {eyes: self._fit(kept) for eyes, kept in self._spectra.items()}
        return moment.scale

    def _find_iaf(self, spectra: FloatArray) -> None:
        rows = [self._columns[role] for role in POSTERIOR if role in self._columns]
        if rows:
            self.iaf = find_iaf(np.exp(spectra[:, rows]).mean(axis=(0, 1)))
            self._weights_hz = Bands(self.iaf.hz).weights_hz()

    def _fit(self, spectra: FloatArray) -> Scale:
        powers = self.powers(spectra)
        values = {name: np.asarray(row.of(powers)) for name, row in INDICES.items()}
        return {name: fit_baseline(each) for name, each in values.items() if bool(np.isfinite(each).all())}
