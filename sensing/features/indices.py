"""The indices that affect is read from: one row each, with formula, source and caveat.

Bands follow the individual alpha frequency (IAF): theta IAF-6..IAF-2, alpha IAF-2..IAF+2, beta IAF+3..30 Hz (a fixed
13 Hz overlaps alpha where the IAF is above 11). A bin counts in a band by the share of its width that lies inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from loop.frozen import frozen
from loop.values import NAN, FloatArray
from sensing.features.bands import weights_hz

USUAL_IAF_HZ = 10.0
BETA_END_HZ = 30.0
THETA, ALPHA, BETA = range(3)
LEFT, RIGHT, MIDLINE = "F3", "F4", "Fz"
POSTERIOR = ("Pz", "O1", "O2", "Oz")


@frozen
class Bands:
    """Edges in Hz, from the IAF."""

    iaf_hz: float = USUAL_IAF_HZ

    @property
    def edges_hz(self) -> tuple[tuple[float, float], ...]:
        """Theta, alpha, beta."""
        iaf = self.iaf_hz
        return (iaf - 6.0, iaf - 2.0), (iaf - 2.0, iaf + 2.0), (iaf + 3.0, BETA_END_HZ)

    def weights_hz(self) -> FloatArray:
        """Return how many hertz of each bin lie in each band, ``(n_bands, n_bins)``."""
        return weights_hz(self.edges_hz)


@frozen
class BandPowers:
    """ln power of each band and role, ln uV^2: ``(n_bands, n_roles)``, of many windows ``(.., n_windows)``."""

    values: FloatArray
    columns: Mapping[str, int]

    def ln(self, band: int, role: str) -> FloatArray:
        """Return ln power of one band at one role; NaN where the role is missing."""
        if role not in self.columns:
            return np.full(self.values.shape[2:], NAN)
        ln_power: FloatArray = self.values[band, self.columns[role]]
        return ln_power

    def mean_ln(self, band: int, roles: Sequence[str]) -> FloatArray:
        """Return the mean ln power over those of the roles that are there."""
        here = [role for role in roles if role in self.columns]
        if not here:
            return np.full(self.values.shape[2:], NAN)
        total: FloatArray = sum((self.ln(band, role) for role in here[1:]), self.ln(band, here[0]))
        return total / len(here)


def band_powers(log_psd: FloatArray, weights_hz: FloatArray, columns: Mapping[str, int]) -> BandPowers:
    """Return the band powers of log spectra ``(n_roles, n_bins)`` or ``(n_windows, ..)``, in ln(uV^2 / Hz)."""
    return BandPowers(np.log(np.exp(log_psd) @ weights_hz.T).T, columns)


@frozen
class Index:
    """One row of the table."""

    name: str
    formula: str
    unit: str
    source: str
    caveat: str
    of: Callable[[BandPowers], FloatArray]


def _arousal(powers: BandPowers) -> FloatArray:
    left = powers.ln(BETA, LEFT) - powers.ln(ALPHA, LEFT)
    right = powers.ln(BETA, RIGHT) - powers.ln(ALPHA, RIGHT)
    return (left + right) / 2


def _asymmetry(powers: BandPowers) -> FloatArray:
    return powers.ln(ALPHA, RIGHT) - powers.ln(ALPHA, LEFT)


def _engagement(powers: BandPowers) -> FloatArray:
    def ratio(role: str) -> FloatArray:
        return powers.ln(BETA, role) - np.logaddexp(powers.ln(ALPHA, role), powers.ln(THETA, role))
    return (ratio(LEFT) + ratio(RIGHT)) / 2


def _midline_theta(powers: BandPowers) -> FloatArray:
    return powers.ln(THETA, MIDLINE)


def _posterior_alpha(powers: BandPowers) -> FloatArray:
    return powers.mean_ln(ALPHA, POSTERIOR)


def _theta_alpha(powers: BandPowers) -> FloatArray:
    return powers.mean_ln(THETA, POSTERIOR) - powers.mean_ln(ALPHA, POSTERIOR)


INDICES = {row.name: row for row in (
    Index("arousal", "mean over F3, F4 of ln(beta / alpha)", "ln ratio",
          "Ramirez et al. 2015, doi 10.3389/fnins.2015.00354; per channel, so that one bad electrode cannot rule",
          "Muscle leaks into beta; eyes-closed alpha dominates; rises again at sleep onset.", _arousal),
    Index("asymmetry", "ln alpha(F4) - ln alpha(F3)", "ln ratio",
          "Ramirez et al. 2015, doi 10.3389/fnins.2015.00354",
          "Exploratory: depression meta-analysis d = -0.007 [-0.090, 0.075] (van der Vinne 2017); 13 of 270 analyses "
          "significant (Kolodziej 2021, eLife 10:e60595). Depends on the reference.", _asymmetry),
    Index("engagement", "mean over F3, F4 of ln(beta / (alpha + theta))", "ln ratio", "Pope et al. 1995",
          "As for arousal.", _engagement),
    Index("midline_theta", "ln theta(Fz)", "ln uV^2", "frontal midline theta: effort, pleasantness",
          "Eye artefacts.", _midline_theta),
    Index("posterior_alpha", "mean over Pz, O1, O2, Oz of ln alpha", "ln uV^2", "drowsiness guard",
          "Eyes opening lowers it at once.", _posterior_alpha),
    Index("theta_alpha", "mean over Pz, O1, O2, Oz of ln(theta / alpha)", "ln ratio", "drowsiness guard",
          "Eyes opening raises it at once.", _theta_alpha),
)}
