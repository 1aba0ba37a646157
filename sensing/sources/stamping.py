"""Even stamps on the LSL clock, from stamps on the time of day that hang on when a burst came in.

BrainFlow stamps most boards' samples when the radio hands them over: in bursts, with jitter, in unix time. A sample
can only be late, never early. So of each second the least delayed sample is kept, and a line through the last of
these says when samples were taken; stamps run along it. Within a second they are evenly spaced to the last bit; from
one second to the next the spacing bends by at most `MAX_BEND`, so that the stamps meet the line again.
What stays in is the least delay of the link itself, which nothing here can know.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from loop.clock import wall_time
from loop.ports import Clock
from loop.values import FloatArray

BLOCK_S = 1.0                      # of which the least delayed sample is kept
LINE_BLOCKS = 60                   # minutes are enough to know a crystal to 10 ppm with 1 ms of jitter
LINE_FROM = 5                      # blocks before the rate is measured; until then the nominal one holds
MAX_BEND = 0.02                    # of the spacing: wide enough for a board whose rate is not quite what it says
BREAK_S = 0.1                      # nearer than this the stamps bend; further off samples were lost: they jump
READING_S = 0.001                  # two clocks read further apart than this say nothing of their offset
PLAUSIBLE_S = 10.0                 # a unix stamp further from now is of the board's own clock: arrival counts


class UnixClock:
    """Turns unix time into the session's clock.

    Parameters
    ----------
    clock : Clock
        In the seconds of `pylsl.local_clock`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = clock.now_s() - wall_time().timestamp()

    def arrivals(self, unix_s: FloatArray) -> FloatArray:
        """Return (n_times,) unix times on the session's clock; where they cannot be true, now."""
        before_s = self._clock.now_s()
        unix_now_s = wall_time().timestamp()
        now_s = self._clock.now_s()
        if now_s - before_s < READING_S:
            self._offset_s = (before_s + now_s) / 2 - unix_now_s
        times_s = np.asarray(unix_s, dtype=np.float64) + self._offset_s
        return np.where(np.abs(times_s - now_s) < PLAUSIBLE_S, np.minimum(times_s, now_s), now_s)


class EvenStamps:
    """Gives samples even stamps by their order and the least delayed among them.

    Parameters
    ----------
    rate_hz : float
        Nominal.
    """

    def __init__(self, rate_hz: float) -> None:
        self._nominal_s = 1.0 / rate_hz
        self._n_block = max(1, round(BLOCK_S * rate_hz))
        self.restart()

    def restart(self) -> None:
        """Forget the link that was: the next sample begins a line of its own."""
        self._least: deque[tuple[int, float]] = deque(maxlen=LINE_BLOCKS)
        self._step_s = self._nominal_s
        self._next_s = np.nan
        self._count = 0                # of samples taken by the board, the lost ones among them
        self._left = self._n_block
        self._block_least: tuple[int, float] | None = None
        self._block_early_s = np.inf   # how early the least delayed sample of this block came, by its stamp

    def stamp(self, arrivals_s: FloatArray, lost: NDArray[np.int64] | None = None) -> FloatArray:
        """Return the stamps of the next samples.

        Parameters
        ----------
        arrivals_s : numpy.ndarray
            (n_times,) when each came, on the session's clock.
        lost : numpy.ndarray, optional
            (n_times,) how many samples are known to be lost just before each: their time is left out.

        Returns
        -------
        numpy.ndarray
            (n_times,) stamps on the session's clock.
        """
        places = self._places(arrivals_s, lost)
        if np.isnan(self._next_s) and len(arrivals_s):
            self._next_s = float(np.min(arrivals_s - places * self._nominal_s))
        stamps_s = np.empty(len(arrivals_s))
        done = 0
        while done < len(arrivals_s):
            upto = min(len(arrivals_s), done + self._left)
            base = places[done - 1] + 1 if done else 0
            stamps_s[done:upto] = self._run(arrivals_s[done:upto], places[done:upto] - base)
            done = upto
        return stamps_s

    def _places(self, arrivals_s: FloatArray, lost: NDArray[np.int64] | None) -> NDArray[np.int64]:
        places = np.arange(len(arrivals_s))
        if lost is None or not lost.any():
            return places
        spread = places + np.cumsum(lost)
        newest_s = self._next_s + spread[-1] * self._step_s
        return places if newest_s > arrivals_s[-1] + BREAK_S else spread     # time that has not passed was not lost

    def _run(self, arrivals_s: FloatArray, places: NDArray[np.int64]) -> FloatArray:
        stamps_s = self._next_s + places * self._step_s
        early_s = arrivals_s - stamps_s
        least = int(np.argmin(early_s))
        if early_s[least] < self._block_early_s:
            self._block_early_s = float(early_s[least])
            self._block_least = (self._count + int(places[least]), float(arrivals_s[least]))
        passed = int(places[-1]) + 1
        self._count += passed
        self._next_s += passed * self._step_s
        self._left -= len(places)
        if self._left <= 0:
            self._close_block()
        return stamps_s

    def _close_block(self) -> None:
        assert self._block_least is not None
        if abs(self._block_early_s) > BREAK_S:
            self._least.clear()
            self._next_s += self._block_early_s
            self._step_s = self._nominal_s
        else:
            self._least.append(self._block_least)
            self._bend()
        self._left, self._block_least, self._block_early_s = self._n_block, None, np.inf

    def _bend(self) -> None:
        at, period_s = self._line()
        ahead = self._count + self._n_block
        wanted_s = (at + ahead * period_s - self._next_s) / self._n_block
        self._step_s = float(np.clip(wanted_s, *(self._nominal_s * np.array((1 - MAX_BEND, 1 + MAX_BEND)))))

    def _line(self) -> tuple[float, float]:
        counts, times_s = np.array(self._least, dtype=np.float64).T
        if len(counts) < LINE_FROM:
            return float(np.min(times_s - counts * self._nominal_s)), self._nominal_s
        middle, middle_s = counts.mean(), times_s.mean()
        slope_s = float(np.dot(counts - middle, times_s - middle_s) / np.dot(counts - middle, counts - middle))
        return float(middle_s - middle * slope_s), slope_s
