"""STOP on its own channel: one datagram with a token, from whoever has a STOP button, straight to the sound process.

The listener thread owns its socket and does one thing. It needs neither the session nor the window, nor any queue of
theirs.
"""

from __future__ import annotations

import hmac
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

HOST = "127.0.0.1"
TOKEN_BYTES = 16
LONGEST = 256
REPEATS = 3                        # datagrams may be dropped, even here: STOP may not


@dataclass(frozen=True, slots=True)
class StopChannel:
    """Where STOP is sent: what a window needs for `send_stop`."""

    port: int                      # on `HOST`
    token: str


class StopListener:
    """Listens for STOP and calls `on_stop` from its own thread.

    Parameters
    ----------
    token : str
        Who does not have it is not heard.
    on_stop : Callable[[], None]
        Called at every STOP with the token.
    port : int
        0 lets the system choose; a restarted sound process asks for the port that was published before.
    """

    def __init__(self, token: str, on_stop: Callable[[], None], port: int = 0) -> None:
        self._token = token.encode()
        self._on_stop = on_stop
        self._socket = _bound(port)
        threading.Thread(target=self._listen, name="stop", daemon=True).start()

    @property
    def port(self) -> int:
        """The UDP port on 127.0.0.1."""
        return int(self._socket.getsockname()[1])

    def _listen(self) -> None:
        while True:
            try:
                heard, _ = self._socket.recvfrom(LONGEST)
            except OSError:
                continue           # Windows reports here that an earlier sender is gone
            if hmac.compare_digest(heard, self._token):
                self._on_stop()


def send_stop(port: int, token: str) -> None:
    """Tell the sound process at `port` to be silent now, and for good."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        for _ in range(REPEATS):
            channel.sendto(token.encode(), (HOST, port))


def _bound(port: int) -> socket.socket:
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        channel.bind((HOST, port))
    except OSError:
        channel.bind((HOST, 0))
    return channel
