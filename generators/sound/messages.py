"""What the sound process and the session say to each other over their pipe: one JSON object a message."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from loop.errors import SoundError
from loop.inputs import ReportKind
from loop.values import NAN

CLOSE = b"close"                   # session -> sound: fade out and go


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message up: where the sound process can be reached, and what it plays to."""

    output: str                    # one sentence for a person
    stop_port: int                 # UDP on 127.0.0.1
    link_port: int                 # TCP on 127.0.0.1: the bars link
    name: str = ""                 # of the output; it may name its owner, and goes into no record


@dataclass(frozen=True, slots=True)
class SoundNews:
    """Any later message up; the session makes a `Report` of it."""

    kind: ReportKind
    frame: int = -1
    number: float = NAN
    text: str = ""


def encode(message: Hello | SoundNews) -> bytes:
    """Return a message as it goes up the pipe."""
    return json.dumps({"hello" if isinstance(message, Hello) else "news": asdict(message)}).encode()


def decode(message: bytes) -> Hello | SoundNews:
    """Return what `encode` was given."""
    (name, fields), = _items(message)
    if name == "hello":
        return Hello(**fields)
    return SoundNews(ReportKind(fields.pop("kind")), **fields)


def _items(message: bytes) -> Any:
    try:
        return json.loads(message).items()
    except ValueError as error:
        raise SoundError(f"the sound process said something unreadable: {message[:60]!r}") from error
