"""The composer at work: what it owes, what it remembers, and which of its bars were really played.

Composers are pure: a bar and the next memory are a function of a wish and the memory before. So every bar that has not
begun is kept with the memories on both its sides, and going back to a bar is going on from what was before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from generators.bars import Bar, Wish
from generators.catalog import Composer, load
from generators.fallback import RULES, coming_back, going_on
from generators.revision import moved
from loop.values import Presence


@dataclass(frozen=True, slots=True)
class Written:
    """A bar that waits to be played, and what it was composed from."""

    bar: Bar
    wish: Wish
    before: Any                    # the composer's memory
    after: Any


class Desk:
    """Composes what is owed, and anew what waits; follows what was heard.

    Parameters
    ----------
    composer : Composer
        Who makes the bars.
    seed : int
        Of every choice.
    """

    def __init__(self, composer: Composer[Any], seed: int) -> None:
        self._composer = self._chosen = composer
        self._seed = seed
        self._state: Any = None
        self._left: Any = None         # the memory of the chosen composer while the rules play for it
        self._newest: Bar | None = None
        self._waiting: tuple[Written, ...] = ()       # as far as is known, the nearest first
        self._instead: tuple[Written, ...] = ()       # what they replaced: it is played where they come too late
        self._takes = 0
        self.owed = 0

    @property
    def n_waiting(self) -> int:
        """Bars that were composed and, as far as is known, have not begun."""
        return len(self._waiting)

    def credit(self, need: int, next_index: int) -> None:
        """Take the sound's wish for `need` bars more; the first one says where numbering begins."""
        if self._state is None:
            self._state = self._composer.begin(self._seed, next_index)
        self.owed += need

    def bar(self, wish: Wish | None) -> Bar | None:
        """Return the next bar that is owed; None where nothing is, or where the music rests."""
        if self.owed <= 0 or wish is None or not self._may_play(wish.presence):
            return None
        written = self._write(wish, self._state, 0)
        self._go_on_from((*self._waiting, written))
        self.owed -= 1
        return written.bar

    def again(self, wish: Wish) -> tuple[Bar, ...]:
        """Return bars for the newest wish in place of all that wait; nothing where these may stand.

        One replacement at a time: whether the one before came in time must be known first.
        """
        old = self._waiting
        if not old or self._instead or self.owed or wish.presence is Presence.SILENT:
            return ()
        if not moved(old[0].wish, wish, old[0].bar):
            return ()
        self._takes += 1
        new, state = list[Written](), old[0].before
        while len(new) < len(old):
            new.append(self._write(wish, state, self._takes))
            state = new[-1].after
            if new[-1].bar.last and len(new) < len(old):
                return ()          # it would end before what waits does, and leave bars unpaid: so let that be played
        self._instead = old
        self._go_on_from(tuple(new))
        return tuple(written.bar for written in new)

    def began(self, index: int, take: int) -> None:
        """Follow what was heard: where a replacement came too late, go on from what it should have replaced."""
        for path in (self._waiting, self._instead):
            for at, written in enumerate(path):
                if (written.bar.index, written.bar.take) == (index, take):
                    self._go_on_from(path)
                    self._waiting, self._instead = path[at + 1:], ()
                    return

    def forget(self) -> None:
        """Owe nothing, and let nothing wait: there is no sound any more."""
        self.owed, self._waiting, self._instead = 0, (), ()

    def replace(self) -> None:
        """Let the rules go on from the newest bar; what waits is another's and stands."""
        assert self._newest is not None
        self._left = self._state
        self._composer, self._state = load(RULES), going_on(self._state, self._newest, self._seed)
        self._waiting = self._instead = ()

    def restore(self) -> None:
        """Let the chosen composer go on from where the rules are; what waits is theirs and stands."""
        self._composer, self._state = self._chosen, coming_back(self._chosen, self._left, self._state)
        self._waiting = self._instead = ()

    def _write(self, wish: Wish, before: Any, take: int) -> Written:
        bar, after = self._composer.compose(wish, before)
        return Written(replace(bar, take=take) if take else bar, wish, before, after)

    def _go_on_from(self, path: tuple[Written, ...]) -> None:
        self._waiting, self._state, self._newest = path, path[-1].after, path[-1].bar

    def _may_play(self, presence: Presence) -> bool:
        resolved = self._newest is None or self._newest.last
        return presence is Presence.PLAYING or (presence is Presence.ENDING and not resolved)
