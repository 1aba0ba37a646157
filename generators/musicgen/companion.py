"""The MusicGen process as the session sees it: spawned, heard, started once again where it dies, ended."""

from __future__ import annotations

from dataclasses import replace

from generators.companions import KILL_S, Add, Companion
from generators.fallback import instead
from generators.link import decode_news
from generators.musicgen.worker import StreamArguments, stream_main
from generators.slot import WishSlot
from generators.sound.feed import PcmFeed
from loop.inputs import ReportKind

MOST_DEATHS = 2                    # loading takes long: who dies twice is left alone for the session


class StreamCompanion:
    """The MusicGen process.

    Parameters
    ----------
    slot : WishSlot
        Where it reads what is wanted.
    feed : PcmFeed
        Where its sound goes.
    arguments : StreamArguments
        Which model, and how.
    add : Add
        Takes what it reports.
    """

    def __init__(self, slot: WishSlot, feed: PcmFeed, arguments: StreamArguments, add: Add) -> None:
        self._slot, self._feed, self._arguments, self._add = slot, feed, arguments, add
        self._deaths = 0
        self._over = False
        self._companion = Companion("euthymia-stream", self._heard)
        self._begin()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._companion.process.pid or 0

    def mend(self) -> None:
        """Say that it died, and start it once more; one that ended in order has said why itself."""
        if self._over or self._companion.process.is_alive():
            return
        self._deaths += 1
        self._over = self._companion.process.exitcode == 0 or self._deaths >= MOST_DEATHS
        if self._companion.process.exitcode == 0:
            return
        row, understudy = self._arguments.choice.row, self._arguments.understudy
        self._add(ReportKind.REPLACED, text=instead(row, "ended its process", understudy))
        self._add(ReportKind.READY, text=understudy)
        if not self._over:
            self._companion.pipe.close()
            self._arguments = replace(self._arguments, seed=self._arguments.seed + 1)
            self._begin()

    def close(self) -> None:
        """End it: it holds nothing that could be lost."""
        self._over = True
        self._companion.process.terminate()
        self._companion.end(KILL_S)

    def _begin(self) -> None:
        self._companion.begin(stream_main, lambda pipe: (pipe, self._slot, self._feed, self._arguments))

    def _heard(self, message: bytes) -> None:
        news = decode_news(message)
        self._add(news.kind, number=news.number, text=news.text)
