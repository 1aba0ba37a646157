"""How loud the music is by itself, measured, so that the level asked for can be had whatever is played.

A sparse bar is softer than a dense one, and a dark one than a bright one. What BS.1770 hears of each palette was
measured over intents drawn at random, with the rules composing, and fitted:
`python -m tests.benchmarks.sound_levels --fit` prints this table anew. It is arithmetic on the wish: it needs no meter
in the sound process, and is the same off-line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import log2
from types import MappingProxyType

from generators.bars import Bar, Wish
from loop.values import Intent

TERMS = ("1", "density", "density^2", "brightness", "brightness^2", "register", "register^2", "tempo", "articulation",
         "calm")
CENTRE_BPM = 78.0
OCTAVE = 12.0
MOST_MAKEUP_DB = 15.0              # nothing that can be asked for needs more; beyond it the fit is not to be trusted

# LUFS at a gain of 0 dB, by `TERMS`: 36 intents of 28 s for each palette, guests and all. Density, brightness and
# articulation were drawn about one plane, so a weight alone says little. What the table misses, the meter's trim makes
# good within a phrase or two (`meter.py`).
TABLE: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "calm": (-25.71, 5.08, -2.30, 6.11, -4.81, -0.43, 1.83, 0.08, -0.42, -0.15),    # spread 0.45 LU
    "warm": (-26.54, 7.76, -4.30, 6.10, -4.07, -0.42, 1.38, 0.24, -1.06, -0.27),    # spread 0.43 LU
    "bright": (-26.83, 8.00, -3.05, 4.77, -3.32, -0.46, 1.62, 0.48, -1.34, -0.23),    # spread 0.46 LU
    "sparse": (-28.71, 9.46, -4.69, 5.23, -3.44, -1.09, 1.10, -0.43, -1.22, -0.09),    # spread 0.75 LU
})

# The same where a SoundFont's instruments play, of FluidR3 GM (Debian: fluid-soundfont-gm), the rules composing. They
# differ from our own most in what one note more and a lower one add. "calm": 36 intents at random of 28 s; "warm" 20 of
# 22 s, "bright" and "sparse" 12 of 19 s, drawn towards the difference that "calm" has (ridge); then the first weight,
# and "calm" of the last two, were set by eight points of the plane. One piece is missed by 1 to 2 LU, which the trim
# makes good. Another font's notes are brought to the same level (`soundfont.py`), and were not measured.
BANKED: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "calm": (-29.85, 15.63, -5.28, 17.59, -16.77, -7.66, -1.71, -0.46, -2.83, -2.51),
    "warm": (-28.80, 17.79, -5.36, 18.66, -18.39, -2.79, -1.56, -0.26, -3.13, -1.47),
    "bright": (-29.34, 17.44, -4.54, 16.65, -16.69, -8.88, -1.42, -1.34, -2.87, -4.14),
    "sparse": (-28.89, 21.83, -10.57, 11.24, -11.72, -1.20, 1.20, -0.81, -0.74, -3.10),
})


def terms(intent: Intent, calm: bool) -> tuple[float, ...]:
    """Return the value of each of `TERMS` for an intent."""
    register = intent.register_semitones / OCTAVE
    return (1.0, intent.density, intent.density**2, intent.brightness, intent.brightness**2, register, register**2,
            log2(max(intent.tempo_bpm, 1.0) / CENTRE_BPM), intent.articulation, float(calm))


def as_played(wish: Wish, bar: Bar) -> Wish:
    """Return a wish with the density and register of the bar that plays: what it lacks is made good, not what will."""
    if bar.density is None or bar.register_semitones is None:
        return wish
    return replace(wish, intent=replace(wish.intent, density=bar.density, register_semitones=bar.register_semitones))


class Loudness:
    """What a palette's music lacks of the level asked for.

    Parameters
    ----------
    palette : str
        A name of `TABLE`.
    level_lufs : float
        What is asked for.
    banked : bool
        A SoundFont's instruments play it.
    """

    def __init__(self, palette: str, level_lufs: float, *, banked: bool = False) -> None:
        self._weights, self._level_lufs = (BANKED if banked else TABLE)[palette], level_lufs

    def makeup_db(self, wish: Wish) -> float:
        """Return the gain that brings the music of a wish to the level, dB."""
        expected_lufs = sum(w * t for w, t in zip(self._weights, terms(wish.intent, wish.calm), strict=True))
        return min(max(self._level_lufs - expected_lufs, -MOST_MAKEUP_DB), MOST_MAKEUP_DB)
