"""What the process itself must not do to the path: pauses of the collector, threads that hog, sums in another order."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

SWITCH_S = 0.0005                  # how long a helper thread may keep the path waiting


@contextmanager
def one_thread() -> Iterator[None]:
    """Fix BLAS to one thread: with more, a product may be summed in another order, and replays differ in last bits."""
    with threadpool_limits(1):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let neither the garbage collector nor a helper thread hold the path up for long.

    A full collection of all that was imported and built takes 100 ms, so it is put out of the collector's sight; a
    thread that computes gives way after 0.5 ms, not after Python's 5.
    """
    before_s = sys.getswitchinterval()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)
        gc.unfreeze()
