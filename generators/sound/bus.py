"""The master bus: instruments, low-pass, reverb, gain, true-peak limiter, meter and the tap for the recorder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from generators.bars import VOICES
from generators.sound.instruments import make_instrument
from generators.sound.limiter import limited
from generators.sound.palettes import Palette
from generators.sound.quiet import Graph
from generators.sound.ring import N_CHANNELS, Pcm

CUTOFF_HZ, CUTOFF_OCTAVES = 800.0, 3.3        # music.md section 1: low-pass 800 x 2^(3.3 x) Hz
STAGES = {1.0: 2}                  # of the low-pass: the pad's is steep, those above it are gentle
CUTOFF_RAMP_S = 0.03
REVERB_S = 2.6                     # a small hall
REVERB_DAMPING_HZ = 4200.0
MASTER = 0.69                      # near -23 LUFS at a gain of 1; `loudness.py` knows the rest
METER_S = 0.25


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
    ceiling_dbtp : float
        True peak never passed.
    """

    def __init__(self, pyo: Graph, rate_hz: int, block_frames: int, palette: Palette, ceiling_dbtp: float) -> None:
        self._palette = palette
        self.instruments = {voice: make_instrument(palette.parts[voice].instrument, pyo) for voice in VOICES}
        openers = {made.opener for made in self.instruments.values() if made.opener}
        self._cutoffs = {opener: pyo.SigTo(CUTOFF_HZ, time=CUTOFF_RAMP_S, init=CUTOFF_HZ) for opener in openers}
        self._gain = pyo.SigTo(0.0, time=block_frames / rate_hz, init=0.0)
        dry = self._dry(pyo)
        wet = self._wet(pyo, dry)
        mixed = pyo.DCBlock(pyo.Mix([*dry.values(), wet], voices=2, mul=MASTER), mul=self._gain)
        master = limited(pyo, mixed, rate_hz, ceiling_dbtp)
        self._meter = pyo.Port(pyo.RMS(pyo.Mix(master, voices=1, mul=0.5)), risetime=METER_S, falltime=METER_S)
        self._table = pyo.DataTable(block_frames, chnls=N_CHANNELS)
        self._fill = pyo.TableFill(master, self._table)
        self._taps = [np.asarray(self._table.getBuffer(channel)) for channel in range(N_CHANNELS)]
        self._block = np.empty((block_frames, N_CHANNELS), dtype=np.float32)
        self._out = master.out()

    def brightness(self, share: float) -> None:
        """Set the low-pass: 800 x 2^(3.3 x) Hz, reached within 30 ms."""
        for opener, cutoff in self._cutoffs.items():
            cutoff.value = float(opener * CUTOFF_HZ * 2 ** (CUTOFF_OCTAVES * share))

    def gain(self, linear: float) -> None:
        """Set the gain that is reached at the end of this block."""
        self._gain.value = linear

    @property
    def level_db(self) -> float:
        """The level of the last quarter second, dB RMS about full scale."""
        return float(20 * np.log10(max(self._meter.get(), 1e-6)))

    def last_block(self) -> Pcm:
        """Return the block that was computed last, (block_frames, 2): overwritten by the next call."""
        for channel, tap in enumerate(self._taps):
            self._block[:, channel] = tap
        return self._block

    def _dry(self, pyo: Graph) -> dict[str, Any]:
        return {voice: self._placed(pyo, voice) for voice in VOICES}

    def _placed(self, pyo: Graph, voice: str) -> Any:
        made, part = self.instruments[voice], self._palette.parts[voice]
        sound = made.out
        if made.opener:
            sound = pyo.Biquadx(sound, freq=self._cutoffs[made.opener], q=0.6, type=0,
                                stages=STAGES.get(made.opener, 1))
        return pyo.Mix(sound, voices=N_CHANNELS, mul=_sides(part.pan, part.level_db))

    def _wet(self, pyo: Graph, dry: dict[str, Any]) -> Any:
        send = pyo.Mix([pyo.Mix([dry[voice]], voices=N_CHANNELS, mul=self._palette.parts[voice].reverb)
                        for voice in VOICES], voices=N_CHANNELS)
        return pyo.STRev(send, inpos=[0.3, 0.7], revtime=REVERB_S, cutoff=REVERB_DAMPING_HZ, bal=1.0, roomSize=1.6,
                         firstRefGain=-12)


def _sides(pan: float, level_db: float) -> list[float]:
    """Return the gains of left and right: equal power, 1 and 1 in the middle."""
    angle, gain = (pan + 1) * math.pi / 4, math.sqrt(2) * 10 ** (level_db / 20)
    return [gain * math.cos(angle), gain * math.sin(angle)]
