"""Causal filters with memory: high-pass, low-pass and the mains notch, in one pass over all channels.

Filters are linear: what they make of a few samples and of their memory is one matrix product. The matrix is what
`scipy.signal.sosfilt` makes of unit vectors; the product takes a third of its time on a block.

Each starts in the steady state of the first sample, so that an electrode's offset of many millivolts makes no
transient, and starts anew at a broken block. What causality costs (group delay at 10 Hz, for 250 samples a
second; `delay_ms`): high-pass 2.3 ms, low-pass 8.5 ms, notch 0.1 ms, in all 10.9 ms.

With ``notch="auto"`` the mains are guessed from the first `guess_s` of samples. Until then `Filters.clean` owes its
samples: it returns empty blocks, then one block with all of them. No window is due before, so nothing waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, group_delay, iirnotch, sosfilt, sosfilt_zi, tf2sos

from loop.values import Block, FloatArray, Header, read_only
from sensing.cleaning.mains import MAINS_HZ, Mains, guess_mains

HIGHPASS_ORDER = 2
LOWPASS_ORDER = 4
NOTCH_QUALITY = 30.0        # 2 Hz wide at 60 Hz: mains wander by 0.1 Hz
EDGE_SHARE = 0.98           # of half the sampling rate: a cut above it cannot be filtered, nor need it be
LIMIT_UV = 1e9              # no electrode gives a kilovolt: keeps rubbish from overflowing the filters
REFERENCE_HZ = 10.0         # where a delay is stated: alpha
PIECE = 64                  # samples: the matrix grows with their square


@dataclass(frozen=True, slots=True)
class Cuts:
    """Which filters to apply; None leaves a step out."""

    highpass_hz: float | None = 1.0
    lowpass_hz: float | None = 45.0
    notch_hz: float | str | None = "auto"


def sections_of(cuts: Cuts, rate_hz: float) -> dict[str, FloatArray]:
    """Return the second-order sections of each step that this rate allows; ``notch_hz`` must be a number or None."""
    edge_hz = EDGE_SHARE * rate_hz / 2
    sections: dict[str, FloatArray] = {}
    if cuts.highpass_hz is not None:
        sections["highpass"] = butter(HIGHPASS_ORDER, cuts.highpass_hz, "highpass", output="sos", fs=rate_hz)
    if cuts.lowpass_hz is not None and cuts.lowpass_hz < edge_hz:
        sections["lowpass"] = butter(LOWPASS_ORDER, cuts.lowpass_hz, "lowpass", output="sos", fs=rate_hz)
    if isinstance(cuts.notch_hz, (int, float)) and cuts.notch_hz < edge_hz:
        sections["notch"] = tf2sos(*iirnotch(cuts.notch_hz, NOTCH_QUALITY, fs=rate_hz))
    return sections


def delay_ms(cuts: Cuts, rate_hz: float, at_hz: float = REFERENCE_HZ) -> dict[str, float]:
    """Return the group delay of each step and of all ("total") at one frequency, ms; negative where a step leads."""
    delays = {}
    for name, sections in sections_of(cuts, rate_hz).items():
        samples = sum(group_delay((row[:3], row[3:]), [at_hz], fs=rate_hz)[1][0] for row in sections)
        delays[name] = float(samples) / rate_hz * 1e3
    return delays | {"total": sum(delays.values())}


def response(sections: FloatArray, n_times: int) -> FloatArray:
    """Return the matrix of `n_times` samples, ``(n_times + 2 n_sections, n_times + 2 n_sections)``."""
    units = np.eye(n_times + 2 * len(sections))
    samples, memory = sosfilt(sections, units[:n_times], axis=0, zi=units[n_times:].reshape(len(sections), 2, -1))
    return np.concatenate((samples, memory.reshape(2 * len(sections), -1)))


class Filters:
    """Filters block after block.

    Parameters
    ----------
    header : Header
        Of the stream: its rate.
    cuts : Cuts
        The steps.
    guess_s : float
        Samples that a guess of the mains is made from: no more than a window.
    """

    def __init__(self, header: Header, cuts: Cuts, guess_s: float) -> None:
        self._rate_hz = header.rate_hz
        self._cuts = cuts
        self._guess_samples = int(guess_s * header.rate_hz)
        self._owed: list[Block] = []
        self._held = np.zeros(0)
        self._memory: FloatArray | None = None      # (2 n_sections, n_channels)
        self.mains: Mains | None = None
        if cuts.notch_hz != "auto":
            self._settle(cuts.notch_hz if isinstance(cuts.notch_hz, (int, float)) else None)

    def clean(self, block: Block) -> Block:
        """Return the filtered block; finite whatever came."""
        block = self._sane(block)
        if not self._undecided:
            return self._filter(block)
        self._owed.append(block)
        if sum(len(owed.samples) for owed in self._owed) < self._guess_samples:
            return Block(read_only(block.samples[:0]), block.first_sample, block.newest_s, block.broken)
        return self._pay()

    @property
    def _undecided(self) -> bool:
        return self._cuts.notch_hz == "auto" and self.mains is None

    def _settle(self, notch_hz: float | None) -> None:
        cuts = Cuts(self._cuts.highpass_hz, self._cuts.lowpass_hz, notch_hz)
        parts = list(sections_of(cuts, self._rate_hz).values())
        self._sections: FloatArray = np.concatenate(parts) if parts else np.zeros((0, 6))
        self._responses: dict[int, FloatArray] = {}

    def _pay(self) -> Block:
        """Guess the mains, then filter all that is owed."""
        self.mains = guess_mains(np.concatenate([owed.samples for owed in self._owed]), self._rate_hz)
        self._settle(self.mains.line_hz)
        filtered = [self._filter(owed) for owed in self._owed]
        first, last = self._owed[0], self._owed[-1]
        self._owed = []
        samples = np.concatenate([block.samples for block in filtered])
        return Block(read_only(samples), first.first_sample, last.newest_s, any(block.broken for block in filtered))

    def _filter(self, block: Block) -> Block:
        if not len(self._sections):
            return block
        if self._memory is None or block.broken:
            self._memory = np.outer(sosfilt_zi(self._sections), block.samples[0])
        filtered = []
        for start in range(0, len(block.samples), PIECE):
            piece = block.samples[start:start + PIECE]
            made = self._response(len(piece)) @ np.concatenate((piece, self._memory))
            filtered.append(made[:len(piece)])
            self._memory = made[len(piece):]
        samples = filtered[0] if len(filtered) == 1 else np.concatenate(filtered)
        return Block(read_only(samples), block.first_sample, block.newest_s, block.broken)

    def _response(self, n_times: int) -> FloatArray:
        """Return the matrix that turns samples and memory, one below the other, into filtered samples and memory."""
        if n_times not in self._responses:
            self._responses[n_times] = response(self._sections, n_times)
        return self._responses[n_times]

    def _sane(self, block: Block) -> Block:
        """Hold the last number where there is none, or one beyond all amplifiers: a filter never forgets a NaN."""
        samples = block.samples
        if not np.maximum.reduce(np.abs(samples), axis=None) < LIMIT_UV:
            samples = _filled(samples, self._held)
        self._held = samples[-1]
        return block if samples is block.samples else Block(
            read_only(samples), block.first_sample, block.newest_s, block.broken)


def _filled(samples: FloatArray, before: FloatArray) -> FloatArray:
    """Carry each channel's last plausible number forward over what is none."""
    known = np.vstack([before if len(before) else np.zeros(samples.shape[1]), samples])
    rows = np.where(np.abs(known) < LIMIT_UV, np.arange(len(known))[:, None], 0)
    carried = np.take_along_axis(known, np.maximum.accumulate(rows, axis=0), axis=0)
    return np.asarray(carried[1:])


__all__ = ["MAINS_HZ", "Cuts", "Filters", "delay_ms", "sections_of"]
