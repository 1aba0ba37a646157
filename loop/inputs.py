"""The inputs of the engine: whatever a session was given, in the order in which it was given.

Together with the protocol they determine every cycle; so they are what the journal keeps and what a replay steps.
Times are seconds on the session machine's LSL clock unless a name says otherwise.
"""

from __future__ import annotations

from enum import StrEnum

from loop.frozen import frozen
from loop.values import NAN, FloatArray


@frozen
class Chunk:
    """Samples as a source handed them over, stamps as received."""

    samples: FloatArray            # (n_times, n_channels), in `Header.units`
    stamps_s: FloatArray           # (n_times,), the sender's clock
    offset_s: float                # add to a stamp to get this machine's clock
    time_s: float                  # arrival


class SourceKind(StrEnum):
    """What can happen to a source."""

    LOST = "lost"                  # nothing can be read any more: the link broke, or the stream was closed
    BACK = "back"                  # the same stream is there again
    CHANGED = "changed"            # it came back with another header: it is not taken up
    OFFSET = "offset"              # the clock offset was measured


@frozen
class SourceEvent:
    """Something that happened to a source."""

    kind: SourceKind
    time_s: float
    detail: str = ""               # one sentence for a person
    offset_s: float = NAN          # for `OFFSET`


@frozen
class SideChunk:
    """Samples of a stream beside the EEG (heart, skin, motion): recorded and shown, read by no decision."""

    stream: int                    # which of the session's side streams, from 0
    samples: FloatArray            # (n_times, n_channels), in that stream's `Header.units`
    stamps_s: FloatArray           # (n_times,), the sender's clock
    offset_s: float                # add to a stamp to get this machine's clock
    time_s: float                  # arrival


@frozen
class SideEvent:
    """Something that happened to a stream beside the EEG; the session goes on whatever it is."""

    stream: int
    kind: SourceKind
    time_s: float
    detail: str = ""               # one sentence for a person
    offset_s: float = NAN          # for `OFFSET`


@frozen
class Tick:
    """The clock, every `TICK_S`: lets the engine see that nothing arrived."""

    time_s: float


class ReportKind(StrEnum):
    """What the music and the sound tell the session."""

    BAR = "bar"                    # a bar as played
    LEVEL = "level"                # the level of the last half second
    READY = "ready"                # a worker is up; `text` names output or generator
    UNDERRUN = "underrun"          # periods of the output that came too late, since the last report
    FALLBACK = "fallback"          # a bar was late and another was played; `text` says which
    REPLACED = "replaced"          # the composer cannot play, another does; `text` says why
    NOTE = "note"                  # `text` is for a person: nothing is wrong
    LOST = "lost"                  # a worker is gone: `text` is "music" or "sound"
    DROPPED = "dropped"            # `number` reports found no room on their way to the session
    LATENCY = "latency"            # `number` is the control latency of the generator, s
    WEIGHTS = "weights"            # `text` is JSON: of a large model's files, bytes and sha256


@frozen
class Report:
    """News from the music or the sound."""

    kind: ReportKind
    time_s: float                  # when the session took it
    frame: int = -1                # the sound frame at which it began, or -1
    number: float = NAN            # level_db, underruns, latency_s: as `kind` says
    text: str = ""                 # for `BAR` the bar as JSON


class CommandKind(StrEnum):
    """What a person, or the protocol on a person's behalf, can ask."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SKIP = "skip"                  # the rest of this phase
    RATE = "rate"                  # `valence` and `arousal` on SAM's 1..9
    LEVEL = "level"                # `number` is the user's level, dB about the default
    UNATTENDED = "unattended"      # nobody is there: ratings are skipped


@frozen
class Command:
    """What a person asked, with the time at which the session took it."""

    kind: CommandKind
    time_s: float
    valence: float = NAN           # SAM 1..9
    arousal: float = NAN           # SAM 1..9
    number: float = NAN
    by: str = ""                   # "terminal", "window", "protocol", "listener"


Side = SideChunk | SideEvent
Input = Chunk | SourceEvent | Side | Tick | Report | Command
