"""The protocol of the music process: bars down to the sound, their progress up, and news to the session.

Three ends meet here. Each message is one JSON object in bytes (`Connection.send_bytes`; nothing is pickled):

- **The bars link.** The sound process listens (`multiprocessing.connection.Listener`, with an authkey); the music
  process calls. The sound asks by `Progress`: `need` bars *more than it asked for before* on this connection, so
  that credit is never lost and never doubled. It sends one `Progress` at once when the music calls (`need=2`), and
  one each time that a bar begins to play (`need=1`). The music answers each credit with one bar. After a bar with
  `last=True` the credit rests until the wish is `PLAYING` again. A new caller starts with no credit and numbers its
  bars from `played + queued + 1`.
- **Replacing.** A message down holds bars of consecutive indices. Those whose indices wait already take their place,
  all at once or, where the first of them has begun, not at all: what waits always follows on what went before. Which
  take of a bar was played, the next `Progress` tells; replacing asks for and spends no credit.
- **The session's pipe, down:** `Reach`: where the sound process listens now. It comes once at the start, and again
  after each restart of the sound.
- **The session's pipe, up:** `News`, whose kinds are among those of `loop.inputs.ReportKind`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from generators.bars import Bar, bar_from_fields, bar_to_json
from loop.errors import SoundError
from loop.inputs import ReportKind
from loop.values import NAN

BARS_AHEAD = 2                     # music.md section 2, "At play": two bars ahead
LINK_REMEDY = "start the session again; both ends must be of the same version"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the sound has come, and how many bars more it wants."""

    need: int                      # bars asked for by this message, on top of those before
    played: int = -1               # index of the newest bar that has begun; -1 before the first
    queued: int = 0                # bars that it holds and has not begun
    take: int = 0                  # of the newest bar
    began_s: float = NAN           # when it began, by the system's clock
    bar_s: float = NAN             # how long it lasts, at the tempo that it began with


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the sound process listens: what `multiprocessing.connection.Client` takes."""

    host: str
    port: int
    key: bytes


@dataclass(frozen=True, slots=True)
class News:
    """What the music process tells the session; the session turns it into a `Report`."""

    kind: ReportKind               # READY, LATENCY, NOTE, REPLACED or WEIGHTS
    number: float = NAN            # for LATENCY: the longest that a wish waits for its bar line, s
    text: str = ""                 # for READY the generator, for REPLACED why it is another, for WEIGHTS JSON


def encode_bars(bars: tuple[Bar, ...]) -> bytes:
    """Return bars of consecutive indices as they go down the link."""
    return b'{"bars":[' + ",".join(map(bar_to_json, bars)).encode() + b"]}"


def decode_bars(message: bytes) -> tuple[Bar, ...]:
    """Return the bars that `encode_bars` wrote; raises `SoundError` on anything else."""
    return tuple(map(bar_from_fields, _field(message, "bars", list)))


def encode_progress(progress: Progress) -> bytes:
    """Return the sound's progress as it goes up the link."""
    return _encode("progress", asdict(progress))


def decode_progress(message: bytes) -> Progress:
    """Return the progress that `encode_progress` wrote; raises `SoundError` on anything else."""
    return Progress(**_field(message, "progress", dict))


def encode_reach(reach: Reach) -> bytes:
    """Return the sound's address for the music's pipe."""
    return _encode("reach", {"host": reach.host, "port": reach.port, "key": reach.key.hex()})


def decode_reach(message: bytes) -> Reach:
    """Return the address that `encode_reach` wrote; raises `SoundError` on anything else."""
    fields = _field(message, "reach", dict)
    return Reach(fields["host"], fields["port"], bytes.fromhex(fields["key"]))


def encode_news(news: News) -> bytes:
    """Return news for the session's pipe."""
    return _encode("news", asdict(news))


def decode_news(message: bytes) -> News:
    """Return the news that `encode_news` wrote; raises `SoundError` on anything else."""
    fields = _field(message, "news", dict)
    return News(ReportKind(fields["kind"]), fields["number"], fields["text"])


def _encode(name: str, fields: dict[str, Any]) -> bytes:
    return json.dumps({name: fields}, separators=(",", ":")).encode()


def _field(message: bytes, name: str, kind: type[Any]) -> Any:
    try:
        fields = json.loads(message)[name]
    except (ValueError, KeyError, TypeError) as error:
        raise SoundError(f"a message of the bars link is no {name}: {message[:60]!r}", LINK_REMEDY) from error
    if not isinstance(fields, kind):
        raise SoundError(f"a message of the bars link holds no {name}: {message[:60]!r}", LINK_REMEDY)
    return fields
