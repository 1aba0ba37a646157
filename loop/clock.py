"""Time: the one file that may ask what time it is.

`perf_counter` is the clock that liblsl reads on Linux, macOS and Windows alike, so its seconds and those of
`pylsl.local_clock` are the same seconds (a test holds them together).
"""

from __future__ import annotations

import threading
import time
from datetime import datetime


class SystemClock:
    """The machine's own steady clock, in the seconds of `pylsl.local_clock`."""

    def now_s(self) -> float:
        """Return the steady time, s."""
        return time.perf_counter()

    def wait_until(self, at_s: float) -> None:
        """Return at `at_s` or as soon after it as the machine allows."""
        left_s = at_s - time.perf_counter()
        if left_s > 0:
            time.sleep(left_s)


class ManualClock:
    """A clock that stands still until it is told to move: for tests, trials and replay.

    Parameters
    ----------
    start_s : float
        The first time that it shows.
    """

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        """Return the time that was last set, s."""
        return self._now_s

    def wait_until(self, at_s: float) -> None:
        """Move to `at_s` at once; never backward."""
        self._now_s = max(self._now_s, at_s)


def wall_time() -> datetime:
    """Return the date and time of day with its zone: for file names and headers, never for decisions."""
    return datetime.now().astimezone()


def every(period_s: float, stop: threading.Event) -> bool:
    """Wait one period for a helper thread; False as soon as `stop` is set."""
    return not stop.wait(period_s)
