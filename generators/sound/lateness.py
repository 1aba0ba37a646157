"""Underruns from callback times: blocks that began later than the output could wait for them."""

from __future__ import annotations

DRIFT = 1e-3                       # a sound card's clock and this machine's differ by less (some 1e-4): the expected
                                   # time slides later by this share, and an early block pulls it back


class Lateness:
    """Counts blocks that came too late.

    Parameters
    ----------
    block_s : float
        Length of a block.
    patience_s : float
        How much later than expected a block may begin before the output runs dry: what it keeps in store.
    """

    def __init__(self, block_s: float, patience_s: float) -> None:
        self._block_s = block_s
        self._patience_s = patience_s
        self._expected_s: float | None = None
        self._count = 0

    def began(self, at_s: float) -> float:
        """Take the time at which a block began; return the time at which it should have begun, which is steadier."""
        expected_s = at_s if self._expected_s is None else min(self._expected_s, at_s)
        late_s = at_s - expected_s
        if late_s > self._patience_s:
            self._count += max(int(late_s / self._block_s), 1)
            expected_s = at_s
        self._expected_s = expected_s + self._block_s * (1 + DRIFT)
        return expected_s

    def take(self) -> int:
        """Return the count since this was last asked."""
        count, self._count = self._count, 0
        return count
