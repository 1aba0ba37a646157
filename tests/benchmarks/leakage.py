"""The leaky split beside the honest one, on drift alone: `python -m tests.benchmarks.leakage`. See docs/leakage.md.

The leaky split exists only here: the product has no way to split by window.
"""

from __future__ import annotations

import sys

import numpy as np
from threadpoolctl import threadpool_limits

from loop.values import FloatArray
from sensing.decoders.chance import codes, halves
from sensing.decoders.excerpts import Excerpt, Shown
from sensing.decoders.recipe import Fold
from sensing.decoders.riemann import Covariances, riemann
from sensing.decoders.validation import validate
from tests.sensing.excerpts import RATE_HZ, Plan, simulate

RUNS = 20
N_FOLDS = 10
N_PERMUTATIONS = 99
DRIFTS = (0.0, 0.1, 0.2, 0.4)
PLAN = Plan(n_excerpts=24, seconds=20.0, n_channels=6)


def leaky(excerpts: list[Excerpt], seed: int) -> float:
    """Balanced accuracy of windows when windows, which do not even overlap, are dealt to folds at random."""
    recipe = riemann(Covariances(range(PLAN.n_channels), RATE_HZ, 10.0))
    windows, truths = _windows(excerpts, recipe.prepare)
    fold_of = np.random.default_rng(seed).permutation(len(windows)) % N_FOLDS
    right = np.zeros(len(windows), dtype=bool)
    for fold in range(N_FOLDS):
        train, test = ([Shown(rows[None], ("", "")) for rows in windows[part]] for part in
                       (fold_of != fold, fold_of == fold))
        scores = recipe.predict(Fold(train, test), truths[fold_of != fold])
        right[fold_of == fold] = (np.concatenate(scores)[:, 0] > 0) == (truths[fold_of == fold, 0] > 0)
    high = truths[:, 0] > 0
    return float((right[high].mean() + right[~high].mean()) / 2)


def _windows(excerpts: list[Excerpt], prepare) -> tuple[FloatArray, FloatArray]:
    shown = [prepare(excerpt).windows[::2] for excerpt in excerpts]
    states = np.array([[excerpt.state("arousal")] for excerpt in excerpts])
    signs = halves(states, codes([""] * len(excerpts)))
    return np.concatenate(shown), np.repeat(signs, [len(each) for each in shown], axis=0)


def honest(excerpts: list[Excerpt], seed: int) -> tuple[float, bool]:
    """Balanced accuracy of excerpts held out whole, and whether the decoder was accepted."""
    space = Covariances(range(PLAN.n_channels), RATE_HZ, 10.0)
    verdict = validate(excerpts, lambda: riemann(space), seed, n_permutations=N_PERMUTATIONS)
    return verdict.figures.score, verdict.accepted


def compare(drift: float, runs: int = RUNS) -> tuple[FloatArray, FloatArray, int]:
    """Leaky and honest accuracies of simulated people in whom EEG and rating have nothing to do with each other."""
    plan = Plan(PLAN.n_excerpts, PLAN.seconds, PLAN.n_channels, drift=drift)
    with threadpool_limits(1):
        people = [simulate(seed, plan) for seed in range(runs)]
        leaks = np.array([leaky(person, seed) for seed, person in enumerate(people)])
        truths = [honest(person, seed) for seed, person in enumerate(people)]
    return leaks, np.array([score for score, _ in truths]), sum(accepted for _, accepted in truths)


def main() -> None:
    """Print the table of docs/leakage.md."""
    sys.stdout.write("| drift | random windows: mean (5 % to 95 %) | whole excerpts: mean (5 % to 95 %) | accepted |\n")
    sys.stdout.write("|---|---|---|---|\n")
    for drift in DRIFTS:
        leaks, truths, accepted = compare(drift)
        sys.stdout.write(f"| {drift:g} | {_spread(leaks)} | {_spread(truths)} | {accepted} of {RUNS} |\n")
        sys.stdout.flush()


def _spread(scores: FloatArray) -> str:
    low, high = np.quantile(scores, (0.05, 0.95))
    return f"{scores.mean():.0%} ({low:.0%} to {high:.0%})"


if __name__ == "__main__":
    main()
