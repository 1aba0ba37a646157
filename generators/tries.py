"""Who could not keep up tries again: after which rest, and how often. No machine is busy for ever."""

from __future__ import annotations

AGAIN_S = (
    # rest before the next try, and what may be over by then (by taste: each try is some seconds of full load)
    5.0,                           # a hiccup: one moment at which the machine was busy
    30.0,                          # a burst of other work: a program that starts, a page that loads
    120.0,                         # a longer one: an update, an index
    600.0,                         # a backup, a scan; of a session of twenty minutes half is left
)
FORGIVEN_S = 600.0                 # who was heard so long before it fell behind has all its tries again


class Tries:
    """Counts the tries: what comes after one that failed."""

    def __init__(self) -> None:
        self._failed = 0

    def again_in_s(self, heard_s: float) -> float | None:
        """Return how long to rest before the next try; None where there is none. `heard_s` is how long it was heard."""
        self._failed = 0 if heard_s >= FORGIVEN_S else self._failed
        self._failed += 1
        return AGAIN_S[self._failed - 1] if self._failed <= len(AGAIN_S) else None
