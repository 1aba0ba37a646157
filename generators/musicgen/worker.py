"""The MusicGen process: it loads the model while the embedded composer plays, then keeps a feed filled, hop by hop.

One thread plays: it reads the newest wish at the start of each hop, and begins a hop as late as it can without running
dry, since what lies ready is heard before the next wish is. It ends when the session's pipe closes, within a token
step; and by itself, saying why, where the model cannot be had or does not keep up. A second thread counts the sha256 of
the weights (`digests.py`) and is never waited for while music can be made; both tell the session things, so each
message is sent under a lock.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from statistics import median
from typing import Protocol

from generators.bars import Wish
from generators.fallback import instead
from generators.link import News, encode_news
from generators.musicgen.checkpoints import ModelChoice, files_of, load_model
from generators.musicgen.digests import Digests
from generators.musicgen.ports import Cancelled
from generators.musicgen.stream import MusicStream, StreamSettings, StreamState
from generators.slot import WishSlot
from generators.sound.feed import FADE_S, PcmFeed
from generators.sound.mix import MixSettings
from generators.sound.ring import RATE_HZ
from loop.clock import SystemClock
from loop.errors import EuthymiaError
from loop.inputs import ReportKind
from loop.ports import Clock
from loop.values import Presence

MOST_SHARE = 0.8                   # of real time that rendering may take: music.md section 3
HOPS_JUDGED = 3                    # their median: one slow hop is a hiccup of the machine
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


class Pace:
    """The real-time factor, at the start and while running."""

    def __init__(self) -> None:
        self._factors: deque[float] = deque(maxlen=HOPS_JUDGED)
        self._warm = False

    def take(self, factor: float) -> None:
        """Take how long a hop took, over how long it lasts; the first one is the model's warming up."""
        if self._warm:
            self._factors.append(factor)
        self._warm = True

    @property
    def known(self) -> bool:
        """Whether a warm hop was measured."""
        return bool(self._factors)

    @property
    def factor(self) -> float:
        """The median of the last hops."""
        return median(self._factors) if self._factors else 0.0

    @property
    def too_slow(self) -> bool:
        """Whether it takes more than its share of real time."""
        return self.factor > MOST_SHARE


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
        self._wish: Wish | None = None
        self._pace = Pace()
        self._took_s = 0.0
        self._latency_s = 0.0

    def run(self, name: str, seed: int) -> str:
        """Play until the session is gone; return why it gave up, "" where it did not.

        Parameters
        ----------
        name : str
            What is said to play.
        seed : int
            Of every choice.
        """
        state = self._stream.begin(seed)
        with suppress(Cancelled, EOFError, OSError):
            while not self._session.poll(0.0 if self._due() else LOOK_S):
                if not self._due() or self._wish is None:
                    continue
                state = self._filled(self._wish, state)
                if self._pace.too_slow:
                    return f"takes {self._pace.factor:.1f} s for a second of music, and {MOST_SHARE} is the most"
                if self._pace.known and not self._feed.open:
                    self._feed.open = True
                    self._tell(News(ReportKind.NOTE, text=f'"{name}" plays: it takes {self._pace.factor:.2g} s for a '
                                                          "second of music"))
                    self._tell(News(ReportKind.READY, text=name))
        return ""

    def _due(self) -> bool:
        """Whether the next hop must be begun: music is wanted, and what lies ready is needed soon."""
        self._wish = self._wishes.read() or self._wish
        if self._wish is None or self._wish.presence is Presence.SILENT:
            return False
        ahead_s = RESERVE_S + max(CAUTION * self._took_s, 0.0 if self._feed.open else self._stream.hop_s)
        return self._feed.ready / RATE_HZ < ahead_s

    def _filled(self, wish: Wish, state: StreamState) -> StreamState:
        began_s, waiting_s = self._clock.now_s(), self._feed.ready / RATE_HZ
        state = self._stream.hop(wish, state, lambda: self._session.poll(0.0))
        self._took_s = self._clock.now_s() - began_s
        self._pace.take(self._took_s / self._stream.hop_s)
        self._feed.append(state.ready)
        latency_s = self._stream.hop_s + waiting_s
        if self._feed.open and abs(latency_s - self._latency_s) > LATENCY_NEWS * latency_s:
            self._latency_s = latency_s
            self._tell(News(ReportKind.LATENCY, number=latency_s))
        return replace(state, ready=state.ready[:0])

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
        why = worker.run(row, arguments.seed)
    except EuthymiaError as error:
        why = f"cannot be had: {error}"
    feed.open = False
    if why:
        tell(ReportKind.REPLACED, instead(row, why, arguments.understudy))
        tell(ReportKind.READY, arguments.understudy)
        with suppress(EOFError, OSError):
            while digests.at_work and not pipe.poll(LOOK_S):
                continue                  # what was heard belongs in the record
