"""The guard against sleep: with closed eyes alpha drops as sleep comes, and beta / alpha rises as if in arousal.

Drowsy: posterior alpha down by half while theta / alpha is up by 1.5 baseline SDs, in nine of ten decisions of the last
15 s. It clears when that is so in fewer than half of them.
"""

from __future__ import annotations

from collections import deque
from math import log

ALPHA_DROP = log(2.0)       # ln power
THETA_ALPHA_SD = 1.5
SPAN_S = 15.0
ON_SHARE, OFF_SHARE = 0.9, 0.5
NEARLY = 1e-9               # of a second: sums of hops


class DrowsinessGuard:
    """Watches clean decisions."""

    def __init__(self) -> None:
        self._signs: deque[tuple[float, bool]] = deque()
        self._span_s = 0.0
        self._sleepy_s = 0.0
        self.drowsy = False

    def take(self, alpha_change: float, theta_alpha_z: float, advance_s: float) -> None:
        """Take one clean decision: ln posterior alpha minus its baseline, and z of ln(theta / alpha)."""
        sleepy = alpha_change <= -ALPHA_DROP and theta_alpha_z >= THETA_ALPHA_SD
        self._signs.append((advance_s, sleepy))
        self._span_s += advance_s
        self._sleepy_s += advance_s * sleepy
        while self._span_s - self._signs[0][0] >= SPAN_S - NEARLY:
            gone_s, was_sleepy = self._signs.popleft()
            self._span_s -= gone_s
            self._sleepy_s -= gone_s * was_sleepy
        self._judge()

    def _judge(self) -> None:
        if self._span_s < SPAN_S - NEARLY:
            return
        self.drowsy = self._sleepy_s >= (OFF_SHARE if self.drowsy else ON_SHARE) * self._span_s
