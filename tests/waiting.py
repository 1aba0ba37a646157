"""Waiting for something real to happen, with a deadline instead of a sleep."""

from __future__ import annotations

from collections.abc import Callable

from loop.clock import SystemClock


def wait_for(happened: Callable[[], bool], within_s: float, what: str = "the awaited thing") -> None:
    """Return as soon as `happened()` is true; fail after `within_s`."""
    clock = SystemClock()
    deadline_s = clock.now_s() + within_s
    while not happened():
        if clock.now_s() > deadline_s:
            raise AssertionError(f"{what} did not happen within {within_s} s")
        clock.wait_until(clock.now_s() + 0.005)
