"""MusicGen faster or slower than time, into a file: the same stream and the same bus, and nobody who waits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generators.bars import Wish
from generators.musicgen.stream import MusicStream
from generators.sound.ring import N_CHANNELS, Pcm


class Rendered:
    """A stream as the player's `PcmSource`: heard whole from the first frame.

    Parameters
    ----------
    stream : MusicStream
        Who plays.
    seed : int
        Of every choice.
    wish_of_time : Callable[[float], Wish]
        What is wanted at a time, s; the newest one asked for steers the next hop.
    """

    share = 1.0

    def __init__(self, stream: MusicStream, seed: int, wish_of_time: Callable[[float], Wish]) -> None:
        self._stream, self._state = stream, stream.begin(seed)
        self._wish_of_time = wish_of_time
        self._wish: Wish | None = None

    def wish(self, at_s: float) -> Wish:
        """Return the wish of a time, s, and steer by it."""
        self._wish = self._wish_of_time(at_s)
        return self._wish

    def take(self, n_frames: int) -> Pcm:
        """Return the next block, (n_frames, 2)."""
        if self._wish is None:
            return np.zeros((n_frames, N_CHANNELS), dtype=np.float32)
        pcm, self._state = self._stream.render(self._wish, n_frames, self._state)
        return pcm
