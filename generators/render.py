"""Music faster than time: a composer or a row of bars, rendered through the same player into an array or a file.

pyo keeps one server a process: render in a process that does nothing else with pyo (tests and benchmarks spawn one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import numpy as np

from generators.bars import Bar, Wish
from generators.link import BARS_AHEAD
from generators.sound.feed import PcmSource
from generators.sound.mix import USUAL_MIX, MixSettings
from generators.sound.player import BLOCK_FRAMES, BLOCK_S, Player
from generators.sound.quiet import load_pyo
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm

WISH_EVERY_BLOCKS = 4              # about the period at which the sound process reads its slot

WishOfTime = Callable[[float], Wish]
NextBar = Callable[[Wish], Bar | None]


class Server(Protocol):
    """What is used of pyo's server."""

    def process(self) -> None:
        """Compute one block."""


class Studio:
    """A player on a server that computes when it is told to.

    Parameters
    ----------
    seed : int
        Of everything random in the sound.
    mix : MixSettings
        Palette, loudness and ceiling.
    pcm : PcmSource | None
        Music that is made elsewhere as sound.
    """

    def __init__(self, seed: int = 0, mix: MixSettings = USUAL_MIX, pcm: PcmSource | None = None) -> None:
        pyo = load_pyo()
        self._server = pyo.Server(audio="manual", sr=RATE_HZ, buffersize=BLOCK_FRAMES, nchnls=N_CHANNELS, duplex=0)
        self._server.setVerbosity(1)
        self._server.boot()
        self._server.setGlobalSeed(seed + 1)
        self.player = Player(pyo, seed, mix, pcm)
        self._server.start()

    def block(self) -> Pcm:
        """Compute one block; return it, (BLOCK_FRAMES, 2), valid until the next."""
        self.player.block()
        self._server.process()
        return self.player.bus.last_block()

    def close(self) -> None:
        """Stop the server."""
        self._server.stop()
        self._server.shutdown()


def blocks(studio: Studio, next_bar: NextBar, wish_of_time: WishOfTime) -> Iterator[Pcm]:
    """Yield block after block, without end: the wish is read and bars are fetched as the sound process does."""
    for index in count():
        if index % WISH_EVERY_BLOCKS == 0:
            wish = wish_of_time(index * BLOCK_S)
            studio.player.wish(wish)
            _fetch(studio, next_bar, wish)
        yield studio.block()


def rendered(
    next_bar: NextBar, wish_of_time: WishOfTime, seconds: float, seed: int = 0, mix: MixSettings = USUAL_MIX
) -> Pcm:
    """Return `seconds` of music, (n_frames, 2) float32.

    Parameters
    ----------
    next_bar : Callable[[Wish], Bar | None]
        Composes the next bar for a wish; None where there is none.
    wish_of_time : Callable[[float], Wish]
        What is wanted at a time, s.
    seconds : float
        How much, rounded up to a block.
    seed : int
        Of everything random in the sound.
    mix : MixSettings
        Palette, loudness and ceiling.
    """
    n_blocks = int(np.ceil(seconds / BLOCK_S))
    sound = np.empty((n_blocks * BLOCK_FRAMES, N_CHANNELS), dtype=np.float32)
    studio = Studio(seed, mix)
    for index, block in zip(range(n_blocks), blocks(studio, next_bar, wish_of_time), strict=False):
        sound[index * BLOCK_FRAMES:(index + 1) * BLOCK_FRAMES] = block
    studio.close()
    return sound


def render(next_bar: NextBar, wish_of_time: WishOfTime, seconds: float, path: Path) -> None:
    """Render to a file of 24 bits; its suffix says the format (.flac, .wav)."""
    import soundfile

    soundfile.write(path, rendered(next_bar, wish_of_time, seconds), RATE_HZ, subtype="PCM_24")


def in_turn(bars: Iterator[Bar]) -> NextBar:
    """Return a `NextBar` that hands out `bars` whatever is wished."""
    return lambda wish: next(bars, None)


def _fetch(studio: Studio, next_bar: NextBar, wish: Wish) -> None:
    while studio.player.queued < BARS_AHEAD:
        bar = next_bar(wish)
        if bar is None or not studio.player.offer(bar):
            return
