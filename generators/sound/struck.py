"""The instruments that are struck and ring: felt-like plucked notes, soft keys, soft bells. One machine, a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from generators.sound.quiet import Graph
from generators.sound.touch import OCTAVE, Stage, Touch, between, hertz

# Over the plane at most 4 ring at once (measured, both composers). Only bells that are wholly legato at density 1 and
# 140 beats a minute are more than 10: there nearly every note cuts off another, which is 38 dB down or more by then.
STRUCK_VOICES = 10
MIDDLE_C = 60
CALM_ATTACK_S = 0.11               # calm: 60 ms and more (music.md section 1)
SOFTEST = 4.0                      # a note that is begun softly rises this much more slowly, by taste
CALM_SOFTEST = 1.5
CALM_VELOCITY = 0.55               # calm: no onset more than 6 dB over the bed
ENVELOPE_EXP = 3                   # curve of attack and decay


@dataclass(frozen=True, slots=True)
class Timbre:
    """What a struck instrument sounds like."""

    stays: tuple[float, ...]       # harmonics that ring on
    strikes: tuple[float, ...]     # what the strike adds, and loses first
    strike_ratio: float            # of the strike's pitch to the note's: 1 for a string, other for a bar or a bell
    strike_level: float
    strike_share: float            # of the decay: how long the strike's own part lasts
    attack_s: float
    decay_s: float                 # at C4; shorter above, longer below, as strings are
    release_s: tuple[float, float]     # from the most detached to legato, by taste: felt damps sooner than a bell's
    level: float                   # balance against pad and bass, by spectrum and taste
    opener: float                  # its low-pass lies above the pad's: it is what one hears as bright
    sway_cents: float              # vibrato where the music is bright: a string's more than a bar's

    def release(self, touch: Touch) -> float:
        """Return the release of a note, s.

        Calm or not: what calm music asks for is a soft beginning (music.md section 1). How notes end is all that tells
        articulation here, and that follows arousal on the way to a calm target too.
        """
        return between(self.release_s, touch.softness)


PLUCK = Timbre(
    stays=(1.0, 0.26, 0.09, 0.03, 0.012),                                   # felt on a string
    strikes=(0.0, 0.38, 0.36, 0.28, 0.22, 0.16, 0.12, 0.08, 0.06, 0.04),
    strike_ratio=1.0, strike_level=1.0, strike_share=0.3,
    attack_s=0.012, decay_s=2.8, release_s=(0.10, 1.0), level=0.24, opener=2.0, sway_cents=5.0)
KEYS = Timbre(
    stays=(1.0, 0.42, 0.14, 0.07, 0.02),                                    # longer and rounder than the pluck
    strikes=(0.0, 0.30, 0.22, 0.12, 0.06, 0.03),
    strike_ratio=1.0, strike_level=0.8, strike_share=0.22,
    attack_s=0.018, decay_s=4.4, release_s=(0.15, 1.5), level=0.22, opener=1.6, sway_cents=2.0)
BELLS = Timbre(
    stays=(1.0, 0.0, 0.0, 0.06),                                            # a celesta's: nearly a sine
    strikes=(1.0,),
    # A free bar's second mode lies at 2.756 times the first (Fletcher & Rossing, The Physics of Musical Instruments).
    strike_ratio=2.756, strike_level=0.28, strike_share=0.16,
    attack_s=0.014, decay_s=4.0, release_s=(0.35, 3.0), level=0.20, opener=3.0, sway_cents=3.0)
TIMBRES: Mapping[str, Timbre] = MappingProxyType({"pluck": PLUCK, "keys": KEYS, "bells": BELLS})


class Struck:
    """A mellow wavetable that rings, and another that is gone first.

    Parameters
    ----------
    stage : Stage
        What it is built on.
    timbre : Timbre
        What it sounds like.
    """

    ties = False

    def __init__(self, stage: Stage, timbre: Timbre) -> None:
        pyo, self.n_voices = stage.pyo, stage.n_voices or STRUCK_VOICES
        self._timbre, self.opener = timbre, timbre.opener
        stays, strikes = (pyo.HarmTable(list(parts), size=4096) for parts in (timbre.stays, timbre.strikes))
        rows, sway = range(self.n_voices), stage.swaying(timbre.sway_cents)
        self._freqs, self._strike_freqs = (
            [pyo.Sig(220.0, mul=sway) for _ in rows] for _ in range(2))
        self._gates = [pyo.SigTo(0.0, time=0.01, init=0.0) for _ in rows]
        self._strikes = [pyo.Sig(0.0) for _ in rows]
        self._pans = [pyo.Sig(0.5) for _ in rows]
        self._release_s = [0.01] * self.n_voices
        self._rings, self._knocks = ([_envelope(pyo) for _ in rows] for _ in range(2))
        struck = [pyo.Sig(self._knocks[v], mul=self._strikes[v]) for v in rows]
        tones = [pyo.Mix([pyo.Osc(stays, self._freqs[v], mul=self._rings[v]),
                          pyo.Osc(strikes, self._strike_freqs[v], mul=struck[v])], voices=1, mul=self._gates[v])
                 for v in rows]
        placed = [pyo.SPan(tones[v], outs=2, pan=self._pans[v]) for v in rows]
        self.out = pyo.Mix(placed, voices=2, mul=timbre.level)

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        timbre = self._timbre
        attack_s = timbre.attack_s * SOFTEST ** touch.softness
        if touch.calm:
            attack_s = max(attack_s, CALM_ATTACK_S * CALM_SOFTEST ** touch.softness)
        decay_s = timbre.decay_s * 2 ** (-(touch.pitch - MIDDLE_C) / (2 * OCTAVE))
        velocity = min(touch.velocity, CALM_VELOCITY) if touch.calm else touch.velocity
        self._freqs[voice].value = hertz(touch.pitch)
        self._strike_freqs[voice].value = timbre.strike_ratio * hertz(touch.pitch)
        self._pans[voice].value = place(touch.pitch)
        self._strikes[voice].value = (0.25 + touch.brightness) * velocity * timbre.strike_level
        self._rings[voice].list = [(0.0, 0.0), (attack_s, 1.0), (attack_s + decay_s, 0.0)]
        self._knocks[voice].list = [(0.0, 0.0), (attack_s, 1.0), (attack_s + timbre.strike_share * decay_s, 0.0)]
        self._release_s[voice] = timbre.release(touch)
        self._gates[voice].time = 0.0
        self._gates[voice].value = velocity
        self._rings[voice].play()
        self._knocks[voice].play()

    def tie(self, voice: int, touch: Touch) -> None:
        """Leave a note as it rings: what is struck is not held on."""

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        self.quench(voice, self._release_s[voice])
        return self._release_s[voice]

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gates[voice].time = within_s
        self._gates[voice].value = 0.0


def _envelope(pyo: Graph) -> Any:
    return pyo.Expseg([(0.0, 0.0), (0.01, 0.0)], exp=ENVELOPE_EXP, inverse=True)


def place(pitch: int) -> float:
    """Where on the stage: low to the left, high to the right, never far out."""
    return min(max(0.5 + (pitch - MIDDLE_C - OCTAVE / 2) * 0.012, 0.25), 0.75)
