"""The MusicGen process: it loads the model while the embedded composer plays, then keeps a feed filled, hop by hop.

One thread plays: it reads the newest wish at the start of each hop, and begins a hop as late as it can without running
dry, since what lies ready is heard before the next wish is. It ends when the session's pipe closes, within a token
step; and by itself, saying why, where the model cannot be had or does not keep up. A second thread counts the sha256 of
the weights (`digests.py`) and is never waited for while music can be made; both tell the session things, so each
message is sent under a lock. What is too slow, and when it is tried again: `pace.py`.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Protocol

from generators.bars import Wish
from generators.fallback import RULES, instead
from generators.link import News, encode_news
from generators.musicgen.checkpoints import ModelChoice, files_of, load_model
from generators.musicgen.digests import Digests
from generators.musicgen.pace import LOW_S, MOST_SHARE, Pace
from generators.musicgen.ports import Cancelled
from generators.musicgen.stream import MusicStream, StreamSettings, StreamState
from generators.slot import WishSlot
from generators.sound.feed import FADE_S, PcmFeed
from generators.sound.mix import MixSettings
from generators.sound.ring import RATE_HZ, Pcm
from generators.tries import Tries
from loop.clock import SystemClock
from loop.errors import EuthymiaError
from loop.inputs import ReportKind
from loop.ports import Clock
from loop.values import Presence

HOPS_AT_FIRST = 2                  # of those before it is heard, that it begins with: an older wish is in the others
LOOK_S = 0.05
RESERVE_S = FADE_S + 0.75          # that must lie ready when a hop is done, or the sound goes back to its voices
CAUTION = 1.5                      # times the last hop's rendering, for the next one
LATENCY_NEWS = 0.05                # share by which the latency must move to be news


@dataclass(frozen=True, slots=True)
class StreamArguments:
    """All that the process is given."""

    choice: ModelChoice
    mix: MixSettings
    seed: int
    understudy: str                # who plays until it is ready, and again where it fails


class Pipe(Protocol):
    """The session's pipe, as it is used here."""

    def poll(self, timeout_s: float) -> bool:
        """Wait so long for something to come: only the end does."""

    def send_bytes(self, message: bytes) -> None:
        """Tell the session something."""


class SharedPipe:
    """A pipe that two threads tell things through.

    Parameters
    ----------
    pipe : Connection
        The session's.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()         # of what is sent

    def poll(self, timeout_s: float) -> bool:
        """Wait so long for the end."""
        return self._pipe.poll(timeout_s)

    def send_bytes(self, message: bytes) -> None:
        """Send a message whole."""
        with self._lock:
            self._pipe.send_bytes(message)


class StreamWorker:
    """Keeps the feed filled.

    Parameters
    ----------
    session : Pipe
        The session's: news go up, and its closing is the end.
    wishes : WishSlot
        Where the newest wish is read.
    feed : PcmFeed
        What is filled.
    stream : MusicStream
        Who plays.
    clock : Clock
        To measure how fast it is.
    """

    def __init__(
        self, session: Pipe, wishes: WishSlot, feed: PcmFeed, stream: MusicStream, clock: Clock
    ) -> None:
        self._session, self._wishes, self._feed, self._stream, self._clock = session, wishes, feed, stream, clock
        self._state: StreamState
        self._wish: Wish | None = None
        self._pace = Pace()
        self._first: deque[Pcm] = deque(maxlen=HOPS_AT_FIRST)
        self._took_s = 0.0
        self._latency_s = 0.0

    def run(self, name: str, seed: int, understudy: str = RULES) -> str:
        """Play until the session is gone, with a rest after each time that it fell behind; return why it gave up.

        Parameters
        ----------
        name : str
            What is said to play.
        seed : int
            Of every choice.
        understudy : str
            Who plays while it rests.

        Returns
        -------
        str
            One sentence's end; "" where the session is gone.
        """
        self._state, tries = self._stream.begin(seed), Tries()
        with suppress(Cancelled, EOFError, OSError):
            while True:
                why, heard_s = self._try(name)
                rest_s = None if self._pace.hopeless else tries.again_in_s(heard_s)
                if not why or rest_s is None:
                    return why
                self._feed.open = False
                line = f'{instead(name, why, understudy)}, and "{name}" tries again in {rest_s:g} s'
                self._tell(News(ReportKind.REPLACED, text=line))
                self._tell(News(ReportKind.READY, text=understudy))
                if self._gone_within(rest_s):
                    return ""
                self._tell(News(ReportKind.NOTE, text=f'"{name}" tries again; "{understudy}" plays until it is ready'))
        return ""

    def _try(self, name: str) -> tuple[str, float]:
        """Play until it falls behind or the session is gone; return why ("" then), and how long it was heard."""
        self._pace, began_s = Pace(), self._clock.now_s()
        self._first.clear()
        while not self._session.poll(0.0 if self._due() else LOOK_S):
            if not self._due() or self._wish is None:
                continue
            pcm = self._hop(self._wish)
            if self._feed.open:
                if self._feed.ready < LOW_S * RATE_HZ:
                    took = f"{self._took_s / self._stream.hop_s:.1f} s for a second of music"
                    return f"fell behind: it took {took}, and little was left", self._clock.now_s() - began_s
                self._feed.append(pcm)
            elif self._pace.too_slow:
                return f"takes {self._pace.factor:.1f} s for a second of music, and {MOST_SHARE} is the most", 0.0
            else:
                self._first.append(pcm)
                began_s = self._clock.now_s()
                self._begin(name)
        return "", 0.0

    def _begin(self, name: str) -> None:
        """Be heard, once a warm hop was fast enough."""
        if not self._pace.fast_enough:
            return
        for pcm in self._first:
            self._feed.append(pcm)
        self._feed.open = True
        self._tell(News(ReportKind.NOTE, text=f'"{name}" plays: it takes {self._pace.factor:.2g} s for a second of '
                                              "music"))
        self._tell(News(ReportKind.READY, text=name))
        self._tell_latency(self._feed.ready / RATE_HZ)

    def _gone_within(self, rest_s: float) -> bool:
        """Rest; say whether the session ended meanwhile."""
        until_s = self._clock.now_s() + rest_s
        while (left_s := until_s - self._clock.now_s()) > 0:
            if self._session.poll(min(left_s, LOOK_S)):
                return True
        return False

    def _due(self) -> bool:
        """Whether the next hop must be begun: music is wanted, and what lies ready is needed soon, or none is heard."""
        self._wish = self._wishes.read() or self._wish
        if self._wish is None or self._wish.presence is Presence.SILENT:
            return False
        return not self._feed.open or self._feed.ready / RATE_HZ < RESERVE_S + CAUTION * self._took_s

    def _hop(self, wish: Wish) -> Pcm:
        """Return a hop's sound, and judge how long it took."""
        began_s, waiting_s = self._clock.now_s(), self._feed.ready / RATE_HZ
        state = self._stream.hop(wish, self._state, lambda: self._session.poll(0.0))
        self._took_s = self._clock.now_s() - began_s
        self._pace.take(self._took_s / self._stream.hop_s)
        self._state = replace(state, ready=state.ready[:0])
        self._tell_latency(waiting_s)
        return state.ready

    def _tell_latency(self, waiting_s: float) -> None:
        """Tell how long a wish waits at most: for what lies ready, and for the hop that it just missed."""
        latency_s = self._stream.hop_s + waiting_s
        if self._feed.open and abs(latency_s - self._latency_s) > LATENCY_NEWS * latency_s:
            self._latency_s = latency_s
            self._tell(News(ReportKind.LATENCY, number=latency_s))

    def _tell(self, news: News) -> None:
        self._session.send_bytes(encode_news(news))


def stream_main(session: Connection, wishes: WishSlot, feed: PcmFeed, arguments: StreamArguments) -> None:
    """Run the MusicGen process: the target of a spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    row, pipe = arguments.choice.row, SharedPipe(session)

    def tell(kind: ReportKind, line: str) -> None:
        with suppress(OSError):
            pipe.send_bytes(encode_news(News(kind, text=line)))

    def say(line: str) -> None:
        tell(ReportKind.NOTE, line)

    say(f'"{row}" is loading its model "{arguments.choice.model}"; "{arguments.understudy}" plays until it is ready')
    feed.open = False
    digests = Digests(files_of(arguments.choice), lambda line: tell(ReportKind.WEIGHTS, line))
    try:
        model = load_model(arguments.choice, say)
        settings = StreamSettings(arguments.mix.palette, arguments.mix.level_lufs)
        worker = StreamWorker(pipe, wishes, feed, MusicStream(model, settings), SystemClock())
        why = worker.run(row, arguments.seed, arguments.understudy)
    except EuthymiaError as error:
        why = f"cannot be had: {error}"
    feed.open = False
    if why:
        tell(ReportKind.REPLACED, instead(row, why, arguments.understudy))
        tell(ReportKind.READY, arguments.understudy)
        with suppress(EOFError, OSError):
            while digests.at_work and not pipe.poll(LOOK_S):
                continue                  # what was heard belongs in the record
