"""The master bus: instruments, low-pass, reverb, gain, true-peak limiter, meter and the tap for the recorder."""

from __future__ import annotations

from typing import Any

import numpy as np

from generators.sound.instruments import Bass, Pad, Pluck
from generators.sound.limiter import limited
from generators.sound.quiet import Graph
from generators.sound.ring import N_CHANNELS, Pcm

CUTOFF_HZ, CUTOFF_OCTAVES = 800.0, 3.3        # music.md section 1: low-pass 800 x 2^(3.3 x) Hz
PLUCK_OPENER = 2.0                 # the pluck's low-pass lies above the pad's: it is what one hears as bright
CUTOFF_RAMP_S = 0.03
REVERB_S = 2.6                     # a small hall
REVERB_DAMPING_HZ = 4200.0
REVERB_SEND = {"pad": 0.32, "pluck": 0.42, "bass": 0.06}
MASTER = 0.69                      # measured: -23 LUFS at level_db 0 and a neutral intent, with the rules composing
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
    """

    def __init__(self, pyo: Graph, rate_hz: int, block_frames: int) -> None:
        self.pad, self.pluck, self.bass = Pad(pyo), Pluck(pyo), Bass(pyo)
        self._cutoffs = {opener: pyo.SigTo(CUTOFF_HZ, time=CUTOFF_RAMP_S, init=CUTOFF_HZ)
                         for opener in (1.0, PLUCK_OPENER)}
        self._gain = pyo.SigTo(0.0, time=block_frames / rate_hz, init=0.0)
        dry = self._dry(pyo)
        wet = self._wet(pyo, dry)
        mixed = pyo.DCBlock(pyo.Mix([*dry.values(), wet], voices=2, mul=MASTER), mul=self._gain)
        master = limited(pyo, mixed, rate_hz)
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
        soft_pad = pyo.Biquadx(self.pad.out, freq=self._cutoffs[1.0], q=0.6, type=0, stages=2)
        soft_pluck = pyo.Biquadx(self.pluck.out, freq=self._cutoffs[PLUCK_OPENER], q=0.6, type=0, stages=1)
        return {"pad": soft_pad, "pluck": soft_pluck, "bass": self.bass.out}

    def _wet(self, pyo: Graph, dry: dict[str, Any]) -> Any:
        send = pyo.Mix([pyo.Mix([dry[name]], voices=2, mul=share) for name, share in REVERB_SEND.items()], voices=2)
        return pyo.STRev(send, inpos=[0.3, 0.7], revtime=REVERB_S, cutoff=REVERB_DAMPING_HZ, bal=1.0, roomSize=1.6,
                         firstRefGain=-12)
