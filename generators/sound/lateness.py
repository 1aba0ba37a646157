"""Underruns from callback times: periods that began later than the output could wait for them."""

from __future__ import annotations

DRIFT = 1e-3                       # a sound card's clock and this machine's differ by less (some 1e-4): the expected
                                   # time slides later by this share, and an early period pulls it back


class Lateness:
    """Counts periods that came too late: those that the output had to do without.

    Parameters
    ----------
    patience_periods : float
        How much later than expected a period may begin before the output runs dry: what it keeps in store.
    """

    def __init__(self, patience_periods: float) -> None:
        self._patience_periods = patience_periods
        self._expected_s: float | None = None
        self._period_s = 0.0       # of the period before: what is played while this one is awaited
        self._count = 0

    def began(self, at_s: float, period_s: float) -> float:
        """Take when a period of `period_s` began; return when it should have begun, which is steadier."""
        expected_s = at_s if self._expected_s is None else min(self._expected_s, at_s)
        late_s = at_s - expected_s
        if late_s > self._patience_periods * self._period_s:
            self._count += max(int(late_s / self._period_s), 1)
            expected_s = at_s
        self._expected_s = expected_s + period_s * (1 + DRIFT)
        self._period_s = period_s
        return expected_s

    def take(self) -> int:
        """Return the count since this was last asked."""
        count, self._count = self._count, 0
        return count
