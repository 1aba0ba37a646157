"""pyo without its notice about WxPython, and without its way of freeing what still sounds; nobody else imports it.

And what sound libraries write to the terminal from C, unsaid.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from loop.errors import MissingPart

KEPT = "kept_by_euthymia"          # the name in pyo's own module under which the objects are kept


def load_pyo() -> ModuleType:
    """Return the module `pyo`; raises `MissingPart` where it cannot be imported."""
    # pyo asks for WxPython at import and prints eight lines where it is missing; this switch means "do not ask".
    os.environ.setdefault("PYO_GUI_WX", "0")
    try:
        import pyo
    except ImportError as error:
        raise MissingPart(f"the sound engine pyo cannot be loaded: {error}", "pip install pyo") from error
    module: ModuleType = pyo
    return module


class Graph:
    """Makes pyo's objects and keeps every one: `graph.Sine(440)` is `pyo.Sine(440)`.

    The Python wrapper of a pyo object frees its tables and takes it out of the server when it dies, even while
    another object still reads it: a sum of two oscillators that nobody holds crashes the process. Freed all at once,
    they corrupt the heap. So whatever is made here lives as long as pyo itself, which has one server a process.

    Parameters
    ----------
    pyo : ModuleType
        The module, its server booted.
    """

    def __init__(self, pyo: ModuleType) -> None:
        self._pyo = pyo
        self._kept: list[Any] = vars(pyo).setdefault(KEPT, [])

    def __getattr__(self, name: str) -> Callable[..., Any]:
        maker = getattr(self._pyo, name)

        def make(*args: Any, **options: Any) -> Any:
            made = maker(*args, **options)
            self._kept.append(made)
            return made

        return make


@contextmanager
def silenced_stderr() -> Iterator[None]:
    """Keep from the terminal what PortAudio, ALSA and JACK write to it: they complain of every card that is missing."""
    sys.stderr.flush()
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
