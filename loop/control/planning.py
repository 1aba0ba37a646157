"""Planning with the music's latency: what is decided now is heard later, and the state answers later still.

A composer looks at what is decided once a bar and is heard from the next bar line on, a stream works a hop ahead; each
says how long a decision waits at most for its sound (a `LATENCY` report: it is journalled, and a replay plans with the
same). Two things follow. The music that is decided now
is decided for where the reference will be when it is heard. And music that is heard later than the gains were worked
out for is steered more slowly: by SIMC (Skogestad 2003, J Process Control 13:291) a loop's proportional gain is
inverse to its dead time, and its integral time grows with it.
"""

from __future__ import annotations

import math

OTHER_DELAY_S = 4.0                # half a window of 4 s, and 2 s of the listener: science.md section 5
TUNED_S = 8.0                      # the longest music latency that the gains were worked out for: the same
LATENCY_MOST_S = 60.0              # beyond it what was said is no time of music, or the music hangs


def plannable(latency_s: float, before_s: float) -> float:
    """Return the latency to plan with after a report, s; one that tells no time leaves it as it was before."""
    return min(latency_s, LATENCY_MOST_S) if math.isfinite(latency_s) and latency_s >= 0 else before_s


def slowness(latency_s: float) -> float:
    """Return how many times as slow to steer: ``max(1, (other + latency) / (other + tuned))``; 1 for NaN."""
    return max(1.0, (OTHER_DELAY_S + latency_s) / (OTHER_DELAY_S + TUNED_S))
