"""How loud the music is by itself, measured, so that the level asked for can be had whatever is played.

A sparse bar is softer than a dense one, and a dark one than a bright one. What BS.1770 hears of each palette was
measured over intents drawn at random, with the rules composing, and fitted:
`python -m tests.benchmarks.sound_levels --fit` prints this table anew. It is arithmetic on the wish: it needs no meter
in the sound process, and is the same off-line.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from types import MappingProxyType

from generators.bars import Wish
from loop.values import Intent

TERMS = ("1", "density", "density^2", "brightness", "brightness^2", "register", "register^2", "tempo", "articulation",
         "calm")
CENTRE_BPM = 78.0
OCTAVE = 12.0
MOST_MAKEUP_DB = 15.0              # nothing that can be asked for needs more; beyond it the fit is not to be trusted

# LUFS at a gain of 0 dB, by `TERMS`. calm: 36 intents of 28 s. The others: level, density and register from 7 intents
# of 22 s each, and the rest from calm, because pad and room are the same. Level corrected by what a grid showed.
TABLE: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "calm": (-25.24, 6.99, -4.01, 3.32, -1.14, -0.71, 1.10, 0.15, -0.81, -0.54),    # spread 0.44 LU
    "warm": (-26.13, 9.21, -4.01, 3.32, -1.14, -1.21, 1.10, 0.15, -0.81, -0.54),
    "bright": (-26.84, 10.17, -4.01, 3.32, -1.14, -1.50, 1.10, 0.15, -0.81, -0.54),
    "sparse": (-28.34, 11.02, -4.01, 3.32, -1.14, -2.40, 1.10, 0.15, -0.81, -0.54),
})


def terms(intent: Intent, calm: bool) -> tuple[float, ...]:
    """Return the value of each of `TERMS` for an intent."""
    register = intent.register_semitones / OCTAVE
    return (1.0, intent.density, intent.density**2, intent.brightness, intent.brightness**2, register, register**2,
            log2(max(intent.tempo_bpm, 1.0) / CENTRE_BPM), intent.articulation, float(calm))


class Loudness:
    """What a palette's music lacks of the level asked for.

    Parameters
    ----------
    palette : str
        A name of `TABLE`.
    level_lufs : float
        What is asked for.
    """

    def __init__(self, palette: str, level_lufs: float) -> None:
        self._weights, self._level_lufs = TABLE[palette], level_lufs

    def makeup_db(self, wish: Wish) -> float:
        """Return the gain that brings the music of a wish to the level, dB."""
        expected_lufs = sum(w * t for w, t in zip(self._weights, terms(wish.intent, wish.calm), strict=True))
        return min(max(self._level_lufs - expected_lufs, -MOST_MAKEUP_DB), MOST_MAKEUP_DB)
