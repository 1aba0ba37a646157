"""A piece rendered in a process of its own, because pyo keeps one server a process and does not end well."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from generators.midi import write_midi
from generators.piece import Piece, write_piece
from loop.clock import SystemClock
from loop.errors import EuthymiaError, SoundError

PROGRESS, SAID, DONE, FAILED = "progress", "said", "done", "failed"
ALONE_EXIT = 1


@dataclass(frozen=True, slots=True)
class Bounced:
    """What was rendered."""

    path: Path
    midi: Path | None
    length_s: float
    bars: int
    speed: float                   # times real time


def bounce(
    piece: Piece, path: Path, midi: Path | None, progress: Callable[[float], None], say: Callable[[str], None]
) -> Bounced:
    """Render a piece into `path`, and its notes into `midi`; both are removed again where that fails or is broken off.

    Raises
    ------
    EuthymiaError
        What the rendering process said.
    """
    context, clock = multiprocessing.get_context("spawn"), SystemClock()
    began_s = clock.now_s()
    pipe, theirs = context.Pipe()
    given = (piece, path, midi, theirs)
    process = context.Process(target=_bounce_main, args=given, name="euthymia-bounce", daemon=True)
    process.start()
    theirs.close()
    done = False
    try:
        n_bars = _hear(pipe, progress, say)
        done = True
    finally:
        process.kill()
        process.join()
        if not done:
            _remove(path, midi)
    return Bounced(path, midi, piece.length_s, n_bars, piece.length_s / (clock.now_s() - began_s))


def _hear(pipe: Connection, progress: Callable[[float], None], say: Callable[[str], None]) -> int:
    """Return the number of bars when all is written."""
    while True:
        try:
            kind, *said = pipe.recv()
        except EOFError:
            raise SoundError("the rendering process ended before the piece did", "see `euthymia doctor`") from None
        if kind == DONE:
            return int(said[0])
        if kind == FAILED:
            raise EuthymiaError(*said)
        if kind == SAID:
            say(said[0])
        else:
            progress(said[0])


def _bounce_main(piece: Piece, path: Path, midi: Path | None, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def tell(*said: object) -> None:
        try:
            pipe.send(said)
        except OSError:            # who asked is gone, and cannot remove any more what is half written
            _remove(path, midi)
            os._exit(ALONE_EXIT)

    try:
        played = write_piece(piece, path, lambda share: tell(PROGRESS, share), lambda line: tell(SAID, line))
        if midi is not None:
            write_midi(played, midi)
        tell(DONE, len(played))
    except EuthymiaError as error:
        tell(FAILED, error.what, error.remedy)
    except OSError as error:
        tell(FAILED, f"{error.filename or path} cannot be written: {error.strerror}", "")
    # pyo's objects free each other in an order that crashes the interpreter's own end; all files are closed.
    os._exit(0)


def _remove(*paths: Path | None) -> None:
    for path in filter(None, paths):
        path.unlink(missing_ok=True)
