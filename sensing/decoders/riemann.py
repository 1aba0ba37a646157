"""The Riemannian space: covariances of theta, alpha and beta, in the tangent space at their session's own middle.

A window's covariance in a band is the sum of ``Re(X X^H)`` over the band's Fourier bins, shrunk towards a multiple of
the identity (OAS: Chen, Wiesel, Eldar, Hero 2010, doi 10.1109/TSP.2010.2053029); real and imaginary parts count as two
samples a bin. Tangent vectors are ``log(M^-1/2 C M^-1/2)`` (Barachant, Bonnet, Congedo, Jutten 2012, doi
10.1109/TBME.2011.2172210). Taking ``M`` from each session itself recentres it (Zanini, Congedo, Jutten, Said,
Berthoumieu 2018, doi 10.1109/TBME.2017.2742541). Covariances carry muscle and eyes as well as brain.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from pyriemann.geometry.base import invsqrtm, logm
from pyriemann.geometry.mean import mean_logeuclid
from pyriemann.geometry.tangentspace import upper
from scipy.fft import rfft
from scipy.signal.windows import hann

from loop.values import Features, FloatArray, Window, read_only
from sensing.decoders.heads import LogisticHead, RidgeHead
from sensing.decoders.recipe import Recipe
from sensing.features.indices import Bands

BAND_NAMES = ("theta", "alpha", "beta")
TINY_UV2 = 1e-6                 # far below any amplifier's noise: a flat channel must not make a matrix singular
UNIT = "uV^2"


class Covariances:
    """Extracts shrunk covariances, and sees them from a session's centre.

    Parameters
    ----------
    columns : Sequence[int]
        Of a window: which channels are read, in the decoder's order.
    rate_hz : float
        Of the stream.
    iaf_hz : float
        The person's alpha frequency, from which the bands follow.
    """

    def __init__(self, columns: Sequence[int], rate_hz: float, iaf_hz: float) -> None:
        self._columns = np.array(columns, dtype=np.intp)
        self._rate_hz = rate_hz
        self._edges_hz = Bands(iaf_hz).edges_hz
        self._upper = np.triu_indices(len(columns))
        self._tapers: dict[int, FloatArray] = {}
        self.names = tuple(f"{band}[{i},{j}]" for band in BAND_NAMES for i, j in zip(*self._upper, strict=True))

    def extract(self, window: Window) -> Features:
        """Return the upper triangles of each band's covariance, uV^2: ``n_bands * n (n + 1) / 2`` values."""
        samples = window.samples.take(self._columns, axis=1)
        spectrum = rfft(samples * self._taper(len(samples)), axis=0)
        bands = [self._covariance(spectrum, low, high, len(samples)) for low, high in self._edges_hz]
        return Features(self.names, read_only(np.concatenate(bands)), window.first_sample, window.span_s)

    def centre(self, stack: FloatArray) -> FloatArray:
        """Return ``M^-1/2`` of each band, ``(n_bands, n, n)``; M is the log-Euclidean mean: the affine one iterates."""
        return np.array([invsqrtm(mean_logeuclid(band)) for band in self._matrices(stack)])

    def express(self, stack: FloatArray, centre: FloatArray) -> FloatArray:
        """Return tangent vectors at the centre, ``(n_windows, n_bands * n (n + 1) / 2)``."""
        white = centre[:, None] @ self._matrices(stack) @ centre[:, None]
        return np.concatenate([upper(logm(band)) for band in white], axis=1)

    def _covariance(self, spectrum: NDArray[np.complex128], low_hz: float, high_hz: float, n_times: int) -> FloatArray:
        bin_hz = self._rate_hz / n_times
        bins = spectrum[ceil(low_hz / bin_hz):ceil(high_hz / bin_hz)]
        parts = np.concatenate([bins.real, bins.imag])
        return np.asarray(len(parts) * shrink(parts.T @ parts / len(parts), len(parts))[self._upper])

    def _matrices(self, stack: FloatArray) -> FloatArray:
        """Return ``(n_bands, n_windows, n, n)`` of ``(n_windows, n_values)``."""
        n = len(self._columns)
        full = np.empty((len(self._edges_hz), len(stack), n, n))
        halves = stack.reshape(len(stack), len(self._edges_hz), -1).transpose(1, 0, 2)
        full[..., self._upper[0], self._upper[1]] = halves
        full[..., self._upper[1], self._upper[0]] = halves
        return full

    def _taper(self, n_times: int) -> FloatArray:
        """Return the Hann taper, scaled so that a bin's squared parts are power in uV^2."""
        if n_times not in self._tapers:
            taper = hann(n_times, sym=False)
            self._tapers[n_times] = (taper * np.sqrt(2.0 / (n_times * float(np.square(taper).sum()))))[:, None]
        return self._tapers[n_times]


def shrink(covariance: FloatArray, n_samples: int) -> FloatArray:
    """Return the oracle approximating shrinkage (OAS) of a zero-mean sample covariance ``(n, n)``."""
    n = len(covariance)
    mean = float(np.trace(covariance)) / n + TINY_UV2
    square = float(np.square(covariance).mean())
    rest = (n_samples + 1.0) * (square - mean**2 / n)
    share = 1.0 if rest <= 0 else min(1.0, (square + mean**2) / rest)
    return np.asarray((1.0 - share) * covariance + share * mean * np.eye(n))


def riemann(space: Covariances, head: str = "ridge") -> Recipe:
    """Return the recipe of this space with a linear head: "ridge" or "logistic"."""
    return Recipe(space, LogisticHead if head == "logistic" else RidgeHead)
