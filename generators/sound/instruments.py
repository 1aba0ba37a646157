"""The three instruments, as pyo objects: a warm pad, a felt-like pluck, a soft bass.

Each has a fixed number of voices (built once: pyo's graph is not changed while it plays) and the same three verbs,
which set parameters only. A voice is started only when it is silent; `voices.py` sees to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from generators.sound.quiet import Graph

PAD_VOICES, PLUCK_VOICES, BASS_VOICES = 10, 10, 3
PAD_HARMONICS = [1 / n**1.15 for n in range(1, 17)]             # a saw, slightly darker; 16 stay below 20 kHz up to C6
SOFT_HARMONICS = [1.0, 0.26, 0.09, 0.03, 0.012]                 # felt on a string: what stays
BRIGHT_HARMONICS = [0.0, 0.38, 0.36, 0.28, 0.22, 0.16, 0.12, 0.08, 0.06, 0.04]   # what the strike adds, and loses first
BASS_HARMONICS = [1.0, 0.4, 0.1, 0.03]
# Detuning by a fixed number of hertz keeps beats slow at every pitch: the listener's 4-8 Hz stays free of amplitude
# beating (music.md section 1) up to the ninth harmonic, which the pad's low-pass has nearly taken away.
PAD_DETUNE_HZ = (0.0, 0.37, -0.29)
PAD_LEVEL, PLUCK_LEVEL, BASS_LEVEL = 0.052, 0.24, 0.07          # balance of the three, by spectrum and taste
PAD_TOUCH = (0.7, 1.4)             # attack, release, s
PAD_TOUCH_CALM = (1.2, 2.0)
PLUCK_ATTACK_S, PLUCK_ATTACK_CALM_S = 0.012, 0.075              # calm: 60 ms and more (music.md section 1)
PLUCK_DECAY_S = 2.8                # at C4; shorter above, longer below, as strings are
PLUCK_RELEASE_S = 0.35
BASS_TOUCH = (0.05, 0.4)
BASS_TOUCH_CALM = (0.12, 0.6)
STRIKE_SHARE = 0.3                 # of the decay: how long the strike's own harmonics last
MIDDLE_C = 60
OCTAVE = 12
CALM_VELOCITY = 0.55               # calm: no onset more than 6 dB over the bed
ENVELOPE_EXP = 3                   # curve of the pluck's attack and decay


@dataclass(frozen=True, slots=True)
class Touch:
    """How a note is to be begun."""

    pitch: int
    velocity: float                # 0..1
    calm: bool
    brightness: float              # 0..1


class Instrument(Protocol):
    """A row of voices, numbered from 0."""

    n_voices: int
    out: Any                       # two streams

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""

    def release(self, voice: int) -> float:
        """Let go; return the seconds until it is silent."""

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""


class Pad:
    """Three slowly drifting saw-like oscillators a voice: the middle one on both sides, one on each."""

    n_voices = PAD_VOICES

    def __init__(self, pyo: Graph) -> None:
        table = pyo.HarmTable(PAD_HARMONICS, size=4096)
        rows = range(self.n_voices)
        self._freqs = [[pyo.Sig(220.0) for _ in PAD_DETUNE_HZ] for _ in rows]
        self._gains = [pyo.SigTo(0.0, time=PAD_TOUCH[0], init=0.0) for _ in rows]
        self._calm = [False] * self.n_voices
        middle, left, right = (
            pyo.Mix([pyo.Osc(table, self._freqs[v][k], phase=(v * 0.37 + k / 3) % 1, mul=self._gains[v]) for v in rows])
            for k in range(len(PAD_DETUNE_HZ)))
        sides = [pyo.Mix([middle, side], voices=1) for side in (left, right)]
        self.out = pyo.Mix(sides, voices=2, mul=PAD_LEVEL)

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        frequency_hz = hertz(touch.pitch)
        for sig, detune_hz in zip(self._freqs[voice], PAD_DETUNE_HZ, strict=True):
            sig.value = frequency_hz + detune_hz
        self._calm[voice] = touch.calm
        self._gains[voice].time = (PAD_TOUCH_CALM if touch.calm else PAD_TOUCH)[0]
        self._gains[voice].value = touch.velocity

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        release_s = (PAD_TOUCH_CALM if self._calm[voice] else PAD_TOUCH)[1]
        self.quench(voice, release_s)
        return release_s

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gains[voice].time = within_s
        self._gains[voice].value = 0.0


class Pluck:
    """A struck felt tone: a mellow wavetable that rings, and a brighter one that is gone first."""

    n_voices = PLUCK_VOICES

    def __init__(self, pyo: Graph) -> None:
        soft, bright = (pyo.HarmTable(harmonics, size=4096) for harmonics in (SOFT_HARMONICS, BRIGHT_HARMONICS))
        rows = range(self.n_voices)
        self._freqs = [pyo.Sig(220.0) for _ in rows]
        self._gates = [pyo.SigTo(0.0, time=0.01, init=0.0) for _ in rows]
        self._strikes = [pyo.Sig(0.0) for _ in rows]
        self._pans = [pyo.Sig(0.5) for _ in rows]
        self._rings = [_envelope(pyo) for _ in rows]
        self._knocks = [_envelope(pyo) for _ in rows]
        struck = [pyo.Sig(self._knocks[v], mul=self._strikes[v]) for v in rows]
        tones = [pyo.Mix([pyo.Osc(soft, self._freqs[v], mul=self._rings[v]),
                          pyo.Osc(bright, self._freqs[v], mul=struck[v])], voices=1, mul=self._gates[v]) for v in rows]
        placed = [pyo.SPan(tones[v], outs=2, pan=self._pans[v]) for v in rows]
        self.out = pyo.Mix(placed, voices=2, mul=PLUCK_LEVEL)

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        attack_s = PLUCK_ATTACK_CALM_S if touch.calm else PLUCK_ATTACK_S
        decay_s = PLUCK_DECAY_S * 2 ** (-(touch.pitch - MIDDLE_C) / (2 * OCTAVE))
        velocity = min(touch.velocity, CALM_VELOCITY) if touch.calm else touch.velocity
        self._freqs[voice].value = hertz(touch.pitch)
        self._pans[voice].value = _place(touch.pitch)
        self._strikes[voice].value = (0.25 + touch.brightness) * velocity
        self._rings[voice].list = [(0.0, 0.0), (attack_s, 1.0), (attack_s + decay_s, 0.0)]
        self._knocks[voice].list = [(0.0, 0.0), (attack_s, 1.0), (attack_s + STRIKE_SHARE * decay_s, 0.0)]
        self._gates[voice].time = 0.0
        self._gates[voice].value = velocity
        self._rings[voice].play()
        self._knocks[voice].play()

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        self.quench(voice, PLUCK_RELEASE_S)
        return PLUCK_RELEASE_S

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gates[voice].time = within_s
        self._gates[voice].value = 0.0


class Bass:
    """A sine with a little of its octave, in the middle."""

    n_voices = BASS_VOICES

    def __init__(self, pyo: Graph) -> None:
        table = pyo.HarmTable(BASS_HARMONICS, size=4096)
        rows = range(self.n_voices)
        self._freqs = [pyo.Sig(55.0) for _ in rows]
        self._gains = [pyo.SigTo(0.0, time=BASS_TOUCH[0], init=0.0) for _ in rows]
        self._calm = [False] * self.n_voices
        tone = pyo.Mix([pyo.Osc(table, self._freqs[v], mul=self._gains[v]) for v in rows], voices=1, mul=BASS_LEVEL)
        self.out = pyo.Mix([tone, tone], voices=2)

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        self._calm[voice] = touch.calm
        self._freqs[voice].value = hertz(touch.pitch)
        self._gains[voice].time = (BASS_TOUCH_CALM if touch.calm else BASS_TOUCH)[0]
        self._gains[voice].value = touch.velocity

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        release_s = (BASS_TOUCH_CALM if self._calm[voice] else BASS_TOUCH)[1]
        self.quench(voice, release_s)
        return release_s

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gains[voice].time = within_s
        self._gains[voice].value = 0.0


def hertz(pitch: int) -> float:
    """Return the frequency of a MIDI pitch, Hz: 440 x 2^((p - 69) / 12)."""
    return float(440.0 * 2 ** ((pitch - 69) / OCTAVE))


def _envelope(pyo: Graph) -> Any:
    return pyo.Expseg([(0.0, 0.0), (0.01, 0.0)], exp=ENVELOPE_EXP, inverse=True)


def _place(pitch: int) -> float:
    """Where on the stage: low to the left, high to the right, never far out."""
    return min(max(0.5 + (pitch - MIDDLE_C - OCTAVE / 2) * 0.012, 0.25), 0.75)
