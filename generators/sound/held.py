"""The instruments that hold a note for as long as it lasts: a warm pad and a soft bass."""

from __future__ import annotations

from generators.sound.quiet import Graph
from generators.sound.touch import Touch, hertz

PAD_VOICES, BASS_VOICES = 10, 3
PAD_HARMONICS = [1 / n**1.15 for n in range(1, 17)]             # a saw, slightly darker; 16 stay below 20 kHz up to C6
BASS_HARMONICS = [1.0, 0.4, 0.1, 0.03]
# Detuning by a fixed number of hertz keeps beats slow at every pitch: the listener's 4-8 Hz stays free of amplitude
# beating (music.md section 1) up to the eleventh harmonic, which the pad's low-pass has nearly taken away. The sides
# are softer than the middle, so that a beat is a swaying, never a hole.
PAD_DETUNE_HZ = (0.0, 0.37, -0.29)
PAD_SIDE = 0.6
PAD_LEVEL, BASS_LEVEL = 0.065, 0.07          # balance of the voices, by spectrum and taste
PAD_TOUCH = (0.7, 1.4)             # attack, release, s
PAD_TOUCH_CALM = (1.2, 2.0)
BASS_TOUCH = (0.05, 0.4)
BASS_TOUCH_CALM = (0.12, 0.6)


class Pad:
    """Three slowly drifting saw-like oscillators a voice: the middle one on both sides, one on each."""

    n_voices, ties, opener = PAD_VOICES, True, 1.0

    def __init__(self, pyo: Graph) -> None:
        table = pyo.HarmTable(PAD_HARMONICS, size=4096)
        rows = range(self.n_voices)
        self._freqs = [[pyo.Sig(220.0) for _ in PAD_DETUNE_HZ] for _ in rows]
        self._gains = [pyo.SigTo(0.0, time=PAD_TOUCH[0], init=0.0) for _ in rows]
        self._calm = [False] * self.n_voices
        middle, left, right = (
            pyo.Mix([pyo.Osc(table, self._freqs[v][k], phase=(v * 0.37 + k / 3) % 1, mul=self._gains[v]) for v in rows],
                    mul=PAD_SIDE if k else 1.0)
            for k in range(len(PAD_DETUNE_HZ)))
        sides = [pyo.Mix([middle, side], voices=1) for side in (left, right)]
        self.out = pyo.Mix(sides, voices=2, mul=PAD_LEVEL)

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        frequency_hz = hertz(touch.pitch)
        for sig, detune_hz in zip(self._freqs[voice], PAD_DETUNE_HZ, strict=True):
            sig.value = frequency_hz + detune_hz
        self.tie(voice, touch)

    def tie(self, voice: int, touch: Touch) -> None:
        """Go on with the note that sounds, as strong as `touch` says."""
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


class Bass:
    """A sine with a little of its octave, in the middle."""

    n_voices, ties, opener = BASS_VOICES, False, 0.0

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
        self._freqs[voice].value = hertz(touch.pitch)
        self.tie(voice, touch)

    def tie(self, voice: int, touch: Touch) -> None:
        """Go on with the note that sounds, as strong as `touch` says."""
        self._calm[voice] = touch.calm
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
