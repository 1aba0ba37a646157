"""What a learned decoder costs a decision, 32 channels x 4 s at 250 Hz: `python -m tests.benchmarks.learned_live`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from loop.clock import SystemClock
from loop.values import NAN, Features, Window, read_only
from sensing.decoders.excerpts import Shown
from sensing.decoders.learned import Learned, LearnedDecoder
from sensing.decoders.network import NetHead, Waves
from sensing.decoders.recipe import Recipe
from sensing.decoders.riemann import Covariances, riemann
from tests.sensing.streams import moment_of, pink

N, RATE_HZ, REPEATS = 32, 250.0, 200


def spans_ms(work: Callable[[], object]) -> tuple[float, float]:
    """Return best tenth and median."""
    clock, spans = SystemClock(), []
    for _ in range(REPEATS):
        start_s = clock.now_s()
        work()
        spans.append(clock.now_s() - start_s)
    return float(np.quantile(spans, 0.1)) * 1e3, float(np.median(spans)) * 1e3


def main() -> None:
    """Print milliseconds of extract and decode, and of a bare rfft."""
    samples = pink(20_000, N).astype(float)
    quality = read_only(np.ones(N))
    windows = [Window(read_only(samples[k:k + 1000]), k, 4.0, NAN, quality) for k in range(0, 20_000, 1000)]
    recipes = {"riemann": riemann(Covariances(range(N), RATE_HZ, 10.0)),
               "network": Recipe(Waves(range(N)), lambda: NetHead(N))}
    with threadpool_limits(1):
        best, median = spans_ms(lambda: np.fft.rfft(windows[0].samples, axis=0))
        sys.stdout.write(f"bare rfft          {best:6.2f} {median:6.2f} ms (best tenth, median)\n")
        for name, recipe in recipes.items():
            features = [recipe.space.extract(window) for window in windows]
            shown = [Shown(each.values[None], ("", "")) for each in features]
            head = recipe.fit(shown, np.tile([[-1.0], [1.0]], (10, 1)))
            decoder = LearnedDecoder(Learned(name, recipe.space, {"arousal": head}, {"arousal": 0.3}), RATE_HZ, 0.25)
            for each in features:
                decoder.decode(each, moment_of(), 0.25)
            decide(name, recipe, windows[0], features[0], decoder)


def decide(name: str, recipe: Recipe, window: Window, features: Features, decoder: LearnedDecoder) -> None:
    """Measure one row."""
    steering = moment_of("regulate", index=2)
    for step, work in (("extract", lambda: recipe.space.extract(window)),
                       ("decode", lambda: decoder.decode(features, steering, 0.25))):
        best, median = spans_ms(work)
        sys.stdout.write(f"{name:8} {step:9} {best:6.2f} {median:6.2f} ms\n")


if __name__ == "__main__":
    main()
