"""Any board that BrainFlow knows, over LSL: reached, streamed, and reached again when the link is lost.

One thread does it all: it empties BrainFlow's rings every `POLL_S`, stamps what came, and pushes it. When nothing came
for `SILENCE_S` the board is let go and reached again, after 1, 2, 4, 8 and then every 10 s. The outlets stay open the
whole time: who listens meets silence, and then data of the same stream. While BrainFlow searches for a board (some
seconds) it cannot be interrupted; a STOP then waits.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loop.clock import every
from loop.errors import StreamError
from loop.ports import Clock
from sensing.sources.board_link import BoardLink, count_samples, open_shim
from sensing.sources.board_streams import Address, streams_of
from sensing.sources.board_taps import Tap, open_taps
from sensing.sources.boards import Board
from sensing.sources.streams import Say

POLL_S = 0.005
SILENCE_S = 2.0                    # without a sample: the link is lost
LINGER_S = 0.5                     # liblsl drops what a listener has not yet pulled when the outlet goes
BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Bridging:
    """How to bridge a board."""

    name: str = ""                 # of the stream; "" for the board's
    labels: tuple[str, ...] = ()   # of the EEG channels; () for the board's
    for_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Bridged:
    """What went over a bridge."""

    samples: int
    lost: int                      # samples, by the board's packet numbers
    reconnects: int


@dataclass(frozen=True, slots=True)
class End:
    """What ends a bridge: a person, the clock, or the file."""

    stop: threading.Event
    at_s: float = math.inf
    samples: float = math.inf      # that the file holds; infinite for a device


def bridge(board: Board, address: Address, how: Bridging, clock: Clock, say: Say, stop: threading.Event) -> Bridged:
    """Stream a board over LSL until `for_s` has passed, its file is at the end, or `stop` is set.

    Parameters
    ----------
    board : Board
        From `find_board`.
    address : Address
        What it is reached by; with a file, that is played back as if the board sent it.
    how : Bridging
        Name, labels and length.
    clock : Clock
        The machine's own: its seconds must be those of `pylsl.local_clock`.
    say : Callable[[str], None]
        Takes sentences for a person.
    stop : threading.Event
        Ends the bridge.

    Raises
    ------
    StreamError
        Where the board cannot be reached the first time, or the labels do not fit it.
    FileError
        Where the file is not a recording of this board.
    """
    streams_of(board, how.labels)
    samples = count_samples(board, Path(address.file)) if address.file else math.inf
    link = BoardLink(board, open_shim(board, address))
    link.start()
    try:
        taps = open_taps(board, address, how.name, how.labels, clock, say)
        end = End(stop, clock.now_s() + how.for_s, samples)
        done = Bridge(link, taps, end, clock, say).run()
        every(LINGER_S, stop)
        return done
    finally:
        link.end()


class Bridge:
    """A board's samples on their way to LSL.

    Parameters
    ----------
    link : BoardLink
        To the board, already reached.
    taps : Sequence[Tap]
        Where the samples go, the electrodes' first: its silence is the board's.
    end : End
        When to stop.
    clock : Clock
        Of the stamps.
    say : Callable[[str], None]
        Takes sentences for a person.
    """

    def __init__(self, link: BoardLink, taps: Sequence[Tap], end: End, clock: Clock, say: Say) -> None:
        self._link, self._taps, self._end, self._clock, self._say = link, taps, end, clock, say
        self._title = link.title
        self._tries = self._reconnects = 0
        self._heard_s = clock.now_s()
        self._lost_s: float | None = None

    def run(self) -> Bridged:
        """Stream to the end."""
        while not self._over():
            try:
                self._stream()
            except StreamError as down:
                self._rest(down)
        return self._sum()

    def _over(self) -> bool:
        end = self._end
        return end.stop.is_set() or self._taps[0].samples >= end.samples or self._clock.now_s() >= end.at_s

    def _stream(self) -> None:
        if not self._link.is_up:
            self._link.start()
            self._heard_s = self._clock.now_s()
            for tap in self._taps:
                tap.restart()
        while not self._over():
            self._pull()
            every(POLL_S, self._end.stop)

    def _pull(self) -> None:
        for tap in self._taps:
            data = self._link.pull(tap.preset.number)
            if data.shape[1]:
                tap.take(data)
                self._heard(tap)
        silent_s = self._clock.now_s() - self._heard_s
        if silent_s > SILENCE_S and math.isinf(self._end.samples):      # a file may hold silence
            raise StreamError(f"{self._title}: no data for {SILENCE_S:g} s")

    def _heard(self, tap: Tap) -> None:
        if tap is not self._taps[0]:
            return
        self._heard_s = self._clock.now_s()
        if self._lost_s is not None:
            self._reconnects += 1
            self._say(f"{self._title} is back after {self._heard_s - self._lost_s:.0f} s")
            self._lost_s, self._tries = None, 0

    def _rest(self, down: StreamError) -> None:
        self._link.end()
        now_s = self._clock.now_s()
        self._lost_s = now_s if self._lost_s is None else self._lost_s
        wait_s = BACKOFF_S[min(self._tries, len(BACKOFF_S) - 1)]
        self._tries += 1
        self._say(f"{down.what}; trying again in {wait_s:g} s")
        every(min(wait_s, max(0.0, self._end.at_s - now_s)), self._end.stop)

    def _sum(self) -> Bridged:
        main = self._taps[0]
        done = Bridged(main.samples, main.loss.lost, self._reconnects)
        lost = f", {done.lost} samples lost on the way" if main.loss.counts else ""
        again = f", lost and reached again {done.reconnects} times" if done.reconnects else ""
        self._say(f"{self._title}: {done.samples / main.preset.rate_hz:.1f} s sent{lost}{again}")
        return done
