"""Hears a session's sound from outside: maps the ring that the sound process writes, session or no session.

The ring is shared memory that its maker has already unlinked; Linux still shows it among the open files of the
processes that have it. What is there twice, at two moments, was not played between them; what differs, was.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generators.sound.ring import N_CHANNELS, RATE_HZ, RING_S

RING_BYTES = int(RING_S * RATE_HZ) * N_CHANNELS * 4
AUDIBLE = 1e-3                     # -60 dB of full scale
LATELY_S = 0.5

Frames = NDArray[np.float32]


class RingEar:
    """The last `RING_S` of what a sound process played.

    Parameters
    ----------
    pid : int
        The sound process, or any other that has the ring; it may die afterwards.
    """

    def __init__(self, pid: int) -> None:
        with _ring_file(pid).open("rb") as file:
            self._map = mmap.mmap(file.fileno(), RING_BYTES, access=mmap.ACCESS_READ)
        self._before = self.all()

    def all(self) -> Frames:
        """Return a copy of the whole ring."""
        return np.frombuffer(self._map, np.float32).reshape(-1, N_CHANNELS).copy()

    def mark(self) -> None:
        """Remember what was played until now."""
        self._before = self.all()

    def since(self) -> Frames:
        """Return what was played since `mark`, up to the last frame that is not digital silence."""
        after = self.all()
        changed = np.flatnonzero((after != self._before).any(axis=1))
        if not len(changed):
            return np.zeros((0, N_CHANNELS), np.float32)
        gaps = np.diff(changed, append=changed[0] + len(after))
        begin = int(changed[(int(np.argmax(gaps)) + 1) % len(changed)])     # behind the widest gap, around the end
        played = np.roll(after, -begin, axis=0)[:len(after) - int(gaps.max()) + 1]
        sounding = np.flatnonzero(played.any(axis=1))
        return played[:sounding[-1] + 1 if len(sounding) else 0]

    def since_s(self) -> float:
        """Return for how long it sounded on after `mark`."""
        return len(self.since()) / RATE_HZ

    def heard(self) -> bool:
        """Whether something was audible since `mark`; marks anew."""
        sound = self.since()[-int(LATELY_S * RATE_HZ):]
        self.mark()
        return bool(np.abs(sound).max(initial=0.0) > AUDIBLE)


def _ring_file(pid: int) -> Path:
    page = mmap.PAGESIZE
    wanted = -(-RING_BYTES // page) * page
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        if "pym-" in os.readlink(entry) and entry.stat().st_size == wanted:
            return entry
    raise AssertionError(f"process {pid} has no ring")
