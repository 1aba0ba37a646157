"""Sounds of which every attribute is drawn by itself: over the plane tempo, density and articulation rise together.

Run by hand: ``python -m tests.benchmarks.music_drawn FOLDER [generator]`` renders them. On the plane a measure of one
attribute could pass by hearing another; here it cannot, since none tells of any other (a Latin hypercube, seeded).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from generators.bars import Wish
from loop.intent import CALM_LOUDNESS_MOST_DB
from loop.values import Intent, Presence
from tests.benchmarks.music_grid import render_all, show

N_DRAWN = 64
DRAWN_SEED = 557                   # of 3000, that with the least correlation between attributes: none above .16
# What the plane reaches, of each attribute; where it is calm the program keeps the tempo to 84 and the level to 0 dB.
RANGES = {"octaves": (np.log2(53.0), np.log2(114.0)), "calm_octaves": (np.log2(53.0), np.log2(84.0)),
          "density": (0.10, 0.76), "register_semitones": (-8.0, 8.0), "dissonance": (0.0, 0.5),
          "articulation": (0.0, 0.65), "loudness_db": (-6.0, 3.0), "brightness": (0.05, 0.75)}
DRAWN = ("density", "register_semitones", "dissonance", "articulation", "loudness_db", "brightness")
MODES_DRAWN = ("Aeolian", "Dorian", "Mixolydian", "Ionian")      # those that the plane asks for


@dataclass(frozen=True)
class Draw:
    """One of the drawn sounds."""

    generator: str
    index: int

    @property
    def seed(self) -> int:
        return 1000 + self.index

    @property
    def calm(self) -> bool:
        return bool(shares()[self.index, 1] < 0.5)

    @property
    def intent(self) -> Intent:
        tempo, _, mode, *rest = shares()[self.index]
        numbers = {name: between(name, share) for name, share in zip(DRAWN, rest, strict=True)}
        tempo_bpm = 2 ** between("calm_octaves" if self.calm else "octaves", tempo)
        if self.calm:
            numbers["loudness_db"] = min(numbers["loudness_db"], CALM_LOUDNESS_MOST_DB)
        return Intent(tempo_bpm=tempo_bpm, mode=MODES_DRAWN[int(len(MODES_DRAWN) * mode)], **numbers)

    @property
    def wish(self) -> Wish:
        return Wish(self.intent, Presence.PLAYING, calm=self.calm)

    @property
    def stem(self) -> str:
        return f"{self.generator}_drawn{self.index:02d}"


@lru_cache(maxsize=1)
def shares() -> np.ndarray:
    """Return the hypercube, (N_DRAWN, 9): tempo, calm, mode, and what `DRAWN` names, 0..1 each."""
    return np.asarray(qmc.LatinHypercube(len(DRAWN) + 3, rng=DRAWN_SEED).random(N_DRAWN))


def between(name: str, share: float) -> float:
    low, high = RANGES[name]
    return float(low + (high - low) * share)


def draws(generator: str) -> list[Draw]:
    """Return all drawn sounds of one composer."""
    return [Draw(generator, index) for index in range(N_DRAWN)]


if __name__ == "__main__":
    show(render_all(Path(sys.argv[1]), draws((sys.argv[2:] or ["rules"])[0])))
