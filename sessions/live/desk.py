"""Wishes from a person: small datagrams on this machine, with a secret that only this user can read.

The session reads them between two steps and never waits for one. STOP goes two ways at once: to the sound
process on its own port, which works while the session hangs, and to the session.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from generators.sound.stop import send_stop
from loop.inputs import Command, CommandKind
from loop.ports import Clock
from loop.values import NAN
from sessions.live.registry import running, write_private

HOST = "127.0.0.1"
DESK = "desk.json"
TOKEN_BYTES = 16
DATAGRAM_BYTES = 1024
AT_ONCE = 64                       # datagrams taken between two steps
BY_LETTERS = 32
REMEMBERED = 256                   # of messages that came, so that a repeat does nothing
STOP_REPEATS = 3                   # loopback can drop a datagram when a buffer is full


class StopChannel(Protocol):
    """What the music says of its sound process: `generators.sound.stop.StopChannel`."""

    @property
    def port(self) -> int:
        """The UDP port on this machine."""

    @property
    def token(self) -> str:
        """Who does not have it is not heard."""


@dataclass(frozen=True, slots=True)
class StopAddress:
    """Where the sound process hears STOP, on this machine."""

    port: int
    token: str


@dataclass(frozen=True, slots=True)
class _Addresses:
    """What `desk.json` holds."""

    port: int
    token: bytes
    stop: StopAddress | None
    pid: int                       # of the session

    @property
    def lives(self) -> bool:
        """Whether the session's process runs: a datagram to one that was killed is lost without a word."""
        return running(self.pid)


class UdpDesk:
    """The session's end: implements `loop.ports.Desk`.

    Parameters
    ----------
    folder : Path
        The session's live folder; `desk.json` is put there, for its owner's eyes.
    clock : Clock
        Stamps a command with the time at which the session took it.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._clock = clock
        self._file = folder / DESK
        self._token = secrets.token_hex(TOKEN_BYTES).encode()
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._put: deque[Command] = deque()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.setblocking(False)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.announce(None)

    def announce(self, stop: StopChannel | None) -> None:
        """Say where commands go, and where the sound process hears STOP; again after each restart of it."""
        port = self._socket.getsockname()[1]
        known: dict[str, Any] = {"port": port, "token": self._token.decode(), "pid": os.getpid()}
        if stop is not None:
            known |= {"stop_port": stop.port, "stop_token": stop.token}
        write_private(self._file, json.dumps(known).encode())

    def put(self, kind: CommandKind, *, number: float = NAN, by: str = "terminal") -> None:
        """Take a wish from this process itself: a signal handler, the terminal."""
        self._put.append(Command(kind, NAN, number=number, by=by))

    def commands(self) -> Sequence[Command]:
        """Return what came since the last call, oldest first, stamped now; never waits."""
        now_s = self._clock.now_s()
        taken = [replace(self._put.popleft(), time_s=now_s) for _ in range(len(self._put))]
        for _ in range(AT_ONCE):
            try:
                datagram = self._socket.recv(DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except OSError:        # Windows: a reply address that is gone, or a datagram that is too long
                continue
            command = self._read(datagram)
            if command is not None:
                taken.append(command)
        return taken

    def close(self) -> None:
        """Hear no more, and take the address away."""
        self._socket.close()
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _read(self, datagram: bytes) -> Command | None:
        """Return the command, or None for a wrong token, a repeat or rubbish."""
        token, _, body = datagram.partition(b" ")
        if not hmac.compare_digest(token, self._token):
            return None
        try:
            said = json.loads(body)
            if said["id"] in self._seen:
                return None
            self._seen.append(said["id"])
            return Command(
                CommandKind(said["kind"]), self._clock.now_s(), valence=float(said["valence"]),
                arousal=float(said["arousal"]), number=float(said["number"]), by=str(said["by"])[:BY_LETTERS])
        except (ValueError, KeyError, TypeError):
            return None


class RemoteDesk:
    """The window's or the terminal's end.

    Parameters
    ----------
    folder : Path
        The session's live folder.
    by : str
        Who speaks: "window" or "terminal".
    """

    def __init__(self, folder: Path, by: str = "window") -> None:
        self._file = folder / DESK
        self._by = by
        self._known: _Addresses | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._look()

    def send(self, kind: CommandKind, *, valence: float = NAN, arousal: float = NAN,
             number: float = NAN) -> bool:
        """Send one wish; False where no session listens."""
        return self._send(self._body(kind, valence, arousal, number))

    def stop(self) -> bool:
        """Silence the sound directly, and tell the session; False where neither can be reached."""
        known = self._look()
        body = self._body(CommandKind.STOP, NAN, NAN, NAN)
        reached = False
        if known is not None and known.stop is not None:
            with suppress(OSError):
                send_stop(known.stop.port, known.stop.token)
                reached = True
        told = [self._send(body) for _ in range(STOP_REPEATS)]
        return known is not None and known.lives and (reached or any(told))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _body(self, kind: CommandKind, valence: float, arousal: float, number: float) -> bytes:
        said = {"id": secrets.token_hex(8), "kind": kind.value, "valence": valence, "arousal": arousal,
                "number": number, "by": self._by, "pid": os.getpid()}
        return json.dumps(said).encode()

    def _send(self, body: bytes) -> bool:
        known = self._look()
        return known is not None and self._post(known.token + b" " + body, known.port) and known.lives

    def _post(self, datagram: bytes, port: int) -> bool:
        try:
            self._socket.sendto(datagram, (HOST, port))
        except OSError:
            return False
        return True

    def _look(self) -> _Addresses | None:
        """Read the addresses again, as the sound may have been restarted; the last known where that fails."""
        try:
            said = json.loads(self._file.read_text())
            port, key = said.get("stop_port"), said.get("stop_token", "")
            stop = StopAddress(port, key) if port else None
            self._known = _Addresses(said["port"], said["token"].encode(), stop, said["pid"])
        except FileNotFoundError:
            self._known = None     # the session took its address away: it is over
        except (OSError, ValueError, KeyError, TypeError):
            return self._known
        return self._known
