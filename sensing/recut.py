"""Cuts the stream anew at decisions, and reads from its stamps whether it is whole.

Decision ``k = 1, 2, ...`` is due when ``ceil(k * hop_s * rate_hz)`` samples have come; a block is exactly the samples
since the decision before, so nothing behind it can see how the stream was cut.

A sample is a *repeat* when a sample with the same stamp, as received, and the same values in every channel was taken
before (the last 65,000 or more are remembered). It is dropped and counted: no sample is used twice. Gaps and steps
backward are found by `sensing.steps`. Each of the three breaks the block in which it lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from loop.inputs import Chunk
from loop.values import NAN, Block, FloatArray, Header, StreamCounts, read_only
from sensing.columns import picked
from sensing.steps import Steps

REMEMBERED = 65_536        # samples at least, twice that at most: 4 min at 250 Hz, some 10 MB
DIGESTED = 1024            # samples at once: their keys are asked for rarely, and are cheaper together
FUTURE_S = 0.1             # a stamp may be this much newer than its arrival: the error of a clock offset
FOREIGN_S = 60.0           # a clock whose stamps were never less old than this is not the session's clock
OFFSET_STEP_S = 0.05       # a smaller change of the measured clock offset is an error of measuring, not a gap
LAST_TIME_S = 1e12         # no clock shows more: what does is not a stamp
FLOAT32_BYTES = 4          # wider floats that were integers once have their bits high: they are brought down
MIXING_SEED = 20_261       # of the fixed odd weights that turn a row of samples into one number


class Recutter:
    """Cuts chunks into one block a decision.

    Parameters
    ----------
    header : Header
        Of the stream.
    eeg_indices : Sequence[int]
        The channels that blocks keep, in this order.
    hop_s : float
        Data time between decisions.
    """

    def __init__(self, header: Header, eeg_indices: Sequence[int], hop_s: float) -> None:
        self._hop_samples = hop_s * header.rate_hz
        self._columns = picked(eeg_indices)
        self._n_eeg = len(eeg_indices)
        self._steps = Steps(header.rate_hz)
        self._seen = _Seen(len(header.labels))
        self._truth = _Truth()
        self._offset_s = NAN
        self._absorbed_s = 0.0
        self._taken = 0
        self._decision = 0
        self._broken = False
        self._filled = 0
        self._open()

    @property
    def n_wanted(self) -> int:
        """Samples until the next decision."""
        return len(self._samples) - self._filled

    @property
    def counts(self) -> StreamCounts:
        """What the stamps have shown so far; gaps are counted when their block is full."""
        return StreamCounts(self._taken, self._steps.gaps, self._seen.repeats, self._steps.backward)

    def take(self, chunk: Chunk) -> tuple[Block, ...]:
        """Take a chunk of any length; return the blocks that it filled, oldest first."""
        if not len(chunk.samples):
            return ()
        samples, stamps_s = self._drop_repeats(chunk)
        offset_s = chunk.offset_s if abs(chunk.offset_s) < LAST_TIME_S else NAN
        self._follow_offset(offset_s)
        corrected_s = stamps_s + offset_s
        self._truth.see(corrected_s, chunk.time_s)
        return tuple(self._fill(samples, corrected_s, chunk.time_s))

    def _drop_repeats(self, chunk: Chunk) -> tuple[FloatArray, FloatArray]:
        stamps_s: FloatArray = np.asarray(chunk.stamps_s, dtype=np.float64)
        if self._seen.all_new(chunk.samples, stamps_s):
            return chunk.samples, stamps_s
        stamps_s = _known(stamps_s)
        new = self._seen.new(chunk.samples, stamps_s)
        if new.all():
            return chunk.samples, stamps_s
        self._broken = True
        return chunk.samples[new], stamps_s[new]

    def _follow_offset(self, offset_s: float) -> None:
        change_s = self._offset_s - offset_s
        if abs(change_s) < OFFSET_STEP_S:
            self._absorbed_s += change_s
        self._offset_s = offset_s

    def _fill(self, samples: FloatArray, corrected_s: FloatArray, arrival_s: float) -> Iterator[Block]:
        start = 0
        while start < len(samples):
            stop = min(start + self.n_wanted, len(samples))
            here = slice(self._filled, self._filled + stop - start)
            self._samples[here] = samples[start:stop, self._columns]
            np.add(corrected_s[start:stop], self._absorbed_s, out=self._steady_s[here])
            self._filled = here.stop
            self._taken += stop - start
            start = stop
            if self._filled == len(self._samples):
                yield self._close(corrected_s[:start], arrival_s)

    def _close(self, corrected_s: FloatArray, arrival_s: float) -> Block:
        backward = self._steps.backward
        broken = self._steps.broken(self._steady_s) or self._broken
        if self._steps.backward > backward:
            self._truth = _Truth()
            self._truth.see(corrected_s, arrival_s)
        newest_s = self._truth.of(float(corrected_s[-1]), arrival_s)
        block = Block(read_only(self._samples), self._first, newest_s, broken)
        self._broken = False
        self._open()
        return block

    def _open(self) -> None:
        self._first = ceil(self._decision * self._hop_samples)
        self._decision += 1
        n = ceil(self._decision * self._hop_samples) - self._first
        self._samples = np.empty((n, self._n_eeg))
        self._steady_s = np.empty(n)
        self._filled = 0


class _Truth:
    """Whether stamps can be true.

    A clock is believed once a newest sample was between `FUTURE_S` early and `FOREIGN_S` old at its arrival: stamps at
    0, hours off or on a device's own clock never are. From then on an old stamp is a backlog, however old. A stamp from
    the future is never believed, and takes the belief away until a plausible one comes; so does a step backward.
    """

    def __init__(self) -> None:
        self._believed = False

    def see(self, corrected_s: FloatArray, arrival_s: float) -> None:
        """Take the stamps of a chunk."""
        lag_s = arrival_s - float(corrected_s[-1]) if len(corrected_s) else NAN
        if lag_s < -FUTURE_S:
            self._believed = False
        elif lag_s <= FOREIGN_S:
            self._believed = True

    def of(self, stamp_s: float, arrival_s: float) -> float:
        """Return the stamp, or NaN where it cannot be true."""
        return stamp_s if self._believed and stamp_s <= arrival_s + FUTURE_S else NAN


class _Generation:
    """Keys of samples; they enter the set when someone asks for it: with perfect stamps nobody ever does."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._waiting: list[NDArray[np.uint64]] = []
        self.count = 0

    def add(self, keys: NDArray[np.uint64]) -> None:
        self._waiting.append(keys)
        self.count += len(keys)

    def known(self) -> set[int]:
        for keys in self._waiting:
            self._known.update(keys.tolist())
        self._waiting = []
        return self._known


class _Seen:
    """Remembers samples by a 64-bit digest of stamp and values; the newest wait as they came until some are there."""

    def __init__(self, n_channels: int) -> None:
        rng = np.random.default_rng(MIXING_SEED)
        self._weights = rng.integers(0, 2**63, n_channels + 1, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        self._young, self._old = _Generation(), _Generation()
        self._waiting: list[tuple[FloatArray, FloatArray]] = []
        self._n_waiting = 0
        self._newest_s = 0.0
        self.repeats = 0

    def all_new(self, samples: FloatArray, stamps_s: FloatArray) -> bool:
        """Take samples whose stamps rise above all before: none was there before; else return False."""
        if not self._newest_s < stamps_s[0] or not stamps_s[-1] < LAST_TIME_S:
            return False
        if not np.logical_and.reduce(stamps_s[1:] > stamps_s[:-1]):
            return False
        self._newest_s = float(stamps_s[-1])
        self._remember(samples, stamps_s)
        return True

    def new(self, samples: FloatArray, stamps_s: FloatArray) -> NDArray[np.bool_]:
        """Take samples; return which are new. One without a stamp cannot be recognised."""
        self._newest_s = float(np.fmax.reduce(stamps_s, initial=self._newest_s))
        self._digest()
        keys = self._keys(samples, stamps_s).tolist()
        new = self._look_up(keys, np.isnan(stamps_s).tolist())
        self.repeats += int(len(new) - new.sum())
        self._remember(samples[new], stamps_s[new])
        return new

    def _look_up(self, keys: list[int], bare: list[bool]) -> NDArray[np.bool_]:
        young, old = self._young.known(), self._old.known()
        here: set[int] = set()
        new = np.ones(len(keys), dtype=np.bool_)
        for index, (key, unstamped) in enumerate(zip(keys, bare, strict=True)):
            new[index] = unstamped or not (key in young or key in old or key in here)
            here.add(key)
        return new

    def _remember(self, samples: FloatArray, stamps_s: FloatArray) -> None:
        self._waiting.append((samples, stamps_s))
        self._n_waiting += len(samples)
        if self._n_waiting >= DIGESTED:
            self._digest()

    def _digest(self) -> None:
        if not self._n_waiting:
            return
        samples, stamps_s = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting, self._n_waiting = [], 0
        self._young.add(self._keys(samples, stamps_s))
        if self._young.count >= REMEMBERED:
            self._old, self._young = self._young, _Generation()

    def _keys(self, samples: FloatArray, stamps_s: FloatArray) -> NDArray[np.uint64]:
        words = np.ascontiguousarray(samples).view(f"u{samples.dtype.itemsize}").astype(np.uint64)
        if samples.dtype.itemsize > FLOAT32_BYTES:
            words ^= words >> np.uint64(29)
        mixed = np.einsum("ij,j->i", words, self._weights[:-1]) + stamps_s.view(np.uint64) * self._weights[-1]
        return np.asarray(mixed, dtype=np.uint64)


def _known(stamps_s: FloatArray) -> FloatArray:
    """Return the stamps, NaN where there is none: liblsl and some devices write 0."""
    return np.where((np.abs(stamps_s) < LAST_TIME_S) & (stamps_s != 0.0), stamps_s, np.nan)
