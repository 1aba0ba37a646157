"""Streams beside the EEG (heart, skin, motion), each with its own rate and times: read along, never needed.

They are pulled without waiting, whenever the EEG's reading returns: a decision apart, or a tick where the EEG is
silent. What they bring has its place in the one order of inputs, and is journalled like all else. A stream that is not
there at the start is left out and said; one that is lost is searched for as the EEG is, and the session goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from loop.errors import StreamError
from loop.inputs import Chunk, Side, SideChunk, SideEvent, SourceEvent
from loop.ports import Clock, Source
from loop.values import Header
from sensing.sources.headers import read_side_header
from sensing.sources.link import NoAnswer, Understand
from sensing.sources.lsl import LslSource
from sensing.sources.streams import NotThere, Say

WAIT_S = 5.0                       # for each at the start, where the EEG is there already


class SideSource(LslSource):
    """Reads a stream of numbers of any kind, with a regular rate or none."""

    understand: Understand = staticmethod(read_side_header)
    kind = ""


class WithSides:
    """A `loop.ports.Source`: the EEG, and behind each reading of it what came beside it meanwhile.

    Parameters
    ----------
    eeg : Source
        Waits, and wakes the loop.
    sides : Sequence[Source]
        In the order of `SideChunk.stream`.
    clock : Clock
        The session's.
    """

    def __init__(self, eeg: Source, sides: Sequence[Source], clock: Clock) -> None:
        self._eeg = eeg
        self._sides = tuple(sides)
        self._clock = clock

    @property
    def header(self) -> Header:
        """What the EEG says of itself."""
        return self._eeg.header

    def read(self, until_s: float, n_wanted: int) -> Sequence[Chunk | SourceEvent | Side]:
        """Wait as the EEG does; return what came of it, then what came of each side stream."""
        items = [*self._eeg.read(until_s, n_wanted)]
        for stream, side in enumerate(self._sides):
            items.extend(_beside(stream, item) for item in side.read(self._clock.now_s(), 1))
        return items

    def close(self) -> None:
        """Let go of all streams."""
        for source in (*self._sides, self._eeg):
            source.close()


@dataclass(frozen=True, slots=True)
class Reach:
    """How streams are looked for."""

    clock: Clock
    network: bool
    say: Say


def open_sides(queries: Sequence[str], eeg: Header, reach: Reach, opening: ExitStack) -> list[SideSource]:
    """Open the streams that are there; say which are not.

    Parameters
    ----------
    queries : Sequence[str]
        ``type=ECG``, ``name=..`` or ``source_id=..``, one a stream.
    eeg : Header
        Of the EEG: the same stream is not taken twice.
    reach : Reach
        Clock, network, and who is told.
    opening : ExitStack
        Closes what was opened.

    Raises
    ------
    StreamError
        Where a query matches several streams, one that carries no numbers, or one that is read already.
    """
    sides: list[SideSource] = []
    taken = {_uid(eeg)}
    for query in queries:
        try:
            side = SideSource(query, reach.clock, reach.network, WAIT_S, reach.say)
        except (NotThere, NoAnswer) as error:
            reach.say(f"beside the EEG: {error.what}; the session goes on without it")
            continue
        opening.callback(side.close)
        if _uid(side.header) in taken:
            raise StreamError(f'stream: beside: {query} finds "{side.header.name}", which is read already',
                              "name another stream, or leave the row out")
        taken.add(_uid(side.header))
        rate = f"{side.header.rate_hz:g} Hz" if side.header.rate_hz else "irregular times"
        reach.say(f'beside the EEG: "{side.header.name}" ({side.header.kind or "no type"}, {rate}), '
                  f"{len(side.header.labels)} channels; recorded and shown, read by no decision")
        sides.append(side)
    return sides


def _uid(header: Header) -> str:
    """Return what LSL calls this one outlet."""
    return (ElementTree.fromstring(header.xml).findtext("uid") if header.xml else None) or header.source_id


def _beside(stream: int, item: Chunk | SourceEvent | Side) -> Side:
    if isinstance(item, Chunk):
        return SideChunk(stream, item.samples, item.stamps_s, item.offset_s, item.time_s)
    if isinstance(item, SourceEvent):
        return SideEvent(stream, item.kind, item.time_s, item.detail, item.offset_s)
    return replace(item, stream=stream)
