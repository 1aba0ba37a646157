"""The music process: it composes two bars ahead of the sound, and anew what waits where the wish moves meanwhile.

One thread. It waits for its session (a new address of the sound, or the end), for the sound (credit for bars) and for
the time to look at the wish again (`revision.py`), and composes what it owes. It ends when the session's pipe closes,
so a dead session leaves no music process behind; SIGINT is the session's affair. Without the sound it waits for the
address of the next one, and goes on where it was. A composer that cannot be had, or is too slow, is replaced by the
rules, and the session is told why; who was too slow tries again after a rest.
"""

from __future__ import annotations

import signal
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, wait
from typing import Protocol

from generators.bars import EIGHTHS_A_BAR, Bar, Wish
from generators.desk import Desk
from generators.fallback import RULES, Chosen, Patience, choose
from generators.link import News, Reach, decode_progress, decode_reach, encode_bars, encode_news
from generators.revision import Outlook
from generators.tries import Tries
from loop.clock import SystemClock
from loop.errors import SoundError
from loop.inputs import ReportKind
from loop.ports import Clock

LOOK_S = 0.05                      # between looks at the wish, while bars are owed and the wish lets none be made
EIGHTHS_A_BEAT = 2
S_PER_MINUTE = 60.0
INFINITY = float("inf")
LATENCY_NEWS = 0.05                # share by which the latency must move to be news


class Wishes(Protocol):
    """Where the newest wish is read: a `WishSlot`."""

    def read(self) -> Wish | None:
        """Return the newest wish; None where there is none to be had now."""


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
        self._name = chosen.name
        self._patience = Patience(chosen.name)
        self._tries = Tries()
        self._clock = clock
        self._since_s = clock.now_s()  # when the chosen composer began, or came back
        self._back_at_s = INFINITY     # when it comes back from a rest
        self._outlook = Outlook()
        self._sound: Connection | None = None
        self._wish: Wish | None = None
        self._latency_s = 0.0

    def run(self) -> None:
        """Work until the session's pipe closes: `EOFError` or `OSError` then."""
        while True:
            ends = [self._session] if self._sound is None else [self._session, self._sound]
            ready = wait(ends, self._rest_s())
            if self._session in ready:
                self._call(decode_reach(self._session.recv_bytes()))
            elif self._sound in ready:
                self._listen()
            self._deliver()
            self._look()

    def _rest_s(self) -> float | None:
        """Return how long nothing is to be done, s, unless somebody calls; None for as long as nobody does."""
        due_s = self._outlook.due_in_s(self._clock.now_s(), self._desk.n_waiting)
        return LOOK_S if self._desk.owed else due_s if due_s < INFINITY else None

    def _call(self, reach: Reach) -> None:
        self._hang_up()
        with suppress(OSError, EOFError, AuthenticationError):
            self._sound = Client((reach.host, reach.port), authkey=reach.key)

    def _hang_up(self) -> None:
        if self._sound is not None:
            self._sound.close()
        self._sound = None
        self._desk.forget()

    def _listen(self) -> None:
        assert self._sound is not None
        try:
            progress = decode_progress(self._sound.recv_bytes())
        except (EOFError, OSError, SoundError):
            self._hang_up()
        else:
            self._desk.began(progress.played, progress.take)
            self._desk.credit(progress.need, progress.played + progress.queued + 1)
            if progress.began_s == progress.began_s:
                self._outlook.began(progress.began_s, progress.bar_s, progress.take)
                self._tell_latency()

    def _deliver(self) -> None:
        while self._sound is not None and self._desk.owed:
            self._wish = self._wishes.read() or self._wish
            began_s = self._clock.now_s()
            if began_s >= self._back_at_s:
                self._come_back(began_s)
            bar = self._desk.bar(self._wish)
            if bar is None or self._wish is None:
                return
            self._send((bar,))
            took_s = self._clock.now_s() - began_s
            self._outlook.composed(took_s)
            self._judge(took_s, EIGHTHS_A_BAR / EIGHTHS_A_BEAT * S_PER_MINUTE / self._wish.intent.tempo_bpm)

    def _look(self) -> None:
        """Just before a bar line, see whether what waits is still what is wanted."""
        began_s, n_waiting = self._clock.now_s(), self._desk.n_waiting
        if self._sound is None or self._desk.owed or self._outlook.due_in_s(began_s, n_waiting) > 0:
            return
        if not self._outlook.look(began_s, n_waiting):
            return
        self._wish = self._wishes.read() or self._wish
        bars = self._desk.again(self._wish) if self._wish is not None else ()
        if bars:
            self._send(bars)
            self._outlook.answered(bars[0].take)
            took_s = (self._clock.now_s() - began_s) / len(bars)
            for _ in bars:
                self._outlook.composed(took_s)

    def _send(self, bars: tuple[Bar, ...]) -> None:
        assert self._sound is not None
        try:
            self._sound.send_bytes(encode_bars(bars))
        except OSError:
            self._hang_up()

    def _judge(self, composing_s: float, bar_s: float) -> None:
        """Let the rules play where the composer does not keep up, and say when it tries again."""
        why = self._patience.lost(composing_s, bar_s)
        if not why:
            return
        now_s = self._clock.now_s()
        rest_s = self._tries.again_in_s(now_s - self._since_s)
        if rest_s is not None:
            self._back_at_s = now_s + rest_s
            why += f', and "{self._name}" tries again in {rest_s:g} s'
        self._desk.replace()
        self._patience = Patience(RULES)
        tell(self._session, RULES, why)

    def _come_back(self, now_s: float) -> None:
        self._desk.restore()
        self._patience = Patience(self._name)
        self._since_s, self._back_at_s = now_s, INFINITY
        self._session.send_bytes(encode_news(News(ReportKind.NOTE, text=f'"{self._name}" composes again')))
        tell(self._session, self._name, "")

    def _tell_latency(self) -> None:
        latency_s = self._outlook.latency_s
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
