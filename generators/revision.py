"""Second thoughts: whether a bar that waits is to be composed anew, and when.

Bars are composed two ahead, so that nothing that takes long makes a hole; but a wish that moves meanwhile would be
heard no sooner than the bars after them. So just before each bar line, as late as is safe, one look is taken: where
the wish has moved since the nearest waiting bar was composed, that bar and the one after it are composed anew and take
their place together, so that what waits always follows on what is heard. What comes too late changes nothing: the bars
that wait are there.

One look a bar bounds the work, and makes the newest wish count. A wish that wanders within `NOTICED` of the one that
a bar was composed for has that bar stand: that is the hysteresis.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from statistics import median
from types import MappingProxyType

from generators.bars import Bar, Wish
from generators.link import BARS_AHEAD
from loop.values import NAN

# By how much an attribute must move to be noticed. Mode (where a phrase begins), presence and calm: by anything.
# Tempo, articulation, loudness and brightness are no matter of the composer: the sound follows them itself.
NOTICED: Mapping[str, float] = MappingProxyType({
    "density": 1 / 16,             # half an eighth of a bar's eight: less moves no onset of most bars
    "register_semitones": 1.0,     # half of what it moves in a bar: below it voice leading says more
    "dissonance": 0.05,            # what it moves in a bar (`rules/state.py`)
})
JUDGED = 8                         # bars whose composing times foretell the next ones': their median, no hiccup counts
CAUTION = 1.5                      # times that: denser bars take longer; what comes too late does no harm
# With .10 and .05 for the next two nothing was heard sooner beside a loaded core (measured.md).
RESERVE_S = 0.15                   # for the way to the sound, and for a tempo that glides: 1 % a second
EARLY_S = 0.1                      # a look begins so much before it must: who waits is woken late, or is at work
OFFLINE_LEAD_S = 0.5               # faster than time nothing is late: about what a session's look had, measured.md


def moved(then: Wish, now: Wish, bar: Bar) -> bool:
    """Return whether a wish has noticeably moved since a bar was composed for it."""
    if then.presence is not now.presence or then.calm != now.calm:
        return True
    if bar.phrase_start and then.intent.mode != now.intent.mode:
        return True
    return any(abs(getattr(now.intent, name) - getattr(then.intent, name)) >= least for name, least in NOTICED.items())


class Outlook:
    """When to look, whether there is time for it, and how late a wish is heard for it. Times are a clock's, s.

    Parameters
    ----------
    reserve_s : float
        What a look needs beside composing.
    """

    def __init__(self, reserve_s: float = RESERVE_S) -> None:
        self._reserve_s = reserve_s
        self._took_s: deque[float] = deque(maxlen=JUDGED)
        self._began_s = NAN                   # the bar that plays
        self._line_s = NAN                    # where the next one begins
        self._due = False                     # the look before that line is still to come
        self._looked_s = NAN                  # when it was taken; NaN where there was no time for it
        self._take: int | None = None         # that must play for it to be heard; None: what waited was right
        self._latencies_s: deque[float] = deque(maxlen=JUDGED)

    def composed(self, took_s: float) -> None:
        """Take how long a bar took to compose."""
        self._took_s.append(took_s)

    def began(self, at_s: float, bar_s: float, take: int) -> None:
        """Take when a bar began, how long it lasts, and which take of it was played; told twice, it counts once."""
        if at_s == self._began_s:
            return
        if self._began_s == self._began_s:    # before the first bar there is no line to look before
            heard = self._looked_s == self._looked_s and self._take in (None, take)
            lead_s = at_s - self._looked_s if heard else BARS_AHEAD * bar_s
            self._latencies_s.append(lead_s + bar_s)
        self._began_s, self._line_s = at_s, at_s + bar_s
        self._due, self._looked_s, self._take = True, NAN, None

    def due_in_s(self, now_s: float, n_waiting: int) -> float:
        """Return how long it is until the look before the next bar line; infinite where none is to come."""
        if not self._due or not n_waiting or now_s >= self._line_s:
            return float("inf")
        return max(self._line_s - self._needs_s(n_waiting) - EARLY_S - now_s, 0.0)

    def look(self, now_s: float, n_waiting: int) -> bool:
        """Take that a look is begun; return whether there is time to compose anew all bars that wait."""
        in_time = now_s + self._needs_s(n_waiting) <= self._line_s
        self._due, self._looked_s = False, now_s if in_time else NAN
        return in_time

    def answered(self, take: int) -> None:
        """Take with which take a look was answered."""
        self._take = take

    @property
    def latency_s(self) -> float:
        """The longest that a wish waits for its bar line: for a look, and from it on; NaN before two bars began."""
        return median(self._latencies_s) if self._latencies_s else NAN

    def _needs_s(self, n_bars: int) -> float:
        return self._reserve_s + CAUTION * n_bars * (median(self._took_s) if self._took_s else 0.0)
