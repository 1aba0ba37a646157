"""A bed of noise under the music: rain, wind or sea, slow and soft. A table, and the pyo graph of one row.

Its level is set apart from the music's: it lies `UNDER_LU` under the level that is asked for, whatever is played. It
moves slowly (nothing in it is modulated faster than `FASTEST_HZ`), so that the listener's 4-8 Hz stay free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from generators.sound.quiet import Graph

OFF = "off"
UNDER_LU = 14.0                    # under the music: heard in its pauses, by taste
FASTEST_HZ = 0.5                   # of what moves level and colour


@dataclass(frozen=True, slots=True)
class Layer:
    """One band of noise, different on both sides, whose level and centre wander."""

    low_hz: float                  # where its centre wanders
    high_hz: float
    q: float
    level: tuple[float, float]     # between which its level wanders
    wander_hz: float               # how often it turns
    swells: bool = False           # as waves do, evenly; else at random


@dataclass(frozen=True, slots=True)
class Bed:
    """A kind of noise."""

    layers: tuple[Layer, ...]
    lufs: float                    # at a gain of 0 dB, measured: 60 s of it alone, brightness .4
    opener: float                  # its low-pass as a multiple of the bus's


# The layers by ear's rules and spectrum: rain has no centre, wind wanders through a narrow one, the sea comes in waves.
BEDS: Mapping[str, Bed] = MappingProxyType({
    "rain": Bed((Layer(1800, 2200, 0.6, (0.8, 1.0), 0.20), Layer(5200, 6400, 0.8, (0.35, 0.6), 0.35)), -16.4, 5.0),
    "wind": Bed((Layer(260, 720, 2.2, (0.35, 1.0), 0.11), Layer(900, 1500, 3.0, (0.05, 0.25), 0.17)), -24.8, 4.0),
    "sea": Bed((Layer(160, 240, 0.7, (0.5, 0.9), 0.08), Layer(700, 1100, 0.7, (0.15, 0.8), 0.095, swells=True)),
               -20.7, 4.0),
})
NAMES = (OFF, *BEDS)


class BedGraph:
    """The noise itself; silent until its gain is set.

    Parameters
    ----------
    pyo : Graph
        Makes and keeps pyo's objects.
    bed : Bed
        What it sounds like.
    """

    def __init__(self, pyo: Graph, bed: Bed) -> None:
        self.opener = bed.opener
        self._gain = pyo.SigTo(0.0, time=0.1, init=0.0)
        sides = [pyo.Mix([_layer(pyo, layer, side) for layer in bed.layers], voices=1) for side in range(2)]
        self.out: Any = pyo.Mix(sides, voices=2, mul=self._gain)

    def gain(self, linear: float) -> None:
        """Set how loud it is, reached within a tenth of a second."""
        self._gain.value = linear


def _layer(pyo: Graph, layer: Layer, side: int) -> Any:
    low, high = layer.level
    if layer.swells:
        wave = pyo.Sine(freq=layer.wander_hz, phase=0.07 * side, mul=0.5, add=0.5)
        level = pyo.Pow(wave, 1.5, mul=high - low, add=low)
    else:
        level = pyo.Randi(low, high, freq=layer.wander_hz)
    centre = pyo.Randi(layer.low_hz, layer.high_hz, freq=layer.wander_hz * 0.7)
    return pyo.ButBP(pyo.PinkNoise(mul=level), freq=centre, q=layer.q)
