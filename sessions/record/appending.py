"""A file that only grows: one `write` a call, nothing held back in the process, no file overwritten."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from loop.clock import every
from loop.errors import RecordError

PRIVATE = 0o600                    # health data: the owner's alone
SYNC_PERIOD_S = 1.0                # a power cut loses at most this much
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


class AppendOnlyFile:
    """A file descriptor that is written whole pieces at a time.

    A piece that cannot be written whole is taken back, so that the file always ends where a piece ends.

    Parameters
    ----------
    descriptor : int
        Open for writing; closed by `close`.
    name : str
        What a person calls the file; stands in every error.
    size : int
        Bytes that it holds already.
    """

    def __init__(self, descriptor: int, name: str, size: int = 0) -> None:
        self._descriptor = descriptor
        self._name = name
        self._end = size
        self._reason = ""

    @classmethod
    def create(cls, path: Path) -> AppendOnlyFile:
        """Make the file; raise `RecordError` where one stands already or none can be made."""
        try:
            descriptor = os.open(path, _FLAGS, PRIVATE)
        except FileExistsError:
            raise RecordError(f"{path} exists already", "a record is never overwritten") from None
        except OSError as error:
            what = f"{path} cannot be made: {error.strerror}"
            raise RecordError(what, "choose a folder that can be written") from error
        return cls(descriptor, str(path))

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._end

    @property
    def failed(self) -> bool:
        """Whether nothing more can be written."""
        return bool(self._reason)

    def write(self, data: bytes) -> None:
        """Append the piece; raise `RecordError` when it cannot be written whole."""
        if self._reason:
            self._refuse()
        try:
            self._write_all(data)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
            self._reason = error.strerror or str(error)
            self._refuse()
        self._end += len(data)

    def sync(self) -> None:
        """Bring what was written to the disk; a failure is told by the next `write`."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self._reason = error.strerror or str(error)

    def close(self) -> None:
        """Let the descriptor go."""
        os.close(self._descriptor)

    def _write_all(self, data: bytes) -> None:
        n_written = os.write(self._descriptor, data)
        while n_written < len(data):
            n_written += os.write(self._descriptor, data[n_written:])

    def _refuse(self) -> NoReturn:
        raise RecordError(
            f"{self._name} cannot be written any more: {self._reason}",
            "what was written until then stays readable; make room, then start a new session",
        )


class Syncer:
    """Brings a file to the disk once a second.

    Thread: one daemon, owned here, started by the constructor and joined by `close`. It calls `sync` of the file
    and nothing else; `fsync` lets go of the GIL. The file must not be closed before this is.

    Parameters
    ----------
    file : AppendOnlyFile
        What to bring to the disk.
    period_s : float
        Time between two calls.
    """

    def __init__(self, file: AppendOnlyFile, period_s: float = SYNC_PERIOD_S) -> None:
        self._file = file
        self._period_s = period_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="record-sync", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; return when it has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while every(self._period_s, self._stop):
            self._file.sync()


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
