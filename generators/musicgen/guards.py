"""What goes wrong in a long stream of MusicGen, seen in its sound: silence, runaway level, a stuck spectrum, drift.

Known failures: drift and a prompt abandoned over long runs, collapse to silence (model card). A piece is looked at
before it is heard; a bad one is replaced by a fresh start, crossfaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from generators.musicgen.joining import Sound

SILENT_DB = -60.0                  # RMS about full scale: nothing that is music at its own level is softer for a hop
RUNAWAY_DB = 12.0                  # above the stream so far: four times the amplitude
FULL_DB = 3.0                      # RMS above full scale: the decoder has left its range
STUCK_DB = 0.25                    # spread over time of the band levels: below it nothing happens
DRIFT_DB = 15.0                    # RMS over the bands, from the stream's beginning: brightness moves it less
SLICE_S = 0.25                     # of the spectrum over time
SETTLED_HOPS = 4                   # that make the beginning which drift is measured from
MEMORY = 0.25                      # share of the newest hop in what is remembered of the latest spectrum
BANDS_HZ = (60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0, 15360.0)
FLOOR_DB = -90.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is remembered of the stream since it last began."""

    n_hops: int = 0
    level_db: float = float("nan")
    beginning: tuple[float, ...] = ()      # band levels, dB: mean of the first hops
    latest: tuple[float, ...] = ()


def judged(sound: Sound, rate_hz: int, watched: Watched) -> tuple[str, Watched]:
    """Return what is wrong with a piece ("" where nothing is), and what is remembered with it."""
    if not np.all(np.isfinite(sound)):
        return "numbers that are none", watched
    bands = band_levels(sound, rate_hz)
    level_db = _db(float(np.mean(np.square(sound, dtype=np.float64))))
    fault = _fault(bands, level_db, watched)
    return fault, watched if fault else _remembered(bands.mean(axis=0), level_db, watched)


def band_levels(sound: Sound, rate_hz: int) -> NDArray[np.float64]:
    """Return the level of each octave over time, dB, (n_slices, n_bands)."""
    n_slice = int(SLICE_S * rate_hz)
    mono = sound.mean(axis=0)
    slices = mono[:len(mono) // n_slice * n_slice].reshape(-1, n_slice)
    power = np.abs(np.fft.rfft(slices * np.hanning(n_slice), axis=1)) ** 2 / n_slice**2
    frequencies = np.fft.rfftfreq(n_slice, 1 / rate_hz)
    edges = [band for band in BANDS_HZ if band < rate_hz / 2]
    inside = [(frequencies >= low) & (frequencies < high) for low, high in pairwise(edges)]
    return np.stack([10 * np.log10(np.maximum(power[:, band].sum(axis=1), 10 ** (FLOOR_DB / 10)))
                     for band in inside], axis=1)


def _fault(bands: NDArray[np.float64], level_db: float, watched: Watched) -> str:
    if level_db < SILENT_DB:
        return "silence"
    if level_db > FULL_DB or level_db > watched.level_db + RUNAWAY_DB:
        return "a runaway level"
    if len(bands) > 1 and float(np.max(bands.std(axis=0))) < STUCK_DB:
        return "a stuck spectrum"
    if watched.n_hops >= SETTLED_HOPS:
        latest = (1 - MEMORY) * np.array(watched.latest) + MEMORY * bands.mean(axis=0)
        if float(np.sqrt(np.mean((latest - np.array(watched.beginning)) ** 2))) > DRIFT_DB:
            return "drift"
    return ""


def _remembered(bands: NDArray[np.float64], level_db: float, watched: Watched) -> Watched:
    n_hops = watched.n_hops + 1
    if watched.n_hops == 0:
        levels = tuple(bands.tolist())
        return Watched(n_hops, level_db, levels, levels)
    beginning = np.array(watched.beginning)
    if n_hops <= SETTLED_HOPS:
        beginning = beginning + (bands - beginning) / n_hops
    latest = (1 - MEMORY) * np.array(watched.latest) + MEMORY * bands
    slow_db = (1 - MEMORY) * watched.level_db + MEMORY * level_db
    return Watched(n_hops, slow_db, tuple(beginning.tolist()), tuple(latest.tolist()))


def _db(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-12)))
