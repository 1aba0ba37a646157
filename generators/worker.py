"""The music process: it composes two bars ahead of the sound, from the newest wish.

One thread. It waits for its session (a new address of the sound, or the end) and for the sound (credit for bars), and
composes what it owes. It ends when the session's pipe closes, so a dead session leaves no music process behind;
SIGINT is the session's affair. Without the sound it waits for the address of the next one, and goes on where it was.
A composer that cannot be had, or is too slow, is replaced by the rules, and the session is told why.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, wait
from typing import Any, Protocol

from generators.bars import EIGHTHS_A_BAR, Bar, Wish
from generators.catalog import Composer, load
from generators.fallback import RULES, Chosen, Patience, choose, going_on
from generators.link import BARS_AHEAD, News, Reach, decode_progress, decode_reach, encode_bar, encode_news
from loop.clock import SystemClock
from loop.errors import SoundError
from loop.inputs import ReportKind
from loop.ports import Clock
from loop.values import Presence

LOOK_S = 0.05                      # between looks at the wish, while bars are owed and the wish lets none be made
EIGHTHS_A_BEAT = 2
S_PER_MINUTE = 60.0
LATENCY_NEWS = 0.05                # share by which the latency must move to be news


class Wishes(Protocol):
    """Where the newest wish is read: a `WishSlot`."""

    def read(self) -> Wish | None:
        """Return the newest wish; None where there is none to be had now."""


class Desk:
    """The composer at work: what it remembers, and what it owes.

    Parameters
    ----------
    composer : Composer
        Who makes the bars.
    seed : int
        Of every choice.
    """

    def __init__(self, composer: Composer[Any], seed: int) -> None:
        self._composer = composer
        self._seed = seed
        self._state: Any = None
        self._resolved = True
        self._newest: Bar | None = None
        self.owed = 0

    def credit(self, need: int, next_index: int) -> None:
        """Take the sound's wish for `need` bars more; the first one says where numbering begins."""
        if self._state is None:
            self._state = self._composer.begin(self._seed, next_index)
        self.owed += need

    def bar(self, wish: Wish | None) -> Bar | None:
        """Return the next bar that is owed; None where nothing is, or where the music rests."""
        if self.owed <= 0 or wish is None or not self._may_play(wish.presence):
            return None
        bar, self._state = self._composer.compose(wish, self._state)
        self.owed -= 1
        self._resolved, self._newest = bar.last, bar
        return bar

    def replace(self) -> None:
        """Let the rules go on from the newest bar."""
        assert self._newest is not None
        self._composer, self._state = load(RULES), going_on(self._state, self._newest, self._seed)

    def _may_play(self, presence: Presence) -> bool:
        return presence is Presence.PLAYING or (presence is Presence.ENDING and not self._resolved)


class MusicWorker:
    """The loop of the music process.

    Parameters
    ----------
    session : Connection
        The session's pipe.
    wishes : Wishes
        Where the newest wish is read.
    chosen : Chosen
        Who composes.
    seed : int
        Of every choice.
    clock : Clock
        For the latency, and to see whether the composer keeps up.
    """

    def __init__(self, session: Connection, wishes: Wishes, chosen: Chosen, seed: int, clock: Clock) -> None:
        self._session = session
        self._wishes = wishes
        self._desk = Desk(chosen.composer, seed)
        self._patience = Patience(chosen.name)
        self._clock = clock
        self._sound: Connection | None = None
        self._wish: Wish | None = None
        self._latency_s = 0.0

    def run(self) -> None:
        """Work until the session's pipe closes: `EOFError` or `OSError` then."""
        while True:
            ends = [self._session] if self._sound is None else [self._session, self._sound]
            ready = wait(ends, LOOK_S if self._desk.owed else None)
            if self._session in ready:
                self._call(decode_reach(self._session.recv_bytes()))
            elif self._sound in ready:
                self._listen()
            self._deliver()

    def _call(self, reach: Reach) -> None:
        self._hang_up()
        with suppress(OSError, EOFError, AuthenticationError):
            self._sound = Client((reach.host, reach.port), authkey=reach.key)

    def _hang_up(self) -> None:
        if self._sound is not None:
            self._sound.close()
        self._sound = None
        self._desk.owed = 0

    def _listen(self) -> None:
        assert self._sound is not None
        try:
            progress = decode_progress(self._sound.recv_bytes())
        except (EOFError, OSError, SoundError):
            self._hang_up()
        else:
            self._desk.credit(progress.need, progress.played + progress.queued + 1)

    def _deliver(self) -> None:
        while self._sound is not None and self._desk.owed:
            self._wish = self._wishes.read() or self._wish
            began_s = self._clock.now_s()
            bar = self._desk.bar(self._wish)
            if bar is None or self._wish is None:
                return
            try:
                self._sound.send_bytes(encode_bar(bar))
            except OSError:
                self._hang_up()
            bar_s = EIGHTHS_A_BAR / EIGHTHS_A_BEAT * S_PER_MINUTE / self._wish.intent.tempo_bpm
            self._judge(self._clock.now_s() - began_s, bar_s)

    def _judge(self, composing_s: float, bar_s: float) -> None:
        """Tell of the latency where it moved; let the rules play where the composer does not keep up."""
        why = self._patience.lost(composing_s, bar_s)
        if why:
            self._desk.replace()
            self._patience = Patience(RULES)
            tell(self._session, RULES, why)
        latency_s = BARS_AHEAD * bar_s + composing_s
        if abs(latency_s - self._latency_s) > LATENCY_NEWS * latency_s:
            self._latency_s = latency_s
            self._session.send_bytes(encode_news(News(ReportKind.LATENCY, number=latency_s)))


def music_main(session: Connection, wishes: Wishes, generator: str, seed: int) -> None:
    """Run the music process: the target of a spawned process.

    Parameters
    ----------
    session : Connection
        This end of the session's pipe; its closing ends the process.
    wishes : Wishes
        A `generators.slot.WishSlot` that the session writes.
    generator : str
        A name of the catalogue.
    seed : int
        Not negative.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    chosen = choose(generator)
    worker = MusicWorker(session, wishes, chosen, seed, SystemClock())
    with suppress(EOFError, OSError):
        tell(session, chosen.name, chosen.why)
        worker.run()


def tell(session: Connection, name: str, why: str) -> None:
    """Tell the session who composes, and why it is not who was asked for, where it is not."""
    if why:
        session.send_bytes(encode_news(News(ReportKind.REPLACED, text=why)))
    session.send_bytes(encode_news(News(ReportKind.READY, text=name)))
