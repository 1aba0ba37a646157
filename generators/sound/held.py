"""The instruments that hold a note for as long as it lasts: a warm pad and a soft bass."""

from __future__ import annotations

from dataclasses import dataclass

from generators.sound.touch import Stage, Touch, between, hertz

PAD_VOICES, BASS_VOICES = 10, 3
PAD_HARMONICS = [1 / n**1.15 for n in range(1, 17)]             # a saw, slightly darker; 16 stay below 20 kHz up to C6
BASS_HARMONICS = [1.0, 0.4, 0.1, 0.03]
# Detuning by a fixed number of hertz keeps beats slow at every pitch: the listener's 4-8 Hz stays free of amplitude
# beating (music.md section 1) up to the eleventh harmonic, which the pad's low-pass has nearly taken away. The sides
# are softer than the middle, so that a beat is a swaying, never a hole.
PAD_DETUNE_HZ = (0.0, 0.37, -0.29)
PAD_SIDE = 0.6
PAD_LEVEL, BASS_LEVEL = 0.065, 0.07          # balance of the voices, by spectrum and taste
PAD_SWAY_CENTS, BASS_SWAY_CENTS = 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Hand:
    """How a held note is begun and let go: seconds, from the most detached to the softest."""

    attack_s: tuple[float, float]
    release_s: tuple[float, float]
    calm_attack_s: float           # at least, where it is calm (music.md section 1: 60 ms and more)

    def attack(self, touch: Touch) -> float:
        """Return the attack of a note, s."""
        attack_s = between(self.attack_s, touch.softness)
        return max(attack_s, self.calm_attack_s) if touch.calm else attack_s

    def release(self, touch: Touch) -> float:
        """Return its release, s."""
        return between(self.release_s, 1.0 if touch.calm else touch.softness)


PAD_HAND = Hand((0.5, 1.2), (1.0, 2.0), 1.0)
BASS_HAND = Hand((0.04, 0.12), (0.3, 0.6), 0.12)


class Pad:
    """Three slowly drifting saw-like oscillators a voice: the middle one on both sides, one on each."""

    ties, opener = True, 1.0

    def __init__(self, stage: Stage) -> None:
        pyo, self.n_voices = stage.pyo, stage.n_voices or PAD_VOICES
        table = pyo.HarmTable(PAD_HARMONICS, size=4096)
        rows = range(self.n_voices)
        sway = stage.swaying(PAD_SWAY_CENTS)
        self._freqs = [[pyo.Sig(220.0, mul=sway) for _ in PAD_DETUNE_HZ] for _ in rows]
        self._gains = [pyo.SigTo(0.0, time=1.0, init=0.0) for _ in rows]
        self._release_s = [1.0] * self.n_voices
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
        self._release_s[voice] = PAD_HAND.release(touch)
        self._gains[voice].time = PAD_HAND.attack(touch)
        self._gains[voice].value = touch.velocity

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        self.quench(voice, self._release_s[voice])
        return self._release_s[voice]

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gains[voice].time = within_s
        self._gains[voice].value = 0.0


class Bass:
    """A sine with a little of its octave, in the middle."""

    ties, opener = False, 0.0

    def __init__(self, stage: Stage) -> None:
        pyo, self.n_voices = stage.pyo, stage.n_voices or BASS_VOICES
        table = pyo.HarmTable(BASS_HARMONICS, size=4096)
        rows = range(self.n_voices)
        sway = stage.swaying(BASS_SWAY_CENTS)
        self._freqs = [pyo.Sig(55.0, mul=sway) for _ in rows]
        self._gains = [pyo.SigTo(0.0, time=0.1, init=0.0) for _ in rows]
        self._release_s = [0.3] * self.n_voices
        tone = pyo.Mix([pyo.Osc(table, self._freqs[v], mul=self._gains[v]) for v in rows], voices=1, mul=BASS_LEVEL)
        self.out = pyo.Mix([tone, tone], voices=2)

    def start(self, voice: int, touch: Touch) -> None:
        """Begin a note on a silent voice."""
        self._freqs[voice].value = hertz(touch.pitch)
        self.tie(voice, touch)

    def tie(self, voice: int, touch: Touch) -> None:
        """Go on with the note that sounds, as strong as `touch` says."""
        self._release_s[voice] = BASS_HAND.release(touch)
        self._gains[voice].time = BASS_HAND.attack(touch)
        self._gains[voice].value = touch.velocity

    def release(self, voice: int) -> float:
        """Let a note go; return the seconds until it is silent."""
        self.quench(voice, self._release_s[voice])
        return self._release_s[voice]

    def quench(self, voice: int, within_s: float) -> None:
        """Take a voice to silence within `within_s`."""
        self._gains[voice].time = within_s
        self._gains[voice].value = 0.0
