"""What a board says of its battery and its radio, as sentences when a person should know."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from loop.values import FloatArray
from sensing.sources.boards import Counter

BATTERY_EVERY_S = 60.0
BATTERY_LOW = 20.0                 # percent
LOSS_WINDOW_S = 10.0
LOSS_SHARE = 0.01                  # of the samples of the window: above it a person is told
RADIO_REMEDY = "bring the board nearer, or its dongle into sight"

Say = Callable[[str], None]


class Battery:
    """Says the charge once a minute, and at once when it falls below `BATTERY_LOW`."""

    def __init__(self, title: str, say: Say) -> None:
        self._title, self._say = title, say
        self._said_s = -math.inf
        self._was_low = False

    def hear(self, percents: FloatArray, now_s: float) -> None:
        """Take (n_times,) readings in percent; those that are no charge are passed over."""
        true = percents[(percents > 0) & (percents <= 100)]
        if not len(true):
            return
        charge = float(true[-1])
        low = charge < BATTERY_LOW
        if now_s - self._said_s >= BATTERY_EVERY_S or (low and not self._was_low):
            self._say(f"{self._title}: battery {charge:.0f} %{', charge it soon' if low else ''}")
            self._said_s = now_s
        self._was_low = low


class PacketLoss:
    """Counts the samples that a board's packet numbers show to be lost.

    Parameters
    ----------
    counter : Counter, optional
        How the board numbers its packets; None where nobody knows: then nothing is counted.
    """

    def __init__(self, title: str, counter: Counter | None, say: Say) -> None:
        self._title, self._counter, self._say = title, counter, say
        self._recent: deque[tuple[float, int, int]] = deque()      # time, taken, lost: of the window
        self._n_taken = self._n_lost = 0                           # in the window
        self._said_s = -math.inf
        self._last: float | None = None
        self.lost = 0                  # samples in all
        self.counts = counter is not None

    def restart(self) -> None:
        """Begin to count anew: the board does, after a lost link."""
        self._last = None

    def hear(self, numbers: FloatArray, now_s: float) -> NDArray[np.int64]:
        """Take (n_times,) packet numbers; return (n_times,) how many samples were lost just before each."""
        lost = self._lost(numbers)
        count = int(lost.sum())
        self.lost += count
        self._remember((now_s, len(numbers), count))
        if now_s - self._said_s >= LOSS_WINDOW_S:
            self._tell(now_s)
        return lost

    def _lost(self, numbers: FloatArray) -> NDArray[np.int64]:
        counter = self._counter
        if counter is None or not len(numbers):
            return np.zeros(len(numbers), dtype=np.int64)
        first = numbers[0] if self._last is None else self._last
        self._last = float(numbers[-1])
        steps = np.diff(numbers, prepend=first) % counter.modulo
        missing = np.maximum(0, np.floor_divide(steps, counter.step) - 1)
        return np.asarray(missing * counter.samples, dtype=np.int64)

    def _remember(self, news: tuple[float, int, int]) -> None:
        self._recent.append(news)
        self._n_taken, self._n_lost = self._n_taken + news[1], self._n_lost + news[2]
        while self._recent[0][0] < news[0] - LOSS_WINDOW_S:
            _, taken, lost = self._recent.popleft()
            self._n_taken, self._n_lost = self._n_taken - taken, self._n_lost - lost

    def _tell(self, now_s: float) -> None:
        share = self._n_lost / max(1, self._n_taken + self._n_lost)
        if share > LOSS_SHARE:
            self._say(f"{self._title}: {100 * share:.1f} % of the samples of the last {LOSS_WINDOW_S:g} s were lost on "
                      f"the way, {self.lost} in all; {RADIO_REMEDY}")
            self._said_s = now_s
