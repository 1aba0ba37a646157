"""The master bus: instruments, low-pass, reverb, gain, true-peak limiter, meter and the tap for the recorder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from generators.bars import VOICES
from generators.sound.bed import BEDS, BedGraph
from generators.sound.feed import PcmEntry
from generators.sound.instruments import make_instrument
from generators.sound.limiter import limited
from generators.sound.meter import k_power, lufs
from generators.sound.mix import MixSettings
from generators.sound.palettes import Palette
from generators.sound.quiet import Graph
from generators.sound.ring import N_CHANNELS, Pcm
from generators.sound.sampled import read_bank
from generators.sound.touch import Stage, between

CUTOFF_HZ, CUTOFF_OCTAVES = 800.0, 3.3        # music.md section 1: low-pass 800 x 2^(3.3 x) Hz
STAGES = {1.0: 2}                  # of the low-pass: the pad's is steep, those above it are gentle
CUTOFF_RAMP_S = 0.03
REVERB_S = 2.6                     # a small hall
REVERB_DAMPING_HZ = 4200.0
SPACE = (0.7, 1.3)                 # of each part's own send: from detached to legato, by taste
SPACE_RAMP_S = 0.1
VIBRATO_HZ = 3.1                   # slow: the listener's 4-8 Hz stays free (music.md section 1)
GUEST_VOICES = 4                   # who plays a note a bar needs no more
MASTER = 0.69                      # near -23 LUFS at a gain of 1; `loudness.py` knows the rest


class Bus:
    """The whole graph of pyo objects, built once.

    Parameters
    ----------
    pyo : Graph
        Makes and keeps pyo's objects.
    rate_hz : int
        Frames a second.
    block_frames : int
        Frames of the server's block.
    palette : Palette
        Who plays, and how they are placed.
    mix : MixSettings
        Bed, and the true peak that is never passed.
    with_pcm : bool
        There is an entry for PCM that was made elsewhere.
    """

    def __init__(self, pyo: Graph, rate_hz: int, block_frames: int, palette: Palette, mix: MixSettings,
                 with_pcm: bool = False) -> None:
        self._palette = palette
        self._vibrato = pyo.SigTo(0.0, time=SPACE_RAMP_S, init=0.0)
        self._space = pyo.SigTo(1.0, time=SPACE_RAMP_S, init=1.0)
        sway = pyo.Sine(freq=VIBRATO_HZ, mul=self._vibrato)
        self.bank = read_bank(pyo, mix.bank)
        self.instruments = {
            name: make_instrument(part.instrument, Stage(pyo, sway, n_voices), self.bank)
            for name, part in palette.parts.items() for n_voices in [None if name in VOICES else GUEST_VOICES]}
        self._noise = BEDS.get(mix.bed)
        self._bed = BedGraph(pyo, self._noise) if self._noise else None
        openers = {made.opener for made in self.instruments.values() if made.opener}
        openers |= {self._bed.opener} if self._bed else set()
        self._cutoffs = {opener: pyo.SigTo(CUTOFF_HZ, time=CUTOFF_RAMP_S, init=CUTOFF_HZ) for opener in openers}
        self._gain = pyo.SigTo(0.0, time=block_frames / rate_hz, init=0.0)
        dry = self._dry(pyo)
        parts = [*dry.values(), self._wet(pyo, dry), *self._under(pyo)]
        music = pyo.DCBlock(pyo.Mix(parts, voices=2, mul=MASTER))
        self._music_meter = k_power(pyo, music)
        mixed = pyo.Sig(music, mul=self._gain)
        self._pcm = PcmEntry(pyo, block_frames, rate_hz) if with_pcm else None
        mixed = pyo.Mix([mixed, self._pcm.out], voices=2) if self._pcm else mixed
        master = limited(pyo, mixed, rate_hz, mix.ceiling_dbtp)
        self._meter = k_power(pyo, master)
        self._table = pyo.DataTable(block_frames, chnls=N_CHANNELS)
        self._fill = pyo.TableFill(master, self._table)
        self._taps = [np.asarray(self._table.getBuffer(channel)) for channel in range(N_CHANNELS)]
        self._block = np.empty((block_frames, N_CHANNELS), dtype=np.float32)
        self._out = master.out()

    def brightness(self, share: float) -> None:
        """Set the low-pass: 800 x 2^(3.3 x) Hz, reached within 30 ms."""
        for opener, cutoff in self._cutoffs.items():
            cutoff.value = float(opener * CUTOFF_HZ * 2 ** (CUTOFF_OCTAVES * share))

    def space(self, softness: float, brightness: float) -> None:
        """Set how much of the music goes into the room, and how far its pitch sways: 0..1 each."""
        self._space.value = between(SPACE, softness)
        self._vibrato.value = brightness

    def bed(self, lufs: float) -> None:
        """Set the loudness of the bed before the master's gain."""
        if self._bed is not None and self._noise is not None:
            self._bed.gain(float(10 ** ((lufs - self._noise.lufs) / 20)))

    def gain(self, linear: float) -> None:
        """Set the gain that is reached at the end of this block."""
        self._gain.value = linear

    def pcm(self, block: Pcm, linear: float) -> None:
        """Set the next block of PCM made elsewhere, (block_frames, 2), and the gain reached at its end."""
        assert self._pcm is not None
        self._pcm.set(block, linear)

    @property
    def level_lufs(self) -> float:
        """The loudness of the last quarter second, as it leaves."""
        return lufs(self._meter.get())

    @property
    def music_power(self) -> float:
        """The K-weighted power of the last quarter second of music, before the master's gain."""
        return float(self._music_meter.get())

    def last_block(self) -> Pcm:
        """Return the block that was computed last, (block_frames, 2): overwritten by the next call."""
        for channel, tap in enumerate(self._taps):
            self._block[:, channel] = tap
        return self._block

    def _dry(self, pyo: Graph) -> dict[str, Any]:
        return {name: self._placed(pyo, name) for name in self._palette.parts}

    def _under(self, pyo: Graph) -> list[Any]:
        if self._bed is None:
            return []
        return [pyo.Biquad(self._bed.out, freq=self._cutoffs[self._bed.opener], q=0.6, type=0)]

    def _placed(self, pyo: Graph, voice: str) -> Any:
        made, part = self.instruments[voice], self._palette.parts[voice]
        sound = made.out
        if made.opener:
            sound = pyo.Biquadx(sound, freq=self._cutoffs[made.opener], q=0.6, type=0,
                                stages=STAGES.get(made.opener, 1))
        return pyo.Mix(sound, voices=N_CHANNELS, mul=_sides(part.pan, part.level_db))

    def _wet(self, pyo: Graph, dry: dict[str, Any]) -> Any:
        send = pyo.Mix([pyo.Mix([dry[voice]], voices=N_CHANNELS, mul=self._palette.parts[voice].reverb)
                        for voice in dry], voices=N_CHANNELS, mul=self._space)
        return pyo.STRev(send, inpos=[0.3, 0.7], revtime=REVERB_S, cutoff=REVERB_DAMPING_HZ, bal=1.0, roomSize=1.6,
                         firstRefGain=-12)


def _sides(pan: float, level_db: float) -> list[float]:
    """Return the gains of left and right: equal power, 1 and 1 in the middle."""
    angle, gain = (pan + 1) * math.pi / 4, math.sqrt(2) * 10 ** (level_db / 20)
    return [gain * math.cos(angle), gain * math.sin(angle)]
