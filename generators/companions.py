"""The two processes beside the session, as the session sees them: spawned, heard by a thread each, restarted, ended."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Protocol

from generators.fallback import RULES, instead
from generators.link import Reach, decode_news, encode_reach
from generators.slot import WishSlot
from generators.sound.messages import CLOSE, Hello, decode
from generators.sound.process import SoundArguments, sound_main
from generators.sound.stop import HOST
from generators.worker import music_main
from loop.errors import SoundError
from loop.inputs import ReportKind
from loop.values import NAN

END_S = 3.0                        # for a process to end by itself: the last fade takes 1 s
KILL_S = 1.0


class Add(Protocol):
    """Takes what becomes a `Report`."""

    def __call__(self, kind: ReportKind, frame: int = -1, number: float = NAN, text: str = "") -> None:
        """Take what was reported."""


class Companion:
    """A spawned process with a pipe, and a thread that hears it.

    Parameters
    ----------
    name : str
        Of the process and its thread.
    heard : Callable[[bytes], None]
        Takes each message, in the hearing thread.
    ended : Callable[[], None], optional
        Called in that thread when nothing more will come.
    """

    def __init__(self, name: str, heard: Callable[[bytes], None], ended: Callable[[], None] = lambda: None) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._name = name
        self._heard = heard
        self._ended = ended

    def begin(self, target: Callable[..., None], arguments: Callable[[Connection], tuple[object, ...]]) -> None:
        """Spawn `target` with what `arguments` makes of its end of a new pipe."""
        self.pipe, theirs = self._context.Pipe()
        self.process = self._context.Process(target=target, args=arguments(theirs), name=self._name, daemon=True)
        self.process.start()
        # Only the child may hold its end: else neither would ever see the other's death.
        theirs.close()
        threading.Thread(target=self._hear, args=(self.pipe,), name=f"{self._name}-news", daemon=True).start()

    def send(self, message: bytes) -> None:
        """Send a message; a process that is gone is seen elsewhere."""
        with suppress(OSError):
            self.pipe.send_bytes(message)

    def end(self, within_s: float) -> None:
        """Wait for the end; help it along after `within_s`."""
        self.process.join(within_s)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(KILL_S)
        self.pipe.close()

    def _hear(self, pipe: Connection) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._heard(pipe.recv_bytes())
        self._ended()


class SoundCompanion:
    """The sound process.

    Parameters
    ----------
    arguments : Callable[[int, Connection], SoundArguments]
        Makes its arguments from the STOP port that is wanted and its end of the pipe.
    add : Add
        Takes what it reports.
    """

    def __init__(self, arguments: Callable[[int, Connection], SoundArguments], add: Add) -> None:
        self._arguments = arguments
        self._add = add
        self._lock = threading.Condition()    # of the two below
        self._hello: Hello | None = None
        self._refusal = ""
        self._fell_silent = False
        self._announced = False
        self._gone = False
        self.stop_port = self.link_port = 0
        self._companion = Companion("euthymia-sound", self._heard, self._ended)
        self._begin()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._companion.process.pid or 0

    def ready(self, within_s: float) -> Hello:
        """Wait for the first word of the process; raises `SoundError` where it has no output, or does not come up."""
        with self._lock:
            self._lock.wait_for(lambda: self._hello is not None or bool(self._refusal) or self._fell_silent, within_s)
            if self._hello is not None:
                self._announced = True
                return self._hello
        self._companion.end(KILL_S if self._fell_silent else 0.0)
        if self._refusal:
            raise SoundError(self._refusal)
        code = self._companion.process.exitcode
        died = f"the sound process died while it was starting (exit code {code})"
        raise SoundError(died if self._fell_silent else f"the sound process did not come up within {within_s:.0f} s",
                         "see `euthymia doctor`")

    def newly_ready(self) -> bool:
        """Whether a restarted process has come up since this was last asked."""
        with self._lock:
            new = self._hello is not None and not self._announced
            self._announced = self._announced or new
            return new

    def lost(self) -> bool:
        """Whether the process has ended; true once for each."""
        if self._gone or self._companion.process.is_alive():
            return False
        self._gone = True
        return True

    def restart(self) -> None:
        """Spawn the process again; it fades in by itself."""
        self._companion.pipe.close()
        with self._lock:
            self._hello, self._announced = None, False
        self._begin()

    def close(self) -> None:
        """Have it fade, and end it."""
        self._companion.send(CLOSE)
        self._companion.end(END_S)

    def _begin(self) -> None:
        self._gone = False
        self._companion.begin(sound_main, lambda pipe: (self._arguments(self.stop_port, pipe),))

    def _ended(self) -> None:
        with self._lock:
            self._fell_silent = True
            self._lock.notify_all()

    def _heard(self, message: bytes) -> None:
        news = decode(message)
        if isinstance(news, Hello):
            self._add(ReportKind.READY, text=f"sound: {news.output}")
            with self._lock:
                self._hello, self.stop_port, self.link_port = news, news.stop_port, news.link_port
                self._lock.notify_all()
        elif news.kind is ReportKind.LOST:
            with self._lock:
                self._refusal = news.text
                self._lock.notify_all()
        else:
            self._add(news.kind, news.frame, news.number, news.text)


class MusicCompanion:
    """The music process.

    Parameters
    ----------
    slot : WishSlot
        Where it reads what is wanted.
    generator : str
        Who composes: a name of the catalogue.
    seed : int
        Of every choice.
    add : Add
        Takes what it reports.
    """

    def __init__(self, slot: WishSlot, generator: str, seed: int, add: Add) -> None:
        self._slot = slot
        self._generator = generator
        self._seed = seed
        self._add = add
        self._gone = False
        self._companion = Companion("euthymia-music", self._heard)
        self._begin()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._companion.process.pid or 0

    def reach(self, port: int, key: bytes) -> None:
        """Tell it where the sound process listens."""
        self._companion.send(encode_reach(Reach(HOST, port, key)))

    def lost(self) -> bool:
        """Whether the process has ended; true once for each."""
        if self._gone or self._companion.process.is_alive():
            return False
        self._gone = True
        return True

    def give_up(self) -> None:
        """Have the rules compose from the next start on: this composer ends its process again and again."""
        if self._generator != RULES:
            self._add(ReportKind.REPLACED, text=instead(self._generator, "ended its process twice within a minute"))
            self._generator = RULES

    def restart(self) -> None:
        """Spawn it again, with another seed: what it would compose first has been heard."""
        self._companion.pipe.close()
        self._seed += 1
        self._begin()

    def close(self) -> None:
        """End it: it holds nothing that could be lost."""
        self._companion.process.terminate()
        self._companion.end(KILL_S)

    def _begin(self) -> None:
        self._gone = False
        self._companion.begin(music_main, lambda pipe: (pipe, self._slot, self._generator, self._seed))

    def _heard(self, message: bytes) -> None:
        news = decode_news(message)
        self._add(news.kind, number=news.number, text=news.text)
