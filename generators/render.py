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
from generators.revision import OFFLINE_LEAD_S, Outlook
from generators.sound.feed import PcmSource
from generators.sound.mix import USUAL_MIX, MixSettings
from generators.sound.player import BLOCK_FRAMES, BLOCK_S, Player
from generators.sound.quiet import load_pyo
from generators.sound.ring import N_CHANNELS, RATE_HZ, Pcm

WISH_EVERY_BLOCKS = 4              # about the period at which the sound process reads its slot

WishOfTime = Callable[[float], Wish]


class Bars(Protocol):
    """Who composes: what is asked of a `Desk` where nobody waits."""

    def bar(self, wish: Wish) -> Bar | None:
        """Return the next bar for a wish; None where there is none."""

    def again(self, wish: Wish) -> tuple[Bar, ...]:
        """Return bars in place of those that wait; nothing where these may stand."""

    def began(self, index: int, take: int) -> None:
        """Take which bar is played now."""


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


def blocks(studio: Studio, bars: Bars, wish_of_time: WishOfTime) -> Iterator[Pcm]:
    """Yield block after block, without end: wishes are read and bars fetched and replaced as in a session.

    There a look at the wish falls the earlier before a bar line the longer composing takes; here at `OFFLINE_LEAD_S`,
    so that the same seed and wishes give the same music on every machine.
    """
    outlook = Outlook(OFFLINE_LEAD_S)
    for index in count():
        if index % WISH_EVERY_BLOCKS == 0:
            wish = wish_of_time(index * BLOCK_S)
            studio.player.wish(wish)
            _follow(studio.player, bars, outlook)
            _fetch(studio.player, bars, wish)
            _look(studio.player, bars, wish, outlook)
        yield studio.block()


def rendered(
    bars: Bars, wish_of_time: WishOfTime, seconds: float, seed: int = 0, mix: MixSettings = USUAL_MIX
) -> Pcm:
    """Return `seconds` of music, (n_frames, 2) float32.

    Parameters
    ----------
    bars : Bars
        Who composes.
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
    for index, block in zip(range(n_blocks), blocks(studio, bars, wish_of_time), strict=False):
        sound[index * BLOCK_FRAMES:(index + 1) * BLOCK_FRAMES] = block
    studio.close()
    return sound


def render(bars: Bars, wish_of_time: WishOfTime, seconds: float, path: Path) -> None:
    """Render to a file of 24 bits; its suffix says the format (.flac, .wav)."""
    import soundfile

    soundfile.write(path, rendered(bars, wish_of_time, seconds), RATE_HZ, subtype="PCM_24")


class InTurn:
    """Hands out bars whatever is wished.

    Parameters
    ----------
    bars : Iterator[Bar]
        What is handed out.
    """

    def __init__(self, bars: Iterator[Bar]) -> None:
        self._bars = bars

    def bar(self, wish: Wish) -> Bar | None:
        """Return the next one."""
        return next(self._bars, None)

    def again(self, wish: Wish) -> tuple[Bar, ...]:
        """Return nothing: what waits is right."""
        return ()

    def began(self, index: int, take: int) -> None:
        """Follow nothing."""


def _follow(player: Player, bars: Bars, outlook: Outlook) -> None:
    begun = player.sequencer.begun
    if begun is not None:
        bars.began(begun.bar.index, begun.bar.take)
        outlook.began(begun.frame / RATE_HZ, begun.bar_s, begun.bar.take)


def _fetch(player: Player, bars: Bars, wish: Wish) -> None:
    while player.queued < BARS_AHEAD:
        bar = bars.bar(wish)
        if bar is None or not player.offer(bar):
            return


def _look(player: Player, bars: Bars, wish: Wish, outlook: Outlook) -> None:
    now_s = player.frame / RATE_HZ
    if outlook.due_in_s(now_s, player.queued) > 0:
        return
    made = bars.again(wish) if outlook.look(now_s, player.queued) else ()
    if made:
        player.offer(*made)
