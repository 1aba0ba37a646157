"""The sound's end of the bars link: takes bars from whichever music process calls, and tells it how far it has come.

One thread accepts a caller, sends it credit and then only receives. `began` is called by the housekeeping thread and
sends: a hundred bytes a bar, which fit the socket's buffer for as long as a session can last with a caller that hangs.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import Protocol

from generators.bars import Bar
from generators.link import BARS_AHEAD, Progress, decode_bars, encode_progress
from generators.sound.stop import HOST
from loop.errors import SoundError


class Player(Protocol):
    """Who plays the bars."""

    @property
    def queued(self) -> int:
        """Bars that have come and not begun."""

    def offer(self, *bars: Bar) -> bool:
        """Queue bars, in place of those that wait from the first index on; False where there is no room."""


class BarLink:
    """Listens on 127.0.0.1 for the music process.

    Parameters
    ----------
    player : Player
        Takes the bars.
    key : bytes
        Both ends must have it.
    """

    def __init__(self, player: Player, key: bytes) -> None:
        self._player = player
        self._listener = Listener((HOST, 0), authkey=key)
        self._lock = threading.Lock()         # of the caller and of what is sent to it
        self._caller: Connection | None = None
        self._newest = Progress(0)
        threading.Thread(target=self._serve, name="bars", daemon=True).start()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return int(self._listener.address[1])

    def began(self, progress: Progress) -> None:
        """Say which bar has begun, and ask for as many more as it says."""
        self._newest = progress
        self._send(progress.need)

    def ask(self, need: int) -> None:
        """Ask for `need` bars more, though none has begun."""
        self._send(need)

    def _send(self, need: int) -> None:
        with self._lock:
            if self._caller is None:
                return
            try:
                progress = replace(self._newest, need=need, queued=self._player.queued)
                self._caller.send_bytes(encode_progress(progress))
            except OSError:
                self._caller = None

    def _serve(self) -> None:
        while True:
            try:
                caller: Connection = self._listener.accept()
            except (AuthenticationError, EOFError, OSError):
                continue
            with self._lock:
                self._caller = caller
            self._send(max(BARS_AHEAD - self._player.queued, 0))
            self._receive(caller)
            caller.close()

    def _receive(self, caller: Connection) -> None:
        try:
            while True:
                self._player.offer(*decode_bars(caller.recv_bytes()))
        except (EOFError, OSError, SoundError):
            with self._lock:
                self._caller = None
