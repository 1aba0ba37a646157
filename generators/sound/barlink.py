"""The sound's end of the bars link: takes bars from whichever music process calls, and tells it how far it has come.

One thread accepts a caller, sends it credit and then only receives. `began` is called by the housekeeping thread and
sends: a hundred bytes a bar, which fit the socket's buffer for as long as a session can last with a caller that hangs.
"""

from __future__ import annotations

import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import Protocol

from generators.bars import Bar
from generators.link import BARS_AHEAD, Progress, decode_bar, encode_progress
from generators.sound.stop import HOST
from loop.errors import SoundError


class Player(Protocol):
    """Who plays the bars."""

    @property
    def queued(self) -> int:
        """Bars that have come and not begun."""

    def offer(self, bar: Bar) -> bool:
        """Queue a bar; False where there is no room."""


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
        self._newest = -1
        threading.Thread(target=self._serve, name="bars", daemon=True).start()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return int(self._listener.address[1])

    def began(self, index: int, need: int) -> None:
        """Say that the bar `index` has begun, and ask for `need` more."""
        self._newest = max(self._newest, index)
        self._send(need)

    def _send(self, need: int) -> None:
        with self._lock:
            if self._caller is None:
                return
            try:
                self._caller.send_bytes(encode_progress(Progress(need, self._newest, self._player.queued)))
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
                self._player.offer(decode_bar(caller.recv_bytes()))
        except (EOFError, OSError, SoundError):
            with self._lock:
                self._caller = None
