"""Whether a stream keeps up: before it is heard by how fast it is, and while it is heard by what lies ready.

A hop that was slow is no fault in itself: what counts is whether the sound still had enough in front of it. So a stream
that is heard is left only when the buffer ran so low that the sound began to go back to its instruments. It then rests,
and tries again.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from generators.sound.feed import LEAVES_S

# Of real time that a hop may take for the stream to begin: music.md section 3. What is above it has no reserve.
MOST_SHARE = 0.8
HOPS_JUDGED = 3                    # their median, before it begins: one slow hop is a hiccup of the machine
# Of real time, above which it is not tried again: twice as slow is a machine that does other work, too (two
# hyperthreads share a core), three times is the wrong machine for this model.
HOPELESS_SHARE = 3.0
HOPS_THAT_DAMN = 2
LOW_S = LEAVES_S                   # what lies ready when the sound leaves it by itself


class Pace:
    """How long hops take, over how long they last; the first one is the model's warming up."""

    def __init__(self) -> None:
        self._factors: deque[float] = deque(maxlen=HOPS_JUDGED)
        self._warm = False

    def take(self, factor: float) -> None:
        """Take how long a hop took, over how long it lasts."""
        if self._warm:
            self._factors.append(factor)
        self._warm = True

    @property
    def factor(self) -> float:
        """The median of the last hops; 0 where none was measured."""
        return median(self._factors) if self._factors else 0.0

    @property
    def fast_enough(self) -> bool:
        """Whether it may begin."""
        return 0 < self.factor <= MOST_SHARE

    @property
    def too_slow(self) -> bool:
        """Whether it may not: that takes some hops to say, fewer where there is no hope."""
        return self.hopeless or (len(self._factors) == HOPS_JUDGED and self.factor > MOST_SHARE)

    @property
    def hopeless(self) -> bool:
        """Whether it takes so long that no rest will help."""
        return len(self._factors) >= HOPS_THAT_DAMN and min(self._factors) > HOPELESS_SHARE
