"""How loud a stream is, as people hear it, and the gain that brings it to the level asked for.

K-weighting after ITU-R BS.1770-4, its filters carried from piece to piece; ungated, since a stream has no ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from generators.sound.ring import N_CHANNELS, Pcm

# BS.1770-4, tables 1 and 2, at 48 kHz: the head's shelf, then the high-pass.
K_WEIGHTING = np.array([
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
])
OFFSET_LU = -0.691                 # BS.1770-4, equation 2
SILENT_LUFS = -70.0                # BS.1770-4's absolute gate
MOST_DB = 30.0                     # more is no music to be made louder
SLEW_DB_S = 1.0                    # under the 3 LU/s at which a person's level moves: by taste


@dataclass(frozen=True, slots=True)
class Heard:
    """What the level remembers."""

    filters: NDArray[np.float64]   # (n_sections, 2, n_channels)
    gain_db: float = 0.0
    lufs: float = float("nan")     # of the last piece, before the gain


def unheard() -> Heard:
    """Return the memory before the first piece."""
    return Heard(np.zeros((len(K_WEIGHTING), 2, N_CHANNELS)))


def levelled(pcm: Pcm, heard: Heard, target_lufs: float, rate_hz: int) -> tuple[Pcm, Heard]:
    """Return a piece (n_frames, 2) at the target, and the memory; the gain glides within every piece but the first."""
    weighted, filters = sosfilt(K_WEIGHTING, pcm, axis=0, zi=heard.filters)
    lufs = loudness_lufs(weighted)
    if lufs <= SILENT_LUFS:
        return np.asarray(pcm * _linear(heard.gain_db), dtype=np.float32), Heard(filters, heard.gain_db, lufs)
    wanted_db = float(np.clip(target_lufs - lufs, -MOST_DB, MOST_DB))
    first = np.isnan(heard.lufs)
    most_db = SLEW_DB_S * len(pcm) / rate_hz
    gain_db = wanted_db if first else float(np.clip(wanted_db, heard.gain_db - most_db, heard.gain_db + most_db))
    start_db = gain_db if first else heard.gain_db
    glide = np.linspace(start_db, gain_db, len(pcm), endpoint=False)[:, None]
    return np.asarray(pcm * _linear(glide), dtype=np.float32), Heard(filters, gain_db, lufs)


def loudness_lufs(weighted: NDArray[np.floating]) -> float:
    """Return the loudness of K-weighted sound (n_frames, n_channels)."""
    power = float(np.sum(np.mean(np.square(weighted, dtype=np.float64), axis=0)))
    return OFFSET_LU + 10 * float(np.log10(max(power, 1e-12)))


def _linear(db: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    return np.power(10.0, np.asarray(db) / 20)
