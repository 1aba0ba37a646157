"""The mathematics of artefact subspace reconstruction: what rest is like, and how a window is freed of what is not.

Method: Mullen et al. 2015 (doi 10.1109/TBME.2015.2481482); what `sensing.cleaning.asr` does with it stands there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from loop.values import FloatArray, read_only
from sensing.robust import robust_scale

PIECE_S = 1.0               # calibration data is chosen in pieces of this length ...
PIECE_SD = 5.5              # ... in which no more than `PIECE_BAD` of the channels are this far above their usual power
PIECE_BAD = 0.075
MEAN_SAMPLES = 10           # covariances of so many samples each go into the geometric median
MEDIAN_STEPS, MEDIAN_CLOSE = 100, 1e-3
# The weight that decides what is an artefact: a third in 3-13 Hz, so that alpha and theta are never taken for one (the
# published curve has 0.33 there and 1 at 16-40 Hz). One bell, by the formula of the "audio EQ cookbook" (R. B.-J.).
BELL_HZ, BELL_GAIN, BELL_QUALITY = 6.2, 1 / 3, 0.6
LEAST_UV = 1e-3             # of a threshold: a dead channel has none of its own
RIDGE = 1e-9                # of the mean power: channels may depend on each other


@dataclass(frozen=True, slots=True)
class Rest:
    """What clean rest showed."""

    covariance: FloatArray         # (n_channels, n_channels), weighted, uV^2
    thresholds: FloatArray         # T'T: the power allowed in direction v is v' (T'T) v, uV^2
    clean_s: float                 # of data behind it


def bell(rate_hz: float) -> NDArray[np.float64]:
    """Return the section of the weight that decides what is an artefact, ``(1, 6)``."""
    amplitude = sqrt(BELL_GAIN)
    omega = 2 * pi * BELL_HZ / rate_hz
    alpha = sin(omega) / (2 * BELL_QUALITY)
    top = np.array([1 + alpha * amplitude, -2 * cos(omega), 1 - alpha * amplitude])
    bottom = np.array([1 + alpha / amplitude, -2 * cos(omega), 1 - alpha / amplitude])
    return np.asarray(np.concatenate([top, bottom])[None] / bottom[0])


def clean_pieces(pieces: FloatArray) -> FloatArray:
    """Return those of ``(n_pieces, n_times, n_channels)`` in which hardly a channel is far above its usual power."""
    rms = np.sqrt(np.square(pieces).mean(axis=1))
    centre, spread = robust_scale(rms)
    loud = rms > centre + PIECE_SD * spread + LEAST_UV
    return np.asarray(pieces[loud.mean(axis=1) <= PIECE_BAD])


def fit_rest(pieces: FloatArray, window: int, cutoff_sd: float) -> Rest:
    """Return covariance and thresholds of clean, weighted ``(n_pieces, n_times, n_channels)``.

    Parameters
    ----------
    pieces : FloatArray
        Of rest.
    window : int
        Samples over which power is taken live.
    cutoff_sd : float
        Spreads from the usual amplitude to the threshold.
    """
    samples = pieces.reshape(-1, pieces.shape[2])
    covariance = _median_covariance(samples)
    vectors = fixed_signs(np.linalg.eigh(covariance)[1])
    components = samples @ vectors
    starts = range(0, len(samples) - window + 1, max(1, window // 2))
    rms = np.sqrt(np.array([np.square(components[start:start + window]).mean(axis=0) for start in starts]))
    centre, spread = robust_scale(rms)
    limits = np.maximum(centre + cutoff_sd * spread, LEAST_UV)
    thresholds = (vectors * limits**2) @ vectors.T
    return Rest(read_only(covariance), read_only(thresholds), len(pieces) * PIECE_S)


def reconstruction(power: FloatArray, rest: Rest, always: NDArray[np.bool_]) -> FloatArray | None:
    """Return the matrix ``R`` of ``x @ R.T``, or None where nothing is above its threshold.

    With ``V`` the components that are kept and ``C`` the covariance at rest, ``R = C V (V' C V)^-1 V'``: what rest
    lets one expect of all channels, given the kept components. That is the published ``M pinv(keep V' M) V'`` with
    ``M = C^(1/2)``. Where it would add power, ``R = V V'``.

    Parameters
    ----------
    power : FloatArray
        Weighted covariance of the window, uV^2.
    rest : Rest
        What is allowed.
    always : NDArray[np.bool_]
        Components, by rising power, that are kept whatever they hold.
    """
    if _all_below(power, rest.thresholds):
        return None
    values, vectors = np.linalg.eigh(power)
    keep = (values < (vectors * (rest.thresholds @ vectors)).sum(axis=0)) | always
    if keep.all():
        return None
    kept = fixed_signs(vectors[:, keep])
    drawn = rest.covariance @ kept
    inner = kept.T @ drawn
    inner += RIDGE * np.trace(inner) / len(inner) * np.eye(len(inner))
    matrix = np.linalg.solve(inner, drawn.T).T @ kept.T
    if (matrix @ power * matrix).sum() > np.trace(power):
        return np.asarray(kept @ kept.T)
    return np.asarray(matrix)


def fixed_signs(vectors: FloatArray) -> FloatArray:
    """Return the columns with their largest entry positive: a solver may turn them, the result must not."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return np.asarray(vectors * np.where(largest < 0.0, -1.0, 1.0))


def _all_below(power: FloatArray, thresholds: FloatArray) -> bool:
    """Whether no direction at all has more power than it may: a Cholesky factor exists. Cheap, and nearly always so."""
    try:
        np.linalg.cholesky(thresholds - power)
    except np.linalg.LinAlgError:
        return False
    return True


def _median_covariance(samples: FloatArray) -> FloatArray:
    """Return the geometric median of the covariances of short stretches (Weiszfeld's steps)."""
    n_channels = samples.shape[1]
    stretches = samples[:len(samples) // MEAN_SAMPLES * MEAN_SAMPLES].reshape(-1, MEAN_SAMPLES, n_channels)
    covariances = (stretches.transpose(0, 2, 1) @ stretches / MEAN_SAMPLES).reshape(len(stretches), -1)
    centre = covariances.mean(axis=0)
    square = np.einsum("ij,ij->i", covariances, covariances)
    for _ in range(MEDIAN_STEPS):
        far = square - 2 * covariances @ centre + centre @ centre
        weights = 1.0 / np.sqrt(np.maximum(far, np.finfo(float).eps * max(float(centre @ centre), 1e-12)))
        moved = weights @ covariances / weights.sum()
        step, centre = np.linalg.norm(moved - centre), moved
        if step <= MEDIAN_CLOSE * np.linalg.norm(centre):
            break
    matrix = centre.reshape(n_channels, n_channels)
    return np.asarray((matrix + matrix.T) / 2)
