"""The watch on the source: how old the newest sample is, and what that forbids.

It decides only from the inputs that it was given, so that a replay decides alike.
"""

from __future__ import annotations

from loop.frozen import frozen
from loop.inputs import Chunk, Input, SourceEvent, SourceKind, Tick
from loop.safety import LIMITS
from loop.values import NAN, Hold


@frozen
class Age:
    """How fresh the stream is at an input."""

    age_s: float
    stalls: int
    alarms: tuple[str, ...]
    lost: bool                     # nothing fresh for `lost_after_s`: the session pauses
    lost_for_s: float              # since it was lost; 0 while it is not


class Watch:
    """Keeps the age of the newest sample.

    Age is the larger of (now - last arrival) and (now - corrected stamp of the newest sample); where stamps cannot
    be true it is the first alone.

    Parameters
    ----------
    lost_after_s : float
        Without fresh data for this long the session pauses.
    """

    def __init__(self, lost_after_s: float) -> None:
        self._lost_after_s = lost_after_s
        self._now_s = NAN
        self._arrival_s = NAN
        self._stamp_s = NAN
        self._trusted = False
        self._stalled = False
        self._stalls = 0
        self._lost_since_s = NAN
        self._awaiting_clean = False
        self._changed = False

    def take(self, item: Input) -> None:
        """Take the time of any input, and the arrival of a chunk."""
        if self._now_s != self._now_s:
            self._now_s = self._arrival_s = item.time_s
        self._now_s = max(self._now_s, item.time_s)
        if isinstance(item, Chunk) and len(item.stamps_s):
            self._arrival_s = item.time_s
            self._stamp_s = float(item.stamps_s[-1]) + item.offset_s
        if isinstance(item, SourceEvent):
            self._changed = item.kind is SourceKind.CHANGED or (self._changed and item.kind is not SourceKind.BACK)

    def trust(self, newest_s: float) -> None:
        """Take from the re-cut stream whether its stamps can be true: NaN says that they cannot."""
        self._trusted = newest_s == newest_s

    def check(self) -> Age:
        """Return the age now; counts a stall when it begins, and marks the source as lost when it is."""
        age_s = self._age_s()
        stalled = age_s > LIMITS.stalled_s
        self._stalls += stalled and not self._stalled
        self._stalled = stalled
        if age_s > self._lost_after_s and self._lost_since_s != self._lost_since_s:
            self._lost_since_s = self._now_s
        self._awaiting_clean = self._awaiting_clean or stalled
        lost = self._lost_since_s == self._lost_since_s
        lost_for_s = self._now_s - self._lost_since_s if lost else 0.0
        return Age(age_s, self._stalls, self._alarms(stalled, lost), lost, lost_for_s)

    def hold(self, item: Input, newest_s: float) -> Hold:
        """Say whether a decision on data up to `newest_s` may move anything at this input."""
        if isinstance(item, Tick):
            return Hold.LOST if self._lost_since_s == self._lost_since_s else Hold.NO_DATA
        if item.time_s - newest_s > LIMITS.held_s:
            return Hold.LATE
        return Hold.RETURNING if self._awaiting_clean else Hold.NONE

    def silent(self, item: Input) -> bool:
        """Whether this input is a tick that found nothing fresh."""
        return isinstance(item, Tick) and self._age_s() > LIMITS.held_s

    def clean(self) -> None:
        """Take that a fresh and clean window came: what was lost is back."""
        self._awaiting_clean = False
        self._lost_since_s = NAN

    def _age_s(self) -> float:
        since_arrival_s = self._now_s - self._arrival_s
        return max(since_arrival_s, self._now_s - self._stamp_s) if self._trusted else since_arrival_s

    def _alarms(self, stalled: bool, lost: bool) -> tuple[str, ...]:
        if not (stalled or lost or self._changed):
            return ()
        return ("stream_changed",) * self._changed + ("source_lost",) * lost + ("stalled",) * (stalled and not lost)
