"""Bands and what is said of each: power, its logarithm, and differential entropy, for every channel.

The *fixed* bands are the same for everyone; the *individual* ones follow the alpha frequency (IAF), and it is from them
that the indices are read (`sensing.features.indices.Bands`). A bin counts in a band by the share of its width that lies
inside, so power is the integral of the spectrum between the edges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loop.values import FloatArray
from sensing.features.spectrum import BIN_HZ, FREQUENCIES_HZ

# Conventional edges; delta begins and gamma ends where the live filters do, there already down by 3 dB.
FIXED_HZ: Mapping[str, tuple[float, float]] = {
    "delta": (1.0, 4.0),
    "theta": (4.0, 8.0),
    "alpha": (8.0, 13.0),
    "beta": (13.0, 30.0),
    "gamma": (30.0, 45.0),
}
INDIVIDUAL = ("theta_iaf", "alpha_iaf", "beta_iaf")    # in the order of `sensing.features.indices.Bands.edges_hz`
ENTROPY_OF_ONE = 0.5 * float(np.log(2.0 * np.pi * np.e))


def weights_hz(edges_hz: Sequence[tuple[float, float]]) -> FloatArray:
    """Return how many hertz of each bin lie in each band, ``(n_bands, n_bins)``."""
    low, high = FREQUENCIES_HZ - BIN_HZ / 2, FREQUENCIES_HZ + BIN_HZ / 2
    return np.array([np.clip(np.minimum(high, end) - np.maximum(low, start), 0.0, None) for start, end in edges_hz])


def powers_uv2(psd: FloatArray, edges_hz: Sequence[tuple[float, float]]) -> FloatArray:
    """Return the power in each band, ``(n_bands, n_channels)`` uV^2, of ``(n_channels, n_bins)`` uV^2 / Hz."""
    return np.asarray(np.einsum("cf,bf->bc", psd, weights_hz(edges_hz)))


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table: what is said of a band at a channel."""

    name: str
    formula: str
    unit: str
    source: str
    of: Callable[[FloatArray], FloatArray]     # from power, uV^2


def _same(power_uv2: FloatArray) -> FloatArray:
    return power_uv2


def _entropy(power_uv2: FloatArray) -> FloatArray:
    return ENTROPY_OF_ONE + 0.5 * np.log(power_uv2)


MEASURES = {row.name: row for row in (
    Measure("band_power_uv2", "integral of the power density over the band", "uV^2", "Welch 1967", _same),
    Measure("ln_band_power", "ln(band power)", "ln uV^2", "as above; nearer to a normal distribution", np.log),
    Measure("differential_entropy", "0.5 ln(2 pi e sigma^2), with sigma^2 the band power", "nat",
            "Duan, Zhu & Lu 2013, 6th IEEE/EMBS Conference on Neural Engineering, 81-84", _entropy),
)}
