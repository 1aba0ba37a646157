"""Which pitches sound: a roll from the spectrum, and what register, dissonance and mode are in it.

The spectrum of each tenth of a second is explained by harmonic tones of fixed shapes, one dark and one bright for each
semitone, whose strengths are found by multiplicative updates under the generalised Kullback-Leibler divergence (Lee &
Seung 2001, NIPS 13). A pitch is heard where it is strong enough beside the strongest of the sound.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft

from generators.rules import measure
from generators.rules.harmony import SCALES, SEMITONES
from tests.benchmarks.music_onsets import LOW_RATE_HZ

Roll = NDArray[np.float64]
FRAME_S = 0.1
WINDOW = 8192                      # half a second: semitones stay apart down to 65 Hz
PITCHES = np.arange(33, 99)        # MIDI
BAND_HZ = (45.0, 1000.0, 4000.0)   # by bins up to the second, by quarter tones up to the third
QUARTER_TONES = 24
PARTIALS = 12
SHAPES = (1.2, 3.0)                # the n-th partial is n^-shape strong
LOBE_BINS = 6
UPDATES = 60
STRONGEST = 99.5                   # percentile of all strengths
HEARD = 0.25                       # of it: set on the plane of one seed
STARTS_S = 0.256                   # of a frame's middle


def roll(low: NDArray[np.float64]) -> Roll:
    """Return how strong each of `PITCHES` is, (n_pitches, n_frames), in a sound (n,) at 16 kHz; 1 is the strongest."""
    _, _, spectrum = stft(low, LOW_RATE_HZ, nperseg=WINDOW, noverlap=WINDOW - int(FRAME_S * LOW_RATE_HZ),
                          boundary=None, padded=False)
    seen = _bands() @ np.abs(spectrum)
    seen = seen / max(float(seen.max()), 1e-9)
    tones = _tones()
    strengths = np.full((tones.shape[1], seen.shape[1]), float(seen.mean()) + 1e-9)
    whole = tones.sum(axis=0)[:, None]
    for _ in range(UPDATES):
        strengths *= tones.T @ (seen / (tones @ strengths + 1e-9)) / whole
    found = strengths.reshape(len(SHAPES), len(PITCHES), -1).sum(axis=0)
    return np.asarray(found / max(float(np.percentile(found, STRONGEST)), 1e-9))


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float64]:
    frequencies = np.arange(WINDOW // 2 + 1) * LOW_RATE_HZ / WINDOW
    single = np.eye(len(frequencies))[(frequencies >= BAND_HZ[0]) & (frequencies < BAND_HZ[1])]
    n_bands = round(np.log2(BAND_HZ[2] / BAND_HZ[1]) * QUARTER_TONES)
    edges = BAND_HZ[1] * 2 ** (np.arange(n_bands + 1) / QUARTER_TONES)
    wide = [(frequencies >= low) & (frequencies < high) for low, high in pairwise(edges)]
    return np.vstack([single, np.array(wide, float)])


@lru_cache(maxsize=1)
def _tones() -> NDArray[np.float64]:
    """Return the spectra that explain a frame, (n_bands, shapes x pitches), each of length 1."""
    spectra = np.array([_tone(440 * 2 ** ((pitch - 69) / SEMITONES), shape) for shape in SHAPES for pitch in PITCHES])
    return np.asarray((spectra / np.linalg.norm(spectra, axis=1, keepdims=True)).T)


def _tone(frequency_hz: float, shape: float) -> NDArray[np.float64]:
    bins = np.arange(WINDOW // 2 + 1)
    spectrum = np.zeros(len(bins))
    for partial in range(1, PARTIALS + 1):
        away = np.abs(bins - frequency_hz * partial * WINDOW / LOW_RATE_HZ) + 1e-9
        lobe = np.abs(np.sinc(away) / (1 - away**2 + 1e-12))           # of a Hann window
        spectrum += partial**-shape * lobe * (away < LOBE_BINS) * (partial * frequency_hz < BAND_HZ[2])
    return np.asarray(_bands() @ spectrum)


def register(strengths: Roll) -> float:
    """Return half the mean of all pitches heard and half that of the lowest at each time, semitones from C4.

    The composers' own measure weighs pad, pluck and bass alike; without the second half the pad's four notes are nearly
    all that counts.
    """
    heard = strengths > HEARD
    if not heard.any():
        return float("nan")
    lowest = PITCHES[np.argmax(heard, axis=0)][heard.any(axis=0)]
    every = np.average(PITCHES, weights=heard.sum(axis=1))
    return float(every + lowest.mean()) / 2 - measure.MIDDLE_C


def dissonance(strengths: Roll) -> float:
    """Return the mean roughness of the pitch classes heard together: the composers' own measure, on what is heard."""
    heard = strengths > HEARD
    return measure.mean_roughness([_mask(heard[:, frame]) for frame in range(heard.shape[1])])


def _mask(heard: NDArray[np.bool_]) -> int:
    mask = 0
    for pitch in PITCHES[heard]:
        mask |= 1 << int(pitch) % SEMITONES
    return mask


def classes(strengths: Roll) -> NDArray[np.float64]:
    """Return for how long each pitch class is heard, as shares of all, (12,)."""
    found = np.zeros(SEMITONES)
    np.add.at(found, PITCHES % SEMITONES, (strengths > HEARD).sum(axis=1).astype(float))
    return found / max(found.sum(), 1.0)


def scale(shares: NDArray[np.float64]) -> int:
    """Return the pitch class on which the major scale lies whose seven notes hold most of what is heard."""
    return int(np.argmax([sum(shares[(home + step) % SEMITONES] for step in SCALES["Ionian"])
                          for home in range(SEMITONES)]))


def scale_of(tonic: int, mode: str) -> int:
    """Return the pitch class on which the major scale of a mode's seven notes lies."""
    notes = {(tonic + step) % SEMITONES for step in SCALES[mode]}
    return next(home for home in range(SEMITONES)
                if notes == {(home + step) % SEMITONES for step in SCALES["Ionian"]})


def lowest(strengths: Roll) -> NDArray[np.float64]:
    """Return for how long each pitch class is the lowest that is heard, as shares of all, (12,)."""
    heard = strengths > HEARD
    found = np.bincount(PITCHES[np.argmax(heard, axis=0)[heard.any(axis=0)]] % SEMITONES, minlength=SEMITONES)
    return np.asarray(found / max(found.sum(), 1))


def home(shares: NDArray[np.float64], low: NDArray[np.float64]) -> int:
    """Return the tonic that is guessed: the note of the scale that is the lowest for longest.

    Parameters
    ----------
    shares, low : array (12,)
        For how long each pitch class is heard, and is the lowest that is heard.
    """
    notes = [(scale(shares) + step) % SEMITONES for step in SCALES["Ionian"]]
    return max(notes, key=lambda note: float(low[note]))


def mode(shares: NDArray[np.float64], tonic: int) -> str:
    """Return the mode whose seven notes are heard, about a tonic that is one of them."""
    return next(name for name in SCALES if scale_of(tonic, name) == scale(shares))
