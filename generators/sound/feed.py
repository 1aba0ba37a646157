"""PCM that another process makes, on its way into the bus: shared memory, and the hand-over to it and back.

The maker appends to a ring and raises a counter; the sound process takes block by block and raises another, so each
knows how much lies between. Nobody waits. The sound goes over to the PCM when the maker says so and enough lies ready,
and goes back to its instruments, which have played on unheard, while there is still enough to fade out of: a maker
that dies, hangs or falls behind leaves no hole.
"""

from __future__ import annotations

import math
from multiprocessing.context import SpawnContext
from typing import Any, Protocol

import numpy as np

from generators.sound.dc import DcGuard
from generators.sound.quiet import Graph
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm

FEED_S = 40.0                      # room for some hops
FADE_S = 2.0                       # between the instruments and the PCM, equal power
BEGIN_S = 2 * FADE_S               # that must lie ready before it is gone over to
MARGIN_S = FADE_S / 8              # beside what is needed to fade out of it
LEAVES_S = FADE_S + MARGIN_S       # with so little ready, what is heard in full begins to be left


class PcmSource(Protocol):
    """Where the player takes PCM from."""

    @property
    def share(self) -> float:
        """How far the sound has gone over to it, 0..1."""

    def take(self, n_frames: int) -> Pcm:
        """Return the next block, (n_frames, 2), and move the hand-over on."""


class PcmFeed:
    """The shared memory; made by the parent, handed to both spawned children.

    Parameters
    ----------
    context : SpawnContext
        Of the processes.
    n_frames : int
        How many frames it holds.
    """

    def __init__(self, context: SpawnContext, n_frames: int = int(FEED_S * RATE_HZ)) -> None:
        self.n_frames = n_frames
        self._written: Any = context.RawValue("Q", 0)
        self._taken: Any = context.RawValue("Q", 0)
        self._open: Any = context.RawValue("B", 0)
        self._memory: Any = context.RawArray("f", n_frames * N_CHANNELS)

    @property
    def ready(self) -> int:
        """How many frames were made and not yet taken."""
        return int(self._written.value - self._taken.value)

    @property
    def open(self) -> bool:
        """Whether the maker wants to be heard."""
        return bool(self._open.value)

    @open.setter
    def open(self, wanted: bool) -> None:
        self._open.value = int(wanted)

    def append(self, pcm: Pcm) -> bool:
        """Append frames (n, 2); False, and nothing happens, where there is no room. The maker's."""
        if self.ready + len(pcm) > self.n_frames:
            return False
        for at, piece in self._pieces(self._written.value, len(pcm)):
            piece[:] = pcm[at:at + len(piece)]
        self._written.value += len(pcm)
        return True

    def drop(self) -> None:
        """Throw away what lies ready: while nothing of it is heard, by the sound process."""
        self._taken.value = self._written.value

    def take(self, block: Pcm) -> int:
        """Fill `block` (n, 2) with the next frames, silence after the last; return how many there were."""
        n_frames = min(self.ready, len(block))
        for at, piece in self._pieces(self._taken.value, n_frames):
            block[at:at + len(piece)] = piece
        block[n_frames:] = 0
        self._taken.value += n_frames
        return n_frames

    def _pieces(self, count: int, n_frames: int) -> list[tuple[int, Pcm]]:
        frames = np.frombuffer(self._memory, dtype=np.float32).reshape(self.n_frames, N_CHANNELS)
        at = count % self.n_frames
        first = min(n_frames, self.n_frames - at)
        return [(0, frames[at:at + first]), (first, frames[:n_frames - first])]


class Handover:
    """The sound process's end of a feed: takes blocks, and says how much of them is heard.

    Parameters
    ----------
    feed : PcmFeed
        What is taken from.
    """

    def __init__(self, feed: PcmFeed) -> None:
        self._feed = feed
        self._block = np.zeros((0, N_CHANNELS), dtype=np.float32)
        self._phase = self._was = 0.0
        self._heard = False

    @property
    def share(self) -> float:
        """How far the sound has gone over to the PCM, 0..1."""
        return self._phase

    def take(self, n_frames: int) -> Pcm:
        """Return the next block; silence, and nothing is used up, while the instruments play."""
        if len(self._block) != n_frames:
            self._block = np.zeros((n_frames, N_CHANNELS), dtype=np.float32)
        self._heard = self._wanted()
        step = n_frames / RATE_HZ / FADE_S
        self._phase = min(self._phase + step, 1.0) if self._heard else max(self._phase - step, 0.0)
        if max(self._phase, self._was) > 0:       # the gain falls to nothing within the last block: it is heard yet
            self._feed.take(self._block)
        else:
            self._block[:] = 0
        if self._was > 0 and self._phase == 0:
            self._feed.drop()             # what another maker will append does not follow on it
        self._was = self._phase
        return self._block

    def _wanted(self) -> bool:
        if not self._feed.open:
            return False
        ready_s = self._feed.ready / RATE_HZ
        return ready_s > FADE_S * self._phase + MARGIN_S if self._heard else ready_s >= BEGIN_S


class PcmEntry:
    """The way into pyo's graph, past the guard against an offset: tables as long as a block, read in step with them.

    Parameters
    ----------
    pyo : Graph
        Makes and keeps pyo's objects.
    block_frames : int
        Frames of the server's block.
    rate_hz : int
        Frames a second.
    """

    def __init__(self, pyo: Graph, block_frames: int, rate_hz: int) -> None:
        tables = [pyo.DataTable(block_frames) for _ in range(N_CHANNELS)]
        self._entries = [np.asarray(table.getBuffer()) for table in tables]
        self._guard = DcGuard(rate_hz)
        self._gain = pyo.SigTo(0.0, time=block_frames / rate_hz, init=0.0)
        self.out = pyo.Mix([pyo.TableScan(table) for table in tables], voices=N_CHANNELS, mul=self._gain)

    def set(self, block: Pcm, linear: float) -> None:
        """Set the next block, (block_frames, 2), and the gain reached at its end."""
        passed = self._guard.passed(block)
        for channel, entry in enumerate(self._entries):
            entry[:] = passed[:, channel]
        self._gain.value = linear


def balance(share: float) -> tuple[float, float]:
    """Return the gains of instruments and PCM at a share: equal power."""
    angle = share * math.pi / 2
    return math.cos(angle), math.sin(angle)
