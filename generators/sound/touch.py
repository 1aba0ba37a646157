"""What an instrument is to the rest: voices that are started, tied, released and quenched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

OCTAVE = 12
A4, A4_HZ = 69, 440.0
CENTS_AN_OCTAVE = 1200.0


@dataclass(frozen=True, slots=True)
class Touch:
    """How a note is to be begun."""

    pitch: int
    velocity: float                # 0..1
    calm: bool
    brightness: float              # 0..1
    softness: float = 0.5          # 0..1: how gently it is begun and let go; 1 where the music is legato


@dataclass(frozen=True, slots=True)
class Stage:
    """What an instrument is built on."""

    pyo: Any                       # `quiet.Graph`
    sway: Any                      # a slow stream in -1..1, or None: vibrato
    n_voices: int | None = None    # None: as many as the instrument usually has

    def swaying(self, cents: float) -> Any:
        """Return a stream about 1 that moves a pitch by up to `cents`, as far as the vibrato goes now."""
        return self.pyo.Sig(self.sway, mul=float(2 ** (cents / CENTS_AN_OCTAVE) - 1), add=1.0)


class Instrument(Protocol):
    """A row of voices, numbered from 0."""

    n_voices: int
    ties: bool                     # a pitch that is held and comes again is held on, not struck again
    opener: float                  # its low-pass as a multiple of the bus's; 0 = it needs none
    out: Any                       # two streams

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""

    def tie(self, voice: int, touch: Touch) -> None:
        """Go on with the note that sounds, as strong as `touch` says."""

    def release(self, voice: int) -> float:
        """Let go; return the seconds until it is silent."""

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""


def between(ends: tuple[float, float], share: float) -> float:
    """Return what lies at a share of the way, equal steps being equal ratios: a x (b / a)^share."""
    return float(ends[0] * (ends[1] / ends[0]) ** share)


def hertz(pitch: int) -> float:
    """Return the frequency of a MIDI pitch, Hz: 440 x 2^((p - 69) / 12)."""
    return float(A4_HZ * 2 ** ((pitch - A4) / OCTAVE))
