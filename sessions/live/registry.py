"""Which sessions run on this machine for this user: one small file each, checked against its process."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from loop.clock import wall_time

APP = "euthymia"
RUNNING = "running"
_SYNCHRONIZE = 0x00100000          # Windows: the right to ask whether a process has ended
_WAIT_TIMEOUT = 0x00000102         # Windows: it has not


@dataclass(frozen=True, slots=True)
class Entry:
    """One running session."""

    live: Path
    pid: int
    started: str                   # ISO 8601


def running_folder() -> Path:
    """Return this user's own folder for entries."""
    return Path(platformdirs.user_data_dir(APP)) / RUNNING


class Registry:
    """One session's entry: made, and taken away again."""

    def __init__(self) -> None:
        self._file: Path | None = None

    def enter(self, live: Path, pid: int) -> None:
        """Note that `pid` runs the session of `live`; a machine that has no place for it goes without."""
        entry = {"live": str(live.resolve()), "pid": pid, "started": wall_time().isoformat()}
        file = running_folder() / f"{uuid.uuid4().hex}.json"
        with suppress(OSError):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(file, json.dumps(entry).encode())
            self._file = file

    def leave(self) -> None:
        """Take the entry away."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            self._file = None


def newest_live(out: Path | None = None) -> Path | None:
    """Return the live folder of the session that started last and still runs; those under `out` go first."""
    found = sorted(_entries(), key=lambda entry: (_within(entry.live, out), entry.started))
    return found[-1].live if found else None


def running(pid: int) -> bool:
    """Say whether a process runs."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write_private(path: Path, text: bytes) -> None:
    """Write a file for its owner's eyes, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    os.replace(draft, path)


def _entries() -> Iterator[Entry]:
    for file in running_folder().glob("*.json"):
        try:
            fields = json.loads(file.read_text())
            entry = Entry(Path(fields["live"]), int(fields["pid"]), str(fields["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if running(entry.pid) and entry.live.is_dir():
            yield entry
        else:
            with suppress(OSError):
                file.unlink(missing_ok=True)    # its process was killed


def _within(live: Path, out: Path | None) -> bool:
    return out is not None and live.is_relative_to(out.resolve())


def _running_on_windows(pid: int) -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    kernel = ctypes.windll.kernel32
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
    if not handle:
        return False
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT)
    finally:
        kernel.CloseHandle(handle)
