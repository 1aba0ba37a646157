"""The sha256 of the files that a model is made of, for the record: taken beside the loading, never before it.

One thread of the model's own process, of the lowest priority where a thread can have one (Linux). It reads in pieces,
so it needs no memory, and leaves the interpreter to others while it counts; it may still be at it when the model plays.
Neither music nor sound waits for it: a session that ends first goes without.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from typing import Any

LOWEST_PRIORITY = 19               # setpriority(2)


class Digests:
    """Counts the files; `told` hears the text of a `ReportKind.WEIGHTS` once, from this thread.

    Parameters
    ----------
    files : Mapping[str, Path]
        What each file is called in the record, and where it lies.
    told : Callable[[str], None]
        Hears all of them together; nothing where a file cannot be read, which is for the loader to say.
    """

    def __init__(self, files: Mapping[str, Path], told: Callable[[str], None]) -> None:
        self._files, self._told = files, told
        self._thread = threading.Thread(target=self._count, name="euthymia-digests", daemon=True)
        if files:
            self._thread.start()

    @property
    def at_work(self) -> bool:
        """Whether something will be told yet."""
        return self._thread.is_alive()

    def _count(self) -> None:
        _give_way()
        with suppress(OSError):
            self._told(json.dumps({name: _counted(path) for name, path in self._files.items()}))


def _counted(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _give_way() -> None:
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
