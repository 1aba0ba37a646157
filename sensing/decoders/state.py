"""The state filter: a Kalman filter of one axis, a random walk seen through overlapping windows.

Windows every 0.25 s share 94 % of their samples. A filter that takes each for new evidence is far too sure of itself,
so the variance of one window is multiplied by the number of hops that make one independent window.
"""

from __future__ import annotations

from math import sqrt

from loop.frozen import frozen
from loop.values import NAN

WINDOW_HOPS = 16.0          # hops of 0.25 s in a window of 4 s: the least
TAU_INT_S = 8.0             # integral of the autocorrelation of an index at rest: 3 to 16 s were measured
WALK_SD_PER_ROOT_S = 1.0 / sqrt(60.0)   # in SDs of one window: a felt state may move by one in a minute


@frozen
class Estimate:
    """What is believed of one axis."""

    mean: float
    variance: float

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return sqrt(self.variance)


@frozen
class StateFilter:
    """The model of one axis; it has no memory of its own: estimate in, estimate out."""

    reading_variance: float      # R: of one window, times the hops that make one independent
    walk_variance_per_s: float   # Q
    widest_variance: float       # held readings widen it up to here

    def step(self, estimate: Estimate, advance_s: float, reading: float = NAN) -> Estimate:
        """Return the estimate `advance_s` later; NaN is a held reading, which only widens it."""
        widened = estimate.variance + self.walk_variance_per_s * advance_s
        variance = min(widened, max(self.widest_variance, estimate.variance))
        if reading != reading:
            return Estimate(estimate.mean, variance)
        gain = variance / (variance + self.reading_variance)
        return Estimate(estimate.mean + gain * (reading - estimate.mean), (1.0 - gain) * variance)


def state_filter(window_sd: float, hop_s: float, window_s: float, tau_int_s: float = TAU_INT_S) -> StateFilter:
    """Return the filter of an axis whose readings have `window_sd`.

    Formula: ``R = window_sd^2 * max(16, window_s / hop_s, 2 tau_int / hop_s)``, ``Q = (window_sd * walk)^2``.
    """
    hops = max(WINDOW_HOPS, window_s / hop_s, 2.0 * tau_int_s / hop_s)
    return StateFilter(window_sd**2 * hops, (window_sd * WALK_SD_PER_ROOT_S) ** 2, 1.0)
