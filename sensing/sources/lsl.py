"""EEG from a Lab Streaming Layer stream, live.

Three threads meet here. `read` runs in the runner's thread and is the only one that hands samples on. While the stream
is there, the link's own thread measures the clock offset; while it is lost, a search thread looks for it. Both put what
they found into one FIFO, which `read` empties: so offsets and returns have a place in the order of inputs.

Recovery: the stream with the same source_id, whatever its process; without one in sight, a stream of the same name,
type and host that was started after the loss (another device of the same make, there before, is not taken for it).
A stream that comes back with another header is told of once, and not taken up; the search goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue

import pylsl

from loop.clock import every
from loop.errors import StreamError
from loop.inputs import Chunk, SourceEvent, SourceKind
from loop.ports import Clock
from loop.values import Header
from sensing.montage import EEG
from sensing.sources.headers import Declared, differences, read_header
from sensing.sources.link import Link, NoAnswer, Understand
from sensing.sources.streams import SETTLE_S, Say, open_lsl, parse_query, quoted, resolve, wait_for_stream

WAIT_S = 10.0                      # for the stream at the start
SEARCH_PAUSE_S = 0.1               # between two searches, each of which takes up to `SETTLE_S`
STARTED_AFTER_S = 1.0              # how far before the loss a stream may have been made and still be its return
JOIN_S = 6.0                       # longer than any wait of a helper thread

Item = Chunk | SourceEvent


def say_nothing(_: str) -> None:
    """Drop a message: for sources that speak to nobody."""


class LslSource:
    """A `loop.ports.Source` that reads an LSL stream and finds it again when it is lost.

    What kind of stream it reads is the class's: EEG here, see `sensing.sources.beside` for others.

    Parameters
    ----------
    query : str
        ``name=..``, ``type=EEG`` or ``source_id=..``.
    clock : Clock
        Of the session; in the seconds of `pylsl.local_clock`.
    network : bool
        Look beyond this machine.
    wait_s : float
        How long to wait for the stream at the start.
    say : Callable[[str], None]
        Takes sentences for a person.

    Raises
    ------
    StreamError
        Where no stream comes in time, several match, or the one that does is not usable EEG.
    """

    understand: Understand = staticmethod(read_header)
    kind = EEG                     # preferred where several match

    def __init__(
        self, query: str, clock: Clock, network: bool = False, wait_s: float = WAIT_S, say: Say = say_nothing
    ) -> None:
        wanted = parse_query(query)
        open_lsl(network)
        self._clock = clock
        self._news: SimpleQueue[Link | SourceEvent] = SimpleQueue()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._offset_s = 0.0
        self._link: Link | None = None
        link = Link(wait_for_stream(wanted, clock, wait_s, say, self.kind), self.understand)
        self._header = link.declared.header
        for note in link.notes:
            say(note)
        self._take_up(link)

    @property
    def header(self) -> Header:
        """What the stream says of itself."""
        return self._header

    def read(self, until_s: float, n_wanted: int) -> Sequence[Item]:
        """Wait until `n_wanted` samples are there or the clock shows `until_s`; return what came, oldest first."""
        items = self._told()
        if self._link is None:
            return items or self._wait_for_news(until_s)
        pulled = self._link.pull(self._clock, until_s, max(1, n_wanted))
        if len(pulled.stamps_s):
            items.append(Chunk(pulled.samples, pulled.stamps_s, self._offset_s, self._clock.now_s()))
        if pulled.lost:
            items.append(self._lose(self._link))
        return items

    def close(self) -> None:
        """Let go of the stream and end the helper threads."""
        self._closed.set()
        if self._link is not None:
            self._link.end()
            self._link = None
        for thread in self._threads:
            thread.join(JOIN_S)

    def _told(self) -> list[Item]:
        items: list[Item] = []
        while not self._news.empty():
            items.append(self._take(self._news.get_nowait()))
        return items

    def _wait_for_news(self, until_s: float) -> list[Item]:
        try:
            return [self._take(self._news.get(timeout=max(0.0, until_s - self._clock.now_s())))]
        except Empty:
            return []

    def _take(self, news: Link | SourceEvent) -> SourceEvent:
        if isinstance(news, Link):
            self._take_up(news)
            return SourceEvent(SourceKind.BACK, self._clock.now_s(), f'the stream "{self._header.name}" is back')
        if news.kind is SourceKind.OFFSET:
            self._offset_s = news.offset_s
        return replace(news, time_s=self._clock.now_s())

    def _take_up(self, link: Link) -> None:
        self._link = link
        self._tell_offset(link.offset_s)
        self._start(link.watch_offset(self._tell_offset))

    def _tell_offset(self, offset_s: float) -> None:
        self._news.put(SourceEvent(SourceKind.OFFSET, self._clock.now_s(), offset_s=offset_s))

    def _lose(self, link: Link) -> SourceEvent:
        lost_s = self._clock.now_s()
        link.end()
        self._link = None
        search = threading.Thread(target=self._search, args=(link.declared, lost_s), name="lsl-search", daemon=True)
        search.start()
        self._start(search)
        return SourceEvent(SourceKind.LOST, lost_s, f'the stream "{self._header.name}" is lost')

    def _start(self, thread: threading.Thread) -> None:
        self._threads = [old for old in self._threads if old.is_alive()] + [thread]

    def _search(self, lost: Declared, lost_s: float) -> None:
        refused: set[str] = set()
        made_after_s = lost_s - self._offset_s - STARTED_AFTER_S
        while every(SEARCH_PAUSE_S, self._closed):
            for info in _returned(lost.header, made_after_s):
                if info.uid() in refused:
                    continue
                try:
                    self._news.put(_same(info, lost, self.understand))
                    return
                except NoAnswer:
                    continue
                except StreamError as error:
                    refused.add(info.uid())
                    self._news.put(SourceEvent(SourceKind.CHANGED, self._clock.now_s(), error.what))


def _same(info: pylsl.StreamInfo, lost: Declared, understand: Understand) -> Link:
    link = Link(info, understand)
    changed = differences(lost, link.declared)
    if changed:
        raise StreamError(f'"{info.name()}" came back with another header: {changed}', "restore the device's settings")
    return link


def _returned(header: Header, made_after_s: float) -> list[pylsl.StreamInfo]:
    same_id = f"source_id={quoted(header.source_id)}"
    facts = (("name", header.name), ("type", header.kind), ("hostname", header.host))
    same_place = " and ".join(f"{key}={quoted(value)}" for key, value in facts)
    found = resolve(f"{same_id} or ({same_place})" if header.source_id else same_place, SETTLE_S)
    by_id = [info for info in found if header.source_id and info.source_id() == header.source_id]
    return by_id or [info for info in found if info.created_at() > made_after_s]
