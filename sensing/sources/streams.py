"""Finding LSL streams: on this machine unless the whole network is asked for.

liblsl has one configuration per process and reads it at its first use; what is set later is ignored in silence. So
whoever uses LSL calls `open_lsl` first. Discovery asks in waves; the wave that reaches the other processes of this
machine comes after 0.5 s, so a search shorter than `SETTLE_S` finds some streams and misses others (measured).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import pylsl
from pylsl.util import LostError
from pylsl.util import TimeoutError as LslTimeoutError

from loop.errors import StreamError
from loop.ports import Clock
from sensing.impedance import declared, impedance_words
from sensing.montage import EEG
from sensing.sources.headers import read_side_header

# liblsl's 32 ports carry about ten sessions with their outlets; an outlet beyond them cannot be found on this machine.
THIS_MACHINE = """
[ports]
PortRange = 128
[multicast]
ResolveScope = machine
[lab]
KnownPeers = {127.0.0.1}
[log]
level = -3
"""
QUERY_KEYS = ("name", "type", "source_id")
ANSWER_S = 1.0                     # for a header: a stream that was just seen answers in milliseconds
SETTLE_S = 1.0                     # long enough for every stream of this machine to answer
MANY = 1024                        # more streams than any lab has: makes a search wait its whole time
QUERY_REMEDY = "write name=..., type=EEG or source_id=..."

Say = Callable[[str], None]


class NotThere(StreamError):
    """No stream of that description came in time."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: one property of a stream and its value."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"

    @property
    def predicate(self) -> str:
        """The same as liblsl's XPath predicate."""
        return f"{self.key}={quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A stream in sight, as a list shows it."""

    name: str
    kind: str
    channels: int
    rate_hz: float
    source_id: str
    host: str
    impedance: str = ""            # what its header holds of the electrodes' impedance, in a sentence


def quoted(value: str) -> str:
    """Quote a value for a predicate of liblsl, which knows no escapes.

    Raises
    ------
    StreamError
        Where the value holds both kinds of quotes.
    """
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    raise StreamError(f"a stream cannot be found by {value}, which holds both kinds of quotes", "use another property")


def parse_query(text: str) -> Query:
    """Read ``name=..``, ``type=..`` or ``source_id=..``.

    Raises
    ------
    StreamError
        Where the text is none of them.
    """
    key, equals, value = text.partition("=")
    query = Query(key.strip(), value.strip())
    if not equals or not query.value or query.key not in QUERY_KEYS:
        raise StreamError(f'"{text}" does not name a stream', QUERY_REMEDY)
    quoted(query.value)
    return query


@cache
def _stay_on_this_machine() -> None:
    pylsl.set_config_content(THIS_MACHINE)


def open_lsl(network: bool = False) -> None:
    """Fix how far this process looks for streams; the first call in a process decides.

    With `network`, liblsl's own files (`lsl_api.cfg`) decide.
    """
    if not network:
        _stay_on_this_machine()


def find_streams(query: str, wait_s: float = SETTLE_S, network: bool = False) -> list[StreamRow]:
    """Return the streams in sight that match, sorted by name; an empty query matches all."""
    open_lsl(network)
    predicate = parse_query(query).predicate if query else "name!=''"
    rows = [replace(row_of(info), impedance=_impedance(info)) for info in resolve(predicate, max(wait_s, SETTLE_S))]
    return sorted(rows, key=lambda row: (row.name, row.source_id))


def row_of(info: pylsl.StreamInfo) -> StreamRow:
    """Return what a list shows of a stream."""
    return StreamRow(
        info.name(), info.type(), info.channel_count(), info.nominal_srate(), info.source_id(), info.hostname()
    )


def _impedance(info: pylsl.StreamInfo) -> str:
    """Return what an EEG stream's header says of impedance; "" where it says nothing, or does not answer."""
    if info.type().lower() != EEG:
        return ""
    try:
        full = pylsl.StreamInlet(info, recover=False).info(timeout=ANSWER_S)
        return impedance_words(declared(read_side_header(full.as_xml()).header))
    except (LostError, LslTimeoutError, StreamError):
        return ""


def resolve(predicate: str, wait_s: float, minimum: int = MANY) -> list[pylsl.StreamInfo]:
    """Search for `wait_s`, or until `minimum` streams answered; several with one source_id are one, the newest."""
    newest: dict[str, pylsl.StreamInfo] = {}
    for info in pylsl.resolve_bypred(predicate, minimum=minimum, timeout=wait_s):
        key = info.source_id() or info.uid()
        if key not in newest or info.created_at() > newest[key].created_at():
            newest[key] = info
    return list(newest.values())


def wait_for_stream(query: Query, clock: Clock, wait_s: float, say: Say, kind: str = EEG) -> pylsl.StreamInfo:
    """Return the one stream that matches, waiting for it up to `wait_s`; of several, the one of that kind.

    Raises
    ------
    NotThere
        Where none came in time.
    StreamError
        Where several match.
    """
    until_s = clock.now_s() + wait_s
    said = False
    while not resolve(query.predicate, SETTLE_S, minimum=1):
        if not said:
            say(f"waiting for a stream: {query}")
            said = True
        if clock.now_s() >= until_s:
            raise NotThere(
                f"no stream with {query} came within {wait_s:g} s",
                "start the device's LSL application (`euthymia streams` lists what is in sight, --network looks on)",
            )
    return _the_one(query, resolve(query.predicate, SETTLE_S), kind)


def _the_one(query: Query, found: Sequence[pylsl.StreamInfo], kind: str) -> pylsl.StreamInfo:
    if not found:
        raise StreamError(f"the stream with {query} went away while it was being opened", "start it again")
    likely = [info for info in found if info.type().lower() == kind] or list(found)
    if len(likely) > 1:
        names = ", ".join(f"name={info.name()} source_id={info.source_id()}" for info in likely)
        what = f"{len(likely)} streams match {query}: {names}"
        raise StreamError(what, "choose one by name=... or source_id=... (--stream for the EEG)")
    return likely[0]
