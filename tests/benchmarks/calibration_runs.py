"""How often calibration is accepted, and what it costs: `python -m tests.benchmarks.calibration_runs`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from loop.clock import SystemClock
from sensing.decoders.riemann import Covariances, riemann
from sensing.decoders.validation import AROUSAL, N_PERMUTATIONS, Question, validate
from sensing.decoders.verdict import LARGEST_P
from tests.sensing.excerpts import Plan, simulate

RUNS = 200
PERMUTATIONS = 99
SITTING = dict(n_excerpts=24, seconds=12.0, n_channels=6)
ROWS = {
    "no relation": Plan(**SITTING),
    "strong relation": Plan(**SITTING, relation=1.0),
    "strong relation, drift, rest": Plan(**SITTING, relation=1.0, drift=0.05, rest_s=60.0),
    "strong relation, the music makes most of the state": Plan(**SITTING, relation=1.0, music_share=0.8),
    "no relation, drift": Plan(**SITTING, drift=0.2),
    "no relation, drift, and moods that drift too": Plan(**SITTING, drift=0.2, slow=0.8),
    "no relation, the music drives the EEG": Plan(**SITTING, evoked=1.0, music_share=0.9),
}
TWENTY_MINUTES = Plan(n_excerpts=40, seconds=30.0, n_channels=32, rate_hz=250.0, relation=0.5)


def maker(plan: Plan, head: str = "ridge") -> Callable:
    """Return how a model for this plan is made."""
    return lambda: riemann(Covariances(range(plan.n_channels), plan.rate_hz, 10.0), head)


def accepted(plan: Plan, runs: int, question: Question = AROUSAL) -> tuple[int, int]:
    """Return how many of `runs` people were accepted, and how many passed the first test alone."""
    verdicts = [validate(simulate(seed, plan), maker(plan), seed, question, PERMUTATIONS) for seed in range(runs)]
    return (sum(verdict.accepted for verdict in verdicts),
            sum(verdict.figures.p <= LARGEST_P for verdict in verdicts))


def main() -> None:
    """Print both tables."""
    say = sys.stdout.write
    say(f"| people | accepted of {RUNS} | 95 % interval | p alone |\n|---|---|---|---|\n")
    for name, plan in ROWS.items():
        with threadpool_limits(1):
            both, first = accepted(plan, RUNS)
        interval = binomtest(both, RUNS).proportion_ci()
        say(f"| {name} | {both} | {interval.low:.1%} to {interval.high:.1%} | {first} |\n")
        sys.stdout.flush()
    clock = SystemClock()
    excerpts = simulate(1, TWENTY_MINUTES)
    for head in ("ridge", "logistic"):
        start_s = clock.now_s()
        validate(excerpts, maker(TWENTY_MINUTES, head), 1, n_permutations=N_PERMUTATIONS)
        say(f"20 min, 32 channels, {head}, {N_PERMUTATIONS} shuffles twice: {clock.now_s() - start_s:.1f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
