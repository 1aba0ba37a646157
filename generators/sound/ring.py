"""The PCM ring: what was played, from the sound process to the session, through shared memory.

The sound process writes each block and then raises the counter of frames; the session's recorder reads behind it. The
writer never waits: a reader that falls a whole ring behind loses the oldest frames, and is told how many.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_CHANNELS = 2
RING_S = 30.0                      # half of it is the longest standstill of the session that the record survives whole
RATE_HZ = 48_000

Pcm = NDArray[np.float32]


class PcmRing:
    """Shared memory for the last `RING_S` of sound; made by the parent, handed to a spawned child.

    Parameters
    ----------
    context : SpawnContext
        The multiprocessing context that the sound process is spawned from.
    n_frames : int
        How many frames it holds.
    """

    def __init__(self, context: SpawnContext, n_frames: int = int(RING_S * RATE_HZ)) -> None:
        self.n_frames = n_frames
        self._written: Any = context.RawValue("Q", 0)
        self._memory: Any = context.RawArray("f", n_frames * N_CHANNELS)

    @property
    def written(self) -> int:
        """How many frames were written in all."""
        return int(self._written.value)

    def frames(self) -> Pcm:
        """Return the memory itself as an array (n_frames, 2), shared."""
        return np.frombuffer(self._memory, dtype=np.float32).reshape(self.n_frames, N_CHANNELS)

    def writer(self) -> RingWriter:
        """Return the writing end; the sound process alone has it."""
        return RingWriter(self.frames(), self._written)

    def reader(self) -> RingReader:
        """Return a reading end that begins at what is written next."""
        return RingReader(self.frames(), self._written, self.written)


class RingWriter:
    """The sound process's end."""

    def __init__(self, frames: Pcm, written: Any) -> None:
        self._frames = frames
        self._written = written

    def write(self, block: Pcm) -> None:
        """Append a block (n_times, 2), shorter than the ring."""
        size = len(self._frames)
        at = self._written.value % size
        first = min(len(block), size - at)
        self._frames[at:at + first] = block[:first]
        self._frames[:len(block) - first] = block[first:]
        self._written.value += len(block)


@dataclass(slots=True)
class RingReader:
    """The recorder's end: its own place in the ring, and what it lost."""

    frames: Pcm
    written: Any
    taken: int
    lost: int = 0

    def read(self) -> Pcm:
        """Return a copy (n_times, 2) of all that was written since the read before."""
        size = len(self.frames)
        written = int(self.written.value)
        if written - self.taken > size // 2:
            # Half of the ring is kept clear of the writer, so that it cannot run through what is being copied.
            self.lost += written - self.taken - size // 2
            self.taken = written - size // 2
        at, n_frames = self.taken % size, written - self.taken
        first = min(n_frames, size - at)
        copied = np.concatenate([self.frames[at:at + first], self.frames[:n_frames - first]])
        self.taken = written
        return copied
